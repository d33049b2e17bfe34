//! `check --card`: a card whose click must come back to the running service.

use anyhow::Context;
use countersign_domain::{
    event::OrgEvent,
    ids::OrgId,
    person::PersonRef,
    ports::{Channel, Finding, LedgerPage, Queries},
};
use std::time::Duration;

use super::super::tell;

/// The pause between two looks into the ledger.
const GLANCE: Duration = Duration::from_millis(500);

/// How often it is looked for the click: three minutes.
const GLANCES: u32 = 360;

/// How many glances lie between two lines about the waiting: fifteen seconds.
const EVERY: u32 = 30;

/// Entries read at once.
const PAGE: u32 = 200;

/// The kind of the entry that the service writes about the click.
const RETURNED: &str = "probe.returned";

/// A card to be posted, and what is said of it.
pub(super) struct Probe<'a> {
    /// What the finding is about.
    pub(super) what: &'a str,
    /// The organisation.
    pub(super) org: &'a OrgId,
    /// What the card's button carries.
    pub(super) carries: &'a str,
    /// Where the vendor must send clicks.
    pub(super) door: &'a str,
}

/// Posts a probe's card, waits until the running service has recorded its click, and says on the card how it went.
pub(super) async fn try_card(probe: &Probe<'_>, channel: &dyn Channel, store: &dyn Queries) -> Finding {
    let Probe { what, org, carries, door } = *probe;
    let head = match store.entries(org, 0, 1).await {
        Ok(page) => page.head.0,
        Err(error) => {
            return Finding::failed(what, format!("not posted: the ledger cannot be read: {error}"), "mend the store");
        }
    };
    let at = match channel.post_probe(carries).await {
        Ok(at) => at,
        Err(error) => {
            return Finding::failed(what, error.says, "mend what the channel's lines name, and try again");
        }
    };
    tell("A card was posted. Press its button within 3 minutes.");
    let pressed = wait(head, carries, async |after| Ok(store.entries(org, after, PAGE).await?)).await;
    let (finding, says) = match pressed {
        Ok(Some(by)) => {
            (Finding::ok(what, format!("posted, and the click of {by} came back")), "The click came back: all is well.")
        }
        Ok(None) => (
            Finding::failed(what, "posted, but no click came back within 3 minutes", look(door)),
            "No click came back in time. This card is no longer waited for.",
        ),
        Err(error) => (
            Finding::failed(what, format!("the click could not be looked for: {error:#}"), "mend the store"),
            "The click could not be looked for. This card is no longer waited for.",
        ),
    };
    if let Err(error) = channel.end_probe(&at, says).await {
        tell(&format!("The card's button could not be taken away: {error}"));
    }
    finding
}

/// What to look at where nothing came back.
fn look(door: &str) -> String {
    format!(
        "was the button pressed? Is the service running, on this same store? Is the app's Interactivity Request URL \
         {door}, and does that lead to the service from the internet? Is `signing_secret` this app's? The service's log \
         names each click that it turned away"
    )
}

/// Looks into the ledger after `head` until the click of a probe stands there, and says whose it was; `None`: it did
/// not come in time.
async fn wait(
    head: u64,
    probe: &str,
    mut entries: impl AsyncFnMut(u64) -> anyhow::Result<LedgerPage>,
) -> anyhow::Result<Option<PersonRef>> {
    let mut after = head;
    for glance in 1..=GLANCES {
        tokio::time::sleep(GLANCE).await;
        let page = entries(after).await?;
        for entry in &page.entries {
            after = after.max(entry.seq);
            if entry.kind == RETURNED
                && let Some((_, body)) = &entry.body
                && let OrgEvent::ProbeReturned { probe: carried, by } =
                    serde_json::from_slice(body).context("an entry of the ledger cannot be read")?
                && carried == probe
            {
                return Ok(Some(by));
            }
        }
        if glance % EVERY == 0 && glance < GLANCES {
            tell(&format!("... waiting for the click, {} s left", (GLANCES - glance) / 2));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::{digest::Digest, ports::LedgerEntryView, time::At};

    fn entry(seq: u64, kind: &str, event: &OrgEvent) -> LedgerEntryView {
        LedgerEntryView {
            seq,
            time: At(0),
            kind: kind.to_owned(),
            run: None,
            actor: None,
            plan_digest: None,
            policy_digest: None,
            decision: None,
            previous: Digest::of(b""),
            commitment: None,
            hash: Digest::of(b""),
            body: Some(([0; 32], serde_json::to_vec(event).unwrap())),
        }
    }

    fn click(seq: u64, probe: &str) -> LedgerEntryView {
        let by = PersonRef::Slack("U0123APPROVER".to_owned());
        entry(seq, RETURNED, &OrgEvent::ProbeReturned { probe: probe.to_owned(), by })
    }

    /// A ledger that has these entries at its end from the glance of this number on.
    async fn waited(from: u32, entries: Vec<LedgerEntryView>) -> (Option<PersonRef>, u32) {
        let mut glances = 0;
        let found = wait(7, "probe_mine", async |after| {
            glances += 1;
            let seen = if glances < from { Vec::new() } else { entries.clone() };
            let entries = seen.into_iter().filter(|entry| entry.seq > after).collect();
            Ok(LedgerPage { entries, head: (9, Digest::of(b"")) })
        });
        let found = found.await.unwrap();
        (found, glances)
    }

    #[tokio::test(start_paused = true)]
    async fn click_of_this_very_card_ends_the_waiting() {
        let paused = entry(8, "paused", &OrgEvent::Paused { runbook: None, why: None });
        let (by, glances) = waited(3, vec![paused, click(9, "probe_of_yesterday"), click(10, "probe_mine")]).await;
        assert_eq!((by.unwrap().to_string().as_str(), glances), ("slack:U0123APPROVER", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_after_three_minutes_whatever_else_is_recorded() {
        let (by, glances) = waited(1, vec![click(8, "probe_of_yesterday")]).await;
        assert_eq!((by, glances), (None, GLANCES));
        assert_eq!((GLANCE * GLANCES).as_secs(), 180);
    }

    #[tokio::test(start_paused = true)]
    async fn entries_of_before_the_card_are_not_read() {
        assert_eq!(waited(1, vec![click(7, "probe_mine")]).await.0, None);
    }
}
