//! Asking for a new plan, and giving up.

use crate::{
    command::RefusalReason,
    decide::{Outcome, redraw, shown, start_over},
    effect::Ask,
    event::Event,
    person::Actor,
    run::{Correction, Run, State, Stop},
    time::At,
};

/// A new plan, of what was understood or of what a person says is asked. It needs an approval of its own, whatever was
/// decided about the one before. Whatever changed something already is not planned again.
pub(crate) fn replan(run: &Run, by: Actor, correction: Option<Correction>) -> Outcome {
    match &run.state {
        State::AwaitingApproval { .. }
        | State::Expired { .. }
        | State::Denied { .. }
        | State::Failed(_)
        | State::NoAction { .. } => {
            let version = run.plan_version + 1;
            let why = match &correction {
                Some(correction) => format!("the intent was corrected to {}", correction.intent),
                None => "a new plan was asked for".to_owned(),
            };
            let mut asks = vec![start_over(run, version)];
            if shown(run) {
                asks.push(Ask::ShowCard);
            }
            Ok((vec![Event::Replanning { by, version, why, correction }], asks))
        }
        State::Received
        | State::Planning { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Cancelled { .. } => Err(RefusalReason::WrongState(run.state.name())),
    }
}

/// Gives a run up. One that is being executed ends once the step under way has: what was begun is told as it ends.
pub(crate) fn cancel(run: &Run, by: Actor, now: At) -> Outcome {
    let asks = match &run.state {
        State::Received | State::Planning { .. } | State::AwaitingApproval { .. } => redraw(run),
        State::Executing(execution) if execution.stop.is_some() => return Err(RefusalReason::AlreadyThere),
        State::Executing(_) => {
            return Ok((vec![Event::StopAsked { stop: Stop { by, at: now } }], vec![Ask::ShowCard]));
        }
        State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => return Err(RefusalReason::WrongState(run.state.name())),
    };
    Ok((vec![Event::Cancelled { by, at: now }], asks))
}

/// Makes the card that is out show how things are: whether steps are paused, say.
pub(crate) fn show_again(run: &Run) -> Outcome {
    match &run.state {
        State::AwaitingApproval { .. } | State::Executing(_) if run.card.is_some() => {
            Ok((Vec::new(), vec![Ask::ShowCard]))
        }
        State::AwaitingApproval { .. }
        | State::Executing(_)
        | State::Received
        | State::Planning { .. }
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => Err(RefusalReason::WrongState(run.state.name())),
    }
}
