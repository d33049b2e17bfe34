//! Opening the database.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::PathBuf, str::FromStr, time::Duration};

use countersign_domain::ports::StoreError;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions},
};

use crate::{
    error::{failed, is_locked},
    migration,
    options::StoreOptions,
};

/// The connections: writes go through the one, reads through the other.
pub(crate) struct Connections {
    /// For the committers alone.
    pub(crate) writer: DatabaseConnection,
    /// For reads.
    pub(crate) readers: DatabaseConnection,
    /// How many committers there are.
    pub(crate) committers: usize,
}

/// Statement texts kept prepared on each connection.
const PREPARED: usize = 256;

/// How long a process waits before it looks again whether a file is still locked.
const RETRY: Duration = Duration::from_millis(10);

/// Which database a URL means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl Dialect {
    /// What a URL means; one that means nothing is refused in words.
    pub(crate) fn of(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // What the driver says about a URL repeats it, password included.
            return PgConnectOptions::from_str(url).map(|_| Self::Postgres).map_err(|_| {
                StoreError::Unavailable(
                    "the database URL is not understood: write postgres://user:password@host:port/database, with \
                     special characters of the password as %XX"
                        .to_owned(),
                )
            });
        }
        let path = url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
        match path.map(|path| path.split('?').next().unwrap_or_default()) {
            Some("" | ":memory:") => Err(StoreError::Unavailable(
                "the database URL names no file: write sqlite:///folder/file.db; a database in memory would not be \
                 durable"
                    .to_owned(),
            )),
            Some(_) => Ok(Self::Sqlite),
            // The URL itself is not repeated: it may hold a password.
            None => Err(StoreError::Unavailable(
                "the database URL is not understood: write sqlite:///folder/file.db or \
                 postgres://user:password@host/database"
                    .to_owned(),
            )),
        }
    }
}

/// Connects and brings the schema up to date.
pub(crate) async fn connect(url: &str, options: &StoreOptions) -> Result<Connections, StoreError> {
    let dialect = Dialect::of(url)?;
    let connections = match dialect {
        Dialect::Sqlite => sqlite(url, options).await.map_err(|error| of_file(url, error))?,
        Dialect::Postgres => postgres(url, options).await?,
    };
    if let Err(error) = migration::migrate(&connections.writer, options.patience).await {
        close(&connections).await;
        return Err(match dialect {
            Dialect::Sqlite => of_file(url, error),
            Dialect::Postgres => error,
        });
    }
    Ok(connections)
}

/// Whether there is a database of this program where this URL points: a file, or a server's database, with its schema.
/// Nothing is made by asking.
///
/// # Errors
/// [`StoreError::Unavailable`] in words: the URL is not understood, the server cannot be reached, the file cannot be
/// read or is no database.
pub async fn is_there(url: &str, options: &StoreOptions) -> Result<bool, StoreError> {
    let connection = match Dialect::of(url)? {
        Dialect::Sqlite => {
            let file = file_of(url)?;
            let there = file.try_exists().map_err(|error| {
                let why = format!("{} cannot be looked at ({error}): look at its folder's permissions", file.display());
                StoreError::Unavailable(why)
            });
            if !there? {
                return Ok(false);
            }
            open_existing(url, options).await?
        }
        Dialect::Postgres => open_server(url, options).await?,
    };
    let steps = migration::applied_steps(&connection).await;
    close_one(&connection).await;
    steps.map(|steps| steps.is_some()).map_err(|error| match Dialect::of(url) {
        Ok(Dialect::Sqlite) => of_file(url, error),
        Ok(Dialect::Postgres) | Err(_) => error,
    })
}

/// The file that a URL means; `None`: a server, or a URL that means nothing.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    match Dialect::of(url) {
        Ok(Dialect::Sqlite) => file_of(url).ok(),
        Ok(Dialect::Postgres) | Err(_) => None,
    }
}

/// The file that a SQLite URL means.
pub(crate) fn file_of(url: &str) -> Result<PathBuf, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| {
        StoreError::Unavailable(format!("the database URL is not understood ({error}): write sqlite:///folder/file.db"))
    })?;
    Ok(options.get_filename().to_owned())
}

/// Makes the file, if it is not there, so that nobody but its owner reads it; the files that SQLite puts beside it take
/// after it. Where it cannot be made, opening it will say why.
fn make_private(url: &str) {
    if let Ok(path) = file_of(url) {
        drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
    }
}

/// Opens an existing SQLite file with one connection, to look at it or to copy it.
pub(crate) async fn open_existing(url: &str, options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut looking = base(url, options);
    let busy_timeout = options.busy_timeout;
    looking.max_connections(1).min_connections(1).test_before_acquire(false);
    looking.map_sqlx_sqlite_opts(move |connect| connect.create_if_missing(false).busy_timeout(busy_timeout));
    open_unlocked(looking, options).await.map_err(|error| of_file(url, error))
}

/// Opens a SQLite file that nobody else knows of, for reading.
pub(crate) async fn open_copy(file: PathBuf, options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut reading = base("sqlite://copy", options);
    reading.max_connections(1).min_connections(1).test_before_acquire(false);
    reading.map_sqlx_sqlite_opts(move |connect| {
        connect.filename(&file).create_if_missing(false).read_only(true).immutable(true)
    });
    open(reading).await
}

/// Opens one connection to a PostgreSQL server, to look at it.
pub(crate) async fn open_server(url: &str, options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut looking = base(url, options);
    looking.max_connections(1).map_sqlx_postgres_opts(named);
    open(looking).await
}

/// Says which file an error is about. A server's address is not repeated: it may hold a password.
pub(crate) fn of_file(url: &str, error: StoreError) -> StoreError {
    let path = file_of(url).map(|file| file.display().to_string()).unwrap_or_default();
    match error {
        StoreError::Unavailable(why) => StoreError::Unavailable(format!("{path}: {why}")),
        StoreError::Corrupt(why) => StoreError::Corrupt(format!("{path}: {why}")),
        error @ (StoreError::Conflict(_) | StoreError::Busy) => error,
    }
}

/// Ends every connection. SQLite folds its write-ahead log into the file with the last one.
pub(crate) async fn close(connections: &Connections) {
    for connection in [&connections.readers, &connections.writer] {
        close_one(connection).await;
    }
}

/// Ends the connections of one pool.
pub(crate) async fn close_one(connection: &DatabaseConnection) {
    if let Err(error) = connection.close_by_ref().await {
        tracing::warn!(%error, "a database connection did not close cleanly");
    }
}

async fn sqlite(url: &str, options: &StoreOptions) -> Result<Connections, StoreError> {
    make_private(url);
    let mut writing = base(url, options);
    let limits = options.clone();
    writing.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    writing.map_sqlx_sqlite_opts(move |connect| {
        let connect = connect
            .create_if_missing(true)
            .busy_timeout(limits.busy_timeout)
            .statement_cache_capacity(PREPARED)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("wal_autocheckpoint", "20000")
            .pragma("cache_size", "-65536")
            .pragma("secure_delete", "ON");
        match limits.sqlite_max_pages {
            Some(pages) => connect.pragma("max_page_count", pages.to_string()),
            None => connect,
        }
    });
    let writer = open_unlocked(writing, options).await?;
    let mut reading = base(url, options);
    let busy_timeout = options.busy_timeout;
    reading.max_connections(options.readers.max(1)).test_before_acquire(false).map_sqlx_sqlite_opts(move |connect| {
        connect
            .busy_timeout(busy_timeout)
            .statement_cache_capacity(PREPARED)
            .pragma("cache_size", "-8192")
            .pragma("query_only", "ON")
    });
    let readers = open(reading).await?;
    Ok(Connections { writer, readers, committers: 1 })
}

async fn postgres(url: &str, options: &StoreOptions) -> Result<Connections, StoreError> {
    let committers = options.committers.clamp(1, 16);
    let mut writing = base(url, options);
    let connections = u32::try_from(committers).unwrap_or(1);
    writing.max_connections(connections).map_sqlx_postgres_opts(named);
    let writer = open(writing).await?;
    let mut reading = base(url, options);
    reading.max_connections(options.readers.max(1)).map_sqlx_postgres_opts(named);
    let readers = open(reading).await?;
    Ok(Connections { writer, readers, committers })
}

/// What the server's administrator sees, unless the URL says otherwise.
fn named(connect: PgConnectOptions) -> PgConnectOptions {
    let connect = connect.statement_cache_capacity(PREPARED);
    if connect.get_application_name().is_some() { connect } else { connect.application_name("countersign") }
}

fn base(url: &str, options: &StoreOptions) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .connect_timeout(options.connect_timeout)
        .acquire_timeout(options.connect_timeout);
    connect
}

/// Opens a SQLite file that other processes may be opening too. While one turns on the write-ahead log the others are
/// told at once that the file is locked, without the busy timeout: they come back until that is over.
async fn open_unlocked(connect: ConnectOptions, options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut locked = None;
    let attempts = async {
        loop {
            match Database::connect(connect.clone()).await {
                Err(error) if is_locked(&error) => locked = Some(error),
                other => return other,
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    match (tokio::time::timeout(options.busy_timeout + options.connect_timeout, attempts).await, locked) {
        (Ok(opened), _) => opened.map_err(failed),
        (Err(_), Some(error)) => Err(failed(error)),
        (Err(_), None) => {
            Err(StoreError::Unavailable("the file could not be opened in time: look at its disk".to_owned()))
        }
    }
}

async fn open(options: ConnectOptions) -> Result<DatabaseConnection, StoreError> {
    Database::connect(options).await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_without_a_file_or_of_another_kind_are_refused_without_repeating_them() {
        let unparsed = ["postgres://root:hunter2@db:99999/x", "postgresql://root:hunter2@db/x?sslmode=hunter2"];
        let others = ["sqlite::memory:", "sqlite://", "mysql://root:hunter2@db/x", "/var/lib/x.db", ""];
        for bad in unparsed.into_iter().chain(others) {
            let StoreError::Unavailable(words) = Dialect::of(bad).unwrap_err() else { panic!("{bad}") };
            assert!(words.contains("database URL"), "{words}");
            assert!(!words.contains("hunter2"), "{words}");
        }
        assert_eq!(Dialect::of("sqlite:///tmp/x.db?mode=rwc"), Ok(Dialect::Sqlite));
        assert_eq!(Dialect::of("postgres://u:p@h/d"), Ok(Dialect::Postgres));
    }
}
