//! The note: what is written back to the ticket, in plain lines.

use jiff::tz::TimeZone;

use crate::{
    card::{new_user, target_name},
    decide::shown,
    plan::Plan,
    run::{Approval, Execution, Run, State},
};

/// What a note needs to know besides the run.
pub struct NoteContext<'a> {
    /// What stands in brackets at its beginning.
    pub prefix: &'a str,
    /// The organisation's time zone.
    pub zone: &'a TimeZone,
    /// The ledger entry that the note refers to: its number and the first 8 characters of its hash.
    pub entry: Option<(u64, String)>,
}

/// The text by which a note is found again: the run's id with its label.
pub fn marker(run: &crate::ids::RunId) -> String {
    format!("Run: {run}")
}

/// The note of a run as it is now; `None` where there is nothing to write (no plan was ever decided on or blocked, or it was
/// only recorded).
pub fn note(run: &Run, context: &NoteContext<'_>) -> Option<Vec<String>> {
    let plan = run.state.plan()?;
    if !shown(run) && run.note.is_none() {
        return None;
    }
    let mut lines = vec![format!("[{}] Runbook decision: {}", context.prefix, verdict(run))];
    lines.push(format!("Runbook: {}", plan.runbook_name));
    lines.push(format!("Target user: {}", target(plan)));
    lines.extend(body(run, plan, context));
    if let Some((seq, hash)) = &context.entry {
        lines.push(format!("This decision is recorded on the org's tamper-evident ledger: entry {seq}, {hash}."));
    }
    lines.push(marker(&run.id));
    Some(lines)
}

fn verdict(run: &Run) -> &'static str {
    match &run.state {
        State::Executing(_) | State::Succeeded(_) | State::PartlyDone(_) | State::Failed(_) => "APPROVED",
        State::Denied { .. } => "DENIED",
        State::Expired { .. } => "EXPIRED",
        State::Cancelled { .. } => "CANCELLED",
        State::AwaitingApproval { plan } if plan.approvable() => "PENDING",
        State::AwaitingApproval { .. } => "NOT POSSIBLE AS ASKED",
        State::Planning { .. } => "NONE YET",
        State::Received | State::NoAction { .. } => "NONE",
    }
}

fn target(plan: &Plan) -> String {
    match &plan.target {
        Some(target) => format!("{} ({})", target.name, target.login),
        None => match new_user(plan) {
            Some(user) => format!("{} ({})", target_name(plan), user.login),
            None => target_name(plan),
        },
    }
}

fn decided_by(approval: &Approval, zone: &TimeZone) -> String {
    let name = approval.by.name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    format!("Decision by: {} at {} ({}{name})", approval.by.by, approval.at, approval.at.local(zone))
}

fn body(run: &Run, plan: &Plan, context: &NoteContext<'_>) -> Vec<String> {
    match &run.state {
        State::Executing(execution) => {
            vec![decided_by(&execution.approval, context.zone), "Approved; the action is being executed.".to_owned()]
        }
        State::Succeeded(execution) => {
            let mut lines = vec![
                decided_by(&execution.approval, context.zone),
                "Action executed by Countersign after explicit human approval.".to_owned(),
                "Outcome: done".to_owned(),
            ];
            lines.extend(step_lines(execution));
            lines
        }
        State::PartlyDone(execution) => ended(execution, "partly", context),
        State::Failed(execution) => ended(execution, "failed", context),
        State::Denied { denial, .. } => {
            let name = denial.by.name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
            let words = denial.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            vec![
                format!("Decision by: {} at {} ({}{name})", denial.by.by, denial.at, denial.at.local(context.zone)),
                format!("Reason: {}{words}", denial.reason.words()),
                "No changes were made.".to_owned(),
            ]
        }
        State::Expired { at, plan } => {
            let mut lines = vec![format!("Nobody decided until {} ({}).", at, at.local(context.zone))];
            lines.extend(blocked_lines(plan));
            lines.push("No changes were made.".to_owned());
            lines
        }
        State::Cancelled { at, .. } => {
            vec![format!("Cancelled at {at}."), "No changes were made.".to_owned()]
        }
        State::AwaitingApproval { .. } => {
            let mut lines = blocked_lines(plan);
            lines.push("No changes were made.".to_owned());
            lines
        }
        State::Planning { .. } => {
            vec!["The plan no longer fits and was withdrawn; a new one is being made.".to_owned()]
        }
        State::NoAction { reason, .. } => {
            vec![format!("Left alone: {}.", reason.words()), "No changes were made.".to_owned()]
        }
        State::Received => Vec::new(),
    }
}

/// Why a plan could not work, and what would mend it.
fn blocked_lines(plan: &Plan) -> Vec<String> {
    plan.blockers.iter().map(|blocker| format!("{} {}", blocker.says, blocker.mend)).collect()
}

fn ended(execution: &Execution, outcome: &str, context: &NoteContext<'_>) -> Vec<String> {
    let mut lines = vec![decided_by(&execution.approval, context.zone), format!("Outcome: {outcome}")];
    lines.extend(step_lines(execution));
    lines
}

fn step_lines(execution: &Execution) -> Vec<String> {
    let steps = &execution.plan.steps;
    steps
        .iter()
        .map(|step| {
            let ended = execution.outcomes.iter().find(|outcome| outcome.ordinal == step.ordinal);
            let place = step.ordinal + 1;
            match ended {
                Some(outcome) => {
                    let result = outcome.result.name().replace('_', " ");
                    format!("Step {place}: {}: {result}: {}", step.title, outcome.result.says())
                }
                None => format!("Step {place}: {}: not run", step.title),
            }
        })
        .collect()
}
