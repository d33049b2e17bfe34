//! The kill switch, and what is paused.

use countersign_domain::{
    command::Command,
    event::OrgEvent,
    ids::{OrgId, RunbookId},
    pause::{Pause, PauseChange},
    person::Actor,
    ports::{Change, Cursor, RunFilter, StoreError},
    run::{Run, StateName},
    shown::shown,
};

use crate::advance::{App, AppError, With};

/// How many runs are looked at in one go when cards are drawn again.
const PAGE: u32 = 200;

/// What throwing the switch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Steps that had started before, and whose outcome is not known yet.
    pub in_flight: u64,
}

impl App {
    /// No step of the organisation, or of one of its runbooks, starts from now on. Where it returns, none does: whatever
    /// was claimed before looks once more right before it sends.
    ///
    /// # Errors
    /// A runbook that there is not, or the store's.
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
        Ok(Paused { in_flight: self.in_flight(org, runbook).await? })
    }

    /// How many steps have started and not ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, AppError> {
        Ok(self.parts.queries.steps_in_flight(org, runbook).await?)
    }

    /// Steps start again, unless something else holds them.
    ///
    /// # Errors
    /// A runbook that there is not, or the store's.
    pub async fn resume(&self, org: &OrgId, runbook: Option<&RunbookId>, by: &Actor) -> Result<(), AppError> {
        self.known_runbook(org, runbook)?;
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

    /// Has every card whose steps are still to come say whether they are paused. Returns how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn show_pause(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, AppError> {
        let mut shown = 0;
        for state in [StateName::AwaitingApproval, StateName::Executing] {
            let filter = RunFilter { state: Some(state), ..RunFilter::default() };
            let mut after: Option<Cursor> = None;
            loop {
                let page = self.parts.queries.runs(org, &filter, after.as_ref(), PAGE).await?;
                for run in page.runs.into_iter().filter(|run| runbook.is_none() || run.runbook.as_ref() == runbook) {
                    shown += self.show_again(run).await?;
                }
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(shown)
    }

    /// A run that has gone on meanwhile draws its card by itself.
    async fn show_again(&self, run: Run) -> Result<u64, AppError> {
        match self.advance(run, Command::ShowAgain, With::default()).await {
            Ok(_) => Ok(1),
            Err(AppError::Refused(_)) => Ok(0),
            Err(error) => Err(error),
        }
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
