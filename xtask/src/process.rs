//! Running other programs so that Ctrl-C, or a CI that stops the job, never leaves one behind.
//!
//! Every wait in this crate goes through [`Interrupts`]: a signal ends the wait with an error, the error unwinds, and
//! the `Drop` of each server stops it.

use std::ffi::OsStr;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a running program is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// Looks at a program after a Ctrl-C, which a terminal sends to the program as well, before it is told to end.
const PATIENCE: u32 = 60;

/// The signals that ask this process to end, remembered until somebody looks.
pub(crate) struct Interrupts {
    received: Arc<AtomicUsize>,
}

/// What a program said, and whether it succeeded.
pub(crate) struct Captured {
    pub(crate) success: bool,
    /// Its standard output and standard error as they came.
    pub(crate) text: String,
}

impl Interrupts {
    /// From here on the signals are remembered and no longer end this process.
    pub(crate) fn watch() -> Result<Self> {
        let received = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register_usize(signal, Arc::clone(&received), usize::try_from(signal)?)?;
        }
        Ok(Self { received })
    }

    /// The last signal that arrived, if any.
    pub(crate) fn received(&self) -> Option<usize> {
        match self.received.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// An error once a signal has arrived.
    pub(crate) fn check(&self) -> Result<()> {
        match self.received() {
            Some(signal) => bail!("interrupted by signal {signal}"),
            None => Ok(()),
        }
    }

    /// Runs a program to its end, with its output where this process has its own.
    pub(crate) fn run(&self, command: &mut Command) -> Result<ExitStatus> {
        self.check()?;
        let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
        let status = self.wait(&mut child)?;
        self.check()?;
        Ok(status)
    }

    /// Runs a program to its end; an error that names it unless it succeeds.
    pub(crate) fn run_ok(&self, command: &mut Command) -> Result<()> {
        let status = self.run(command)?;
        if !status.success() {
            bail!("{} failed ({status})", shown(command));
        }
        Ok(())
    }

    /// Runs a program to its end and keeps what it says.
    pub(crate) fn capture(&self, command: &mut Command) -> Result<Captured> {
        let mut output = tempfile::tempfile().context("cannot create a temporary file")?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
        let status = self.run(command)?;
        let mut bytes = Vec::new();
        output.rewind()?;
        output.read_to_end(&mut bytes)?;
        Ok(Captured { success: status.success(), text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus> {
        let mut looks = 0;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if let Some(signal) = self.received() {
                let at_once = usize::try_from(SIGINT)? != signal;
                if looks == if at_once { 0 } else { PATIENCE } {
                    // It may have ended since it was looked at; then there is nobody to tell.
                    let _ = kill_process(Pid::from_child(child), Signal::TERM);
                }
                looks += 1;
            }
            sleep(POLL);
        }
    }
}

/// Where a program is found on the search path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// The command as a person would type it, for messages.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_output_holds_both_streams() {
        let interrupts = Interrupts::watch().unwrap();
        let captured = interrupts.capture(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap();
        assert!(!captured.success);
        assert_eq!(captured.text, "out\nerr\n");
    }

    #[test]
    fn a_failed_command_is_named() {
        let interrupts = Interrupts::watch().unwrap();
        let error = interrupts.run_ok(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.to_string().starts_with("sh -c exit 3 failed"), "{error}");
    }

    #[test]
    fn nothing_starts_after_an_interruption() {
        let interrupts = Interrupts { received: Arc::new(AtomicUsize::new(15)) };
        assert!(interrupts.run(&mut Command::new("true")).is_err());
    }

    #[test]
    fn a_running_program_is_told_to_end() {
        let received = Arc::new(AtomicUsize::new(0));
        let interrupts = Interrupts { received: Arc::clone(&received) };
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        received.store(15, Ordering::SeqCst);
        let status = interrupts.wait(&mut child).unwrap();
        assert!(!status.success());
    }
}
