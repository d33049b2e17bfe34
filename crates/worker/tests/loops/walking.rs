//! From ticket to note.

use countersign_domain::run::StateName;
use std::time::Duration;

use crate::support::World;

async fn walk(mut world: World) {
    let id = world.ingest("4211").await;
    let run = world.until(&id, |run| run.card.is_some()).await;
    assert_eq!(run.state.name(), StateName::AwaitingApproval);
    world.click(&run, "U0APPROVER", "one").await;
    world.until(&id, |run| run.state.name() == StateName::Succeeded && run.note.is_some()).await;
    assert_eq!(world.channel.cards().len(), 1);
    assert_eq!(world.desk.notes().len(), 1);
    world.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_ticket_goes_all_the_way() {
    walk(World::new()).await;
}

#[tokio::test(start_paused = true)]
async fn what_no_wake_up_reached_is_found_by_the_sweep() {
    walk(World::deaf()).await;
}

#[tokio::test(start_paused = true)]
async fn idling_costs_one_claim_a_second() {
    let world = World::new();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = world.store.claims();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let claims = world.store.claims() - before;
    assert!((59..=60).contains(&claims), "{claims}");
}
