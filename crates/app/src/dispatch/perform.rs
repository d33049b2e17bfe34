//! Performing the steps of an approved plan. Nothing else in the program changes a system.

use countersign_domain::{
    command::{Command, Refusal, RefusalReason},
    decide::ApprovedPlan,
    digest::Digest,
    effect::ClaimedEffect,
    person::MailAddress,
    plan::{Action, EffectClass, ObjectId, Step, UserRef},
    ports::{Observed, PersonQuery, PortError, PortErrorKind, System},
    run::{Execution, Run, StepResult},
};
use std::sync::Arc;
use tracing::Span;

use super::{Done, Lease, NotDone};
use crate::{
    advance::{App, AppError},
    measure,
    org::Org,
};

/// For how many seconds an approval is good at least, besides what is waited for a user who is being provisioned.
const UNDER_WAY: u64 = 60 * 60;

/// How often a step is tried before it has failed.
const ATTEMPTS: u32 = 8;

/// How long to wait before a user who is being provisioned is looked for again, in seconds: half as long as was waited
/// so far, within these bounds.
const PROVISIONING_POLL: (u64, u64) = (2, 60);

impl App {
    pub(super) async fn perform(
        &self,
        effect: &ClaimedEffect,
        run: Run,
        ordinal: u16,
        plan_digest: Digest,
        lease: Lease<'_>,
    ) -> Result<Done, NotDone> {
        let approved = match ApprovedPlan::verify(&run, plan_digest) {
            Ok(approved) => approved,
            Err(Refusal { reason: RefusalReason::OtherDigest, .. }) => {
                // A version of this program that counted otherwise made it, or somebody changed what is stored.
                let says = "What was approved cannot be told to be this plan, so it is asked for anew.".to_owned();
                let command = Command::EndStep { ordinal, plan_digest, result: StepResult::Drifted { says } };
                return self.follow(effect, run, command, lease).await;
            }
            Err(refusal) => return Err(AppError::from(refusal).into()),
        };
        let org = self.org(&run.org)?;
        let Some(step) = approved.plan().steps.get(usize::from(ordinal)).cloned() else { return Ok(Done::Settled) };
        Span::current().record("action", step.action.kind().as_str());
        let result = match self.attempt(effect, &run, org, &step, lease).await {
            Ok(result) => result,
            Err(NotDone::Port(error)) => match failed_for_good(self.is_last(effect, org, &step), effect, &error) {
                Some(result) => {
                    measure::failed(effect, &error);
                    result
                }
                None => return Err(error.into()),
            },
            Err(other) => return Err(other),
        };
        metrics::counter!(
            "countersign_steps_total",
            "action" => step.action.kind().as_str(), "outcome" => result.name()
        )
        .increment(1);
        self.follow(effect, run, Command::EndStep { ordinal, plan_digest, result }, lease).await
    }

    /// Reads the world, and writes where it is as it was planned.
    async fn attempt(
        &self,
        effect: &ClaimedEffect,
        run: &Run,
        org: &Org,
        step: &Step,
        lease: Lease<'_>,
    ) -> Result<StepResult, NotDone> {
        let Some((_, system)) = self.parts.connections.system(&run.org, &step.system) else {
            return Ok(StepResult::Failed { says: format!("The system {} is no longer connected.", step.system) });
        };
        if effect.ambiguous && step.action.class() == EffectClass::AtMostOnce {
            let says = "An earlier attempt ended without an answer and it cannot be read whether it took: look at the target yourself.";
            return Ok(StepResult::Unknown { says: says.to_owned() });
        }
        if !effect.ambiguous
            && let Some(stopped) = self.stopped(run, step).await?
        {
            return Ok(stopped);
        }
        let created = created_id(run.state.execution(), step);
        let observed = match system.observe(step, created.as_ref(), effect.ambiguous).await {
            Err(error) if effect.ambiguous && is_refusal(&error) => return Ok(unknown(&error.says)),
            answer => answer?,
        };
        match observed {
            Observed::Ready if effect.ambiguous => match self.stopped(run, step).await? {
                Some(stopped) => Ok(stopped),
                None => self.send(run, step, created.as_ref(), system, lease).await,
            },
            Observed::Ready => self.send(run, step, created.as_ref(), system, lease).await,
            Observed::AlreadyDone(says) if effect.ambiguous => {
                let created = created_by_attempt(step, system.as_ref()).await?;
                Ok(StepResult::Done { says, created })
            }
            Observed::AlreadyDone(says) => Ok(StepResult::AlreadyDone { says }),
            // What an earlier attempt did may be the very change that is seen.
            Observed::Drifted(says) if effect.ambiguous => Ok(unknown(&says)),
            Observed::Drifted(says) => Ok(StepResult::Drifted { says }),
            Observed::Unknown(says) => Ok(StepResult::Unknown { says }),
            Observed::NotYet(says) => self.await_user(effect, org, says),
        }
    }

    /// Whether somebody gave the run up. Before the first step also reads the ticket once more, and whether its target is
    /// protected by now. Where an earlier attempt may have taken, that is looked at first, since what was begun is told
    /// as it is.
    async fn stopped(&self, run: &Run, step: &Step) -> Result<Option<StepResult>, NotDone> {
        if let Some(stop) = run.state.execution().and_then(|execution| execution.stop.as_ref()) {
            return Ok(Some(StepResult::NotStarted {
                says: format!("Nothing was sent: it was given up at {}.", stop.at),
            }));
        }
        if let Some(says) = self.too_old(run) {
            return Ok(Some(StepResult::Drifted { says }));
        }
        if step.ordinal > 0 {
            return Ok(None);
        }
        if let Some(why) = self.ticket_forbids(run).await? {
            return Ok(Some(StepResult::NotStarted { says: format!("Nothing was sent: {why}.") }));
        }
        let Some(plan) = run.state.plan() else { return Ok(None) };
        let protected = self.protected_since(run, self.org(&run.org)?, plan).await?;
        Ok(protected.map(|says| StepResult::Drifted { says }))
    }

    /// Why an approval is too old to be acted on: a pause, a mode or an outage held its steps for longer than its plan
    /// could have waited for a decision, with an hour at least for what is under way. Somebody looks again then.
    fn too_old(&self, run: &Run) -> Option<String> {
        let approval = &run.state.execution()?.approval;
        let policy = self.parts.orgs.get(&run.org)?.policies.get(run.runbook.as_ref()?)?;
        let org = self.parts.orgs.get(&run.org)?;
        let held = self.parts.clock.now().seconds_since(approval.at);
        (held > policy.expires_after().max(org.provisioning_wait + UNDER_WAY))
            .then(|| format!("it was approved at {}, and nothing could be started until now", approval.at))
    }

    /// Whether this is the last attempt. Looking for a user who is being provisioned uses attempts up, so such a step
    /// has its time besides.
    fn is_last(&self, effect: &ClaimedEffect, org: &Org, step: &Step) -> bool {
        let has_time = match step.action.user() {
            Some(UserRef::Awaited { .. }) => {
                self.parts.clock.now().seconds_since(effect.due_since) < org.provisioning_wait
            }
            Some(UserRef::Known(_) | UserRef::CreatedBy { .. }) | None => false,
        };
        effect.attempt >= ATTEMPTS && !has_time
    }

    /// The last look before anything is sent: at the kill switch, and at the lease.
    async fn send(
        &self,
        run: &Run,
        step: &Step,
        created: Option<&ObjectId>,
        system: Arc<dyn System>,
        lease: Lease<'_>,
    ) -> Result<StepResult, NotDone> {
        if self.pause_of(run).await?.is_some() {
            return Err(NotDone::Waits("steps are paused".to_owned(), 0));
        }
        if !(lease.holds)() {
            return Err(NotDone::LeaseLost);
        }
        let performed = system.perform(step, created).await?;
        Ok(StepResult::Done { says: performed.says, created: performed.created })
    }

    fn await_user(&self, effect: &ClaimedEffect, org: &Org, says: String) -> Result<StepResult, NotDone> {
        let waited = self.parts.clock.now().seconds_since(effect.due_since);
        if waited < org.provisioning_wait {
            let pause = (waited / 2).clamp(PROVISIONING_POLL.0, PROVISIONING_POLL.1);
            return Err(NotDone::Waits(says, pause * 1_000));
        }
        let says = format!("{says} Gave up after {waited} s; do this step by hand once the user is there.");
        Ok(StepResult::Failed { says })
    }
}

/// What an error makes of the step, where it is not tried again. A refused credential ends the step: what was approved
/// does not lie in wait for a credential to be mended.
fn failed_for_good(last: bool, effect: &ClaimedEffect, error: &PortError) -> Option<StepResult> {
    let says = error.says.clone();
    match error.kind {
        PortErrorKind::Permanent | PortErrorKind::Gone | PortErrorKind::Unauthorized => {
            Some(StepResult::Failed { says })
        }
        PortErrorKind::Transient { .. } if last && effect.ambiguous => Some(unknown(&says)),
        PortErrorKind::Transient { .. } if last => {
            Some(StepResult::Failed { says: format!("{says} Tried {} times.", effect.attempt) })
        }
        PortErrorKind::Ambiguous if last => Some(StepResult::Unknown {
            says: format!("{says} Tried {} times; look at the target to see whether it took.", effect.attempt),
        }),
        PortErrorKind::Transient { .. } | PortErrorKind::Held { .. } | PortErrorKind::Ambiguous => None,
    }
}

/// Whether the vendor answered, and with no.
fn is_refusal(error: &PortError) -> bool {
    match error.kind {
        PortErrorKind::Permanent | PortErrorKind::Gone | PortErrorKind::Unauthorized => true,
        PortErrorKind::Transient { .. } | PortErrorKind::Held { .. } | PortErrorKind::Ambiguous => false,
    }
}

/// An earlier attempt may have taken, and it cannot be looked up whether it did.
fn unknown(why: &str) -> StepResult {
    StepResult::Unknown { says: format!("{why} An earlier attempt may have taken: look at the target yourself.") }
}

/// The id that the step's user was created with, where an earlier step of the run created them.
fn created_id(execution: Option<&Execution>, step: &Step) -> Option<ObjectId> {
    let Some(UserRef::CreatedBy { step: creating, .. }) = step.action.user() else { return None };
    execution?.outcomes.iter().find(|outcome| outcome.ordinal == *creating).and_then(|outcome| match &outcome.result {
        StepResult::Done { created, .. } => created.clone(),
        StepResult::AlreadyDone { .. }
        | StepResult::Failed { .. }
        | StepResult::Unknown { .. }
        | StepResult::Drifted { .. }
        | StepResult::NotStarted { .. } => None,
    })
}

/// The id of the user whom an attempt without an answer turned out to have created.
async fn created_by_attempt(step: &Step, system: &dyn System) -> Result<Option<ObjectId>, PortError> {
    let Action::CreateUser { profile } = &step.action else { return Ok(None) };
    let login: MailAddress = profile.login.clone();
    let found = system.resolve(&PersonQuery { mail: Some(login), name: None }).await?;
    Ok(found.into_iter().next().map(|subject| subject.id))
}
