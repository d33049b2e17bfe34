//! How the steps of an approved plan end.

use serde::{Deserialize, Serialize};

use crate::{plan::ObjectId, time::At};

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// Which step.
    pub ordinal: u16,
    /// How.
    pub result: StepResult,
    /// When it was known.
    pub at: At,
}

/// The ways a step can end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// Done; what the vendor said, and the id of what was created.
    Done {
        /// In words.
        says: String,
        /// The new object's id.
        created: Option<ObjectId>,
    },
    /// It was so already.
    AlreadyDone {
        /// In words.
        says: String,
    },
    /// The vendor refused, or attempts ran out.
    Failed {
        /// Why, and what to do.
        says: String,
    },
    /// Nobody can tell whether it took; a human must look.
    Unknown {
        /// What to look at.
        says: String,
    },
    /// The world is not as it was when the plan was made; nothing was sent.
    Drifted {
        /// What changed.
        says: String,
    },
    /// Nothing was sent, for a reason outside the step (the ticket was closed meanwhile).
    NotStarted {
        /// Why.
        says: String,
    },
}

impl StepResult {
    /// Whether the wanted state is reached.
    pub fn reached(&self) -> bool {
        match self {
            Self::Done { .. } | Self::AlreadyDone { .. } => true,
            Self::Failed { .. } | Self::Unknown { .. } | Self::Drifted { .. } | Self::NotStarted { .. } => false,
        }
    }

    /// The words.
    pub fn says(&self) -> &str {
        match self {
            Self::Done { says, .. }
            | Self::AlreadyDone { says }
            | Self::Failed { says }
            | Self::Unknown { says }
            | Self::Drifted { says }
            | Self::NotStarted { says } => says,
        }
    }

    /// The stable name used in the API, the ledger and the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::AlreadyDone { .. } => "already_done",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Drifted { .. } => "drifted",
            Self::NotStarted { .. } => "not_started",
        }
    }
}
