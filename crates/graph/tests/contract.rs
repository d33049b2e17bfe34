//! Every call of the client against Microsoft's own OpenAPI description, served by a mock that refuses what does not
//! conform to it. The mock's address comes from `COUNTERSIGN_PRISM_GRAPH`; without it these tests say so and pass.
//!
//! The sign-in log (`/auditLogs/signIns`) and `transitiveMemberOf` are not in that description; `tests/sandbox` covers
//! them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod support;

use countersign_graph::client::{GraphClient, GroupFilter, Id, MemberRefPath, UserFilter, monotonic};
use support::{Stub, client};
use url::Url;

fn mock() -> Option<Url> {
    #[expect(clippy::disallowed_methods, reason = "a test run is told where its mock is by the environment")]
    let address = std::env::var("COUNTERSIGN_PRISM_GRAPH").ok().filter(|address| !address.is_empty());
    match address {
        Some(address) => Some(Url::parse(&address).expect("COUNTERSIGN_PRISM_GRAPH holds the mock's address")),
        None => {
            println!("left out: the contract tests of Microsoft Graph, since COUNTERSIGN_PRISM_GRAPH is not set");
            None
        }
    }
}

fn id() -> Id {
    Id::new("05e9a617-0261-4cee-bb44-138d3ef5d965").unwrap()
}

/// The mock's client; the token server has to live as long as it is used.
async fn subject() -> Option<(GraphClient, Stub)> {
    let mock = mock()?;
    let login = Stub::of_tokens().await;
    Some((client(&mock, &login.url, monotonic()), login))
}

/// The sign-in service is in no description: what it wants is checked here.
fn one_token_was_asked_for_by_a_form(login: &Stub) {
    let asked = login.seen("POST");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /tenant/oauth2/v2.0/token");
    assert_eq!(asked[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert!(asked[0].body.starts_with("grant_type=client_credentials&"));
}

#[tokio::test]
async fn reading_users_conforms() {
    let Some((client, login)) = subject().await else { return };
    client.find_users(&UserFilter::Any, 1).await.unwrap();
    client.find_users(&UserFilter::Address("o'neil@acme.com".to_owned()), 5).await.unwrap();
    client.find_users(&UserFilter::DisplayName("Sarah Chen".to_owned()), 5).await.unwrap();
    assert!(client.user(&id()).await.unwrap().is_some());
    client.member_of(&id(), None).await.unwrap();
    one_token_was_asked_for_by_a_form(&login);
}

#[tokio::test]
async fn changing_users_conforms() {
    let Some((client, _login)) = subject().await else { return };
    client.set_account_enabled(&id(), true).await.unwrap();
    client.set_usage_location(&id(), "DE").await.unwrap();
    client.assign_licenses(&id(), &[id()], &[]).await.unwrap();
    client.assign_licenses(&id(), &[], &[id()]).await.unwrap();
    client.revoke_sign_in_sessions(&id()).await.unwrap();
}

#[tokio::test]
async fn reading_subscriptions_conforms() {
    let Some((client, _login)) = subject().await else { return };
    let skus = client.subscribed_skus().await.unwrap();
    assert!(!skus.value.is_empty());
}

#[tokio::test]
async fn groups_and_members_conform() {
    let Some((client, _login)) = subject().await else { return };
    client.find_groups(&GroupFilter::Any, 1).await.unwrap();
    client.find_groups(&GroupFilter::DisplayName("proj-atlas".to_owned()), 5).await.unwrap();
    client.find_groups(&GroupFilter::Beginning("proj".to_owned()), 5).await.unwrap();
    assert!(client.group(&id()).await.unwrap().is_some());
    client.add_member(&id(), &id()).await.unwrap();
    client.remove_member(&MemberRefPath::new(&id(), &id())).await.unwrap();
}

#[tokio::test]
async fn risk_conforms() {
    let Some((client, _login)) = subject().await else { return };
    assert!(client.risky_user(&id()).await.unwrap().is_some());
    client.dismiss_risk(&[id()]).await.unwrap();
}
