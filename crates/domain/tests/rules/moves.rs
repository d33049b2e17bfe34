//! What can happen to a run in a game.

use countersign_domain::{
    command::Understood,
    mode::Mode,
    person::{Approver, MailAddress},
    plan::{BlockCode, Blocker, ObjectId},
    run::{CardRef, Correction, NoActionReason, StateName, StepResult},
};
use countersign_testkit::builders::*;

/// How a run begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) by_api: bool,
    /// `None`: the words must be fetched first; else whether the sent words ask for something.
    pub(crate) hint: Option<bool>,
    pub(crate) mode: Mode,
}

/// A number near the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    Present,
    Before,
    After,
}

impl Meant {
    pub(crate) fn of(self, present: u32) -> u32 {
        match self {
            Self::Present => present,
            Self::Before => present.saturating_sub(1),
            Self::After => present + 1,
        }
    }
}

/// A digest as a surface may carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MeantDigest {
    Absent,
    Present,
    Other,
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Listed,
    ListedByKey,
    Unlisted,
    Requester,
    Target,
    WithoutMail,
    Nobody,
}

impl Who {
    pub(crate) fn approver(self) -> Option<Approver> {
        Some(match self {
            Self::Listed => ada(),
            Self::ListedByKey => approver(LEAD, &["lead@acme.com"]),
            Self::Unlisted => approver("slack:U0STRANGER", &["stranger@acme.com"]),
            Self::Requester => approver("slack:U0ROB", &["r@acme.com", "ROB@acme.com"]),
            Self::Target => approver("slack:U0SARAH", &["sarah@home.example", "S.Chen@ACME.de"]),
            Self::WithoutMail => approver("slack:U0GHOST", &[]),
            Self::Nobody => return None,
        })
    }

    pub(crate) fn may_approve(self) -> bool {
        matches!(self, Self::Listed | Self::ListedByKey)
    }

    pub(crate) fn may_deny(self) -> bool {
        !matches!(self, Self::Unlisted | Self::Nobody)
    }
}

/// Whoever corrects what a run asks for, and by which address: the planner knows the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Corrector {
    Listed,
    ListedByAlias,
    ListedByKey,
    Stranger,
}

impl Corrector {
    pub(crate) fn address(self) -> MailAddress {
        mail(match self {
            Self::Listed => "ada@acme.com",
            Self::ListedByAlias => "ada.alias@acme.de",
            Self::ListedByKey => "lead@acme.com",
            Self::Stranger => "kim@acme.com",
        })
    }

    pub(crate) fn is(self, who: Who) -> bool {
        match self {
            Self::Listed | Self::ListedByAlias => who == Who::Listed,
            Self::ListedByKey => who == Who::ListedByKey,
            Self::Stranger => false,
        }
    }
}

/// Why a plan cannot be approved, whatever its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocked {
    Unknown,
    Protected,
    NotAllowed,
}

impl Blocked {
    pub(crate) fn blocker(self) -> Blocker {
        match self {
            Self::Unknown => Blocker::new(BlockCode::UnknownTarget, "Nobody is known.", "Ask again."),
            Self::Protected => Blocker::new(BlockCode::Protected, "The target is protected.", "Do it by hand."),
            Self::NotAllowed => Blocker::new(BlockCode::NotAllowed, "The group is not allowed.", "Ask for another."),
        }
    }
}

/// Something that happens to the run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    Read { asked: bool },
    LeaveAlone,
    Plan { version: Meant, steps: u16, blocked: Option<Blocked> },
    CardPosted,
    NotePosted,
    Approve { who: Who, version: Meant, digest: MeantDigest },
    Deny { who: Who, version: Meant, digest: MeantDigest },
    Expire { version: Meant },
    EndStep { ordinal: Meant, digest: MeantDigest, result: usize },
    Replan { corrected: Option<Corrector> },
    Cancel,
    ShowAgain,
    Wait { seconds: u64 },
}

/// Every way a step can end.
pub(crate) fn results() -> [StepResult; 6] {
    let says = || "in words".to_owned();
    [
        StepResult::Done { says: says(), created: Some(ObjectId("new-1".to_owned())) },
        StepResult::AlreadyDone { says: says() },
        StepResult::Failed { says: says() },
        StepResult::Unknown { says: says() },
        StepResult::Drifted { says: says() },
        StepResult::NotStarted { says: says() },
    ]
}

/// What the words ask for.
pub(crate) fn understood(asked: bool) -> Understood {
    if asked {
        let classification = classification(Some("mfa_reset"), 0.97, slots_for("sarah.chen@acme.com"));
        Understood::Runbook { classification, runbook: runbook_id("RB-002") }
    } else {
        let classification = classification(None, 0.9, slots_for("sarah.chen@acme.com"));
        Understood::Nothing { classification, reason: NoActionReason::NothingAsked }
    }
}

/// The states in which a new plan may be asked for.
pub(crate) const REPLANNED: [StateName; 5] =
    [StateName::AwaitingApproval, StateName::Expired, StateName::Denied, StateName::Failed, StateName::NoAction];

/// The correction that this person makes.
pub(crate) fn correction_by(corrector: Corrector) -> Correction {
    correction(corrector.address().as_str())
}

/// Somebody says that a suspension is asked for.
pub(crate) fn correction(by: &str) -> Correction {
    Correction { intent: intent("suspend_account"), runbook: runbook_id("RB-011"), by: mail(by) }
}

pub(crate) fn card_ref() -> CardRef {
    CardRef { channel: connection("it-approvals"), room: "C1".to_owned(), message: "1.0001".to_owned() }
}
