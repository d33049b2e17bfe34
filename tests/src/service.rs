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
const LISTENS: &str = "listens on http://";

/// How much of the log is shown when a test failed, in lines.
const SHOWN: usize = 80;

/// A running service. It is killed when this is dropped, and its log's end is printed for whoever looks into a failure.
pub struct Service {
    child: Child,
    log: PathBuf,
    /// `host:port`.
    pub addr: String,
}

impl Service {
    /// Starts `serve` and waits until it says where it listens.
    pub(crate) async fn start(
        program: &Path,
        environment: &BTreeMap<String, String>,
        config: &Path,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        let begin = file.metadata()?.len();
        let child = Command::new(program)
            .args(["serve", "--config"])
            .arg(config)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let mut service = Self { child, log: log.to_owned(), addr: String::new() };
        let addr = until("the service says where it listens", async || {
            let said = read_from(log, begin)?;
            if let Some(status) = service.child.try_wait()? {
                bail!("the service ended ({status}):\n{said}");
            }
            let place = said.lines().find_map(|line| line.split_once(LISTENS));
            Ok(place.map(|(_, addr)| addr.trim().to_owned()))
        })
        .await?;
        service.addr = addr;
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
