//! Vendors that fail.

use countersign_domain::{
    card::CardStatus,
    plan::BlockCode,
    ports::{Clock, Decided, PortError},
    run::{StateName, StepResult},
    runbook::ActionKind,
    ticket::TicketStatus,
};
use countersign_testkit::{builders::*, channel::ChannelCall, desk::DeskCall, system::SystemCall};

use crate::world::World;

async fn last_result(world: &World, run: countersign_domain::ids::RunId) -> StepResult {
    let run = world.run(run).await;
    run.state
        .execution()
        .and_then(|execution| execution.outcomes.last())
        .map(|last| last.result.clone())
        .expect("a step ended")
}

#[tokio::test]
async fn a_step_that_fails_midway_ends_partly_done() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let [first] = &world.claim_named("perform").await[..] else { panic!("one step at a time") };
    let next = world.dispatch(first.clone(), true).await.unwrap();
    world.okta.script.fail(SystemCall::Perform, PortError::permanent("Refused."));
    for effect in next {
        world.dispatch(effect, true).await.unwrap();
    }
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::PartlyDone);
    let note = world.note();
    assert!(note.lines.contains(&"Outcome: partly".to_owned()), "{note:?}");
    assert!(note.lines.iter().all(|line| !line.starts_with("Action executed")));
    assert!(note.lines.contains(&"Step 2: End all sessions: failed: Refused.".to_owned()));
    assert_eq!(world.okta.changes().len(), 1);
}

#[tokio::test]
async fn a_step_refused_for_good_or_for_its_credential_ends_the_run_as_failed() {
    for error in [PortError::permanent("Refused."), PortError::unauthorized("The token was revoked.")] {
        let world = World::new();
        let run = world.ask_for("Suspend her").await;
        let says = error.says.clone();
        world.okta.script.fail(SystemCall::Perform, error);
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Failed);
        assert_eq!(last_result(&world, run).await, StepResult::Failed { says: says.clone() });
        assert!(world.note().lines.contains(&format!("Step 1: Suspend the user: failed: {says}")));
        assert!(world.note().lines.contains(&"Step 2: End all sessions: not run".to_owned()));
        world.clock.advance_seconds(100_000);
        world.drive().await;
        assert_eq!(world.okta.script.calls(SystemCall::Perform), 1, "it does not lie in wait");
    }
}

#[tokio::test]
async fn a_vendor_that_asks_to_wait_is_not_asked_before() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.okta.script.fail(SystemCall::Perform, PortError::transient("Too many requests.", Some(30_000)));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    let waiting = &world.effects(run, "perform").await[0];
    assert_eq!(waiting.not_before, world.clock.now().plus_millis(30_000));
    assert_eq!((waiting.state.as_str(), waiting.why.as_deref()), ("waiting", Some("Too many requests.")));
    world.clock.advance_seconds(29);
    world.drive().await;
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 1);
    world.clock.advance_seconds(1);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.changes().len(), 1);
}

#[tokio::test]
async fn own_waits_grow_and_a_step_that_never_gets_through_fails() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for _ in 0..20 {
        world.okta.script.fail(SystemCall::Perform, PortError::transient("Down.", None));
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.drive().await;
        let waiting = world.effects(run, "perform").await[0].not_before;
        waits.push(waiting.seconds_since(world.clock.now()));
        world.clock.advance_seconds(1 + waiting.seconds_since(world.clock.now()).cast_signed());
    }
    assert!(waits[..7].is_sorted() && waits[6] > waits[0], "{waits:?}");
    assert_eq!(world.state(run).await, StateName::Failed);
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 8);
    assert_eq!(last_result(&world, run).await, StepResult::Failed { says: "Down. Tried 8 times.".to_owned() });
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_observed_and_not_repeated() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.okta.script.cut_after(SystemCall::Perform);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Executing);
    world.clock.advance_seconds(5);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ActionKind::SuspendUser, ActionKind::ClearSessions]);
}

#[tokio::test]
async fn a_doubt_is_not_forgotten_over_a_failed_look() {
    let world = World::new();
    let run = world.ask_for("A new hire").await;
    world.okta.script.cut_after(SystemCall::Perform);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    world.okta.script.fail(SystemCall::Observe, PortError::transient("Down.", None));
    world.clock.advance_seconds(5);
    world.drive().await;
    world.clock.advance_seconds(10);
    world.drive().await;
    let done = world.run(run).await;
    let first = done.state.execution().unwrap().outcomes.first().cloned().unwrap();
    assert!(matches!(first.result, StepResult::Done { created: Some(_), .. }), "{first:?}");
    assert_eq!(world.okta.changes().iter().filter(|(kind, _)| *kind == ActionKind::CreateUser).count(), 1);
}

#[tokio::test]
async fn a_doubt_that_cannot_be_looked_into_is_no_failure_but_unknown() {
    for (error, times) in [
        (PortError::unauthorized("The token was revoked."), 1),
        (PortError::permanent("The user is gone."), 1),
        (PortError::transient("Down.", None), 7),
    ] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        world.okta.script.cut_after(SystemCall::Perform);
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.drive().await;
        for _ in 0..times {
            world.okta.script.fail(SystemCall::Observe, error.clone());
            world.clock.advance_seconds(1_000);
            world.drive().await;
        }
        assert_eq!(world.state(run).await, StateName::Failed, "{error}");
        let result = last_result(&world, run).await;
        assert!(matches!(&result, StepResult::Unknown { says } if says.contains("may have taken")), "{result:?}");
        assert_eq!(world.okta.changes().len(), 1);
    }
}

#[tokio::test]
async fn an_unknown_outcome_that_never_clears_up_says_where_to_look() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for _ in 0..8 {
        let cut = PortError::ambiguous("The connection was cut.");
        world.okta.script.fail(SystemCall::Perform, cut);
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    for _ in 0..8 {
        world.drive().await;
        world.clock.advance_seconds(1_000);
    }
    assert_eq!(world.state(run).await, StateName::Failed);
    assert!(matches!(last_result(&world, run).await, StepResult::Unknown { says } if says.contains("look at")));
}

#[tokio::test]
async fn a_world_that_changed_before_the_first_step_leads_to_a_new_card_and_the_old_click_no_longer_counts() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.okta.change(&sarah().id, |user| user.factors = 5);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(world.okta.changes().is_empty());
    let card = world.card();
    assert_eq!(card.shown.plan_version, 2);
    assert!(matches!(card.shown.status, CardStatus::Open { .. }));
    assert!(card.thread.iter().any(|(topic, _)| topic == "plan:2"));
    world.click(run, "U0SARAH", 1, Decided::Approve).await;
    world.drive().await;
    assert!(world.okta.changes().is_empty());
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.user(&sarah().id).unwrap().factors, 0);
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: APPROVED");
}

#[tokio::test]
async fn a_user_who_vanished_after_the_approval_leads_to_a_plan_that_says_so() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.okta.remove(&sarah().id);
    world.drive().await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!((plan.version, plan.blockers[0].code), (2, BlockCode::UnknownTarget));
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
}

#[tokio::test]
async fn a_ticket_closed_after_the_approval_stops_the_first_step() {
    for status in [TicketStatus::Closed, TicketStatus::Spam, TicketStatus::Deleted] {
        let world = World::new();
        let run = world.ask_for("Suspend her").await;
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.desk.change(&ticket_id("4211"), |ticket| ticket.status = status);
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Failed);
        assert!(world.okta.changes().is_empty());
        assert!(matches!(last_result(&world, run).await, StepResult::NotStarted { .. }));
    }
}

#[tokio::test]
async fn a_ticket_closed_while_a_crashed_claim_lay_about_stops_the_first_step_too() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.claim_named("perform").await.len(), 1, "claimed, and never acted on");
    world.desk.remove(&ticket_id("4211"));
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Failed);
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_desk_that_cannot_be_reached_before_the_first_step_delays_it() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.desk.script.fail(DeskCall::Fetch, PortError::transient("Down.", None));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Executing);
    assert!(world.okta.changes().is_empty());
    world.clock.advance_seconds(2);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn a_channels_outage_does_not_hold_up_execution_or_the_note() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for _ in 0..2 {
        world.channel.script.fail(ChannelCall::Redraw, PortError::transient("Down.", None));
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert!(world.note().lines.contains(&"Outcome: done".to_owned()));
    assert!(matches!(world.card().shown.status, CardStatus::Open { .. }), "not redrawn yet");
    for _ in 0..3 {
        world.clock.advance_seconds(10);
        world.drive().await;
    }
    let CardStatus::Closed { lines } = world.card().shown.status else { panic!("no buttons") };
    assert_eq!(lines[1], "Done.");
}

#[tokio::test]
async fn a_desks_outage_never_blocks_or_undoes_the_run_and_the_note_comes_later() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for _ in 0..4 {
        world.desk.script.fail(DeskCall::PostNote, PortError::transient("Down.", None));
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    for _ in 0..10 {
        world.clock.advance_seconds(30);
        world.drive().await;
    }
    assert!(world.note().lines.contains(&"Outcome: done".to_owned()));
}

#[tokio::test]
async fn an_unknown_post_is_looked_for_before_it_is_posted_again() {
    let world = World::new();
    world.channel.script.cut_after(ChannelCall::Post);
    let run = world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(5);
    world.drive().await;
    assert_eq!(world.card().thread.len(), 1);
    world.channel.script.cut_after(ChannelCall::Say);
    world.desk.script.cut_after(DeskCall::PostNote);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    world.clock.advance_seconds(5);
    world.drive().await;
    assert!(world.note().lines.contains(&"Outcome: done".to_owned()));
    assert_eq!(world.card().thread.len(), 1);
}

#[tokio::test]
async fn an_utterance_whose_answer_was_lost_is_not_said_twice() {
    let world = World::new();
    world.channel.script.cut_after(ChannelCall::Say);
    world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(5);
    world.drive().await;
    assert_eq!(world.card().thread.len(), 1);
    assert_eq!(world.channel.script.calls(ChannelCall::Say), 1);
}

#[tokio::test]
async fn a_card_refused_for_good_is_set_aside_and_holds_up_nothing() {
    let world = World::new();
    world.channel.script.fail(ChannelCall::Post, PortError::permanent("The room is archived."));
    let run = world.ask_for("Reset MFA").await;
    let card = &world.effects(run, "show_card").await[0];
    assert_eq!((card.state.as_str(), card.why.as_deref()), ("parked", Some("The room is archived.")));
    world.rule(run, LEAD, crate::world::approval()).await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: APPROVED");
}

#[tokio::test]
async fn a_system_that_cannot_be_asked_for_a_plan_makes_one_that_says_so() {
    for (error, times) in [
        (PortError::unauthorized("The token was revoked."), 1),
        (PortError::permanent("The tenant is gone."), 1),
        (PortError::transient("Down.", None), 5),
    ] {
        let world = World::new();
        for _ in 0..times {
            world.okta.script.fail(SystemCall::Resolve, error.clone());
        }
        let run = world.take_in("Reset MFA").await;
        for _ in 0..times {
            world.drive().await;
            world.clock.advance_seconds(60);
        }
        let plan = world.run(run).await.state.plan().cloned().unwrap();
        assert_eq!(plan.blockers[0].code, BlockCode::SystemUnavailable, "{error}");
        assert!(plan.blockers[0].says.contains(&error.says));
        assert!(!plan.approvable());
    }
}

#[tokio::test]
async fn a_lost_lease_sends_nothing() {
    for ask in ["show_card", "say_in_thread", "perform", "show_note"] {
        let world = World::new();
        let run = world.take_in("Reset MFA").await;
        let is_late = ["perform", "show_note"].contains(&ask);
        if is_late {
            world.drive().await;
            world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        }
        let effect = world.drive_until(ask).await;
        let before = writes(&world);
        assert!(world.dispatch(effect, false).await.unwrap().is_empty());
        assert_eq!(writes(&world), before, "{ask} was sent without a lease");
        world.clock.advance_seconds(61);
        world.drive().await;
        let expected = if is_late { StateName::Succeeded } else { StateName::AwaitingApproval };
        assert_eq!(world.state(run).await, expected, "{ask}");
        assert_eq!(world.card().thread.len(), 1);
    }
}

/// How often each vendor was written to.
pub(crate) fn writes(world: &World) -> [u32; 7] {
    [
        world.channel.script.calls(ChannelCall::Post),
        world.channel.script.calls(ChannelCall::Redraw),
        world.channel.script.calls(ChannelCall::Say),
        world.desk.script.calls(DeskCall::PostNote),
        world.desk.script.calls(DeskCall::EditNote),
        world.okta.script.calls(SystemCall::Perform),
        world.entra.script.calls(SystemCall::Perform),
    ]
}

#[tokio::test]
async fn an_outcome_under_a_lost_fence_is_not_written() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let effect = world.drive_until("perform").await;
    world.clock.advance_seconds(61);
    let again = world.claim_named("perform").await.remove(0);
    assert!(again.fence > effect.fence && again.ambiguous);
    assert!(world.dispatch(effect, true).await.unwrap().is_empty(), "a late worker is told nothing");
    assert_eq!(world.state(run).await, StateName::Executing, "and writes nothing");
    world.dispatch(again, true).await.unwrap();
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.changes().len(), 1, "what it sent was observed");
}
