//! `countersign classify`: JSON lines in, JSON lines out; or what past decisions say of the floors.

mod report;

use anyhow::Context;
use countersign_classify::Embedded;
use std::io::{BufRead, BufWriter, Write};

use crate::{Outcome, cli::ClassifyArgs};

/// The longest line that is read, in bytes: a ticket of a megabyte with room to spare.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Classifies every line of stdin, or reports.
///
/// # Errors
/// A line that is not a ticket; what was answered before it stands. For the report, a store that cannot be used.
pub(crate) async fn run(args: ClassifyArgs) -> Outcome {
    match &args.config {
        Some(config) if args.report => report::run(config, &args).await,
        Some(_) | None => lines(),
    }
}

fn lines() -> Outcome {
    let classifier = Embedded::new();
    let mut input = std::io::stdin().lock();
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        let read = std::io::Read::take(&mut input, LONGEST).read_line(&mut line);
        if read.with_context(|| format!("line {number} cannot be read"))? == 0 {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let answer = classifier.answer_line(&line, None);
        match answer {
            Ok(answer) => writeln!(output, "{answer}").context("the answer cannot be written")?,
            Err(error) => {
                output.flush().context("the answers cannot be written")?;
                return Err(anyhow::anyhow!("line {number}: {error}").into());
            }
        }
    }
    output.flush().context("the answers cannot be written")?;
    Ok(())
}
