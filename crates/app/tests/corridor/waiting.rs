//! Time: expiry, and users who appear later.

use countersign_domain::{
    card::CardStatus,
    ports::{Decided, PortError},
    run::{StateName, StepResult},
    runbook::ActionKind,
};
use countersign_testkit::{
    builders::*,
    system::{FakeUser, SystemCall},
};

use crate::world::World;

const DAY: i64 = 24 * 3_600;

#[tokio::test]
async fn an_undecided_plan_expires_when_its_time_is_up_and_not_before() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(DAY - 1);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    world.clock.advance_seconds(1);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Expired);
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: EXPIRED");
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_click_after_the_end_is_refused_even_before_the_timer_rang() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(DAY);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert!(world.channel.explanations()[0].text.contains("expired"));
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Expired);
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_timer_that_rings_after_the_decision_changes_nothing() {
    let world = World::new();
    let run = world.approve("Reset MFA").await;
    let before = world.run(run).await;
    world.clock.advance_seconds(2 * DAY);
    world.drive().await;
    assert_eq!(world.run(run).await, before);
    assert_eq!(world.effects(run, "expire").await[0].state, "done");
}

#[tokio::test]
async fn a_timer_that_rings_too_early_rings_again() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(DAY);
    let timer = world.claim_named("expire").await.remove(0);
    world.clock.advance_seconds(-10);
    world.dispatch(timer, true).await.unwrap();
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    world.clock.advance_seconds(10);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Expired);
}

#[tokio::test]
async fn an_expired_run_can_be_planned_again() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.clock.advance_seconds(DAY);
    world.drive().await;
    world.app.replan(world.run(run).await, None, countersign_domain::person::Actor::Operator).await.unwrap();
    world.drive().await;
    let card = world.card();
    assert!(matches!(card.shown.status, CardStatus::Open { .. }));
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

/// A new hire whose user exists in okta and is awaited in entra.
async fn hired(world: &World) -> countersign_domain::ids::RunId {
    let run = world.approve("A new hire").await;
    assert_eq!(world.state(run).await, StateName::Executing);
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ActionKind::CreateUser, ActionKind::AddToGroup]);
    run
}

fn provision(world: &World) {
    world.entra.put(FakeUser::new(subject("aad-noor", "Noor Haddad", "noor.haddad@acme.com")));
}

#[tokio::test]
async fn a_step_waits_for_a_user_who_is_being_provisioned() {
    let world = World::new();
    let run = hired(&world).await;
    for _ in 0..20 {
        world.clock.advance_seconds(60);
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Executing);
    }
    provision(&world);
    world.clock.advance_seconds(60);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let user = world.entra.user_by_login("noor.haddad@acme.com").unwrap();
    assert_eq!(user.licenses.len(), 1);
    let created = world.okta.user_by_login("noor.haddad@acme.com").unwrap();
    assert_eq!(created.groups.len(), 1, "the group was added to the very user that was created");
}

#[tokio::test]
async fn a_user_who_never_appears_leaves_the_run_partly_done() {
    let world = World::new();
    let run = hired(&world).await;
    for _ in 0..40 {
        world.clock.advance_seconds(60);
        world.drive().await;
    }
    assert_eq!(world.state(run).await, StateName::PartlyDone);
    let note = world.note();
    assert!(note.lines.contains(&"Outcome: partly".to_owned()));
    assert!(note.lines.iter().any(|line| line.starts_with("Step 3: Assign E3: failed:") && line.contains("by hand")));
    assert_eq!(world.entra.script.calls(SystemCall::Perform), 0);
    provision(&world);
    world.clock.advance_seconds(3_600);
    world.drive().await;
    assert_eq!(world.entra.script.calls(SystemCall::Perform), 0, "what was given up is not done later");
}

#[tokio::test]
async fn waiting_uses_up_no_attempts() {
    let world = World::new();
    let run = hired(&world).await;
    for _ in 0..15 {
        world.clock.advance_seconds(60);
        world.drive().await;
    }
    provision(&world);
    world.entra.script.fail(SystemCall::Perform, PortError::transient("Down.", None));
    world.clock.advance_seconds(60);
    world.drive().await;
    let outcomes = world.run(run).await.state.execution().unwrap().outcomes.clone();
    assert!(!outcomes.iter().any(|outcome| matches!(outcome.result, StepResult::Failed { .. })), "{outcomes:?}");
    world.clock.advance_seconds(900);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}
