//! A throw-away PostgreSQL cluster: its own folder, port and password, gone afterwards.
//!
//! For tests it does not sync to disk: nothing in it outlives them, and they run several times faster. For a benchmark
//! it does, on a disk.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use super::server::{Server, free_ports};
use crate::process::{Interrupts, on_path};
use crate::provide::{self, step};

/// Where Debian keeps the server programs, one folder per major version.
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// Enough for every test process to hold a pool of its own.
const MAX_CONNECTIONS: u32 = 400;

/// Where folders lie that are on a disk even where `/tmp` is in memory.
const ON_DISK: &str = "/var/tmp";

/// Whether a commit is on disk when it is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It is, as on any server.
    Synced,
    /// It never is.
    Forgotten,
}

/// The running cluster. The server is stopped before its folder is removed: fields are dropped in this order.
pub(crate) struct Cluster {
    _server: Server,
    _folder: TempDir,
    url: String,
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
struct Account {
    uid: u32,
    gid: u32,
}

/// The programs, the folder and the account they are run with.
struct Programs<'a> {
    bin: PathBuf,
    folder: &'a Path,
    account: Option<Account>,
    durability: Durability,
}

impl Cluster {
    /// Creates a cluster and waits until it takes connections.
    pub(crate) fn start(logs: &Path, durability: Durability, interrupts: &Interrupts) -> Result<Self> {
        let bin = programs(interrupts)?;
        let mut folder = tempfile::Builder::new();
        folder.prefix("countersign-postgres-");
        let folder = match durability {
            Durability::Synced => folder.tempdir_in(ON_DISK)?,
            Durability::Forgotten => folder.tempdir()?,
        };
        let account = if provide::is_root() { Some(account(&fs::read_to_string("/etc/passwd")?)?) } else { None };
        let programs = Programs { bin, folder: folder.path(), account, durability };
        let port = free_ports(1)?[0];
        step(&format!("a throw-away PostgreSQL on 127.0.0.1:{port} (log: {}/postgres.log)", logs.display()));
        let password = password()?;
        programs.create(&password, interrupts)?;
        let mut server = Server::start("postgres", &mut programs.serve(port), logs, Signal::INT)?;
        server.wait_until(interrupts, || programs.is_ready(port))?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { _server: server, _folder: folder, url })
    }

    /// How it is reached: as its superuser, so that each test can create a database of its own.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Programs<'_> {
    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = match &self.account {
            None => Command::new(program),
            Some(account) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid));
                command.args(["--clear-groups", "--"]).arg(program);
                command
            }
        };
        command.current_dir(self.folder);
        command
    }

    fn create(&self, password: &str, interrupts: &Interrupts) -> Result<()> {
        let secret = self.folder.join("password");
        fs::write(&secret, password)?;
        if let Some(account) = &self.account {
            for path in [self.folder, &secret] {
                chown(path, Some(account.uid), Some(account.gid))?;
            }
        }
        let mut initdb = self.command("initdb");
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        initdb.arg("--pwfile").arg(&secret).arg("--pgdata").arg(self.folder.join("data"));
        let captured = interrupts.capture(&mut initdb)?;
        if !captured.success {
            bail!("initdb failed:\n{}", captured.text);
        }
        Ok(())
    }

    fn serve(&self, port: u16) -> Command {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(self.folder);
        command.args(["-h", "127.0.0.1"]);
        if self.durability == Durability::Forgotten {
            command.args(["-F", "-c", "full_page_writes=off"]);
        }
        command.arg("-p").arg(port.to_string()).arg("-c").arg(format!("max_connections={MAX_CONNECTIONS}"));
        command
    }

    fn is_ready(&self, port: u16) -> bool {
        let mut command = self.command("pg_isready");
        command.args(["--quiet", "--host=127.0.0.1"]).arg(format!("--port={port}"));
        command.status().is_ok_and(|status| status.success())
    }
}

/// The folder of the server programs, installed first where there are none.
fn programs(interrupts: &Interrupts) -> Result<PathBuf> {
    if let Some(bin) = find(Path::new(DEBIAN_ROOT)) {
        return Ok(bin);
    }
    provide::debian(interrupts, "the PostgreSQL server", &["postgresql"])?;
    find(Path::new(DEBIAN_ROOT)).context("the PostgreSQL server was installed, but its programs are not found")
}

/// On the search path, where a link may lead to the folder with all of them; else the newest below Debian's folder.
fn find(debian: &Path) -> Option<PathBuf> {
    let linked =
        on_path("initdb").and_then(|path| path.canonicalize().ok()).and_then(|path| Some(path.parent()?.into()));
    linked.into_iter().chain(newest(debian)).find(|bin: &PathBuf| bin.join("postgres").is_file())
}

fn newest(debian: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(debian).ok()?.flatten();
    let versions = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let complete = versions.filter(|version| debian.join(version.to_string()).join("bin/postgres").is_file());
    Some(debian.join(complete.max()?.to_string()).join("bin"))
}

/// Debian's own account for PostgreSQL, or the one that owns nothing.
fn account(passwd: &str) -> Result<Account> {
    let of = |name: &str| {
        let line = passwd.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some(Account { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    of("postgres")
        .or_else(|| of("nobody"))
        .context("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as")
}

/// 128 random bits as hexadecimal digits: other accounts of the machine can reach the port.
fn password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_is_taken() {
        let root = tempfile::tempdir().unwrap();
        for (version, complete) in [("9", true), ("15", true), ("17", false), ("common", true)] {
            let bin = root.path().join(version).join("bin");
            fs::create_dir_all(&bin).unwrap();
            if complete {
                fs::write(bin.join("postgres"), "").unwrap();
            }
        }
        assert_eq!(newest(root.path()), Some(root.path().join("15/bin")));
        assert_eq!(newest(&root.path().join("absent")), None);
    }

    #[test]
    fn the_server_gets_an_account_that_is_not_root() {
        let passwd = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104:a,,:/:/bin/sh\n";
        let ids = |text: &str| account(text).map(|account| (account.uid, account.gid)).ok();
        assert_eq!(ids(passwd), Some((101, 104)));
        assert_eq!(ids(passwd.split("postgres").next().unwrap()), Some((65534, 65533)));
        assert_eq!(ids("root:x:0:0::/:/bin/sh\n"), None);
    }

    #[test]
    fn passwords_are_long_and_differ() {
        let (a, b) = (password().unwrap(), password().unwrap());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}
