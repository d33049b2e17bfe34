//! Taking tickets in: once each, durably, with the text as sent being no more than a hint.

pub mod body;

use countersign_domain::{
    classification::{Confidence, TicketWords},
    command::Understood,
    decide::{Opening, open},
    digest::Digest,
    event::OrgEvent,
    ids::{ConnectionName, IntentName, OrgId, RunId, RunbookId},
    person::Actor,
    ports::{Change, Opened, QuarantineRow},
    run::{Origin, Run, State, StateName},
    ticket::TicketText,
};
use tracing::Instrument;

use crate::{
    advance::{App, AppError},
    measure,
};

/// What is answered to a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// The run, the same however often the ticket is sent.
    pub run: RunId,
    /// What is being done about it.
    pub disposition: Disposition,
    /// The run's state now.
    pub status: StateName,
    /// The ticket was here before.
    pub duplicate: bool,
    /// What it was understood to ask for.
    pub intent: Option<IntentName>,
    /// The runbook that serves it.
    pub runbook: Option<RunbookId>,
    /// How sure the classifier was.
    pub confidence: Option<Confidence>,
}

/// What is being done about a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Its text must be fetched or classified first.
    Received,
    /// A plan and a card are being prepared.
    AwaitingApproval,
    /// Recorded, left alone.
    NoAction,
}

impl Disposition {
    /// The name in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::AwaitingApproval => "awaiting_approval",
            Self::NoAction => "no_action",
        }
    }

    fn of(run: &Run) -> Self {
        match run.state {
            State::Received => Self::Received,
            State::NoAction { .. } => Self::NoAction,
            State::Planning { .. }
            | State::AwaitingApproval { .. }
            | State::Executing(_)
            | State::Succeeded(_)
            | State::PartlyDone(_)
            | State::Failed(_)
            | State::Denied { .. }
            | State::Expired { .. }
            | State::Cancelled { .. } => Self::AwaitingApproval,
        }
    }
}

/// What became of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A run, new or known.
    Run(Ingested),
    /// No ticket id could be had from it; it is kept to be looked at and replayed.
    Quarantined {
        /// A JSON pointer to where the id was looked for.
        pointer: &'static str,
        /// What is wrong and what would do.
        detail: String,
    },
}

impl App {
    /// Takes a body in. `desk` is the desk of the key or of the webhook; a `source` in the body may name another one of
    /// the same organisation only where `desk` is `None`.
    ///
    /// # Errors
    /// An unknown source, a desk that does not exist, or the store's.
    pub async fn ingest(&self, org: &OrgId, desk: Option<&ConnectionName>, bytes: &[u8]) -> Result<Taken, AppError> {
        let span = measure::taking_in(org);
        let taken = self.take_in(org, desk, bytes).instrument(span.clone()).await;
        measure::taken_in(&span, &taken);
        taken
    }

    async fn take_in(&self, org: &OrgId, desk: Option<&ConnectionName>, bytes: &[u8]) -> Result<Taken, AppError> {
        let rules = self.org(org)?;
        let body = match body::read(bytes) {
            Ok(body) => body,
            Err(error) => {
                let desk = desk.or_else(|| rules.desks.keys().next()).ok_or_else(|| AppError::Invalid {
                    pointer: "/source".to_owned(),
                    detail: "this organisation has no desk, so no ticket can be taken in".to_owned(),
                })?;
                self.quarantine(org, desk, bytes, &error.detail).await?;
                return Ok(Taken::Quarantined { pointer: error.pointer, detail: error.detail });
            }
        };
        let desk = match self.desk_of(org, desk, body.source.as_deref(), body.salvaged) {
            Ok(desk) => desk,
            Err(error) => {
                // Nothing that was sent is lost: once the source is known, the body can be replayed.
                if let Some(desk) = desk.or_else(|| rules.desks.keys().next()) {
                    self.quarantine(org, desk, bytes, &error.to_string()).await?;
                }
                return Err(error);
            }
        };
        let words = body.words.map(|words| TicketText {
            subject: words.subject,
            description: words.description,
            requester: words.requester,
        });
        // What takes long, or a second model is to be asked about, is understood once the ticket was fetched: nobody waits
        // for it here.
        let understood = match words.as_ref().filter(|_| self.parts.classifier.is_quick()) {
            Some(words) => Some(self.understand(rules, words).await),
            None => None,
        };
        let understood = understood.filter(|understood| self.second_opinion_on(rules, understood).is_none());
        self.open_ticket(org, desk, body.ticket, words, understood).await.map(Taken::Run)
    }

    async fn open_ticket(
        &self,
        org: &OrgId,
        desk: ConnectionName,
        ticket: countersign_domain::ids::TicketId,
        words: Option<TicketText>,
        understood: Option<Understood>,
    ) -> Result<Ingested, AppError> {
        let now = self.parts.clock.now();
        let opening = Opening {
            id: self.parts.ids.run(),
            org: org.clone(),
            origin: Origin::Ticket { desk, ticket },
            understood,
            left_alone: self.org(org)?.mode_of(None).leaves_untouched(),
        };
        let (run, decision) = open(opening, now);
        let records = decision.events.iter().map(|event| event.record(&run, now)).collect();
        let waits = !decision.effects.is_empty();
        let opened = self.parts.store.open(&run, words.as_ref(), records, decision.effects).await?;
        if waits && matches!(opened, Opened::New(_)) {
            self.parts.wakeup.wake();
        }
        if matches!(opened, Opened::New(_)) && run.state.name().is_final() {
            measure::ended(&run);
        }
        Ok(match opened {
            Opened::New(_) => ingested(&run, false),
            Opened::Duplicate(original) => ingested(&original, true),
        })
    }

    fn desk_of(
        &self,
        org: &OrgId,
        desk: Option<&ConnectionName>,
        source: Option<&str>,
        salvaged: bool,
    ) -> Result<ConnectionName, AppError> {
        let rules = self.org(org)?;
        let known = rules.desks.keys().map(ConnectionName::as_str).collect::<Vec<_>>().join(", ");
        let named = source.map(|source| rules.desk_by_source(source).ok_or(source));
        match (desk, named) {
            // Of such a body nothing but the id is believed.
            (Some(desk), _) if salvaged => Ok(desk.clone()),
            (Some(desk), Some(Ok(named))) if named != desk => Err(AppError::Invalid {
                pointer: "/source".to_owned(),
                detail: format!("this key or webhook belongs to the desk {desk}, the body names another one"),
            }),
            (_, Some(Err(source))) => Err(AppError::Invalid {
                pointer: "/source".to_owned(),
                detail: format!("unknown source {:?}; the desks of this organisation are: {known}", cut(source)),
            }),
            (Some(desk), None | Some(Ok(_))) => Ok(desk.clone()),
            (None, Some(Ok(named))) => Ok(named.clone()),
            (None, None) => match (rules.desks.len(), rules.desks.keys().next()) {
                (1, Some(only)) => Ok(only.clone()),
                (_, _) => Err(AppError::Invalid {
                    pointer: "/source".to_owned(),
                    detail: format!("say which desk the ticket comes from with \"source\"; the desks are: {known}"),
                }),
            },
        }
    }

    async fn quarantine(&self, org: &OrgId, desk: &ConnectionName, bytes: &[u8], why: &str) -> Result<(), AppError> {
        let now = self.parts.clock.now();
        let digest = Digest::of(bytes);
        let row = QuarantineRow {
            id: self.parts.ids.quarantine(),
            org: org.clone(),
            desk: desk.clone(),
            digest,
            body: bytes.to_vec(),
            why: why.to_owned(),
            received_at: now,
            replayed: None,
        };
        let event = OrgEvent::Quarantined { desk: desk.clone(), body: digest };
        let change = Change {
            org: Some(org.clone()),
            records: vec![event.record(&Actor::System, now)],
            quarantine: Some(row),
            ..Change::default()
        };
        self.parts.store.commit(change).await?;
        Ok(())
    }

    /// Classifies words as they stand, for dry runs and the command line.
    pub fn classify(&self, words: TicketWords<'_>) -> countersign_domain::classification::Classification {
        self.parts.classifier.classify(words)
    }
}

fn cut(text: &str) -> String {
    countersign_domain::shown::shown(text, 40)
}

pub(crate) fn ingested(run: &Run, duplicate: bool) -> Ingested {
    Ingested {
        run: run.id,
        disposition: Disposition::of(run),
        status: run.state.name(),
        duplicate,
        intent: run.intent().cloned(),
        runbook: run.runbook.clone(),
        confidence: run.classification.as_ref().map(|found| found.confidence),
    }
}
