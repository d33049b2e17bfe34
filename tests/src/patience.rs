//! Waiting for a condition: the only way in which these tests wait.

use anyhow::bail;
use std::time::Duration;

/// How long a condition may take. Far longer than anything takes on a machine that has other things to do as well.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// Waits until `look` finds something, and returns it.
///
/// # Errors
/// It was not found in time, or looking failed; `what` says what should have happened.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let glances = PATIENCE.as_millis() / GLANCE.as_millis();
    for _ in 0..glances {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        tokio::time::sleep(GLANCE).await;
    }
    bail!("it did not happen within {} s that {what}", PATIENCE.as_secs())
}
