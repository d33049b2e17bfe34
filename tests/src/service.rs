//! The service as a process.

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::patience::until;

/// How the service says where it listens.
const LISTENS: &str = "listens on ";

/// How the service says where administrators reach it, where they have an address of their own.
const SERVED: &str = "Everything but tickets and webhooks is served on ";

/// How much of the log is shown when a test failed, in lines.
const SHOWN: usize = 80;

/// A running service. It is killed when this is dropped, and its log's end is printed for whoever looks into a failure.
pub struct Service {
    child: Child,
    log: PathBuf,
    /// `host:port`.
    pub addr: String,
    /// Scheme, host and port.
    pub base: String,
    /// Scheme, host and port of the administrators' own address; the same as `base` where they have none.
    pub admin: String,
}

impl Service {
    /// Starts `serve` with these arguments besides, and waits until it says where it listens.
    pub(crate) async fn start(
        program: &Path,
        environment: &BTreeMap<String, String>,
        (config, arguments): (&Path, &[&str]),
        log: &Path,
    ) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        let begin = file.metadata()?.len();
        let child = Command::new(program)
            .args(["serve", "--config"])
            .arg(config)
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let (addr, base, admin) = (String::new(), String::new(), String::new());
        let mut service = Self { child, log: log.to_owned(), addr, base, admin };
        let apart = std::fs::read_to_string(config)?.contains("\nadmin_listen = ");
        let (base, admin) = until("the service says where it listens", async || {
            let said = read_from(log, begin)?;
            if let Some(status) = service.child.try_wait()? {
                bail!("the service ended ({status}):\n{said}");
            }
            let after = |words: &str| {
                let place = said.lines().find_map(|line| line.split_once(words))?.1;
                Some(place.split(' ').next()?.to_owned())
            };
            let (Some(base), admin) = (after(LISTENS), after(SERVED)) else { return Ok(None) };
            let admin = if apart { admin } else { Some(base.clone()) };
            Ok(admin.map(|admin| (base, admin)))
        })
        .await?;
        service.addr = base.split_once("://").map_or_else(String::new, |(_, addr)| addr.to_owned());
        (service.base, service.admin) = (base, admin);
        Ok(service)
    }

    /// What the service has logged so far, since the first start.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        read_from(&self.log, 0)
    }

    /// The process's number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// The operating system's.
    pub fn cut(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the process to end: SIGTERM.
    ///
    /// # Errors
    /// The operating system's.
    pub fn ask_to_stop(&self) -> anyhow::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), Signal::TERM)?)
    }

    /// Waits until the process has ended by itself.
    ///
    /// # Errors
    /// It did not, in time.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        until("the service ends", async || Ok(self.child.try_wait()?)).await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail where it has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Ok(log) = self.log() {
            let lines: Vec<_> = log.lines().collect();
            println!("--- the end of the service's log");
            for line in &lines[lines.len().saturating_sub(SHOWN)..] {
                println!("{line}");
            }
        }
    }
}

fn read_from(path: &Path, begin: u64) -> anyhow::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
