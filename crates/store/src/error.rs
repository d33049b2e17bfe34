//! What a database's errors mean to a caller, and what to do about them.

use countersign_domain::ports::{Conflict, StoreError};
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a transaction did not go through.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database cannot be used at all just now: no other change would fare better.
    Database(StoreError),
    /// The database refused what was asked; another change may fare better.
    Statement(StoreError),
}

impl Failure {
    /// What the caller is told.
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::Database(error) | Self::Statement(error) => error,
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        match advice(&error) {
            Some(words) => Self::Database(StoreError::Unavailable(words)),
            None => Self::Statement(StoreError::Unavailable(refused(&error))),
        }
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Statement(StoreError::Conflict(conflict))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Statement(error)
    }
}

/// A database's error in the port's words.
pub(crate) fn failed(error: DbErr) -> StoreError {
    Failure::from(error).into_error()
}

/// Stored data that does not decode.
pub(crate) fn corrupt(what: &str, key: impl std::fmt::Display, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!(
        "{what} {key} does not decode ({why}): it was changed from outside or written by another version; \
         restore it from a backup"
    ))
}

/// Stored JSON that does not decode. The reader's message may quote the value it does not like, which may be what
/// people wrote: only the place is told.
pub(crate) fn undecodable(what: &str, key: impl std::fmt::Display, error: &serde_json::Error) -> StoreError {
    corrupt(what, key, format!("at line {} column {}", error.line(), error.column()))
}

fn refused(error: &DbErr) -> String {
    format!("the database refused a statement ({error}): nothing of this change was written; see its log")
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    if let DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner)) = error
    {
        return Some(inner.as_ref());
    }
    None
}

/// Whether another process keeps a SQLite file locked.
pub(crate) fn is_locked(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(inner)) = sqlx_error(error) else { return false };
    inner.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
        && sqlite_code(&inner.code().unwrap_or_default()) == 5
}

/// <https://www.sqlite.org/rescode.html>: the lowest byte of an extended code is the primary code.
fn sqlite_code(code: &str) -> u32 {
    code.parse::<u32>().map_or(0, |code| code & 0xff)
}

/// Words for an error that concerns the database as a whole; `None`: it concerns one statement.
fn advice(error: &DbErr) -> Option<String> {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return Some(
            "no connection to the database could be had in time: is it running, and not overloaded?".to_owned(),
        );
    }
    match sqlx_error(error) {
        Some(sqlx::Error::Database(inner)) => {
            let code = inner.code().unwrap_or_default();
            if inner.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                sqlite_advice(&code, inner.message())
            } else {
                postgres_advice(&code, inner.message())
            }
        }
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_),
        ) => Some(format!("the connection to the database failed ({error}): is it running and reachable?")),
        Some(_) => None,
        None if matches!(error, DbErr::Conn(_)) => Some(format!("the database cannot be opened ({error})")),
        None => None,
    }
}

fn sqlite_advice(code: &str, message: &str) -> Option<String> {
    let advice = match sqlite_code(code) {
        5 | 6 => {
            "the file is locked by another process: end that process (a backup, a shell), or raise the busy timeout"
        }
        8 => "the file or its folder is read-only: give the service's user the right to write to both",
        10 => "reading or writing the file failed: look at the disk and the system's log",
        11 | 26 => "the file is damaged or no SQLite database: restore it from a backup",
        13 => "the disk, or the size allowed for the file, is full: make room; what was acknowledged is safe",
        14 => "the file cannot be opened: look at its path, its folder and their permissions",
        23 | 3 => "access to the file was refused: look at its permissions",
        _ => return None,
    };
    Some(format!("{advice} (SQLite: {message})"))
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres_advice(code: &str, message: &str) -> Option<String> {
    let advice = match code {
        "53100" => "its disk is full: make room; what was acknowledged is safe",
        "53300" => "it has no connection left: raise max_connections or lower the store's readers and committers",
        "25006" => "it is read-only, perhaps a standby: point the URL at the primary",
        "28000" | "28P01" => "it refused user or password: look at the URL's credentials",
        "3D000" => "there is no database of this name: create it, or correct the URL",
        "42501" => "the user lacks a right: grant it create and write rights on its schema",
        _ if code.starts_with("57P") || code.starts_with("08") => "it is shutting down, starting or gone: try again",
        _ if code.starts_with("53") => "it is out of resources: look at its log",
        _ => return None,
    };
    Some(format!("{advice} (PostgreSQL: {message})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_does_not_decode_is_told_by_its_place_alone() {
        let error = serde_json::from_str::<Vec<bool>>(r#"[true, "sarah.chen@acme.com"]"#).unwrap_err();
        assert!(error.to_string().contains("sarah.chen"), "the reader quotes it: {error}");
        let StoreError::Corrupt(says) = undecodable("run", 7, &error) else { panic!("another error") };
        assert!(says.contains("run 7 does not decode (at line 1 column 28)"), "{says}");
        assert!(!says.contains("sarah"), "{says}");
    }
}
