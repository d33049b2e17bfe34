//! The inbox loop: clicks were persisted and answered; here they are looked into.

use countersign_app::App;
use countersign_domain::ids::InboxId;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::wake::Bell;

/// How many clicks are looked into at once.
const AT_ONCE: u32 = 16;

/// After how many sweeps at most a click that failed is looked into again.
const SLOWEST: u32 = 60;

/// Runs until `stop`.
pub(crate) async fn run(app: Arc<App>, bell: Arc<Bell>, stop: CancellationToken, sweep: Duration) {
    let mut failed: BTreeMap<InboxId, (u32, u32)> = BTreeMap::new();
    while !stop.is_cancelled() {
        let progressed = take(&app, &mut failed).await;
        if progressed {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.rung() => {}
            () = tokio::time::sleep(sweep) => {
                for (wait, _) in failed.values_mut() {
                    *wait = wait.saturating_sub(1);
                }
            }
        }
    }
}

/// Looks into what is there. Returns whether anything was dealt with.
async fn take(app: &Arc<App>, failed: &mut BTreeMap<InboxId, (u32, u32)>) -> bool {
    let rows = match app.parts().store.inbox(AT_ONCE + u32::try_from(failed.len()).unwrap_or(0)).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "the inbox could not be read; trying again");
            return false;
        }
    };
    let mut tasks = JoinSet::new();
    for row in rows.into_iter().filter(|row| failed.get(&row.id).is_none_or(|(wait, _)| *wait == 0)) {
        let app = Arc::clone(app);
        tasks.spawn(async move { (row.id, app.take_click(row).await) });
    }
    let mut progressed = false;
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok((id, Ok(()))) => {
                failed.remove(&id);
                progressed = true;
            }
            Ok((id, Err(error))) => {
                tracing::warn!(inbox = %id, %error, "a click could not be dealt with yet");
                let (_, times) = failed.get(&id).copied().unwrap_or_default();
                failed.insert(id, ((1 << times.min(6)).min(SLOWEST), times + 1));
            }
            Err(error) => tracing::error!(%error, "looking into a click ended badly"),
        }
    }
    progressed
}
