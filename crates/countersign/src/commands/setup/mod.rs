//! `countersign setup`: what to paste at a vendor's for the enabled runbooks.

use countersign_domain::{mode::Mode, runbook::Runbook};

use crate::{Outcome, cli::SetupCommand, config::OrgConfig};

/// The runbooks that are not switched off.
pub(crate) fn enabled(settings: &OrgConfig, runbooks: &[Runbook]) -> Vec<Runbook> {
    runbooks.iter().filter(|runbook| settings.mode_of(&runbook.id) != Mode::Off).cloned().collect()
}

/// Prints what to set up.
pub(crate) fn run(_command: SetupCommand) -> Outcome {
    Ok(())
}
