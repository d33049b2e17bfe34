//! What stands beside the runs: the inbox, persons, keys, bodies set aside.

use std::collections::{BTreeSet, HashMap, HashSet};

use countersign_domain::{
    ids::PersonId,
    ports::{InboxRow, KeyChange, KeyRow},
};
use sea_orm::{DatabaseTransaction, Value};
use uuid::Uuid;

use super::{Acquaintance, transaction::Outcomes};
use crate::{
    error::Failure,
    prepare::{Writing, inbox_values},
    sql::{Rows, words},
};

const INBOX: Rows = Rows {
    before: "INSERT INTO inbox (org, id, surface, dedupe, payload, received_at) VALUES",
    after: " ON CONFLICT (org, surface, dedupe) DO NOTHING RETURNING id",
    width: 6,
};
const DEALT_WITH: Rows = Rows {
    before: "WITH new (new_org, new_id, new_done_at) AS (VALUES",
    after: ") UPDATE inbox SET done_at = coalesce(new_done_at, received_at) FROM new \
            WHERE org = new_org AND id = new_id AND done_at IS NULL",
    width: 3,
};
const QUARANTINED: Rows = Rows {
    before: "WITH wanted (of_org, of_digest) AS (VALUES",
    after: ") SELECT org, digest, id, replayed_at FROM wanted CROSS JOIN quarantine \
            WHERE org = of_org AND digest = of_digest",
    width: 2,
};
/// A body that comes again after it was replayed waits again, under the id it has.
const SET_ASIDE: Rows = Rows {
    before: "INSERT INTO quarantine (org, id, desk, digest, body, why, received_at) VALUES",
    after: " ON CONFLICT (org, digest) DO UPDATE SET desk = excluded.desk, why = excluded.why, \
            received_at = excluded.received_at, replayed_at = NULL, replayed_run = NULL \
            WHERE quarantine.replayed_at IS NOT NULL",
    width: 7,
};
const REPLAYED: Rows = Rows {
    before: "WITH new (new_org, new_id, new_run, new_at) AS (VALUES",
    after: ") UPDATE quarantine SET replayed_at = coalesce(new_at, received_at), replayed_run = new_run FROM new \
            WHERE org = new_org AND id = new_id AND replayed_at IS NULL",
    width: 4,
};
const NEW_KEYS: Rows = Rows {
    before: "INSERT INTO api_key (org, id, name, hash, scopes, person, desk, created_at, expires_at, revoked_at) \
             VALUES",
    after: "",
    width: 10,
};
const REVOKED: Rows = Rows {
    before: "WITH new (new_org, new_id, new_revoked_at) AS (VALUES",
    after: ") UPDATE api_key SET revoked_at = new_revoked_at FROM new \
            WHERE org = new_org AND id = new_id AND revoked_at IS NULL",
    width: 3,
};
const GENERATION: Rows = Rows {
    before: "INSERT INTO key_generation (org, value) VALUES",
    after: " ON CONFLICT (org) DO UPDATE SET value = key_generation.value + 1",
    width: 2,
};
const ACQUAINTED: Rows = Rows {
    before: "WITH wanted (of_org, of_reference) AS (VALUES",
    after: ") SELECT person FROM wanted CROSS JOIN person_ref WHERE org = of_org AND reference = of_reference",
    width: 2,
};
const KNOWN_BY: Rows = Rows {
    before: "INSERT INTO person_ref (org, reference, person) VALUES",
    after: " ON CONFLICT (org, reference) DO UPDATE SET person = excluded.person",
    width: 3,
};
const MERGED: Rows = Rows {
    before: "WITH new (new_org, old_person, new_person) AS (VALUES",
    after: ") UPDATE person_ref SET person = new_person FROM new WHERE org = new_org AND person = old_person",
    width: 3,
};

/// Persists inbox rows; of rows with the same key the first stays.
pub(super) async fn receive(transaction: &DatabaseTransaction, rows: &[InboxRow]) -> Result<Outcomes<bool>, Failure> {
    let mut sorted: Vec<&InboxRow> = rows.iter().collect();
    sorted.sort_by_key(|row| (&row.org, &row.surface, &row.dedupe));
    let values = sorted.into_iter().flat_map(inbox_values).collect();
    let inserted = INBOX.query(transaction, values).await?;
    let new: HashSet<Uuid> = inserted.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    Ok(rows.iter().map(|row| Ok(new.contains(&row.id.0))).collect())
}

/// Marks the inbox rows that the changes deal with. The time is the change's own; where it says none, the row's arrival
/// stands in for it.
pub(super) async fn deal_with(transaction: &DatabaseTransaction, writings: &[&Writing]) -> Result<(), Failure> {
    let values = writings
        .iter()
        .filter_map(|writing| writing.inbox_done.as_ref().map(|row| (row, writing.now)))
        .flat_map(|((org, id), now)| -> [Value; 3] { [org.as_str().into(), (*id).into(), now.map(|now| now.0).into()] })
        .collect();
    Ok(DEALT_WITH.execute(transaction, values).await?)
}

/// Marks the bodies that led to a run after all; the first run stays. The time is as in [`deal_with`].
pub(super) async fn replay(transaction: &DatabaseTransaction, writings: &[&Writing]) -> Result<(), Failure> {
    let values = writings
        .iter()
        .filter_map(|writing| writing.replayed.as_ref().map(|replayed| (replayed, writing.now)))
        .flat_map(|((org, id, run), now)| -> [Value; 4] {
            [org.as_str().into(), id.0.into(), run.0.into(), now.map(|now| now.0).into()]
        })
        .collect();
    Ok(REPLAYED.execute(transaction, values).await?)
}

/// Of the bodies that a batch sets aside: those that wait already.
#[derive(Default)]
pub(super) struct Aside {
    waiting: HashSet<Body>,
    /// Which body an id means.
    ids: HashMap<(String, Uuid), Body>,
}

/// An organisation, and the SHA-256 of a body.
type Body = (String, Vec<u8>);

impl Aside {
    /// Takes note of a change that is about to be written. `false`: its body waits already.
    pub(super) fn takes(&mut self, writing: &Writing) -> bool {
        if let Some((org, id, _)) = &writing.replayed
            && let Some(body) = self.ids.get(&(org.to_string(), id.0))
        {
            self.waiting.remove(body);
        }
        let Some(row) = &writing.quarantine else { return true };
        self.waiting.insert((row.org.to_string(), row.digest.0.to_vec()))
    }
}

/// Which of the bodies are set aside already.
pub(super) async fn quarantined(
    transaction: &DatabaseTransaction,
    writings: &[Box<Writing>],
) -> Result<Aside, Failure> {
    let values = writings
        .iter()
        .filter_map(|writing| writing.quarantine.as_ref())
        .flat_map(|row| -> [Value; 2] { [row.org.as_str().into(), row.digest.0.to_vec().into()] })
        .collect();
    let mut aside = Aside::default();
    for row in QUARANTINED.query(transaction, values).await? {
        let body: Body = (row.try_get("", "org")?, row.try_get("", "digest")?);
        let replayed_at: Option<i64> = row.try_get("", "replayed_at")?;
        aside.ids.insert((body.0.clone(), row.try_get("", "id")?), body.clone());
        if replayed_at.is_none() {
            aside.waiting.insert(body);
        }
    }
    Ok(aside)
}

/// Sets bodies aside.
pub(super) async fn set_aside(transaction: &DatabaseTransaction, writings: &[&Writing]) -> Result<(), Failure> {
    let values = writings
        .iter()
        .filter_map(|writing| writing.quarantine.as_ref())
        .flat_map(|row| -> [Value; 7] {
            [
                row.org.as_str().into(),
                row.id.0.into(),
                row.desk.as_str().into(),
                row.digest.0.to_vec().into(),
                row.body.clone().into(),
                words(&row.why).into(),
                row.received_at.0.into(),
            ]
        })
        .collect();
    Ok(SET_ASIDE.execute(transaction, values).await?)
}

/// Creates and revokes keys, and moves the generation on.
pub(super) async fn change_keys(transaction: &DatabaseTransaction, changes: &[&KeyChange]) -> Result<(), Failure> {
    let (mut created, mut revoked, mut moved) = (Vec::new(), Vec::new(), BTreeSet::new());
    for change in changes {
        match change {
            KeyChange::Create(row) => {
                moved.insert(row.org.as_str());
                created.extend(key_values(row));
            }
            KeyChange::Revoke { org, key, at } => {
                moved.insert(org.as_str());
                let row: [Value; 3] = [org.as_str().into(), key.0.into(), at.0.into()];
                revoked.extend(row);
            }
        }
    }
    NEW_KEYS.execute(transaction, created).await?;
    REVOKED.execute(transaction, revoked).await?;
    let moved = moved.into_iter().flat_map(|org| -> [Value; 2] { [org.into(), 1_i64.into()] }).collect();
    Ok(GENERATION.execute(transaction, moved).await?)
}

fn key_values(row: &KeyRow) -> [Value; 10] {
    [
        row.org.as_str().into(),
        row.id.0.into(),
        words(&row.name).into(),
        row.hash.0.to_vec().into(),
        serde_json::Value::from(row.scopes.clone()).to_string().into(),
        row.person.as_ref().map(ToString::to_string).into(),
        row.desk.as_ref().map(ToString::to_string).into(),
        row.created_at.0.into(),
        row.expires_at.map(|at| at.0).into(),
        row.revoked_at.map(|at| at.0).into(),
    ]
}

/// Finds or makes persons. Where the references belong to several, those turn out to be one: the oldest id stays.
pub(super) async fn persons(
    transaction: &DatabaseTransaction,
    acquaintances: &[Acquaintance],
) -> Result<Outcomes<PersonId>, Failure> {
    let mut outcomes = Vec::with_capacity(acquaintances.len());
    for acquaintance in acquaintances {
        outcomes.push(Ok(person(transaction, acquaintance).await?));
    }
    Ok(outcomes)
}

async fn person(transaction: &DatabaseTransaction, acquaintance: &Acquaintance) -> Result<PersonId, Failure> {
    let org = acquaintance.org.as_str();
    let references: BTreeSet<String> = acquaintance.refs.iter().map(ToString::to_string).collect();
    let values = references.iter().flat_map(|reference| -> [Value; 2] { [org.into(), reference.clone().into()] });
    let rows = ACQUAINTED.query(transaction, values.collect()).await?;
    let found: BTreeSet<Uuid> = rows.iter().map(|row| row.try_get("", "person")).collect::<Result<_, _>>()?;
    let person = found.first().copied().unwrap_or(acquaintance.fresh.0);
    let merged = found.iter().skip(1).flat_map(|old| -> [Value; 3] { [org.into(), (*old).into(), person.into()] });
    MERGED.execute(transaction, merged.collect()).await?;
    let known =
        references.into_iter().flat_map(|reference| -> [Value; 3] { [org.into(), reference.into(), person.into()] });
    KNOWN_BY.execute(transaction, known.collect()).await?;
    Ok(PersonId(person))
}
