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

    /// Finds the private note that carries this run's id, wherever it stands among the ticket's conversations; of several
    /// the first, since a later one quotes it. A ticket that is not there has none.
    async fn find_note(&self, ticket: &TicketId, run: &RunId) -> Result<Option<NoteRef>, PortError>;

    /// Posts a private note. `lines` are plain text; the adapter escapes and joins them. One of them carries the run's
    /// id, by which [`Desk::find_note`] finds the note again. None of them can look like several. On a ticket that is not
    /// there this is refused for good ([`Permanent`](crate::ports::PortErrorKind::Permanent)): nothing of ours is gone,
    /// and there is nowhere to post another one.
    async fn post_note(&self, ticket: &TicketId, lines: &[String]) -> Result<NoteRef, PortError>;

    /// Replaces a note's text; a note that is no longer there is [`Gone`](crate::ports::PortErrorKind::Gone).
    async fn edit_note(&self, note: &NoteRef, lines: &[String]) -> Result<(), PortError>;

    /// The link to a ticket, built from the configured desk.
    fn ticket_url(&self, ticket: &TicketId) -> String;

    /// Looks at everything the corridor needs of the desk, by reading: the first finding says who we are there. Never
    /// fails as a whole; what cannot be asked is a failed finding. `now` is what the desk's clock is compared with.
    async fn check(&self, now: At) -> Vec<Finding>;
}
