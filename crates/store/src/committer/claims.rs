//! Claims on what is due, and leases that are prolonged.

use countersign_domain::{
    effect::{Ask, ClaimedEffect, Lane},
    ids::{EffectId, OrgId, RunId},
    ports::{ClaimRequest, Conflict, StoreError},
    time::At,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};

use super::{Renewal, pauses, transaction::Outcomes};
use crate::{
    entity::effect,
    error::{Failure, corrupt, undecodable},
    prepare::conflict,
    sql::{is_postgres, small, statement},
};

/// Microseconds since 1970 by PostgreSQL's clock, at the transaction's start.
pub(crate) const DATABASE_CLOCK: &str = "(extract(epoch FROM now()) * 1000000)::bigint";

/// Serves the requests one after the other.
pub(super) async fn claim(
    transaction: &DatabaseTransaction,
    requests: &[ClaimRequest],
    lease_start: At,
) -> Result<Outcomes<Vec<ClaimedEffect>>, Failure> {
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in requests {
        outcomes.push(Ok(claim_one(transaction, request, lease_start).await?));
    }
    Ok(outcomes)
}

async fn claim_one(
    transaction: &DatabaseTransaction,
    request: &ClaimRequest,
    lease_start: At,
) -> Result<Vec<ClaimedEffect>, Failure> {
    let lanes = lane_numbers(&request.lanes);
    if lanes.is_empty() || request.limit == 0 {
        return Ok(Vec::new());
    }
    let (text, lease, clock) = if is_postgres(transaction) {
        (postgres_claim(&lanes), At(0).plus_millis(request.lease_ms), None)
    } else {
        (sqlite_claim(&lanes), lease_start.plus_millis(request.lease_ms), Some(lease_start.0.into()))
    };
    let values: [Value; 4] =
        [request.owner.clone().into(), lease.0.into(), request.now.0.into(), i64::from(request.limit).into()];
    let values = values.into_iter().chain(clock);
    let rows = transaction.query_all_raw(statement(transaction, text, values)).await?;
    let mut models = rows.iter().map(|row| effect::Model::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    // The order of RETURNING is nobody's promise.
    models.sort_by_key(|model| (model.not_before, model.run, model.ordinal));
    Ok(models.iter().map(claimed_effect).collect::<Result<_, _>>()?)
}

fn lane_numbers(lanes: &[Lane]) -> String {
    let mut numbers: Vec<i16> = lanes.iter().map(|lane| lane.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What waits is due by the request's clock, which also set it; a lease runs out by the clock that gave it. Whichever of
/// the two is later bounds what the index is searched for.
///
/// An effect is ready where nothing unsettled goes before it in its lane; a timer stands alone. Parked and done effects
/// hold up nobody. Steps of what is paused are left out here, so that they take no place of the limit.
fn ready(lanes: &str, lease_clock: &str, later_of: &str) -> String {
    format!(
        "coalesce(e.lease_until, e.not_before) <= {later_of}($3, {lease_clock}) \
         AND coalesce(e.lease_until <= {lease_clock}, e.not_before <= $3) AND e.state < 2 \
         AND e.lane IN ({lanes}) AND (e.lane = {timer} OR NOT EXISTS (SELECT 1 FROM effect b WHERE b.org = e.org \
         AND b.run = e.run AND b.ordinal < e.ordinal AND b.lane = e.lane AND b.state < 2)) AND {not_held}",
        timer = Lane::Timer.number(),
        not_held = pauses::not_held()
    )
}

/// A claimed row comes here only when its lease ran out: what became of its last attempt is unknown.
const TAKE: &str = "UPDATE effect SET state = 1, attempt = attempt + 1, fence = fence + 1, \
                    ambiguous = CASE WHEN state = 1 THEN 1 ELSE ambiguous END, lease_owner = $1";
const RETURNING: &str = "RETURNING org, id, run, lane, ordinal, ask, kind, state, attempt, not_before, due_since, \
                         lease_until, fence, ambiguous, why";

fn sqlite_claim(lanes: &str) -> String {
    format!(
        "{TAKE}, lease_until = $2 WHERE (org, id) IN (SELECT e.org, e.id FROM effect e WHERE {} \
         ORDER BY coalesce(e.lease_until, e.not_before) LIMIT $4) {RETURNING}",
        ready(lanes, "$5", "max")
    )
}

fn postgres_claim(lanes: &str) -> String {
    format!(
        "WITH due AS (SELECT e.org AS due_org, e.id AS due_id FROM effect e WHERE {} \
         ORDER BY coalesce(e.lease_until, e.not_before) LIMIT $4 FOR UPDATE OF e SKIP LOCKED) \
         {TAKE}, lease_until = {DATABASE_CLOCK} + $2 FROM due WHERE org = due_org AND id = due_id {RETURNING}",
        ready(lanes, DATABASE_CLOCK, "greatest")
    )
}

/// Prolongs the leases that are still held.
pub(super) async fn renew(
    transaction: &DatabaseTransaction,
    renewals: &[Renewal],
    lease_start: At,
) -> Result<Outcomes<()>, Failure> {
    let mut outcomes = Vec::with_capacity(renewals.len());
    for renewal in renewals {
        let (text, lease) = if is_postgres(transaction) {
            (format!("{DATABASE_CLOCK} + $1"), At(0).plus_millis(renewal.lease_ms))
        } else {
            ("$1".to_owned(), lease_start.plus_millis(renewal.lease_ms))
        };
        let text =
            format!("UPDATE effect SET lease_until = {text} WHERE org = $2 AND id = $3 AND fence = $4 AND state = 1");
        let values: [Value; 4] =
            [lease.0.into(), renewal.org.as_str().into(), renewal.effect.0.into(), renewal.fence.into()];
        let done = transaction.execute_raw(statement(transaction, text, values)).await?;
        outcomes.push(if done.rows_affected() == 0 { conflict(Conflict::LostLease) } else { Ok(()) });
    }
    Ok(outcomes)
}

/// A claimed row as its claimer gets it.
pub(super) fn claimed_effect(model: &effect::Model) -> Result<ClaimedEffect, StoreError> {
    let id = EffectId(model.id);
    let ask: Ask = serde_json::from_str(&model.ask).map_err(|error| undecodable("effect", id, &error))?;
    Ok(ClaimedEffect {
        id,
        org: OrgId::new(&model.org).map_err(|error| corrupt("effect", id, error))?,
        run: RunId(model.run),
        ordinal: small(model.ordinal),
        ask,
        attempt: small(model.attempt),
        ambiguous: model.ambiguous != 0,
        fence: model.fence,
        due_since: At(model.due_since),
        lease_until: At(model.lease_until.unwrap_or(model.not_before)),
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseConnection;

    use super::*;
    use crate::test_support::{plan_of, store};

    /// Timers that are not due, each of a run of its own.
    const WAITING: &str = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000) \
        INSERT INTO effect (org, id, run, lane, ordinal, ask, kind, class, state, attempt, not_before, due_since, fence) \
        SELECT 'acme', randomblob(16), randomblob(16), 3, 0, '{}', 'expire', 'idempotent', 0, 0, \
        9000000000000000 + n, 9000000000000000 + n, 0 FROM number";

    async fn plan_of_a_claim(writer: &DatabaseConnection) -> Vec<String> {
        let values: [Value; 5] = ["worker-1".into(), 3_i64.into(), 1_i64.into(), 100_i64.into(), 2_i64.into()];
        plan_of(writer, &sqlite_claim(&lane_numbers(&Lane::ALL)), values).await
    }

    /// A claim reads what is due from its index, in order: neither the timers that wait nor a sort are in its way.
    #[tokio::test]
    async fn a_hundred_thousand_waiting_timers_are_not_looked_at() {
        let (_folder, store) = store().await;
        let writer = &store.connections.writer;
        let empty = plan_of_a_claim(writer).await;
        writer.execute_unprepared(WAITING).await.unwrap();
        writer.execute_unprepared("ANALYZE").await.unwrap();
        for plan in [empty, plan_of_a_claim(writer).await] {
            assert!(plan.iter().any(|line| line == "SEARCH e USING INDEX effect_ready (<expr><?)"), "{plan:#?}");
            assert!(plan.iter().all(|line| !line.contains("SCAN") && !line.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }
}
