//! The benchmark: the delivered program, run as a process of its own on this machine, beside the limits of the machine
//! that bound it; and the classifier. `cargo xtask bench ingest` and `cargo xtask bench classify` build it and start it.
//!
//! - Every figure is the median of several runs, with the least and the most beside it.
//! - An answer counts only if the store still holds the ticket after the process was killed.
//! - The load shares the machine with what it loads, so it is kept cheap: raw connections, requests made beforehand.
//!
//! Deliberately absent: a verdict. A missed floor is printed and changes no exit code, because the machine may be busy
//! with something else; only a benchmark that could not be carried out fails.

mod classify;
mod corridor;
mod database;
mod deployment;
mod ingest;
mod limits;
mod load;
mod machine;
mod report;
mod seeding;
mod service;
mod standing;
mod tickets;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{path::PathBuf, process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

use database::Postgres;
use report::Report;

#[derive(Parser)]
#[command(name = "countersign-bench", about = "Measures Countersign beside the limits of this machine")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Taking tickets in, and the whole corridor
    Ingest(Options),
    /// The embedded classifier
    Classify(classify::Options),
    /// Starts the classifier and says how long it took
    #[command(hide = true)]
    ClassifierStart {
        /// With so many runbooks of one's own
        #[arg(long)]
        runbooks: usize,
    },
    /// The limit of answering alone: reads every body, answers 200, keeps nothing. Says where it listens.
    #[command(hide = true)]
    EmptyPost,
}

/// What can be chosen.
#[derive(Args)]
struct Options {
    /// One run of one second each: shows that everything works, and little more
    #[arg(long)]
    short: bool,
    /// End with one line of JSON that holds every figure
    #[arg(long)]
    json: bool,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
    /// The program [default: `countersign` beside this one]
    #[arg(long, env = "COUNTERSIGN_BIN", value_name = "FILE")]
    program: Option<PathBuf>,
    /// A folder on the disk that is measured [default: the folder of this program]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// A PostgreSQL server that syncs to disk, as its superuser; a database is made there for each measurement
    #[arg(long, env = "COUNTERSIGN_BENCH_POSTGRES", hide_env_values = true, value_name = "URL")]
    postgres: Option<String>,
}

/// The parts of the benchmark, in the order they are measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What the machine can do at most
    Limits,
    /// Taking tickets in, on SQLite
    Sqlite,
    /// Taking tickets in, on PostgreSQL
    Postgres,
    /// Memory and time to start
    Standing,
    /// From ingest to note
    Corridor,
}

/// What every part works with.
struct Stage {
    program: PathBuf,
    folder: PathBuf,
    postgres: Option<Postgres>,
    runs: u32,
    /// How long one run of one measurement lasts.
    time: Duration,
    short: bool,
}

impl Stage {
    fn new(options: &Options) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("where this program stands is not known")?;
        let beside = own.parent().context("this program stands in no folder")?;
        let program = options.program.clone().unwrap_or_else(|| beside.join("countersign"));
        if !program.is_file() {
            bail!("{} is not there: run `cargo xtask bench ingest`, which builds it", program.display());
        }
        let folder = options.folder.clone().unwrap_or_else(|| beside.to_owned());
        let (runs, time) = if options.short { (1, Duration::from_secs(1)) } else { (3, Duration::from_secs(3)) };
        let postgres = options.postgres.as_deref().map(Postgres::at).transpose()?;
        Ok(Self { program, folder, postgres, runs, time, short: options.short })
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Ingest(options) => on_runtime(|| measure_ingest(options)),
        Task::EmptyPost => on_runtime(limits::serve_empty_post),
        Task::Classify(options) => classify::run(&options),
        Task::ClassifierStart { runbooks } => classify::once(runbooks),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("countersign-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Carries a task out unless a signal ends it: then what was started is ended with it.
fn on_runtime<F: Future<Output = anyhow::Result<()>>>(task: impl FnOnce() -> F) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminated.recv() => bail!("told to stop"),
            interrupted = tokio::signal::ctrl_c() => { interrupted?; bail!("interrupted") }
            outcome = task() => outcome,
        }
    })
}

async fn measure_ingest(options: Options) -> anyhow::Result<()> {
    let stage = Stage::new(&options)?;
    let mut report = Report::default();
    report.remark(machine::standing());
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
        eprintln!("==> {}", part.says());
        let outcome = match part {
            Part::Limits => limits::measure(&stage, &mut report).await,
            Part::Sqlite => ingest::measure_sqlite(&stage, &mut report).await,
            Part::Postgres => ingest::measure_postgres(&stage, &mut report).await,
            Part::Standing => standing::measure(&stage, &mut report).await,
            Part::Corridor => corridor::measure(&stage, &mut report).await,
        };
        // The other parts still have something to say.
        if let Err(error) = outcome {
            report.fail(format!("{}: {error:#}", part.says()));
        }
    }
    print!("{}", report.table());
    if options.json {
        println!("{}", report.json());
    }
    if report.failed() { bail!("not every part could be measured") } else { Ok(()) }
}

impl Part {
    fn says(self) -> &'static str {
        match self {
            Self::Limits => "the limits of this machine",
            Self::Sqlite => "durable ingest on SQLite",
            Self::Postgres => "durable ingest on PostgreSQL",
            Self::Standing => "memory and time to start",
            Self::Corridor => "the whole corridor, ingest to note",
        }
    }
}
