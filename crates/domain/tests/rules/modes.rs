//! How far a run goes in each mode.

use countersign_domain::{
    command::{Command, Facts, RefusalReason},
    decide::{Opening, decide, open},
    effect::Ask,
    event::Event,
    mode::Mode,
    note::{NoteContext, note},
    person::Actor,
    run::{CardRef, DenyReason, NoActionReason, Run, State, StateName},
};
use countersign_testkit::builders::*;
use jiff::tz::TimeZone;

use crate::{
    moves::{card_ref, understood},
    standing::{after, after_in, awaiting, blocked, planning, recorded},
};

fn replan() -> Command {
    Command::Replan { by: Actor::Operator, correction: None }
}

fn make(version: u32) -> Command {
    Command::Plan { plan: Box::new(plan(version, 1, START)) }
}

fn with_card(run: &Run) -> Run {
    after(run, Command::CardPosted { card: card_ref() }, START, None)
}

fn left_alone_with_plan(run: &Run) -> (NoActionReason, u32) {
    let State::NoAction { reason, previous: Some(plan) } = &run.state else {
        panic!("not left alone with a plan: {:?}", run.state)
    };
    (reason.clone(), plan.version)
}

#[test]
fn a_plan_that_is_made_in_shadow_is_kept_and_nothing_is_asked_of_the_world() {
    for (mode, reason) in [(Mode::Shadow, NoActionReason::Shadow), (Mode::Off, NoActionReason::SwitchedOff)] {
        for steps in [0, 1] {
            let command = Command::Plan { plan: Box::new(plan(1, steps, START)) };
            let (run, asks) = after_in(mode, &planning(), command);
            assert_eq!(left_alone_with_plan(&run), (reason.clone(), 1));
            assert_eq!((run.plan_version, asks), (1, vec![]), "{mode}, {steps} steps");
        }
    }
}

#[test]
fn both_the_plan_and_that_it_was_left_alone_are_events() {
    let facts = Facts { now: START, policy: None, approver: None, mode: Mode::Shadow };
    let decision = decide(&planning(), make(1), &facts).unwrap();
    let kinds: Vec<_> = decision.events.iter().map(Event::kind).collect();
    assert_eq!(kinds, ["plan.made", "run.left_alone"]);
}

#[test]
fn an_organisation_that_is_off_leaves_a_ticket_alone_as_it_comes_in() {
    for origin in [from_ticket(), from_api()] {
        for sent in [None, Some(understood(false)), Some(understood(true))] {
            let opening = Opening {
                id: run_id(1),
                org: org_id(),
                origin: origin.clone(),
                understood: sent.clone(),
                left_alone: Mode::Off.leaves_untouched(),
            };
            let (run, decision) = open(opening, START);
            assert_eq!(run.state, State::NoAction { reason: NoActionReason::SwitchedOff, previous: None });
            assert_eq!(decision.effects, []);
            assert_eq!(run.classification.is_some(), sent.is_some(), "what was read is kept");
            let known = run.ticket_key().is_none() && sent == Some(understood(true));
            assert_eq!(run.runbook, known.then(|| runbook_id("RB-002")), "what was sent with a ticket is only a hint");
            let kinds: Vec<_> = decision.events.iter().map(Event::kind).collect();
            assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("run.received", "run.left_alone"));
            assert_eq!(kinds.len(), if sent.is_some() { 3 } else { 2 });
        }
    }
    assert_eq!(Mode::Shadow.leaves_untouched(), None);
}

#[test]
fn nothing_is_decided_where_the_mode_is_not_live() {
    let (policy, ada) = (policy(), ada());
    let approve = Command::Approve { plan_version: 1, plan_digest: None };
    let deny = Command::Deny { plan_version: 1, plan_digest: None, reason: DenyReason::Other, words: None };
    for mode in [Mode::Off, Mode::Shadow] {
        for command in [approve.clone(), deny.clone()] {
            let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode };
            let refusal = decide(&awaiting(1), command, &facts).unwrap_err();
            assert_eq!(refusal.reason, RefusalReason::NotLive(mode));
            assert!(refusal.to_string().contains(mode.as_str()), "{refusal}");
        }
    }
    let run = recorded(Mode::Shadow);
    let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode: Mode::Live };
    let refusal = decide(&run, approve, &facts).unwrap_err();
    assert_eq!(
        refusal.reason,
        RefusalReason::WrongState(StateName::NoAction),
        "what was recorded is not decided later"
    );
}

#[test]
fn what_was_only_recorded_asks_for_no_card_and_no_note_until_it_is_live() {
    let run = recorded(Mode::Shadow);
    let (again, asks) = after_in(Mode::Shadow, &run, replan());
    assert_eq!(asks, [Ask::ReadTicket]);
    assert_eq!(again.state, State::Planning { version: 2, previous: None, again: true });
    let gone = Command::LeaveAlone { reason: NoActionReason::Closed };
    assert_eq!(after_in(Mode::Shadow, &again, gone).1, []);
    assert_eq!(after_in(Mode::Shadow, &again, Command::Cancel { by: Actor::Operator }).1, []);
    let read = Command::ReadTicket { facts: ticket_facts(), understood: understood(true) };
    let (again, asks) = after_in(Mode::Shadow, &again, read);
    assert_eq!(asks, [Ask::MakePlan { version: 2 }]);
    assert_eq!(after_in(Mode::Shadow, &again, make(2)).1, []);
    let (live, asks) = after_in(Mode::Live, &again, make(2));
    assert_eq!(live.state.name(), StateName::AwaitingApproval);
    assert!(asks.contains(&Ask::ShowCard), "{asks:?}");
}

#[test]
fn a_card_that_went_out_while_live_is_still_told_what_becomes_of_its_plan() {
    let run = with_card(&awaiting(1));
    let (again, asks) = after_in(Mode::Shadow, &run, replan());
    assert_eq!(asks, [Ask::ReadTicket, Ask::ShowCard]);
    let (shadow, _) = after_in(Mode::Shadow, &again, make(2));
    assert_eq!(left_alone_with_plan(&shadow), (NoActionReason::Shadow, 2));
    let (again, asks) = after_in(Mode::Shadow, &shadow, replan());
    assert_eq!(asks, [Ask::ReadTicket, Ask::ShowCard], "the card is still out");
    assert!(matches!(again.state, State::Planning { version: 3, previous: Some(_), .. }));
}

#[test]
fn a_shadow_run_has_no_note_and_a_noted_one_says_why_it_was_left_alone() {
    let zone = TimeZone::UTC;
    let lines = |run: &Run| note(run, &NoteContext { prefix: "Countersign", zone: &zone, entry: None });
    assert_eq!(lines(&recorded(Mode::Shadow)), None);
    assert_eq!(lines(&recorded(Mode::Off)), None);
    let mut noted = with_card(&blocked());
    noted = after(&noted, Command::NotePosted { note: countersign_domain::run::NoteRef("n".to_owned()) }, START, None);
    noted = after_in(Mode::Shadow, &noted, replan()).0;
    noted = after_in(Mode::Shadow, &noted, make(2)).0;
    assert!(lines(&noted).is_some_and(|lines| lines.iter().any(|line| line.starts_with("Left alone: shadow mode"))));
}

#[test]
fn only_a_card_that_is_out_is_shown_again_and_only_while_steps_may_follow() {
    let card = CardRef { message: "2.0001".to_owned(), ..card_ref() };
    for run in crate::standing::one_in_each_state() {
        let (state, policy) = (run.state.name(), policy());
        let out = after(&run, Command::CardPosted { card: card.clone() }, START, None);
        let facts = Facts { now: START, policy: Some(&policy), approver: None, mode: Mode::Live };
        let expected = matches!(state, StateName::AwaitingApproval | StateName::Executing);
        match decide(&out, Command::ShowAgain, &facts) {
            Ok(decision) => {
                let asks: Vec<_> = decision.effects.iter().map(|effect| effect.ask.clone()).collect();
                assert_eq!((asks, decision.events), (vec![Ask::ShowCard], vec![]), "{state}");
                assert!(expected, "{state}");
            }
            Err(refusal) => {
                assert!(!expected && refusal.to_string().contains("show again"), "{refusal}");
            }
        }
        assert!(decide(&run, Command::ShowAgain, &facts).is_err(), "{state}: without a card there is nothing to show");
    }
}

#[test]
fn every_ask_that_writes_to_a_vendor_says_so() {
    use countersign_domain::effect::ThreadTopic;
    for (ask, writes) in [
        (Ask::ReadTicket, false),
        (Ask::MakePlan { version: 1 }, false),
        (Ask::Expire { plan_version: 1 }, false),
        (Ask::ShowCard, true),
        (Ask::SayInThread { topic: ThreadTopic::Origin }, true),
        (Ask::Perform { ordinal: 0, plan_digest: digest(1) }, true),
        (Ask::ShowNote, true),
    ] {
        assert_eq!(ask.writes(), writes, "{}", ask.name());
    }
    assert!(
        NoActionReason::ALL.iter().all(|reason| NoActionReason::from_name(reason.as_str()) == Some(reason.clone()))
    );
}
