//! Erasing what may name people once its time is up, and what the ledger says of it and of a probe.

use countersign_app::probe::probe;
use countersign_domain::{
    card::CardStatus,
    ids::RunId,
    ports::{Decided, Pruned, Queries},
    run::StateName,
};
use countersign_testkit::builders::*;

use crate::world::World;

const DAY: i64 = 24 * 3_600;

/// What may name people is kept for thirty days.
fn thirty_days() -> World {
    World::under(|org| org.retention = Some(30 * DAY.cast_unsigned()))
}

async fn has_words(world: &World, run: RunId) -> bool {
    world.store.inner.text(&org_id(), &run).await.expect("the store answers").is_some()
}

async fn pruned_entries(world: &World) -> Vec<String> {
    let page = world.store.inner.entries(&org_id(), 0, 10_000).await.expect("the store answers");
    let pruned = page.entries.into_iter().filter(|entry| entry.kind == "data.pruned");
    pruned.map(|entry| String::from_utf8(entry.body.expect("it has a body").1).expect("it is text")).collect()
}

#[tokio::test]
async fn the_words_of_runs_that_ended_are_erased_and_those_of_others_are_kept() {
    let world = thirty_days();
    let ended = world.approve("Reset MFA").await;
    let left_alone = world.take_in_ticket(ticket("4212", "Please", "The printer is out of paper")).await;
    let blocked = world.take_in_ticket(ticket("4213", "Please", "Suspend her")).await;
    world.drive().await;
    world.click(blocked, "U0APPROVER", 1, Decided::Approve).await;
    let step = world.claim_named("perform").await;
    assert_eq!((step.len(), world.state(blocked).await), (1, StateName::Executing));
    world.clock.advance_seconds(30 * DAY);
    assert_eq!(world.app.prune().await.unwrap(), Pruned::default(), "their time is not up before the day is over");
    world.clock.advance_seconds(1);
    let recent = world.take_in_ticket(ticket("4214", "Please", "The printer is out of ink")).await;
    let pruned = world.app.prune().await.unwrap();
    assert_eq!((pruned.texts, pruned.bodies), (2, 0));
    for (run, kept) in [(ended, false), (left_alone, false), (blocked, true), (recent, true)] {
        assert_eq!(has_words(&world, run).await, kept, "{}", world.state(run).await);
    }
}

#[tokio::test]
async fn clicks_that_were_dealt_with_and_bodies_are_erased_and_a_click_that_waits_is_kept() {
    let world = thirty_days();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0EVE", 1, Decided::Approve).await;
    world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.send(r#"{"subject":"nothing to go by"}"#).await;
    world.clock.advance_seconds(30 * DAY + 1);
    let pruned = world.app.prune().await.unwrap();
    assert_eq!(pruned, Pruned { texts: 0, clicks: 1, bodies: 1 });
    assert_eq!(countersign_domain::ports::Store::inbox(world.store.as_ref(), 10).await.unwrap().len(), 1);
    assert!(world.store.inner.quarantine(&org_id(), None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_than_one_go_erases_is_erased_in_several_and_recorded_once() {
    let world = thirty_days();
    for number in 0..1_101 {
        world.send(&format!(r#"{{"subject":"nothing to go by {number}"}}"#)).await;
    }
    world.clock.advance_seconds(30 * DAY + 1);
    assert_eq!(world.app.prune().await.unwrap(), Pruned { texts: 0, clicks: 0, bodies: 1_101 });
    assert_eq!(pruned_entries(&world).await.len(), 1);
}

#[tokio::test]
async fn how_much_was_erased_stands_in_the_ledger_and_nothing_where_nothing_was() {
    let world = thirty_days();
    world.approve("Reset MFA").await;
    let before = world.store.inner.entries(&org_id(), 0, 1_000).await.unwrap().head;
    assert_eq!(world.app.prune().await.unwrap(), Pruned::default());
    assert_eq!(world.store.inner.entries(&org_id(), 0, 1_000).await.unwrap().head, before);
    world.clock.advance_seconds(30 * DAY + 1);
    world.app.prune().await.unwrap();
    let said = pruned_entries(&world).await;
    assert!(said.len() == 1 && said[0].contains(r#""texts":1,"clicks":1,"bodies":0"#), "{said:?}");
    let entry = world.last_entry().await;
    assert_eq!((entry.actor.as_deref(), entry.run), (Some("system"), None));
    assert_eq!(world.app.prune().await.unwrap(), Pruned::default(), "once");
    assert_eq!(pruned_entries(&world).await.len(), 1);
}

#[tokio::test]
async fn without_a_retention_everything_is_kept() {
    let world = World::new();
    let run = world.approve("Reset MFA").await;
    world.clock.advance_seconds(10_000 * DAY);
    assert_eq!(world.app.prune().await.unwrap(), Pruned::default());
    assert!(has_words(&world, run).await);
}

#[tokio::test]
async fn the_card_and_the_story_of_a_pruned_run_are_still_told() {
    let world = thirty_days();
    let run = world.approve("Reset MFA, my password is hunter2").await;
    assert!(world.card().shown.quoted.is_some_and(|quoted| quoted.contains("Reset MFA")));
    let entries = world.entries(run).await;
    world.clock.advance_seconds(30 * DAY + 1);
    world.app.prune().await.unwrap();
    let card = world.app.card(&world.run(run).await).await.unwrap().expect("there is a card");
    assert_eq!(card.quoted, None);
    let CardStatus::Closed { lines } = card.status else { panic!("no buttons") };
    assert_eq!((card.title.as_str(), lines[1].as_str()), ("MFA Reset", "Done."));
    assert_eq!(world.entries(run).await, entries, "the ledger keeps its entries");
    assert_eq!(world.app.story(&org_id(), &run).await.unwrap().happened.len(), entries.len());
}

#[tokio::test]
async fn a_probe_that_came_back_is_recorded_once_with_whom_it_came_from() {
    let world = World::new();
    let carried = probe(START, "7");
    world.app.probe_returned(&org_id(), carried.clone(), person(APPROVER)).await.unwrap();
    let entry = world.last_entry().await;
    assert_eq!((entry.kind.as_str(), entry.actor.as_deref(), entry.run), ("probe.returned", Some("system"), None));
    let body = String::from_utf8(entry.body.unwrap().1).unwrap();
    assert!(body.contains(&carried) && body.contains(APPROVER), "{body}");
    world.app.probe_returned(&org_id(), carried, person(LEAD)).await.unwrap();
    assert_eq!(world.last_entry().await.seq, entry.seq, "a second press is not recorded");
    world.app.probe_returned(&org_id(), probe(START, "8"), person(LEAD)).await.unwrap();
    assert_eq!(world.last_entry().await.seq, entry.seq + 1, "another card's is");
}

#[tokio::test]
async fn a_probe_that_nobody_waits_for_is_not_recorded() {
    let world = World::new();
    let late = probe(START, "7");
    world.clock.advance_seconds(3_600);
    for carried in [late.as_str(), "probe_7", "probe_soon_7"] {
        world.app.probe_returned(&org_id(), carried.to_owned(), person(APPROVER)).await.unwrap();
    }
    assert!(world.app.parts().queries.entries(&org_id(), 0, 10).await.unwrap().entries.is_empty());
}
