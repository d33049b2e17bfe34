//! Tickets as a desk hands them over.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::{ids::TicketId, person::Contact, time::At};

/// The words of a ticket: kept in the erasable table alone. No `Debug` on purpose: they may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketText {
    /// The subject line.
    pub subject: String,
    /// The description as plain text.
    pub description: String,
    /// Who wrote it, as the sender claimed or the desk says.
    pub requester: Option<String>,
}

/// Where a ticket stands at its desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    /// Being worked on.
    Open,
    /// Resolved or closed.
    Closed,
    /// Marked as spam.
    Spam,
    /// Deleted.
    Deleted,
}

/// A ticket fetched with our own credential: the only source that is believed.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchedTicket {
    /// The desk's number.
    pub id: TicketId,
    /// Its words.
    pub text: TicketText,
    /// Who asked.
    pub requester: Option<Contact>,
    /// For whom, where the desk says so.
    pub requested_for: Option<Contact>,
    /// Where it stands.
    pub status: TicketStatus,
    /// When it was opened.
    pub created_at: At,
    /// The link for a browser, built from the configured desk and never from a body.
    pub url: String,
    /// How it came in, in words: `by email, sender unverified`.
    pub came_in: String,
    /// Values from the desk's form fields and requested items, by the runbook slot they are mapped to
    /// (`target`, `group`, `action`, `sku`, `new_hire.name`, `new_hire.email`, `new_hire.groups`, `new_hire.license`).
    pub fields: BTreeMap<String, String>,
    /// A note of another approval system stands on the ticket, so it has been decided elsewhere.
    pub decided_elsewhere: bool,
}

/// What of a fetched ticket the run keeps: no words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketFacts {
    /// Who asked.
    pub requester: Option<Contact>,
    /// For whom.
    pub requested_for: Option<Contact>,
    /// The link for a browser.
    pub url: String,
    /// How it came in.
    pub came_in: String,
}
