//! The desk: where tickets come from and notes go to.

use async_trait::async_trait;

use crate::{
    ids::{RunId, TicketId},
    ports::{Finding, PortError},
    run::NoteRef,
    ticket::FetchedTicket,
    time::At,
};

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

    /// Looks at everything the corridor needs of the desk, by reading: the first finding says who we are there. Never
    /// fails as a whole; what cannot be asked is a failed finding. `now` is what the desk's clock is compared with.
    async fn check(&self, now: At) -> Vec<Finding>;
}
