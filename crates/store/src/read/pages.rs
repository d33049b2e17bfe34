//! Lists that are read page by page.

use std::collections::HashMap;

use countersign_domain::{
    digest::Digest,
    ids::{OrgId, RunId},
    ports::{Cursor, LedgerEntryView, LedgerPage, RunFilter, RunPage, StoreError},
    time::At,
};
use sea_orm::{
    AccessMode, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, FromQueryResult,
    IsolationLevel, QueryFilter, QueryOrder, QueryResult, QuerySelect, Select, TransactionOptions, TransactionTrait,
};

use super::decode;
use crate::{
    entity::{entry, entry_body, head, run},
    error::failed,
    sql::{is_postgres, statement, stored, unsigned},
};

/// More than this many rows are not read at once, whatever is asked for.
const LIMIT: u32 = 1_000;

/// A page of runs, newest first, by the moment they were taken in and then by id: a run that is added later never
/// shifts the pages behind it.
pub(super) async fn runs(
    readers: &DatabaseConnection,
    org: &OrgId,
    filter: &RunFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RunPage, StoreError> {
    let limit = limit.clamp(1, LIMIT);
    let after = after.map(position).transpose()?;
    let found = wanted(org, filter, after, limit).all(readers).await.map_err(failed)?;
    let more = found.len() > limit as usize;
    let page: Vec<&run::Model> = found.iter().take(limit as usize).collect();
    let next = page.last().filter(|_| more).map(|last| Cursor::new(At(last.created_at), RunId(last.id)));
    Ok(RunPage { runs: page.into_iter().map(decode::run).collect::<Result<_, _>>()?, next })
}

/// The runs of a page, and one more where there is one.
fn wanted(org: &OrgId, filter: &RunFilter, after: Option<(At, RunId)>, limit: u32) -> Select<run::Entity> {
    let mut wanted = Condition::all().add(run::Column::Org.eq(org.as_str()));
    if let Some(state) = filter.state {
        wanted = wanted.add(run::Column::State.eq(state.as_str()));
    }
    if let Some(intent) = &filter.intent {
        wanted = wanted.add(run::Column::Intent.eq(intent.as_str()));
    }
    if let Some(reason) = filter.reason {
        wanted = wanted.add(run::Column::Reason.eq(reason));
    }
    if let Some(desk) = &filter.desk {
        wanted = wanted.add(run::Column::Desk.eq(desk.as_str()));
    }
    if let Some(from) = filter.from {
        wanted = wanted.add(run::Column::CreatedAt.gte(from.0));
    }
    if let Some(until) = filter.until {
        wanted = wanted.add(run::Column::CreatedAt.lt(until.0));
    }
    if let Some((at, id)) = after {
        // The first half alone would do; with it apart the index is entered at the right place.
        wanted = wanted
            .add(run::Column::CreatedAt.lte(at.0))
            .add(Condition::any().add(run::Column::CreatedAt.lt(at.0)).add(run::Column::Id.lt(id.0)));
    }
    run::Entity::find()
        .filter(wanted)
        .order_by_desc(run::Column::CreatedAt)
        .order_by_desc(run::Column::Id)
        .limit(u64::from(limit) + 1)
}

fn position(cursor: &Cursor) -> Result<(At, RunId), StoreError> {
    cursor.position().ok_or_else(|| {
        StoreError::Corrupt("the cursor is not one that was handed out: begin again without a cursor".to_owned())
    })
}

/// A page of ledger entries with the chain's head, all as of one moment.
pub(super) async fn entries(
    readers: &DatabaseConnection,
    org: &OrgId,
    after: u64,
    limit: u32,
) -> Result<LedgerPage, StoreError> {
    // On SQLite every transaction reads one moment.
    let options = if is_postgres(readers) {
        TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            sqlite_transaction_mode: None,
        }
    } else {
        TransactionOptions::default()
    };
    let snapshot = readers.begin_with_options(options).await.map_err(failed)?;
    let head = head::Entity::find_by_id(org.to_string()).one(&snapshot).await.map_err(failed)?;
    let entries = entry::Entity::find()
        .filter(entry::Column::Org.eq(org.as_str()))
        .filter(entry::Column::Seq.gt(stored(after)))
        .order_by_asc(entry::Column::Seq)
        .limit(u64::from(limit.min(LIMIT)))
        .all(&snapshot)
        .await
        .map_err(failed)?;
    let last = entries.last().map_or(stored(after), |last| last.seq);
    let bodies = entry_body::Entity::find()
        .filter(entry_body::Column::Org.eq(org.as_str()))
        .filter(entry_body::Column::Seq.gt(stored(after)))
        .filter(entry_body::Column::Seq.lte(last))
        .all(&snapshot)
        .await
        .map_err(failed)?;
    snapshot.commit().await.map_err(failed)?;
    let mut bodies: HashMap<i64, entry_body::Model> = bodies.into_iter().map(|body| (body.seq, body)).collect();
    let head = match head {
        Some(head) => (unsigned(head.seq), decode::digest("the ledger's head of", org, head.hash)?),
        None => (0, Digest(countersign_ledger::genesis(org.as_str()).hash)),
    };
    let entries = entries
        .into_iter()
        .map(|entry| {
            let body = bodies.remove(&entry.seq);
            decode::entry(entry, body)
        })
        .collect::<Result<_, _>>()?;
    Ok(LedgerPage { entries, head })
}

const HISTORY: &str = "SELECT e.org, e.seq, e.time, e.kind, e.run, e.actor, e.plan_digest, e.policy_digest, e.decision, \
                       e.previous, e.commitment, e.hash, b.salt, b.bytes FROM entry e \
                       LEFT JOIN entry_body b ON b.org = e.org AND b.seq = e.seq \
                       WHERE e.org = $1 AND e.run = $2 ORDER BY e.seq";

/// A run's entries with their bodies, in order.
pub(super) async fn history(
    readers: &DatabaseConnection,
    org: &OrgId,
    run: &RunId,
) -> Result<Vec<LedgerEntryView>, StoreError> {
    let values = [org.as_str().into(), run.0.into()];
    let rows = readers.query_all_raw(statement(readers, HISTORY, values)).await.map_err(failed)?;
    rows.iter()
        .map(|row| {
            let entry = entry::Model::from_query_result(row, "").map_err(failed)?;
            let body = body(row, &entry).map_err(failed)?;
            decode::entry(entry, body)
        })
        .collect()
}

fn body(row: &QueryResult, entry: &entry::Model) -> Result<Option<entry_body::Model>, DbErr> {
    let (salt, bytes): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.try_get("", "salt")?, row.try_get("", "bytes")?);
    let body = |(salt, bytes)| entry_body::Model { org: entry.org.clone(), seq: entry.seq, salt, bytes };
    Ok(salt.zip(bytes).map(body))
}

#[cfg(test)]
mod tests {
    use countersign_domain::run::{NoActionReason, StateName};
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::test_support::{plan_of, store};

    #[tokio::test]
    async fn filtered_pages_are_read_from_their_index() {
        let (_folder, store) = store().await;
        let org = OrgId::new("acme").unwrap();
        let reason = RunFilter { reason: Some(NoActionReason::Shadow.as_str()), ..RunFilter::default() };
        let state = RunFilter { state: Some(StateName::NoAction), ..RunFilter::default() };
        let first = RunId(uuid::Uuid::from_u128(1));
        for (filter, index) in [(&reason, "run_reason"), (&state, "run_state"), (&RunFilter::default(), "run_newest")] {
            for after in [None, Some((At(1), first))] {
                let built = wanted(&org, filter, after, 10).build(DbBackend::Sqlite);
                let values = built.values.map(|values| values.0).unwrap_or_default();
                let plan = plan_of(&store.connections.readers, &built.sql, values).await;
                assert_eq!(plan.len(), 1, "{plan:#?}");
                assert!(plan[0].starts_with(&format!("SEARCH run USING INDEX {index} (org=?")), "{plan:#?}");
            }
        }
    }

    #[tokio::test]
    async fn a_history_is_read_from_its_index() {
        let (_folder, store) = store().await;
        let values = ["acme".into(), uuid::Uuid::from_u128(1).into()];
        let plan = plan_of(&store.connections.readers, HISTORY, values).await;
        assert!(plan[0].starts_with("SEARCH e USING INDEX entry_run"), "{plan:#?}");
        assert!(plan.iter().all(|line| !line.contains("SCAN") && !line.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
