//! The desk: where tickets come from and notes go to.

use async_trait::async_trait;

use crate::{
    ids::{RunId, TicketId},
    ports::PortError,
    run::NoteRef,
    ticket::FetchedTicket,
};

/// Whom our credential belongs to, for `check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskIdentity {
    /// One line for people: who, at which desk, with which rights.
    pub says: String,
}

/// A ticketing system.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Fetches a ticket with our own credential; `None`: there is no such ticket.
    async fn fetch(&self, ticket: &TicketId) -> Result<Option<FetchedTicket>, PortError>;

    /// Finds the private note that carries this run's id, wherever it stands among the ticket's conversations.
    async fn find_note(&self, ticket: &TicketId, run: &RunId) -> Result<Option<NoteRef>, PortError>;

    /// Posts a private note. `lines` are plain text; the adapter escapes and joins them. One of them carries the run's
    /// id, by which [`Desk::find_note`] finds the note again.
    async fn post_note(&self, ticket: &TicketId, lines: &[String]) -> Result<NoteRef, PortError>;

    /// Replaces a note's text.
    async fn edit_note(&self, note: &NoteRef, lines: &[String]) -> Result<(), PortError>;

    /// The link to a ticket, built from the configured desk.
    fn ticket_url(&self, ticket: &TicketId) -> String;

    /// Asks the desk who we are.
    async fn identify(&self) -> Result<DeskIdentity, PortError>;
}
