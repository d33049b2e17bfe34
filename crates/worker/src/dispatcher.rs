//! The dispatcher: claims effects that are due and acts on them, many at once, each lane apart.

use countersign_app::App;
use countersign_domain::{effect::Lane, ports::ClaimRequest};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::monotonic,
    inbox,
    lanes::{Lanes, Reserved},
    link::Link,
    pruning,
    wake::Bells,
};

/// What a lease leaves for our own part of a write besides the request: being scheduled, the commit of its outcome.
const MARGIN: Duration = Duration::from_secs(3);

/// How the loops run.
#[derive(Debug, Clone)]
pub struct Options {
    /// This process's name in leases; unique among the processes of one store.
    pub owner: String,
    /// How many effects of each lane are acted on at once.
    pub concurrency: usize,
    /// For how long an effect is claimed. It has to be longer than `request` and a margin of three seconds, or nothing
    /// is ever sent.
    pub lease: Duration,
    /// The longest that a request to a vendor takes, its wait for the rate budget included. A write begins only while
    /// the lease lasts that long and a margin more.
    pub request: Duration,
    /// How long the sweep waits when nothing rings.
    pub sweep: Duration,
    /// How long stopping waits for what is in flight.
    pub drain: Duration,
}

impl Options {
    /// The usual values for a process of this name.
    pub fn named(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            concurrency: 64,
            lease: Duration::from_secs(60),
            request: Duration::from_secs(22),
            sweep: Duration::from_secs(1),
            drain: Duration::from_secs(25),
        }
    }

    /// How long after its claim a lease may still be used to begin a write.
    pub(crate) fn usable(&self) -> Duration {
        self.lease.saturating_sub(self.request + MARGIN)
    }

    pub(crate) fn lease_ms(&self) -> u64 {
        u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The loops of one process.
pub struct Worker {
    app: Arc<App>,
    bells: Bells,
    options: Options,
}

impl Worker {
    /// The loops over these use cases.
    pub fn new(app: Arc<App>, bells: Bells, options: Options) -> Self {
        Self { app, bells, options }
    }

    /// Runs until `stop`, then lets what is in flight finish.
    pub async fn run(self, stop: CancellationToken) {
        let clicks = inbox::run(Arc::clone(&self.app), Arc::clone(&self.bells.inbox), stop.clone(), self.options.sweep);
        let clicks = tokio::spawn(clicks);
        let pruning = tokio::spawn(pruning::run(Arc::clone(&self.app), stop.clone()));
        let link = Link {
            app: Arc::clone(&self.app),
            options: Arc::new(self.options.clone()),
            lanes: Arc::new(Lanes::new(self.options.concurrency)),
            tasks: TaskTracker::new(),
            stop,
        };
        self.claim_until_stopped(&link).await;
        link.tasks.close();
        if tokio::time::timeout(self.options.drain, link.tasks.wait()).await.is_err() {
            tracing::warn!(
                left = link.tasks.len(),
                "stopped with effects in flight; they are observed after the next start"
            );
        }
        for (name, ended) in [("inbox", clicks.await), ("pruning", pruning.await)] {
            if let Err(error) = ended {
                tracing::error!(%error, "the {name} loop ended badly");
            }
        }
    }

    async fn claim_until_stopped(&self, link: &Link) {
        let all = BTreeSet::from(Lane::ALL);
        let mut sweep = sweeping(self.options.sweep);
        // The lanes that may have something due.
        let mut owing = all.clone();
        while !link.stop.is_cancelled() {
            for reserved in link.lanes.reserve(&owing) {
                self.claim(link, reserved, &mut owing).await;
            }
            if link.lanes.has_room(&owing) {
                continue;
            }
            tokio::select! {
                () = link.stop.cancelled() => {}
                () = self.bells.effects.rung() => {
                    sweep.reset();
                    owing.clone_from(&all);
                }
                _ = sweep.tick() => owing.clone_from(&all),
                () = link.lanes.freed(), if !owing.is_empty() => {}
            }
        }
    }

    /// Claims into these slots and sets to work on what there is. Lanes with nothing more that is due owe nothing.
    async fn claim(&self, link: &Link, mut reserved: Reserved, owing: &mut BTreeSet<Lane>) {
        let (lanes, room) = (reserved.lanes(), reserved.room());
        let since = monotonic();
        let request = ClaimRequest {
            owner: self.options.owner.clone(),
            lease_ms: self.options.lease_ms(),
            limit: u32::try_from(room).unwrap_or(u32::MAX),
            lanes: lanes.clone(),
            now: self.app.parts().clock.now(),
        };
        let effects = self.app.parts().store.claim(request).await.unwrap_or_else(|error| {
            tracing::error!(%error, "no effects could be claimed; trying again");
            Vec::new()
        });
        if effects.len() < room {
            owing.retain(|lane| !lanes.contains(lane));
        }
        for effect in effects {
            let slot = reserved.slot(effect.ask.lane());
            link.tasks.spawn(link.clone().follow(effect, since, slot));
        }
    }
}

/// Ticks after each such time; not at once.
fn sweeping(every: Duration) -> Interval {
    let mut sweep = interval(every);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.reset();
    sweep
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_begins_at_the_last_moment_ends_within_the_lease() {
        for lease in [1, 25, 26, 30, 60, 600] {
            let options = Options { lease: Duration::from_secs(lease), ..Options::named("test") };
            let usable = options.usable();
            assert!(usable.is_zero() || usable + options.request + MARGIN <= options.lease, "{lease} s: {usable:?}");
        }
        assert_eq!(Options::named("test").usable(), Duration::from_secs(35));
    }
}
