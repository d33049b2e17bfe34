//! Giving up a run whose steps have begun: no further step is begun, and what was begun is told as it ends.

use countersign_app::AppError;
use countersign_domain::{
    command::RefusalReason,
    ids::RunId,
    person::Actor,
    ports::{Decided, Queries},
    run::{StateName, StepResult},
};
use countersign_testkit::{builders::*, system::SystemCall};

use crate::world::World;

async fn approved(world: &World, description: &str) -> RunId {
    let run = world.take_in_ticket(ticket("1", "Please", description)).await;
    world.drive().await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    run
}

async fn give_up(world: &World, run: RunId) -> Result<(), AppError> {
    let run = world.run(run).await;
    world.app.cancel(run, Actor::Operator).await.map(|_| ())
}

async fn results(world: &World, run: RunId) -> Vec<&'static str> {
    let run = world.run(run).await;
    let outcomes = &run.state.execution().expect("it was approved").outcomes;
    outcomes.iter().map(|outcome| outcome.result.name()).collect()
}

#[tokio::test]
async fn an_approved_run_that_is_given_up_before_its_first_step_sends_nothing() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    give_up(&world, run).await.unwrap();
    assert_eq!(world.state(run).await, StateName::Executing, "it ends where its step would begin");
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Failed);
    assert_eq!(results(&world, run).await, ["not_started"]);
    assert!(world.okta.changes().is_empty());
    let card = &world.channel.cards()[0].shown;
    assert!(format!("{:?}", card.steps).contains("it was given up at"), "{card:?}");
    let kinds = world.store.inner.entries_of(&org_id(), &run).await.unwrap();
    assert!(kinds.iter().any(|(_, kind, _)| kind == "run.stop_asked"));
}

#[tokio::test]
async fn what_was_done_before_stays_and_the_next_step_is_not_begun() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    let first = world.drive_until("perform").await;
    let claimed = world.dispatch(first, true).await.unwrap();
    give_up(&world, run).await.unwrap();
    for next in claimed {
        world.dispatch(next, true).await.unwrap();
    }
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::PartlyDone);
    assert_eq!(results(&world, run).await, ["done", "not_started"]);
    assert_eq!(world.okta.changes().len(), 1);
}

#[tokio::test]
async fn a_run_that_was_given_up_is_not_asked_for_anew_because_the_world_changed() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    let first = world.drive_until("perform").await;
    give_up(&world, run).await.unwrap();
    world.okta.stand(&sarah().id, &["Super Administrator"], &[]);
    world.dispatch(first, true).await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Failed);
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_looked_at_and_told_as_it_ended() {
    let world = World::new();
    let run = approved(&world, "Reset MFA").await;
    world.okta.script.cut_after(SystemCall::Perform);
    let first = world.drive_until("perform").await;
    world.dispatch(first, true).await.unwrap();
    give_up(&world, run).await.unwrap();
    for _ in 0..10 {
        world.drive().await;
        world.clock.advance_seconds(1_000);
    }
    assert_eq!(results(&world, run).await, ["done"], "it had taken");
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 1);
}

#[tokio::test]
async fn giving_up_twice_is_refused() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    give_up(&world, run).await.unwrap();
    let refused = give_up(&world, run).await.unwrap_err();
    assert!(matches!(refused, AppError::Refused(refusal) if refusal.reason == RefusalReason::AlreadyThere));
    let StepResult::NotStarted { says } = ({
        world.drive().await;
        world.run(run).await.state.execution().unwrap().outcomes[0].result.clone()
    }) else {
        panic!("it was not stopped")
    };
    assert!(says.starts_with("Nothing was sent"), "{says}");
}
