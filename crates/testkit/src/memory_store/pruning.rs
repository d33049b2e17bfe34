//! Erasing what is no longer needed.

use countersign_domain::{
    ids::{OrgId, RunId},
    ports::Pruned,
    time::At,
};

use super::State;

impl State {
    pub(super) fn prune(&mut self, org: &OrgId, before: At, limit: u32) -> Pruned {
        let ended = |run: &RunId| {
            let key = (org.clone(), *run);
            self.runs.get(&key).is_some_and(|run| run.state.name().is_final())
                && self.happened.get(&key).is_some_and(|at| *at < before)
        };
        let texts: Vec<_> =
            self.texts.keys().filter(|(of, run)| of == org && ended(run)).take(limit as usize).cloned().collect();
        for key in &texts {
            self.texts.remove(key);
        }
        let clicks = remove(&mut self.inbox, limit, |(row, done)| *done && row.org == *org && row.received_at < before);
        let bodies = remove(&mut self.quarantine, limit, |row| row.org == *org && row.received_at < before);
        Pruned { texts: texts.len() as u64, clicks, bodies }
    }
}

/// Removes the first `limit` that are to go; how many went.
fn remove<T>(rows: &mut Vec<T>, limit: u32, goes: impl Fn(&T) -> bool) -> u64 {
    let mut gone = 0;
    rows.retain(|row| {
        let stays = gone == u64::from(limit) || !goes(row);
        gone += u64::from(!stays);
        stays
    });
    gone
}
