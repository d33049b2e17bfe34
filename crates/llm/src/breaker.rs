//! The circuit breaker: an endpoint that fails time after time is left alone for a while.

use countersign_domain::{ports::Clock, time::At};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many failures in a row open it.
const FAILURES: u32 = 5;

/// For how long it stays open before one question is let through to try, in seconds.
const OPEN_SECONDS: u64 = 60;
const OPEN_MICROS: u64 = OPEN_SECONDS * 1_000_000;

/// When the next question may be asked matters once there were failures enough.
#[derive(Clone, Copy)]
struct State {
    failures: u32,
    try_at: At,
}

const CLOSED: State = State { failures: 0, try_at: At(0) };

/// A circuit breaker over the time that it is given.
pub(crate) struct Breaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Breaker {
    /// A closed one.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::new(CLOSED) }
    }

    /// Nothing in here can leave the state half changed, so a panic elsewhere under the lock does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a question may be asked now. While it is open, one may be once its time is up; until that one's outcome
    /// is known, or as long again has passed, no other.
    ///
    /// # Errors
    /// In how many milliseconds one may.
    pub(crate) fn enter(&self) -> Result<(), u64> {
        let now = self.clock.now();
        let mut state = self.state();
        if state.failures < FAILURES {
            return Ok(());
        }
        let wait = state.try_at.0.saturating_sub(now.0);
        // A longer wait than there is means that the clock was set back.
        if let Ok(wait @ 1..=OPEN_MICROS) = u64::try_from(wait) {
            return Err(wait.div_ceil(1_000));
        }
        state.try_at = now.plus_seconds(OPEN_SECONDS);
        Ok(())
    }

    /// There was an answer.
    pub(crate) fn answered(&self) {
        *self.state() = CLOSED;
    }

    /// There was none.
    pub(crate) fn failed(&self) {
        let try_at = self.clock.now().plus_seconds(OPEN_SECONDS);
        let mut state = self.state();
        *state = State { failures: state.failures.saturating_add(1), try_at };
    }
}

#[cfg(test)]
mod tests {
    use countersign_testkit::clock::FixedClock;

    use super::*;

    const START: At = At(1_750_000_000_000_000);

    fn open() -> (Arc<FixedClock>, Breaker) {
        let clock = Arc::new(FixedClock::at(START));
        let breaker = Breaker::new(clock.clone());
        for _ in 0..FAILURES {
            assert_eq!(breaker.enter(), Ok(()));
            breaker.failed();
        }
        (clock, breaker)
    }

    #[test]
    fn it_opens_after_five_failures_in_a_row() {
        let (_, breaker) = open();
        assert_eq!(breaker.enter(), Err(60_000));
    }

    #[test]
    fn an_answer_in_between_keeps_it_closed() {
        let breaker = Breaker::new(Arc::new(FixedClock::at(START)));
        for _ in 0..3 {
            (0..FAILURES - 1).for_each(|_| breaker.failed());
            breaker.answered();
        }
        assert_eq!(breaker.enter(), Ok(()));
    }

    #[test]
    fn after_a_minute_one_question_is_let_through() {
        let (clock, breaker) = open();
        clock.advance_seconds(59);
        assert_eq!(breaker.enter(), Err(1_000));
        clock.advance_seconds(1);
        assert_eq!(breaker.enter(), Ok(()));
        assert_eq!(breaker.enter(), Err(60_000), "one at a time");
        breaker.failed();
        assert_eq!(breaker.enter(), Err(60_000), "it failed too");
        clock.advance_seconds(60);
        assert_eq!(breaker.enter(), Ok(()));
        breaker.answered();
        assert_eq!((breaker.enter(), breaker.enter()), (Ok(()), Ok(())));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_open() {
        let (clock, breaker) = open();
        clock.advance_seconds(-3_600);
        assert_eq!(breaker.enter(), Ok(()));
    }
}
