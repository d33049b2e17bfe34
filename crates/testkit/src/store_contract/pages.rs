//! Lists are read page by page.

use countersign_domain::{
    ids::RunId,
    ports::{Change, Cursor, RunChange, RunFilter, StoreError},
    run::{NoActionReason, Run, State, StateName},
};

use super::{Shared, change, fresh_run, org};
use crate::builders::{START, classification, connection, intent, slots_for};

async fn add(store: &Shared, run: &Run) {
    store.open(run, None, vec![], vec![]).await.expect("opens");
}

/// Newest first, each run once, also where many came in at the same moment and others come while pages are turned.
pub async fn pages_do_not_shift(store: &Shared) {
    for number in 1..=9 {
        let created_at = START.plus_seconds(u64::try_from(number).expect("small") / 4);
        add(store, &Run { created_at, ..fresh_run(number, None) }).await;
    }
    let (mut seen, mut cursor): (Vec<RunId>, Option<Cursor>) = (Vec::new(), None);
    for turn in 0.. {
        let page = store.runs(&org("acme"), &RunFilter::default(), cursor.as_ref(), 4).await.expect("reads");
        seen.extend(page.runs.iter().map(|run| run.id));
        let newer = Run { created_at: START.plus_seconds(60), ..fresh_run(100 + turn, None) };
        add(store, &newer).await;
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let expected: Vec<RunId> = (1..=9).rev().map(|number| fresh_run(number, None).id).collect();
    assert_eq!(seen, expected);
    let theirs = store.runs(&org("globex"), &RunFilter::default(), None, 4).await.expect("reads");
    assert_eq!((theirs.runs, theirs.next), (vec![], None));
}

/// Each part of a filter holds.
pub async fn runs_are_filtered(store: &Shared) {
    let plain = fresh_run(1, None);
    let ticket = Run { created_at: START.plus_seconds(10), ..fresh_run(2, Some("4211")) };
    let idle = Run {
        created_at: START.plus_seconds(20),
        state: State::NoAction { reason: NoActionReason::NothingAsked, previous: None },
        classification: Some(classification(Some("mfa_reset"), 0.9, slots_for("sarah.chen@acme.com"))),
        ..fresh_run(3, None)
    };
    for run in [&plain, &ticket, &idle] {
        add(store, run).await;
    }
    let any = RunFilter::default();
    let cases = [
        (any.clone(), vec![3, 2, 1]),
        (RunFilter { state: Some(StateName::NoAction), ..any.clone() }, vec![3]),
        (RunFilter { intent: Some(intent("mfa_reset")), ..any.clone() }, vec![3]),
        (RunFilter { intent: Some(intent("group_access")), ..any.clone() }, vec![]),
        (RunFilter { reason: Some("nothing_asked"), ..any.clone() }, vec![3]),
        (RunFilter { reason: Some("shadow"), ..any.clone() }, vec![]),
        (RunFilter { desk: Some(connection("helpdesk")), ..any.clone() }, vec![2]),
        (RunFilter { from: Some(START.plus_seconds(10)), ..any.clone() }, vec![3, 2]),
        (RunFilter { until: Some(START.plus_seconds(10)), ..any.clone() }, vec![1]),
        (RunFilter { state: Some(StateName::Received), from: Some(START.plus_seconds(1)), ..any }, vec![2]),
    ];
    for (filter, expected) in cases {
        let page = store.runs(&org("acme"), &filter, None, 10).await.expect("reads");
        let found: Vec<u128> = page.runs.iter().map(|run| run.id.0.as_u128()).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

/// What was left alone for a reason is listed newest first, page by page; the reason goes with the run's changes.
pub async fn runs_left_alone_are_paged_by_their_reason(store: &Shared) {
    let left = |reason| State::NoAction { reason, previous: None };
    for number in 1..=7_u64 {
        let reason = if number % 3 == 0 { NoActionReason::Closed } else { NoActionReason::Shadow };
        let created_at = START.plus_seconds(number);
        add(store, &Run { created_at, state: left(reason), ..fresh_run(number.into(), None) }).await;
    }
    let shadow = RunFilter { reason: Some(NoActionReason::Shadow.as_str()), ..RunFilter::default() };
    let first = store.runs(&org("acme"), &shadow, None, 3).await.expect("reads");
    let numbers = |runs: &[Run]| runs.iter().map(|run| run.id.0.as_u128()).collect::<Vec<_>>();
    assert_eq!(numbers(&first.runs), [7, 5, 4]);
    let second = store.runs(&org("acme"), &shadow, first.next.as_ref(), 3).await.expect("reads");
    assert_eq!((numbers(&second.runs), second.next), (vec![2, 1], None));
    let (again, write) = change(&first.runs[0]);
    let again = Run { state: State::Received, ..again };
    let write = Change { run: Some(RunChange { run: again, expected_version: first.runs[0].version }), ..write };
    store.commit(write).await.expect("commits");
    let now = store.runs(&org("acme"), &shadow, None, 10).await.expect("reads");
    assert_eq!(numbers(&now.runs), [5, 4, 2, 1], "planned again, it is no longer left alone");
}

/// A cursor that was not handed out is refused in words.
pub async fn a_strange_cursor_is_refused(store: &Shared) {
    for text in ["", "x", "1.2", "'; DROP TABLE run; --", "99999999999999999999.run_00000000000000000000000001"] {
        let page = store.runs(&org("acme"), &RunFilter::default(), Some(&Cursor(text.to_owned())), 4).await;
        assert!(matches!(page, Err(StoreError::Corrupt(words)) if words.contains("cursor")), "{text:?}");
    }
}
