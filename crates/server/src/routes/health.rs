//! Liveness, readiness, metrics.

use axum::{Json, extract::State};
use countersign_domain::{ids::RunbookId, pause::Pause};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{depth::Standing, problem::Problem, state::Server};

/// How the service is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)))]
pub(super) async fn healthz(State(server): State<Server>) -> Json<Health> {
    Json(Health { status: "ok", version: server.version() })
}

/// Whether a node can work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
    /// What is paused: no step of it starts.
    paused: Vec<PausedView>,
}

/// Something that is paused.
#[derive(Serialize, ToSchema)]
pub(crate) struct PausedView {
    /// The organisation.
    org: String,
    /// The runbook; null: all of it.
    runbook: Option<String>,
    /// Since when, RFC 3339.
    since: String,
}

/// Whether the store answers. A vendor's outage does not take a node out.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, body = Readiness), (status = 503, body = Problem)))]
pub(super) async fn readyz(State(server): State<Server>) -> Result<Json<Readiness>, Problem> {
    let pauses = server.queries().pauses().await?;
    let paused = pauses.into_iter().map(|pause| PausedView {
        org: pause.org.to_string(),
        runbook: pause.runbook.map(|id| id.to_string()),
        since: pause.since.to_string(),
    });
    Ok(Json(Readiness { status: "ok", version: server.version(), paused: paused.collect() }))
}

/// Metrics in the Prometheus text format. However often it is asked, the queue is counted once a second at most.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, body = String)))]
pub(super) async fn metrics(
    State(server): State<Server>,
) -> Result<([(header::HeaderName, &'static str); 1], String), Problem> {
    let Standing { depth, pauses } = server.depth().of(&server).await?;
    #[expect(clippy::cast_precision_loss, reason = "gauges are floating point; counts stay far below 2^52")]
    let gauge = |value: u64| value as f64;
    for (lane, waiting, age) in depth.lanes {
        metrics::gauge!("countersign_effects_due", "lane" => lane.clone()).set(gauge(waiting));
        metrics::gauge!("countersign_effects_oldest_seconds", "lane" => lane).set(gauge(age));
    }
    metrics::gauge!("countersign_effects_parked").set(gauge(depth.parked));
    metrics::gauge!("countersign_runs_awaiting_approval").set(gauge(depth.awaiting.0));
    metrics::gauge!("countersign_runs_awaiting_approval_oldest_seconds").set(gauge(depth.awaiting.1));
    set_paused(&server, &pauses);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], server.metrics()))
}

/// One gauge for each organisation as a whole, whose runbook is empty, and one for each of its runbooks: what is released
/// has to be seen to be.
fn set_paused(server: &Server, pauses: &[Pause]) {
    for (org, rules) in &server.app().parts().orgs {
        let single = rules.runbooks.values().map(|runbook| Some(&runbook.id));
        for runbook in std::iter::once(None).chain(single) {
            let paused = pauses.iter().any(|pause| pause.org == *org && pause.runbook.as_ref() == runbook);
            let name = runbook.map(RunbookId::to_string).unwrap_or_default();
            metrics::gauge!("countersign_paused", "org" => org.to_string(), "runbook" => name).set(if paused {
                1.0
            } else {
                0.0
            });
        }
    }
}
