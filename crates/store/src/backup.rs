//! A copy of a SQLite file that is in use.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use countersign_domain::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::NamedTempFile;

use crate::{
    connect::{self, Dialect},
    error::failed,
    migration,
    options::StoreOptions,
    sql::{statement, unsigned},
};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// How large it is.
    pub bytes: u64,
    /// How many runs are in it.
    pub runs: u64,
    /// How many ledger entries, of all organisations.
    pub entries: u64,
    /// The newest step of its schema.
    pub schema: String,
}

/// Copies a SQLite file while services go on writing to it: everything that was acknowledged before, nothing by halves.
/// The copy is made under another name beside `to`, checked from end to end, written through to the disk and then
/// renamed, so that `to` is either whole or not there. Only its owner may read it. Ticket text and ledger are in it;
/// secrets of the vendors never were in the database.
///
/// # Errors
/// [`StoreError::Unavailable`] in words: the URL is PostgreSQL's (whose own `pg_dump` does this), the file is not there
/// or was written by a newer version, `to` exists, its folder does not, the disk is full.
/// [`StoreError::Corrupt`]: the copy fails its check, and so did the original; it is not kept.
pub async fn backup(url: &str, to: &Path) -> Result<BackupReport, StoreError> {
    match Dialect::of(url)? {
        Dialect::Postgres => Err(StoreError::Unavailable(
            "PostgreSQL is backed up by its own program: run \
             `pg_dump --format=custom --serializable-deferrable --no-owner --file=countersign.dump DATABASE_URL`, and \
             `pg_restore --no-owner --exit-on-error --dbname=DATABASE_URL countersign.dump` to restore it"
                .to_owned(),
        )),
        Dialect::Sqlite => sqlite(url, to).await,
    }
}

async fn sqlite(url: &str, to: &Path) -> Result<BackupReport, StoreError> {
    let options = StoreOptions::default();
    let temporary = make_beside(to)?;
    let source = connect::open_existing(url, &options).await?;
    let copied = copy(&source, temporary.path()).await;
    connect::close_one(&source).await;
    copied.map_err(|error| connect::of_file(url, error))?;
    let copy = connect::open_copy(temporary.path().to_owned(), &options).await?;
    let report = check(&copy).await;
    connect::close_one(&copy).await;
    let report = report?;
    let to = to.to_owned();
    let kept = tokio::task::spawn_blocking(move || keep(temporary, &to)).await;
    let bytes = kept.map_err(|error| StoreError::Unavailable(format!("the backup was interrupted ({error})")))??;
    Ok(BackupReport { bytes, ..report })
}

/// The folder that a file is in.
fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn exists(to: &Path) -> StoreError {
    StoreError::Unavailable(format!(
        "{} is there already and is left as it is: choose another name for the backup, or move that file away",
        to.display()
    ))
}

fn make_beside(to: &Path) -> Result<NamedTempFile, StoreError> {
    if to.symlink_metadata().is_ok() {
        return Err(exists(to));
    }
    let folder = folder_of(to);
    // It is removed when it is dropped, and readable by its owner alone from the start.
    tempfile::Builder::new().prefix(".countersign-backup-").suffix(".part").tempfile_in(&folder).map_err(|error| {
        StoreError::Unavailable(format!(
            "no file can be made in {} ({error}): make the folder, or give yourself the right to write to it",
            folder.display()
        ))
    })
}

async fn copy(source: &DatabaseConnection, to: &Path) -> Result<(), StoreError> {
    let Some(steps) = migration::applied_steps(source).await? else {
        return Err(StoreError::Unavailable(
            "this is a SQLite file, but not of this program: look at the database's URL".to_owned(),
        ));
    };
    migration::missing(&steps)?;
    let Some(name) = to.to_str() else {
        return Err(StoreError::Unavailable(format!("{} is no UTF-8: choose another folder", to.display())));
    };
    let text = statement(source, "VACUUM INTO $1", [name.into()]);
    source.execute_raw(text).await.map(drop).map_err(failed)
}

async fn check(copy: &DatabaseConnection) -> Result<BackupReport, StoreError> {
    let rows = copy.query_all_raw(statement(copy, "PRAGMA integrity_check(1)", [])).await.map_err(failed)?;
    let said: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose().map_err(failed)?;
    if said.as_deref() != Some("ok") {
        return Err(StoreError::Corrupt(format!(
            "the copy fails SQLite's integrity check ({}), so the original is damaged too: restore an earlier backup",
            said.unwrap_or_default()
        )));
    }
    let steps = migration::applied_steps(copy).await?.unwrap_or_default();
    let schema = steps.last().cloned().ok_or_else(|| StoreError::Corrupt("the copy has no schema".to_owned()))?;
    Ok(BackupReport { bytes: 0, runs: count(copy, "run").await?, entries: count(copy, "entry").await?, schema })
}

async fn count(copy: &DatabaseConnection, table: &str) -> Result<u64, StoreError> {
    let text = format!("SELECT count(*) AS many FROM {table}");
    let row = copy.query_one_raw(statement(copy, text, [])).await.map_err(failed)?;
    row.map_or(Ok(0), |row| row.try_get::<i64>("", "many").map(unsigned).map_err(failed))
}

/// Writes the copy through to the disk and gives it its name; how large it is.
fn keep(temporary: NamedTempFile, to: &Path) -> Result<u64, StoreError> {
    let folder = folder_of(to);
    let unkept = |error: io::Error| {
        StoreError::Unavailable(format!("the backup could not be kept in {} ({error})", folder.display()))
    };
    temporary.as_file().sync_all().map_err(unkept)?;
    let bytes = temporary.as_file().metadata().map_err(unkept)?.len();
    temporary.persist_noclobber(to).map_err(|refused| {
        if refused.error.kind() == io::ErrorKind::AlreadyExists { exists(to) } else { unkept(refused.error) }
    })?;
    // The new name is on the disk once the folder is.
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(unkept)?;
    Ok(bytes)
}
