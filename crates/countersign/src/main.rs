//! The Countersign binary: reads the command line and hands over.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.

mod approvers;
mod classifier;
mod cli;
mod clock;
mod commands;
mod config;
mod connections;
mod demo;
mod ids;
mod listeners;
mod service;
mod telemetry;

use clap::Parser;
use std::{io::Write, process::ExitCode};

use cli::{Cli, Command};

/// How a command failed.
pub(crate) enum Failure {
    /// The configuration is no good: exit code 64.
    Configuration(String),
    /// What was asked makes no sense: exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Failure {
    /// A configuration that is no good in a way that its file alone does not show.
    pub(crate) fn configuration(error: &anyhow::Error) -> Self {
        Self::Configuration(chain(error))
    }

    /// The exit code.
    fn code(&self) -> u8 {
        match self {
            Self::Configuration(_) => 64,
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }

    /// What the person at the terminal reads.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Configuration(text) | Self::Usage(text) => text,
            Self::Failed(error) => chain(&error),
        }
    }

    /// As an error, for where only errors are returned.
    pub(crate) fn into_error(self) -> anyhow::Error {
        match self {
            Self::Configuration(text) | Self::Usage(text) => anyhow::anyhow!(text),
            Self::Failed(error) => error,
        }
    }
}

/// What a command returns.
pub(crate) type Outcome = Result<(), Failure>;

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| cli::presentable(error).exit());
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(Failure::Failed(error.into())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = failure.code();
            let _ = writeln!(std::io::stderr(), "countersign: {}", failure.text());
            ExitCode::from(code)
        }
    }
}

/// An error with its causes, each said once.
fn chain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn run(command: Command) -> Outcome {
    match command {
        Command::Demo { script, json } => demo::run(script, json).await,
        Command::Serve { config, paused } => commands::serve::run(&config, paused).await,
        Command::Sandbox { listen, service, enforce_rate_limits } => {
            commands::sandbox::run(listen, &service, enforce_rate_limits).await
        }
        Command::Check { at, card, ticket } => commands::check::run(&at, card, ticket.as_deref()).await,
        Command::Setup(command) => commands::setup::run(command),
        Command::Backup { config, file, json } => commands::backup::run(&config, &file, json).await,
        Command::Pause { switch, reason } => commands::switch::pause(switch, reason).await,
        Command::Resume { switch } => commands::switch::resume(switch).await,
        Command::Runs(command) => commands::runs::run(command).await,
        Command::Quarantine(command) => commands::quarantine::run(command).await,
        Command::Key(command) => commands::key::run(command).await,
        Command::Classify(args) => commands::classify::run(args).await,
        Command::Plan { config, ticket, ticket_id, desk, org, json } => {
            let asked = commands::plan::Asked { file: ticket, ticket_id, desk };
            commands::plan::run(&config, asked, org.as_deref(), json).await
        }
        Command::Ledger(command) => commands::ledger::run(command).await,
        Command::Runbook(command) => commands::runbook::run(command),
    }
}
