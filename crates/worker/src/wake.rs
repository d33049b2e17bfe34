//! The wake-up within one process.

use countersign_domain::ports::Wakeup;
use std::sync::Arc;
use tokio::sync::Notify;

/// Rung when something may be ready.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
}

impl Bell {
    /// Waits until it is rung; a ring that nobody waited for is kept for the next who does.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }
}

impl Wakeup for Bell {
    fn wake(&self) {
        self.notify.notify_one();
    }
}

/// The bells of one process: one for effects, one for the inbox.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// Rung when effects may be due.
    pub effects: Arc<Bell>,
    /// Rung when a click was persisted.
    pub inbox: Arc<Bell>,
}
