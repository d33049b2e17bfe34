//! The kill switch and the modes, with the loops at work.

use countersign_domain::{
    mode::Mode,
    person::Actor,
    run::{NoActionReason, StateName},
};
use countersign_testkit::{builders::org_id, channel::ChannelCall, desk::DeskCall, system::SystemCall};
use std::time::Duration;

use crate::support::World;

#[tokio::test(start_paused = true)]
async fn no_step_starts_after_the_pause_is_acknowledged_and_all_go_on_when_it_is_released() {
    let world = World::new();
    let mut runs = Vec::new();
    for number in 1..=40 {
        runs.push(world.ingest_about(&format!("{number}"), &format!("somebody-{number}@acme.com")).await);
    }
    for id in &runs {
        let run = world.until(id, |run| run.state.name() == StateName::AwaitingApproval).await;
        if *id == runs[20] {
            world.app.pause(&org_id(), None, None, &Actor::Operator).await.expect("it is paused");
        }
        world.approve(run).await;
    }
    let begun = world.okta.script.calls(SystemCall::Perform);
    assert!(begun <= 20, "{begun}");
    for id in &runs {
        world.until(id, |run| run.note.is_some()).await;
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.okta.script.calls(SystemCall::Perform), begun);
    assert_eq!(world.desk.notes().len(), 40, "notes went on");
    world.app.resume(&org_id(), None, &Actor::Operator).await.expect("it is resumed");
    for id in &runs {
        world.until(id, |run| run.state.name() != StateName::Executing).await;
    }
    assert_eq!(world.okta.changes().len(), 40, "each once");
}

#[tokio::test(start_paused = true)]
async fn what_is_paused_costs_no_more_than_idling() {
    let world = World::new();
    let id = world.ingest("4211").await;
    let run = world.until(&id, |run| run.card.is_some()).await;
    world.app.pause(&org_id(), None, None, &Actor::Operator).await.expect("it is paused");
    world.approve(run).await;
    world.until(&id, |run| run.note.is_some()).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = world.store.claims();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let claims = world.store.claims() - before;
    assert!((59..=60).contains(&claims), "{claims}");
}

#[tokio::test(start_paused = true)]
async fn in_shadow_the_loops_write_nothing() {
    let world = World::under(|org| org.mode = Mode::Shadow);
    let id = world.ingest("4211").await;
    let run = world.until(&id, |run| run.state.name().is_final()).await;
    assert_eq!(run.left_alone(), Some(&NoActionReason::Shadow));
    assert!(run.state.plan().is_some_and(countersign_domain::plan::Plan::approvable));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.channel.script.calls(ChannelCall::Post), 0);
    assert_eq!(world.desk.script.calls(DeskCall::PostNote), 0);
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 0);
}
