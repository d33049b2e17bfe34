//! How an event changes a run. Total; no policy.

use crate::{
    decide::shown,
    event::Event,
    run::{Execution, Run, State, StateName},
};

/// The run after the event. An event that does not fit the state leaves the state alone: only `decide` makes events,
/// and it makes none that does not fit.
pub fn evolve(mut run: Run, event: &Event) -> Run {
    match event {
        Event::Received { .. } => {}
        Event::Classified { classification, runbook, .. } => {
            run.classification = Some(classification.clone());
            run.runbook.clone_from(runbook);
            if runbook.is_some() {
                run.state = classified(run.state, run.plan_version.saturating_add(1));
            }
        }
        Event::TicketRead { facts } => run.ticket = Some(facts.clone()),
        Event::Planned { plan } => {
            if matches!(run.state, State::Planning { .. }) {
                run.plan_version = plan.version;
                run.state = State::AwaitingApproval { plan: plan.clone() };
            }
        }
        Event::CardPosted { card } => run.card = Some(card.clone()),
        Event::NotePosted { note } => run.note = Some(note.clone()),
        Event::Replanning { correction, .. } => {
            if let Some(correction) = correction {
                run.runbook = Some(correction.runbook.clone());
                run.correction = Some(correction.clone());
                if !run.editors.contains(&correction.by) {
                    run.editors.push(correction.by.clone());
                }
            }
            let keeps = shown(&run);
            run.state = next_state(run.state, event);
            // A plan that nobody was shown is not what a card still says.
            if let (false, State::Planning { previous, .. }) = (keeps, &mut run.state) {
                *previous = None;
            }
        }
        Event::LeftAlone { .. }
        | Event::Approved { .. }
        | Event::Denied { .. }
        | Event::Expired { .. }
        | Event::Cancelled { .. }
        | Event::StopAsked { .. }
        | Event::StepEnded { .. }
        | Event::Finished { .. } => run.state = next_state(run.state, event),
    }
    run
}

/// A plan that is being replaced is still known while the ticket is understood anew.
fn classified(state: State, version: u32) -> State {
    match state {
        State::Received => State::Planning { version, previous: None, again: false },
        State::Planning { previous, again, .. } => State::Planning { version, previous, again },
        state @ (State::AwaitingApproval { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. }) => state,
    }
}

fn next_state(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Received, Event::LeftAlone { reason }) => State::NoAction { reason: reason.clone(), previous: None },
        (State::Planning { previous, .. }, Event::LeftAlone { reason }) => {
            State::NoAction { reason: reason.clone(), previous }
        }
        // In shadow a plan is recorded and left alone at once.
        (State::AwaitingApproval { plan }, Event::LeftAlone { reason }) => {
            State::NoAction { reason: reason.clone(), previous: Some(plan) }
        }
        (
            State::AwaitingApproval { plan } | State::Expired { plan, .. } | State::Denied { plan, .. },
            Event::Replanning { version, .. },
        ) => State::Planning { version: *version, previous: Some(plan), again: true },
        (State::Executing(execution) | State::Failed(execution), Event::Replanning { version, .. }) => {
            State::Planning { version: *version, previous: Some(Box::new(execution.plan)), again: true }
        }
        (State::NoAction { previous, .. }, Event::Replanning { version, .. }) => {
            State::Planning { version: *version, previous, again: true }
        }
        (State::AwaitingApproval { plan }, Event::Approved { approval }) => State::Executing(Box::new(Execution {
            plan: *plan,
            approval: approval.clone(),
            outcomes: Vec::new(),
            stop: None,
        })),
        (State::AwaitingApproval { plan }, Event::Denied { denial }) => State::Denied { plan, denial: denial.clone() },
        (State::AwaitingApproval { plan }, Event::Expired { at }) => State::Expired { plan, at: *at },
        (State::AwaitingApproval { plan }, Event::Cancelled { by, at }) => {
            State::Cancelled { plan: Some(plan), by: by.clone(), at: *at }
        }
        (State::Received, Event::Cancelled { by, at }) => State::Cancelled { plan: None, by: by.clone(), at: *at },
        (State::Planning { previous, .. }, Event::Cancelled { by, at }) => {
            State::Cancelled { plan: previous, by: by.clone(), at: *at }
        }
        (State::Executing(mut execution), Event::StopAsked { stop }) => {
            execution.stop = Some(stop.clone());
            State::Executing(execution)
        }
        (State::Executing(mut execution), Event::StepEnded { outcome }) => {
            execution.outcomes.push(outcome.clone());
            State::Executing(execution)
        }
        (State::Executing(execution), Event::Finished { state: StateName::Succeeded }) => State::Succeeded(execution),
        (State::Executing(execution), Event::Finished { state: StateName::PartlyDone }) => State::PartlyDone(execution),
        (State::Executing(execution), Event::Finished { state: StateName::Failed }) => State::Failed(execution),
        (state, _) => state,
    }
}
