//! Changes to runs: each is judged against what is stored, and written whole or not at all.

use std::collections::HashMap;

use countersign_domain::{
    effect::Settlement,
    ids::OrgId,
    ports::{Conflict, KeyChange, Receipt, Settle, StoreError},
    time::At,
};
use sea_orm::{DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::{chain::Chain, lanes, pauses, side, transaction::Outcomes};
use crate::{
    entity::effect,
    error::Failure,
    prepare::{EffectRow, RunRow, Writing, conflict},
    sql::{Rows, is_postgres, unsigned, words},
};

pub(super) const NEW_EFFECTS: Rows = Rows {
    before: "INSERT INTO effect (org, id, run, lane, ordinal, ask, kind, class, state, attempt, not_before, due_since, \
             lease_owner, lease_until, fence) VALUES",
    after: "",
    width: EffectRow::WIDTH,
};
pub(super) const TEXTS: Rows = Rows {
    before: "INSERT INTO ticket_text (org, run, data) VALUES",
    after: " ON CONFLICT (org, run) DO UPDATE SET data = excluded.data",
    width: 3,
};
/// A cross join, because SQLite then looks each row up by its key; for `(org, id) IN (...)` it reads the whole table.
const VERSIONS: Rows = Rows {
    before: "WITH wanted (of_org, of_id) AS (VALUES",
    after: ") SELECT org, id, version FROM wanted CROSS JOIN run WHERE org = of_org AND id = of_id",
    width: 2,
};
const RUNS: Rows = Rows {
    before: "WITH new (new_org, new_id, new_state, new_intent, new_runbook, new_reason, new_updated_at, new_version, \
             new_data) AS (VALUES",
    after: ") UPDATE run SET state = new_state, intent = new_intent, runbook = new_runbook, reason = new_reason, \
            erased = 0, updated_at = coalesce(new_updated_at, updated_at), version = new_version, data = new_data \
            FROM new WHERE org = new_org AND id = new_id",
    width: RunRow::UPDATED_WIDTH,
};
const CLAIMED: Rows = Rows {
    before: "WITH wanted (of_org, of_id) AS (VALUES",
    after: ") SELECT org, id, run, lane, ordinal, ask, kind, state, attempt, not_before, due_since, lease_until, \
            fence, ambiguous, why FROM wanted CROSS JOIN effect WHERE org = of_org AND id = of_id AND state = 1",
    width: 2,
};
const CLAIMED_LOCKED: Rows = Rows {
    before: CLAIMED.before,
    after: ") SELECT org, id, run, lane, ordinal, ask, kind, state, attempt, not_before, due_since, lease_until, \
            fence, ambiguous, why FROM wanted CROSS JOIN effect WHERE org = of_org AND id = of_id AND state = 1 \
            ORDER BY org, id FOR UPDATE OF effect",
    width: 2,
};
const SETTLED: Rows = Rows {
    before: "WITH new (new_org, new_id, new_state, new_not_before, new_ambiguous, new_why, new_attempt) AS (VALUES",
    after: ") UPDATE effect SET state = new_state, not_before = new_not_before, ambiguous = new_ambiguous, \
            why = new_why, attempt = new_attempt, lease_owner = NULL, lease_until = NULL FROM new WHERE org = new_org AND id = new_id",
    width: 7,
};

type Key = (String, Uuid);

/// What the changes of a batch are judged by. Whatever a change uses up is taken out, so that a second change of the
/// same run or effect within the batch conflicts.
struct Stored {
    versions: HashMap<Key, u64>,
    claimed: HashMap<Key, Box<effect::Model>>,
    aside: side::Aside,
}

/// What a change may do after it was judged.
enum Verdict {
    /// Write it; with the effect it settles.
    Accepted(Option<Box<effect::Model>>),
    /// The body is set aside and waits already: nothing of the change is written.
    Repeated,
    /// Somebody was faster.
    Refused(Conflict),
}

/// Commits the changes, in their order.
pub(super) async fn commit(
    transaction: &DatabaseTransaction,
    chain: &mut Chain,
    writings: &[Box<Writing>],
    lease_start: At,
) -> Result<Outcomes<Receipt>, Failure> {
    if writings.is_empty() {
        return Ok(Vec::new());
    }
    let mut stored = Stored::read(transaction, writings).await?;
    let mut accepted: Vec<(&Writing, Option<Box<effect::Model>>)> = Vec::with_capacity(writings.len());
    let mut outcomes: Outcomes<Receipt> = Vec::with_capacity(writings.len());
    let mut places = Vec::with_capacity(writings.len());
    for (place, writing) in writings.iter().enumerate() {
        outcomes.push(match stored.judge(writing) {
            Verdict::Refused(reason) => conflict(reason),
            Verdict::Repeated => Ok(Receipt::default()),
            Verdict::Accepted(settled) => {
                accepted.push((writing, settled));
                places.push(place);
                append(chain, writing)
            }
        });
    }
    write(transaction, &accepted).await?;
    let claimed = lanes::write_effects(transaction, &accepted, lease_start).await?;
    for (place, claimed) in places.into_iter().zip(claimed) {
        if let Ok(receipt) = &mut outcomes[place] {
            receipt.claimed = claimed;
        }
    }
    Ok(outcomes)
}

fn append(chain: &mut Chain, writing: &Writing) -> Result<Receipt, StoreError> {
    match &writing.org {
        Some(org) if !writing.drafts.is_empty() => {
            let head = chain.append(org, &writing.drafts)?;
            Ok(Receipt { seq: head.seq, hash: head.hash, claimed: Vec::new() })
        }
        Some(_) | None => Ok(Receipt::default()),
    }
}

impl Stored {
    async fn read(transaction: &DatabaseTransaction, writings: &[Box<Writing>]) -> Result<Self, Failure> {
        let key = |org: &OrgId, id: Uuid| -> [Value; 2] { [org.as_str().into(), id.into()] };
        let runs: Vec<Value> = writings
            .iter()
            .filter_map(|writing| writing.run.as_ref())
            .flat_map(|(row, _)| key(&row.org, row.id.0))
            .collect();
        let mut versions = HashMap::new();
        for row in VERSIONS.query(transaction, runs).await? {
            let version: i64 = row.try_get("", "version")?;
            versions.insert((row.try_get("", "org")?, row.try_get("", "id")?), unsigned(version));
        }
        let effects: Vec<Value> = writings
            .iter()
            .filter_map(|writing| writing.settle.as_ref())
            .flat_map(|settle| key(&settle.org, settle.effect.0))
            .collect();
        // On PostgreSQL another process may be about to claim an effect whose lease ran out; SQLite has one writer.
        let statement = if is_postgres(transaction) { CLAIMED_LOCKED } else { CLAIMED };
        let mut claimed = HashMap::new();
        for row in statement.query(transaction, effects).await? {
            let model = effect::Model::from_query_result(&row, "")?;
            claimed.insert((model.org.clone(), model.id), Box::new(model));
        }
        Ok(Self { versions, claimed, aside: side::quarantined(transaction, writings).await? })
    }

    fn judge(&mut self, writing: &Writing) -> Verdict {
        let run = writing.run.as_ref().map(|(row, expected)| ((row.org.to_string(), row.id.0), *expected));
        if let Some((key, expected)) = &run
            && self.versions.get(key) != Some(expected)
        {
            return Verdict::Refused(Conflict::StaleVersion);
        }
        let effect = writing.settle.as_ref().map(|settle| ((settle.org.to_string(), settle.effect.0), settle.fence));
        if let Some((key, fence)) = &effect
            && self.claimed.get(key).is_none_or(|model| model.fence != *fence)
        {
            return Verdict::Refused(Conflict::LostLease);
        }
        if !self.aside.takes(writing) {
            return Verdict::Repeated;
        }
        if let Some((key, _)) = run {
            self.versions.remove(&key);
        }
        Verdict::Accepted(effect.and_then(|(key, _)| self.claimed.remove(&key)))
    }
}

/// Writes everything but entries and new effects.
async fn write(
    transaction: &DatabaseTransaction,
    accepted: &[(&Writing, Option<Box<effect::Model>>)],
) -> Result<(), Failure> {
    let (mut runs, mut texts, mut settled) = (Vec::new(), Vec::new(), Vec::new());
    for (writing, model) in accepted {
        if let Some((row, _)) = &writing.run {
            runs.extend(row.updated(!writing.drafts.is_empty()));
            if let Some(text) = &writing.text {
                let row: [Value; 3] = [row.org.as_str().into(), row.id.0.into(), text.clone().into()];
                texts.extend(row);
            }
        }
        if let (Some(settle), Some(model)) = (&writing.settle, model) {
            settled.extend(settlement(settle, model));
        }
    }
    RUNS.execute(transaction, runs).await?;
    TEXTS.execute(transaction, texts).await?;
    SETTLED.execute(transaction, settled).await?;
    let writings: Vec<&Writing> = accepted.iter().map(|(writing, _)| *writing).collect();
    side::replay(transaction, &writings).await?;
    side::set_aside(transaction, &writings).await?;
    side::deal_with(transaction, &writings).await?;
    pauses::change(transaction, &writings).await?;
    let keys: Vec<&KeyChange> = writings.iter().filter_map(|writing| writing.key.as_ref()).collect();
    side::change_keys(transaction, &keys).await
}

fn settlement(settle: &Settle, model: &effect::Model) -> [Value; 7] {
    let attempts = match &settle.settlement {
        Settlement::Wait { .. } => model.attempt - 1,
        Settlement::Done | Settlement::Retry { .. } | Settlement::Parked { .. } => model.attempt,
    };
    let (state, not_before, ambiguous, why) = match &settle.settlement {
        Settlement::Done => (2_i64, model.not_before, 0_i64, None),
        Settlement::Retry { not_before, why, ambiguous } | Settlement::Wait { not_before, why, ambiguous } => {
            (0, not_before.0, i64::from(*ambiguous), Some(words(why)))
        }
        Settlement::Parked { why } => (3, model.not_before, model.ambiguous, Some(words(why))),
    };
    [
        settle.org.as_str().into(),
        settle.effect.0.into(),
        state.into(),
        not_before.into(),
        ambiguous.into(),
        why.into(),
        attempts.into(),
    ]
}
