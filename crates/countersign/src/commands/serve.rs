//! `countersign serve`.

use metrics_exporter_prometheus::PrometheusBuilder;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{load, tell};
use crate::{
    Outcome,
    clock::SystemClock,
    config::{Config, LogFormat},
    service::{Service, Start},
};

/// How often the metrics are tidied up.
const UPKEEP: Duration = Duration::from_secs(5);

/// The upper bounds of the histograms' buckets, in seconds: from a local answer to a vendor's time limit.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 25.0];

/// Runs the service until it is told to stop.
///
/// # Errors
/// A configuration, store or address that cannot be used.
pub(crate) async fn run(file: &Path) -> Outcome {
    let config = load(file)?;
    start_log(&config);
    let metrics = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?;
    let upkeep = metrics.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let config_url = config.public_url.clone();
    let mut terminated = signal(SignalKind::terminate())?;
    let start = Start { clock: Arc::new(SystemClock::default()), any_port: false, metrics: Some(metrics) };
    let service = Service::start(config, start).await?;
    let outside = config_url.map(|url| format!(", reached as {url}")).unwrap_or_default();
    tell(&format!("countersign {} listens on http://{}{outside}", env!("CARGO_PKG_VERSION"), service.addr));
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tell("Stopping: what is in flight is finished, nothing new is taken.");
    service.stop().await;
    Ok(())
}

fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => log.init(),
    }
}
