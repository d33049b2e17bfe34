//! The queue's depth for `/metrics`. Everybody may ask for it, so it is not counted for everybody anew.

use countersign_domain::ports::{QueueDepth, StoreError};
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

use crate::state::Server;

/// How long a count is good for.
const FRESH: Duration = Duration::from_secs(1);

/// The last count. Whoever asks while it is taken waits for it instead of counting too.
#[derive(Default)]
pub(crate) struct RecentDepth(Mutex<Option<(Instant, QueueDepth)>>);

impl RecentDepth {
    /// The depth, as it was at most a second ago.
    ///
    /// # Errors
    /// The store's, which are not kept.
    pub(crate) async fn of(&self, server: &Server) -> Result<QueueDepth, StoreError> {
        let mut last = self.0.lock().await;
        if let Some((at, depth)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(depth.clone());
        }
        let depth = server.queries().depth(server.app().parts().clock.now()).await?;
        *last = Some((monotonic(), depth.clone()));
        Ok(depth)
    }
}

#[expect(clippy::disallowed_methods, reason = "how old a count is, is measured on the monotonic clock")]
fn monotonic() -> Instant {
    Instant::now()
}
