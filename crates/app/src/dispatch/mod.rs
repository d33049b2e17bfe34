//! Acting on claimed effects: what the world is asked for, and what becomes of the answer.

mod cards;
mod notes;
mod perform;
mod reading;

pub(crate) use reading::leave_alone;

use countersign_domain::{
    command::{Command, Refusal, RefusalReason},
    effect::{Ask, ClaimedEffect, Settlement},
    ids::IntentName,
    mode::Mode,
    person::{Actor, MailAddress},
    ports::{Change, Conflict, PortError, PortErrorKind, StoreError},
    run::{Correction, Run},
    shown::shown,
};
use tracing::Span;

use crate::{
    advance::{App, AppError, With, settle},
    backoff, measure,
};

/// How long a write waits before it is looked at again whether the mode is live, in milliseconds.
const NOT_LIVE: u64 = 60_000;

/// The claim under which effects are acted on.
#[derive(Clone, Copy)]
pub struct Lease<'a> {
    /// The worker's name, under which follow-up effects are claimed.
    pub owner: &'a str,
    /// For how long they are claimed, in milliseconds.
    pub lease_ms: u64,
    /// Whether the lease still holds by the local monotonic clock, counted from before the claim. Asked right before
    /// every write: a worker that wakes after its lease can neither send nor write.
    pub holds: &'a (dyn Fn() -> bool + Send + Sync),
}

/// What became of an effect.
pub(crate) enum Done {
    /// The run moved on; effects claimed for us in the same commit.
    Advanced(Vec<ClaimedEffect>),
    /// Nothing changed about the run.
    Settled,
}

/// Why an effect was not done.
pub(crate) enum NotDone {
    /// The vendor could not, or its answer is unknown.
    Port(PortError),
    /// It waits for something that is not there yet: again in so many milliseconds.
    Waits(String, u64),
    /// The lease ran out: somebody else has it, or will.
    LeaseLost,
    /// The store or the state machine.
    App(AppError),
}

impl From<PortError> for NotDone {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<AppError> for NotDone {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl App {
    /// Acts on one claimed effect and settles it. Returns the effects that were claimed for this worker on the way.
    ///
    /// # Errors
    /// The store's alone: a vendor's failure is settled as a later attempt. After an error the lease runs out and the
    /// effect is observed before anything is sent again.
    pub async fn dispatch(&self, effect: ClaimedEffect, lease: Lease<'_>) -> Result<Vec<ClaimedEffect>, AppError> {
        let acted = self.act(&effect, lease).await;
        measure::attempted(&effect, &acted);
        let outcome = match acted {
            Ok(Done::Advanced(claimed)) => return Ok(claimed),
            Ok(Done::Settled) => self.settle_only(&effect, Settlement::Done, lease).await,
            Err(NotDone::Port(PortError { kind: PortErrorKind::Held { retry_after_ms }, says })) => {
                self.wait(&effect, says, retry_after_ms, lease).await
            }
            Err(NotDone::Port(error)) => {
                let settlement = self.after_failure(&effect, &error);
                if matches!(settlement, Settlement::Parked { .. }) {
                    tracing::error!(%error, "effect set aside for a human");
                } else {
                    tracing::warn!(%error, "effect not done");
                }
                self.settle_only(&effect, settlement, lease).await
            }
            Err(NotDone::Waits(why, wait_ms)) => self.wait(&effect, why, wait_ms, lease).await,
            Err(NotDone::LeaseLost) => {
                self.wait(&effect, "the lease was nearly over, so nothing was sent".to_owned(), 0, lease).await
            }
            Err(NotDone::App(AppError::Refused(Refusal { reason: RefusalReason::TimeIsNotUp(_), .. }))) => {
                self.wait(&effect, "by this process's clock the plan's time is not up".to_owned(), 1_000, lease).await
            }
            Err(NotDone::App(AppError::Refused(refusal))) => {
                tracing::info!(%refusal, "effect no longer applies");
                self.settle_only(&effect, Settlement::Done, lease).await
            }
            Err(NotDone::App(AppError::Store(StoreError::Conflict(Conflict::LostLease)))) => return Ok(Vec::new()),
            Err(NotDone::App(error)) => return Err(error),
        };
        match outcome {
            Err(AppError::Store(StoreError::Conflict(Conflict::LostLease))) => Ok(Vec::new()),
            other => other,
        }
    }

    async fn act(&self, effect: &ClaimedEffect, lease: Lease<'_>) -> Result<Done, NotDone> {
        let run = self.run(&effect.org, &effect.run).await?;
        if let Some(runbook) = &run.runbook {
            Span::current().record("runbook", runbook.as_str());
        }
        let mode = self.org(&run.org)?.mode_of(run.runbook.as_ref());
        if effect.ask.writes() && mode != Mode::Live {
            return Err(NotDone::Waits(format!("the mode is {mode}, so nothing is written"), NOT_LIVE));
        }
        match &effect.ask {
            Ask::ReadTicket => self.read_ticket(effect, run, lease).await,
            Ask::MakePlan { version } => self.make_plan(effect, run, *version, lease).await,
            Ask::ShowCard => self.show_card(effect, run, lease).await,
            Ask::SayInThread { topic } => self.say_in_thread(effect, &run, *topic, lease).await,
            Ask::Perform { ordinal, plan_digest } => self.perform(effect, run, *ordinal, *plan_digest, lease).await,
            Ask::ShowNote => self.show_note(effect, run, lease).await,
            Ask::Expire { plan_version } => {
                let command = Command::Expire { plan_version: *plan_version };
                self.follow(effect, run, command, lease).await
            }
        }
    }

    /// Advances the run by a command and settles the effect in the same commit.
    pub(crate) async fn follow(
        &self,
        effect: &ClaimedEffect,
        run: Run,
        command: Command,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let with = With { effect: Some((effect, lease.owner, lease.lease_ms)), ..With::default() };
        let (_, receipt) = self.advance(run, command, with).await?;
        Ok(Done::Advanced(receipt.claimed))
    }

    /// Whether what this effect would post may stand there already: from an earlier attempt of its own, or from an
    /// earlier effect of its kind that was set aside with its outcome unknown.
    async fn may_stand_already(&self, effect: &ClaimedEffect) -> Result<bool, AppError> {
        if effect.attempt > 1 || effect.ambiguous {
            return Ok(true);
        }
        let all = self.parts.queries.effects(&effect.org, &effect.run).await?;
        Ok(all
            .iter()
            .any(|other| other.ordinal < effect.ordinal && other.name == effect.ask.name() && other.state == "parked"))
    }

    /// Again in so many milliseconds, with no attempt counted; what an earlier attempt left in doubt stays in doubt.
    async fn wait(
        &self,
        effect: &ClaimedEffect,
        why: String,
        wait_ms: u64,
        lease: Lease<'_>,
    ) -> Result<Vec<ClaimedEffect>, AppError> {
        let not_before = self.parts.clock.now().plus_millis(wait_ms);
        let settlement = Settlement::Wait { not_before, why, ambiguous: effect.ambiguous };
        self.settle_only(effect, settlement, lease).await
    }

    async fn settle_only(
        &self,
        effect: &ClaimedEffect,
        settlement: Settlement,
        lease: Lease<'_>,
    ) -> Result<Vec<ClaimedEffect>, AppError> {
        let change = Change {
            now: Some(self.parts.clock.now()),
            claim_for: Some((lease.owner.to_owned(), lease.lease_ms)),
            settle: Some(settle(effect, settlement)),
            ..Change::default()
        };
        Ok(self.parts.store.commit(change).await?.claimed)
    }

    /// Cards, notes and reads are tried for as long as it takes, ever more slowly; what a vendor refuses for good is set
    /// aside for a human and never holds up its lane. A doubt whether an earlier attempt took stays until it is cleared
    /// up: a look that failed does not clear it up.
    fn after_failure(&self, effect: &ClaimedEffect, error: &PortError) -> Settlement {
        let asked = match error.kind {
            PortErrorKind::Transient { retry_after_ms } => retry_after_ms,
            PortErrorKind::Held { retry_after_ms } => Some(retry_after_ms),
            PortErrorKind::Permanent | PortErrorKind::Gone | PortErrorKind::Unauthorized | PortErrorKind::Ambiguous => {
                None
            }
        };
        if !error.retryable() {
            return Settlement::Parked { why: error.says.clone() };
        }
        Settlement::Retry {
            not_before: backoff::next(self.parts.clock.now(), effect.attempt, asked, self.parts.ids.as_ref()),
            why: error.says.clone(),
            ambiguous: effect.ambiguous || error.kind == PortErrorKind::Ambiguous,
        }
    }

    /// Plans a run again because somebody asked; with an intent, of what they say it asks for. Whoever corrects it is
    /// known by an address, because they cannot approve what comes of it.
    ///
    /// # Errors
    /// An intent that no runbook here serves, a refusal where the run's state does not allow it, an unknown run, or the
    /// store's.
    pub async fn replan(
        &self,
        run: Run,
        corrected: Option<(IntentName, MailAddress)>,
        by: Actor,
    ) -> Result<Run, AppError> {
        let correction = match corrected {
            None => None,
            Some((intent, person)) => {
                let org = self.org(&run.org)?;
                let known = || org.runbooks.keys().map(IntentName::as_str).collect::<Vec<_>>().join(", ");
                let runbook = org.runbooks.get(&intent).ok_or_else(|| AppError::Invalid {
                    pointer: "/intent".to_owned(),
                    detail: format!("no runbook here serves {}; there are: {}", shown(intent.as_str(), 60), known()),
                })?;
                Some(Correction { runbook: runbook.id.clone(), intent, by: person })
            }
        };
        Ok(self.advance(run, Command::Replan { by, correction }, With::default()).await?.0)
    }

    /// Gives a run up because somebody asked.
    ///
    /// # Errors
    /// A refusal where the run's state does not allow it, an unknown run, or the store's.
    pub async fn cancel(&self, run: Run, by: Actor) -> Result<Run, AppError> {
        Ok(self.advance(run, Command::Cancel { by }, With::default()).await?.0)
    }
}
