//! The inbox loop: clicks were persisted and answered; here they are looked into.

use countersign_app::App;
use countersign_domain::{ids::InboxId, ports::InboxRow};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{clock::monotonic, wake::Bell};

/// How many clicks are looked into at once.
const AT_ONCE: u32 = 16;

/// The longest that a click which failed waits until it is looked into again.
const SLOWEST: Duration = Duration::from_mins(1);

/// A click that could not be dealt with yet.
#[derive(Debug, Clone, Copy)]
struct Failed {
    /// When it is looked into again.
    due: Instant,
    times: u32,
}

/// The clicks that could not be dealt with yet.
#[derive(Default)]
struct Setbacks(BTreeMap<InboxId, Failed>);

impl Setbacks {
    /// How many rows to ask for, so that those which wait do not hide the others.
    fn limit(&self) -> u32 {
        AT_ONCE.saturating_add(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    /// Leaves the rows whose time has come, and forgets whatever somebody else has dealt with.
    fn sift(&mut self, mut rows: Vec<InboxRow>) -> Vec<InboxRow> {
        if u32::try_from(rows.len()).is_ok_and(|many| many < self.limit()) {
            self.0.retain(|id, _| rows.iter().any(|row| row.id == *id));
        }
        let now = monotonic();
        rows.retain(|row| self.0.get(&row.id).is_none_or(|failed| failed.due <= now));
        rows
    }

    /// Each time twice as long as before.
    fn add(&mut self, id: InboxId) {
        let times = self.0.get(&id).map_or(0, |failed| failed.times);
        let wait = Duration::from_secs(1 << times.min(6)).min(SLOWEST);
        self.0.insert(id, Failed { due: monotonic() + wait, times: times.saturating_add(1) });
    }

    fn remove(&mut self, id: InboxId) {
        self.0.remove(&id);
    }
}

/// Runs until `stop`.
pub(crate) async fn run(app: Arc<App>, bell: Arc<Bell>, stop: CancellationToken, sweep: Duration) {
    let mut setbacks = Setbacks::default();
    while !stop.is_cancelled() {
        let progressed = take(&app, &mut setbacks).await;
        if progressed {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.rung() => {}
            () = tokio::time::sleep(sweep) => {}
        }
    }
}

/// Looks into what is there. Returns whether anything was dealt with.
async fn take(app: &Arc<App>, setbacks: &mut Setbacks) -> bool {
    let rows = match app.parts().store.inbox(setbacks.limit()).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "the inbox could not be read; trying again");
            return false;
        }
    };
    let mut tasks = JoinSet::new();
    for row in setbacks.sift(rows) {
        let app = Arc::clone(app);
        tasks.spawn(async move { (row.id, app.take_click(row).await) });
    }
    let mut progressed = false;
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok((id, Ok(()))) => {
                setbacks.remove(id);
                progressed = true;
            }
            Ok((id, Err(error))) => {
                tracing::warn!(inbox = %id, %error, "a click could not be dealt with yet");
                setbacks.add(id);
            }
            Err(error) => tracing::error!(%error, "looking into a click ended badly"),
        }
    }
    progressed
}
