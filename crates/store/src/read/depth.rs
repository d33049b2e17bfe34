//! How much waits.

use countersign_domain::{
    effect::Lane,
    ports::{QueueDepth, StoreError},
    run::StateName,
    time::At,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};

use crate::{
    error::failed,
    sql::{statement, unsigned},
};

/// Unsettled effects that are due, or were when they were claimed, by lane; effects set aside; runs awaiting approval.
pub(super) async fn depth(readers: &DatabaseConnection, now: At) -> Result<QueueDepth, StoreError> {
    let lanes = "SELECT lane, count(*) AS many, min(due_since) AS oldest FROM (\
                 SELECT lane, due_since FROM effect WHERE state < 2 AND coalesce(lease_until, not_before) <= $1 \
                 UNION ALL SELECT lane, due_since FROM effect WHERE state = 1 AND lease_until > $1\
                 ) AS due GROUP BY lane ORDER BY lane";
    let rows = readers.query_all_raw(statement(readers, lanes, [now.0.into()])).await.map_err(failed)?;
    let mut depth = QueueDepth::default();
    for row in &rows {
        let number: i64 = row.try_get("", "lane").map_err(failed)?;
        if let Some(lane) = i16::try_from(number).ok().and_then(Lane::from_number) {
            let (many, age) = count_and_age(row, now)?;
            depth.lanes.push((lane.as_str().to_owned(), many, age));
        }
    }
    let parked = "SELECT count(*) AS many FROM effect WHERE state = 3";
    if let Some(row) = readers.query_one_raw(statement(readers, parked, [])).await.map_err(failed)? {
        depth.parked = unsigned(row.try_get("", "many").map_err(failed)?);
    }
    // Written out, because the index is for exactly this state.
    let awaiting = format!(
        "SELECT count(*) AS many, min(updated_at) AS oldest FROM run WHERE state = '{}'",
        StateName::AwaitingApproval.as_str()
    );
    if let Some(row) = readers.query_one_raw(statement(readers, awaiting, [])).await.map_err(failed)? {
        depth.awaiting = count_and_age(&row, now)?;
    }
    Ok(depth)
}

fn count_and_age(row: &QueryResult, now: At) -> Result<(u64, u64), StoreError> {
    let many: i64 = row.try_get("", "many").map_err(failed)?;
    let oldest: Option<i64> = row.try_get("", "oldest").map_err(failed)?;
    Ok((unsigned(many), oldest.map_or(0, |oldest| now.seconds_since(At(oldest)))))
}
