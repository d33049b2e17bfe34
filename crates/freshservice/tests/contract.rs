//! Every call of the client, against the OpenAPI slice served by a Prism mock that refuses what the slice does not allow.
//!
//! The mock's address comes from `COUNTERSIGN_PRISM_FRESHSERVICE`, which `cargo xtask test` sets; without it these tests
//! say that they are left out, and pass.
//!
//! The slice was written by a third party from the vendor's documentation and lacks paths. Called against the sandbox
//! alone (`tests/sandbox/`): `PUT /conversations/{id}`, `GET /agents/me`, `GET /roles`, `GET /groups`,
//! `GET /ticket_form_fields`, `GET /tickets/{id}/requested_items`. The mock serves paths without `/api/v2`.

use countersign_freshservice::client::{Client, ClientError, Plan, TicketFilter};
use countersign_outbound::{Factory, FactoryOptions, Target};
use secrecy::SecretString;
use url::Url;

const VARIABLE: &str = "COUNTERSIGN_PRISM_FRESHSERVICE";

/// The client, or `None` where there is no mock to talk to.
fn client(key: &str) -> Option<Client> {
    #[expect(clippy::disallowed_methods, reason = "the test runner hands the mock's address over in the environment")]
    let address = std::env::var(VARIABLE);
    let Ok(address) = address else {
        println!("LEFT OUT: {VARIABLE} is not set, so there is no contract to test against");
        return None;
    };
    let base_url: Url = address.parse().expect("the mock's address is a URL");
    let target = Target { vendor: "freshservice", base_url, pace: Plan::Enterprise.pace(None) };
    let factory = Factory::new(FactoryOptions::default()).expect("a client factory");
    Some(Client::new(factory.client(target).expect("a client"), SecretString::from(key)))
}

#[tokio::test]
async fn ticket_is_viewed() {
    let Some(client) = client("a-key") else { return };
    let ticket = client.ticket(4211).await.unwrap().expect("the mock knows every ticket");
    assert!(ticket.subject.is_some());
}

#[tokio::test]
async fn tickets_are_listed_and_filtered() {
    let Some(client) = client("a-key") else { return };
    let filter = TicketFilter {
        updated_since: Some("2026-06-09T17:42:11Z".to_owned()),
        email: Some("sarah.chen+it@acme.com".to_owned()),
        kind: Some("Service Request".to_owned()),
        per_page: None,
    };
    for filter in [filter, TicketFilter { per_page: Some(1_000), ..TicketFilter::default() }] {
        let page = client.tickets(&filter).await.unwrap();
        assert!(page.items.iter().all(|ticket| ticket.id.is_some()));
        assert!(page.next.is_none());
    }
}

#[tokio::test]
async fn private_note_is_added() {
    let Some(client) = client("a-key") else { return };
    let note = client.add_private_note(4211, "<b>a</b> &amp; b<br>Run: run_x").await.unwrap();
    assert!(note.id.is_some());
}

#[tokio::test]
async fn conversations_are_listed() {
    let Some(client) = client("a-key") else { return };
    let page = client.conversations(4211).await.unwrap();
    assert!(page.items.iter().all(|conversation| conversation.id.is_some()));
}

#[tokio::test]
async fn agents_are_listed() {
    let Some(client) = client("a-key") else { return };
    let page = client.agents().await.unwrap();
    assert!(page.items.iter().all(|agent| agent.email.is_some()));
}

#[tokio::test]
async fn requesters_are_listed_found_by_address_and_viewed() {
    let Some(client) = client("a-key") else { return };
    assert!(client.requesters().await.unwrap().items.iter().all(|requester| requester.id.is_some()));
    assert!(client.requesters_by_email("sarah.chen+it@acme.com").await.unwrap().next.is_none());
    assert!(client.requester(888).await.unwrap().is_some());
}

#[tokio::test]
async fn path_outside_the_contract_is_refused_by_the_mock() {
    let Some(client) = client("a-key") else { return };
    // Guards the tests above: a mock that answers anything would prove nothing.
    let refused = client.groups().await.err().expect("a refusal");
    assert!(matches!(refused, ClientError::Refused(refusal) if refusal.reply.status == 404));
}
