//! `countersign runbook`.

use countersign_classify::trial::Trial;
use countersign_domain::runbook::Runbook;
use serde_json::json;
use std::path::Path;

use super::{load, read_text, say};
use crate::{Outcome, cli::RunbookCommand, service::runbooks_of};

/// Examples that an intent of one's own needs at least.
const FEWEST_EXAMPLES: usize = 8;

/// Lists the catalogue or checks a file.
///
/// # Errors
/// A file with problems: each is printed with its line and column.
pub(crate) fn run(command: RunbookCommand) -> Outcome {
    match command {
        RunbookCommand::List { config, json } => list(config.as_deref(), json),
        RunbookCommand::Check { file } => check(&file),
    }
}

fn list(config: Option<&Path>, json: bool) -> Outcome {
    let mut runbooks = countersign_catalog::builtin();
    if let Some(config) = config {
        for (id, org) in &load(config)?.orgs {
            for runbook in runbooks_of(id, org)? {
                if runbooks.iter().all(|known| known.id != runbook.id) {
                    runbooks.push(runbook);
                }
            }
        }
    }
    for runbook in &runbooks {
        let systems: Vec<_> = runbook.steps.iter().map(|step| format!("{}:{}", step.system, step.action)).collect();
        if json {
            let line = json!({
                "id": runbook.id.to_string(), "name": runbook.name, "intent": runbook.intent.to_string(),
                "risk": runbook.risk.to_string(), "steps": systems, "digest": runbook.digest.to_string(),
            });
            say(&line.to_string());
        } else {
            let steps = systems.join(", ");
            say(&format!("{:<8} {:<24} {:<24} {:<7} {steps}", runbook.id, runbook.name, runbook.intent, runbook.risk));
        }
    }
    Ok(())
}

fn check(file: &Path) -> Outcome {
    let text = read_text(file)?;
    match countersign_catalog::parse(&file.display().to_string(), &text) {
        Ok(runbook) => {
            let complaints = complaints(&runbook);
            for complaint in &complaints {
                say(&format!("{}: {complaint}", file.display()));
            }
            if !complaints.is_empty() {
                return Err(anyhow::anyhow!("{} has examples that do not do", file.display()).into());
            }
            say(&format!("{}: {} ({}) is well-formed", file.display(), runbook.id, runbook.name));
            Ok(())
        }
        Err(problems) => {
            for problem in &problems {
                say(&problem.to_string());
            }
            Err(anyhow::anyhow!("{} has {} problems", file.display(), problems.len()).into())
        }
    }
}

/// What is wrong with the examples of a runbook with an intent of its own: too few, not recognised by one another, or
/// taking tickets from the built-in intents.
fn complaints(runbook: &Runbook) -> Vec<String> {
    let is_own = countersign_catalog::builtin().iter().all(|known| known.intent != runbook.intent);
    if is_own && runbook.examples.len() < FEWEST_EXAMPLES {
        return vec![format!(
            "{} `examples` are too few to recognise `{}` by: give at least {FEWEST_EXAMPLES} different ones, in the words of \
             real tickets",
            runbook.examples.len(),
            runbook.intent
        )];
    }
    let Some(trial) = Trial::of(runbook) else { return Vec::new() };
    let mut complaints = trial.complaints();
    if !complaints.is_empty() {
        complaints.extend(trial.collisions());
    }
    complaints
}
