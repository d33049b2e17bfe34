//! The tasks of this workspace: `cargo xtask check`, `cargo xtask test`, `cargo xtask bench` and `cargo xtask train`.
//!
//! `check` reports everything that is wrong, never only the first thing. `test` brings up what the tests need, stops
//! all of it again, and leaves nothing running. The rules are data where they can be: `layers.toml` says who may depend
//! on whom, `requirements.toml` which package's tests need which server.
//!
//! Deliberately absent: any crate of the product. A task must still run, and tell what is wrong, while the product does
//! not build.

mod bench;
mod check;
mod process;
mod provide;
mod test;
mod train;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::process::Interrupts;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of the Countersign workspace", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Hold the workspace against its rules: layers, manifests, sizes, headers, words, format, lints, licences
    Check(check::Options),
    /// Run all tests, with everything they need brought up first and stopped afterwards
    Test(test::Options),
    /// Measure the delivered program beside the limits of this machine
    Bench(bench::Options),
    /// Make the classifier's model and its figures from the labelled tickets
    Train(train::Options),
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    let interrupts = match Interrupts::watch() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            eprintln!("xtask: cannot watch for Ctrl-C: {error}");
            return ExitCode::FAILURE;
        }
    };
    let passed = match task {
        Task::Check(options) => check::run(&options, &interrupts),
        Task::Test(options) => test::run(&options, &interrupts),
        Task::Bench(options) => bench::run(&options, &interrupts),
        Task::Train(options) => train::run(&options, &interrupts),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) if interrupts.received().is_some() => {
            eprintln!("xtask: interrupted; everything that was started has been stopped");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
