//! A fixed-window request limit.

use crate::stamp::SECOND;

/// Counts what was used in the current window; all times are Unix microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    limit: u32,
    length: i64,
    started: i64,
    used: u32,
}

/// What became of one request against a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Admitted; so many units are left in this window.
    Admitted {
        /// Units left.
        remaining: u32,
    },
    /// Refused; the window ends in so many whole seconds (at least one).
    Refused {
        /// Seconds to wait.
        retry_after: i64,
    },
}

impl Window {
    /// A window of `length` microseconds that admits `limit` units.
    pub(crate) fn new(limit: u32, length: i64) -> Self {
        Self { limit, length, started: i64::MIN, used: 0 }
    }

    /// Takes `cost` units at `now`, if they are there.
    pub(crate) fn take(&mut self, now: i64, cost: u32) -> Admission {
        if now.saturating_sub(self.started) >= self.length {
            self.started = now;
            self.used = 0;
        }
        if self.used.saturating_add(cost) > self.limit {
            let left = self.started.saturating_add(self.length).saturating_sub(now);
            let whole = left.div_euclid(SECOND) + i64::from(left.rem_euclid(SECOND) > 0);
            return Admission::Refused { retry_after: whole.max(1) };
        }
        self.used += cost;
        Admission::Admitted { remaining: self.limit - self.used }
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Window};
    use crate::stamp::{MINUTE, SECOND};

    #[test]
    fn limit_is_refused_until_the_window_ends() {
        let mut window = Window::new(2, MINUTE);
        assert_eq!(window.take(0, 1), Admission::Admitted { remaining: 1 });
        assert_eq!(window.take(SECOND, 1), Admission::Admitted { remaining: 0 });
        assert_eq!(window.take(2 * SECOND + 1, 1), Admission::Refused { retry_after: 58 });
        assert_eq!(window.take(MINUTE, 1), Admission::Admitted { remaining: 1 });
    }
}
