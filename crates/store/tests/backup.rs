//! A backup of a file that is in use.

mod support;

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use countersign_domain::ports::{Store, StoreError};
use countersign_store::{SqlStore, StoreOptions, backup};
use countersign_testkit::store_contract::{change, fresh_run, ledger::verified, org, received, words};
use support::{connect, other_program, run, steps};

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

async fn opened(store: &SqlStore, number: u128) {
    let run = fresh_run(number, Some(&number.to_string()));
    store.open(&run, Some(&words("mine")), vec![received(&run)], vec![]).await.expect("opens");
    store.commit(change(&run).1).await.expect("commits");
}

fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().display().to_string()).collect();
    names.sort();
    names
}

fn unavailable(result: Result<impl std::fmt::Debug, StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable(words)) => words,
        other => panic!("{other:?}"),
    }
}

/// What was acknowledged before the backup began is in it, and of what came meanwhile a whole beginning: its ledger
/// verifies, and it goes on as a database of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_is_a_whole_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let source = url(&folder.path().join("store.db"));
    let store = Arc::new(connect(&source, 1, StoreOptions::default()).await.unwrap());
    for number in 1..=50 {
        opened(&store, number).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, stop) = (store.clone(), stop.clone());
        async move {
            let mut number = 50;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                opened(&store, number).await;
            }
            number
        }
    });
    let to = folder.path().join("copies");
    std::fs::create_dir(&to).unwrap();
    let mut runs = 0;
    for turn in 0..3 {
        let file = to.join(format!("copy-{turn}.db"));
        let report = backup(&source, &file).await.unwrap();
        assert!(report.runs >= runs.max(50), "{report:?}");
        runs = report.runs;
        assert_eq!(report.bytes, std::fs::metadata(&file).unwrap().len());
        assert_eq!(steps(&other_program(&url(&file)).await).await.last(), Some(&report.schema));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let copy = connect(&url(&file), 9, StoreOptions::default()).await.unwrap();
        let summary = verified(&copy, &org("acme")).await;
        assert_eq!((summary.entries, summary.bodies_present), (report.entries, report.entries));
        opened(&copy, 1_000_000).await;
        copy.shutdown().await;
    }
    stop.store(true, Ordering::Relaxed);
    assert!(u128::from(runs) <= writer.await.unwrap());
    assert_eq!(files_in(&to).iter().filter(|name| name.ends_with(".part")).count(), 0);
}

/// A file that is there is not written over, and nothing else is left behind.
#[tokio::test]
async fn an_existing_target_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let source = url(&folder.path().join("store.db"));
    connect(&source, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let to = folder.path().join("copy.db");
    std::fs::write(&to, b"precious").unwrap();
    let before = files_in(folder.path());
    let words = unavailable(backup(&source, &to).await);
    assert!(words.contains("copy.db is there already"), "{words}");
    assert_eq!((std::fs::read(&to).unwrap(), files_in(folder.path())), (b"precious".to_vec(), before));
}

/// What cannot be copied, or not to there, is told in words, and no file comes of it.
#[tokio::test]
async fn what_cannot_be_copied_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("store.db");
    let to = folder.path().join("copies").join("copy.db");
    let words = unavailable(backup(&url(&source), &to).await);
    assert!(words.contains("copies") && words.contains("make the folder"), "{words}");
    std::fs::create_dir(folder.path().join("copies")).unwrap();
    let words = unavailable(backup(&url(&source), &to).await);
    assert!(words.contains("store.db") && words.contains("cannot be opened"), "{words}");
    assert!(!source.exists(), "a backup makes no database");
    other_program(&format!("{}?mode=rwc", url(&source))).await.close().await.unwrap();
    let words = unavailable(backup(&url(&source), &to).await);
    assert!(words.contains("not of this program"), "{words}");
    std::fs::write(&source, vec![b'x'; 8_192]).unwrap();
    let words = unavailable(backup(&url(&source), &to).await);
    assert!(words.contains("no SQLite database"), "{words}");
    assert!(files_in(&folder.path().join("copies")).is_empty());
}

/// What a newer version wrote is not vouched for.
#[tokio::test]
async fn a_newer_schema_is_not_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let source = url(&folder.path().join("store.db"));
    connect(&source, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let program = other_program(&source).await;
    run(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let words = unavailable(backup(&source, &folder.path().join("copy.db")).await);
    assert!(words.contains("newer version") && words.contains("m9999_later"), "{words}");
}
