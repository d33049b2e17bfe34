//! What the world is asked for. Effects are rows, saved in the same commit as what caused them; they are the queue.

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    ids::{EffectId, OrgId, RunId},
    plan::EffectClass,
    time::At,
};

/// Effects of one lane of a run happen in order; lanes do not wait for each other, so that a channel's outage never
/// holds up execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Identity systems.
    System,
    /// Cards.
    Channel,
    /// Tickets and notes.
    Desk,
    /// Wake-ups at a time; each stands alone.
    Timer,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 4] = [Self::System, Self::Channel, Self::Desk, Self::Timer];

    /// The number it is stored as.
    pub fn number(self) -> i16 {
        match self {
            Self::System => 0,
            Self::Channel => 1,
            Self::Desk => 2,
            Self::Timer => 3,
        }
    }

    /// Reads the number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.number() == number)
    }

    /// The name for metrics and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Channel => "channel",
            Self::Desk => "desk",
            Self::Timer => "timer",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum Ask {
    /// Fetch the ticket with our own credential.
    ReadTicket,
    /// Make the plan of this version.
    MakePlan {
        /// The version.
        version: u32,
    },
    /// Make the card show the run as it is now, posting it if it is not there yet.
    ShowCard,
    /// Say something in the card's thread.
    SayInThread {
        /// What, once and for all: told apart from others by this.
        topic: ThreadTopic,
    },
    /// Perform one step of an approved plan.
    Perform {
        /// Which.
        ordinal: u16,
        /// Of exactly this plan.
        plan_digest: Digest,
    },
    /// Make the ticket's note say how the run is now, posting it if it is not there yet.
    ShowNote,
    /// The plan of this version may have expired.
    Expire {
        /// The version.
        plan_version: u32,
    },
}

/// What is said in a card's thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadTopic {
    /// Ticket number, link, classification and confidence.
    Origin,
    /// The plan was replaced and must be decided again.
    NewPlan,
}

impl Ask {
    /// Whether it writes to a vendor; the others read, or change the run alone.
    pub fn writes(&self) -> bool {
        match self {
            Self::ShowCard | Self::SayInThread { .. } | Self::Perform { .. } | Self::ShowNote => true,
            Self::ReadTicket | Self::MakePlan { .. } | Self::Expire { .. } => false,
        }
    }

    /// Its lane.
    pub fn lane(&self) -> Lane {
        match self {
            Self::MakePlan { .. } | Self::Perform { .. } => Lane::System,
            Self::ShowCard | Self::SayInThread { .. } => Lane::Channel,
            Self::ReadTicket | Self::ShowNote => Lane::Desk,
            Self::Expire { .. } => Lane::Timer,
        }
    }

    /// The name for metrics and people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReadTicket => "read_ticket",
            Self::MakePlan { .. } => "make_plan",
            Self::ShowCard => "show_card",
            Self::SayInThread { .. } => "say_in_thread",
            Self::Perform { .. } => "perform",
            Self::ShowNote => "show_note",
            Self::Expire { .. } => "expire",
        }
    }

    /// How an unknown outcome is treated. A step's own class is its action's: see [`crate::plan::Action::class`].
    pub fn class(&self) -> EffectClass {
        match self {
            Self::ReadTicket | Self::MakePlan { .. } | Self::Expire { .. } => EffectClass::Idempotent,
            Self::ShowCard | Self::SayInThread { .. } | Self::ShowNote | Self::Perform { .. } => EffectClass::ReadBack,
        }
    }
}

/// An effect that a decision asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEffect {
    /// Its place within its run; the smaller goes first in its lane.
    pub ordinal: u32,
    /// What.
    pub ask: Ask,
    /// Not before.
    pub not_before: At,
}

/// An effect that this process has claimed and may act on until the lease runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedEffect {
    /// Its id.
    pub id: EffectId,
    /// Whose.
    pub org: OrgId,
    /// Which run's.
    pub run: RunId,
    /// Its place within the run.
    pub ordinal: u32,
    /// What.
    pub ask: Ask,
    /// 1 for the first claim. More than the attempts that were settled means that one's outcome is unknown.
    pub attempt: u32,
    /// An earlier claim ended without an outcome: whether it took must be observed before anything is sent.
    pub ambiguous: bool,
    /// The fencing token: an outcome under an older one is refused.
    pub fence: i64,
    /// When the effect was first due: for waits that are bounded.
    pub due_since: At,
    /// Until when it may be acted on, by the store's clock.
    pub lease_until: At,
}

/// How a claimed effect is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Done; it leaves the queue.
    Done,
    /// Again later.
    Retry {
        /// Not before.
        not_before: At,
        /// Why, for people.
        why: String,
        /// What was sent may have taken.
        ambiguous: bool,
    },
    /// Again later, because nothing was attempted: what it needs is not there yet, or our own rate budget is used up.
    /// The claim does not count as an attempt.
    Wait {
        /// Not before.
        not_before: At,
        /// Why, for people.
        why: String,
        /// What an earlier attempt sent may have taken.
        ambiguous: bool,
    },
    /// Set aside until a human looks; it never holds up its lane.
    Parked {
        /// Why, for people.
        why: String,
    },
}
