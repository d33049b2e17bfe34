//! The desk's fake holds to the desk's contract.

use countersign_domain::{
    ids::TicketId,
    ports::{Desk, PortError},
    run::NoteRef,
    time::At,
};
use countersign_testkit::{
    builders::{START, ticket, ticket_id},
    contract::Lost,
    desk::{DeskCall, FakeDesk},
    desk_contract::{DeskStage, DeskWrite, ShownNote},
};
use std::cell::Cell;

struct Memory {
    desk: FakeDesk,
    raised: Cell<u32>,
}

async fn memory() -> Memory {
    Memory { desk: FakeDesk::default(), raised: Cell::new(4_200) }
}

impl DeskStage for Memory {
    fn desk(&self) -> &dyn Desk {
        &self.desk
    }

    fn address(&self) -> String {
        "https://acme.freshservice.com".to_owned()
    }

    fn now(&self) -> At {
        START
    }

    async fn raise(&self, subject: &str, description: &str) -> TicketId {
        self.raised.set(self.raised.get() + 1);
        let ticket = ticket(&self.raised.get().to_string(), subject, description);
        let id = ticket.id.clone();
        self.desk.put(ticket);
        id
    }

    fn missing(&self) -> TicketId {
        ticket_id("999999")
    }

    fn purge(&self, ticket: &TicketId) {
        self.desk.remove(ticket);
    }

    fn write(&self, ticket: &TicketId, text: &str, private: bool) {
        self.desk.add_note(ticket, text, private);
    }

    fn missing_note(&self) -> NoteRef {
        NoteRef("note-999999".to_owned())
    }

    fn notes(&self, ticket: &TicketId) -> Vec<ShownNote> {
        let notes = self.desk.notes().into_iter().filter(|note| note.ticket == *ticket);
        // Where a line holds a control character, a reader would see two.
        let seen = |lines: &[String]| lines.join("\n").split(char::is_control).map(str::to_owned).collect();
        notes.map(|note| ShownNote { lines: seen(&note.lines), private: note.private }).collect()
    }

    fn lose(&self, call: DeskWrite, lost: Lost) {
        let call = match call {
            DeskWrite::Post => DeskCall::PostNote,
            DeskWrite::Edit => DeskCall::EditNote,
        };
        match lost {
            Lost::Answer => self.desk.script.cut_after(call),
            Lost::Request => self.desk.script.fail(call, PortError::ambiguous("The connection was cut.")),
        }
    }

    fn refuse(&self) {
        for call in [DeskCall::Fetch, DeskCall::FindNote, DeskCall::PostNote, DeskCall::EditNote, DeskCall::Check] {
            self.desk.script.fail(call, PortError::unauthorized("The key is refused: make a new one."));
        }
    }

    fn writes(&self) -> u64 {
        u64::from(self.desk.script.calls(DeskCall::PostNote) + self.desk.script.calls(DeskCall::EditNote))
    }
}

countersign_testkit::desk_contract!(memory);
