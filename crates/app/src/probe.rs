//! The card of `check --card`: its button carries a probe, whose return is recorded once, and only while it is waited for.

use countersign_domain::{
    event::OrgEvent,
    ids::OrgId,
    person::{Actor, PersonRef},
    time::At,
};

use crate::advance::{App, AppError};

/// For how many seconds a probe is waited for: three minutes, and what it may take to post its card.
const LASTS: u64 = 200;

/// How many of the newest ledger entries are looked through for a probe that came back before.
const LOOK_BACK: u64 = 1_000;

/// How many entries are read at a time.
const PAGE: u32 = 200;

/// What a probe's button carries: until when it is waited for, in seconds since 1970 UTC, and what tells it from others.
pub fn probe(now: At, random: &str) -> String {
    format!("probe_{}_{random}", now.plus_seconds(LASTS).0 / 1_000_000)
}

/// Until when a probe is waited for; `None`: it is none of ours.
fn until(probe: &str) -> Option<At> {
    let (seconds, _) = probe.strip_prefix("probe_")?.split_once('_')?;
    Some(At(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?))
}

impl App {
    /// Records that the button of a probe's card was pressed: what `check --card` waits for. A further press, one that
    /// comes when nobody waits any more, and what no such card carries are not recorded.
    ///
    /// # Errors
    /// The store's.
    pub async fn probe_returned(&self, org: &OrgId, probe: String, by: PersonRef) -> Result<(), AppError> {
        if until(&probe).is_none_or(|until| self.parts.clock.now() > until) {
            tracing::warn!(%org, %by, "the button of a card of `check --card` was pressed that is not waited for any more");
            return Ok(());
        }
        if self.came_back(org, &probe).await? {
            return Ok(());
        }
        self.record(org, &OrgEvent::ProbeReturned { probe, by }, &Actor::System).await
    }

    /// Whether the return of this probe is among the newest entries.
    async fn came_back(&self, org: &OrgId, probe: &str) -> Result<bool, AppError> {
        let head = self.parts.queries.entries(org, 0, 1).await?.head.0;
        let mut after = head.saturating_sub(LOOK_BACK);
        loop {
            let page = self.parts.queries.entries(org, after, PAGE).await?;
            let Some(last) = page.entries.last() else { return Ok(false) };
            after = last.seq;
            let bodies = page.entries.iter().filter_map(|entry| entry.body.as_ref());
            let mut events = bodies.filter_map(|(_, body)| serde_json::from_slice::<OrgEvent>(body).ok());
            if events.any(|event| matches!(event, OrgEvent::ProbeReturned { probe: there, .. } if there == probe)) {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_says_until_when_it_is_waited_for() {
        let now = At(1_700_000_000_000_000);
        assert_eq!(until(&probe(now, "0a1b")), Some(now.plus_seconds(LASTS)));
        for bad in ["probe_0a1b", "probe__0a1b", "probe_9999999999999999999_x", "probe_9223372036854775807_x", "x", ""]
        {
            assert_eq!(until(bad), None, "{bad}");
        }
    }
}
