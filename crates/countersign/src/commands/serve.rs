//! `countersign serve`.

use std::{path::Path, sync::Arc};
use tokio::signal::unix::{SignalKind, signal};

use super::{load, tell};
use crate::{
    Outcome,
    clock::SystemClock,
    listeners::Reached,
    service::{Service, Start},
    telemetry::Telemetry,
};

/// Runs the service until it is told to stop.
///
/// # Errors
/// A configuration, store or address that cannot be used.
pub(crate) async fn run(file: &Path, paused: bool) -> Outcome {
    let config = load(file)?;
    let telemetry = Telemetry::start(&config)?;
    let config_url = config.public_url.clone();
    let mut terminated = signal(SignalKind::terminate())?;
    let start =
        Start { clock: Arc::new(SystemClock::default()), paused, any_port: false, metrics: Some(telemetry.metrics()) };
    let service = Service::start(config, start).await?;
    let outside = config_url.map(|url| format!(", reached as {url}")).unwrap_or_default();
    let Reached { public, admin, scheme } = service.reached;
    tell(&format!("countersign {} listens on {scheme}://{public}{outside}", env!("CARGO_PKG_VERSION")));
    if let Some(admin) = admin {
        tell(&format!("Everything but tickets and webhooks is served on {scheme}://{admin} alone."));
    }
    if paused {
        tell("Everything is paused: no step starts until `countersign resume`.");
    }
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tell("Stopping: what is in flight is finished, nothing new is taken.");
    service.stop().await;
    telemetry.stop().await;
    Ok(())
}
