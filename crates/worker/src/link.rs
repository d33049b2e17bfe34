//! Acting on a claimed effect and on what follows from it.

use countersign_app::{App, dispatch::Lease};
use countersign_domain::{
    effect::{ClaimedEffect, Settlement},
    ports::{Change, Conflict, Settle, StoreError},
};
use std::{pin::Pin, sync::Arc};
use tokio::time::{Instant, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span, field::Empty};

use crate::{
    clock::monotonic,
    dispatcher::Options,
    lanes::{Lanes, Slot},
};

/// What a task needs to act on an effect and on what follows from it.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) app: Arc<App>,
    pub(crate) options: Arc<Options>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Link {
    /// Acts on an effect and on everything that was claimed on the way: what follows in the same lane keeps its slot,
    /// the rest goes its own way at once, because lanes do not wait for each other.
    pub(crate) async fn follow(self, effect: ClaimedEffect, since: Instant, slot: Option<Slot>) {
        let mut next = Some((effect, since, slot));
        while let Some((effect, since, slot)) = next.take() {
            let Some(slot) = slot.or_else(|| self.lanes.slot(effect.ask.lane())) else {
                return self.hand_back(effect, "too many calls are under way").await;
            };
            let (lane, claiming) = (effect.ask.lane(), monotonic());
            let span = span_of(&effect);
            let claimed = self.act(effect, since).instrument(span).await;
            let mut slot = Some(slot);
            for effect in claimed {
                if self.stop.is_cancelled() {
                    self.hand_back(effect, "the process is stopping").await;
                } else if effect.ask.lane() == lane && slot.is_some() {
                    next = Some((effect, claiming, slot.take()));
                } else {
                    self.tasks.spawn(boxed(self.clone(), effect, claiming));
                }
            }
        }
    }

    /// Nothing goes on after the lease, however many requests one effect comes to: it is somebody else's then.
    async fn act(&self, effect: ClaimedEffect, since: Instant) -> Vec<ClaimedEffect> {
        let usable = self.options.usable();
        let (name, lane) = (effect.ask.name(), effect.ask.lane());
        let holds = move || monotonic().duration_since(since) < usable;
        let started = monotonic();
        let lease = Lease { owner: &self.options.owner, lease_ms: self.options.lease_ms(), holds: &holds };
        let dispatched = self.app.dispatch(effect, lease);
        let Ok(outcome) = timeout_at(since + self.options.lease, dispatched).await else {
            Span::current().record("outcome", "lease_over");
            tracing::warn!(
                ask = name,
                "an effect took longer than its lease and was broken off; it is observed first next time"
            );
            return Vec::new();
        };
        metrics::histogram!("countersign_effect_seconds", "ask" => name, "lane" => lane.as_str())
            .record(monotonic().duration_since(started).as_secs_f64());
        outcome.unwrap_or_else(|error| {
            Span::current().record("outcome", "error");
            tracing::error!(ask = name, %error, "an effect could not be settled; its lease will run out");
            Vec::new()
        })
    }

    /// Gives an effect back that nothing was done about: it is due again at once, for whoever claims it next.
    async fn hand_back(&self, effect: ClaimedEffect, why: &str) {
        let not_before = self.app.parts().clock.now();
        let settlement = Settlement::Wait { not_before, why: why.to_owned(), ambiguous: effect.ambiguous };
        let settle = Settle { effect: effect.id, org: effect.org.clone(), fence: effect.fence, settlement };
        match self.app.parts().store.commit(Change { settle: Some(settle), ..Change::default() }).await {
            Ok(_) | Err(StoreError::Conflict(Conflict::LostLease)) => {}
            Err(error) => {
                tracing::error!(
                    org = %effect.org, run = %effect.run, ask = effect.ask.name(), %error,
                    "an effect could not be given back; its lease will run out"
                );
            }
        }
    }
}

/// What every line about an effect says, and the effect's part of the run's trace. Of the highest level, so that its
/// fields are on a warning's line even where only warnings are logged.
fn span_of(effect: &ClaimedEffect) -> Span {
    tracing::error_span!(
        target: "countersign::trace", "effect",
        org = %effect.org, run = %effect.run, ask = effect.ask.name(), lane = effect.ask.lane().as_str(),
        attempt = effect.attempt, runbook = Empty, action = Empty, outcome = Empty
    )
}

/// A future that names itself in its own type must be boxed.
fn boxed(link: Link, effect: ClaimedEffect, since: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(link.follow(effect, since, None))
}
