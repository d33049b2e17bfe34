//! The kill switch, and what is paused.

use countersign_domain::{
    command::Command,
    effect::Ask,
    event::OrgEvent,
    ids::{OrgId, RunbookId},
    pause::{Pause, PauseChange},
    person::Actor,
    ports::{Change, Cursor, RunFilter, StoreError},
    run::{Run, StateName},
    shown::shown,
};
use std::cmp::Reverse;

use crate::advance::{App, AppError, With};

/// How many runs are looked at in one go when cards are drawn again.
const PAGE: u32 = 200;

/// How many cards are drawn again at most: those of the newest runs. Thousands would keep everybody else's waiting, for a
/// channel takes about one a second.
const DRAWN: usize = 200;

/// What throwing the switch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Steps that had started before, and whose outcome is not known yet. `None`: they could not be counted; the switch
    /// is thrown all the same.
    pub in_flight: Option<u64>,
}

/// What came of having cards drawn again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redrawn {
    /// Cards that are about to say it.
    pub shown: u64,
    /// Cards that could not be asked for; the log has why.
    pub failed: u64,
}

impl App {
    /// No step of the organisation, or of one of its runbooks, starts from now on. Where it returns, none does: whatever
    /// was claimed before looks once more right before it sends.
    ///
    /// # Errors
    /// A runbook that there is not, or the store's: then nothing was thrown.
    pub async fn pause(
        &self,
        org: &OrgId,
        runbook: Option<&RunbookId>,
        why: Option<String>,
        by: &Actor,
    ) -> Result<Paused, AppError> {
        self.known_runbook(org, runbook)?;
        let since = self.parts.clock.now();
        let event = OrgEvent::Paused { runbook: runbook.cloned(), why: why.clone() };
        let pause = Pause { org: org.clone(), runbook: runbook.cloned(), since, by: by.clone(), why };
        let change = Change {
            org: Some(org.clone()),
            records: vec![event.record(by, since)],
            pause: Some(PauseChange::Pause(pause)),
            ..Change::default()
        };
        self.parts.store.commit(change).await?;
        let counted = self.in_flight(org, runbook).await;
        if let Err(error) = &counted {
            tracing::warn!(%org, %error, "steps are paused; how many are in flight could not be counted");
        }
        Ok(Paused { in_flight: counted.ok() })
    }

    /// How many steps have started and not ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, AppError> {
        Ok(self.parts.queries.steps_in_flight(org, runbook).await?)
    }

    /// Steps start again, unless something else holds them. A runbook that is paused can be resumed also where it is no
    /// longer configured.
    ///
    /// # Errors
    /// A runbook that there is not and that is not paused, or the store's: then nothing was released.
    pub async fn resume(&self, org: &OrgId, runbook: Option<&RunbookId>, by: &Actor) -> Result<(), AppError> {
        let known = self.known_runbook(org, runbook);
        if known.is_err() && !self.stands(org, runbook).await? {
            return known;
        }
        let event = OrgEvent::Resumed { runbook: runbook.cloned() };
        let change = Change {
            org: Some(org.clone()),
            records: vec![event.record(by, self.parts.clock.now())],
            pause: Some(PauseChange::Resume { org: org.clone(), runbook: runbook.cloned() }),
            ..Change::default()
        };
        self.parts.store.commit(change).await?;
        self.parts.wakeup.wake();
        Ok(())
    }

    /// What holds this run's steps, if anything does.
    ///
    /// # Errors
    /// The store's.
    pub async fn pause_of(&self, run: &Run) -> Result<Option<Pause>, StoreError> {
        let pauses = self.parts.queries.pauses().await?;
        Ok(pauses.into_iter().find(|pause| pause.holds(&run.org, run.runbook.as_ref())))
    }

    /// Has the cards whose steps are still to come say whether they are paused: those of the 200 newest runs that await
    /// approval or are being executed. An older card says it when it is next drawn. One that cannot be asked for is logged
    /// and passed over.
    ///
    /// # Errors
    /// The store's, where the runs cannot be read.
    pub async fn show_pause(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<Redrawn, AppError> {
        let mut redrawn = Redrawn::default();
        for run in self.with_steps_to_come(org, runbook).await? {
            let id = run.id;
            match self.show_again(run).await {
                Ok(asked) => redrawn.shown += u64::from(asked),
                Err(error) => {
                    tracing::warn!(%org, run = %id, %error, "its card does not say yet whether steps are paused");
                    redrawn.failed += 1;
                }
            }
        }
        Ok(redrawn)
    }

    /// The newest runs of the organisation, or of one of its runbooks, that await approval or are being executed.
    async fn with_steps_to_come(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<Vec<Run>, AppError> {
        let mut found = Vec::new();
        for state in [StateName::AwaitingApproval, StateName::Executing] {
            let filter = RunFilter { state: Some(state), ..RunFilter::default() };
            let (mut of_state, mut after) = (Vec::new(), None::<Cursor>);
            loop {
                let page = self.parts.queries.runs(org, &filter, after.as_ref(), PAGE).await?;
                let meant = |run: &Run| runbook.is_none() || run.runbook.as_ref() == runbook;
                of_state.extend(page.runs.into_iter().filter(meant));
                after = page.next;
                if after.is_none() || of_state.len() >= DRAWN {
                    break;
                }
            }
            found.extend(of_state);
        }
        found.sort_by_key(|run| Reverse((run.created_at, run.id)));
        found.truncate(DRAWN);
        Ok(found)
    }

    /// Whether the run's card is about to be drawn because of this. It is not where it waits to be drawn anyway, or has
    /// gone on meanwhile, which draws it too.
    async fn show_again(&self, run: Run) -> Result<bool, AppError> {
        let effects = self.parts.queries.effects(&run.org, &run.id).await?;
        if effects.iter().any(|effect| effect.name == Ask::ShowCard.name() && effect.state == "waiting") {
            return Ok(false);
        }
        match self.advance(run, Command::ShowAgain, With::default()).await {
            Ok(_) => Ok(true),
            Err(AppError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a pause of exactly this stands.
    async fn stands(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<bool, AppError> {
        let pauses = self.parts.queries.pauses().await?;
        Ok(pauses.iter().any(|pause| pause.org == *org && pause.runbook.as_ref() == runbook))
    }

    fn known_runbook(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<(), AppError> {
        let rules = self.org(org)?;
        let Some(wanted) = runbook.filter(|id| rules.runbook(id).is_none()) else { return Ok(()) };
        let all = rules.runbooks.values().map(|runbook| runbook.id.as_str()).collect::<Vec<_>>().join(", ");
        Err(AppError::Invalid {
            pointer: "/runbook".to_owned(),
            detail: format!("there is no runbook {} here; there are: {all}", shown(wanted.as_str(), 40)),
        })
    }
}
