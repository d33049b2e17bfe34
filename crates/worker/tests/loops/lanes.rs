//! Lanes do not wait for each other.

use countersign_domain::run::StateName;
use std::time::Duration;
use tokio::time::timeout;

use crate::support::World;

const FOREVER: u64 = 100_000;

#[tokio::test(start_paused = true)]
async fn a_channel_that_hangs_holds_up_neither_steps_nor_notes() {
    let world = World::with_slots(2);
    world.slow.takes(FOREVER);
    let mut runs = Vec::new();
    for number in 1..=30 {
        runs.push(world.ingest(&format!("{number}")).await);
    }
    let all = async {
        for id in &runs {
            let run = world.until(id, |run| run.state.name() == StateName::AwaitingApproval).await;
            world.approve(run).await;
        }
        for id in &runs {
            world.until(id, |run| run.state.name() == StateName::Succeeded && run.note.is_some()).await;
        }
    };
    timeout(Duration::from_secs(30), all).await.expect("nothing waits for the channel");
    assert!(world.channel.cards().is_empty());
    assert!((2..=10).contains(&world.slow.most()), "{} posts at once", world.slow.most());
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_was_full_is_caught_up_with() {
    let world = World::with_slots(1);
    world.slow.takes(3);
    let mut runs = Vec::new();
    for number in 1..=20 {
        runs.push(world.ingest(&format!("{number}")).await);
    }
    for id in &runs {
        world.until(id, |run| run.card.is_some()).await;
    }
    assert_eq!(world.channel.cards().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_on_after_its_lease() {
    let world = World::new();
    world.slow.takes(FOREVER);
    world.ingest("4211").await;
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(world.slow.posting(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.slow.posting(), 0);
}
