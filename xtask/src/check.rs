//! `cargo xtask check`: every rule of the house that a machine can hold.
//!
//! All rules run, whatever the ones before said, and each names all its offenders.

mod headers;
mod layers;
mod manifests;
mod sizes;
mod tools;
mod words;

use std::io::Write;

use anyhow::Result;
use clap::Args;

use crate::process::Interrupts;
use crate::workspace::{self, Workspace};

/// What can be chosen on the command line.
#[derive(Args)]
pub(crate) struct Options {
    /// Also look up security advisories, which needs the network
    #[arg(long)]
    online: bool,
}

/// How one rule came out.
pub(crate) struct Outcome {
    /// Every violation, one a line (an offender may have further, indented lines).
    offenders: Vec<String>,
    /// What was looked at, for the line that says it is well.
    note: String,
}

impl Outcome {
    fn new(note: impl Into<String>, offenders: Vec<String>) -> Self {
        Self { offenders, note: note.into() }
    }
}

/// Everything a rule may look at.
struct Subject<'a> {
    workspace: &'a Workspace,
    texts: &'a [(String, String)],
    options: &'a Options,
    interrupts: &'a Interrupts,
}

type Rule = fn(&Subject<'_>) -> Result<Outcome>;

/// The rules in the order they are reported: what is quick to say first.
const RULES: [(&str, Rule); 8] = [
    ("layers", layers::check),
    ("manifests", manifests::check),
    ("sizes", sizes::check),
    ("headers", headers::check),
    ("words", words::check),
    ("format", tools::format),
    ("clippy", tools::clippy),
    ("deny", tools::deny),
];

/// Runs every rule; whether all of them hold.
pub(crate) fn run(options: &Options, interrupts: &Interrupts) -> Result<bool> {
    let workspace = workspace::read()?;
    let texts = workspace.texts()?;
    let subject = Subject { workspace: &workspace, texts: &texts, options, interrupts };
    let mut failed = Vec::new();
    for (name, rule) in RULES {
        print!("{name:<10} ");
        std::io::stdout().flush()?;
        let outcome = rule(&subject).unwrap_or_else(|error| Outcome::new("", vec![format!("{error:#}")]));
        interrupts.check()?;
        println!("{}", report(&outcome));
        if !outcome.offenders.is_empty() {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        println!("check: all {} rules hold", RULES.len());
    } else {
        println!("check: {} of {} rules failed: {}", failed.len(), RULES.len(), failed.join(", "));
    }
    Ok(failed.is_empty())
}

fn report(outcome: &Outcome) -> String {
    if outcome.offenders.is_empty() {
        return format!("ok      {}", outcome.note);
    }
    let mut text = match outcome.offenders.len() {
        1 => "FAILED  1 offender".to_owned(),
        count => format!("FAILED  {count} offenders"),
    };
    for line in outcome.offenders.iter().flat_map(|offender| offender.lines()) {
        text.push_str("\n    ");
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_every_offender() {
        let outcome = Outcome::new("", vec!["a.rs:1 first".to_owned(), "b.rs:2 second\n  more".to_owned()]);
        assert_eq!(report(&outcome), "FAILED  2 offenders\n    a.rs:1 first\n    b.rs:2 second\n      more");
    }

    #[test]
    fn a_report_without_offenders_says_what_was_looked_at() {
        assert_eq!(report(&Outcome::new("3 crates", Vec::new())), "ok      3 crates");
    }
}
