//! What happened. Each event becomes one ledger entry.

use serde::{Deserialize, Serialize};

use crate::{
    classification::Classification,
    digest::Digest,
    ids::{ConnectionName, KeyId, QuarantineId, RunId, RunbookId},
    person::{Actor, PersonRef},
    plan::Plan,
    run::{Approval, CardRef, Correction, Denial, NoActionReason, NoteRef, Origin, Run, StateName, StepOutcome, Stop},
    ticket::TicketFacts,
    time::At,
};

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The ticket (or the API's request) was taken in.
    Received {
        /// From where.
        origin: Origin,
    },
    /// It was classified: from the sent body (a hint), or from the fetched text.
    Classified {
        /// The answer.
        classification: Classification,
        /// The runbook that serves it.
        runbook: Option<RunbookId>,
        /// Whether the text was fetched with our own credential.
        fetched: bool,
    },
    /// The desk was asked.
    TicketRead {
        /// What it said.
        facts: TicketFacts,
    },
    /// It is left alone.
    LeftAlone {
        /// Why.
        reason: NoActionReason,
    },
    /// A plan was made; it may be one that cannot work.
    Planned {
        /// The plan.
        plan: Box<Plan>,
    },
    /// A new plan is wanted: asked for, or because the world changed before the first step.
    Replanning {
        /// Who asked.
        by: Actor,
        /// The version it will have.
        version: u32,
        /// Why.
        why: String,
        /// What a person says is asked, where they said so.
        #[serde(default)]
        correction: Option<Correction>,
    },
    /// The card stands in its channel.
    CardPosted {
        /// Where.
        card: CardRef,
    },
    /// The note stands on the ticket.
    NotePosted {
        /// Where.
        note: NoteRef,
    },
    /// A person approved exactly this plan.
    Approved {
        /// The approval.
        approval: Approval,
    },
    /// A person denied it.
    Denied {
        /// The denial.
        denial: Denial,
    },
    /// Nobody decided in time.
    Expired {
        /// When it was noticed.
        at: At,
    },
    /// It was given up.
    Cancelled {
        /// By whom.
        by: Actor,
        /// When.
        at: At,
    },
    /// It was given up while it was being executed: no further step is begun.
    StopAsked {
        /// By whom and when.
        stop: Stop,
    },
    /// A step ended.
    StepEnded {
        /// How.
        outcome: StepOutcome,
    },
    /// The execution ended.
    Finished {
        /// In which state.
        state: StateName,
    },
}

/// Something that happened to an organisation, not to a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgEvent {
    /// The service started.
    Started {
        /// The program's version.
        version: String,
        /// SHA-256 of the configuration's values (secrets excluded).
        configuration: Digest,
        /// Digest of each runbook in force.
        runbooks: Vec<(RunbookId, Digest)>,
        /// Digest of each runbook's policy.
        policies: Vec<(RunbookId, Digest)>,
    },
    /// A key was made.
    KeyCreated {
        /// Its id.
        key: KeyId,
        /// Its name.
        name: String,
        /// Its scopes.
        scopes: Vec<String>,
        /// Whom it is bound to.
        person: Option<PersonRef>,
    },
    /// A key was revoked.
    KeyRevoked {
        /// Its id.
        key: KeyId,
    },
    /// A body without a ticket id was set aside.
    Quarantined {
        /// The desk it came in for.
        desk: ConnectionName,
        /// SHA-256 of the body.
        body: Digest,
    },
    /// A body that was set aside led to a run after all.
    Replayed {
        /// The body.
        quarantined: QuarantineId,
        /// The run.
        run: RunId,
    },
    /// The kill switch was thrown: no step starts.
    Paused {
        /// Which runbook; `None`: all of the organisation.
        runbook: Option<RunbookId>,
        /// Why, in their words.
        why: Option<String>,
    },
    /// Steps start again.
    Resumed {
        /// Which runbook's pause was released; `None`: the organisation's own.
        runbook: Option<RunbookId>,
    },
    /// The button of a card posted to try the channel was pressed.
    ProbeReturned {
        /// What the button carried.
        probe: String,
        /// Who pressed it, as the channel names them.
        by: PersonRef,
    },
    /// What may name people was erased because its time was up.
    Pruned {
        /// What came before this.
        before: At,
        /// Tickets whose words were erased.
        texts: u64,
        /// Clicks.
        clicks: u64,
        /// Quarantined bodies.
        bodies: u64,
    },
}

/// An event ready for the ledger: the header's fields and the erasable body's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: At,
    /// The kind, for example `plan.approved`.
    pub kind: &'static str,
    /// The run.
    pub run: Option<RunId>,
    /// Who, opaque.
    pub actor: String,
    /// The plan it is about.
    pub plan_digest: Option<Digest>,
    /// The policy it was decided under.
    pub policy_digest: Option<Digest>,
    /// `approve` or `deny`, for a decision.
    pub decision: Option<&'static str>,
    /// The event as JSON: erasable, because it may name people.
    pub body: Vec<u8>,
}

impl Event {
    /// The kind in the ledger.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Received { .. } => "run.received",
            Self::Classified { .. } => "run.classified",
            Self::TicketRead { .. } => "ticket.read",
            Self::LeftAlone { .. } => "run.left_alone",
            Self::Planned { .. } => "plan.made",
            Self::Replanning { .. } => "plan.asked",
            Self::CardPosted { .. } => "card.posted",
            Self::NotePosted { .. } => "note.posted",
            Self::Approved { .. } => "plan.approved",
            Self::Denied { .. } => "plan.denied",
            Self::Expired { .. } => "plan.expired",
            Self::Cancelled { .. } => "run.cancelled",
            Self::StopAsked { .. } => "run.stop_asked",
            Self::StepEnded { .. } => "step.ended",
            Self::Finished { .. } => "run.finished",
        }
    }

    fn actor(&self) -> String {
        match self {
            Self::Approved { approval } => approval.by.id.to_string(),
            Self::Denied { denial } => denial.by.id.to_string(),
            Self::Cancelled { by, .. } | Self::Replanning { by, .. } => by.opaque(),
            Self::StopAsked { stop } => stop.by.opaque(),
            Self::Received { .. }
            | Self::Classified { .. }
            | Self::TicketRead { .. }
            | Self::LeftAlone { .. }
            | Self::Planned { .. }
            | Self::CardPosted { .. }
            | Self::NotePosted { .. }
            | Self::Expired { .. }
            | Self::StepEnded { .. }
            | Self::Finished { .. } => Actor::System.opaque(),
        }
    }

    fn decision(&self) -> Option<&'static str> {
        match self {
            Self::Approved { .. } => Some("approve"),
            Self::Denied { .. } => Some("deny"),
            Self::Received { .. }
            | Self::Classified { .. }
            | Self::TicketRead { .. }
            | Self::LeftAlone { .. }
            | Self::Planned { .. }
            | Self::Replanning { .. }
            | Self::CardPosted { .. }
            | Self::NotePosted { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. }
            | Self::StopAsked { .. }
            | Self::StepEnded { .. }
            | Self::Finished { .. } => None,
        }
    }

    /// The ledger's record of this event; `run` is the run after it.
    pub fn record(&self, run: &Run, now: At) -> Record {
        let plan = run.state.plan();
        Record {
            time: now,
            kind: self.kind(),
            run: Some(run.id),
            actor: self.actor(),
            plan_digest: plan.map(|plan| plan.digest(&run.org, &run.id)),
            policy_digest: plan.map(|plan| plan.policy_digest),
            decision: self.decision(),
            body: json(self),
        }
    }
}

impl OrgEvent {
    /// The kind in the ledger.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "service.started",
            Self::KeyCreated { .. } => "key.created",
            Self::KeyRevoked { .. } => "key.revoked",
            Self::Quarantined { .. } => "body.quarantined",
            Self::Replayed { .. } => "body.replayed",
            Self::Paused { .. } => "steps.paused",
            Self::Resumed { .. } => "steps.resumed",
            Self::ProbeReturned { .. } => "probe.returned",
            Self::Pruned { .. } => "data.pruned",
        }
    }

    /// The ledger's record of this event.
    pub fn record(&self, actor: &Actor, now: At) -> Record {
        Record {
            time: now,
            kind: self.kind(),
            run: None,
            actor: actor.opaque(),
            plan_digest: None,
            policy_digest: None,
            decision: None,
            body: json(self),
        }
    }
}

/// Our own event types always serialise: they hold no maps with other than text keys and no foreign code.
fn json<T: Serialize>(event: &T) -> Vec<u8> {
    serde_json::to_vec(event).unwrap_or_else(|error| format!("{{\"unencodable\":\"{error}\"}}").into_bytes())
}
