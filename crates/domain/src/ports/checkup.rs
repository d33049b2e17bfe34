//! What `check` finds at a connection.

use serde::{Deserialize, Serialize};

/// How one thing that was looked at is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but somebody should look at it: an excess permission, a clock that is off.
    Warning,
    /// It does not work.
    Failed,
}

impl Verdict {
    /// The name for people and scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// A right that a vendor's administrator grants us, because a call that we make needs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// What sort of right, as the vendor's console calls it: `application permission`, `API scope`, `role permission`,
    /// `bot scope`.
    pub sort: &'static str,
    /// Its name: `User.Read.All`.
    pub name: &'static str,
    /// What it is for: the calls that need it, by method and template.
    pub calls: Vec<&'static str>,
}

/// One line of a check: what was looked at, how it is, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at, in a word or two: `credential`, `permission users:read.email`, `clock`.
    pub what: String,
    /// How it is.
    pub verdict: Verdict,
    /// In words; no secret.
    pub says: String,
    /// What to do about it; `None` where all is well.
    pub mend: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Ok, says: says.into(), mend: None }
    }

    /// It works, but somebody should look at it.
    pub fn warning(what: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Warning, says: says.into(), mend: Some(mend.into()) }
    }

    /// It does not work.
    pub fn failed(what: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Failed, says: says.into(), mend: Some(mend.into()) }
    }

    /// What our clock and a vendor's, in microseconds since 1970, come to: a minute apart already upsets signed
    /// requests and short-lived tokens.
    pub fn clock(vendor: &str, ours_micros: i64, theirs_micros: i64) -> Self {
        let apart = (ours_micros - theirs_micros) / 1_000_000;
        let says = format!("this machine's clock is {} s {} {vendor}'s", apart.abs(), side(apart));
        let mend = "set this machine's clock by NTP (timedatectl set-ntp true): signatures and tokens depend on it";
        match apart.abs() {
            0..=5 => Self::ok("clock", format!("agrees with {vendor}'s within 5 s")),
            6..=60 => Self::warning("clock", says, mend),
            _ => Self::failed("clock", says, mend),
        }
    }
}

fn side(apart: i64) -> &'static str {
    if apart > 0 { "ahead of" } else { "behind" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let judged = |apart: i64| Finding::clock("Slack", apart * 1_000_000, 0);
        assert_eq!(
            [judged(5), judged(-5), judged(30), judged(61)].map(|found| found.verdict),
            [Verdict::Ok, Verdict::Ok, Verdict::Warning, Verdict::Failed]
        );
        assert!(judged(-400).says.contains("400 s behind Slack's"));
        assert!(judged(400).says.contains("ahead of"));
    }
}
