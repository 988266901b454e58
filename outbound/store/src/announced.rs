//! Word that jobs were put into the queue, within this process.

use async_trait::async_trait;
use daybook_core::ports::store::Announcements;
use tokio::sync::watch;

/// Hears of announcements, also of those that came since it was last asked.
pub(crate) struct Announced(pub(crate) watch::Receiver<()>);

#[async_trait]
impl Announcements for Announced {
    async fn next(&mut self) {
        // The store has gone: nothing will be announced any more.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tells all who wait.
pub(crate) fn announce(all: &watch::Sender<()>) {
    all.send_replace(());
}
