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

/// What another approval system writes at the head of its decision.
const DECIDED_ELSEWHERE: &str = "[AscendCore] Runbook decision:";
/// What a run's id begins with in our own notes.
const RUN: &str = "Run: run_";

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
    /// Agents alone see it.
    pub private: bool,
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

    /// Removes a ticket: no note is found or posted there any more.
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

    /// Somebody else writes a note, private or for the requester as well.
    pub fn add_note(&self, ticket: &TicketId, text: &str, private: bool) {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.keep_note(ticket, &lines, private);
    }

    fn keep_note(&self, ticket: &TicketId, lines: &[String], private: bool) -> NoteRef {
        let at = NoteRef(format!("note-{}", self.posted.fetch_add(1, Ordering::Relaxed) + 1));
        let note = FakeNote { at: at.clone(), ticket: ticket.clone(), lines: flat(lines), private, edits: 0 };
        locked(&self.notes).push(note);
        at
    }

    /// Whether another approval system has decided the ticket, by a private note that carries no run's id.
    fn decided_elsewhere(&self, ticket: &TicketId) -> bool {
        let says = |note: &FakeNote, what: &str| note.lines.iter().any(|line| line.contains(what));
        let notes = locked(&self.notes);
        let mut foreign = notes.iter().filter(|note| note.ticket == *ticket && note.private && !says(note, RUN));
        foreign.any(|note| says(note, DECIDED_ELSEWHERE))
    }

    /// Every note.
    pub fn notes(&self) -> Vec<FakeNote> {
        locked(&self.notes).clone()
    }
}

/// A line is one line, whatever it holds.
fn flat(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| line.replace(char::is_control, " ")).collect()
}

fn no_note(note: &NoteRef) -> PortError {
    PortError::gone(format!("The desk has no note {}.", note.0))
}

#[async_trait]
impl Desk for FakeDesk {
    async fn fetch(&self, ticket: &TicketId) -> Result<Option<FetchedTicket>, PortError> {
        let lost = self.script.enter(DeskCall::Fetch)?;
        let mut found = locked(&self.tickets).get(ticket).cloned();
        if let Some(ticket) = &mut found {
            ticket.decided_elsewhere |= self.decided_elsewhere(&ticket.id);
        }
        answer(found, lost)
    }

    async fn find_note(&self, ticket: &TicketId, run: &RunId) -> Result<Option<NoteRef>, PortError> {
        let lost = self.script.enter(DeskCall::FindNote)?;
        let marker = marker(run);
        let carries = |note: &&FakeNote| note.private && note.lines.iter().any(|line| line.contains(&marker));
        let there = locked(&self.tickets).contains_key(ticket);
        let found = locked(&self.notes).iter().filter(|note| there && note.ticket == *ticket).find(carries).cloned();
        answer(found.map(|note| note.at), lost)
    }

    async fn post_note(&self, ticket: &TicketId, lines: &[String]) -> Result<NoteRef, PortError> {
        let lost = self.script.enter(DeskCall::PostNote)?;
        if !locked(&self.tickets).contains_key(ticket) {
            return Err(PortError::permanent(format!("The desk has no ticket {ticket}.")));
        }
        answer(self.keep_note(ticket, lines, true), lost)
    }

    async fn edit_note(&self, note: &NoteRef, lines: &[String]) -> Result<(), PortError> {
        let lost = self.script.enter(DeskCall::EditNote)?;
        let mut notes = locked(&self.notes);
        let known = notes.iter_mut().find(|known| known.at == *note).ok_or_else(|| no_note(note))?;
        known.lines = flat(lines);
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
