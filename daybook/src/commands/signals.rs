//! Ctrl-C, a platform's request to stop, and a terminal that is closed.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::output;

/// Cancels the token at the first signal; a second one ends the process at once, after its last act.
pub(super) fn stop_on_signal(
    stop: CancellationToken,
    last_act: impl FnOnce() + Send + 'static,
) -> std::io::Result<Watch> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        stop.cancel();
        if output::is_watched() {
            output::remark("\nstopping …");
        }
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        last_act();
        output::remark("daybook: stopped at once");
        std::process::exit(130);
    });
    Ok(Watch { tasks })
}

/// The watch over signals; ends when it is dropped.
pub(super) struct Watch {
    tasks: JoinSet<()>,
}

impl Watch {
    /// Stops watching.
    pub(super) fn abort(mut self) {
        self.tasks.abort_all();
    }
}
