//! The program's command line.

use anyhow::{Context, ensure};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

/// What a command came to.
#[derive(Debug)]
pub struct Said {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// The lines of standard output as JSON.
    ///
    /// # Errors
    /// A line that is not JSON.
    pub fn lines(&self) -> anyhow::Result<Vec<Value>> {
        self.out.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))).collect()
    }

    /// Itself, where the command succeeded.
    ///
    /// # Errors
    /// It did not; what it said.
    pub fn well(self) -> anyhow::Result<Self> {
        ensure!(self.code == 0, "exit code {}\n{}\n{}", self.code, self.out, self.err);
        Ok(self)
    }
}

/// Runs the program to its end, in an environment that holds `environment` and nothing else.
pub(crate) async fn run(
    program: &Path,
    environment: &BTreeMap<String, String>,
    arguments: &[&str],
    input: &str,
) -> anyhow::Result<Said> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input may be gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await?;
    Ok(Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
