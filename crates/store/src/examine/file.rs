//! A SQLite file, and the folder and disk it is on.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use countersign_domain::ports::{Finding, StoreError};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{Examined, said, schema};
use crate::{
    connect::{close_one, file_of, open_existing},
    error::failed,
    options::StoreOptions,
    sql::statement,
};

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// Below this a service should be looked after.
const LITTLE: u64 = GIB;
/// Below this the next busy hour may fill the disk.
const TOO_LITTLE: u64 = 100 * MIB;

pub(super) async fn examine(url: &str, options: &StoreOptions) -> Examined {
    let path = match file_of(url) {
        Ok(path) => path,
        Err(error) => {
            let mend = "correct the database's URL in the configuration";
            return vec![Finding::failed("database", said(&error), mend)].into();
        }
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let mut examined: Examined = match fs::metadata(&path) {
        Ok(there) if there.is_file() => of_file(url, &path, options).await,
        Ok(_) => vec![Finding::failed(
            "database",
            format!("{} is no file", path.display()),
            "name a file in the database's URL: sqlite:///folder/file.db",
        )]
        .into(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => vec![to_be_made(&path, &folder)].into(),
        Err(error) => vec![Finding::failed(
            "database",
            format!("{} cannot be looked at ({error})", path.display()),
            format!("give the service's user the right to enter and write to {}", folder.display()),
        )]
        .into(),
    };
    examined.findings.extend(of_folder(&folder));
    examined
}

fn to_be_made(path: &Path, folder: &Path) -> Finding {
    match writable(folder) {
        Ok(()) => Finding::ok("database", format!("{} is not there yet: it will be made", path.display())),
        Err(error) => Finding::failed(
            "database",
            format!(
                "{} is not there, and cannot be made: {} cannot be written to ({error})",
                path.display(),
                folder.display()
            ),
            format!(
                "make the folder and give it to the service's user: install -d -m 700 -o USER {}",
                folder.display()
            ),
        ),
    }
}

/// Tries it: what the permissions say is not all there is to it. Nothing stays behind.
fn writable(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".countersign-check-").tempfile_in(folder).map(drop)
}

async fn of_file(url: &str, path: &Path, options: &StoreOptions) -> Examined {
    let (mut findings, mut outdated) = (Vec::new(), false);
    match open_existing(url, options).await {
        Ok(connection) => {
            findings.push(match version(&connection).await {
                Ok(version) => Finding::ok("database", format!("SQLite {version} reads {}", path.display())),
                Err(error) => unusable(&error),
            });
            let (finding, earlier) = schema(&connection).await;
            findings.push(finding);
            outdated = earlier;
            close_one(&connection).await;
        }
        Err(error) => findings.push(unusable(&error)),
    }
    if let Err(error) = OpenOptions::new().write(true).open(path) {
        findings.push(Finding::failed(
            "database file",
            format!("{} cannot be written to ({error})", path.display()),
            format!("give it to the service's user: chown USER {}", path.display()),
        ));
    }
    findings.extend(readable_by_others(path));
    Examined { findings, outdated }
}

fn unusable(error: &StoreError) -> Finding {
    Finding::failed("database", said(error), "mend what it says, then check again")
}

async fn version(connection: &DatabaseConnection) -> Result<String, StoreError> {
    // A file that is no database is only found out by reading it.
    let read = "SELECT count(*) FROM sqlite_master";
    connection.query_one_raw(statement(connection, read, [])).await.map_err(failed)?;
    let text = "SELECT sqlite_version() AS version";
    let row = connection.query_one_raw(statement(connection, text, [])).await.map_err(failed)?;
    row.map_or(Ok(String::new()), |row| row.try_get("", "version").map_err(failed))
}

fn readable_by_others(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0).then(|| {
        Finding::warning(
            "database file",
            format!("everybody on this machine may read {}, which holds tickets' words", path.display()),
            format!("chmod 600 {0} {0}-wal {0}-shm", path.display()),
        )
    })
}

fn of_folder(folder: &Path) -> Vec<Finding> {
    let Ok(there) = fs::metadata(folder) else { return Vec::new() };
    let mut findings = Vec::new();
    if let Err(error) = writable(folder) {
        findings.push(Finding::failed(
            "database folder",
            format!("{} cannot be written to ({error}), and SQLite keeps files beside its own there", folder.display()),
            format!("give it to the service's user: chown USER {}", folder.display()),
        ));
    }
    let mode = there.permissions().mode();
    // In a folder with the sticky bit nobody replaces another's files.
    if mode & 0o002 != 0 && mode & 0o1000 == 0 {
        findings.push(Finding::warning(
            "database folder",
            format!("everybody on this machine may replace the files in {}", folder.display()),
            format!("chmod 700 {}", folder.display()),
        ));
    }
    findings.extend(disk(folder));
    findings.extend(network(folder));
    findings
}

fn disk(folder: &Path) -> Option<Finding> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(room(disk.f_bavail.saturating_mul(disk.f_frsize), folder))
}

fn room(free: u64, folder: &Path) -> Finding {
    let says = format!("{} MiB are free for {}", free / MIB, folder.display());
    let mend = "make room, or move the database to a larger disk: when it is full nothing is taken in any more";
    if free < TOO_LITTLE {
        Finding::failed("disk space", says, mend)
    } else if free < LITTLE {
        Finding::warning("disk space", says, mend)
    } else {
        Finding::ok("disk space", says)
    }
}

/// Numbers from `linux/magic.h`: file systems over a network, whose locks SQLite cannot rely on.
#[cfg(target_os = "linux")]
const NETWORKED: [(u64, &str); 7] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
];

#[cfg(target_os = "linux")]
fn network(folder: &Path) -> Option<Finding> {
    let kind = u64::try_from(rustix::fs::statfs(folder).ok()?.f_type).ok()?;
    let (_, name) = NETWORKED.iter().find(|(known, _)| *known == kind)?;
    Some(Finding::warning(
        "disk",
        format!(
            "{} is on a network file system ({name}), whose locks and write-ahead log SQLite cannot rely on",
            folder.display()
        ),
        "put the file on a disk of this machine, or use PostgreSQL",
    ))
}

/// Elsewhere it is not asked.
#[cfg(not(target_os = "linux"))]
fn network(_folder: &Path) -> Option<Finding> {
    None
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::Verdict;

    use super::*;

    #[test]
    fn room_is_judged_by_what_a_busy_service_needs() {
        let judged = |free| room(free, Path::new("/data")).verdict;
        assert_eq!(
            [judged(LITTLE), judged(LITTLE - 1), judged(TOO_LITTLE), judged(TOO_LITTLE - 1), judged(0)],
            [Verdict::Ok, Verdict::Warning, Verdict::Warning, Verdict::Failed, Verdict::Failed]
        );
    }
}
