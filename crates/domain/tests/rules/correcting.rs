//! A person says what a ticket asks for: the correction holds, and whoever made it cannot approve what comes of it.

use countersign_domain::{
    command::{Command, Facts, RefusalReason, Understood},
    decide::decide,
    effect::Ask,
    event::Event,
    mode::Mode,
    person::Actor,
    plan::Plan,
    policy::NotEntitled,
    run::{NoActionReason, Run, State, StateName, StepResult},
};
use countersign_testkit::builders::*;

use crate::{
    moves::{correction, results, understood},
    standing::{after, after_in, awaiting, denied, ended, expired, one_in_each_state, received, recorded},
};

fn corrected(by: &str) -> Command {
    Command::Replan { by: Actor::Key(key_id(4)), correction: Some(correction(by)) }
}

fn read(understood: Understood) -> Command {
    Command::ReadTicket { facts: ticket_facts(), understood }
}

/// Runs that nothing came of yet, each with what is asked for when they are planned again.
fn nothing_done_yet() -> Vec<(Run, Vec<Ask>)> {
    let [_, _, failed, ..] = results();
    let nothing = after(&received(), read(understood(false)), START, None);
    let with_card = vec![Ask::ReadTicket, Ask::ShowCard];
    vec![
        (nothing, vec![Ask::ReadTicket]),
        (recorded(Mode::Shadow), vec![Ask::ReadTicket]),
        (awaiting(1), with_card.clone()),
        (denied(None), with_card.clone()),
        (expired(), with_card.clone()),
        (ended(1, &[failed]), with_card),
    ]
}

#[test]
fn whatever_changed_nothing_is_planned_again_of_what_the_person_says() {
    for (run, expected) in nothing_done_yet() {
        let (before, version) = (run.state.name(), run.plan_version + 1);
        let (run, asks) = after_in(Mode::Live, &run, corrected("kim@acme.com"));
        assert_eq!(asks, expected, "{before}");
        assert!(matches!(&run.state, State::Planning { version: next, again: true, .. } if *next == version));
        assert_eq!(run.correction, Some(correction("kim@acme.com")));
        assert_eq!(
            (run.intent(), run.runbook.as_ref()),
            (Some(&intent("suspend_account")), Some(&runbook_id("RB-011")))
        );
    }
}

#[test]
fn a_run_that_changed_something_or_is_under_way_refuses_a_correction_by_name() {
    let policy = policy();
    let facts = Facts { now: START, policy: Some(&policy), approver: None, mode: Mode::Live };
    let planned_anew = crate::moves::REPLANNED;
    for run in one_in_each_state().into_iter().filter(|run| !planned_anew.contains(&run.state.name())) {
        let refusal = decide(&run, corrected("kim@acme.com"), &facts).unwrap_err();
        let says = refusal.to_string();
        assert!(says.contains("replan") && says.contains(run.state.name().as_str()), "{says}");
        assert_eq!(refusal.reason, RefusalReason::WrongState(run.state.name()));
    }
}

#[test]
fn the_words_that_are_read_again_do_not_undo_a_correction() {
    for sent in [understood(true), understood(false)] {
        let run = after(&awaiting(1), corrected("kim@acme.com"), START, None);
        let (run, asks) = after_in(Mode::Live, &run, read(sent.clone()));
        assert_eq!(asks, [Ask::MakePlan { version: 2 }]);
        let slots = match &sent {
            Understood::Runbook { classification, .. } | Understood::Nothing { classification, .. } => {
                classification.slots.clone()
            }
        };
        assert_eq!(run.classification.as_ref().map(|found| &found.slots), Some(&slots), "the values are the new ones");
        assert_eq!(
            (run.intent(), run.runbook.as_ref()),
            (Some(&intent("suspend_account")), Some(&runbook_id("RB-011")))
        );
        let run = after(&run, Command::Plan { plan: Box::new(plan(2, 1, START)) }, START, None);
        let run = after(&run, Command::Replan { by: Actor::Operator, correction: None }, START, None);
        let run = after(&run, read(understood(true)), START, None);
        assert_eq!(run.runbook, Some(runbook_id("RB-011")), "nor does planning it again without one");
    }
}

#[test]
fn who_corrected_stands_in_the_event_and_its_actor_in_the_ledger() {
    let policy = policy();
    let facts = Facts { now: START, policy: Some(&policy), approver: None, mode: Mode::Live };
    let run = awaiting(1);
    let decision = decide(&run, corrected("kim@acme.com"), &facts).unwrap();
    let [event @ Event::Replanning { correction: Some(said), why, .. }] = &decision.events[..] else {
        panic!("{:?}", decision.events)
    };
    assert_eq!((said.by.as_str(), why.as_str()), ("kim@acme.com", "the intent was corrected to suspend_account"));
    let record = event.record(&run, START);
    assert_eq!((record.kind, record.actor), ("plan.asked", key_id(4).to_string()));
    assert!(String::from_utf8_lossy(&record.body).contains("kim@acme.com"));
}

#[test]
fn whoever_corrected_cannot_approve_by_any_of_their_addresses_and_may_deny() {
    let edited = Plan { editor_mails: vec![mail("kim@acme.com"), mail("ada@acme.com")], ..plan(2, 1, START) };
    let run = after(&awaiting(1), corrected("kim@acme.com"), START, None);
    let run = after(&run, Command::Plan { plan: Box::new(edited) }, START, None);
    let policy = policy();
    let approve = Command::Approve { plan_version: 2, plan_digest: None };
    for (who, refused) in [
        (ada(), true),
        (approver(APPROVER, &["other@acme.com", "KIM@acme.com"]), true),
        (approver(LEAD, &["kim@acme.com"]), true),
        (approver(LEAD, &["lead@acme.com"]), false),
    ] {
        let facts = Facts { now: START, policy: Some(&policy), approver: Some(&who), mode: Mode::Live };
        let expected = refused.then_some(RefusalReason::NotEntitled(NotEntitled::IsEditor));
        assert_eq!(decide(&run, approve.clone(), &facts).err().map(|refusal| refusal.reason), expected, "{who:?}");
        let deny = Command::Deny {
            plan_version: 2,
            plan_digest: None,
            reason: countersign_domain::run::DenyReason::WrongType,
            words: None,
        };
        assert!(decide(&run, deny, &facts).is_ok(), "{who:?}");
    }
}

#[test]
fn a_later_correction_takes_the_place_of_the_first() {
    let run = after(&awaiting(1), corrected("kim@acme.com"), START, None);
    let run = after(&run, Command::LeaveAlone { reason: NoActionReason::Closed }, START, None);
    let run = after(&run, corrected("lou@acme.com"), START, None);
    assert_eq!(run.correction.map(|said| said.by), Some(mail("lou@acme.com")));
    assert_eq!(run.editors, [mail("kim@acme.com"), mail("lou@acme.com")], "neither of them can approve");
}

#[test]
fn a_drift_after_a_correction_is_planned_anew_of_the_same() {
    let run = after(&awaiting(1), corrected("kim@acme.com"), START, None);
    let run = after(&run, read(understood(true)), START, None);
    let run = after(&run, Command::Plan { plan: Box::new(plan(2, 1, START)) }, START, None);
    let run = after(&run, Command::Approve { plan_version: 2, plan_digest: None }, START, Some(&ada()));
    let drifted = StepResult::Drifted { says: "She holds the administrator role Owner.".to_owned() };
    let end = Command::EndStep { ordinal: 0, plan_digest: crate::standing::digest_of(&run), result: drifted };
    let (run, asks) = after_in(Mode::Live, &run, end);
    assert_eq!(run.state.name(), StateName::Planning);
    assert_eq!(asks[0], Ask::ReadTicket);
    assert_eq!(run.correction, Some(correction("kim@acme.com")));
}
