//! `countersign setup`: what to paste at a vendor's, so that Countersign may do there what the enabled runbooks need and
//! nothing else.
//!
//! Every permission that is printed comes from the vendor crate whose calls need it: see [`table`]. Nothing is asked of
//! anybody and no secret is read.

mod entra;
mod freshservice;
mod okta;
mod page;
mod situation;
mod slack;
mod table;

use countersign_domain::{mode::Mode, runbook::Runbook};

use super::say;
use crate::{Outcome, cli::SetupCommand, config::OrgConfig};
use situation::Situation;

/// The runbooks that are not switched off.
pub(crate) fn enabled(settings: &OrgConfig, runbooks: &[Runbook]) -> Vec<Runbook> {
    runbooks.iter().filter(|runbook| settings.mode_of(&runbook.id) != Mode::Off).cloned().collect()
}

/// Prints what to set up.
///
/// # Errors
/// A configuration that is no good, its secrets apart; an organisation that is not there.
pub(crate) fn run(command: SetupCommand) -> Outcome {
    let text = match command {
        SetupCommand::Slack(args) => slack::text(&Situation::of(&args)?),
        SetupCommand::Entra(args) => entra::text(&Situation::of(&args)?),
        SetupCommand::Okta(args) => okta::text(&Situation::of(&args)?),
        SetupCommand::Freshservice(args) => freshservice::text(&Situation::of(&args)?),
    };
    say(text.trim_end());
    Ok(())
}

#[cfg(test)]
mod tests;
