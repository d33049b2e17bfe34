//! Effects are claimed when they are due, in order within their lane, by one worker at a time.

use std::collections::BTreeSet;

use countersign_domain::{
    effect::{Ask, Lane, NewEffect, Settlement},
    ports::{ClaimRequest, Conflict},
    time::At,
};

use super::{Shared, change, claim, due, fresh_run, is_conflict, opened, ordinals, received, request, settle};
use crate::builders::START;

const CARD: Ask = Ask::ShowCard;
const NOTE: Ask = Ask::ShowNote;

/// The second effect of a lane waits for the first.
pub async fn a_lane_keeps_its_order(store: &Shared) {
    opened(store, 1, &[CARD, CARD, CARD]).await;
    for ordinal in 0..3 {
        let claimed = claim(store).await;
        assert_eq!(ordinals(&claimed), [ordinal]);
        assert_eq!((claimed[0].attempt, claimed[0].ambiguous, claimed[0].due_since), (1, false, START));
        assert_eq!(claimed[0].ask, CARD);
        assert!(claim(store).await.is_empty(), "the lane is held by effect {ordinal}");
        store.commit(settle(&claimed[0], Settlement::Done)).await.expect("settles");
    }
    assert!(claim(store).await.is_empty());
}

/// A lane that is held up does not hold up another, nor another run.
pub async fn lanes_do_not_wait_for_each_other(store: &Shared) {
    let first = opened(store, 1, &[CARD, NOTE, CARD]).await;
    let second = opened(store, 2, &[NOTE]).await;
    let claimed: BTreeSet<_> = claim(store).await.into_iter().map(|effect| (effect.run, effect.ordinal)).collect();
    assert_eq!(claimed, BTreeSet::from([(first.id, 0), (first.id, 1), (second.id, 0)]));
}

/// A worker gets what it asks for: these lanes, at most so many.
pub async fn only_the_lanes_asked_for_are_claimed(store: &Shared) {
    opened(store, 1, &[CARD, NOTE]).await;
    opened(store, 2, &[CARD, NOTE]).await;
    let none = ClaimRequest { lanes: vec![], ..request(START) };
    assert_eq!(store.claim(none).await, Ok(vec![]));
    let desk = ClaimRequest { lanes: vec![Lane::Desk], limit: 1, ..request(START) };
    let one = store.claim(desk.clone()).await.expect("claims");
    assert_eq!(ordinals(&one), [1]);
    assert_eq!(store.claim(ClaimRequest { limit: 10, ..desk }).await.expect("claims").len(), 1);
    assert_eq!(claim(store).await.len(), 2);
}

/// A timer waits for no other timer.
pub async fn timers_stand_alone(store: &Shared) {
    let run = fresh_run(1, None);
    let timer = |ordinal, seconds| NewEffect {
        ordinal,
        ask: Ask::Expire { plan_version: ordinal },
        not_before: START.plus_seconds(seconds),
    };
    store.open(&run, None, vec![received(&run)], vec![timer(0, 7_200), timer(1, 3_600)]).await.expect("opens");
    assert!(claim(store).await.is_empty());
    let early = store.claim(request(START.plus_seconds(3_600))).await.expect("claims");
    assert_eq!(ordinals(&early), [1]);
}

/// An effect is claimed from its time on, not before; the one that was due first comes first.
pub async fn what_is_not_due_is_not_claimed(store: &Shared) {
    for (number, seconds) in [(1, 20), (2, 10)] {
        let run = fresh_run(number, None);
        let effect = NewEffect { ordinal: 0, ask: CARD, not_before: START.plus_seconds(seconds) };
        store.open(&run, None, vec![], vec![effect]).await.expect("opens");
    }
    assert!(claim(store).await.is_empty());
    assert_eq!(store.claim(request(At(START.0 + 9_999_999))).await, Ok(vec![]));
    let one = ClaimRequest { limit: 1, ..request(START.plus_seconds(30)) };
    assert_eq!(store.claim(one).await.expect("claims")[0].run, fresh_run(2, None).id);
}

/// However many workers ask at once, each effect is claimed by one of them.
pub async fn an_effect_is_claimed_by_one_worker(store: &Shared) {
    for number in 1..=60 {
        opened(store, number, &[CARD]).await;
    }
    let workers: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            let owner = format!("worker-{number}");
            tokio::spawn(async move { store.claim(ClaimRequest { owner, limit: 10, ..request(START) }).await })
        })
        .collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.expect("no worker panics").expect("claims"));
    }
    let runs: BTreeSet<_> = claimed.iter().map(|effect| effect.run).collect();
    assert_eq!(runs.len(), claimed.len(), "an effect was claimed twice");
    // Stores may let a worker go away with less than there is while another is at the same rows, but not lose any.
    claimed.extend(claim(store).await);
    assert_eq!(claimed.len(), 60);
}

/// A claim whose lease has run out goes to the next worker, who is told; the first can no longer write.
pub async fn an_expired_lease_is_ambiguous_and_fenced_off(store: &Shared) {
    opened(store, 1, &[CARD]).await;
    let short = ClaimRequest { lease_ms: 0, ..request(START) };
    let first = store.claim(short).await.expect("claims").remove(0);
    assert!(!first.ambiguous);
    let second = claim(store).await.remove(0);
    assert_eq!((second.id, second.attempt, second.ambiguous), (first.id, 2, true));
    assert!(second.fence > first.fence);
    assert!(is_conflict(&store.commit(settle(&first, Settlement::Done)).await, &Conflict::LostLease));
    let renewed = store.renew(&first.org, first.id, first.fence, 60_000, START).await;
    assert!(is_conflict(&renewed, &Conflict::LostLease));
    store.commit(settle(&second, Settlement::Done)).await.expect("settles");
}

/// A lease that was prolonged in time is not given to another.
pub async fn a_renewed_lease_is_kept(store: &Shared) {
    opened(store, 1, &[CARD]).await;
    let short = ClaimRequest { lease_ms: 0, ..request(START) };
    let mine = store.claim(short).await.expect("claims").remove(0);
    store.renew(&mine.org, mine.id, mine.fence, 60_000, START).await.expect("renews");
    assert!(claim(store).await.is_empty());
    store.commit(settle(&mine, Settlement::Done)).await.expect("settles");
    let settled = store.renew(&mine.org, mine.id, mine.fence, 60_000, START).await;
    assert!(is_conflict(&settled, &Conflict::LostLease));
}

/// Whatever the process's clock shows, an effect in flight is not given to another: neither one that was claimed, nor one
/// that was claimed within a commit or prolonged. What waits is due by that clock all the same. For stores whose leases
/// go by a clock of their own.
pub async fn a_clock_that_jumps_ends_no_lease(store: &Shared) {
    let tomorrow = START.plus_seconds(24 * 3_600);
    let run = opened(store, 1, &[CARD]).await;
    let card = claim(store).await.remove(0);
    let (_, mut write) = change(&run);
    write.claim_for = Some(("worker-1".to_owned(), 60_000));
    write.effects = due(1, &[NOTE]);
    write.effects.push(NewEffect { ordinal: 2, ask: Ask::Expire { plan_version: 1 }, not_before: tomorrow });
    let note = store.commit(write).await.expect("commits").claimed.remove(0);
    assert_eq!(ordinals(&store.claim(request(tomorrow)).await.expect("claims")), [2]);
    store.renew(&card.org, card.id, card.fence, 60_000, At(0)).await.expect("renews");
    assert_eq!(store.claim(request(tomorrow)).await, Ok(vec![]));
    for effect in [card, note] {
        store.commit(settle(&effect, Settlement::Done)).await.expect("settles under its fence");
    }
}

/// Due and claimed effects are counted with the age of the oldest, timers to come are not.
pub async fn depth_counts_what_is_due(store: &Shared) {
    let run = fresh_run(1, None);
    let mut effects = due(0, &[CARD, NOTE, NOTE]);
    effects.push(NewEffect { ordinal: 3, ask: Ask::Expire { plan_version: 1 }, not_before: START.plus_seconds(3_600) });
    store.open(&run, None, vec![], effects).await.expect("opens");
    let card = ClaimRequest { lanes: vec![Lane::Channel], ..request(START) };
    let card = store.claim(card).await.expect("claims").remove(0);
    let now = START.plus_seconds(5);
    let depth = store.depth(now).await.expect("reads");
    assert_eq!(depth.lanes, [("channel".to_owned(), 1, 5), ("desk".to_owned(), 2, 5)]);
    let parked = Settlement::Parked { why: "the room is gone".to_owned() };
    store.commit(settle(&card, parked)).await.expect("settles");
    let depth = store.depth(now).await.expect("reads");
    assert_eq!((depth.lanes.len(), depth.parked, depth.awaiting), (1, 1, (0, 0)));
}
