//! The process dies at every commit there is. Its leases run out, another one goes on: still one card, one execution,
//! one note.

use countersign_domain::{
    card::CardStatus,
    ports::Decided,
    run::{Run, StateName},
};
use countersign_testkit::{builders::*, system::FakeUser};

use crate::{store::Loss, world::World};

/// Takes a ticket through and dies at dispatch number `at` of the part before (`first`) or after the decision.
async fn play(words: &str, first: bool, at: usize, loss: Loss) -> (World, Run, bool) {
    let world = World::new();
    let run = world.take_in(words).await;
    let early = world.drive_into(first.then_some(at), loss).await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    if words.contains("hire") {
        world.entra.put(FakeUser::new(subject("aad-noor", "Noor Haddad", "noor.haddad@acme.com")));
    }
    let late = world.drive_into((!first).then_some(at), loss).await;
    let run = world.run(run).await;
    (world, run, early || late)
}

async fn check(words: &str, executions: usize) {
    for loss in [Loss::Before, Loss::After] {
        for first in [true, false] {
            let mut crashes = 0;
            for at in 0.. {
                let (world, run, crashed) = play(words, first, at, loss).await;
                if !crashed {
                    break;
                }
                crashes += 1;
                assert_once(&world, &run, executions, &format!("{words}, {loss:?}, first {first}, at {at}"));
            }
            assert!(crashes >= 4, "{words}: {crashes} places to die at are too few");
        }
    }
}

#[track_caller]
fn assert_once(world: &World, run: &Run, executions: usize, place: &str) {
    assert_eq!(run.state.name(), StateName::Succeeded, "{place}");
    let cards = world.channel.cards();
    assert_eq!(cards.len(), 1, "one card: {place}");
    assert_eq!(cards[0].thread.len(), 1, "one utterance: {place}");
    assert_eq!(Some(&cards[0].at), run.card.as_ref(), "{place}");
    let CardStatus::Closed { lines } = &cards[0].shown.status else { panic!("buttons: {place}") };
    assert_eq!(lines[1], "Done.", "{place}");
    let notes = world.desk.notes();
    assert_eq!(notes.len(), 1, "one note: {place}");
    assert_eq!(Some(&notes[0].at), run.note.as_ref(), "{place}");
    assert!(notes[0].lines.contains(&"Outcome: done".to_owned()), "{place}: {:?}", notes[0].lines);
    let changes: Vec<_> = [world.okta.changes(), world.entra.changes()].concat();
    assert_eq!(changes.len(), executions, "{place}: {changes:?}");
}

#[tokio::test]
async fn one_step_is_executed_once_wherever_the_process_dies() {
    check("Reset MFA", 1).await;
}

#[tokio::test]
async fn two_steps_are_executed_once_each_wherever_the_process_dies() {
    check("Suspend her", 2).await;
}

#[tokio::test]
async fn a_user_is_created_once_wherever_the_process_dies() {
    check("A new hire", 3).await;
}

#[tokio::test]
async fn a_plan_that_cannot_work_has_one_card_and_one_note_wherever_the_process_dies() {
    for loss in [Loss::Before, Loss::After] {
        for at in 0..6 {
            let world = World::new();
            let run = world.take_in("Reset nobody's MFA").await;
            world.drive_into(Some(at), loss).await;
            assert_eq!(world.state(run).await, StateName::AwaitingApproval);
            assert_eq!(world.card().thread.len(), 1, "{loss:?} at {at}");
            assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
        }
    }
}

#[tokio::test]
async fn an_expiry_is_told_once_wherever_the_process_dies() {
    for loss in [Loss::Before, Loss::After] {
        for at in 0..3 {
            let world = World::new();
            let run = world.ask_for("Reset MFA").await;
            world.clock.advance_seconds(24 * 3_600);
            assert!(world.drive_into(Some(at), loss).await);
            assert_eq!(world.state(run).await, StateName::Expired);
            assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: EXPIRED");
            assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }), "{loss:?} at {at}");
            assert_eq!(world.entries(run).await.iter().filter(|kind| *kind == "plan.expired").count(), 1);
        }
    }
}

#[tokio::test]
async fn a_change_by_somebody_else_at_any_commit_is_decided_upon_again() {
    for at in 0..12 {
        let world = World::new();
        let run = world.take_in("Suspend her").await;
        world.drive_into(Some(at), Loss::Stale).await;
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.drive_into(Some(at), Loss::Stale).await;
        let run = world.run(run).await;
        assert_once(&world, &run, 2, &format!("at {at}"));
    }
}
