//! The rate budget of a connection.
//!
//! A budget is a token bucket whose burst and refill together never give out more than `per_minute` in any 60 seconds.
//! Time is the monotonic clock: a budget must not jump when the wall clock is set.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The longest a call waits in place; beyond it the call is handed back unsent, with the time to come again.
pub const MAX_WAIT: Duration = Duration::from_secs(2);

/// The longest that a vendor's answer can hold a connection, so that one odd header cannot stop it for good.
const MAX_HOLD: Duration = Duration::from_secs(900);

/// A connection's rate budget, in requests a minute. Zero counts as one.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// For everything; none is unlimited.
    pub per_minute: Option<u32>,
    /// For single endpoints besides, by the key that [`crate::Call::endpoint`] names.
    pub endpoints: Vec<(String, u32)>,
}

#[derive(Debug)]
struct Bucket {
    burst: f64,
    per_second: f64,
    /// Below zero: calls that already wait for their token.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(per_minute: u32, at: Instant) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        let burst = (per_minute / 4.0).floor().max(1.0);
        let per_second = (per_minute - burst).max(1.0) / 60.0;
        Self { burst, per_second, tokens: burst, at }
    }

    fn refill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.at = now;
    }

    /// How long until the next call would have its token.
    fn wait(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.tokens) / self.per_second).max(0.0))
    }
}

#[derive(Debug)]
struct State {
    all: Option<Bucket>,
    endpoints: BTreeMap<String, Bucket>,
    held_until: Instant,
}

/// The live budget behind one client and its clones.
#[derive(Debug)]
pub(crate) struct Budget {
    state: Mutex<State>,
}

/// What a budget allows at one moment.
#[derive(Debug)]
pub(crate) struct Left {
    /// How many requests can be sent without waiting, by the endpoint's key; `all`: of everything.
    pub(crate) requests: Vec<(String, f64)>,
    /// For how long nothing is sent at all.
    pub(crate) held: Duration,
}

/// The call would have to wait this long, in milliseconds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong(pub(crate) u64);

impl Budget {
    pub(crate) fn new(pace: &Pace) -> Self {
        let now = monotonic();
        let endpoints =
            pace.endpoints.iter().map(|(key, per_minute)| (key.clone(), Bucket::new(*per_minute, now))).collect();
        let all = pace.per_minute.map(|per_minute| Bucket::new(per_minute, now));
        Self { state: Mutex::new(State { all, endpoints, held_until: now }) }
    }

    /// Nothing in here can leave the state half changed, so a panic elsewhere under the lock does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No call before this much time has passed. A shorter hold never lifts a longer one.
    pub(crate) fn hold(&self, time: Duration) {
        let until = monotonic() + time.min(MAX_HOLD);
        let mut state = self.state();
        state.held_until = state.held_until.max(until);
    }

    /// What it allows now.
    pub(crate) fn left(&self) -> Left {
        let now = monotonic();
        let mut state = self.state();
        let State { all, endpoints, held_until } = &mut *state;
        let held = held_until.saturating_duration_since(now);
        let endpoints = endpoints.iter_mut().map(|(key, bucket)| (key.clone(), bucket));
        let buckets = all.as_mut().map(|bucket| ("all".to_owned(), bucket)).into_iter().chain(endpoints);
        let requests = buckets.map(|(key, bucket)| {
            bucket.refill(now);
            (key, if held.is_zero() { bucket.tokens.floor().max(0.0) } else { 0.0 })
        });
        Left { requests: requests.collect(), held }
    }

    /// Waits for a call's turn, at most about [`MAX_WAIT`].
    pub(crate) async fn turn(&self, endpoint: Option<&str>) -> Result<(), TooLong> {
        let deadline = monotonic() + MAX_WAIT;
        tokio::time::sleep(self.reserve(endpoint)?).await;
        // While this call waited, an answer to another one may have asked for a pause.
        loop {
            let (now, held_until) = (monotonic(), self.state().held_until);
            if held_until <= now {
                return Ok(());
            }
            if held_until > deadline {
                return Err(TooLong(millis(held_until - now)));
            }
            tokio::time::sleep_until(held_until).await;
        }
    }

    /// Takes a token of every budget concerned and says when they will have been there; takes none where that is too
    /// long.
    fn reserve(&self, endpoint: Option<&str>) -> Result<Duration, TooLong> {
        let now = monotonic();
        let mut state = self.state();
        let State { all, endpoints, held_until } = &mut *state;
        let mut wait = held_until.saturating_duration_since(now);
        let mut buckets = [all.as_mut(), endpoint.and_then(|key| endpoints.get_mut(key))];
        for bucket in buckets.iter_mut().flatten() {
            bucket.refill(now);
            wait = wait.max(bucket.wait());
        }
        if wait > MAX_WAIT {
            return Err(TooLong(millis(wait)));
        }
        for bucket in buckets.iter_mut().flatten() {
            bucket.tokens -= 1.0;
        }
        Ok(wait)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[expect(clippy::disallowed_methods, reason = "budgets and time limits are measured on the monotonic clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(per_minute: Option<u32>, endpoints: &[(&str, u32)]) -> Budget {
        let endpoints = endpoints.iter().map(|(key, rate)| ((*key).to_owned(), *rate)).collect();
        Budget::new(&Pace { per_minute, endpoints })
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_gives_out_more_than_its_budget() {
        for rate in [1_u32, 2, 5, 50, 600] {
            let budget = pace(Some(rate), &[]);
            let start = monotonic();
            let mut sent = Vec::new();
            while start.elapsed() < Duration::from_secs(300) {
                match budget.turn(None).await {
                    Ok(()) => sent.push(monotonic()),
                    Err(TooLong(wait)) => tokio::time::sleep(Duration::from_millis(wait)).await,
                }
            }
            let most = sent
                .iter()
                .map(|from| sent.iter().filter(|at| *at >= from && **at - *from < Duration::from_secs(60)).count())
                .max();
            // One more for the token that comes in exactly as the window closes.
            assert!(most <= Some(rate as usize + 1), "{rate}: {most:?}");
            assert!(sent.len() >= rate as usize * 5 / 2, "{rate}: {}", sent.len());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unlimited_connection_never_waits() {
        let (budget, start) = (pace(None, &[]), monotonic());
        for _ in 0..10_000 {
            assert_eq!(budget.turn(Some("anything")).await, Ok(()));
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn endpoint_budget_is_apart_from_the_others() {
        let budget = pace(Some(600), &[("view", 4)]);
        assert_eq!(budget.turn(Some("view")).await, Ok(()));
        let Err(TooLong(wait)) = budget.turn(Some("view")).await else { panic!("the endpoint's budget is spent") };
        assert!((19_000..=20_000).contains(&wait), "{wait}");
        assert_eq!(budget.turn(Some("other")).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn refused_call_costs_no_token() {
        let budget = pace(Some(600), &[("view", 1)]);
        assert_eq!(budget.turn(Some("view")).await, Ok(()));
        for _ in 0..1_000 {
            assert!(budget.turn(Some("view")).await.is_err());
        }
        let start = monotonic();
        assert_eq!(budget.turn(None).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn short_hold_is_waited_for_and_a_long_one_handed_back() {
        let (budget, start) = (pace(None, &[]), monotonic());
        budget.hold(Duration::from_millis(1_500));
        budget.hold(Duration::from_millis(10));
        assert_eq!(budget.turn(None).await, Ok(()));
        assert!(start.elapsed() >= Duration::from_millis(1_500));
        budget.hold(Duration::from_secs(30));
        assert_eq!(budget.turn(None).await, Err(TooLong(30_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_is_what_could_be_sent_at_once() {
        let budget = pace(Some(60), &[("view", 8)]);
        let left = |budget: &Budget| budget.left().requests.into_iter().map(|(_, left)| left).collect::<Vec<_>>();
        assert_eq!(budget.left().requests, [("all".to_owned(), 15.0), ("view".to_owned(), 2.0)]);
        assert_eq!(budget.turn(Some("view")).await, Ok(()));
        assert_eq!(left(&budget), [14.0, 1.0]);
        budget.hold(Duration::from_secs(5));
        assert_eq!((left(&budget), budget.left().held), (vec![0.0, 0.0], Duration::from_secs(5)));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!((left(&budget), budget.left().held), (vec![15.0, 2.0], Duration::ZERO));
        while budget.reserve(None).is_ok() {}
        assert_eq!(left(&budget), [0.0, 2.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn absurd_hold_is_cut() {
        let budget = pace(None, &[]);
        budget.hold(Duration::from_millis(u64::MAX));
        assert_eq!(budget.turn(None).await, Err(TooLong(900_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn hold_that_comes_while_a_call_waits_applies_to_it() {
        let budget = pace(Some(60), &[]);
        while budget.reserve(None).is_ok_and(|wait| wait.is_zero()) {}
        let late = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            budget.hold(Duration::from_secs(60));
        };
        let (turn, ()) = tokio::join!(budget.turn(None), late);
        assert!(turn.is_err());
    }
}
