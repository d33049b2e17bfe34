//! Who may approve what.

use countersign_canon::Encoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::{
    classification::Confidence,
    digest::Digest,
    person::{Approver, MailAddress, PersonRef},
    plan::Plan,
    protection::Protection,
};

/// A policy that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Nobody is listed; that never means anybody.
    #[error("the approver list is empty: list at least one approver, an empty list does not mean anyone")]
    NoApprovers,
    /// A plan would expire the moment it is made.
    #[error("expires_after is zero: give the approvers some time, for example \"24h\"")]
    NoTime,
}

/// The approval policy in force for one runbook of one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    approvers: BTreeSet<PersonRef>,
    expires_after: u64,
    min_confidence: Confidence,
    #[serde(default)]
    protection: Protection,
}

/// Why a person may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotEntitled {
    /// Not on the list.
    #[error(
        "you are not on the list of approvers for this runbook; whoever runs Countersign can add you to `approvers`"
    )]
    NotListed,
    /// Asked for it.
    #[error("whoever asked for a change cannot approve it")]
    IsRequester,
    /// Corrected what it is about.
    #[error("whoever corrected what a plan is about cannot approve it")]
    IsEditor,
    /// Is the one it is about.
    #[error("the person a change is about cannot approve it")]
    IsTarget,
    /// No address known, so it cannot be told whether they are requester or target.
    #[error(
        "no mail address is known for you, so you cannot be told apart from requester and target; have the channel's app \
         granted the right to read addresses (users:read.email)"
    )]
    Unresolved,
    /// It is not known who asked, or whom it is about, by any address.
    #[error(
        "no mail address is known of whoever asked or of the person it is about, so nobody can be told apart from them; \
         add the address to the ticket and plan again"
    )]
    Incomparable,
}

impl Policy {
    /// Makes a policy.
    ///
    /// # Errors
    /// An empty approver list and a zero expiry (in seconds) are refused.
    pub fn new(
        approvers: BTreeSet<PersonRef>,
        expires_after: u64,
        min_confidence: Confidence,
    ) -> Result<Self, PolicyError> {
        if approvers.is_empty() {
            return Err(PolicyError::NoApprovers);
        }
        if expires_after == 0 {
            return Err(PolicyError::NoTime);
        }
        Ok(Self { approvers, expires_after, min_confidence, protection: Protection::default() })
    }

    /// The policy with these limits on what can be approved at all.
    #[must_use]
    pub fn with_protection(self, protection: Protection) -> Self {
        Self { protection, ..self }
    }

    /// What cannot be approved, whoever approves.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// Who may approve.
    pub fn approvers(&self) -> &BTreeSet<PersonRef> {
        &self.approvers
    }

    /// Seconds until an undecided plan expires.
    pub fn expires_after(&self) -> u64 {
        self.expires_after
    }

    /// Confidence below which a ticket is left alone.
    pub fn min_confidence(&self) -> Confidence {
        self.min_confidence
    }

    /// The digest that stands in the plan and in the ledger.
    pub fn digest(&self) -> Digest {
        let mut out = Encoder::new("countersign/policy/v2");
        out.list(self.approvers.iter(), |out, approver| {
            out.text(&approver.to_string());
        });
        out.uint(self.expires_after).uint(u64::from(self.min_confidence.parts()));
        self.protection.encode(&mut out);
        Digest::of(&out.finish())
    }

    /// Whether this person may decide at all.
    ///
    /// # Errors
    /// [`NotEntitled::NotListed`]. Only the very reference they came by counts: a listed address does not let the
    /// Slack account of the same name in.
    pub fn may_decide(&self, approver: &Approver) -> Result<(), NotEntitled> {
        if self.approvers.contains(&approver.by) { Ok(()) } else { Err(NotEntitled::NotListed) }
    }

    /// Whether this person may approve this plan.
    ///
    /// # Errors
    /// The first reason that applies.
    pub fn may_approve(&self, approver: &Approver, plan: &Plan) -> Result<(), NotEntitled> {
        self.may_decide(approver)?;
        if approver.mails.is_empty() {
            return Err(NotEntitled::Unresolved);
        }
        if plan.requesters.is_empty() || plan.target_mails.is_empty() {
            return Err(NotEntitled::Incomparable);
        }
        let is_theirs = |mail: &MailAddress| approver.mails.contains(mail);
        if plan.requesters.iter().any(|contact| is_theirs(&contact.mail)) || plan.requester_mails.iter().any(is_theirs)
        {
            return Err(NotEntitled::IsRequester);
        }
        if plan.editor_mails.iter().any(is_theirs) {
            return Err(NotEntitled::IsEditor);
        }
        if plan.target_mails.iter().any(is_theirs) {
            return Err(NotEntitled::IsTarget);
        }
        Ok(())
    }
}
