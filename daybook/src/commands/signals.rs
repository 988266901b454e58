//! Ctrl-C and a platform's request to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::output;

/// Cancels the token at the first signal; a second one ends the process at once. Aborted when dropped.
pub(super) fn stop_on_signal(stop: CancellationToken) -> std::io::Result<Watch> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.cancel();
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        output::remark("daybook: stopped at once; what was committed is safe");
        std::process::exit(130);
    });
    Ok(Watch { tasks })
}

/// The watch over signals.
pub(super) struct Watch {
    tasks: JoinSet<()>,
}

impl Watch {
    /// Stops watching.
    pub(super) fn abort(mut self) {
        self.tasks.abort_all();
    }
}
