//! `cargo xtask bench`: builds the program and the benchmark as they are delivered, and runs the one against the other.
//!
//! A PostgreSQL cluster of its own, which syncs to disk, is brought up for the time of the benchmark unless another
//! server is named. A missed floor is part of the table and no failure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::process::Interrupts;
use crate::provide::step;
use crate::test::{Cluster, Durability};
use crate::workspace::{self, Workspace};

/// What can be chosen on the command line.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Taking tickets in, and the whole corridor, beside the limits of this machine
    Ingest(Ingest),
    /// The embedded classifier: CLINC150, time for a ticket, bytes and start, held-out tickets
    Classify(Classify),
}

#[derive(Args)]
struct Classify {
    /// The folder with `datasets/clinc150` and `tickets`; what is not there is left out, and said to be
    /// [default: `shared` beside the checkout]
    #[arg(long, value_name = "DIR")]
    shared: Option<PathBuf>,
    /// What is passed on to the benchmark: `--short`, `--json` (the last line then holds every figure), `--only PART`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "BENCH")]
    bench: Vec<String>,
}

#[derive(Args)]
struct Ingest {
    /// A PostgreSQL server that syncs to disk, as its superuser [default: a cluster that is thrown away afterwards]
    #[arg(long, env = "COUNTERSIGN_BENCH_POSTGRES", hide_env_values = true, value_name = "URL")]
    postgres: Option<String>,
    /// Leave PostgreSQL out
    #[arg(long, conflicts_with = "postgres")]
    no_postgres: bool,
    /// What is passed on to the benchmark: `--short`, `--json` (the last line then holds every figure), `--only PART`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "BENCH")]
    bench: Vec<String>,
}

/// Runs the benchmark; whether it could be carried out.
pub(crate) fn run(options: &Options, interrupts: &Interrupts) -> Result<bool> {
    match &options.subject {
        Subject::Ingest(ingest) => run_ingest(ingest, interrupts),
        Subject::Classify(classify) => run_classify(classify, interrupts),
    }
}

fn run_ingest(ingest: &Ingest, interrupts: &Interrupts) -> Result<bool> {
    let workspace = workspace::read()?;
    build(&[PROGRAM, BENCHMARK], &workspace, interrupts)?;
    let cluster = cluster(ingest, &workspace, interrupts);
    let url = ingest.postgres.as_deref().or(cluster.as_ref().map(Cluster::url));
    let folder = workspace.target.join("bench");
    std::fs::create_dir_all(&folder)?;
    let status = interrupts.run(&mut command(&workspace.target.join("release"), &folder, url, &ingest.bench))?;
    drop(cluster);
    Ok(status.success())
}

fn run_classify(classify: &Classify, interrupts: &Interrupts) -> Result<bool> {
    let workspace = workspace::read()?;
    build(&[BENCHMARK], &workspace, interrupts)?;
    let here = std::env::current_dir().context("the current folder is not known")?;
    let shared = classify.shared.as_ref().map_or_else(|| workspace.root.join("../shared"), |folder| here.join(folder));
    let mut command = classify_command(&workspace.target.join("release"), &shared, &classify.bench);
    Ok(interrupts.run(&mut command)?.success())
}

/// Packages and their binaries.
const PROGRAM: (&str, &str) = ("countersign", "countersign");
const BENCHMARK: (&str, &str) = ("countersign-tests", "countersign-bench");

/// Builds each alone: the program built together with the benchmark could have features that are not delivered.
fn build(binaries: &[(&str, &str)], workspace: &Workspace, interrupts: &Interrupts) -> Result<()> {
    step("what is measured: cargo build --release (this takes minutes the first time)");
    for (package, binary) in binaries {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&workspace.root).args(["build", "--release", "--package", package, "--bin", binary]);
        interrupts.run_ok(&mut cargo)?;
    }
    Ok(())
}

/// The cluster of the benchmark's own, unless it is not wanted or cannot be had: SQLite is measured all the same.
fn cluster(ingest: &Ingest, workspace: &Workspace, interrupts: &Interrupts) -> Option<Cluster> {
    if ingest.postgres.is_some() || ingest.no_postgres {
        return None;
    }
    let logs = workspace.target.join("bench-logs");
    let started = std::fs::create_dir_all(&logs)
        .map_err(anyhow::Error::from)
        .and_then(|()| Cluster::start(&logs, Durability::Synced, interrupts));
    started.inspect_err(|error| step(&format!("POSTGRESQL IS LEFT OUT: {error:#}"))).ok()
}

fn command(release: &Path, folder: &Path, postgres: Option<&str>, arguments: &[String]) -> Command {
    let mut command = Command::new(release.join("countersign-bench"));
    command.arg("ingest").arg("--folder").arg(folder).args(arguments);
    command.env("COUNTERSIGN_BIN", release.join("countersign")).env_remove("COUNTERSIGN_BENCH_POSTGRES");
    if let Some(url) = postgres {
        // Not an argument: it holds a password, and arguments are seen by everybody on the machine.
        command.env("COUNTERSIGN_BENCH_POSTGRES", url);
    }
    command
}

fn classify_command(release: &Path, shared: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(release.join("countersign-bench"));
    command.arg("classify").arg("--shared").arg(shared).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmark_runs_the_delivered_program_and_gets_its_own_arguments() {
        let (release, folder) = (Path::new("/t/release"), Path::new("/t/bench"));
        let command = command(release, folder, Some("postgres://u:p@h/d"), &["--short".to_owned()]);
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words, ["ingest", "--folder", "/t/bench", "--short"]);
        let environment: Vec<_> = command.get_envs().filter_map(|(name, value)| Some((name, value?))).collect();
        assert!(environment.contains(&("COUNTERSIGN_BIN".as_ref(), "/t/release/countersign".as_ref())));
        assert!(environment.contains(&("COUNTERSIGN_BENCH_POSTGRES".as_ref(), "postgres://u:p@h/d".as_ref())));
    }

    #[test]
    fn the_classifier_is_measured_with_the_data_beside_the_checkout() {
        let command =
            classify_command(Path::new("/t/release"), Path::new("/shared"), &["--only".into(), "ticket".into()]);
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words, ["classify", "--shared", "/shared", "--only", "ticket"]);
        assert_eq!(command.get_program(), "/t/release/countersign-bench");
    }

    #[test]
    fn without_a_server_none_is_handed_down() {
        let command = command(Path::new("/t/release"), Path::new("/t/bench"), None, &[]);
        assert!(command.get_envs().all(|(name, value)| name != "COUNTERSIGN_BENCH_POSTGRES" || value.is_none()));
    }
}
