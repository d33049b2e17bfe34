//! Stopping: what is in flight finishes, nothing else begins.

use countersign_domain::ports::Queries;
use countersign_testkit::builders::org_id;
use std::time::Duration;
use tokio::time::timeout;

use crate::support::World;

/// Every effect of the run: name, state, attempts.
async fn effects(world: &World, run: &countersign_domain::ids::RunId) -> Vec<(String, String, u32)> {
    let effects = world.store.inner.effects(&org_id(), run).await.expect("the store answers");
    effects.into_iter().map(|effect| (effect.name.to_string(), effect.state.to_string(), effect.attempt)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stopped_worker_claims_nothing_more() {
    let mut world = World::new();
    world.stopped().await;
    let run = world.ingest("4211").await;
    assert!(effects(&world, &run).await.iter().all(|(_, state, _)| state == "waiting"));
}

#[tokio::test(start_paused = true)]
async fn full_lanes_do_not_hold_up_the_stop() {
    let mut world = World::with_slots(1);
    world.slow.takes(100_000);
    for number in 1..=8 {
        world.ingest(&format!("{number}")).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(world.slow.posting() > 0);
    let claims = world.store.claims();
    let drain = Duration::from_secs(26);
    timeout(drain, world.stopped()).await.expect("it waits for its drain and no longer");
    assert_eq!(world.store.claims(), claims, "nothing was claimed any more");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_finishes_and_what_follows_is_given_back() {
    let mut world = World::new();
    world.slow.takes(5);
    let id = world.ingest("4211").await;
    while world.slow.posting() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    timeout(Duration::from_secs(10), world.stopped()).await.expect("it ends with the post");
    assert!(world.run(&id).await.card.is_some(), "the post was settled");
    let left = effects(&world, &id).await;
    let open: Vec<_> = left.iter().filter(|(_, state, _)| state == "waiting" || state == "claimed").collect();
    assert!(open.iter().any(|(name, _, _)| name == "say_in_thread"), "{left:?}");
    assert!(open.iter().all(|(_, state, attempt)| state == "waiting" && *attempt == 0), "{left:?}");
}
