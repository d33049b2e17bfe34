//! The state machine case by case.

use countersign_domain::{
    command::{Command, CommandName, Facts, RefusalReason},
    decide::{Opening, WORDS_LIMIT, apply, decide, open, understand},
    effect::{Ask, Lane, ThreadTopic},
    event::Event,
    mode::Mode,
    person::Actor,
    run::{DenyReason, NoActionReason, NoteRef, Run, State, StateName, StepResult},
    time::At,
};
use countersign_testkit::builders::*;

use crate::{
    moves::{card_ref, results, understood},
    standing::{
        after, awaiting, blocked, denied, digest_of, ended, executing, expired, one_in_each_state, planning, received,
        replanning,
    },
};

const DAY: u64 = 24 * 3_600;

/// One of each command, as it would fit `run` where it fits at all.
fn commands(run: &Run) -> Vec<Command> {
    let plan_digest = run.state.plan().map_or(digest(0), |plan| plan.digest(&run.org, &run.id));
    let ordinal = run.state.execution().map_or(0, |execution| u16::try_from(execution.outcomes.len()).expect("a few"));
    let [done, ..] = results();
    vec![
        Command::ReadTicket { facts: ticket_facts(), understood: understood(true) },
        Command::LeaveAlone { reason: NoActionReason::Closed },
        Command::Plan { plan: Box::new(plan(run.plan_version + 1, 1, START)) },
        Command::CardPosted { card: card_ref() },
        Command::NotePosted { note: NoteRef("n".to_owned()) },
        Command::Approve { plan_version: run.plan_version, plan_digest: None },
        Command::Deny { plan_version: run.plan_version, plan_digest: None, reason: DenyReason::Other, words: None },
        Command::Expire { plan_version: run.plan_version },
        Command::EndStep { ordinal, plan_digest, result: done },
        Command::Replan { by: Actor::Operator, correction: None },
        Command::Cancel { by: Actor::Operator },
        Command::ShowAgain,
    ]
}

/// Which commands each state takes besides where card and note stand: the whole table.
fn taken(state: StateName) -> &'static [CommandName] {
    use CommandName as C;
    match state {
        StateName::Received => &[C::ReadTicket, C::LeaveAlone, C::Cancel],
        StateName::Planning => &[C::LeaveAlone, C::Plan, C::Cancel],
        StateName::AwaitingApproval => &[C::Approve, C::Deny, C::Replan, C::Cancel],
        StateName::Executing => &[C::EndStep, C::Cancel],
        StateName::Expired => &[C::Replan],
        StateName::Failed | StateName::Denied | StateName::NoAction => &[C::Replan],
        StateName::Succeeded | StateName::PartlyDone | StateName::Cancelled => &[],
    }
}

#[test]
fn each_state_takes_its_commands_and_refuses_the_others_by_name() {
    let (policy, ada) = (policy(), ada());
    for run in one_in_each_state() {
        let state = run.state.name();
        for command in commands(&run) {
            let name = command.name();
            let always = matches!(name, CommandName::CardPosted | CommandName::NotePosted);
            let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode: Mode::Live };
            let decided = decide(&run, command, &facts);
            assert_eq!(decided.is_ok(), always || taken(state).contains(&name), "{name} while {state}: {decided:?}");
            if let Err(refusal) = decided {
                let says = refusal.to_string();
                assert!(says.contains(state.as_str()) && says.contains(name.as_str()), "{says}");
                assert_eq!((refusal.state, refusal.command), (state, name));
            }
        }
    }
}

#[test]
fn the_same_card_or_note_twice_is_refused_and_another_takes_its_place() {
    let run = after(&awaiting(1), Command::CardPosted { card: card_ref() }, START, None);
    let run = after(&run, Command::NotePosted { note: NoteRef("n".to_owned()) }, START, None);
    for command in [Command::CardPosted { card: card_ref() }, Command::NotePosted { note: NoteRef("n".to_owned()) }] {
        assert_eq!(reason(&run, command, START), RefusalReason::AlreadyThere);
    }
    let moved = NoteRef("m".to_owned());
    let run = after(&run, Command::NotePosted { note: moved.clone() }, START, None);
    assert_eq!(run.note, Some(moved), "somebody deleted the first one");
}

fn reason(run: &Run, command: Command, now: At) -> RefusalReason {
    let (policy, ada) = (policy(), ada());
    let facts = Facts { now, policy: Some(&policy), approver: Some(&ada), mode: Mode::Live };
    decide(run, command, &facts).expect_err("it is refused").reason
}

#[test]
fn a_timer_that_rings_too_late_or_too_early_is_refused() {
    let expire = |plan_version| Command::Expire { plan_version };
    let late = START.plus_seconds(DAY);
    let replanned = after(&awaiting(1), Command::Replan { by: Actor::Operator, correction: None }, START, None);
    let replanned = after(&replanned, Command::Plan { plan: Box::new(plan(2, 1, START)) }, START, None);
    let by_ada = |decided: &str| RefusalReason::AlreadyDecided {
        decided: decided.to_owned(),
        by: APPROVER.to_owned(),
        at: START.to_string(),
    };
    let ends = plan(1, 1, START).expires_at.to_string();
    for (run, version, now, expected) in [
        (executing(1), 1, late, by_ada("approved")),
        (ended(1, &results()[..1]), 1, late, by_ada("approved")),
        (denied(None), 1, late, by_ada("denied")),
        (expired(), 1, late, RefusalReason::TimeIsUp(late.to_string())),
        (replanned, 1, late, RefusalReason::OtherPlanVersion { meant: 1, present: 2 }),
        (planning(), 1, late, RefusalReason::WrongState(StateName::Planning)),
        (awaiting(1), 1, At(late.0 - 1), RefusalReason::TimeIsNotUp(ends)),
    ] {
        assert_eq!(reason(&run, expire(version), now), expected);
    }
}

#[test]
fn a_decision_needs_the_present_version_the_present_digest_and_time() {
    let run = awaiting(1);
    let (late, ends) = (START.plus_seconds(DAY), plan(1, 1, START).expires_at.to_string());
    let approve = |plan_version, plan_digest| Command::Approve { plan_version, plan_digest };
    let deny =
        |plan_version, plan_digest| Command::Deny { plan_version, plan_digest, reason: DenyReason::Other, words: None };
    let version = |meant| RefusalReason::OtherPlanVersion { meant, present: 1 };
    for (plan_version, plan_digest, now, expected) in [
        (0, None, START, version(0)),
        (2, None, START, version(2)),
        (2, Some(digest_of(&run)), START, version(2)),
        (1, Some(digest(3)), START, RefusalReason::OtherDigest),
        (1, None, late, RefusalReason::TimeIsUp(ends.clone())),
        (1, Some(digest_of(&run)), late, RefusalReason::TimeIsUp(ends)),
    ] {
        assert_eq!(reason(&run, approve(plan_version, plan_digest), now), expected);
        assert_eq!(reason(&run, deny(plan_version, plan_digest), now), expected);
    }
    assert!(
        matches!(reason(&blocked(), approve(1, None), START), RefusalReason::Blocked(why) if why.contains("Nobody"))
    );
}

#[test]
fn without_a_policy_or_a_person_nothing_is_decided() {
    let (policy, ada) = (policy(), ada());
    for (policy, approver) in [(None, Some(&ada)), (Some(&policy), None), (None, None)] {
        let facts = Facts { now: START, policy, approver, mode: Mode::Live };
        let approve = Command::Approve { plan_version: 1, plan_digest: None };
        let refusal = decide(&awaiting(1), approve, &facts).unwrap_err();
        assert_eq!(refusal.reason, RefusalReason::NoPolicy);
    }
}

#[test]
fn the_loser_hears_who_was_first() {
    let approve = Command::Approve { plan_version: 1, plan_digest: None };
    let says = reason(&denied(None), approve, START).to_string();
    assert_eq!(says, "the plan was denied by slack:U0APPROVER at 2026-06-09T17:42:11.310Z");
}

fn asks(run: &Run, command: Command) -> Vec<Ask> {
    let (policy, ada) = (policy(), ada());
    let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode: Mode::Live };
    let decision = decide(run, command, &facts).unwrap_or_else(|refusal| panic!("{refusal}"));
    decision.effects.into_iter().map(|effect| effect.ask).collect()
}

#[test]
fn each_transition_asks_for_what_it_brings_with_it() {
    let planned = |run: &Run, version| asks(run, Command::Plan { plan: Box::new(plan(version, 1, START)) });
    let say = |topic| Ask::SayInThread { topic };
    let (card, note) = (Ask::ShowCard, Ask::ShowNote);
    let expire = |plan_version| Ask::Expire { plan_version };
    assert_eq!(planned(&planning(), 1), [card.clone(), say(ThreadTopic::Origin), expire(1)]);
    let mut again = after(&awaiting(1), Command::CardPosted { card: card_ref() }, START, None);
    again = after(&again, Command::Replan { by: Actor::Operator, correction: None }, START, None);
    assert_eq!(planned(&again, 2), [card.clone(), say(ThreadTopic::NewPlan), expire(2)]);
    again.note = Some(NoteRef("n".to_owned()));
    assert_eq!(planned(&again, 2), [card.clone(), say(ThreadTopic::NewPlan), expire(2), note.clone()]);
    let unworkable = Command::Plan { plan: Box::new(plan(1, 0, START)) };
    assert_eq!(asks(&planning(), unworkable), [card.clone(), say(ThreadTopic::Origin), expire(1), note.clone()]);
    let run = awaiting(2);
    let perform = |ordinal| Ask::Perform { ordinal, plan_digest: digest_of(&run) };
    let approve = Command::Approve { plan_version: 1, plan_digest: Some(digest_of(&run)) };
    assert_eq!(asks(&run, approve), [perform(0), card.clone(), note.clone()]);
    let [done, ..] = results();
    let end = |ordinal, result| Command::EndStep { ordinal, plan_digest: digest_of(&run), result };
    assert_eq!(asks(&executing(2), end(0, done.clone())), [perform(1)]);
    assert_eq!(asks(&ended(2, std::slice::from_ref(&done)), end(1, done)), [card.clone(), note.clone()]);
    assert_eq!(asks(&run, Command::Cancel { by: Actor::Operator }), [card, note]);
}

#[test]
fn every_way_a_step_ends_leads_to_its_state() {
    let [done, already, failed, unknown, drifted, not_started] = results();
    let check = |outcomes: &[StepResult], steps, expected| {
        let run = ended(steps, outcomes);
        assert_eq!(run.state.name(), expected, "{outcomes:?} of {steps}");
    };
    check(std::slice::from_ref(&done), 1, StateName::Succeeded);
    check(std::slice::from_ref(&already), 1, StateName::Succeeded);
    check(&[done.clone(), already.clone()], 2, StateName::Succeeded);
    check(std::slice::from_ref(&done), 2, StateName::Executing);
    for bad in [&failed, &unknown, &not_started] {
        check(std::slice::from_ref(bad), 2, StateName::Failed);
        check(&[done.clone(), bad.clone()], 3, StateName::PartlyDone);
        check(&[already.clone(), bad.clone()], 3, StateName::PartlyDone);
    }
    check(std::slice::from_ref(&drifted), 2, StateName::Planning);
    check(&[done, drifted], 3, StateName::PartlyDone);
}

#[test]
fn a_world_that_changed_before_the_first_step_leads_to_a_new_plan_and_the_old_card_no_longer_counts() {
    let [_, _, _, _, drifted, _] = results();
    let old = digest_of(&executing(1));
    let run = ended(1, &[drifted]);
    let approve = |plan_version| Command::Approve { plan_version, plan_digest: None };
    assert_eq!(reason(&run, approve(1), START), RefusalReason::WrongState(StateName::Planning));
    let run = after(&run, Command::Plan { plan: Box::new(plan(2, 1, START)) }, START, None);
    assert_eq!(run.plan_version, 2);
    assert_ne!(digest_of(&run), old);
    assert_eq!(reason(&run, approve(1), START), RefusalReason::OtherPlanVersion { meant: 1, present: 2 });
    let by_digest = Command::Approve { plan_version: 2, plan_digest: Some(old) };
    assert_eq!(reason(&run, by_digest, START), RefusalReason::OtherDigest);
}

#[test]
fn steps_are_reported_in_turn_and_of_the_plan_that_runs() {
    let run = executing(3);
    let [done, ..] = results();
    let end = |ordinal, plan_digest| Command::EndStep { ordinal, plan_digest, result: done.clone() };
    assert_eq!(reason(&run, end(0, digest(7)), START), RefusalReason::OtherDigest);
    assert_eq!(reason(&run, end(1, digest_of(&run)), START), RefusalReason::OtherStep { meant: 1, expected: 0 });
    let run = after(&run, end(0, digest_of(&run)), START, None);
    assert_eq!(reason(&run, end(0, digest_of(&run)), START), RefusalReason::OtherStep { meant: 0, expected: 1 });
}

#[test]
fn a_plan_of_another_version_is_refused() {
    for version in [0, 2] {
        let command = Command::Plan { plan: Box::new(plan(version, 1, START)) };
        let expected = RefusalReason::OtherPlanVersion { meant: version, present: 1 };
        assert_eq!(reason(&planning(), command, START), expected);
    }
}

#[test]
fn a_ticket_is_read_before_anything_is_planned_and_once() {
    for hint in [None, Some(understood(true))] {
        let opening =
            Opening { id: run_id(1), org: org_id(), origin: from_ticket(), understood: hint, left_alone: None };
        let (run, decision) = open(opening, START);
        assert_eq!(decision.effects.iter().map(|effect| effect.ask.clone()).collect::<Vec<_>>(), [Ask::ReadTicket]);
        let read = || Command::ReadTicket { facts: ticket_facts(), understood: understood(true) };
        assert_eq!(asks(&run, read()), [Ask::MakePlan { version: 1 }]);
        let run = after(&run, read(), START, None);
        assert_eq!(reason(&run, read(), START), RefusalReason::AlreadyThere);
    }
}

#[test]
fn planning_again_reads_the_ticket_again_and_takes_what_it_says_now() {
    let replan = || Command::Replan { by: Actor::Operator, correction: None };
    for run in [awaiting(1), expired(), blocked()] {
        assert_eq!(asks(&run, replan()), [Ask::ReadTicket, Ask::ShowCard]);
    }
    let read = |asked| Command::ReadTicket { facts: ticket_facts(), understood: understood(asked) };
    let run = replanning();
    for asked in [true, false] {
        assert_eq!(asks(&run, read(asked)), [Ask::MakePlan { version: 2 }]);
        let again = after(&run, read(asked), START, None);
        assert_eq!(again.runbook, Some(runbook_id("RB-002")), "nothing asked: what was understood before holds");
        assert!(matches!(again.state, State::Planning { version: 2, previous: Some(_), again: true }));
        let planned = after(&again, Command::Plan { plan: Box::new(plan(2, 1, START)) }, START, None);
        assert_eq!(planned.state.name(), StateName::AwaitingApproval);
    }
    assert_eq!(asks(&run, Command::LeaveAlone { reason: NoActionReason::Closed }), [Ask::ShowCard, Ask::ShowNote]);
    let [_, _, _, _, drifted, _] = results();
    let drift = Command::EndStep { ordinal: 0, plan_digest: digest_of(&executing(1)), result: drifted };
    assert_eq!(asks(&executing(1), drift), [Ask::ReadTicket, Ask::ShowCard, Ask::ShowNote]);
}

#[test]
fn a_run_without_a_ticket_is_planned_again_without_reading_one() {
    let opening = Opening {
        id: run_id(1),
        org: org_id(),
        origin: from_api(),
        understood: Some(understood(true)),
        left_alone: None,
    };
    let run = after(&open(opening, START).0, Command::Plan { plan: Box::new(plan(1, 1, START)) }, START, None);
    assert_eq!(
        asks(&run, Command::Replan { by: Actor::Operator, correction: None }),
        [Ask::MakePlan { version: 2 }, Ask::ShowCard]
    );
}

#[test]
fn the_fetched_words_overrule_the_sent_ones() {
    let opening = Opening {
        id: run_id(1),
        org: org_id(),
        origin: from_ticket(),
        understood: Some(understood(true)),
        left_alone: None,
    };
    let (run, _) = open(opening, START);
    assert_eq!(run.state.name(), StateName::Planning);
    let read = Command::ReadTicket { facts: ticket_facts(), understood: understood(false) };
    let run = after(&run, read, START, None);
    assert!(matches!(run.state, State::NoAction { reason: NoActionReason::NothingAsked, .. }));
    assert_eq!(run.runbook, None);
}

#[test]
fn a_run_without_a_ticket_is_planned_at_once() {
    let opening = Opening {
        id: run_id(1),
        org: org_id(),
        origin: from_api(),
        understood: Some(understood(true)),
        left_alone: None,
    };
    let (run, decision) = open(opening, START);
    assert_eq!(run.state, State::Planning { version: 1, previous: None, again: false });
    assert_eq!(decision.effects[0].ask, Ask::MakePlan { version: 1 });
}

#[test]
fn sent_words_that_ask_for_nothing_end_the_run_without_an_effect() {
    let opening = Opening {
        id: run_id(1),
        org: org_id(),
        origin: from_ticket(),
        understood: Some(understood(false)),
        left_alone: None,
    };
    let (run, decision) = open(opening, START);
    assert_eq!(run.state.name(), StateName::NoAction);
    assert_eq!(decision.effects, []);
}

#[test]
fn what_is_understood_depends_on_intent_runbook_and_floor() {
    use countersign_domain::{classification::Confidence, command::Understood};
    let runbook = runbook_id("RB-002");
    let floor = Confidence::from_share(0.8);
    let check = |found: Option<&str>, share, served, expected: Option<NoActionReason>| {
        let answer = classification(found, share, slots_for("a@b.de"));
        let reason = match understand(answer, if served { Some((&runbook, floor)) } else { None }) {
            Understood::Runbook { .. } => None,
            Understood::Nothing { reason, .. } => Some(reason),
        };
        assert_eq!(reason, expected, "{found:?} {share} {served}");
    };
    check(Some("mfa_reset"), 0.8, true, None);
    check(Some("mfa_reset"), 0.7999, true, Some(NoActionReason::BelowFloor));
    check(Some("mfa_reset"), 0.99, false, Some(NoActionReason::NoRunbook));
    check(None, 0.99, true, Some(NoActionReason::NothingAsked));
}

#[test]
fn a_denials_words_are_capped() {
    let words = "ä".repeat(WORDS_LIMIT + 1);
    let run = denied(Some(&words));
    let State::Denied { denial, .. } = &run.state else { panic!("denied") };
    assert_eq!(denial.words.as_ref().map(|words| words.chars().count()), Some(WORDS_LIMIT));
}

#[test]
fn every_effect_has_its_lane() {
    for (ask, lane) in [
        (Ask::MakePlan { version: 1 }, Lane::System),
        (Ask::Perform { ordinal: 0, plan_digest: digest(1) }, Lane::System),
        (Ask::ShowCard, Lane::Channel),
        (Ask::SayInThread { topic: ThreadTopic::Origin }, Lane::Channel),
        (Ask::ReadTicket, Lane::Desk),
        (Ask::ShowNote, Lane::Desk),
        (Ask::Expire { plan_version: 1 }, Lane::Timer),
    ] {
        assert_eq!(ask.lane(), lane, "{}", ask.name());
    }
    assert!(Lane::ALL.iter().all(|lane| Lane::from_number(lane.number()) == Some(*lane)));
    assert!(StateName::ALL.iter().all(|state| StateName::from_name(state.as_str()) == Some(*state)));
    assert!(DenyReason::ALL.iter().all(|reason| DenyReason::from_name(reason.name()) == Some(*reason)));
}

#[test]
fn the_ledgers_record_of_a_decision_names_person_plan_and_policy() {
    let run = executing(1);
    let approval = run.state.execution().map(|execution| execution.approval.clone()).unwrap();
    let record = Event::Approved { approval: approval.clone() }.record(&run, START);
    assert_eq!((record.kind, record.decision), ("plan.approved", Some("approve")));
    assert_eq!(record.actor, approval.by.id.to_string());
    assert_eq!(record.plan_digest, Some(digest_of(&run)));
    assert_eq!(record.policy_digest, Some(policy().digest()));
    assert_eq!(record.run, Some(run.id));
    let record = Event::Denied { denial: denial() }.record(&denied(None), START);
    assert_eq!((record.kind, record.decision), ("plan.denied", Some("deny")));
}

fn denial() -> countersign_domain::run::Denial {
    let State::Denied { denial, .. } = denied(None).state else { panic!("denied") };
    denial
}

#[test]
fn a_run_survives_being_stored() {
    for run in one_in_each_state() {
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run, "{text}");
    }
}

#[test]
fn applying_counts_version_and_effects_up() {
    let run = received();
    assert_eq!((run.version, run.next_effect), (1, 1));
    let (policy, ada) = (policy(), ada());
    let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode: Mode::Live };
    let command = Command::ReadTicket { facts: ticket_facts(), understood: understood(true) };
    let decision = decide(&run, command, &facts).unwrap();
    let run = apply(run, &decision, START);
    assert_eq!((run.version, run.next_effect), (2, 2));
}
