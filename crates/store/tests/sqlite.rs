//! The store on SQLite: the contract, and what is peculiar to a file.

mod support;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use countersign_domain::{
    effect::{Ask, ClaimedEffect, Settlement},
    ports::{Opened, Queries, Store, StoreError},
    run::Run,
    time::At,
};
use countersign_store::{Alone, LeaseClock, SqlStore, StoreOptions, is_there};
use countersign_testkit::{
    builders::digest,
    clock::FixedClock,
    store_contract::{
        Subject, change, due, fresh_run, fresh_run_of, ledger::verified, org, pausing, queue, received, request,
        settle, words,
    },
};
use support::{connect, other_program, run, steps};
use tokio::sync::Notify;

/// The URL of a file in a folder.
fn url(folder: &Path) -> String {
    format!("sqlite://{}/store.db", folder.display())
}

async fn sqlite(_case: &str) -> Option<Subject> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = connect(&url(folder.path()), 1, StoreOptions::default()).await.expect("connects");
    Some(Subject { store: Arc::new(store), keep: Box::new(folder) })
}

countersign_testkit::store_contract!(sqlite);

async fn open(store: &SqlStore, run: &Run) -> Result<Opened, StoreError> {
    store.open(run, Some(&words("mine")), vec![received(run)], due(0, &[Ask::ReadTicket])).await
}

fn unavailable(result: Result<impl Sized, StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable(words)) => words,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went through"),
    }
}

/// Everything that was acknowledged is there after the program has ended and begun again.
#[tokio::test]
async fn a_reopened_file_holds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = connect(&url(folder.path()), 1, StoreOptions::default()).await.unwrap();
    let first = fresh_run(1, Some("4211"));
    open(&store, &first).await.unwrap();
    let (next, write) = change(&first);
    store.commit(write).await.unwrap();
    store.shutdown().await;

    let store = connect(&url(folder.path()), 2, StoreOptions::default()).await.unwrap();
    assert_eq!(store.run(&first.org, &first.id).await, Ok(Some(next.clone())));
    assert_eq!(open(&store, &fresh_run(2, Some("4211"))).await, Ok(Opened::Duplicate(Box::new(next))));
    assert_eq!(verified(&store, &first.org).await.entries, 2);
    let claimed = store.claim(request(first.created_at)).await.unwrap();
    assert_eq!(claimed[0].ask, Ask::ReadTicket);
}

/// A file that a later version has written is left alone.
#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    connect(&url, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let program = other_program(&url).await;
    run(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let words = unavailable(connect(&url, 2, StoreOptions::default()).await);
    assert!(words.contains("newer version") && words.contains("m9999_later"), "{words}");
    run(&program, "DELETE FROM seaql_migrations WHERE version = 'm9999_later'").await;
    assert!(connect(&url, 3, StoreOptions::default()).await.is_ok());
}

/// Programs that start at once on a new file all find the schema.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_at_once_are_safe() {
    let folder = tempfile::tempdir().unwrap();
    let starts: Vec<_> = (1..=6)
        .map(|seed| {
            let url = url(folder.path());
            tokio::spawn(async move { connect(&url, seed, StoreOptions::default()).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap();
        assert_eq!(store.ping().await, Ok(()));
    }
    let program = other_program(&url(folder.path())).await;
    assert_eq!(steps(&program).await, ["m0001_first", "m0002_operation"], "each step is applied once");
}

/// Two stores on one file, as the server and the command line are, keep one chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_keep_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let stores = [
        Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap()),
        Arc::new(connect(&url, 2, StoreOptions::default()).await.unwrap()),
    ];
    let writers: Vec<_> = (0..80_u128)
        .map(|number| {
            let store = stores[(number % 2) as usize].clone();
            // Both stores deliver each ticket: one of them wins.
            let run = fresh_run(number + 1, Some(&(number / 2).to_string()));
            tokio::spawn(async move { open(&store, &run).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for writer in writers {
        new += usize::from(matches!(writer.await.unwrap(), Opened::New(_)));
    }
    assert_eq!(new, 40);
    for store in &stores {
        assert_eq!(verified(store.as_ref(), &org("acme")).await.entries, 40);
    }
}

/// A file that may not grow says so; whatever was acknowledged before is kept, and it goes on where there is room.
#[tokio::test]
async fn a_full_database_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let small = StoreOptions { sqlite_max_pages: Some(120), ..StoreOptions::default() };
    let store = connect(&url, 1, small).await.unwrap();
    let mut acknowledged = 0;
    let words = loop {
        match open(&store, &fresh_run(acknowledged + 1, Some(&acknowledged.to_string()))).await {
            Ok(_) => acknowledged += 1,
            Err(StoreError::Unavailable(words)) => break words,
            Err(other) => panic!("{other}"),
        }
        assert!(acknowledged < 10_000, "it never became full");
    };
    assert!(words.contains("full") && words.contains("make room"), "{words}");
    assert!(acknowledged > 10, "only {acknowledged} went in");
    assert_eq!(u128::from(verified(&store, &org("acme")).await.entries), acknowledged);
    store.shutdown().await;
    let store = connect(&url, 2, StoreOptions::default()).await.unwrap();
    assert!(matches!(open(&store, &fresh_run(acknowledged + 1, Some("more"))).await, Ok(Opened::New(_))));
    assert_eq!(u128::from(verified(&store, &org("acme")).await.entries), acknowledged + 1);
}

/// A file that another program keeps locked says so, and goes on when it is let go.
#[tokio::test]
async fn a_locked_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let hasty = StoreOptions { busy_timeout: std::time::Duration::from_millis(20), ..StoreOptions::default() };
    let store = connect(&url, 1, hasty.clone()).await.unwrap();
    let program = other_program(&url).await;
    run(&program, "BEGIN IMMEDIATE").await;
    let words = unavailable(open(&store, &fresh_run(1, Some("4211"))).await);
    assert!(words.contains("locked by another process"), "{words}");
    let second = connect(&url, 2, hasty).await.expect("a file that is up to date needs no lock to be opened");
    let words = unavailable(open(&second, &fresh_run(1, Some("4211"))).await);
    assert!(words.contains("locked by another process"), "{words}");
    assert_eq!(store.ping().await, Ok(()), "it can still be read");
    run(&program, "ROLLBACK").await;
    assert!(matches!(open(&store, &fresh_run(1, Some("4211"))).await, Ok(Opened::New(_))));
}

/// What cannot be opened or is no database is named.
#[tokio::test]
async fn an_unusable_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("store.db"), vec![b'x'; 8_192]).unwrap();
    let words = unavailable(connect(&url(folder.path()), 1, StoreOptions::default()).await);
    assert!(words.contains("no SQLite database"), "{words}");
    let words = unavailable(connect(&url(&folder.path().join("missing")), 1, StoreOptions::default()).await);
    assert!(words.contains("cannot be opened"), "{words}");
}

/// No other clock than the store's own ends a lease.
#[tokio::test]
async fn a_clock_that_jumps_ends_no_lease() {
    let Some(subject) = sqlite("a_clock_that_jumps_ends_no_lease").await else { return };
    queue::a_clock_that_jumps_ends_no_lease(&subject.store).await;
}

/// A lease runs its length by the lease clock, also where it was prolonged; then the effect is another worker's to look
/// into. That the lease clock is far behind the process's, or ahead of it, changes nothing about what is due.
#[tokio::test]
async fn a_lease_runs_out_by_the_lease_clock() {
    let first = fresh_run(1, None);
    let now = first.created_at;
    for shows in [At(60_000_000), now.plus_seconds(1_000_000)] {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(shows));
        let options = StoreOptions { lease_clock: LeaseClock::of(clock.clone()), ..StoreOptions::default() };
        let store = connect(&url(folder.path()), 1, options).await.unwrap();
        open(&store, &first).await.unwrap();
        assert_eq!(store.claim(request(At(now.0 - 1))).await, Ok(vec![]), "it is not due");
        let mine = store.claim(request(now)).await.unwrap().remove(0);
        clock.advance_seconds(59);
        assert_eq!(store.claim(request(now)).await, Ok(vec![]));
        store.renew(&mine.org, mine.id, mine.fence, 60_000, now).await.unwrap();
        clock.advance_seconds(59);
        assert_eq!(store.claim(request(now)).await, Ok(vec![]));
        clock.advance_seconds(1);
        let theirs = store.claim(request(now)).await.unwrap().remove(0);
        assert_eq!((theirs.id, theirs.attempt, theirs.ambiguous), (mine.id, 2, true));
    }
}

/// What a process left claimed is claimed anew after its restart, however long its leases would last.
#[tokio::test]
async fn a_service_that_starts_ends_the_claims_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let run = fresh_run(1, None);
    let ahead = LeaseClock::of(Arc::new(FixedClock::at(run.created_at.plus_seconds(1_000_000_000))));
    let store = connect(&url, 1, StoreOptions { lease_clock: ahead, ..StoreOptions::default() }).await.unwrap();
    open(&store, &run).await.unwrap();
    let left = store.claim(request(run.created_at)).await.unwrap().remove(0);
    store.shutdown().await;
    let alone = Alone::on(&url).unwrap().expect("a file is for one service");
    let store = connect(&url, 2, StoreOptions::default()).await.unwrap();
    assert_eq!(store.claim(request(run.created_at)).await, Ok(vec![]));
    store.end_claims(&alone).await.unwrap();
    let again = store.claim(request(run.created_at)).await.unwrap().remove(0);
    assert_eq!((again.id, again.ambiguous), (left.id, true));
}

/// Whatever clock another process reads, it sees the steps that a service has in flight; those of a service that is gone
/// are over once the next one has ended its claims.
#[tokio::test]
async fn steps_in_flight_are_seen_whatever_the_clock_of_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let run = fresh_run(1, None);
    let step = Ask::Perform { ordinal: 0, plan_digest: digest(1) };
    let clock = |at| StoreOptions { lease_clock: LeaseClock::of(Arc::new(FixedClock::at(at))), ..Default::default() };
    let service = connect(&url, 1, clock(run.created_at)).await.unwrap();
    service.open(&run, None, vec![], due(0, &[step])).await.unwrap();
    assert_eq!(service.claim(request(run.created_at)).await.unwrap().len(), 1);
    let command = connect(&url, 2, clock(run.created_at.plus_seconds(1_000_000))).await.unwrap();
    assert_eq!(command.steps_in_flight(&run.org, None).await, Ok(1));
    service.shutdown().await;
    let alone = Alone::on(&url).unwrap().expect("a file is for one service");
    command.end_claims(&alone).await.unwrap();
    assert_eq!(command.steps_in_flight(&run.org, None).await, Ok(0));
}

/// Nothing is made by asking whether a database is there; one of another program is none.
#[tokio::test]
async fn asking_for_a_database_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let (url, options) = (url(folder.path()), StoreOptions::default());
    assert_eq!(is_there(&url, &options).await, Ok(false));
    assert_eq!(is_there(&self::url(&folder.path().join("missing")), &options).await, Ok(false));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let strange = other_program(&format!("{url}?mode=rwc")).await;
    run(&strange, "CREATE TABLE diary (day TEXT)").await;
    assert_eq!(is_there(&url, &options).await, Ok(false));
    connect(&url, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    assert_eq!(is_there(&url, &options).await, Ok(true));
    std::fs::write(folder.path().join("store.db"), vec![b'x'; 8_192]).unwrap();
    let words = unavailable(is_there(&url, &options).await);
    assert!(words.contains("store.db") && words.contains("no SQLite database"), "{words}");
}

/// A write that has patience comes back until the file is free; one that has none is refused meanwhile. Opening a store
/// that is up to date, and reading it, waits for nobody.
#[tokio::test]
async fn patience_outlasts_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    connect(&url, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let program = other_program(&url).await;
    run(&program, "BEGIN IMMEDIATE").await;
    let brief = |patience| StoreOptions { busy_timeout: Duration::from_millis(1), patience, ..Default::default() };
    let patient = Arc::new(connect(&url, 2, brief(Duration::from_secs(60))).await.unwrap());
    let hasty = connect(&url, 3, brief(Duration::ZERO)).await.unwrap();
    assert_eq!(patient.pauses().await, Ok(vec![]));
    let paused = tokio::spawn({
        let patient = patient.clone();
        async move { patient.commit(pausing::pause(&org("acme"), None)).await }
    });
    for _ in 0..20 {
        let refused = unavailable(hasty.commit(pausing::pause(&org("acme"), None)).await);
        assert!(refused.contains("locked by another process"), "{refused}");
    }
    assert!(!paused.is_finished());
    run(&program, "ROLLBACK").await;
    paused.await.unwrap().unwrap();
    assert_eq!(hasty.pauses().await.unwrap().len(), 1);
    assert_eq!(verified(patient.as_ref(), &org("acme")).await.entries, 1);
}

/// A command finds its turn beside a service that writes transaction after transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_finds_its_turn_beside_a_service_that_writes_without_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let command = connect(&url, 1, StoreOptions::beside_a_service()).await.unwrap();
    let (begun, over) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let service = tokio::spawn({
        let (begun, over, url) = (begun.clone(), over.clone(), url.clone());
        async move {
            let program = other_program(&url).await;
            run(&program, "CREATE TABLE hammered (word TEXT)").await;
            run(&program, "BEGIN IMMEDIATE").await;
            begun.notify_one();
            loop {
                for _ in 0..200 {
                    run(&program, "INSERT INTO hammered VALUES ('again')").await;
                }
                run(&program, "COMMIT").await;
                if over.load(Ordering::SeqCst) {
                    break;
                }
                run(&program, "BEGIN IMMEDIATE").await;
            }
        }
    });
    begun.notified().await;
    for name in ["acme", "globex", "initech"] {
        command.commit(pausing::pause(&org(name), None)).await.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    service.await.unwrap();
    assert_eq!(command.pauses().await.unwrap().len(), 3);
}

/// Starts the writes while another program holds the lock, so that they wait together; then lets it go.
async fn held_up(url: &str, store: &Arc<SqlStore>, runs: Vec<Run>) -> Vec<Result<Opened, StoreError>> {
    let program = other_program(url).await;
    run(&program, "BEGIN IMMEDIATE").await;
    let writes: Vec<_> = runs
        .into_iter()
        .map(|run| {
            let store = store.clone();
            tokio::spawn(async move { open(&store, &run).await })
        })
        .collect();
    // On this one-threaded runtime every write is handed over before the lock is let go.
    tokio::task::yield_now().await;
    run(&program, "ROLLBACK").await;
    let mut results = Vec::new();
    for write in writes {
        results.push(write.await.expect("no write panics"));
    }
    results
}

/// More runs than may wait are told to come back; those that wait are opened.
#[tokio::test]
async fn more_than_may_wait_are_told_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let narrow = StoreOptions { queue: 2, ..StoreOptions::default() };
    let store = Arc::new(connect(&url, 1, narrow).await.unwrap());
    let runs = (1..=20).map(|number| fresh_run(number, None)).collect();
    let results = held_up(&url, &store, runs).await;
    let busy = results.iter().filter(|result| **result == Err(StoreError::Busy)).count();
    let new = results.iter().filter(|result| matches!(result, Ok(Opened::New(_)))).count();
    assert!(busy > 0 && new > 0, "{busy} busy, {new} new");
    assert_eq!(busy + new, 20);
    assert_eq!(verified(store.as_ref(), &org("acme")).await.entries, new as u64);
}

/// Where too much waits already, the outcome of what was done still finds its place, and is written before what comes in.
#[tokio::test]
async fn outcomes_wait_for_a_place_where_runs_are_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let narrow = StoreOptions { queue: 2, ..StoreOptions::default() };
    let store = Arc::new(connect(&url, 1, narrow).await.unwrap());
    for number in 1..=20 {
        open(&store, &fresh_run(number, None)).await.unwrap();
    }
    let claimed = store.claim(request(fresh_run(1, None).created_at)).await.unwrap();
    assert_eq!(claimed.len(), 20);
    let program = other_program(&url).await;
    run(&program, "BEGIN IMMEDIATE").await;
    let outcomes: Vec<_> = claimed.into_iter().map(|effect| tokio::spawn(settled(store.clone(), effect))).collect();
    // On this one-threaded runtime every outcome has reached the queue, or waits for a place in it, after this.
    tokio::task::yield_now().await;
    assert_eq!(open(&store, &fresh_run(99, None)).await, Err(StoreError::Busy));
    run(&program, "ROLLBACK").await;
    for outcome in outcomes {
        assert_eq!(outcome.await.unwrap(), Ok(()));
    }
    assert!(matches!(open(&store, &fresh_run(99, None)).await, Ok(Opened::New(_))));
}

async fn settled(store: Arc<SqlStore>, effect: ClaimedEffect) -> Result<(), StoreError> {
    store.commit(settle(&effect, Settlement::Done)).await.map(|_| ())
}

/// One write that the database refuses does not take the others of its batch with it.
#[tokio::test]
async fn a_refused_write_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let store = Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap());
    open(&store, &fresh_run(1, Some("1"))).await.unwrap();
    let mut runs: Vec<Run> = (2..=40).map(|number| fresh_run(number, Some(&number.to_string()))).collect();
    // Another ticket under an id that is taken.
    runs.insert(20, fresh_run(1, Some("99")));
    let results = held_up(&url, &store, runs).await;
    let refused: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_err()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, 20);
    assert!(unavailable(refused[0].1.clone()).contains("refused a statement"));
    assert_eq!(verified(store.as_ref(), &org("acme")).await.entries, 40);
}

/// A store that shuts down answers every write it took, and takes no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_answers_what_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let store = Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap());
    let writes: Vec<_> = (1..=300)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { open(&store, &fresh_run_of("acme", number, None)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.shutdown().await;
    let mut new = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(_) => new += 1,
            Err(error) => assert!(matches!(&error, StoreError::Unavailable(words) if words.contains("shutting down"))),
        }
    }
    assert!(unavailable(open(&store, &fresh_run(999, None)).await).contains("shutting down"));
    let store = connect(&url, 2, StoreOptions::default()).await.unwrap();
    assert_eq!(verified(&store, &org("acme")).await.entries, new);
}
