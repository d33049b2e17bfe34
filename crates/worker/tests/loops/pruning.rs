//! Erasing what the retention no longer keeps.

use countersign_domain::{
    ids::RunId,
    ports::Queries,
    run::{Run, StateName},
};
use countersign_testkit::builders::org_id;
use std::time::Duration;

use crate::support::World;

const HOUR: Duration = Duration::from_secs(3_600);

async fn has_words(world: &World, id: &RunId) -> bool {
    world.store.inner.text(&org_id(), id).await.expect("the store answers").is_some()
}

async fn succeeded(world: &World) -> RunId {
    let id = world.ingest("4211").await;
    let run: Run = world.until(&id, |run| run.card.is_some()).await;
    world.approve(run).await;
    world.until(&id, |run| run.state.name() == StateName::Succeeded && run.note.is_some()).await;
    id
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_kept_is_erased_within_the_hour_and_not_before_its_time() {
    let world = World::under(|org| org.retention = Some(24 * 3_600));
    let id = succeeded(&world).await;
    tokio::time::sleep(3 * HOUR).await;
    assert!(has_words(&world, &id).await, "by the clock its day is not over");
    world.clock.advance_seconds(25 * 3_600);
    tokio::time::sleep(HOUR).await;
    assert!(!has_words(&world, &id).await);
    let page = world.store.inner.entries(&org_id(), 0, 1_000).await.expect("the store answers");
    assert_eq!(page.entries.iter().filter(|entry| entry.kind == "data.pruned").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_retention_nothing_is_erased() {
    let world = World::new();
    let id = succeeded(&world).await;
    world.clock.advance_seconds(1_000 * 24 * 3_600);
    tokio::time::sleep(3 * HOUR).await;
    assert!(has_words(&world, &id).await);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_worker_erases_nothing_more() {
    let mut world = World::under(|org| org.retention = Some(60));
    let id = succeeded(&world).await;
    world.stopped().await;
    world.clock.advance_seconds(3_600);
    tokio::time::sleep(3 * HOUR).await;
    assert!(has_words(&world, &id).await);
}
