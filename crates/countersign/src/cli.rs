//! The command line.

use clap::{
    Args, Parser, Subcommand,
    error::{ContextKind, ContextValue, Error},
};
use countersign_domain::shown::shown;
use std::{net::SocketAddr, path::PathBuf};

/// How much of an argument is repeated where it is no good.
const SHOWN: usize = 60;

/// A refusal of the command line without what may be a secret in the wrong place: terminals are recorded, and what runs
/// unattended ends in somebody's log.
pub(crate) fn presentable(mut error: Error) -> Error {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let Some(ContextValue::String(given)) = error.get(kind) else { continue };
        let repeated = shown(given, SHOWN);
        if repeated != *given {
            error.insert(kind, ContextValue::String(repeated));
            error.remove(ContextKind::Suggested);
        }
    }
    error
}

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
        /// Start without starting any step: everything is paused, until `countersign resume`. After a restored backup, say.
        #[arg(long)]
        paused: bool,
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
    /// Validate a configuration and verify every connection: credentials, permissions missing and in excess, the channel,
    /// clocks, the store.
    Check {
        /// Where.
        #[command(flatten)]
        at: At,
        /// Post a harmless card whose click must come back to the running service.
        #[arg(long)]
        card: bool,
        /// Fetch this ticket and write a test note to it.
        #[arg(long, value_name = "ID")]
        ticket: Option<String>,
    },
    /// Print what to paste at a vendor's for the enabled runbooks, with links.
    #[command(subcommand)]
    Setup(SetupCommand),
    /// Copy a SQLite store while the service runs.
    Backup {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where the copy goes; it must not be there yet.
        file: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The kill switch: no step starts; intake, cards and notes go on. Needs the store and no vendor's secret; makes none.
    Pause {
        /// What.
        #[command(flatten)]
        switch: SwitchArgs,
        /// Why: stands on the cards and in the ledger.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let steps start again.
    Resume {
        /// What.
        #[command(flatten)]
        switch: SwitchArgs,
    },
    /// What waits and why; plan again, give up.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Bodies from which no ticket could be had.
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Make, list or revoke API keys; the first one makes the store.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Classify tickets: JSON lines on stdin, JSON lines on stdout. No server and no configuration needed.
    Classify(ClassifyArgs),
    /// Show what would be done about a ticket. Executes nothing, posts nothing.
    Plan {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// A ticket in a file: {"subject","description","requesterEmail"}.
        #[arg(long, value_name = "FILE", required_unless_present = "ticket_id", conflicts_with = "ticket_id")]
        ticket: Option<PathBuf>,
        /// A ticket at the desk, by its number.
        #[arg(long, value_name = "ID")]
        ticket_id: Option<String>,
        /// The desk, where the organisation has several.
        #[arg(long)]
        desk: Option<String>,
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

/// Where a command looks, and how it answers.
#[derive(Args)]
pub(crate) struct At {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The organisation, where the configuration has several.
    #[arg(long)]
    pub(crate) org: Option<String>,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What the kill switch is thrown for.
#[derive(Args)]
pub(crate) struct SwitchArgs {
    /// Where.
    #[command(flatten)]
    pub(crate) at: At,
    /// One runbook alone, by its id.
    #[arg(long, value_name = "ID")]
    pub(crate) runbook: Option<String>,
}

/// Whether tickets are classified, or past decisions are looked at.
#[derive(Args)]
pub(crate) struct ClassifyArgs {
    /// Classify nothing: say how sure the classifier was of the runs that people decided, and which floors their decisions
    /// suggest. Changes nothing.
    #[arg(long, requires = "config")]
    pub(crate) report: bool,
    /// The configuration file, for the report.
    #[arg(long, value_name = "FILE", requires = "report")]
    pub(crate) config: Option<PathBuf>,
    /// The organisation, where the configuration has several.
    #[arg(long, requires = "report")]
    pub(crate) org: Option<String>,
    /// The share of cards that are to be approved, from 0.5 to 0.999.
    #[arg(long, value_name = "SHARE", default_value_t = 0.97, value_parser = precision, requires = "report")]
    pub(crate) precision: f64,
    /// Runs taken in within this time alone, for example 30d.
    #[arg(long, value_name = "DURATION", requires = "report")]
    pub(crate) since: Option<String>,
    /// Answer as JSON.
    #[arg(long, requires = "report")]
    pub(crate) json: bool,
}

fn precision(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.5..=0.999).contains(share)).ok_or_else(|| {
        "expected a number from 0.5 to 0.999: no number of decisions shows that all will be approved".to_owned()
    })
}

/// What to set up.
#[derive(Subcommand)]
pub(crate) enum SetupCommand {
    /// An app manifest, and the link that opens Slack's create page with it.
    Slack(SetupArgs),
    /// The application permissions, a script, and the admin-consent link.
    Entra(SetupArgs),
    /// The custom admin role, the resource set, the scopes and the API service app.
    Okta(SetupArgs),
    /// The agent's role and the Automator rule, header and body included.
    Freshservice(SetupArgs),
}

/// For which configuration.
#[derive(Args)]
pub(crate) struct SetupArgs {
    /// The configuration file; left out, everything that the built-in runbooks need is printed.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The organisation, where the configuration has several.
    #[arg(long)]
    pub(crate) org: Option<String>,
}

/// What to do with runs.
#[derive(Subcommand)]
pub(crate) enum RunsCommand {
    /// List runs, newest first.
    List {
        /// Where.
        #[command(flatten)]
        at: At,
        /// In this state, for example awaiting_approval.
        #[arg(long)]
        status: Option<String>,
        /// With this intent.
        #[arg(long)]
        intent: Option<String>,
        /// Of this desk.
        #[arg(long)]
        desk: Option<String>,
        /// Left alone for this reason, for example below_floor.
        #[arg(long)]
        reason: Option<String>,
        /// What live mode would have asked, with the would-be cards a day by runbook.
        #[arg(long, conflicts_with_all = ["status", "reason"])]
        shadow: bool,
        /// Taken in within this time, for example 7d.
        #[arg(long, value_name = "DURATION")]
        since: Option<String>,
        /// How many are listed.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Tell a run's whole story: why it is as it is, and what now.
    Show {
        /// Where.
        #[command(flatten)]
        at: At,
        /// The run.
        run: String,
    },
    /// Plan a run again; its present plan can no longer be decided.
    Replan {
        /// Where.
        #[command(flatten)]
        at: At,
        /// The run.
        run: String,
        /// What the ticket asks for, where that is not what was understood.
        #[arg(long)]
        intent: Option<String>,
        /// Who says so: mail:name@example.com. They cannot approve what comes of it.
        #[arg(long)]
        person: Option<String>,
    },
    /// Give a run up.
    Cancel {
        /// Where.
        #[command(flatten)]
        at: At,
        /// The run.
        run: String,
    },
}

/// What to do with what was set aside.
#[derive(Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List what was set aside and not replayed.
    List {
        /// Where.
        #[command(flatten)]
        at: At,
    },
    /// Show a body as it came.
    Show {
        /// Where.
        #[command(flatten)]
        at: At,
        /// Its id.
        id: String,
    },
    /// Take a body in again.
    Replay {
        /// Where.
        #[command(flatten)]
        at: At,
        /// Its id.
        id: String,
        /// The ticket's number, where the body itself does not say.
        #[arg(long, value_name = "ID")]
        ticket: Option<String>,
    },
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
