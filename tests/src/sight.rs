//! What is to be seen: of a run through the API, of the rest at the vendors.

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::{Bed, Raised, patience::until, text_of};

/// The states in which nothing more happens.
const FINAL: [&str; 7] = ["succeeded", "partly_done", "failed", "denied", "expired", "cancelled", "no_action"];

impl Bed {
    /// Waits until a run is in this state.
    ///
    /// # Errors
    /// It ended in another one, or never came there.
    pub async fn until_status(&self, run: &str, status: &str) -> anyhow::Result<Value> {
        let waited = until(&format!("run {run} is {status}"), async || {
            let seen = self.run(run).await?;
            let is = text_of(&seen, "/status");
            if is != status && FINAL.contains(&is) {
                bail!("run {run} is {is} instead of {status}: {seen:#}");
            }
            Ok((is == status).then_some(seen))
        })
        .await;
        match waited {
            Ok(seen) => Ok(seen),
            Err(error) => Err(error.context(format!("{:#}", self.run(run).await?))),
        }
    }

    /// Waits until a run's plan of at least this version is there and its card shows it.
    ///
    /// # Errors
    /// It did not come there.
    pub async fn until_card(&self, run: &str, version: u64) -> anyhow::Result<Value> {
        let waited = until(&format!("run {run} has a card of plan {version}"), async || {
            let seen = self.run(run).await?;
            if FINAL.contains(&text_of(&seen, "/status")) && text_of(&seen, "/status") != "expired" {
                bail!("run {run} has ended");
            }
            let planned = seen["plan"]["version"].as_u64().is_some_and(|is| is >= version);
            let waits = text_of(&seen, "/status") == "awaiting_approval";
            Ok((planned && waits && !is_busy(&seen) && self.cards(run).len() == 1).then_some(seen))
        })
        .await;
        match waited {
            Ok(seen) => Ok(seen),
            Err(error) => Err(error.context(format!("{:#}", self.run(run).await?))),
        }
    }

    /// Waits until a run's card has lost its buttons, as it does once it is decided.
    ///
    /// # Errors
    /// It still has them.
    pub async fn until_card_without_buttons(&self, run: &str) -> anyhow::Result<()> {
        until(&format!("the card of {run} has no buttons"), async || Ok(self.buttons(run)?.is_empty().then_some(())))
            .await
    }

    /// Waits until a run has ended in this state and nothing is left to be written about it.
    ///
    /// # Errors
    /// It ended in another one, or never came there.
    pub async fn until_done(&self, run: &str, status: &str) -> anyhow::Result<Value> {
        self.until_status(run, status).await?;
        self.until_quiet(run).await
    }

    /// Waits until nothing is left to be done about a run but to wait for its time to be up.
    ///
    /// # Errors
    /// Something is left.
    pub async fn until_quiet(&self, run: &str) -> anyhow::Result<Value> {
        let quiet = until(&format!("cards and notes of {run} are written"), async || {
            let seen = self.run(run).await?;
            Ok((!is_busy(&seen)).then_some(seen))
        })
        .await;
        match quiet {
            Ok(seen) => Ok(seen),
            Err(error) => Err(error.context(format!("{:#}", self.run(run).await?))),
        }
    }

    /// The cards of a run in the channel: there should be one.
    #[must_use]
    pub fn cards(&self, run: &str) -> Vec<Value> {
        self.messages().into_iter().filter(|card| card["metadata"]["event_payload"]["run"] == run).collect()
    }

    /// The one card of a run.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn card(&self, run: &str) -> anyhow::Result<Value> {
        let mut cards = self.cards(run);
        ensure!(cards.len() == 1, "run {run} has {} cards", cards.len());
        cards.pop().context("no card")
    }

    /// The channel's messages outside threads.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        let state = self.sandbox.state();
        let channels = state["slack"]["channels"].as_array().cloned().unwrap_or_default();
        let ours = channels.into_iter().find(|channel| channel["id"] == "C0123ADMIN").unwrap_or_default();
        ours["messages"].as_array().cloned().unwrap_or_default()
    }

    /// What somebody alone was told, oldest first.
    #[must_use]
    pub fn told(&self, user: &str) -> Vec<String> {
        let state = self.sandbox.state();
        let all = state["slack"]["ephemerals"].as_array().cloned().unwrap_or_default();
        all.iter().filter(|said| said["to"] == user).map(|said| text_of(said, "/text").to_owned()).collect()
    }

    /// Waits until somebody was told something in private, and returns what.
    ///
    /// # Errors
    /// They were not.
    pub async fn until_told(&self, user: &str) -> anyhow::Result<String> {
        until(&format!("{user} is told"), async || Ok(self.told(user).pop())).await
    }

    /// The notes on a ticket.
    #[must_use]
    pub fn notes(&self, ticket: u64) -> Vec<Value> {
        let state = self.sandbox.state();
        let tickets = state["freshservice"]["tickets"].as_array().cloned().unwrap_or_default();
        let found = tickets.into_iter().find(|known| known["id"] == ticket).unwrap_or_default();
        found["conversations"].as_array().cloned().unwrap_or_default()
    }

    /// The one note on a ticket, which must be private, as text.
    ///
    /// # Errors
    /// There is none, there are several, or it is not private.
    pub fn note(&self, ticket: u64) -> anyhow::Result<String> {
        let notes = self.notes(ticket);
        ensure!(notes.len() == 1, "ticket {ticket} has {} notes: {notes:#?}", notes.len());
        ensure!(notes[0]["private"] == true, "the note is not private");
        Ok(text_of(&notes[0], "/body_text").to_owned())
    }

    /// Somebody in a directory, `okta` or `graph`, by login.
    ///
    /// # Errors
    /// Nobody has this login there.
    pub fn user(&self, system: &str, login: &str) -> anyhow::Result<Value> {
        let state = self.sandbox.state();
        let users = state[system]["users"].as_array().cloned().unwrap_or_default();
        let found = users.into_iter().find(|user| user["login"] == login);
        found.with_context(|| format!("{system} has no user {login}"))
    }

    /// How often a request of this method and route met a vendor and was answered with success.
    #[must_use]
    pub fn succeeded(&self, vendor: &str, method: &str, route: &str) -> u64 {
        self.count(vendor, method, route, "succeeded")
    }

    /// How often a request of this method and route arrived at a vendor.
    #[must_use]
    pub fn arrived(&self, vendor: &str, method: &str, route: &str) -> u64 {
        self.count(vendor, method, route, "count")
    }

    fn count(&self, vendor: &str, method: &str, route: &str, what: &str) -> u64 {
        let requests = self.sandbox.requests();
        let routes = requests["routes"].as_array().cloned().unwrap_or_default();
        let is_it = |row: &&Value| row["vendor"] == vendor && row["method"] == method && row["route"] == route;
        routes.iter().filter(is_it).filter_map(|row| row[what].as_u64()).sum()
    }

    /// How many requests met a scripted fault.
    #[must_use]
    pub fn struck(&self) -> u64 {
        let requests = self.sandbox.requests();
        let routes = requests["routes"].as_array().cloned().unwrap_or_default();
        routes.iter().filter_map(|row| row["faulted"].as_u64()).sum()
    }

    /// How many changes a directory, `okta` or `graph`, has recorded.
    #[must_use]
    pub fn changes(&self, system: &str) -> usize {
        self.sandbox.state()[system]["events"].as_array().map_or(0, Vec::len)
    }

    /// One run, one card, one note: what is promised whatever happened on the way.
    ///
    /// # Errors
    /// Which of them is not one.
    pub fn one_of_each(&self, raised: &Raised) -> anyhow::Result<()> {
        self.card(&raised.run)?;
        let note = self.note(raised.ticket)?;
        ensure!(note.contains(&format!("Run: {}", raised.run)), "the note names another run: {note}");
        Ok(())
    }
}

fn is_busy(run: &Value) -> bool {
    let effects = run["effects"].as_array().cloned().unwrap_or_default();
    effects.iter().any(|effect| effect["state"] != "done" && effect["lane"] != "timer")
}
