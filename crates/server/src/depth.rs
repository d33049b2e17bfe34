//! What `/metrics` asks the store for: the queue's depth, and what is paused. Everybody may ask for it, so it is not
//! counted for everybody anew.

use countersign_domain::{
    pause::Pause,
    ports::{QueueDepth, StoreError},
};
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

use crate::state::Server;

/// How long a count is good for.
const FRESH: Duration = Duration::from_secs(1);

/// How the store stands.
#[derive(Clone)]
pub(crate) struct Standing {
    /// How much waits.
    pub(crate) depth: QueueDepth,
    /// What is paused.
    pub(crate) pauses: Vec<Pause>,
}

/// The last count. Whoever asks while it is taken waits for it instead of counting too.
#[derive(Default)]
pub(crate) struct RecentDepth(Mutex<Option<(Instant, Standing)>>);

impl RecentDepth {
    /// Depth and pauses, as they were at most a second ago.
    ///
    /// # Errors
    /// The store's, which are not kept.
    pub(crate) async fn of(&self, server: &Server) -> Result<Standing, StoreError> {
        let mut last = self.0.lock().await;
        if let Some((at, standing)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(standing.clone());
        }
        let depth = server.queries().depth(server.app().parts().clock.now()).await?;
        let standing = Standing { depth, pauses: server.queries().pauses().await? };
        *last = Some((monotonic(), standing.clone()));
        Ok(standing)
    }
}

#[expect(clippy::disallowed_methods, reason = "how old a count is, is measured on the monotonic clock")]
fn monotonic() -> Instant {
    Instant::now()
}
