//! The program as a process.

use anyhow::{Context, bail};
use std::{
    fs::{File, read_to_string},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use tokio::process::Child;

use crate::{deployment::Deployment, load::Wire, machine::now, tickets::get};

/// How long the program may take to start before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is asked whether it is ready.
const GLANCE: Duration = Duration::from_millis(2);

/// A running service; killed when dropped.
pub(crate) struct Service {
    child: Child,
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    /// From its start to its first `/readyz` of 200, in seconds.
    pub(crate) ready: f64,
}

impl Service {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(deployment: &Deployment) -> anyhow::Result<Self> {
        let log = deployment.folder().join("service.log");
        let file = File::options().create(true).append(true).open(&log)?;
        let mut command = deployment.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let begun = now();
        let mut child = command.spawn().context("the program cannot be started")?;
        while !is_ready(deployment.addr).await {
            if let Some(status) = child.try_wait()? {
                bail!("the service ended while starting ({status}): {}", end_of(&log));
            }
            if now().duration_since(begun) > PATIENCE {
                bail!("the service did not get ready: {}", end_of(&log));
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(Self { child, addr: deployment.addr, ready: now().duration_since(begun).as_secs_f64() })
    }

    /// Its resident memory, in MiB.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        let process = self.child.id().context("the service has ended")?;
        let status = read_to_string(format!("/proc/{process}/status")).context("its memory cannot be read")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: Option<f64> = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
        Ok(kibibytes.context("/proc shows no VmRSS")? / 1_024.0)
    }

    /// Processor time it has used since its start, in seconds. Unlike a rate it hardly depends on what else the machine
    /// does.
    pub(crate) fn busy(&self) -> anyhow::Result<f64> {
        let process = self.child.id().context("the service has ended")?;
        let stat = read_to_string(format!("/proc/{process}/stat")).context("its processor time cannot be read")?;
        // The program's name may hold anything, so fields are counted behind its closing parenthesis: there, the 12th
        // and 13th are the ticks in user mode and in the kernel (proc(5)), always 100 a second for readers.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        anyhow::ensure!(ticks.len() == 2, "/proc shows no processor time");
        Ok(ticks.iter().sum::<f64>() / 100.0)
    }

    /// Ends it as a power cut would.
    pub(crate) async fn cut(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

async fn is_ready(addr: SocketAddr) -> bool {
    let Ok(mut wire) = Wire::to(addr).await else { return false };
    wire.call(&get("/readyz", "none")).await.is_ok_and(|reply| reply.status == 200)
}

fn end_of(log: &PathBuf) -> String {
    let text = read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
