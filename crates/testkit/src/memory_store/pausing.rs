//! The kill switch.

use countersign_domain::{
    effect::Ask,
    ids::{OrgId, RunbookId},
    pause::PauseChange,
};

use super::{
    State,
    effects::{Row, Standing},
};

impl State {
    pub(super) fn change_pause(&mut self, change: PauseChange) {
        match change {
            PauseChange::Pause(new) => {
                if !self.pauses.iter().any(|there| there.org == new.org && there.runbook == new.runbook) {
                    self.pauses.push(new);
                }
            }
            PauseChange::Resume { org, runbook } => {
                self.pauses.retain(|pause| pause.org != org || pause.runbook != runbook);
            }
        }
    }

    /// Whether this is a step of something that is paused.
    pub(super) fn held_back(&self, row: &Row) -> bool {
        is_step(row) && self.pauses.iter().any(|pause| pause.holds(&row.org, self.runbook_of(row)))
    }

    /// How many steps are claimed under a lease that still runs.
    pub(super) fn steps_in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> u64 {
        let in_flight = self.effects.iter().filter(|row| {
            is_step(row)
                && row.org == *org
                && row.standing == Standing::Claimed
                && row.lease_until > self.seen
                && runbook.is_none_or(|runbook| self.runbook_of(row) == Some(runbook))
        });
        in_flight.count() as u64
    }

    fn runbook_of(&self, row: &Row) -> Option<&RunbookId> {
        self.runs.get(&(row.org.clone(), row.run)).and_then(|run| run.runbook.as_ref())
    }
}

fn is_step(row: &Row) -> bool {
    matches!(row.new.ask, Ask::Perform { .. })
}
