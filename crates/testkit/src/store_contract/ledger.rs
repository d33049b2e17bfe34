//! Every organisation's ledger is one unbroken chain.

use countersign_domain::{
    digest::Digest,
    ids::OrgId,
    ports::{Opened, Queries},
};
use countersign_ledger::{Body, Entry, Head, Summary, Verifier, genesis};

use super::{Shared, change, fresh_run_of, opened, org, received};

/// Reads a whole ledger in pages and verifies it up to its head.
///
/// # Panics
/// Where it does not verify.
pub async fn verified(store: &(impl Queries + ?Sized), org: &OrgId) -> Summary {
    let head = store.entries(org, 0, 1).await.expect("reads").head;
    let mut verifier = Verifier::new(org.as_str()).expect_head(Head { seq: head.0, hash: head.1.0 });
    let mut after = 0;
    while after < head.0 {
        let page = store.entries(org, after, 7).await.expect("reads");
        assert!(!page.entries.is_empty(), "the ledger ends before its head");
        for view in page.entries {
            after = view.seq;
            let entry = Entry {
                org: org.to_string(),
                seq: view.seq,
                previous: view.previous.0,
                time_micros: view.time.0,
                kind: view.kind,
                run: view.run.map(|run| *run.as_bytes()),
                actor: view.actor,
                plan_digest: view.plan_digest.map(|digest| digest.0),
                policy_digest: view.policy_digest.map(|digest| digest.0),
                decision: view.decision,
                commitment: view.commitment.map(|digest| digest.0),
                hash: view.hash.0,
            };
            let body = view.body.map(|(salt, bytes)| Body { salt, bytes });
            verifier.entry(&entry, body.as_ref()).expect("the chain is unbroken");
        }
    }
    verifier.finish().expect("the chain ends at its head")
}

/// A receipt names the last entry of its change.
pub async fn receipts_name_the_entries_written(store: &Shared) {
    let run = fresh_run_of("acme", 1, None);
    let opened = store.open(&run, None, vec![received(&run), received(&run)], vec![]).await.expect("opens");
    let Opened::New(receipt) = opened else { panic!("it is the first") };
    assert_eq!(receipt.seq, 2);
    let page = store.entries(&run.org, 1, 10).await.expect("reads");
    assert_eq!(page.entries.len(), 1);
    let last = &page.entries[0];
    assert_eq!((last.seq, last.kind.as_str(), last.hash), (2, "run.received", Digest(receipt.hash)));
    assert_eq!(last.body.as_ref().map(|(_, bytes)| bytes.clone()), Some(received(&run).body));
    assert_eq!(page.head, (2, Digest(receipt.hash)));
    let (_, mut silent) = change(&run);
    silent.records.clear();
    let receipt = store.commit(silent).await.expect("commits");
    assert_eq!((receipt.seq, receipt.hash), (0, [0; 32]));
}

/// Commits of several organisations at once leave each with a chain that verifies.
pub async fn chains_verify_after_commits_at_once(store: &Shared) {
    let names = ["acme", "globex", "initech"];
    let writers: Vec<_> = (0..90_u128)
        .map(|number| {
            let (store, name) = (store.clone(), names[(number % 3) as usize]);
            tokio::spawn(async move {
                let run = fresh_run_of(name, number + 1, Some(&number.to_string()));
                store.open(&run, None, vec![received(&run)], vec![]).await.expect("opens");
                store.commit(change(&run).1).await.expect("commits").seq
            })
        })
        .collect();
    for writer in writers {
        assert!(writer.await.expect("no writer panics") >= 2);
    }
    assert_eq!(store.ledgers().await, Ok(names.map(org).to_vec()));
    for name in names {
        let summary = verified(store.as_ref(), &org(name)).await;
        assert_eq!((summary.entries, summary.bodies_present), (60, 60));
    }
}

/// A ledger nobody has written to.
pub async fn an_empty_ledger_ends_at_its_beginning(store: &Shared) {
    let page = store.entries(&org("acme"), 0, 10).await.expect("reads");
    assert_eq!(page.head, (0, Digest(genesis("acme").hash)));
    assert!(page.entries.is_empty());
    assert_eq!(store.ledgers().await, Ok(vec![]));
    assert_eq!(store.ping().await, Ok(()));
}

/// A run's entries are found among the others.
pub async fn a_run_finds_its_entries(store: &Shared) {
    let first = opened(store, 1, &[]).await;
    opened(store, 2, &[]).await;
    store.commit(change(&first).1).await.expect("commits");
    let found = store.entries_of(&first.org, &first.id).await.expect("reads");
    let kinds: Vec<_> = found.iter().map(|(seq, kind, _)| (*seq, kind.as_str())).collect();
    assert_eq!(kinds, [(1, "run.received"), (3, "plan.asked")]);
    assert_eq!(store.entries(&first.org, 2, 1).await.expect("reads").entries[0].hash, found[1].2);
}
