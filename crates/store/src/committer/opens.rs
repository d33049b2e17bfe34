//! Runs that are opened: the first for a ticket wins, every other is told how that one stands.

use std::collections::{HashMap, HashSet};

use countersign_domain::{
    ports::{Opened, Receipt, StoreError},
    run::Run,
};
use sea_orm::{DatabaseTransaction, Value};
use uuid::Uuid;

use super::{
    chain::Chain,
    changes::{NEW_EFFECTS, TEXTS},
    transaction::Outcomes,
};
use crate::{
    error::{Failure, undecodable},
    prepare::{Opening, RunRow},
    sql::Rows,
};

const NEW_RUNS: Rows = Rows {
    before: "INSERT INTO run (org, id, desk, ticket, state, intent, runbook, reason, created_at, updated_at, version, \
             data) VALUES",
    after: " ON CONFLICT (org, desk, ticket) DO NOTHING RETURNING org, id",
    width: RunRow::WIDTH,
};
const RUNS_OF_TICKETS: Rows = Rows {
    before: "WITH wanted (of_org, of_desk, of_ticket) AS (VALUES",
    after: ") SELECT org, desk, ticket, data FROM wanted CROSS JOIN run \
            WHERE org = of_org AND desk = of_desk AND ticket = of_ticket",
    width: 3,
};

type TicketKey = (String, String, String);

/// Opens the runs. Runs without a ticket never stand in each other's way.
pub(super) async fn open(
    transaction: &DatabaseTransaction,
    chain: &mut Chain,
    openings: &[Box<Opening>],
) -> Result<Outcomes<Opened>, Failure> {
    if openings.is_empty() {
        return Ok(Vec::new());
    }
    let won = insert(transaction, openings).await?;
    let (mut texts, mut effects) = (Vec::new(), Vec::new());
    let mut outcomes: Vec<Option<Result<Opened, StoreError>>> = Vec::with_capacity(openings.len());
    for opening in openings {
        let (org, id) = (&opening.run.org, opening.run.id);
        if !won.contains(&(org.to_string(), id.0)) {
            outcomes.push(None);
            continue;
        }
        if let Some(text) = &opening.text {
            let row: [Value; 3] = [org.as_str().into(), id.0.into(), text.clone().into()];
            texts.extend(row);
        }
        for effect in &opening.effects {
            effects.extend(effect.inserted(org, id, None));
        }
        let head = chain.append(org, &opening.drafts)?;
        let receipt = if opening.drafts.is_empty() {
            Receipt::default()
        } else {
            Receipt { seq: head.seq, hash: head.hash, claimed: Vec::new() }
        };
        outcomes.push(Some(Ok(Opened::New(receipt))));
    }
    TEXTS.execute(transaction, texts).await?;
    NEW_EFFECTS.execute(transaction, effects).await?;
    let lost = openings.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_none()).map(|(opening, _)| opening);
    let mut there = duplicates(transaction, lost).await?;
    Ok(openings
        .iter()
        .zip(outcomes)
        .map(|(opening, outcome)| outcome.unwrap_or_else(|| duplicate(opening, &mut there)))
        .collect())
}

/// Inserts what has no run yet, sorted, so that two processes wait for each other in one direction only.
async fn insert(
    transaction: &DatabaseTransaction,
    openings: &[Box<Opening>],
) -> Result<HashSet<(String, Uuid)>, Failure> {
    let mut sorted: Vec<&RunRow> = openings.iter().map(|opening| &opening.run).collect();
    // Stable: of two openings of one ticket the one that came first wins.
    sorted.sort_by(|one, other| (&one.org, &one.key).cmp(&(&other.org, &other.key)));
    let values = sorted.into_iter().flat_map(RunRow::inserted).collect();
    let rows = NEW_RUNS.query(transaction, values).await?;
    rows.iter().map(|row| Ok((row.try_get("", "org")?, row.try_get("", "id")?))).collect()
}

async fn duplicates(
    transaction: &DatabaseTransaction,
    lost: impl Iterator<Item = &Box<Opening>>,
) -> Result<HashMap<TicketKey, Result<Run, StoreError>>, Failure> {
    let keys: HashSet<TicketKey> = lost.filter_map(|opening| ticket_key(&opening.run)).collect();
    let values = keys.into_iter().flat_map(|(org, desk, ticket)| [org.into(), desk.into(), ticket.into()]).collect();
    let rows = RUNS_OF_TICKETS.query(transaction, values).await?;
    rows.iter()
        .map(|row| {
            let key: TicketKey = (row.try_get("", "org")?, row.try_get("", "desk")?, row.try_get("", "ticket")?);
            let data: String = row.try_get("", "data")?;
            let run = serde_json::from_str(&data).map_err(|error| undecodable("the run of ticket", &key.2, &error));
            Ok((key, run))
        })
        .collect()
}

fn duplicate(opening: &Opening, there: &mut HashMap<TicketKey, Result<Run, StoreError>>) -> Result<Opened, StoreError> {
    let found = ticket_key(&opening.run).and_then(|key| there.get(&key).cloned());
    match found {
        Some(run) => Ok(Opened::Duplicate(Box::new(run?))),
        None => Err(StoreError::Unavailable("a run was neither opened nor found: try again".to_owned())),
    }
}

fn ticket_key(run: &RunRow) -> Option<TicketKey> {
    run.key.clone().map(|(desk, ticket)| (run.org.to_string(), desk, ticket))
}
