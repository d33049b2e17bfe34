//! Outcomes: written under their fence, and what they set free.

use countersign_domain::{
    effect::{Ask, NewEffect, Settlement},
    ports::{Change, Conflict},
};

use super::{
    Shared, change, claim, due, fresh_run, is_conflict, opened, ordinals, request, settle, settlement_of, words,
};
use crate::builders::START;

const CARD: Ask = Ask::ShowCard;
const NOTE: Ask = Ask::ShowNote;

fn parked() -> Settlement {
    Settlement::Parked { why: "the room is gone".to_owned() }
}

/// What waits behind an effect that was set aside goes on.
pub async fn a_parked_effect_holds_up_nobody(store: &Shared) {
    let run = opened(store, 1, &[CARD, CARD]).await;
    let first = claim(store).await.remove(0);
    store.commit(settle(&first, parked())).await.expect("settles");
    assert_eq!(ordinals(&claim(store).await), [1]);
    let views = store.effects(&run.org, &run.id).await.expect("reads");
    assert_eq!((views[0].state.as_str(), views[0].why.as_deref()), ("parked", Some("the room is gone")));
    assert_eq!((views[1].state.as_str(), views[1].name.as_str(), views[1].attempt), ("claimed", "show_card", 1));
}

/// An effect that is tried again waits for its time, remembers when it was first due and whether it may have taken.
pub async fn a_retry_waits_for_its_time(store: &Shared) {
    let run = opened(store, 1, &[CARD, CARD]).await;
    let first = claim(store).await.remove(0);
    let later = START.plus_seconds(30);
    let again = Settlement::Retry { not_before: later, why: "429\0".to_owned(), ambiguous: true };
    store.commit(settle(&first, again)).await.expect("settles");
    let views = store.effects(&run.org, &run.id).await.expect("reads");
    assert_eq!((views[0].state.as_str(), views[0].not_before), ("waiting", later));
    assert!(views[0].why.as_ref().is_some_and(|why| why.starts_with("429")));
    assert!(claim(store).await.is_empty(), "neither it nor what waits behind it");
    let second = store.claim(request(later)).await.expect("claims").remove(0);
    assert_eq!((second.ordinal, second.attempt, second.ambiguous, second.due_since), (0, 2, true, START));
    let again = Settlement::Retry { not_before: later, why: "503".to_owned(), ambiguous: false };
    store.commit(settle(&second, again)).await.expect("settles");
    let third = store.claim(request(later)).await.expect("claims").remove(0);
    assert_eq!((third.attempt, third.ambiguous), (3, false));
    assert!(third.fence > second.fence);
    let wait = Settlement::Wait { not_before: later, why: "the budget".to_owned(), ambiguous: true };
    store.commit(settle(&third, wait)).await.expect("settles");
    let fourth = store.claim(request(later)).await.expect("claims").remove(0);
    assert_eq!((fourth.attempt, fourth.ambiguous), (3, true), "a wait counts as no attempt");
}

/// An outcome under a lease that is no longer held is refused, and with it everything of its change.
pub async fn a_lost_lease_conflicts_and_writes_nothing(store: &Shared) {
    let run = opened(store, 1, &[CARD]).await;
    let claimed = claim(store).await.remove(0);
    let (_, mut late) = change(&run);
    late.settle = Some(settlement_of(&claimed, Settlement::Done));
    if let Some(settle) = &mut late.settle {
        settle.fence -= 1;
    }
    late.effects = due(1, &[NOTE]);
    late.text = Some(words("late"));
    assert!(is_conflict(&store.commit(late).await, &Conflict::LostLease));
    assert_eq!(store.run(&run.org, &run.id).await, Ok(Some(run.clone())));
    assert_eq!(store.entries(&run.org, 0, 10).await.expect("reads").entries.len(), 1);
    assert_eq!(store.effects(&run.org, &run.id).await.expect("reads").len(), 1);
    assert!(store.text(&run.org, &run.id).await.expect("reads").is_none());
}

/// Of two outcomes under one fence the first stands, even when both come at once.
pub async fn an_effect_is_settled_once(store: &Shared) {
    opened(store, 1, &[CARD]).await;
    let claimed = claim(store).await.remove(0);
    let outcomes = [Settlement::Done, parked()].map(|outcome| {
        let (store, change) = (store.clone(), settle(&claimed, outcome));
        tokio::spawn(async move { store.commit(change).await })
    });
    let mut conflicts = 0;
    for outcome in outcomes {
        let outcome = outcome.await.expect("no outcome panics");
        conflicts += usize::from(is_conflict(&outcome, &Conflict::LostLease));
        assert!(outcome.is_ok() || is_conflict(&outcome, &Conflict::LostLease));
    }
    assert_eq!(conflicts, 1);
}

fn for_me(change: Change) -> Change {
    Change { claim_for: Some(("worker-1".to_owned(), 60_000)), ..change }
}

/// A change's own effects that are due and first in their lane come back claimed; the others wait.
pub async fn a_commit_claims_what_it_asks_for(store: &Shared) {
    let run = opened(store, 1, &[]).await;
    let (next, mut write) = change(&run);
    write.effects = due(0, &[CARD, CARD, NOTE]);
    let later = NewEffect { ordinal: 3, ask: Ask::MakePlan { version: 2 }, not_before: START.plus_seconds(1) };
    write.effects.push(later);
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert_eq!(ordinals(&receipt.claimed), [0, 2]);
    assert!(receipt.claimed.iter().all(|effect| effect.attempt == 1 && effect.fence == 1 && !effect.ambiguous));
    assert!(claim(store).await.is_empty());
    let done = store.commit(settle(&receipt.claimed[0], Settlement::Done)).await.expect("settles");
    assert!(done.claimed.is_empty(), "nothing is claimed unasked");
    assert_eq!(ordinals(&claim(store).await), [1]);
    assert_eq!(store.run(&run.org, &run.id).await, Ok(Some(next)));
}

/// A new effect is not claimed while an earlier one of its lane is unsettled.
pub async fn a_commit_does_not_claim_behind_an_unsettled_effect(store: &Shared) {
    let run = opened(store, 1, &[CARD]).await;
    let (_, mut write) = change(&run);
    write.effects = due(1, &[CARD, NOTE]);
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert_eq!(ordinals(&receipt.claimed), [2]);
    assert_eq!(ordinals(&claim(store).await), [0]);
}

/// The outcome of one effect and the claim of the next in its lane share a commit.
pub async fn settling_claims_the_next_of_the_lane(store: &Shared) {
    let run = opened(store, 1, &[CARD, NOTE, CARD]).await;
    let card = claim(store).await.into_iter().find(|effect| effect.ordinal == 0).expect("the card is due");
    let (next, mut write) = change(&run);
    write.settle = Some(settlement_of(&card, Settlement::Done));
    write.effects = due(3, &[CARD]);
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert_eq!(ordinals(&receipt.claimed), [2]);
    let second = receipt.claimed[0].clone();
    assert_eq!((second.attempt, second.ambiguous), (1, false));
    assert!(claim(store).await.is_empty());
    let (_, mut write) = change(&next);
    write.settle = Some(settlement_of(&second, parked()));
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert_eq!(ordinals(&receipt.claimed), [3]);
    store.commit(settle(&receipt.claimed[0], Settlement::Done)).await.expect("settles under the fence it was told");
}

/// An outcome that changes no run claims the next of its lane as far as it is due at the moment that it names.
pub async fn a_settlement_alone_claims_the_next_of_the_lane(store: &Shared) {
    let run = fresh_run(1, None);
    let mut effects = due(0, &[CARD, CARD]);
    effects.push(NewEffect { ordinal: 2, ask: CARD, not_before: START.plus_seconds(9) });
    effects.push(NewEffect { ordinal: 3, ask: CARD, not_before: START.plus_seconds(9) });
    store.open(&run, None, vec![], effects).await.expect("opens");
    let first = claim(store).await.remove(0);
    let at = |now, change| Change { now: Some(now), ..for_me(change) };
    let receipt = store.commit(at(START, settle(&first, Settlement::Done))).await.expect("settles");
    assert_eq!((receipt.seq, ordinals(&receipt.claimed)), (0, vec![1]));
    let early = store.commit(at(START, settle(&receipt.claimed[0], parked()))).await.expect("settles");
    assert!(early.claimed.is_empty(), "the next is not due");
    let third = store.claim(request(START.plus_seconds(9))).await.expect("claims").remove(0);
    let unsaid = store.commit(for_me(settle(&third, Settlement::Done))).await.expect("settles");
    assert!(unsaid.claimed.is_empty(), "nothing is due at no moment");
    assert_eq!(ordinals(&store.claim(request(START.plus_seconds(9))).await.expect("claims")), [3]);
}

/// What a change names as its moment goes before what its run says.
pub async fn a_change_claims_by_the_moment_it_names(store: &Shared) {
    let run = opened(store, 1, &[]).await;
    let (_, mut write) = change(&run);
    write.effects = vec![NewEffect { ordinal: 0, ask: CARD, not_before: START.plus_seconds(9) }];
    write.now = Some(START.plus_seconds(9));
    assert_eq!(ordinals(&store.commit(for_me(write)).await.expect("commits").claimed), [0]);
}

/// An effect that will be tried again keeps its lane.
pub async fn a_retry_does_not_free_its_lane(store: &Shared) {
    let run = opened(store, 1, &[CARD, CARD]).await;
    let first = claim(store).await.remove(0);
    let again = Settlement::Retry { not_before: START.plus_seconds(9), why: "503".to_owned(), ambiguous: false };
    let (_, mut write) = change(&run);
    write.settle = Some(settlement_of(&first, again));
    let receipt = store.commit(for_me(write)).await.expect("commits");
    assert!(receipt.claimed.is_empty());
    assert!(claim(store).await.is_empty());
}
