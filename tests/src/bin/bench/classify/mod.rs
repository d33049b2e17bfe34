//! The embedded classifier: a public benchmark of intents, the time for one ticket, what it weighs and takes to start,
//! and how right it is on tickets that were held out.

mod clinc;
mod held_out;
mod speed;
mod start;

use clap::{Args, ValueEnum};
use std::path::PathBuf;

use crate::{machine, report::Report};

pub(crate) use start::once;

/// What can be chosen.
#[derive(Args)]
pub(crate) struct Options {
    /// One run of each: shows that everything works, and little more
    #[arg(long)]
    short: bool,
    /// End with one line of JSON that holds every figure
    #[arg(long)]
    json: bool,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
    /// The folder with `datasets/clinc150` and `tickets` [default: `shared` beside the checkout]
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"), hide_default_value = true)]
    shared: PathBuf,
}

/// The parts, in the order they are measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CLINC150 beside the table of its paper
    Clinc150,
    /// The time for one ticket
    Ticket,
    /// Bytes and time to start
    Start,
    /// How right it is on held-out tickets and on the samples
    HeldOut,
}

impl Part {
    fn says(self) -> &'static str {
        match self {
            Self::Clinc150 => "CLINC150 beside the table of its paper",
            Self::Ticket => "the time for one ticket",
            Self::Start => "bytes and time to start",
            Self::HeldOut => "held-out tickets (this trains the model anew many times)",
        }
    }
}

/// Measures the classifier and prints what came of it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let runs = if options.short { 1 } else { 3 };
    let mut report = Report::default();
    report.remark(machine::standing());
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
        eprintln!("==> {}", part.says());
        let outcome = match part {
            Part::Clinc150 => clinc::measure(&options.shared, runs, &mut report),
            Part::Ticket => speed::measure(runs, &mut report),
            Part::Start => start::measure(runs, &mut report),
            Part::HeldOut => held_out::measure(&options.shared, &mut report),
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
    if report.failed() { anyhow::bail!("not every part could be measured") } else { Ok(()) }
}
