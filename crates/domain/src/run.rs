//! A run and its states.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    classification::Classification,
    digest::Digest,
    ids::{ConnectionName, IntentName, KeyId, OrgId, RunId, RunbookId, TicketId},
    person::{Actor, Approver, MailAddress, PersonRef},
    plan::Plan,
    ticket::TicketFacts,
    time::At,
};

pub use crate::outcome::{StepOutcome, StepResult};

/// Where a run comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A ticket of a desk.
    Ticket {
        /// The desk's connection name.
        desk: ConnectionName,
        /// The desk's number.
        ticket: TicketId,
    },
    /// The API, without a ticket.
    Api {
        /// The key that asked.
        key: KeyId,
        /// The person it is bound to: whoever starts a run asked for it, and cannot approve it.
        person: PersonRef,
    },
}

/// Why a ticket was left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoActionReason {
    /// Nothing is asked that a runbook serves.
    NothingAsked,
    /// Something may be asked, with less confidence than the floor.
    BelowFloor,
    /// The runbook for this intent is not in force.
    NoRunbook,
    /// Resolved or closed.
    Closed,
    /// Spam.
    Spam,
    /// Deleted or never there.
    Gone,
    /// Older than the desk's `since`.
    TooOld,
    /// Another approval system has decided it.
    DecidedElsewhere,
    /// The organisation or the runbook is switched off.
    SwitchedOff,
    /// Shadow mode: the plan is what the card would have said.
    Shadow,
}

impl NoActionReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::NothingAsked,
        Self::BelowFloor,
        Self::NoRunbook,
        Self::Closed,
        Self::Spam,
        Self::Gone,
        Self::TooOld,
        Self::DecidedElsewhere,
        Self::SwitchedOff,
        Self::Shadow,
    ];

    /// The stable name used in the API and the store.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NothingAsked => "nothing_asked",
            Self::BelowFloor => "below_floor",
            Self::NoRunbook => "no_runbook",
            Self::Closed => "closed",
            Self::Spam => "spam",
            Self::Gone => "gone",
            Self::TooOld => "too_old",
            Self::DecidedElsewhere => "decided_elsewhere",
            Self::SwitchedOff => "switched_off",
            Self::Shadow => "shadow",
        }
    }

    /// Reads the stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The reason in words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::NothingAsked => "nothing is asked that a runbook serves",
            Self::BelowFloor => "the confidence is below the floor",
            Self::NoRunbook => "no runbook serves this intent here",
            Self::Closed => "the ticket is resolved or closed",
            Self::Spam => "the ticket is marked as spam",
            Self::Gone => "the ticket is deleted or unknown at the desk",
            Self::TooOld => "the ticket is older than the desk's `since`",
            Self::DecidedElsewhere => "another approval system has decided this ticket",
            Self::SwitchedOff => "the organisation or this runbook is switched off (mode = \"off\")",
            Self::Shadow => "shadow mode: this is what the card would have said",
        }
    }
}

/// An approval of exactly one plan digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: Approver,
    /// When.
    pub at: At,
    /// Of what.
    pub plan_digest: Digest,
}

/// Why a plan was denied: from a list, so that it can be counted, with words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// Not what the ticket asks.
    WrongType,
    /// Not the person the ticket means.
    WrongPerson,
    /// Should not be done.
    NotAuthorised,
    /// Is done already.
    AlreadyDone,
    /// Something else; the words say.
    Other,
}

impl DenyReason {
    /// Every reason, in the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::WrongType, Self::WrongPerson, Self::NotAuthorised, Self::AlreadyDone, Self::Other];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::WrongPerson => "wrong_person",
            Self::NotAuthorised => "not_authorised",
            Self::AlreadyDone => "already_done",
            Self::Other => "other",
        }
    }

    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::WrongType => "wrong type of request",
            Self::WrongPerson => "wrong person",
            Self::NotAuthorised => "not authorised",
            Self::AlreadyDone => "already done",
            Self::Other => "other",
        }
    }

    /// Reads the stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A denial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Who.
    pub by: Approver,
    /// When.
    pub at: At,
    /// Of what.
    pub plan_digest: Digest,
    /// Why.
    pub reason: DenyReason,
    /// In the approver's words, at most 500 characters.
    pub words: Option<String>,
}

/// An approved plan with what came of its steps so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// What was approved.
    pub plan: Plan,
    /// By whom.
    pub approval: Approval,
    /// One outcome for each step that ended, in order.
    pub outcomes: Vec<StepOutcome>,
    /// Who gave it up, where somebody did: no further step is begun.
    #[serde(default)]
    pub stop: Option<Stop>,
}

/// Somebody gave a run up while it was being executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: At,
}

/// Where a run stands, with what belongs to that standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum State {
    /// Taken in; its words must be fetched or classified first.
    Received,
    /// A plan is being made.
    Planning {
        /// The version the next plan will have.
        version: u32,
        /// The plan that is being replaced: what a card that is out says until there is a new one.
        #[serde(default)]
        previous: Option<Box<Plan>>,
        /// Somebody asked for this plan, or the world changed: the ticket is read again before it is made.
        #[serde(default)]
        again: bool,
    },
    /// A card is out (or about to be).
    AwaitingApproval {
        /// The plan.
        plan: Box<Plan>,
    },
    /// Approved; steps run.
    Executing(Box<Execution>),
    /// Every step reached what was wanted.
    Succeeded(Box<Execution>),
    /// Some did.
    PartlyDone(Box<Execution>),
    /// None did.
    Failed(Box<Execution>),
    /// A person said no.
    Denied {
        /// The plan.
        plan: Box<Plan>,
        /// By whom and why.
        denial: Denial,
    },
    /// Nobody decided in time.
    Expired {
        /// The plan.
        plan: Box<Plan>,
        /// When.
        at: At,
    },
    /// Given up by somebody entitled to.
    Cancelled {
        /// The plan, where there was one.
        plan: Option<Box<Plan>>,
        /// Who.
        by: Actor,
        /// When.
        at: At,
    },
    /// Left alone.
    NoAction {
        /// Why.
        reason: NoActionReason,
        /// The plan that a card which is out still shows.
        #[serde(default)]
        previous: Option<Box<Plan>>,
    },
}

/// The names of the states, without data: for refusals, lists and filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// See [`State::Received`].
    Received,
    /// See [`State::Planning`].
    Planning,
    /// See [`State::AwaitingApproval`].
    AwaitingApproval,
    /// See [`State::Executing`].
    Executing,
    /// See [`State::Succeeded`].
    Succeeded,
    /// See [`State::PartlyDone`].
    PartlyDone,
    /// See [`State::Failed`].
    Failed,
    /// See [`State::Denied`].
    Denied,
    /// See [`State::Expired`].
    Expired,
    /// See [`State::Cancelled`].
    Cancelled,
    /// See [`State::NoAction`].
    NoAction,
}

impl StateName {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::Planning,
        Self::AwaitingApproval,
        Self::Executing,
        Self::Succeeded,
        Self::PartlyDone,
        Self::Failed,
        Self::Denied,
        Self::Expired,
        Self::Cancelled,
        Self::NoAction,
    ];

    /// The stable name used in the API and the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Planning => "planning",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Executing => "executing",
            Self::Succeeded => "succeeded",
            Self::PartlyDone => "partly_done",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::NoAction => "no_action",
        }
    }

    /// Reads the stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        match self {
            Self::Received | Self::Planning | Self::AwaitingApproval | Self::Executing => false,
            Self::Succeeded
            | Self::PartlyDone
            | Self::Failed
            | Self::Denied
            | Self::Expired
            | Self::Cancelled
            | Self::NoAction => true,
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// The state's name.
    pub fn name(&self) -> StateName {
        match self {
            Self::Received => StateName::Received,
            Self::Planning { .. } => StateName::Planning,
            Self::AwaitingApproval { .. } => StateName::AwaitingApproval,
            Self::Executing(_) => StateName::Executing,
            Self::Succeeded(_) => StateName::Succeeded,
            Self::PartlyDone(_) => StateName::PartlyDone,
            Self::Failed(_) => StateName::Failed,
            Self::Denied { .. } => StateName::Denied,
            Self::Expired { .. } => StateName::Expired,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::NoAction { .. } => StateName::NoAction,
        }
    }

    /// The plan, where there is one; while a new one is made, the one it replaces.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Received => None,
            Self::Planning { previous, .. } | Self::NoAction { previous, .. } => previous.as_deref(),
            Self::AwaitingApproval { plan } | Self::Denied { plan, .. } | Self::Expired { plan, .. } => Some(plan),
            Self::Executing(execution)
            | Self::Succeeded(execution)
            | Self::PartlyDone(execution)
            | Self::Failed(execution) => Some(&execution.plan),
            Self::Cancelled { plan, .. } => plan.as_deref(),
        }
    }

    /// The execution, once there is one.
    pub fn execution(&self) -> Option<&Execution> {
        match self {
            Self::Executing(execution)
            | Self::Succeeded(execution)
            | Self::PartlyDone(execution)
            | Self::Failed(execution) => Some(execution),
            Self::Received
            | Self::Planning { .. }
            | Self::AwaitingApproval { .. }
            | Self::Denied { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. }
            | Self::NoAction { .. } => None,
        }
    }
}

/// A person's word on what a ticket asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The intent.
    pub intent: IntentName,
    /// The runbook that serves it.
    pub runbook: RunbookId,
    /// Who says so: whoever edits a plan cannot approve it.
    pub by: MailAddress,
}

/// Where a card stands in its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRef {
    /// The channel's connection.
    pub channel: ConnectionName,
    /// The room, in the vendor's id.
    pub room: String,
    /// The message, in the vendor's id.
    pub message: String,
}

/// Where a note stands at its desk: the vendor's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteRef(pub String);

/// One ticket's way through the corridor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub org: OrgId,
    /// Counts up with every change; a change names the version it was decided on.
    pub version: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was taken in.
    pub created_at: At,
    /// When it last changed.
    pub updated_at: At,
    /// What it was understood to ask for.
    pub classification: Option<Classification>,
    /// The runbook chosen.
    pub runbook: Option<RunbookId>,
    /// What a person says it asks for, instead of what was understood.
    #[serde(default)]
    pub correction: Option<Correction>,
    /// Everybody who ever corrected it: none of them can approve what comes of it.
    #[serde(default)]
    pub editors: Vec<MailAddress>,
    /// What the desk says of the ticket, once fetched.
    pub ticket: Option<TicketFacts>,
    /// The highest plan version so far.
    pub plan_version: u32,
    /// The card, once posted.
    pub card: Option<CardRef>,
    /// The note, once posted.
    pub note: Option<NoteRef>,
    /// The ordinal the run's next effect gets.
    pub next_effect: u32,
    /// Where it stands.
    pub state: State,
}

impl Run {
    /// The intent: a person's correction before what was found.
    pub fn intent(&self) -> Option<&IntentName> {
        let found = self.classification.as_ref().and_then(|found| found.intent.as_ref());
        self.correction.as_ref().map(|correction| &correction.intent).or(found)
    }

    /// Why it was left alone, where it was.
    pub fn left_alone(&self) -> Option<&NoActionReason> {
        if let State::NoAction { reason, .. } = &self.state { Some(reason) } else { None }
    }

    /// Desk and number, for a run that comes from a ticket.
    pub fn ticket_key(&self) -> Option<(&ConnectionName, &TicketId)> {
        match &self.origin {
            Origin::Ticket { desk, ticket } => Some((desk, ticket)),
            Origin::Api { .. } => None,
        }
    }
}
