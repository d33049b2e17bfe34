//! What the client sends, and how it keeps its token.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_graph::client::{
    ClientError, GraphClient, Id, MemberRefPath, Monotonic, TokenFailure, UserFilter, monotonic,
};
use countersign_outbound::LiveSecret;
use support::{Answer, Seen, Stub, client, client_with, token};

const EMPTY: &str = r#"{"value": []}"#;

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn clock() -> (Monotonic, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(0));
    let reads = Arc::clone(&seconds);
    (Arc::new(move || Duration::from_secs(reads.load(Ordering::SeqCst))), seconds)
}

/// Tokens `t1`, `t2`, ... of this lifetime.
async fn numbered_tokens(expires_in: u64) -> Stub {
    let count = AtomicU64::new(0);
    Stub::start(move |_| token(&format!("t{}", count.fetch_add(1, Ordering::SeqCst) + 1), expires_in)).await
}

async fn api(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> (Stub, Stub, GraphClient) {
    let (api, login) = (Stub::start(answer).await, numbered_tokens(3599).await);
    let client = client(&api.url, &login.url, monotonic());
    (api, login, client)
}

async fn look(client: &GraphClient) -> Result<(), ClientError> {
    client.find_users(&UserFilter::Any, 1).await.map(drop)
}

#[tokio::test]
async fn token_is_asked_for_as_the_sign_in_service_wants_it() {
    let (_api, login, client) = api(|_| (200, EMPTY.to_owned())).await;
    look(&client).await.unwrap();
    let asked = login.seen("POST /tenant/oauth2/v2.0/token");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&client_id=client&client_secret=stub-secret\
         &scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    );
}

#[tokio::test]
async fn token_is_kept_until_five_minutes_before_its_end() {
    let (api, login) = (Stub::start(|_| (200, EMPTY.to_owned())).await, numbered_tokens(3600).await);
    let (clock, seconds) = clock();
    let client = client(&api.url, &login.url, clock);
    for (at, tokens) in [(0, 1), (3299, 1), (3300, 2), (3301, 2)] {
        seconds.store(at, Ordering::SeqCst);
        look(&client).await.unwrap();
        assert_eq!(login.seen("POST").len(), tokens, "at {at} s");
    }
}

#[tokio::test]
async fn short_lived_token_is_used_for_half_its_life() {
    let (api, login) = (Stub::start(|_| (200, EMPTY.to_owned())).await, numbered_tokens(60).await);
    let (clock, seconds) = clock();
    let client = client(&api.url, &login.url, clock);
    for (at, tokens) in [(0, 1), (29, 1), (30, 2)] {
        seconds.store(at, Ordering::SeqCst);
        look(&client).await.unwrap();
        assert_eq!(login.seen("POST").len(), tokens, "at {at} s");
    }
}

#[tokio::test]
async fn concurrent_calls_share_one_token_request() {
    let (api, login, client) = api(|_| (200, EMPTY.to_owned())).await;
    let client = Arc::new(client);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = Arc::clone(&client);
        calls.spawn(async move { look(&client).await.is_ok() });
    }
    assert!(calls.join_all().await.into_iter().all(|fine| fine));
    assert_eq!((login.seen("POST").len(), api.seen("GET").len()), (1, 20));
}

#[tokio::test]
async fn concurrent_calls_share_one_refusal_and_later_ones_ask_again() {
    let body = r#"{"error": "invalid_client", "error_codes": [7000215]}"#;
    let (api, login) = (Stub::of_tokens().await, Stub::start(move |_| (401, body.to_owned())).await);
    let client = Arc::new(client(&api.url, &login.url, monotonic()));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let client = Arc::clone(&client);
        calls.spawn(async move { look(&client).await.unwrap_err() });
    }
    for error in calls.join_all().await {
        let ClientError::NoToken(failure) = error else { panic!("{error}") };
        assert!(matches!(*failure, TokenFailure::Refused { status: 401, code: Some(7_000_215), .. }), "{failure}");
    }
    assert_eq!((login.seen("POST").len(), api.seen("GET").len()), (1, 0));
    look(&client).await.unwrap_err();
    assert_eq!(login.seen("POST").len(), 2);
}

#[tokio::test]
async fn refused_token_is_replaced_once() {
    let bearer = |seen: &Seen| seen.headers["authorization"].clone();
    let (api, login, client) = api(move |seen| match bearer(seen).as_str() {
        "Bearer t1" => (401, r#"{"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}"#.to_owned()),
        _ => (200, EMPTY.to_owned()),
    })
    .await;
    look(&client).await.unwrap();
    look(&client).await.unwrap();
    assert_eq!((login.seen("POST").len(), api.seen("GET").len()), (2, 3));
}

#[tokio::test]
async fn replaced_secret_is_sent_with_the_next_token_request() {
    let body = r#"{"error": "invalid_client", "error_codes": [7000222]}"#;
    let login = Stub::start(move |seen| match seen.body.contains("client_secret=second") {
        true => token("t1", 3599),
        false => (401, body.to_owned()),
    });
    let (api, login, secret) = (Stub::start(|_| (200, EMPTY.to_owned())).await, login.await, LiveSecret::from("first"));
    let client = client_with(&api.url, &login.url, monotonic(), secret.clone());
    assert!(matches!(look(&client).await, Err(ClientError::NoToken(_))));
    secret.replace("second".into());
    look(&client).await.unwrap();
}

#[tokio::test]
async fn token_outlives_a_replaced_secret_until_it_is_refused() {
    let refused = Arc::new(AtomicU64::new(0));
    let latest = Arc::clone(&refused);
    let api = Stub::start(move |seen| match seen.headers["authorization"].strip_prefix("Bearer t") {
        Some(number) if number.parse::<u64>().unwrap() > latest.load(Ordering::SeqCst) => (200, EMPTY.to_owned()),
        _ => (401, "{}".to_owned()),
    });
    let (api, login, secret) = (api.await, numbered_tokens(3599).await, LiveSecret::from("first"));
    let client = client_with(&api.url, &login.url, monotonic(), secret.clone());
    look(&client).await.unwrap();
    secret.replace("second".into());
    look(&client).await.unwrap();
    assert_eq!(login.seen("POST").len(), 1);
    refused.store(1, Ordering::SeqCst);
    look(&client).await.unwrap();
    let asked = login.seen("POST");
    assert_eq!(asked.len(), 2);
    assert!(asked[1].body.contains("client_secret=second"), "{}", asked[1].body);
}

#[tokio::test]
async fn second_refusal_is_reported() {
    let (api, login, client) = api(|_| (401, "{}".to_owned())).await;
    let ClientError::Refused(refusal) = look(&client).await.unwrap_err() else { panic!() };
    assert_eq!((refusal.status(), login.seen("POST").len(), api.seen("GET").len()), (401, 2, 2));
}

#[tokio::test]
async fn answer_of_the_token_endpoint_that_is_no_token_is_a_failure() {
    for body in ["", "<html>", "{}", r#"{"access_token": 5, "expires_in": 3599}"#] {
        let (api, login) = (Stub::of_tokens().await, Stub::start(move |_| (200, body.to_owned())).await);
        let error = look(&client(&api.url, &login.url, monotonic())).await.unwrap_err();
        assert!(matches!(error, ClientError::NoToken(_)), "{body}: {error}");
        assert!(api.seen("GET").is_empty());
    }
}

#[tokio::test]
async fn removing_a_member_always_ends_in_ref() {
    let (api, _login, client) = api(|_| (204, String::new())).await;
    client.remove_member(&MemberRefPath::new(&id("g1"), &id("u1"))).await.unwrap();
    let deletes = api.seen("DELETE");
    assert_eq!(deletes.len(), 1);
    assert_eq!(deletes[0].line, "DELETE /groups/g1/members/u1/$ref");
}

#[tokio::test]
async fn both_licence_arrays_are_always_sent() {
    let (api, _login, client) = api(|_| (200, "{}".to_owned())).await;
    client.assign_licenses(&id("u1"), &[id("05e9a617-0261-4cee-bb44-138d3ef5d965")], &[]).await.unwrap();
    client.assign_licenses(&id("u1"), &[], &[id("s2")]).await.unwrap();
    let bodies: Vec<_> = api.seen("POST /users/u1/assignLicense").into_iter().map(|seen| seen.body).collect();
    assert_eq!(
        bodies,
        [
            r#"{"addLicenses":[{"disabledPlans":[],"skuId":"05e9a617-0261-4cee-bb44-138d3ef5d965"}],"removeLicenses":[]}"#,
            r#"{"addLicenses":[],"removeLicenses":["s2"]}"#,
        ]
    );
}

#[tokio::test]
async fn member_is_referred_to_under_the_very_connection() {
    let (api, _login, client) = api(|_| (204, String::new())).await;
    client.add_member(&id("g1"), &id("u1")).await.unwrap();
    let posts = api.seen("POST /groups/g1/members/$ref");
    assert_eq!(posts[0].body, format!(r#"{{"@odata.id":"{}directoryObjects/u1"}}"#, api.url));
}

#[tokio::test]
async fn next_page_elsewhere_is_not_followed() {
    let next = r#"{"value": [], "@odata.nextLink": "http://127.0.0.1:1/users/u1/memberOf?$skiptoken=x"}"#;
    let (api, _login, client) = api(move |_| (200, next.to_owned())).await;
    let page = client.member_of(&id("u1"), None).await.unwrap();
    let error = client.member_of(&id("u1"), page.next.as_ref()).await.unwrap_err();
    assert!(matches!(error, ClientError::Call { .. }), "{error}");
    assert_eq!(api.seen("GET").len(), 1);
}

#[tokio::test]
async fn absent_user_is_none_and_hostile_id_in_an_answer_is_refused() {
    let missing = r#"{"error": {"code": "Request_ResourceNotFound", "message": "x"}}"#;
    let (_api, _login, client) = api(move |seen| match seen.line.contains("/users/gone") {
        true => (404, missing.to_owned()),
        false => (200, r#"{"id": "../groups/g1"}"#.to_owned()),
    })
    .await;
    assert_eq!(client.user(&id("gone")).await.unwrap(), None);
    assert!(matches!(client.user(&id("u1")).await, Err(ClientError::Call { .. })));
}

#[tokio::test]
async fn search_text_keeps_its_place_in_the_filter() {
    let (api, _login, client) = api(|_| (200, EMPTY.to_owned())).await;
    client.find_users(&UserFilter::Address("o'neil+x&$top=1@acme.com".to_owned()), 5).await.unwrap();
    let line = &api.seen("GET")[0].line;
    assert!(line.contains("$filter=userPrincipalName%20eq%20%27o%27%27neil%2Bx%26%24top%3D1%40acme.com%27"), "{line}");
    assert!(line.ends_with("&$top=5"), "{line}");
}

/// Graph's front ends may answer 411 to a `POST` that does not say how long it is.
#[tokio::test]
async fn post_without_a_body_says_its_length() {
    let (api, _login, client) = api(|_| (200, "{}".to_owned())).await;
    client.revoke_sign_in_sessions(&id("u1")).await.unwrap();
    let posts = api.seen("POST /users/u1/revokeSignInSessions");
    assert_eq!(posts[0].headers.get("content-length").map(String::as_str), Some("0"));
}
