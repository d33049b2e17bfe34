//! One transition: load, decide, commit; again where the world has moved on.

use countersign_domain::{
    command::{Command, Decision, Facts, Refusal},
    decide::{apply, decide},
    effect::{ClaimedEffect, Settlement},
    ids::{InboxId, OrgId, RunId},
    mode::Mode,
    person::Approver,
    policy::Policy,
    ports::{
        Change, Classifier, Clock, Conflict, Connections, Ids, Queries, Receipt, RunChange, Settle, Store, StoreError,
        Wakeup,
    },
    run::Run,
    ticket::TicketText,
};
use std::{collections::BTreeMap, sync::Arc};

use crate::{measure, org::Org};

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No such organisation.
    #[error("there is no organisation {0:?} in the configuration")]
    UnknownOrg(String),
    /// No such run.
    #[error("there is no run {0} in this organisation")]
    UnknownRun(String),
    /// No such body was set aside.
    #[error("there is no quarantined body {0} in this organisation")]
    UnknownBody(String),
    /// The state machine refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was sent is not acceptable: which part, and why.
    #[error("{pointer}: {detail}")]
    Invalid {
        /// A JSON pointer to the part.
        pointer: String,
        /// What is wrong and what would do.
        detail: String,
    },
}

/// What the use cases are made of.
pub struct Parts {
    /// The writing side of the store.
    pub store: Arc<dyn Store>,
    /// Its reading side.
    pub queries: Arc<dyn Queries>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh identifiers.
    pub ids: Arc<dyn Ids>,
    /// The embedded classifier.
    pub classifier: Arc<dyn Classifier>,
    /// The vendors.
    pub connections: Arc<dyn Connections>,
    /// Tells the dispatcher that effects may be due.
    pub wakeup: Arc<dyn Wakeup>,
    /// Tells the inbox loop that a click was persisted.
    pub inbox_wakeup: Arc<dyn Wakeup>,
    /// The organisations.
    pub orgs: BTreeMap<OrgId, Org>,
}

/// The use cases.
pub struct App {
    pub(crate) parts: Parts,
}

/// What a transition brings with it besides its command.
#[derive(Default)]
pub(crate) struct With<'a> {
    pub(crate) approver: Option<&'a Approver>,
    pub(crate) effect: Option<(&'a ClaimedEffect, &'a str, u64)>,
    pub(crate) inbox_done: Option<(OrgId, InboxId)>,
    pub(crate) text: Option<TicketText>,
}

/// How often a transition is decided anew before it is left to a later attempt. Lanes of one run are few.
const ROUNDS: u32 = 16;

impl App {
    /// The use cases over these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// The parts, for the surfaces that read.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// An organisation's rules.
    ///
    /// # Errors
    /// [`AppError::UnknownOrg`].
    pub fn org(&self, org: &OrgId) -> Result<&Org, AppError> {
        self.parts.orgs.get(org).ok_or_else(|| AppError::UnknownOrg(org.to_string()))
    }

    /// A run.
    ///
    /// # Errors
    /// [`AppError::UnknownRun`], or the store's.
    pub async fn run(&self, org: &OrgId, id: &RunId) -> Result<Run, AppError> {
        self.parts.queries.run(org, id).await?.ok_or_else(|| AppError::UnknownRun(id.to_string()))
    }

    /// Decides a command on a run and commits what follows, deciding again on a conflict. Returns the run after it.
    pub(crate) async fn advance(
        &self,
        mut run: Run,
        command: Command,
        with: With<'_>,
    ) -> Result<(Run, Receipt), AppError> {
        for _ in 0..ROUNDS {
            let (after, change) = self.prepare(&run, command.clone(), &with)?;
            match self.parts.store.commit(change).await {
                Ok(receipt) => {
                    tracing::debug!(org = %after.org, run = %after.id, state = %after.state.name(), "run advanced");
                    measure::moved(&run, &after, self.policy(&run));
                    if receipt.claimed.is_empty() {
                        self.parts.wakeup.wake();
                    }
                    return Ok((after, receipt));
                }
                Err(StoreError::Conflict(Conflict::StaleVersion)) => run = self.run(&run.org, &run.id).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict(Conflict::StaleVersion).into())
    }

    fn policy(&self, run: &Run) -> Option<&Policy> {
        self.parts.orgs.get(&run.org)?.policies.get(run.runbook.as_ref()?)
    }

    fn prepare(&self, run: &Run, command: Command, with: &With<'_>) -> Result<(Run, Change), Refusal> {
        let now = self.parts.clock.now();
        let org = self.parts.orgs.get(&run.org);
        let policy = self.policy(run);
        let mode = org.map_or(Mode::Off, |org| org.mode_of(run.runbook.as_ref()));
        let decision = decide(run, command, &Facts { now, policy, approver: with.approver, mode })?;
        let after = apply(run.clone(), &decision, now);
        let Decision { events, effects } = decision;
        let records = events.iter().map(|event| event.record(&after, now)).collect();
        let change = Change {
            now: Some(now),
            org: Some(run.org.clone()),
            run: Some(RunChange { run: after.clone(), expected_version: run.version }),
            records,
            effects,
            claim_for: with.effect.map(|(_, owner, lease_ms)| (owner.to_owned(), lease_ms)),
            settle: with.effect.map(|(effect, _, _)| settle(effect, Settlement::Done)),
            inbox_done: with.inbox_done.clone(),
            text: with.text.clone(),
            ..Change::default()
        };
        Ok((after, change))
    }
}

/// The settlement of an effect under the fence it was claimed with.
pub(crate) fn settle(effect: &ClaimedEffect, settlement: Settlement) -> Settle {
    Settle { effect: effect.id, org: effect.org.clone(), fence: effect.fence, settlement }
}
