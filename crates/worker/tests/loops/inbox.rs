//! Clicks.

use countersign_domain::{ports::PortError, run::StateName};
use countersign_testkit::channel::ChannelCall;
use std::time::Duration;

use crate::support::World;

#[tokio::test(start_paused = true)]
async fn a_click_that_failed_has_its_turn_among_steady_ones() {
    let world = World::new();
    let id = world.ingest("4211").await;
    let run = world.until(&id, |run| run.card.is_some()).await;
    for _ in 0..2 {
        world.channel.script.fail(ChannelCall::Who, PortError::transient("it is down", None));
    }
    world.click(&run, "U0APPROVER", "first").await;
    // It fails at once and a second later, and is due two seconds after that.
    for number in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.click(&run, "U0STRANGER", &format!("steady-{number}")).await;
    }
    assert_ne!(world.run(&id).await.state.name(), StateName::AwaitingApproval);
    assert!(world.channel.explanations().len() >= 20, "the others were dealt with meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_click_that_keeps_failing_is_asked_about_ever_more_slowly() {
    let world = World::new();
    let id = world.ingest("4211").await;
    let run = world.until(&id, |run| run.card.is_some()).await;
    for _ in 0..1_000 {
        world.channel.script.fail(ChannelCall::Who, PortError::transient("it is down", None));
    }
    world.click(&run, "U0APPROVER", "first").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let asked = world.channel.script.calls(ChannelCall::Who);
    assert!((12..=20).contains(&asked), "{asked}");
}
