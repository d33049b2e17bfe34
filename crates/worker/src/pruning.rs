//! Erasing what its time is up for, once an hour.

use countersign_app::App;
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often it is looked for. Retention is counted in days.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Runs until `stop`. The first look is at once: a service that is started every day for an hour erases too.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut hourly = interval(EVERY);
    hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hourly.tick() => {}
        }
        match app.prune().await {
            Ok(pruned) if pruned == Default::default() => {}
            Ok(pruned) => tracing::info!(
                texts = pruned.texts,
                clicks = pruned.clicks,
                bodies = pruned.bodies,
                "erased what the retention no longer keeps"
            ),
            Err(error) => {
                tracing::warn!(%error, "what the retention no longer keeps could not be erased; trying again in an hour");
            }
        }
    }
}
