//! What somebody else does meanwhile: deleted cards and notes, decisions elsewhere, a configuration that changed.

use countersign_app::AppError;
use countersign_domain::{
    card::CardStatus,
    command::RefusalReason,
    ids::RunId,
    person::Actor,
    ports::{Decided, PortError},
    run::{NoActionReason, StateName, StepResult},
};
use countersign_testkit::{
    builders::*,
    channel::ChannelCall,
    desk::{DeskCall, FakeNote},
};

use crate::{
    store::Loss,
    world::{World, approval},
};

async fn approved(world: &World, description: &str) -> RunId {
    let run = world.ask_for(description).await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    run
}

#[tokio::test]
async fn a_deleted_card_is_posted_anew_once_and_takes_its_place() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let old = world.card().at;
    world.channel.delete(&old);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let card = world.card();
    assert_ne!(card.at, old);
    assert_eq!(world.run(run).await.card, Some(card.at));
    let CardStatus::Closed { lines } = card.shown.status else { panic!("no buttons") };
    assert_eq!(lines[1], "Done.");
    assert_eq!(world.channel.script.calls(ChannelCall::Post), 2);
    assert_eq!(world.entries(run).await.iter().filter(|kind| *kind == "card.posted").count(), 2);
}

#[tokio::test]
async fn a_card_that_is_posted_anew_can_be_decided_on() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.channel.delete(&world.card().at);
    world.app.replan(world.run(run).await, None, Actor::Operator).await.unwrap();
    world.drive().await;
    let card = world.card();
    assert!(matches!(card.shown.status, CardStatus::Open { .. }));
    assert_eq!(card.thread.len(), 1, "and its thread goes on below it");
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn a_reference_that_is_gone_is_not_found_again() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let old = world.card().at;
    world.channel.script.fail(ChannelCall::Redraw, PortError::gone("The message was deleted."));
    world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
    world.drive().await;
    assert_eq!(world.channel.cards().len(), 2);
    assert_ne!(world.run(run).await.card, Some(old));
}

#[tokio::test]
async fn a_card_posted_anew_whose_answer_was_lost_is_found_and_reused() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.channel.delete(&world.card().at);
    world.channel.script.cut_after(ChannelCall::Post);
    world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
    world.drive().await;
    world.clock.advance_seconds(5);
    world.drive().await;
    let card = world.card();
    assert_eq!(world.run(run).await.card, Some(card.at));
    assert_eq!(card.redraws, 1);
    assert_eq!(world.channel.script.calls(ChannelCall::Post), 2, "once at first, once anew");
}

#[tokio::test]
async fn a_card_or_note_posted_anew_stands_once_wherever_the_process_dies() {
    for loss in [Loss::Before, Loss::After] {
        for crash_at in 0..4 {
            let world = World::new();
            let run = world.ask_for("Reset nobody's MFA").await;
            world.channel.delete(&world.card().at);
            world.desk.delete_note(&world.note().at);
            world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
            world.drive_into(Some(crash_at), loss).await;
            let now = world.run(run).await;
            assert_eq!(now.card, Some(world.card().at), "{loss:?} {crash_at}");
            assert_eq!(now.note, Some(world.note().at), "{loss:?} {crash_at}");
        }
    }
}

#[tokio::test]
async fn a_deleted_note_is_posted_anew_once_and_takes_its_place() {
    let world = World::new();
    let run = world.ask_for("Reset nobody's MFA").await;
    let old = world.note().at;
    world.desk.delete_note(&old);
    world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
    world.drive().await;
    let FakeNote { at, lines, .. } = world.note();
    assert_ne!(at, old);
    assert_eq!(world.run(run).await.note, Some(at));
    assert_eq!(lines[0], "[Countersign] Runbook decision: CANCELLED");
    assert_eq!(world.desk.script.calls(DeskCall::PostNote), 2);
}

#[tokio::test]
async fn a_note_posted_anew_whose_answer_was_lost_is_found_and_reused() {
    let world = World::new();
    let run = world.ask_for("Reset nobody's MFA").await;
    world.desk.delete_note(&world.note().at);
    world.desk.script.cut_after(DeskCall::PostNote);
    world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
    world.drive().await;
    world.clock.advance_seconds(5);
    world.drive().await;
    let note = world.note();
    assert_eq!((world.run(run).await.note, note.edits), (Some(note.at), 1));
    assert_eq!(world.desk.script.calls(DeskCall::PostNote), 2, "once at first, once anew");
}

async fn not_started(world: &World, run: RunId) -> String {
    let now = world.run(run).await;
    assert_eq!(now.state.name(), StateName::Failed);
    let outcomes = &now.state.execution().expect("it was approved").outcomes;
    let [only] = &outcomes[..] else { panic!("one step was asked for: {outcomes:?}") };
    let StepResult::NotStarted { says } = &only.result else { panic!("{only:?}") };
    says.clone()
}

#[tokio::test]
async fn a_ticket_that_was_decided_elsewhere_after_the_approval_stops_the_first_step() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    world.desk.change(&ticket_id("4211"), |ticket| ticket.decided_elsewhere = true);
    world.drive().await;
    let says = not_started(&world, run).await;
    assert!(says.contains(NoActionReason::DecidedElsewhere.words()), "{says}");
    assert!(world.okta.changes().is_empty());
    let note = world.note();
    assert!(note.lines.iter().any(|line| line.contains("another approval system")), "{note:?}");
}

#[tokio::test]
async fn a_desk_that_is_no_longer_configured_stops_the_first_step_and_is_named() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    let world = world.without_desk();
    world.drive().await;
    let says = not_started(&world, run).await;
    assert!(says.contains("helpdesk"), "{says}");
    assert!(world.okta.changes().is_empty());
    let outcome = world.card().shown.steps[0].outcome.clone().expect("the card says it too");
    assert!(outcome.1.contains("helpdesk"), "{outcome:?}");
    world.clock.advance_seconds(100_000);
    world.drive().await;
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_run_without_a_ticket_needs_no_desk() {
    let world = World::new();
    let slots = slots_for("sarah.chen@acme.com");
    let starter = crate::world::starter();
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter).await.unwrap().id;
    world.drive().await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let world = world.without_desk();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn without_a_policy_nothing_is_approved_and_the_card_says_why() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let world = world.under_other_rules(|org| org.policies.clear());
    let card = world.app.card(&world.run(run).await).await.unwrap().expect("there is a card");
    let CardStatus::Blocked { reasons } = card.status else { panic!("no buttons") };
    assert!(reasons[0].0.contains("no longer in force"), "{reasons:?}");
    match world.rule(run, LEAD, approval()).await {
        Err(AppError::Refused(refusal)) => assert_eq!(refusal.reason, RefusalReason::NoPolicy),
        other => panic!("{other:?}"),
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert!(world.okta.changes().is_empty());
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
}

#[tokio::test]
async fn an_approved_plan_whose_runbook_is_no_longer_in_force_is_not_executed() {
    let world = World::new();
    let run = approved(&world, "Reset MFA").await;
    let world = world.under_other_rules(|org| {
        org.policies.clear();
        org.runbooks.clear();
    });
    world.drive().await;
    assert_eq!(world.run(run).await.left_alone(), Some(&NoActionReason::NoRunbook));
    assert!(world.okta.changes().is_empty(), "what it is protected from is not known any more");
    let CardStatus::Closed { lines } = world.card().shown.status else { panic!("no buttons") };
    assert_eq!(lines, ["Left alone: no runbook serves this intent here. No changes were made."]);
    assert!(world.note().lines.contains(&"Left alone: no runbook serves this intent here.".to_owned()));
}

#[tokio::test]
async fn how_an_approved_run_ended_is_shown_without_a_policy() {
    let world = World::new();
    let run = approved(&world, "Reset MFA").await;
    let step = world.drive_until("perform").await;
    world.dispatch(step, true).await.unwrap();
    let world = world.under_other_rules(|org| {
        org.policies.clear();
        org.runbooks.clear();
    });
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let CardStatus::Closed { lines } = world.card().shown.status else { panic!("no buttons") };
    assert_eq!(lines[1], "Done.");
}
