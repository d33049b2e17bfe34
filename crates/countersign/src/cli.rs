//! The command line.

use clap::{Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// The approval-gated system of action behind an IT service desk.
#[derive(Parser)]
#[command(name = "countersign", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Try everything: a SQLite file, a sandbox that plays Freshservice, Slack, Okta and Graph, sample tickets.
    Demo {
        /// Play the approver too, show each stage, verify the ledger and exit.
        #[arg(long)]
        script: bool,
        /// End with one line of JSON that sums up what happened (with --script).
        #[arg(long, requires = "script")]
        json: bool,
    },
    /// Run the service.
    Serve {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Run the fake vendors alone, and print a configuration that points `serve` at them.
    Sandbox {
        /// Where to listen.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
        /// Where the service will listen, for webhooks and clicks.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
        service: String,
        /// Enforce the vendors' documented request rates.
        #[arg(long)]
        enforce_rate_limits: bool,
    },
    /// Validate a configuration and ask every connection who we are.
    Check {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make, list or revoke API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Classify tickets: JSON lines on stdin, JSON lines on stdout. No server and no configuration needed.
    Classify,
    /// Show what would be done about a ticket. Executes nothing, posts nothing.
    Plan {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// A ticket: {"subject","description","requesterEmail"}.
        #[arg(long, value_name = "FILE")]
        ticket: PathBuf,
        /// The organisation, where the configuration has several.
        #[arg(long)]
        org: Option<String>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check or export an organisation's ledger.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// List the catalogue, or check a runbook file.
    #[command(subcommand)]
    Runbook(RunbookCommand),
}

/// What to do with keys.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key. It is shown once.
    Create {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The organisation, where the configuration has several.
        #[arg(long)]
        org: Option<String>,
        /// The key's name.
        #[arg(long)]
        name: String,
        /// A scope; several with commas or by repeating.
        #[arg(long = "scope", value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// The person the key decides as: mail:name@example.com. Needed for run:decide.
        #[arg(long)]
        person: Option<String>,
        /// The desk whose tickets the key submits; left out, the body's `source` says.
        #[arg(long)]
        desk: Option<String>,
        /// When it stops working by itself, for example 90d.
        #[arg(long, value_name = "DURATION")]
        expires_after: Option<String>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List keys, without their secrets.
    List {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key. It stops working at once.
    Revoke {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The key's id, as `key list` shows it.
        key: String,
    },
}

/// What to do with the ledger.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Verify the chain, of a store or of an export.
    Verify {
        /// The configuration file whose store is verified.
        #[arg(long, value_name = "FILE", required_unless_present = "export", conflicts_with = "export")]
        config: Option<PathBuf>,
        /// An export to verify, offline.
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        /// The organisation; left out: every one in the store.
        #[arg(long)]
        org: Option<String>,
        /// A head known from elsewhere, SEQ:HASH: the ledger must reach it unchanged.
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the whole chain as JSON lines to stdout or a file.
    Export {
        /// The configuration file whose store is exported.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The organisation, where the configuration has several.
        #[arg(long)]
        org: Option<String>,
        /// Where to; left out: stdout.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// What to do with runbooks.
#[derive(Subcommand)]
pub(crate) enum RunbookCommand {
    /// List the catalogue.
    List {
        /// A configuration whose own runbooks are listed too.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check a runbook file.
    Check {
        /// The file.
        file: PathBuf,
    },
}
