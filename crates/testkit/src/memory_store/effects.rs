//! The queue.

use countersign_domain::{
    effect::{ClaimedEffect, Lane, NewEffect, Settlement},
    ids::{EffectId, OrgId, RunId},
    ports::{ClaimRequest, Ids},
    time::At,
};

use super::State;

/// Where an effect stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Waiting,
    Claimed,
    Done,
    Parked,
}

impl Standing {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Done => "done",
            Self::Parked => "parked",
        }
    }
}

/// An effect's row.
pub(super) struct Row {
    pub(super) id: EffectId,
    pub(super) org: OrgId,
    pub(super) run: RunId,
    pub(super) new: NewEffect,
    pub(super) standing: Standing,
    pub(super) attempt: u32,
    pub(super) fence: i64,
    pub(super) ambiguous: bool,
    pub(super) due_since: At,
    pub(super) lease_until: Option<At>,
    pub(super) why: Option<String>,
}

impl Row {
    pub(super) fn lane(&self) -> Lane {
        self.new.ask.lane()
    }

    pub(super) fn unsettled(&self) -> bool {
        match self.standing {
            Standing::Waiting | Standing::Claimed => true,
            Standing::Done | Standing::Parked => false,
        }
    }

    /// When it can be claimed: at its time or, claimed already, when its lease has run out.
    fn ready_at(&self) -> At {
        self.lease_until.unwrap_or(self.new.not_before)
    }

    fn take(&mut self, until: At) -> ClaimedEffect {
        self.ambiguous |= self.standing == Standing::Claimed;
        self.standing = Standing::Claimed;
        self.attempt += 1;
        self.fence += 1;
        self.lease_until = Some(until);
        ClaimedEffect {
            id: self.id,
            org: self.org.clone(),
            run: self.run,
            ordinal: self.new.ordinal,
            ask: self.new.ask.clone(),
            attempt: self.attempt,
            ambiguous: self.ambiguous,
            fence: self.fence,
            due_since: self.due_since,
            lease_until: until,
        }
    }

    pub(super) fn settle(&mut self, settlement: Settlement) {
        self.lease_until = None;
        match settlement {
            Settlement::Done => {
                self.standing = Standing::Done;
                self.ambiguous = false;
                self.why = None;
            }
            Settlement::Retry { not_before, why, ambiguous } => {
                self.standing = Standing::Waiting;
                self.new.not_before = not_before;
                self.ambiguous = ambiguous;
                self.why = Some(why);
            }
            Settlement::Wait { not_before, why, ambiguous } => {
                self.attempt -= 1;
                self.settle(Settlement::Retry { not_before, why, ambiguous });
            }
            Settlement::Parked { why } => {
                self.standing = Standing::Parked;
                self.why = Some(why);
            }
        }
    }
}

impl State {
    /// The claimed effect under this fence.
    pub(super) fn held(&mut self, org: &OrgId, id: EffectId, fence: i64) -> Option<&mut Row> {
        self.effects
            .iter_mut()
            .find(|row| row.org == *org && row.id == id && row.fence == fence && row.standing == Standing::Claimed)
    }

    /// Whether nothing unsettled goes before this effect in its lane.
    fn first_in_lane(&self, row: &Row) -> bool {
        row.lane() == Lane::Timer
            || !self.effects.iter().any(|other| {
                other.unsettled()
                    && other.org == row.org
                    && other.run == row.run
                    && other.lane() == row.lane()
                    && other.new.ordinal < row.new.ordinal
            })
    }

    pub(super) fn claim(&mut self, request: &ClaimRequest) -> Vec<ClaimedEffect> {
        self.seen = self.seen.max(Some(request.now));
        let mut ready: Vec<usize> = (0..self.effects.len())
            .filter(|place| {
                let row = &self.effects[*place];
                row.unsettled()
                    && row.ready_at() <= request.now
                    && request.lanes.contains(&row.lane())
                    && self.first_in_lane(row)
                    && !self.held_back(row)
            })
            .collect();
        ready.sort_by_key(|place| {
            let row = &self.effects[*place];
            (row.ready_at(), row.run, row.new.ordinal)
        });
        ready.truncate(request.limit as usize);
        let until = request.now.plus_millis(request.lease_ms);
        ready.into_iter().map(|place| self.effects[place].take(until)).collect()
    }

    /// Inserts effects; with a claim (now, lease's end) those that are due and whose lane is free are taken.
    pub(super) fn insert_effects(
        &mut self,
        ids: &dyn Ids,
        org: &OrgId,
        run: RunId,
        effects: Vec<NewEffect>,
        claim: Option<(At, At)>,
    ) -> Vec<ClaimedEffect> {
        let mut claimed = Vec::new();
        for new in effects {
            let mut row = Row {
                id: ids.effect(),
                org: org.clone(),
                run,
                due_since: new.not_before,
                new,
                standing: Standing::Waiting,
                attempt: 0,
                fence: 0,
                ambiguous: false,
                lease_until: None,
                why: None,
            };
            if let Some((now, until)) = claim
                && row.new.not_before <= now
                && self.first_in_lane(&row)
                && !self.held_back(&row)
            {
                claimed.push(row.take(until));
            }
            self.effects.push(row);
        }
        claimed
    }

    /// Takes the next effect of a lane that was freed, where it waits and is due.
    pub(super) fn take_next(&mut self, org: &OrgId, run: RunId, lane: Lane, claim: (At, At)) -> Option<ClaimedEffect> {
        let (now, until) = claim;
        let (place, first) = self
            .effects
            .iter()
            .enumerate()
            .filter(|(_, row)| row.unsettled() && row.org == *org && row.run == run && row.lane() == lane)
            .min_by_key(|(_, row)| row.new.ordinal)?;
        (lane != Lane::Timer
            && first.standing == Standing::Waiting
            && first.new.not_before <= now
            && !self.held_back(first))
        .then(|| self.effects[place].take(until))
    }
}
