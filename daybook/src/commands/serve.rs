//! `daybook serve`: answers over HTTP, with the worker beside it unless told otherwise.

use std::sync::Arc;

use anyhow::Context as _;
use daybook_core::ports::clock::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::assemble::{Role, assemble};
use crate::cli::Serve;
use crate::config::Config;
use crate::ended::Ended;
use crate::{parts, telemetry};

pub(super) async fn run(flags: &Serve, config: &mut Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    config.flag("PORT", flags.port.map(|port| port.to_string()));
    config.flag("DAYBOOK_HOST", flags.host.clone());
    telemetry::begin(config, false).map_err(Ended::Misconfigured)?;
    parts::check(config)?;
    let (host, port) = (config.text("DAYBOOK_HOST").unwrap_or("127.0.0.1"), parts::port(config)?);
    // Before anything slow: a port that is taken is said at once.
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("cannot listen on {host}:{port} (PORT, DAYBOOK_HOST)"))?;
    let role = if flags.no_worker { Role::ANSWERS } else { Role::WHOLE };
    let daybook = assemble(config, clock, role).await?;
    if let Err(reason) = &daybook.embedder {
        tracing::warn!(reason, "searching by keywords alone");
    }
    if parts::admin_key(config)?.is_none() {
        tracing::warn!("no ADMIN_API_KEY is set: backfills can be started from the command line only");
    }
    let address = listener.local_addr()?;
    tracing::info!(address = %address, worker = !flags.no_worker, "serving on http://{address}");
    let stop = CancellationToken::new();
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    daybook.serve(listener, stop).await;
    signals.abort();
    tracing::info!("stopped");
    Ok(())
}
