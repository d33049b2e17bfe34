//! What is paused, and what a pause waits for.

use countersign_domain::{
    effect::Lane,
    ids::{OrgId, RunbookId},
    pause::Pause,
    ports::StoreError,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QueryOrder, Value};

use super::decode;
use crate::{
    committer::{claims::DATABASE_CLOCK, pauses::STEP},
    entity::pause,
    error::failed,
    sql::{is_postgres, statement, unsigned},
};

/// What is paused, of every organisation.
pub(super) async fn pauses(readers: &DatabaseConnection) -> Result<Vec<Pause>, StoreError> {
    let found =
        pause::Entity::find().order_by_asc(pause::Column::Org).order_by_asc(pause::Column::Runbook).all(readers).await;
    found.map_err(failed)?.into_iter().map(decode::pause).collect()
}

/// Steps that are claimed. On PostgreSQL those whose lease still runs, by its own clock. On SQLite all: the clock that
/// gave the leases is the service's, and whoever asks may be another process, by whose clock they seem to be over. There
/// a service ends the claims of the one before it when it starts, by a lease until 0.
pub(super) async fn steps_in_flight(
    readers: &DatabaseConnection,
    org: &OrgId,
    runbook: Option<&RunbookId>,
) -> Result<u64, StoreError> {
    let mut values: Vec<Value> = vec![org.as_str().into()];
    let mut text = in_flight(if is_postgres(readers) { DATABASE_CLOCK } else { "0" });
    if let Some(runbook) = runbook {
        values.push(runbook.as_str().into());
        text.push_str(" AND (SELECT r.runbook FROM run r WHERE r.org = e.org AND r.id = e.run) = $2");
    }
    let row = readers.query_one_raw(statement(readers, text, values)).await.map_err(failed)?;
    row.map_or(Ok(0), |row| row.try_get::<i64>("", "many").map(unsigned).map_err(failed))
}

/// The index on claimed effects leads here: there are never many.
fn in_flight(over: &str) -> String {
    format!(
        "SELECT count(*) AS many FROM effect e WHERE e.state = 1 AND e.lane = {lane} AND e.lease_until > {over} \
         AND e.org = $1 AND e.kind = '{STEP}'",
        lane = Lane::System.number()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{plan_of, store};

    #[tokio::test]
    async fn steps_in_flight_are_found_without_reading_every_effect() {
        let (_folder, store) = store().await;
        let plan = plan_of(&store.connections.readers, &in_flight("0"), ["acme".into()]).await;
        assert!(plan.iter().all(|line| line.starts_with("SEARCH e USING INDEX effect_claimed")), "{plan:#?}");
    }
}
