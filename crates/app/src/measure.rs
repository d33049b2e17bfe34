//! What is counted and traced on a run's way. No ticket's number, person, address or word is ever a label or a field.
//!
//! Spans of the target [`TRACE`] become the run's trace where traces are wanted; which of their fields leave the process
//! is decided there.

use countersign_domain::{
    classification::{Consultation, Consulted},
    command::{Refusal, RefusalReason},
    effect::ClaimedEffect,
    ids::{OrgId, RunId},
    policy::Policy,
    ports::{Conflict, PortError, PortErrorKind, StoreError},
    run::{Run, State},
    time::At,
};
use tracing::{
    Span,
    field::{Empty, display},
};

use crate::{
    advance::AppError,
    dispatch::{Done, NotDone},
    ingest::{Disposition, Ingested, Taken},
};

/// The target of spans that belong into a run's trace.
const TRACE: &str = "countersign::trace";

/// The span of taking a body in, of whatever run it turns out to be.
pub(crate) fn taking_in(org: &OrgId) -> Span {
    tracing::error_span!(target: TRACE, "ingest", %org, run = Empty, outcome = Empty)
}

/// Counts what became of a body.
pub(crate) fn taken_in(span: &Span, taken: &Result<Taken, AppError>) {
    match taken {
        Ok(Taken::Run(ingested)) => taken_as(span, ingested),
        Ok(Taken::Quarantined { .. }) => ingest_ended(span, "quarantined"),
        Err(AppError::Store(_)) => ingest_ended(span, "error"),
        Err(
            AppError::Invalid { .. }
            | AppError::Refused(_)
            | AppError::UnknownOrg(_)
            | AppError::UnknownRun(_)
            | AppError::UnknownBody(_),
        ) => ingest_ended(span, "refused"),
    }
}

/// Counts a body that became a run, or came to one that there was.
pub(crate) fn taken_as(span: &Span, ingested: &Ingested) {
    span.record("run", display(&ingested.run));
    let outcome = match (ingested.duplicate, ingested.disposition) {
        (true, _) => "duplicate",
        (false, Disposition::NoAction) => "no_action",
        (false, Disposition::Received | Disposition::AwaitingApproval) => "new",
    };
    ingest_ended(span, outcome);
}

fn ingest_ended(span: &Span, outcome: &'static str) {
    span.record("outcome", outcome);
    metrics::counter!("countersign_ingest_total", "outcome" => outcome).increment(1);
}

/// The span of starting a run without a ticket.
pub(crate) fn starting(run: &Run) -> Span {
    tracing::error_span!(
        target: TRACE, "start", org = %run.org, run = %run.id, runbook = runbook(run), outcome = "new"
    )
}

/// The span of dealing with a decision.
pub(crate) fn deciding(org: &OrgId, run: &RunId) -> Span {
    tracing::error_span!(target: TRACE, "decide", %org, %run, outcome = Empty)
}

/// Counts a decision that was taken.
pub(crate) fn decided(run: &Run) {
    let (decision, reason) = match &run.state {
        State::Denied { denial, .. } => ("deny", denial.reason.name()),
        State::Received
        | State::Planning { .. }
        | State::AwaitingApproval { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => ("approve", ""),
    };
    Span::current().record("outcome", decision);
    metrics::counter!(
        "countersign_decisions_total", "runbook" => runbook(run), "decision" => decision, "reason" => reason
    )
    .increment(1);
}

/// Records how long a stage took.
pub(crate) fn stage(stage: &'static str, from: At, to: At) {
    #[expect(clippy::cast_precision_loss, reason = "a histogram is floating point; a run takes far less than 2^52 µs")]
    let seconds = to.0.saturating_sub(from.0).max(0) as f64 / 1e6;
    metrics::histogram!("countersign_stage_seconds", "stage" => stage).record(seconds);
}

/// Counts what came of asking a second model, and tells why where nothing did.
pub(crate) fn consulted(consulted: &Consulted) {
    if let Consultation::NoAnswer { why } = &consulted.said {
        tracing::warn!(model = consulted.model, why, "no second opinion: the classifier's own answer stands");
    }
    metrics::counter!("countersign_second_opinions_total", "outcome" => consulted.said.as_str()).increment(1);
}

/// Counts what a transition brought to an end. A plan's age follows from when it expires, by the policy in force now.
pub(crate) fn moved(before: &Run, after: &Run, policy: Option<&Policy>) {
    let now = after.updated_at;
    if let (State::AwaitingApproval { plan }, State::Executing(_) | State::Denied { .. }, Some(policy)) =
        (&before.state, &after.state, policy)
    {
        stage("approve", plan.expires_at.minus_seconds(policy.expires_after()), now);
    }
    if before.state.name().is_final() || !after.state.name().is_final() {
        return;
    }
    ended(after);
    if let Some(execution) = after.state.execution() {
        stage("execute", execution.approval.at, now);
        stage("total", after.created_at, now);
    }
}

/// Counts a run that came to its end.
pub(crate) fn ended(run: &Run) {
    metrics::counter!(
        "countersign_runs_ended_total", "runbook" => runbook(run), "state" => run.state.name().as_str()
    )
    .increment(1);
}

/// Notes how an attempt at an effect went on its span, and counts it where it failed.
pub(crate) fn attempted(effect: &ClaimedEffect, acted: &Result<Done, NotDone>) {
    let outcome = match acted {
        Ok(Done::Advanced(_) | Done::Settled) => "done",
        Err(NotDone::Port(error)) => {
            failed(effect, error);
            match error.kind {
                PortErrorKind::Held { .. } => "wait",
                PortErrorKind::Transient { .. } | PortErrorKind::Unauthorized | PortErrorKind::Ambiguous => "retry",
                PortErrorKind::Permanent | PortErrorKind::Gone => "parked",
            }
        }
        Err(
            NotDone::Waits(..) | NotDone::App(AppError::Refused(Refusal { reason: RefusalReason::TimeIsNotUp(_), .. })),
        ) => "wait",
        Err(NotDone::LeaseLost | NotDone::App(AppError::Store(StoreError::Conflict(Conflict::LostLease)))) => {
            "lease_over"
        }
        Err(NotDone::App(AppError::Refused(_))) => "no_longer_applies",
        Err(NotDone::App(_)) => "error",
    };
    Span::current().record("outcome", outcome);
}

/// Counts an attempt that a vendor, or the way to it, made fail.
pub(crate) fn failed(effect: &ClaimedEffect, error: &PortError) {
    let kind = match error.kind {
        PortErrorKind::Transient { .. } => "transient",
        PortErrorKind::Held { .. } => "held",
        PortErrorKind::Unauthorized => "unauthorized",
        PortErrorKind::Permanent => "permanent",
        PortErrorKind::Ambiguous => "ambiguous",
        PortErrorKind::Gone => "gone",
    };
    metrics::counter!("countersign_effect_failures_total", "ask" => effect.ask.name(), "kind" => kind).increment(1);
}

fn runbook(run: &Run) -> String {
    run.runbook.as_ref().map(ToString::to_string).unwrap_or_default()
}
