//! New effects, and those that a commit claims for whoever makes it: its own where their lane is free, and the next of
//! the lane that it frees. It saves the round trip of a claim.

use std::collections::{HashMap, HashSet};

use countersign_domain::{
    effect::{ClaimedEffect, Lane, Settlement},
    ids::{OrgId, RunId},
    time::At,
};
use sea_orm::{DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    changes::NEW_EFFECTS,
    claims,
    pauses::{Held, has_steps, is_step},
};
use crate::{
    entity::effect,
    error::Failure,
    prepare::{EffectRow, Lease, Writing},
    sql::Rows,
};

const UNSETTLED: Rows = Rows {
    before: "WITH wanted (of_org, of_run) AS (VALUES",
    after: ") SELECT org, id, run, lane, ordinal, ask, kind, state, attempt, not_before, due_since, lease_until, \
            fence, ambiguous, why FROM wanted CROSS JOIN effect WHERE org = of_org AND run = of_run AND state < 2",
    width: 2,
};
/// The fence keeps out an effect that another process has claimed since it was read.
const TAKEN: Rows = Rows {
    before: "WITH new (new_org, new_id, new_fence, new_owner, new_until) AS (VALUES",
    after: ") UPDATE effect SET state = 1, attempt = attempt + 1, fence = fence + 1, lease_owner = new_owner, \
            lease_until = new_until FROM new \
            WHERE org = new_org AND id = new_id AND state = 0 AND fence = new_fence RETURNING id",
    width: 5,
};

/// A change's part in the lanes.
struct Part<'a> {
    org: &'a OrgId,
    run: RunId,
    new: &'a [EffectRow],
    /// The lane that this change has freed.
    freed: Option<i64>,
    claim: Option<Claim>,
}

/// For whom a change claims what it may.
struct Claim {
    lease: Lease,
    /// What is due by then.
    now: At,
}

/// What a change has claimed.
#[derive(Default)]
struct Claimed {
    /// The next effect of the lane that it freed; another process may yet turn out to have it.
    next: Option<ClaimedEffect>,
    /// Effects of its own.
    new: Vec<ClaimedEffect>,
}

/// Inserts the new effects, some of them claimed, and claims what was freed; what each change has claimed.
pub(super) async fn write_effects(
    transaction: &DatabaseTransaction,
    accepted: &[(&Writing, Option<Box<effect::Model>>)],
    lease_start: At,
) -> Result<Vec<Vec<ClaimedEffect>>, Failure> {
    let parts: Vec<Option<Part<'_>>> =
        accepted.iter().map(|(writing, settled)| part(writing, settled.as_deref(), lease_start)).collect();
    let mut unsettled = read_unsettled(transaction, &parts).await?;
    let may_take_steps = parts.iter().flatten().filter(|part| part.may_take_steps()).map(|part| (part.org, part.run));
    let held = Held::among(transaction, may_take_steps).await?;
    let (mut inserted, mut taken) = (Vec::new(), Vec::new());
    let mut outcomes = Vec::with_capacity(parts.len());
    for part in &parts {
        let mut claimed = Claimed::default();
        if let Some(part) = part {
            let waiting = unsettled.entry((part.org.to_string(), part.run.0)).or_default();
            claimed.next = part.take_next(waiting, &held, &mut taken)?;
            claimed.new = part.insert(waiting, &held, &mut inserted);
        }
        outcomes.push(claimed);
    }
    NEW_EFFECTS.execute(transaction, inserted).await?;
    let rows = TAKEN.query(transaction, taken).await?;
    let ours: HashSet<Uuid> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    Ok(outcomes
        .into_iter()
        .map(|claimed| claimed.next.into_iter().filter(|next| ours.contains(&next.id.0)).chain(claimed.new).collect())
        .collect())
}

fn part<'a>(writing: &'a Writing, settled: Option<&effect::Model>, lease_start: At) -> Option<Part<'a>> {
    let settled = writing.settle.as_ref().zip(settled);
    let of_run = writing.run.as_ref().map(|(row, _)| (&row.org, row.id));
    let (org, run) = of_run.or(settled.map(|(settle, model)| (&settle.org, RunId(model.run))))?;
    let freed = settled.and_then(|(settle, model)| match settle.settlement {
        Settlement::Done | Settlement::Parked { .. } => {
            (model.run == run.0 && model.lane != i64::from(Lane::Timer.number())).then_some(model.lane)
        }
        Settlement::Retry { .. } | Settlement::Wait { .. } => None,
    });
    let claim = writing.claim_for.as_ref().zip(writing.now).map(|((owner, lease_ms), now)| Claim {
        lease: Lease { owner: owner.clone(), until: lease_start.plus_millis(*lease_ms) },
        now,
    });
    Some(Part { org, run, new: &writing.effects, freed, claim })
}

impl Part<'_> {
    /// Whether a step may be among what it claims.
    fn may_take_steps(&self) -> bool {
        let freed = self.freed.and_then(|lane| i16::try_from(lane).ok()).and_then(Lane::from_number);
        self.claim.is_some() && (freed.is_some_and(has_steps) || self.new.iter().any(|effect| is_step(&effect.new.ask)))
    }

    /// Claims the first waiting effect of the freed lane, if it is due.
    fn take_next(
        &self,
        waiting: &mut [effect::Model],
        held: &Held,
        taken: &mut Vec<Value>,
    ) -> Result<Option<ClaimedEffect>, Failure> {
        let (Some(lane), Some(claim)) = (self.freed, &self.claim) else { return Ok(None) };
        let first = waiting.iter_mut().filter(|model| model.lane == lane).min_by_key(|model| model.ordinal);
        let Some(model) =
            first.filter(|model| model.state == 0 && model.not_before <= claim.now.0 && !held.holds(model))
        else {
            return Ok(None);
        };
        let row: [Value; 5] = [
            self.org.as_str().into(),
            model.id.into(),
            model.fence.into(),
            claim.lease.owner.clone().into(),
            claim.lease.until.0.into(),
        ];
        taken.extend(row);
        model.state = 1;
        model.attempt += 1;
        model.fence += 1;
        model.lease_until = Some(claim.lease.until.0);
        Ok(Some(claims::claimed_effect(model)?))
    }

    /// Inserts the new effects; those that are due and whose lane is free are claimed.
    fn insert(&self, waiting: &[effect::Model], held: &Held, inserted: &mut Vec<Value>) -> Vec<ClaimedEffect> {
        let mut busy: HashSet<i64> = waiting.iter().map(|model| model.lane).collect();
        let mut claimed = Vec::new();
        let mut ordered: Vec<&EffectRow> = self.new.iter().collect();
        ordered.sort_by_key(|effect| effect.new.ordinal);
        for effect in ordered {
            let free = match effect.lane() {
                Lane::Timer => true,
                Lane::System | Lane::Channel | Lane::Desk => busy.insert(i64::from(effect.lane().number())),
            };
            let free = free && !held.holds_new(self.org, self.run, &effect.new.ask);
            let claim = self.claim.as_ref().filter(|claim| free && effect.new.not_before <= claim.now);
            inserted.extend(effect.inserted(self.org, self.run, claim.map(|claim| &claim.lease)));
            claimed.extend(claim.map(|claim| effect.claimed(self.org, self.run, &claim.lease)));
        }
        claimed
    }
}

/// The unsettled effects of the runs whose changes claim.
async fn read_unsettled(
    transaction: &DatabaseTransaction,
    parts: &[Option<Part<'_>>],
) -> Result<HashMap<(String, Uuid), Vec<effect::Model>>, Failure> {
    let runs: HashSet<(&str, Uuid)> = parts
        .iter()
        .flatten()
        .filter(|part| part.claim.is_some())
        .map(|part| (part.org.as_str(), part.run.0))
        .collect();
    let values = runs.into_iter().flat_map(|(org, run)| -> [Value; 2] { [org.into(), run.into()] }).collect();
    let mut unsettled: HashMap<(String, Uuid), Vec<effect::Model>> = HashMap::new();
    for row in UNSETTLED.query(transaction, values).await? {
        let model = effect::Model::from_query_result(&row, "")?;
        unsettled.entry((model.org.clone(), model.run)).or_default().push(model);
    }
    Ok(unsettled)
}
