//! A server that lives as long as the tests: its own process group, its log in a file, stopped when dropped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::process::{Interrupts, POLL};

/// Looks at a server that is starting, [`POLL`] apart, before it counts as stuck.
const START_LOOKS: u32 = 1_200;

/// Looks at a server that was asked to stop before it is killed.
const STOP_LOOKS: u32 = 100;

/// How much of a server's log an error shows.
const LOG_LINES: usize = 20;

/// A running server.
pub(super) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
    stop: Signal,
}

impl Server {
    /// Starts a server; `stop` is the signal that makes it end in good order.
    pub(super) fn start(name: &str, command: &mut Command, logs: &Path, stop: Signal) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // A group of its own: Ctrl-C at the terminal reaches this process, which then stops the server in its turn.
        let child = command.process_group(0).spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log, stop })
    }

    /// Waits until the server is ready; an error with the end of its log if it gives up or takes too long.
    pub(super) fn wait_until(&mut self, interrupts: &Interrupts, mut ready: impl FnMut() -> bool) -> Result<()> {
        for _ in 0..START_LOOKS {
            interrupts.check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended while starting ({status}); {}", self.name, self.end_of_log());
            }
            if ready() {
                return Ok(());
            }
            sleep(POLL);
        }
        bail!("{} did not get ready; {}", self.name, self.end_of_log());
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        format!("the end of {}:\n{end}", self.log.display())
    }

    fn ended_within(&mut self, looks: u32) -> bool {
        for _ in 0..looks {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            sleep(POLL);
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let group = Pid::from_child(&self.child);
        // Whether a signal arrives is seen by whether the server ends.
        let _ = kill_process_group(group, self.stop);
        if !self.ended_within(STOP_LOOKS) {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Ports that are free now, all different. They are given back before the servers take them, so another program could
/// be faster; then that server's log says so.
pub(super) fn free_ports(count: usize) -> Result<Vec<u16>> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// Whether something speaks HTTP on a local port, whatever it answers.
pub(super) fn speaks_http(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/")
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process_group;

    use super::*;

    fn start(script: &str, logs: &Path) -> Server {
        Server::start("probe", Command::new("sh").args(["-c", script]), logs, Signal::TERM).unwrap()
    }

    #[test]
    fn dropping_a_server_stops_it_and_what_it_started() {
        let logs = tempfile::tempdir().unwrap();
        let server = start("sleep 600 & wait", logs.path());
        let group = Pid::from_child(&server.child);
        assert!(test_kill_process_group(group).is_ok());
        drop(server);
        // The grandchild may wait a moment for its new parent to take note of its end; it is no longer running.
        let interrupts = Interrupts::watch().unwrap();
        let mut look = Server::start("look", Command::new("sleep").arg("600"), logs.path(), Signal::TERM).unwrap();
        look.wait_until(&interrupts, || test_kill_process_group(group).is_err()).unwrap();
    }

    #[test]
    fn a_server_that_gives_up_is_an_error_with_its_log() {
        let logs = tempfile::tempdir().unwrap();
        let mut server = start("echo no such file; exit 1", logs.path());
        let interrupts = Interrupts::watch().unwrap();
        let error = server.wait_until(&interrupts, || false).unwrap_err().to_string();
        assert!(error.contains("ended while starting") && error.contains("no such file"), "{error}");
    }

    #[test]
    fn free_ports_differ() {
        let mut ports = free_ports(8).unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 8);
    }

    #[test]
    fn only_an_http_answer_counts_as_ready() {
        for (answer, speaks) in [("HTTP/1.1 404 Not Found\r\n\r\n", true), ("SSH-2.0-x\r\n", false)] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 5];
                stream.read_exact(&mut request).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(speaks_http(port), speaks, "{answer}");
            server.join().unwrap();
        }
    }

    #[test]
    fn a_closed_port_does_not_speak_http() {
        assert!(!speaks_http(free_ports(1).unwrap()[0]));
    }
}
