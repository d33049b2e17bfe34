//! The kill switch: while something is paused no step starts; intake, cards and notes go on.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{OrgId, RunbookId},
    person::Actor,
    time::At,
};

/// Something that is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Whose.
    pub org: OrgId,
    /// Which runbook; `None`: all of the organisation.
    pub runbook: Option<RunbookId>,
    /// Since when.
    pub since: At,
    /// By whom.
    pub by: Actor,
    /// Why, in their words.
    pub why: Option<String>,
}

impl Pause {
    /// Whether it holds the steps of this runbook of this organisation.
    pub fn holds(&self, org: &OrgId, runbook: Option<&RunbookId>) -> bool {
        self.org == *org && (self.runbook.is_none() || self.runbook.as_ref() == runbook)
    }
}

/// The switch thrown or released. Throwing what is thrown and releasing what is not changes nothing but the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PauseChange {
    /// No step starts from now on. A pause that is there already stays as it was.
    Pause(Pause),
    /// Steps start again.
    Resume {
        /// Whose.
        org: OrgId,
        /// Which runbook's pause; `None`: the organisation's own. The two are apart: releasing one leaves the other.
        runbook: Option<RunbookId>,
    },
}
