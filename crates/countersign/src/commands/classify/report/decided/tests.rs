use countersign_domain::{
    classification::Consulted,
    decide::{Opening, open},
    digest::Digest,
    person::Actor,
    run::{Approval, Correction, Denial, Execution},
};
use countersign_testkit::builders::*;

use super::*;

/// A run of ticket 4211 in which a reset was found with 0.9, in this state.
fn run(state: State) -> Run {
    let opening = Opening { id: run_id(1), org: org_id(), origin: from_ticket(), understood: None, left_alone: None };
    let (mut run, _) = open(opening, START);
    run.classification = Some(classification(Some("mfa_reset"), 0.9, slots_for("sarah.chen@acme.com")));
    run.state = state;
    run
}

fn execution() -> Box<Execution> {
    let approval = Approval { by: ada(), at: START, plan_digest: Digest([1; 32]) };
    Box::new(Execution { plan: plan(1, 1, START), approval, outcomes: Vec::new(), stop: None })
}

fn denied(reason: DenyReason) -> State {
    let denial = Denial { by: ada(), at: START, plan_digest: Digest([1; 32]), reason, words: None };
    State::Denied { plan: Box::new(plan(1, 1, START)), denial }
}

fn cancelled(with_plan: bool) -> State {
    let plan = with_plan.then(|| Box::new(plan(1, 1, START)));
    State::Cancelled { plan, by: Actor::Operator, at: START }
}

fn left(reason: NoActionReason) -> State {
    State::NoAction { reason, previous: None }
}

fn corrected_to(name: &str, mut run: Run) -> Run {
    let correction = Correction { intent: intent(name), runbook: runbook_id("RB-001"), by: mail("lead@acme.com") };
    run.correction = Some(correction);
    run
}

#[track_caller]
fn judgement(run: &Run) -> Judgement {
    match sorted(run) {
        Some(Sorted::Decided(decided)) => decided.judgement,
        other => panic!("{other:?} is not decided"),
    }
}

#[test]
fn approval_counts_whatever_came_of_the_steps() {
    for state in [
        State::Executing(execution()),
        State::Succeeded(execution()),
        State::PartlyDone(execution()),
        State::Failed(execution()),
    ] {
        let run = run(state);
        let Some(Sorted::Decided(decided)) = sorted(&run) else { panic!("{:?}", run.state.name()) };
        assert_eq!((decided.judgement, decided.confidence), (Judgement::Approved, Confidence::from_share(0.9)));
        assert_eq!((decided.intent, decided.raised), (intent("mfa_reset"), false));
    }
}

#[test]
fn denial_counts_with_its_reason() {
    for reason in DenyReason::ALL {
        assert_eq!(judgement(&run(denied(reason))), Judgement::Denied(reason));
    }
}

#[test]
fn run_that_was_given_up_counts_once_there_was_a_plan() {
    assert_eq!(judgement(&run(cancelled(true))), Judgement::GivenUp);
    assert_eq!(sorted(&run(cancelled(false))), None);
}

#[test]
fn what_nobody_decided_is_no_decision() {
    let waiting = State::AwaitingApproval { plan: Box::new(plan(1, 1, START)) };
    for state in [State::Received, waiting, left(NoActionReason::BelowFloor), left(NoActionReason::Closed)] {
        assert_eq!(sorted(&run(state)), None);
    }
    let expired = State::Expired { plan: Box::new(plan(1, 1, START)), at: START };
    assert_eq!(sorted(&run(expired)), Some(Sorted::Expired));
    assert_eq!(sorted(&run(left(NoActionReason::Shadow))), Some(Sorted::Shadow { corrected: false }));
    let mut unread = run(State::Received);
    unread.classification = None;
    assert_eq!(sorted(&unread), None);
}

#[test]
fn correction_counts_against_what_was_found_whatever_became_of_it() {
    let expired = State::Expired { plan: Box::new(plan(1, 1, START)), at: START };
    for state in [State::Succeeded(execution()), denied(DenyReason::Other), expired, left(NoActionReason::Closed)] {
        let run = corrected_to("password_reset", run(state));
        let Some(Sorted::Decided(decided)) = sorted(&run) else { panic!("{:?}", run.state.name()) };
        assert_eq!((decided.judgement, decided.intent), (Judgement::Corrected, intent("mfa_reset")));
    }
    let in_shadow = corrected_to("password_reset", run(left(NoActionReason::Shadow)));
    assert_eq!(sorted(&in_shadow), Some(Sorted::Shadow { corrected: true }));
}

#[test]
fn what_a_person_picked_by_hand_is_no_sample() {
    assert_eq!(sorted(&corrected_to("mfa_reset", run(State::Succeeded(execution())))), Some(Sorted::Picked));
    let mut missed = corrected_to("mfa_reset", run(State::Succeeded(execution())));
    missed.classification = Some(classification(None, 0.9, slots_for("sarah.chen@acme.com")));
    assert_eq!(sorted(&missed), Some(Sorted::Missed));
}

#[test]
fn run_started_through_the_api_was_not_classified() {
    let mut started = run(State::Succeeded(execution()));
    started.origin = from_api();
    assert_eq!(sorted(&started), Some(Sorted::Started));
    started.state = State::Received;
    assert_eq!(sorted(&started), None);
}

#[test]
fn what_a_second_opinion_raised_counts_with_the_confidence_before_it() {
    let consulted = |said| {
        let alone = Confidence::from_share(0.6);
        Some(Box::new(Consulted { model: "fake".to_owned(), alone, said }))
    };
    let mut run = run(State::Succeeded(execution()));
    let found = |run: &Run| match sorted(run) {
        Some(Sorted::Decided(decided)) => (decided.confidence, decided.raised),
        other => panic!("{other:?} is not decided"),
    };
    run.classification.as_mut().unwrap().consulted = consulted(Consultation::Agreed { filled: Vec::new() });
    assert_eq!(found(&run), (Confidence::from_share(0.6), true));
    run.classification.as_mut().unwrap().consulted = consulted(Consultation::NothingAsked);
    assert_eq!(found(&run), (Confidence::from_share(0.9), false));
}
