//! Runs are opened once and changed in turn.

use countersign_domain::{
    effect::Ask,
    ids::ConnectionName,
    ports::{Change, Conflict, Opened, StoreError},
    run::{Origin, Run},
};

use super::{Shared, asked_again, change, due, fresh_run, fresh_run_of, is_conflict, opened, org, received, words};

async fn open(store: &Shared, run: &Run) -> Opened {
    store.open(run, Some(&words("mine")), vec![received(run)], due(0, &[Ask::ReadTicket])).await.expect("opens")
}

/// A second run of the same ticket is not opened: nothing of it is written, and the first comes back.
pub async fn a_ticket_opens_one_run(store: &Shared) {
    let first = fresh_run(1, Some("4211"));
    let second = fresh_run(2, Some("4211"));
    let Opened::New(receipt) = open(store, &first).await else { panic!("the first must win") };
    assert_eq!(receipt.seq, 1);
    assert_eq!(open(store, &second).await, Opened::Duplicate(Box::new(first.clone())));
    let again = store.open(&second, Some(&words("other")), vec![received(&second)], due(0, &[Ask::ShowNote])).await;
    assert_eq!(again, Ok(Opened::Duplicate(Box::new(first.clone()))));
    assert_eq!(store.run(&first.org, &second.id).await, Ok(None));
    assert_eq!(store.entries(&first.org, 0, 10).await.expect("reads").entries.len(), 1);
    assert_eq!(store.effects(&first.org, &first.id).await.expect("reads").len(), 1);
    assert_eq!(store.effects(&first.org, &second.id).await, Ok(vec![]));
    assert!(store.text(&first.org, &second.id).await.expect("reads").is_none());
    assert!(store.text(&first.org, &first.id).await.expect("reads").is_some_and(|text| text == words("mine")));
}

/// However many deliveries of a ticket come at once, one is new and all get the same run.
pub async fn two_hundred_deliveries_at_once_open_one_run(store: &Shared) {
    let deliveries: Vec<_> = (1..=200)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let run = fresh_run(number, Some("4211"));
                match open(&store, &run).await {
                    Opened::New(_) => (true, run.id),
                    Opened::Duplicate(there) => (false, there.id),
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for delivery in deliveries {
        answers.push(delivery.await.expect("no delivery panics"));
    }
    assert_eq!(answers.iter().filter(|(new, _)| *new).count(), 1);
    assert!(answers.iter().all(|(_, id)| *id == answers[0].1));
    assert_eq!(store.entries(&org("acme"), 0, 500).await.expect("reads").entries.len(), 1);
}

/// Runs without a ticket stand beside each other.
pub async fn runs_without_a_ticket_never_conflict(store: &Shared) {
    for number in 1..=3 {
        assert!(matches!(open(store, &fresh_run(number, None)).await, Opened::New(_)));
    }
}

/// The same number of another desk or organisation is another ticket.
pub async fn a_number_belongs_to_its_desk_and_organisation(store: &Shared) {
    let mine = fresh_run(1, Some("4211"));
    let theirs = fresh_run_of("globex", 2, Some("4211"));
    let mut other_desk = fresh_run(3, Some("4211"));
    if let Origin::Ticket { desk, .. } = &mut other_desk.origin {
        *desk = ConnectionName::new("hr").expect("a valid name");
    }
    for run in [&mine, &theirs, &other_desk] {
        assert!(matches!(open(store, run).await, Opened::New(_)));
    }
    assert_eq!(store.run(&theirs.org, &mine.id).await, Ok(None));
    assert_eq!(store.run(&theirs.org, &theirs.id).await, Ok(Some(theirs)));
}

/// A duplicate is told how the run stands, not how it was opened.
pub async fn a_duplicate_is_told_how_the_run_stands_now(store: &Shared) {
    let run = fresh_run(1, Some("4211"));
    open(store, &run).await;
    let (next, write) = change(&run);
    store.commit(write).await.expect("commits");
    assert_eq!(open(store, &fresh_run(2, Some("4211"))).await, Opened::Duplicate(Box::new(next.clone())));
    assert_eq!(store.run(&run.org, &run.id).await, Ok(Some(next)));
}

/// A change decided on an older version is refused as a whole.
pub async fn a_stale_version_conflicts_and_writes_nothing(store: &Shared) {
    let run = fresh_run(1, Some("4211"));
    open(store, &run).await;
    let (next, write) = change(&run);
    store.commit(write).await.expect("commits");
    let (_, mut stale) = change(&run);
    stale.effects = due(1, &[Ask::ShowCard]);
    stale.text = Some(words("stale"));
    assert!(is_conflict(&store.commit(stale).await, &Conflict::StaleVersion));
    assert_eq!(store.run(&run.org, &run.id).await, Ok(Some(next)));
    assert_eq!(store.entries(&run.org, 0, 10).await.expect("reads").entries.len(), 2);
    assert_eq!(store.effects(&run.org, &run.id).await.expect("reads").len(), 1);
    assert!(store.text(&run.org, &run.id).await.expect("reads").is_some_and(|text| text == words("mine")));
}

/// Of changes that were decided on the same version one is written; the others conflict and do it no harm.
pub async fn of_many_changes_at_once_one_goes_through(store: &Shared) {
    let runs = [opened(store, 1, &[]).await, opened(store, 2, &[]).await];
    let changes: Vec<_> = (0..50)
        .map(|number| {
            let (store, run) = (store.clone(), runs[number % 2].clone());
            tokio::spawn(async move { (run.id, store.commit(change(&run).1).await) })
        })
        .collect();
    let mut written = Vec::new();
    for done in changes {
        let (id, result) = done.await.expect("no change panics");
        match result {
            Ok(_) => written.push(id),
            Err(error) => assert_eq!(error, StoreError::Conflict(Conflict::StaleVersion)),
        }
    }
    written.sort();
    assert_eq!(written, [runs[0].id, runs[1].id]);
    assert_eq!(store.entries(&org("acme"), 0, 100).await.expect("reads").entries.len(), 4);
}

/// A run that is not there cannot be changed.
pub async fn a_change_of_an_unknown_run_conflicts(store: &Shared) {
    let (_, write) = change(&fresh_run(1, Some("4211")));
    assert!(is_conflict(&store.commit(write).await, &Conflict::StaleVersion));
    assert_eq!(store.ledgers().await, Ok(vec![]));
}

/// A change that does not say what it belongs to is refused, and the store goes on.
pub async fn an_incomplete_change_is_refused(store: &Shared) {
    let run = opened(store, 1, &[]).await;
    let (_, other_org) = change(&run);
    for wrong in [
        Change { records: vec![asked_again(&run)], ..Change::default() },
        Change { effects: due(0, &[Ask::ShowCard]), ..Change::default() },
        Change { text: Some(words("whose?")), ..Change::default() },
        Change { org: Some(org("globex")), ..other_org },
    ] {
        assert!(matches!(store.commit(wrong).await, Err(StoreError::Corrupt(_))));
    }
    assert!(store.commit(change(&run).1).await.is_ok());
}

/// The words that were fetched replace those that were sent.
pub async fn words_are_replaced(store: &Shared) {
    let run = fresh_run(1, Some("4211"));
    open(store, &run).await;
    let (_, mut write) = change(&run);
    write.text = Some(words("fetched"));
    store.commit(write).await.expect("commits");
    assert!(store.text(&run.org, &run.id).await.expect("reads").is_some_and(|text| text == words("fetched")));
}
