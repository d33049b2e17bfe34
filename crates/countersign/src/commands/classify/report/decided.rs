//! What a run says of the confidence that the classifier had in it. A run counts once, by how it stands.

use countersign_domain::{
    classification::{Classification, Confidence, Consultation},
    ids::IntentName,
    run::{DenyReason, NoActionReason, Origin, Run, State},
};

/// What people made of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Its plan was approved, whatever came of the steps.
    Approved,
    /// It was denied.
    Denied(DenyReason),
    /// Somebody said that something else is asked; what became of that says nothing of what was found.
    Corrected,
    /// It was given up while its plan was waiting.
    GivenUp,
}

/// A run that people decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    /// What was found to be asked.
    pub(super) intent: IntentName,
    /// How sure the classifier was of it, by itself.
    pub(super) confidence: Confidence,
    /// Whether a second opinion raised it to the floor.
    pub(super) raised: bool,
    /// What people made of it.
    pub(super) judgement: Judgement,
    /// Whether somebody asked for a new plan before.
    pub(super) planned_again: bool,
    /// Which model was asked.
    pub(super) model: String,
}

/// What a run counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sorted {
    /// Decided.
    Decided(Decided),
    /// Nobody decided in time.
    Expired,
    /// Planned in shadow: nobody was asked.
    Shadow {
        /// Whether somebody said that something else is asked.
        corrected: bool,
    },
    /// Decided, but nothing was classified: it was started through the API.
    Started,
    /// Nothing was found, and somebody said what is asked.
    Missed,
    /// Somebody asked for what was found.
    Picked,
}

/// What a run counts as; `None`: nobody had a say in it, or not yet.
pub(super) fn sorted(run: &Run) -> Option<Sorted> {
    let found = run.classification.as_ref()?;
    let intent = found.intent.as_ref();
    let corrected = run.correction.as_ref().map(|correction| Some(&correction.intent) != intent);
    if let Origin::Api { .. } = run.origin {
        return (corrected.is_some() || judged(&run.state).is_some()).then_some(Sorted::Started);
    }
    if run.left_alone() == Some(&NoActionReason::Shadow) {
        return Some(Sorted::Shadow { corrected: corrected == Some(true) });
    }
    let judgement = match corrected {
        Some(true) if intent.is_none() => return Some(Sorted::Missed),
        Some(true) => Judgement::Corrected,
        Some(false) => return Some(Sorted::Picked),
        None if matches!(run.state, State::Expired { .. }) => return Some(Sorted::Expired),
        None => judged(&run.state)?,
    };
    Some(Sorted::Decided(decided(found, intent?.clone(), judgement)))
}

fn decided(found: &Classification, intent: IntentName, judgement: Judgement) -> Decided {
    let raised = found.consulted.as_ref().filter(|asked| matches!(asked.said, Consultation::Agreed { .. }));
    Decided {
        intent,
        confidence: raised.map_or(found.confidence, |asked| asked.alone),
        raised: raised.is_some(),
        judgement,
        planned_again: false,
        model: found.model.clone(),
    }
}

fn judged(state: &State) -> Option<Judgement> {
    match state {
        State::Executing(_) | State::Succeeded(_) | State::PartlyDone(_) | State::Failed(_) => {
            Some(Judgement::Approved)
        }
        State::Denied { denial, .. } => Some(Judgement::Denied(denial.reason)),
        State::Cancelled { plan: Some(_), .. } => Some(Judgement::GivenUp),
        State::Cancelled { plan: None, .. }
        | State::Received
        | State::Planning { .. }
        | State::AwaitingApproval { .. }
        | State::Expired { .. }
        | State::NoAction { .. } => None,
    }
}

#[cfg(test)]
mod tests;
