//! Erasing what is no longer needed and may name people.

use countersign_domain::ports::Pruned;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{Pruning, transaction::Outcomes};
use crate::{error::Failure, sql::statement};

/// Runs that ended and whose words were not looked for yet, oldest first. Written as the index `run_words` is.
const ENDED: &str = "SELECT r.id FROM run r WHERE r.org = $1 AND r.updated_at < $2 AND r.erased = 0 \
                     AND r.state IN ('succeeded','partly_done','failed','denied','expired','cancelled','no_action')";
const HAS_WORDS: &str = "EXISTS (SELECT 1 FROM ticket_text t WHERE t.org = r.org AND t.run = r.id)";
const OLDEST: &str = "ORDER BY r.updated_at, r.id LIMIT $3";

/// So many runs without words are passed by in one go, besides those whose words were erased: they cost little.
const PASSED: i64 = 1_000;

/// Serves the requests one after the other.
pub(super) async fn prune(
    transaction: &DatabaseTransaction,
    requests: &[Pruning],
) -> Result<Outcomes<Pruned>, Failure> {
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in requests {
        let texts = execute(transaction, request, &erased_words(), 0).await?;
        execute(transaction, request, &passed_by(), PASSED).await?;
        let clicks = execute(transaction, request, CLICKS, 0).await?;
        let bodies = execute(transaction, request, BODIES, 0).await?;
        outcomes.push(Ok(Pruned { texts, clicks, bodies }));
    }
    Ok(outcomes)
}

fn erased_words() -> String {
    format!("DELETE FROM ticket_text WHERE org = $1 AND run IN ({ENDED} AND {HAS_WORDS} {OLDEST})")
}

/// Neither those whose words were erased just now nor those that never had any are looked at again.
fn passed_by() -> String {
    format!("UPDATE run SET erased = 1 WHERE org = $1 AND id IN ({ENDED} AND NOT {HAS_WORDS} {OLDEST})")
}

const CLICKS: &str = "DELETE FROM inbox WHERE org = $1 AND id IN (SELECT i.id FROM inbox i WHERE i.org = $1 \
                      AND i.done_at IS NOT NULL AND i.received_at < $2 ORDER BY i.received_at, i.id LIMIT $3)";
const BODIES: &str = "DELETE FROM quarantine WHERE org = $1 AND id IN (SELECT q.id FROM quarantine q WHERE q.org = $1 \
                      AND q.received_at < $2 ORDER BY q.received_at, q.id LIMIT $3)";

async fn execute(transaction: &DatabaseTransaction, request: &Pruning, text: &str, more: i64) -> Result<u64, Failure> {
    let limit = i64::from(request.limit) + more;
    let values: [Value; 3] = [request.org.as_str().into(), request.before.0.into(), limit.into()];
    Ok(transaction.execute_raw(statement(transaction, text, values)).await?.rows_affected())
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
    async fn nothing_is_searched_for_by_reading_a_whole_table() {
        let (_folder, store) = store().await;
        for text in [erased_words(), passed_by(), CLICKS.to_owned(), BODIES.to_owned()] {
            let values: [Value; 3] = ["acme".into(), 1_i64.into(), 10_i64.into()];
            let plan = plan_of(&store.connections.writer, &text, values).await;
            assert!(plan.iter().all(|line| !line.contains("SCAN") && !line.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }
}
