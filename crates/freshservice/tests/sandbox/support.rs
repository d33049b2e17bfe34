//! What the tests against the sandbox share.

use countersign_domain::{
    ids::{RunId, TicketId},
    note,
};
use countersign_freshservice::{Client, Freshservice, FreshserviceSettings, Plan};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Target};
use countersign_sandbox::{NewTicket, Options, Sandbox, Vendor};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(Options::default()).await.expect("a sandbox")
}

pub(crate) fn settings(sandbox: &Sandbox) -> FreshserviceSettings {
    FreshserviceSettings {
        domain: "acme.freshservice.com".to_owned(),
        base_url: Some(sandbox.base_urls().freshservice.parse().expect("a URL")),
        api_key: LiveSecret::from(sandbox.credentials().freshservice_api_key.as_str()),
        webhook_token: None,
        plan: Plan::Enterprise,
        requests_per_minute: None,
        fields: BTreeMap::new(),
    }
}

pub(crate) fn desk_of(settings: FreshserviceSettings) -> Freshservice {
    let factory = Factory::new(FactoryOptions::default()).expect("a client factory");
    Freshservice::new(settings, &factory).expect("a desk")
}

pub(crate) fn desk(sandbox: &Sandbox) -> Freshservice {
    desk_of(settings(sandbox))
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    client_with(sandbox, settings(sandbox).api_key)
}

pub(crate) fn client_with(sandbox: &Sandbox, api_key: LiveSecret) -> Client {
    let factory = Factory::new(FactoryOptions::default()).expect("a client factory");
    let base_url = format!("{}/api/v2", sandbox.base_urls().freshservice).parse().expect("a URL");
    let target = Target { vendor: "freshservice", base_url, pace: Plan::Enterprise.pace(None) };
    Client::new(factory.client(target).expect("a client"), api_key)
}

pub(crate) fn incident() -> NewTicket {
    NewTicket {
        subject: "MFA".to_owned(),
        description: "Please reset my MFA".to_owned(),
        email: "sarah.chen@acme.com".to_owned(),
        ..NewTicket::default()
    }
}

pub(crate) async fn raise(sandbox: &Sandbox, ticket: NewTicket) -> TicketId {
    ticket_id(sandbox.raise_ticket(ticket).await.expect("a ticket").id)
}

pub(crate) fn ticket_id(number: u64) -> TicketId {
    TicketId::new(&number.to_string()).expect("a ticket id")
}

pub(crate) fn number(ticket: &TicketId) -> u64 {
    ticket.as_str().parse().expect("a number")
}

pub(crate) fn run(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

/// A note of a run.
pub(crate) fn lines(number: u128) -> Vec<String> {
    vec!["[Countersign] Runbook decision: APPROVED".to_owned(), note::marker(&run(number))]
}

/// A note by somebody else.
pub(crate) fn add_note(sandbox: &Sandbox, ticket: &TicketId, text: &str, private: bool) {
    let command = json!({"op": "add_note", "ticket": number(ticket), "email": "omar.reyes@acme.com", "text": text, "private": private});
    sandbox.apply(Vendor::Freshservice, command).expect("a note");
}

/// The ticket's conversations as the sandbox has them.
pub(crate) fn notes(sandbox: &Sandbox, ticket: &TicketId) -> Vec<Value> {
    let state = sandbox.state();
    let tickets = state["freshservice"]["tickets"].as_array().expect("tickets");
    let found = tickets.iter().find(|known| known["id"] == json!(number(ticket))).expect("the ticket");
    found["conversations"].as_array().expect("conversations").clone()
}

/// The next request that matches fails in this way.
pub(crate) fn fault(sandbox: &Sandbox, pattern: &str, action: &str) {
    sandbox.inject(json!({"vendor": "freshservice", "match": pattern, "do": action})).expect("a fault");
}
