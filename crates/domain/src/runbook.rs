//! Runbooks: named procedures as data.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

use crate::{
    classification::Confidence,
    digest::Digest,
    ids::{ConnectionName, IntentName, RunbookId},
};

/// How much harm a wrong approval could do; shown on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Undone by the user alone.
    Low,
    /// Undone by an administrator.
    Medium,
    /// Cuts somebody off or opens an account to another person.
    High,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// The type of a runbook's parameter; it decides where its value comes from and how it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// An existing person: the ticket's target, resolved in each system.
    Person,
    /// A person who does not exist yet.
    NewPerson,
    /// One group, by its name.
    Group,
    /// Any number of groups.
    Groups,
    /// `add` or `remove`.
    Membership,
    /// A licence, by product name or SKU.
    License,
}

/// One parameter of a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// The name steps refer to.
    pub name: String,
    /// Its type.
    pub kind: ParamKind,
    /// Whether the plan is blocked without it.
    pub required: bool,
    /// What it means, for the catalogue's reader.
    pub description: String,
}

/// A typed action that a runbook's step may name. What it becomes is an [`crate::plan::Action`] with immutable ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Mail the user a link with which to set a new password.
    ResetPassword,
    /// Remove every enrolled factor.
    ResetFactors,
    /// Suspend the user.
    SuspendUser,
    /// Lift a lock-out by too many attempts.
    UnlockUser,
    /// End every session.
    ClearSessions,
    /// Create the user.
    CreateUser,
    /// Add to a group (or to each of several).
    AddToGroup,
    /// Remove from a group.
    RemoveFromGroup,
    /// Assign a licence, with a usage location where the user has none.
    AssignLicense,
    /// Set the country of use.
    SetUsageLocation,
    /// Enable a disabled account.
    EnableAccount,
    /// Dismiss the user's risk.
    DismissRisk,
    /// Find out why sign-in fails and propose what fits.
    RestoreSignIn,
}

impl ActionKind {
    /// Every action there is.
    pub const ALL: [Self; 13] = [
        Self::ResetPassword,
        Self::ResetFactors,
        Self::SuspendUser,
        Self::UnlockUser,
        Self::ClearSessions,
        Self::CreateUser,
        Self::AddToGroup,
        Self::RemoveFromGroup,
        Self::AssignLicense,
        Self::SetUsageLocation,
        Self::EnableAccount,
        Self::DismissRisk,
        Self::RestoreSignIn,
    ];

    /// The name runbook files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::ResetFactors => "reset_factors",
            Self::SuspendUser => "suspend_user",
            Self::UnlockUser => "unlock_user",
            Self::ClearSessions => "clear_sessions",
            Self::CreateUser => "create_user",
            Self::AddToGroup => "add_to_group",
            Self::RemoveFromGroup => "remove_from_group",
            Self::AssignLicense => "assign_license",
            Self::SetUsageLocation => "set_usage_location",
            Self::EnableAccount => "enable_account",
            Self::DismissRisk => "dismiss_risk",
            Self::RestoreSignIn => "restore_sign_in",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One step of a runbook, before anything is resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTemplate {
    /// The system connection (by name, or by kind where the organisation has exactly one of that kind).
    pub system: ConnectionName,
    /// What is done.
    pub action: ActionKind,
    /// The parameter that names the person.
    pub user: String,
    /// The parameter that names the group or groups.
    pub group: Option<String>,
    /// The parameter that names the licence.
    pub license: Option<String>,
    /// Only where this parameter has this value, for example `action` = `add`.
    pub when: Option<(String, String)>,
}

/// A named procedure: intent, parameters, steps, risk, policy defaults, classifier examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// Its id.
    pub id: RunbookId,
    /// Its name as cards and notes show it, for example `MFA Reset`.
    pub name: String,
    /// The intent it serves.
    pub intent: IntentName,
    /// Shown on the card.
    pub risk: Risk,
    /// What it does, in a sentence.
    pub description: String,
    /// Its parameters, in file order.
    pub params: Vec<Param>,
    /// Its steps, in order.
    pub steps: Vec<StepTemplate>,
    /// Seconds until an undecided plan expires, where the runbook wants another than the organisation's.
    pub expires_after: Option<u64>,
    /// Confidence below which the runbook's tickets are left alone, where it wants another than the organisation's.
    pub min_confidence: Option<Confidence>,
    /// Tickets that ask for this.
    pub examples: Vec<String>,
    /// Tickets that look like it and do not.
    pub not_examples: Vec<String>,
    /// SHA-256 of the file it was read from.
    pub digest: Digest,
}

/// The runbooks in force, by intent: one each.
pub type RunbooksByIntent = BTreeMap<IntentName, Runbook>;
