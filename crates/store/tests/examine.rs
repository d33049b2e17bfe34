//! What is found at a SQLite file.

mod support;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use countersign_domain::ports::{Finding, Verdict};
use countersign_store::{StoreOptions, examine};
use support::{connect, other_program, run, steps};

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

async fn found(file: &Path) -> Vec<Finding> {
    examine(&url(file), &StoreOptions::default()).await.findings
}

/// Whether opening the file would bring its schema up to date.
async fn outdated(file: &Path) -> bool {
    examine(&url(file), &StoreOptions::default()).await.outdated
}

fn about<'a>(findings: &'a [Finding], what: &str) -> &'a Finding {
    findings.iter().find(|found| found.what == what).unwrap_or_else(|| panic!("{what} is not among {findings:?}"))
}

fn nothing_bad(findings: &[Finding]) -> bool {
    findings.iter().filter(|found| found.what != "disk space").all(|found| found.verdict == Verdict::Ok)
}

/// A file that is not there yet is not made by looking.
#[tokio::test]
async fn a_file_to_be_made_is_not_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let findings = found(&file).await;
    assert!(about(&findings, "database").says.contains("will be made") && !outdated(&file).await, "{findings:?}");
    assert!(nothing_bad(&findings), "{findings:?}");
    about(&findings, "disk space");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing stays behind");
    let missing = found(&folder.path().join("missing").join("store.db")).await;
    let database = about(&missing, "database");
    assert_eq!(database.verdict, Verdict::Failed);
    assert!(database.mend.as_ref().is_some_and(|mend| mend.contains("install -d")), "{database:?}");
}

/// A file that this program made is found sound, and only its owner may read it.
#[tokio::test]
async fn a_fresh_file_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let file = folder.path().join("store.db");
    let store = connect(&url(&file), 1, StoreOptions::default()).await.unwrap();
    let findings = found(&file).await;
    assert!(nothing_bad(&findings), "{findings:?}");
    assert!(about(&findings, "database").says.starts_with("SQLite 3."), "{findings:?}");
    assert_eq!((about(&findings, "schema").says.as_str(), outdated(&file).await), ("is this version's", false));
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
    }
    store.shutdown().await;
}

/// Files and folders that others may read or replace are warned of.
#[tokio::test]
async fn open_permissions_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    connect(&url(&file), 1, StoreOptions::default()).await.unwrap().shutdown().await;
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let findings = found(&file).await;
    for (what, mend) in [("database file", "chmod 600"), ("database folder", "chmod 700")] {
        let found = about(&findings, what);
        assert_eq!(found.verdict, Verdict::Warning);
        assert!(found.mend.as_ref().is_some_and(|words| words.contains(mend)), "{found:?}");
    }
}

/// What is no database, or a newer version's, is refused in words; an older one is told to be backed up.
#[tokio::test]
async fn a_strange_file_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    connect(&url(&file), 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let program = other_program(&url(&file)).await;
    run(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let findings = found(&file).await;
    assert!(about(&findings, "schema").says.contains("newer version") && !outdated(&file).await, "{findings:?}");
    run(&program, "DELETE FROM seaql_migrations WHERE version <> 'm0001_first'").await;
    let findings = found(&file).await;
    assert_eq!((about(&findings, "schema").verdict, outdated(&file).await), (Verdict::Warning, true));
    assert_eq!(steps(&program).await, ["m0001_first"], "looking changes nothing");
    program.close().await.unwrap();
    fs::write(&file, vec![b'x'; 8_192]).unwrap();
    let findings = found(&file).await;
    let database = about(&findings, "database");
    assert_eq!(database.verdict, Verdict::Failed);
    assert!(database.says.contains("no SQLite database"), "{database:?}");
    let findings = found(folder.path()).await;
    assert!(about(&findings, "database").says.contains("is no file"), "{findings:?}");
}

/// A URL that means nothing is one finding, and is not repeated.
#[tokio::test]
async fn a_strange_url_is_one_finding() {
    let findings = examine("mysql://root:hunter2@db/x", &StoreOptions::default()).await.findings;
    assert_eq!((findings.len(), findings[0].verdict), (1, Verdict::Failed));
    assert!(!findings[0].says.contains("hunter2"));
}
