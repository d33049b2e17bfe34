//! Lists are read page by page.

use countersign_domain::{
    ids::RunId,
    ports::{Cursor, RunFilter, StoreError},
    run::{NoActionReason, Run, State, StateName},
};

use super::{Shared, fresh_run, org};
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

/// A cursor that was not handed out is refused in words.
pub async fn a_strange_cursor_is_refused(store: &Shared) {
    for text in ["", "x", "1.2", "'; DROP TABLE run; --", "99999999999999999999.run_00000000000000000000000001"] {
        let page = store.runs(&org("acme"), &RunFilter::default(), Some(&Cursor(text.to_owned())), 4).await;
        assert!(matches!(page, Err(StoreError::Corrupt(words)) if words.contains("cursor")), "{text:?}");
    }
}
