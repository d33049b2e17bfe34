//! One service for a SQLite file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::PathBuf,
};

use countersign_domain::ports::StoreError;

use crate::connect::{Dialect, file_of};

/// Held for as long as a service works on a SQLite file. The operating system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Alone {
    _file: File,
}

impl Alone {
    /// Makes sure that no other service works on this SQLite file: a service that starts may then take it that every
    /// claim in it is from a process that is gone. `None` for PostgreSQL, where several nodes are meant to work.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where another service holds the file, or the lock's file cannot be made.
    pub fn on(url: &str) -> Result<Option<Self>, StoreError> {
        if Dialect::of(url)? == Dialect::Postgres {
            return Ok(None);
        }
        let database = file_of(url)?;
        let mut lock = database.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let unusable = |error: std::io::Error| {
            StoreError::Unavailable(format!("{} cannot be made or locked: {error}", lock.display()))
        };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
                "another countersign service works on {}; stop it first, or use PostgreSQL for several nodes",
                database.display()
            ))),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_service_on_the_same_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let first = Alone::on(&url).unwrap();
        assert!(first.is_some());
        let refused = Alone::on(&url).unwrap_err();
        assert!(refused.to_string().contains("another countersign service"), "{refused}");
        drop(first);
        assert!(Alone::on(&url).unwrap().is_some());
    }

    #[test]
    fn the_lock_is_beside_the_file_that_the_url_means() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("100% sure?");
        std::fs::create_dir(&odd).unwrap();
        let escaped = odd.display().to_string().replace('%', "%25").replace('?', "%3F");
        let alone = Alone::on(&format!("sqlite://{escaped}/a.db?mode=rw")).unwrap();
        assert!(alone.is_some() && odd.join("a.db.lock").is_file());
    }

    #[test]
    fn postgres_is_for_several() {
        assert!(Alone::on("postgres://localhost/x").unwrap().is_none());
    }
}
