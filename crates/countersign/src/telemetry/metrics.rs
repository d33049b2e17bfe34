//! Every metric of the program: the one list. A metric that is recorded anywhere stands here, and what stands here is
//! recorded somewhere; the board and the alerts in `deploy/` name nothing else.
//!
//! Labels are words of ours or the administrator's: organisations, connections, runbooks, actions, outcomes, routes,
//! path templates. Never a ticket's number, a person, an address, a word of a ticket.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// How often the metrics are tidied up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Upper bounds in seconds, from a local answer to a vendor's time limit.
const ANSWERS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 25.0];

/// Upper bounds in seconds, from a classification to a decision on the last day.
const STAGES: &[f64] =
    &[0.001, 0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 28_800.0, 86_400.0];

/// What sort of metric it is.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    /// With its buckets' upper bounds.
    Histogram(&'static [f64]),
}

/// A metric.
struct Metric {
    name: &'static str,
    kind: Kind,
    unit: Unit,
    help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Count, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Count, help }
}

const fn age(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Seconds, help }
}

const fn times(name: &'static str, buckets: &'static [f64], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram(buckets), unit: Unit::Seconds, help }
}

/// All of them.
const ALL: &[Metric] = &[
    // ---- what comes in
    counter(
        "countersign_http_requests_total",
        "Requests answered, by route, method and status. 499: the peer went away before the answer.",
    ),
    times("countersign_http_request_seconds", ANSWERS, "How long requests took, by route."),
    counter(
        "countersign_ingest_total",
        "Bodies taken in, by outcome: new, duplicate, no_action, quarantined (no ticket id in it), refused.",
    ),
    // ---- a run's way
    times(
        "countersign_stage_seconds",
        STAGES,
        "How long a stage of a run took: classify, plan, approve (plan to decision), execute (approval to its end), \
         total (taken in to its end).",
    ),
    counter(
        "countersign_second_opinions_total",
        "Questions to the language model about tickets just below the floor, by outcome: agreed, other_value, \
         other_intent, nothing_asked, no_answer.",
    ),
    counter("countersign_decisions_total", "Decisions taken, by runbook, decision and, for denials, the reason."),
    counter("countersign_steps_total", "Steps that ended, by action and outcome."),
    counter("countersign_runs_ended_total", "Runs that reached a final state, by runbook and state."),
    counter("countersign_cards_total", "Cards posted."),
    counter("countersign_notes_total", "Notes posted."),
    gauge("countersign_runs_awaiting_approval", "Runs whose plan nobody has decided yet."),
    age("countersign_runs_awaiting_approval_oldest_seconds", "How long the oldest of them has waited."),
    gauge(
        "countersign_paused",
        "1 while steps are paused, by organisation and runbook; an empty runbook stands for the whole organisation.",
    ),
    // ---- the queue
    gauge("countersign_effects_due", "Effects that are due and not done, by lane."),
    age("countersign_effects_oldest_seconds", "For how long the oldest of them has been due, by lane."),
    gauge("countersign_effects_parked", "Effects set aside for a human."),
    times("countersign_effect_seconds", ANSWERS, "How long acting on an effect took, by ask and lane."),
    counter(
        "countersign_effect_failures_total",
        "Attempts at effects that failed, by ask and kind: transient, held (our own rate budget), unauthorized, \
         permanent, ambiguous (sent, no answer), gone.",
    ),
    // ---- the vendors
    counter(
        "countersign_vendor_calls_total",
        "Requests sent to vendors, by vendor, method, path template and status, or how it failed without one.",
    ),
    times("countersign_vendor_call_seconds", ANSWERS, "How long they took, by vendor, method and path template."),
    gauge(
        "countersign_vendor_budget_left",
        "Requests the rate budget has left at this moment, by vendor, connection and endpoint.",
    ),
    age("countersign_vendor_held_seconds", "For how long a vendor's answers hold everything back, by connection."),
    // ---- this itself
    counter("countersign_trace_spans_total", "Spans for the collector, by outcome: sent, dropped."),
];

/// Installs the recorder and describes every metric. Once per process.
///
/// # Errors
/// There is a recorder already.
pub(super) fn install() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new().set_buckets(ANSWERS)?;
    for metric in ALL {
        if let Kind::Histogram(buckets) = metric.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)?;
        }
    }
    let handle = builder.install_recorder()?;
    ALL.iter().for_each(describe);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

fn describe(metric: &Metric) {
    match metric.kind {
        Kind::Counter => describe_counter!(metric.name, metric.unit, metric.help),
        Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.help),
        Kind::Histogram(_) => describe_histogram!(metric.name, metric.unit, metric.help),
    }
}

#[cfg(test)]
mod tests;
