//! What is kept for looking into it later, and what is erased when its time is up.

use countersign_domain::{
    digest::Digest,
    effect::Ask,
    event::OrgEvent,
    ids::{InboxId, QuarantineId, RunId},
    person::Actor,
    ports::{Change, InboxRow, Pruned, QuarantineRow, Replayed, RunChange},
    run::{NoActionReason, Run, State},
    time::At,
};
use uuid::Uuid;

use super::{
    Shared, asked_again, change, due, fresh_run, fresh_run_of, ledger::verified, opened, org, received, words,
};
use crate::builders::{START, connection, plan};

fn body_id(number: u128) -> QuarantineId {
    QuarantineId(Uuid::from_u128(number))
}

/// A body that came in so many seconds after the start.
fn aside(number: u128, name: &str, seconds: u64) -> Change {
    let body = format!("body {number}").into_bytes();
    let row = QuarantineRow {
        id: body_id(number),
        org: org(name),
        desk: connection("helpdesk"),
        digest: Digest::of(&body),
        body,
        why: "no ticket id".to_owned(),
        received_at: START.plus_seconds(seconds),
        replayed: None,
    };
    let event = OrgEvent::Quarantined { desk: row.desk.clone(), body: row.digest };
    let records = vec![event.record(&Actor::System, row.received_at)];
    Change { org: Some(row.org.clone()), records, quarantine: Some(row), ..Change::default() }
}

fn replay(number: u128, run: RunId, now: At) -> Change {
    let event = OrgEvent::Replayed { quarantined: body_id(number), run };
    Change {
        org: Some(org("acme")),
        records: vec![event.record(&Actor::Operator, now)],
        replayed: Some((org("acme"), body_id(number), run)),
        ..Change::default()
    }
}

async fn page(store: &Shared, after: Option<u128>, limit: u32) -> Vec<u128> {
    let rows = store.quarantine(&org("acme"), after.map(body_id).as_ref(), limit).await.expect("reads");
    rows.iter().map(|row| row.id.0.as_u128()).collect()
}

/// Bodies set aside are listed page by page, the oldest first, each once, also where several came at one moment.
pub async fn bodies_are_listed_page_by_page(store: &Shared) {
    for (number, seconds) in [(5, 0), (1, 10), (2, 10), (4, 10), (3, 20)] {
        store.commit(aside(number, "acme", seconds)).await.expect("commits");
    }
    store.commit(aside(9, "globex", 0)).await.expect("commits");
    assert_eq!(page(store, None, 2).await, [5, 1]);
    assert_eq!(page(store, Some(1), 2).await, [2, 4]);
    assert_eq!(page(store, Some(4), 2).await, [3]);
    assert_eq!(page(store, Some(3), 2).await, []);
    assert_eq!(page(store, Some(9), 10).await, [5, 1, 2, 4, 3], "another organisation's body is no place in the list");
    assert_eq!(store.quarantined(&org("globex"), &body_id(5)).await.expect("reads").map(|row| row.id), None);
}

/// A body that was replayed leaves the list and is still found; what came of the first replay stays.
pub async fn a_replayed_body_leaves_the_list(store: &Shared) {
    for number in 1..=3 {
        store.commit(aside(number, "acme", 0)).await.expect("commits");
    }
    let [first, second] = [opened(store, 1, &[]).await, opened(store, 2, &[]).await];
    let now = START.plus_seconds(60);
    store.commit(replay(2, first.id, now)).await.expect("commits");
    store.commit(replay(2, second.id, now.plus_seconds(1))).await.expect("commits");
    assert_eq!(page(store, None, 10).await, [1, 3]);
    assert_eq!(page(store, Some(2), 10).await, [3], "it keeps its place");
    let row = store.quarantined(&org("acme"), &body_id(2)).await.expect("reads").expect("it is there");
    assert_eq!((row.body, row.replayed), (b"body 2".to_vec(), Some(Replayed { at: now, run: first.id })));
    let untouched = store.quarantined(&org("acme"), &body_id(1)).await.expect("reads").expect("it is there");
    assert_eq!(untouched.replayed, None);
    assert_eq!(store.commit(aside(1, "acme", 99)).await.expect("commits").seq, 0, "a body that waits is known");
}

/// A body that comes in again after its replay waits again: at its new place, under its old id, with a record; a further
/// repeat is one more of the same.
pub async fn a_replayed_body_that_comes_again_waits_again(store: &Shared) {
    for number in 1..=2 {
        store.commit(aside(number, "acme", 0)).await.expect("commits");
    }
    let [first, second] = [opened(store, 1, &[]).await, opened(store, 2, &[]).await];
    store.commit(replay(1, first.id, START.plus_seconds(60))).await.expect("commits");
    let mut again = aside(1, "acme", 90);
    again.quarantine =
        again.quarantine.map(|row| QuarantineRow { id: body_id(8), why: "still none".to_owned(), ..row });
    assert_ne!(store.commit(again.clone()).await.expect("commits").seq, 0, "it is recorded");
    assert_eq!(store.commit(again).await.expect("commits").seq, 0, "it waits already");
    assert_eq!(page(store, None, 10).await, [2, 1]);
    let row = store.quarantined(&org("acme"), &body_id(1)).await.expect("reads").expect("it is there");
    assert_eq!((row.why.as_str(), row.received_at, row.replayed), ("still none", START.plus_seconds(90), None));
    assert!(store.quarantined(&org("acme"), &body_id(8)).await.expect("reads").is_none());
    let now = START.plus_seconds(120);
    store.commit(replay(1, second.id, now)).await.expect("commits");
    let row = store.quarantined(&org("acme"), &body_id(1)).await.expect("reads").expect("it is there");
    assert_eq!(row.replayed, Some(Replayed { at: now, run: second.id }));
    assert_eq!(verified(store.as_ref(), &org("acme")).await.entries, 7);
}

/// For how long an approval waits, and for how long a run's words are kept, is counted from what last happened to the
/// run: a change without a record, such as drawing its card again, is nothing that happened.
pub async fn a_change_without_a_record_makes_no_run_younger(store: &Shared) {
    let run = fresh_run(1, None);
    store.open(&run, None, vec![received(&run)], vec![]).await.expect("opens");
    let plan = Box::new(plan(1, 1, START));
    let waiting = put(store, &run, State::AwaitingApproval { plan }, START.plus_seconds(10)).await;
    let later = START.plus_seconds(100);
    let after = Run { version: waiting.version + 1, updated_at: later, ..waiting.clone() };
    let drawn = Change {
        run: Some(RunChange { run: after.clone(), expected_version: waiting.version }),
        effects: due(0, &[Ask::ShowCard]),
        ..Change::default()
    };
    store.commit(drawn).await.expect("commits");
    assert_eq!(store.depth(later).await.expect("reads").awaiting, (1, 90));
    let again = put(store, &after, after.state.clone(), later).await;
    assert_eq!(store.depth(later).await.expect("reads").awaiting, (1, 0), "with a record something has happened");
    assert_eq!(store.run(&again.org, &again.id).await, Ok(Some(again)));
}

/// A run's whole entries come in their order, with their bodies, and no other run's.
pub async fn a_run_tells_its_history(store: &Shared) {
    let [first, second] = [opened(store, 1, &[]).await, opened(store, 2, &[]).await];
    let (next, write) = change(&first);
    store.commit(write).await.expect("commits");
    store.commit(change(&second).1).await.expect("commits");
    store.commit(change(&next).1).await.expect("commits");
    let whole = store.entries(&first.org, 0, 100).await.expect("reads").entries;
    let history = store.history(&first.org, &first.id).await.expect("reads");
    let expected: Vec<_> = whole.into_iter().filter(|entry| entry.run == Some(first.id)).collect();
    assert_eq!(history, expected);
    assert_eq!(history.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!(history[0].body.as_ref().map(|(_, bytes)| bytes.clone()), Some(received(&first).body));
    assert_eq!(store.history(&org("globex"), &first.id).await, Ok(vec![]));
}

/// Writes a run's state.
async fn put(store: &Shared, run: &Run, state: State, at: At) -> Run {
    let run_after = Run { version: run.version + 1, updated_at: at, state, ..run.clone() };
    let change = Change {
        run: Some(RunChange { run: run_after.clone(), expected_version: run.version }),
        records: vec![asked_again(&run_after)],
        ..Change::default()
    };
    store.commit(change).await.expect("commits");
    run_after
}

fn ended() -> State {
    State::NoAction { reason: NoActionReason::Closed, previous: None }
}

async fn has_words(store: &Shared, run: &Run) -> bool {
    store.text(&run.org, &run.id).await.expect("reads").is_some()
}

/// The words of runs that ended before a moment are erased; those of runs that go on, ended later or are another
/// organisation's stay. Runs and ledger stay whole.
pub async fn words_are_erased_when_their_time_is_up(store: &Shared) {
    let before = START.plus_seconds(100);
    let mut runs = Vec::new();
    for (number, name) in [(1, "acme"), (2, "acme"), (3, "acme"), (4, "globex")] {
        let run = fresh_run_of(name, number, Some(&number.to_string()));
        store.open(&run, Some(&words("mine")), vec![received(&run)], vec![]).await.expect("opens");
        runs.push(run);
    }
    // A run that never had words is in nobody's way.
    put(store, &opened(store, 9, &[]).await, ended(), START).await;
    runs[0] = put(store, &runs[0], ended(), At(before.0 - 1)).await;
    put(store, &runs[1], ended(), before).await;
    put(store, &runs[3], ended(), START).await;
    let pruned = store.prune(&org("acme"), before, 1).await.expect("prunes");
    assert_eq!(pruned, Pruned { texts: 1, clicks: 0, bodies: 0 });
    assert_eq!(store.prune(&org("acme"), before, 10).await, Ok(Pruned::default()));
    let mut left = Vec::new();
    for run in &runs {
        left.push(has_words(store, run).await);
    }
    assert_eq!(left, [false, true, true, true]);
    assert_eq!(store.run(&runs[0].org, &runs[0].id).await, Ok(Some(runs[0].clone())));
    assert_eq!(verified(store.as_ref(), &org("acme")).await.bodies_present, 7);
    // Planned again, it fetches its words again; they are erased again when it has ended for long.
    let again = put(store, &runs[0], State::Received, before.plus_seconds(1)).await;
    let (again, mut fetched) = change(&again);
    fetched.text = Some(words("fetched"));
    store.commit(fetched).await.expect("commits");
    assert_eq!(store.prune(&org("acme"), before, 10).await, Ok(Pruned::default()), "it goes on");
    put(store, &again, ended(), before.plus_seconds(2)).await;
    let later = before.plus_seconds(3);
    assert_eq!(store.prune(&org("acme"), later, 10).await, Ok(Pruned { texts: 2, clicks: 0, bodies: 0 }));
}

/// Of each kind as many as were asked for are erased in one go, and the rest in the next.
pub async fn no_more_is_erased_than_asked_for(store: &Shared) {
    for number in 1..=5_u128 {
        let run = fresh_run(number, Some(&number.to_string()));
        store.open(&run, Some(&words("mine")), vec![received(&run)], vec![]).await.expect("opens");
        put(store, &run, ended(), START).await;
        store.commit(aside(number, "acme", 0)).await.expect("commits");
    }
    let before = START.plus_seconds(1);
    for (expected, left) in [(2, 3), (2, 1), (1, 0)] {
        let pruned = store.prune(&org("acme"), before, 2).await.expect("prunes");
        assert_eq!(pruned, Pruned { texts: expected, clicks: 0, bodies: expected });
        assert_eq!(page(store, None, 10).await.len(), left);
    }
}

/// Clicks are erased once they are dealt with and old; one that waits stays, however old. Bodies go by their arrival.
pub async fn clicks_and_bodies_are_erased_by_their_age(store: &Shared) {
    let click = |number: u128, seconds| InboxRow {
        id: InboxId(Uuid::from_u128(number)),
        org: org("acme"),
        surface: connection("slack"),
        dedupe: number.to_string(),
        payload: "{}".to_owned(),
        received_at: START.plus_seconds(seconds),
    };
    let before = START.plus_seconds(10);
    for (number, seconds) in [(1, 0), (2, 0), (3, 10)] {
        store.receive(click(number, seconds)).await.expect("receives");
        store.commit(aside(number, "acme", seconds)).await.expect("commits");
    }
    for number in [1, 3] {
        let done = Change { inbox_done: Some((org("acme"), click(number, 0).id)), ..Change::default() };
        store.commit(done).await.expect("commits");
    }
    let run = opened(store, 1, &[]).await;
    store.commit(replay(1, run.id, before)).await.expect("commits");
    assert_eq!(store.prune(&org("globex"), before, 10).await, Ok(Pruned::default()));
    assert_eq!(store.prune(&org("acme"), before, 10).await, Ok(Pruned { texts: 0, clicks: 1, bodies: 2 }));
    assert_eq!(store.inbox(10).await, Ok(vec![click(2, 0)]));
    assert_eq!(store.receive(click(3, 10)).await, Ok(false), "one that is kept is still known");
    assert_eq!(page(store, Some(1), 10).await, [3], "what stood before it is gone with it");
}
