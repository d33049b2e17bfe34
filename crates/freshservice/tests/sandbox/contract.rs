//! The adapter holds to the desk's contract.

use countersign_domain::{ids::TicketId, ports::Desk, run::NoteRef, time::At};
use countersign_freshservice::{Freshservice, FreshserviceSettings};
use countersign_outbound::LiveSecret;
use countersign_sandbox::{NewTicket, Options, Sandbox, Vendor};
use countersign_testkit::{
    builders::START,
    contract::Lost,
    desk_contract::{DeskStage, DeskWrite, ShownNote},
};
use serde_json::json;
use std::sync::Arc;

use crate::support::{self, add_note, desk_of, fault, incident, number, raise, settings, ticket_id};

struct Acme {
    sandbox: Sandbox,
    desk: Freshservice,
    key: LiveSecret,
}

async fn acme() -> Acme {
    let options = Options { now: Arc::new(|| START.0), ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("a sandbox");
    sandbox.set_clock(Vendor::Freshservice, Some(0)).expect("a clock");
    let key = settings(&sandbox).api_key;
    let desk = desk_of(FreshserviceSettings { api_key: key.clone(), ..settings(&sandbox) });
    Acme { sandbox, desk, key }
}

impl DeskStage for Acme {
    fn desk(&self) -> &dyn Desk {
        &self.desk
    }

    fn address(&self) -> String {
        self.sandbox.base_urls().freshservice.clone()
    }

    fn now(&self) -> At {
        START
    }

    async fn raise(&self, subject: &str, description: &str) -> TicketId {
        let (subject, description) = (subject.to_owned(), description.to_owned());
        raise(&self.sandbox, NewTicket { subject, description, ..incident() }).await
    }

    fn missing(&self) -> TicketId {
        ticket_id(999_999)
    }

    fn purge(&self, ticket: &TicketId) {
        let purge = json!({"op": "purge_ticket", "ticket": number(ticket)});
        self.sandbox.apply(Vendor::Freshservice, purge).expect("the ticket is there");
    }

    fn write(&self, ticket: &TicketId, text: &str, private: bool) {
        add_note(&self.sandbox, ticket, text, private);
    }

    fn missing_note(&self) -> NoteRef {
        NoteRef("1".to_owned())
    }

    fn notes(&self, ticket: &TicketId) -> Vec<ShownNote> {
        let shown = |note: &serde_json::Value| ShownNote {
            lines: note["body_text"].as_str().expect("text").split('\n').map(str::to_owned).collect(),
            private: note["private"] == json!(true),
        };
        support::notes(&self.sandbox, ticket).iter().map(shown).collect()
    }

    fn lose(&self, call: DeskWrite, lost: Lost) {
        let pattern = match call {
            DeskWrite::Post => "POST /api/v2/tickets/*/notes",
            DeskWrite::Edit => "PUT /api/v2/conversations/*",
        };
        fault(
            &self.sandbox,
            pattern,
            match lost {
                Lost::Answer => "cut",
                Lost::Request => "cut_before",
            },
        );
    }

    fn refuse(&self) {
        self.key.replace("revoked".into());
    }

    fn writes(&self) -> u64 {
        self.sandbox.writes()
    }
}

countersign_testkit::desk_contract!(acme);
