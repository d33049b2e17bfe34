//! The dispatcher: claims effects that are due and acts on them, many at once.

use countersign_app::{App, dispatch::Lease};
use countersign_domain::{
    effect::{ClaimedEffect, Lane},
    ports::ClaimRequest,
};
use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{inbox, wake::Bells};

/// How the loops run.
#[derive(Debug, Clone)]
pub struct Options {
    /// This process's name in leases; unique among the processes of one store.
    pub owner: String,
    /// How many effects are acted on at once.
    pub concurrency: usize,
    /// For how long an effect is claimed. A request may take at most [`request_limit`] of it.
    pub lease: Duration,
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
            sweep: Duration::from_secs(1),
            drain: Duration::from_secs(25),
        }
    }
}

/// The loops of one process.
pub struct Worker {
    app: Arc<App>,
    bells: Bells,
    options: Options,
}

/// How long a request may take under such a lease: a third of it, 20 s of the usual minute.
#[must_use]
pub fn request_limit(lease: Duration) -> Duration {
    lease / 3
}

/// How long after its claim a lease may still be used to begin a request: one that is under way then, and a quarter
/// more, still fits in.
fn usable(lease: Duration) -> Duration {
    lease - request_limit(lease) * 5 / 4
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
        let slots = Arc::new(Semaphore::new(self.options.concurrency));
        let tasks = TaskTracker::new();
        while !stop.is_cancelled() {
            if self.claim(&slots, &tasks).await == 0 {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.bells.effects.rung() => {}
                    () = tokio::time::sleep(self.options.sweep) => {}
                }
            }
        }
        tasks.close();
        if tokio::time::timeout(self.options.drain, tasks.wait()).await.is_err() {
            tracing::warn!(
                left = tasks.len(),
                "stopped with effects in flight; they are observed after the next start"
            );
        }
        if let Err(error) = clicks.await {
            tracing::error!(%error, "the inbox loop ended badly");
        }
    }

    /// Claims as many effects as there are free slots and sets to work on them. Returns how many.
    async fn claim(&self, slots: &Arc<Semaphore>, tasks: &TaskTracker) -> usize {
        let Ok(first) = Arc::clone(slots).acquire_owned().await else { return 0 };
        let mut permits = vec![first];
        while let Ok(permit) = Arc::clone(slots).try_acquire_owned() {
            permits.push(permit);
        }
        let since = monotonic();
        let request = ClaimRequest {
            owner: self.options.owner.clone(),
            lease_ms: u64::try_from(self.options.lease.as_millis()).unwrap_or(u64::MAX),
            limit: u32::try_from(permits.len()).unwrap_or(u32::MAX),
            lanes: Lane::ALL.to_vec(),
            now: self.app.parts().clock.now(),
        };
        let effects = match self.app.parts().store.claim(request).await {
            Ok(effects) => effects,
            Err(error) => {
                tracing::error!(%error, "no effects could be claimed; trying again");
                return 0;
            }
        };
        let claimed = effects.len();
        for (effect, permit) in effects.into_iter().zip(permits) {
            let link = Link { app: Arc::clone(&self.app), options: self.options.clone(), tasks: tasks.clone() };
            tasks.spawn(link.follow(effect, since, Some(permit)));
        }
        claimed
    }
}

/// What a task needs to act on an effect and on what follows from it.
#[derive(Clone)]
struct Link {
    app: Arc<App>,
    options: Options,
    tasks: TaskTracker,
}

impl Link {
    /// Acts on an effect and on everything that was claimed on the way: a run is advanced through every ready effect.
    /// What was claimed besides goes its own way at once, because lanes do not wait for each other.
    async fn follow(self, effect: ClaimedEffect, since: Instant, permit: Option<OwnedSemaphorePermit>) {
        let mut next = Some((effect, since));
        while let Some((effect, since)) = next.take() {
            let claiming = monotonic();
            let mut claimed = self.act(effect, since).await.into_iter();
            next = claimed.next().map(|effect| (effect, claiming));
            for effect in claimed {
                let link = self.clone();
                self.tasks.spawn(boxed(link, effect, claiming));
            }
        }
        drop(permit);
    }

    async fn act(&self, effect: ClaimedEffect, since: Instant) -> Vec<ClaimedEffect> {
        let lease_ms = u64::try_from(self.options.lease.as_millis()).unwrap_or(u64::MAX);
        let usable = usable(self.options.lease);
        let (name, lane) = (effect.ask.name(), effect.ask.lane());
        let holds = move || monotonic().duration_since(since) < usable;
        let started = monotonic();
        let lease = Lease { owner: &self.options.owner, lease_ms, holds: &holds };
        let outcome = self.app.dispatch(effect, lease).await;
        metrics::histogram!("countersign_effect_seconds", "ask" => name, "lane" => lane.as_str())
            .record(monotonic().duration_since(started).as_secs_f64());
        outcome.unwrap_or_else(|error| {
            tracing::error!(ask = name, %error, "an effect could not be settled; its lease will run out");
            Vec::new()
        })
    }
}

/// A future that names itself in its own type must be boxed.
fn boxed(link: Link, effect: ClaimedEffect, since: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(link.follow(effect, since, None))
}

#[expect(
    clippy::disallowed_methods,
    reason = "leases are counted by the local monotonic clock, which no test needs to set"
)]
fn monotonic() -> Instant {
    Instant::now()
}
