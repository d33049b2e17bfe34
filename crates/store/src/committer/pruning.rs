//! Erasing what is no longer needed and may name people.
//!
//! What is to go is looked up first, in the order of its index and no more of it than asked for, and then erased by its
//! key: neither reads what stays.

use countersign_domain::ports::Pruned;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use super::{Pruning, transaction::Outcomes};
use crate::{error::Failure, sql::statement};

/// Runs that ended and whose words were not looked for yet, oldest first. Written as the index `run_words` is.
const ENDED: &str = "SELECT r.id, EXISTS (SELECT 1 FROM ticket_text t WHERE t.org = r.org AND t.run = r.id) AS words \
                     FROM run r WHERE r.org = $1 AND r.updated_at < $2 AND r.erased = 0 \
                     AND r.state IN ('succeeded','partly_done','failed','denied','expired','cancelled','no_action') \
                     ORDER BY r.updated_at, r.id LIMIT $3";
const CLICKS: &str = "SELECT id FROM inbox WHERE org = $1 AND done_at IS NOT NULL AND received_at < $2 \
                      ORDER BY received_at, id LIMIT $3";
const BODIES: &str = "SELECT id FROM quarantine WHERE org = $1 AND received_at < $2 ORDER BY received_at, id LIMIT $3";

/// So many runs are looked through at a time, and so often: runs that never had words may stand between those that have.
const LOOKED_THROUGH: u32 = 1_000;
const TURNS: u32 = 20;

/// So many rows are erased by one statement.
const GROUP: usize = 500;

/// Serves the requests one after the other.
pub(super) async fn prune(
    transaction: &DatabaseTransaction,
    requests: &[Pruning],
) -> Result<Outcomes<Pruned>, Failure> {
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in requests {
        let texts = words(transaction, request).await?;
        let clicks = found(transaction, request, CLICKS).await?;
        let bodies = found(transaction, request, BODIES).await?;
        outcomes.push(Ok(Pruned {
            texts,
            clicks: by_key(transaction, request, "DELETE FROM inbox WHERE org = $1 AND id IN", &clicks).await?,
            bodies: by_key(transaction, request, "DELETE FROM quarantine WHERE org = $1 AND id IN", &bodies).await?,
        }));
    }
    Ok(outcomes)
}

/// Erases words. Neither those runs nor the ones without words that stood before them are looked at again.
async fn words(transaction: &DatabaseTransaction, request: &Pruning) -> Result<u64, Failure> {
    let mut erased = 0;
    for _ in 0..TURNS {
        let left = usize::try_from(u64::from(request.limit) - erased).unwrap_or(usize::MAX);
        if left == 0 {
            break;
        }
        let rows = transaction.query_all_raw(statement(transaction, ENDED, values(request, LOOKED_THROUGH))).await?;
        let (mut passed, mut with_words) = (Vec::new(), Vec::new());
        for row in &rows {
            let run: Uuid = row.try_get("", "id")?;
            passed.push(run);
            if row.try_get("", "words")? {
                with_words.push(run);
            }
            if with_words.len() == left {
                break;
            }
        }
        erased +=
            by_key(transaction, request, "DELETE FROM ticket_text WHERE org = $1 AND run IN", &with_words).await?;
        by_key(transaction, request, "UPDATE run SET erased = 1 WHERE org = $1 AND id IN", &passed).await?;
        if rows.len() < LOOKED_THROUGH as usize {
            break;
        }
    }
    Ok(erased)
}

fn values(request: &Pruning, limit: u32) -> [Value; 3] {
    [request.org.as_str().into(), request.before.0.into(), i64::from(limit).into()]
}

async fn found(transaction: &DatabaseTransaction, request: &Pruning, text: &str) -> Result<Vec<Uuid>, Failure> {
    let rows = transaction.query_all_raw(statement(transaction, text, values(request, request.limit))).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

/// Runs a statement on the organisation's rows of these keys; how many there were.
async fn by_key(
    transaction: &DatabaseTransaction,
    request: &Pruning,
    text: &str,
    keys: &[Uuid],
) -> Result<u64, Failure> {
    let mut touched = 0;
    for group in keys.chunks(GROUP) {
        let places: Vec<String> = (2..=group.len() + 1).map(|place| format!("${place}")).collect();
        let text = format!("{text} ({})", places.join(","));
        let keys = group.iter().map(|key| Value::from(*key));
        let values = std::iter::once(Value::from(request.org.as_str())).chain(keys);
        touched += transaction.execute_raw(statement(transaction, text, values)).await?.rows_affected();
    }
    Ok(touched)
}

#[cfg(test)]
mod tests {
    use countersign_domain::run::StateName;

    use super::*;
    use crate::test_support::{plan_of, store};

    #[test]
    fn every_final_state_is_pruned_and_no_other() {
        for state in StateName::ALL {
            assert_eq!(ENDED.contains(&format!("'{state}'")), state.is_final(), "{state}");
        }
    }

    #[tokio::test]
    async fn what_is_to_go_is_read_from_its_index() {
        let (_folder, store) = store().await;
        for (text, index) in [(ENDED, "run_words"), (CLICKS, "inbox_done"), (BODIES, "quarantine_age")] {
            let values: [Value; 3] = ["acme".into(), 1_i64.into(), 10_i64.into()];
            let plan = plan_of(&store.connections.writer, text, values).await;
            assert!(plan[0].contains(&format!("INDEX {index} (org=? AND ")), "{plan:#?}");
            assert!(plan.iter().all(|line| !line.contains("SCAN") && !line.contains("TEMP B-TREE")), "{plan:#?}");
        }
        for text in [
            "DELETE FROM ticket_text WHERE org = $1 AND run IN ($2, $3)",
            "DELETE FROM inbox WHERE org = $1 AND id IN ($2, $3)",
        ] {
            let key = Value::from(Uuid::from_u128(1));
            let plan = plan_of(&store.connections.writer, text, ["acme".into(), key.clone(), key]).await;
            assert!(plan.iter().all(|line| line.starts_with("SEARCH") && line.contains("(org=? AND ")), "{plan:#?}");
        }
    }
}
