//! A desk in memory.

use async_trait::async_trait;
use countersign_domain::{
    ids::{RunId, TicketId},
    note::marker,
    ports::{Desk, Finding, PortError},
    run::NoteRef,
    ticket::FetchedTicket,
    time::At,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    locked,
    script::{Script, answer, found},
};

/// What a desk can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeskCall {
    /// [`Desk::fetch`].
    Fetch,
    /// [`Desk::find_note`].
    FindNote,
    /// [`Desk::post_note`].
    PostNote,
    /// [`Desk::edit_note`].
    EditNote,
    /// [`Desk::check`].
    Check,
}

/// A note on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeNote {
    /// Its id.
    pub at: NoteRef,
    /// The ticket.
    pub ticket: TicketId,
    /// What it says now.
    pub lines: Vec<String>,
    /// How often it was edited.
    pub edits: u32,
}

/// A desk in memory.
#[derive(Default)]
pub struct FakeDesk {
    /// Counts calls and makes them fail.
    pub script: Script<DeskCall>,
    tickets: Mutex<BTreeMap<TicketId, FetchedTicket>>,
    notes: Mutex<Vec<FakeNote>>,
    posted: AtomicU32,
    findings: Mutex<Vec<Finding>>,
}

impl FakeDesk {
    /// Puts a ticket there, in place of one of the same number.
    pub fn put(&self, ticket: FetchedTicket) {
        locked(&self.tickets).insert(ticket.id.clone(), ticket);
    }

    /// Changes a ticket that is there.
    pub fn change(&self, number: &TicketId, change: impl FnOnce(&mut FetchedTicket)) {
        change(locked(&self.tickets).get_mut(number).expect("the ticket is there"));
    }

    /// Removes a ticket.
    pub fn remove(&self, number: &TicketId) {
        locked(&self.tickets).remove(number);
    }

    /// Makes the next checks find this after who we are there.
    pub fn finds(&self, findings: Vec<Finding>) {
        *locked(&self.findings) = findings;
    }

    /// Deletes a note, as an agent can.
    pub fn delete_note(&self, at: &NoteRef) {
        locked(&self.notes).retain(|note| note.at != *at);
    }

    /// Every note.
    pub fn notes(&self) -> Vec<FakeNote> {
        locked(&self.notes).clone()
    }
}

fn no_note(note: &NoteRef) -> PortError {
    PortError::gone(format!("The desk has no note {}.", note.0))
}

#[async_trait]
impl Desk for FakeDesk {
    async fn fetch(&self, ticket: &TicketId) -> Result<Option<FetchedTicket>, PortError> {
        let lost = self.script.enter(DeskCall::Fetch)?;
        answer(locked(&self.tickets).get(ticket).cloned(), lost)
    }

    async fn find_note(&self, ticket: &TicketId, run: &RunId) -> Result<Option<NoteRef>, PortError> {
        let lost = self.script.enter(DeskCall::FindNote)?;
        let marker = marker(run);
        let found =
            locked(&self.notes).iter().find(|note| note.ticket == *ticket && note.lines.contains(&marker)).cloned();
        answer(found.map(|note| note.at), lost)
    }

    async fn post_note(&self, ticket: &TicketId, lines: &[String]) -> Result<NoteRef, PortError> {
        let lost = self.script.enter(DeskCall::PostNote)?;
        let mut notes = locked(&self.notes);
        let at = NoteRef(format!("note-{}", self.posted.fetch_add(1, Ordering::Relaxed) + 1));
        notes.push(FakeNote { at: at.clone(), ticket: ticket.clone(), lines: lines.to_vec(), edits: 0 });
        answer(at, lost)
    }

    async fn edit_note(&self, note: &NoteRef, lines: &[String]) -> Result<(), PortError> {
        let lost = self.script.enter(DeskCall::EditNote)?;
        let mut notes = locked(&self.notes);
        let known = notes.iter_mut().find(|known| known.at == *note).ok_or_else(|| no_note(note))?;
        known.lines = lines.to_vec();
        known.edits += 1;
        answer((), lost)
    }

    fn ticket_url(&self, ticket: &TicketId) -> String {
        format!("https://acme.freshservice.com/a/tickets/{ticket}")
    }

    async fn check(&self, _now: At) -> Vec<Finding> {
        found(&self.script, DeskCall::Check, "the agent of a desk in memory".to_owned(), &self.findings)
    }
}
