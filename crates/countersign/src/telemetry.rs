//! What the running service tells of itself: its log, its metrics, its traces.
//!
//! - None of them holds a ticket's words, a name, an address or a secret; metric labels and span attributes are words of
//!   ours, from lists that end.
//! - Nothing is sent anywhere unless `telemetry.otlp_endpoint` is set, and then to that address alone.
//! - A collector that hangs or is away never holds anything up: spans are dropped, and counted.

mod log;
mod metrics;
mod otlp;
mod sender;
mod spans;

use countersign_outbound::{Factory, Http, OutboundError, Pace, Target};
use metrics_exporter_prometheus::PrometheusHandle;
use tracing_subscriber::{Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};
use url::Url;

use crate::{Failure, config::Config, connections};

use sender::Sender;
use spans::RunSpans;

/// How the collector is called in logs and metrics of outgoing calls.
const VENDOR: &str = "otlp";

/// The telemetry of one process.
pub(crate) struct Telemetry {
    metrics: PrometheusHandle,
    traces: Option<Sender>,
}

impl Telemetry {
    /// Installs the log, the metrics' recorder and, where it is configured, the sending of traces. Once per process.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: a collector's address that cannot be used. Else: something of it is installed
    /// already.
    pub(crate) fn start(config: &Config) -> Result<Self, Failure> {
        let (layer, traces) =
            traces(config)?.map(Sender::start).map(|(queue, sender)| (RunSpans::new(queue), sender)).unzip();
        let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
            [Some(log::layer(config.log_level, config.log_format)), layer.map(RunSpans::filtered)]
                .into_iter()
                .flatten()
                .collect();
        tracing_subscriber::registry().with(layers).try_init()?;
        Ok(Self { metrics: metrics::install()?, traces })
    }

    /// Renders the metrics.
    pub(crate) fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }

    /// Sends the spans that are left, for as long as stopping may take.
    pub(crate) async fn stop(self) {
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
    }
}

/// The client of the collector, where there is one.
///
/// # Errors
/// [`Failure::Configuration`]: an address that cannot be used.
fn traces(config: &Config) -> Result<Option<Http>, Failure> {
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    let factory = connections::factory(config)?;
    let client = collector(&factory, endpoint.clone());
    client.map(Some).map_err(|error| Failure::Configuration(format!("`telemetry.otlp_endpoint`: {error}")))
}

fn collector(factory: &Factory, endpoint: Url) -> Result<Http, OutboundError> {
    factory.client(Target { vendor: VENDOR, base_url: endpoint, pace: Pace::default() })
}

#[cfg(test)]
mod tests;
