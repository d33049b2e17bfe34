//! What may be asked of a run, and how it is refused.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    classification::Classification,
    digest::Digest,
    effect::NewEffect,
    event::Event,
    ids::RunbookId,
    mode::Mode,
    person::{Actor, Approver},
    plan::Plan,
    policy::{NotEntitled, Policy},
    run::{CardRef, Correction, DenyReason, NoActionReason, NoteRef, StateName, StepResult},
    ticket::TicketFacts,
    time::At,
};

/// Something asked of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a command lives for one call and is never kept in numbers")]
pub enum Command {
    /// The desk was asked; the fetched words were classified.
    ReadTicket {
        /// What the desk said.
        facts: TicketFacts,
        /// What the fetched words ask for, where they were classified.
        understood: Understood,
    },
    /// The desk says the ticket is none of our business.
    LeaveAlone {
        /// Why.
        reason: NoActionReason,
    },
    /// A plan was made.
    Plan {
        /// The plan.
        plan: Box<Plan>,
    },
    /// The card was posted.
    CardPosted {
        /// Where.
        card: CardRef,
    },
    /// The note was posted.
    NotePosted {
        /// Where.
        note: NoteRef,
    },
    /// A person approves.
    Approve {
        /// The plan version they saw.
        plan_version: u32,
        /// The digest they saw, where the surface carries one.
        plan_digest: Option<Digest>,
    },
    /// A person denies.
    Deny {
        /// The plan version they saw.
        plan_version: u32,
        /// The digest they saw, where the surface carries one.
        plan_digest: Option<Digest>,
        /// Why.
        reason: DenyReason,
        /// In their words.
        words: Option<String>,
    },
    /// The plan's time may be up.
    Expire {
        /// Which plan's.
        plan_version: u32,
    },
    /// A step ended.
    EndStep {
        /// Which.
        ordinal: u16,
        /// Of which plan.
        plan_digest: Digest,
        /// How.
        result: StepResult,
    },
    /// Plan again.
    Replan {
        /// Who asks.
        by: Actor,
        /// What they say the ticket asks for, where that is not what was understood.
        correction: Option<Correction>,
    },
    /// Give up.
    Cancel {
        /// Who asks.
        by: Actor,
    },
    /// Something that the card says besides the run has changed: draw it again.
    ShowAgain,
}

/// What came of classifying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// An intent above its floor, with the runbook that serves it.
    Runbook {
        /// The classifier's answer.
        classification: Classification,
        /// The runbook.
        runbook: RunbookId,
    },
    /// Nothing to be acted on.
    Nothing {
        /// The classifier's answer.
        classification: Classification,
        /// Why it is left alone.
        reason: NoActionReason,
    },
}

/// The names of the commands, for refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandName {
    /// See [`Command::ReadTicket`].
    ReadTicket,
    /// See [`Command::LeaveAlone`].
    LeaveAlone,
    /// See [`Command::Plan`].
    Plan,
    /// See [`Command::CardPosted`].
    CardPosted,
    /// See [`Command::NotePosted`].
    NotePosted,
    /// See [`Command::Approve`].
    Approve,
    /// See [`Command::Deny`].
    Deny,
    /// See [`Command::Expire`].
    Expire,
    /// See [`Command::EndStep`].
    EndStep,
    /// See [`Command::Replan`].
    Replan,
    /// See [`Command::Cancel`].
    Cancel,
    /// See [`Command::ShowAgain`].
    ShowAgain,
}

impl CommandName {
    /// The name in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadTicket => "read ticket",
            Self::LeaveAlone => "leave alone",
            Self::Plan => "plan",
            Self::CardPosted => "card posted",
            Self::NotePosted => "note posted",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Expire => "expire",
            Self::EndStep => "end step",
            Self::Replan => "replan",
            Self::Cancel => "cancel",
            Self::ShowAgain => "show again",
        }
    }
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Command {
    /// The command's name.
    pub fn name(&self) -> CommandName {
        match self {
            Self::ReadTicket { .. } => CommandName::ReadTicket,
            Self::LeaveAlone { .. } => CommandName::LeaveAlone,
            Self::Plan { .. } => CommandName::Plan,
            Self::CardPosted { .. } => CommandName::CardPosted,
            Self::NotePosted { .. } => CommandName::NotePosted,
            Self::Approve { .. } => CommandName::Approve,
            Self::Deny { .. } => CommandName::Deny,
            Self::Expire { .. } => CommandName::Expire,
            Self::EndStep { .. } => CommandName::EndStep,
            Self::Replan { .. } => CommandName::Replan,
            Self::Cancel { .. } => CommandName::Cancel,
            Self::ShowAgain => CommandName::ShowAgain,
        }
    }
}

/// Everything `decide` may look at besides the run and the command.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The time.
    pub now: At,
    /// The policy in force for the run's runbook; `None` refuses every decision.
    pub policy: Option<&'a Policy>,
    /// Who decides; `None` refuses every decision.
    pub approver: Option<&'a Approver>,
    /// How far the run's runbook may go.
    pub mode: Mode,
}

/// What follows from a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happened.
    pub events: Vec<Event>,
    /// What the world is asked for.
    pub effects: Vec<NewEffect>,
}

/// Why a command does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Not in this state.
    #[error("{}", wrong_state(*_0))]
    WrongState(StateName),
    /// Decided already.
    #[error("the plan was {decided} by {by} at {at}")]
    AlreadyDecided {
        /// `approved` or `denied`.
        decided: String,
        /// By whom, as the note names them.
        by: String,
        /// When, RFC 3339.
        at: String,
    },
    /// Another plan than the present one was meant.
    #[error(
        "it was about plan version {meant}, the present one is version {present}: look at the new card and decide again"
    )]
    OtherPlanVersion {
        /// The one meant.
        meant: u32,
        /// The one there is.
        present: u32,
    },
    /// The digest is not the plan's.
    #[error("the digest is not that of the present plan: fetch the run again and decide on what it shows")]
    OtherDigest,
    /// The plan cannot work.
    #[error("this plan cannot work, so there is nothing to approve: {0}")]
    Blocked(String),
    /// Its time is up.
    #[error("the plan expired at {0}; ask for a new one")]
    TimeIsUp(String),
    /// Its time is not up.
    #[error("the plan is valid until {0}")]
    TimeIsNotUp(String),
    /// Nothing is done in this mode.
    #[error(
        "the mode is {_0}, and only in live mode is anything decided and done; set `mode = \"live\"` and plan again"
    )]
    NotLive(Mode),
    /// The person may not.
    #[error("{0}")]
    NotEntitled(NotEntitled),
    /// Nobody is known to decide, or no policy is in force.
    #[error("no approver or no policy is known for this run, so nobody can decide it")]
    NoPolicy,
    /// A step out of its turn.
    #[error("step {meant} was reported, step {expected} is the one that runs")]
    OtherStep {
        /// The one reported.
        meant: u16,
        /// The one expected.
        expected: u16,
    },
    /// There is one already.
    #[error("there is one already")]
    AlreadyThere,
}

/// What a state means for somebody who wants to decide.
fn wrong_state(state: StateName) -> &'static str {
    match state {
        StateName::Received | StateName::Planning => "a new plan is being made; wait for the card to show it",
        StateName::AwaitingApproval => "it waits for a decision first",
        StateName::Executing => "it was approved and is being executed",
        StateName::Succeeded | StateName::PartlyDone | StateName::Failed => "it was executed",
        StateName::Denied => "it was denied",
        StateName::Expired => "it expired; ask for a new plan",
        StateName::Cancelled => "it was cancelled",
        StateName::NoAction => "the ticket was left alone",
    }
}

/// A refused command. Names state and command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command} is refused while the run is {state}: {reason}")]
pub struct Refusal {
    /// Where the run stands.
    pub state: StateName,
    /// What was asked.
    pub command: CommandName,
    /// Why not.
    pub reason: RefusalReason,
}
