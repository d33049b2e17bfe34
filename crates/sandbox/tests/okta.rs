//! The fake Okta over the network, beside the other vendors. Its rules one by one: `src/okta/tests`.

#[expect(dead_code, reason = "the other vendors' tests use the rest of it")]
#[path = "vendors/common.rs"]
mod common;

use common::{Reply, Stand, stand, with_json};
use countersign_sandbox::{SyncAfter, Vendor};
use serde_json::{Value, json};

fn okta(stand: &Stand, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
    let url = format!("{}{path}", stand.sandbox.base_urls().okta);
    let token = &stand.sandbox.credentials().okta_api_token;
    stand.http.request(method, url).header("authorization", format!("SSWS {token}"))
}

async fn call(stand: &Stand, method: &str, path: &str) -> Reply {
    stand.send(okta(stand, method, path)).await
}

fn users(state: &Value, vendor: &str, login: &str) -> Value {
    let users = state[vendor]["users"].as_array().expect("users");
    users.iter().find(|user| user["login"] == login).cloned().unwrap_or_default()
}

#[tokio::test]
async fn missing_token_is_e0000011_with_rate_headers() {
    let stand = stand(|_| {}).await;
    let reply = stand.send(stand.http.get(stand.url("/okta/api/v1/users/me"))).await;
    assert_eq!((reply.status, &reply.json()["errorCode"]), (401, &json!("E0000011")));
    assert_eq!(reply.header("x-rate-limit-limit"), "600");
    assert_eq!(call(&stand, "GET", "/api/v1/users/me").await.status, 200);
    assert_eq!(call(&stand, "GET", "/api/v1/nowhere").await.json()["errorCode"], "E0000007");
}

#[tokio::test]
async fn next_links_lead_back_to_the_sandbox() {
    let stand = stand(|_| {}).await;
    let mut url = format!("{}/api/v1/users?limit=5", stand.sandbox.base_urls().okta);
    let mut pages = 0;
    loop {
        let authorization = format!("SSWS {}", stand.sandbox.credentials().okta_api_token);
        let reply = stand.send(stand.http.get(&url).header("authorization", authorization)).await;
        assert_eq!(reply.status, 200, "{url}");
        pages += 1;
        let links: Vec<_> = reply.headers.get_all("link").iter().filter_map(|link| link.to_str().ok()).collect();
        let Some(next) = links.into_iter().find(|link| link.ends_with("rel=\"next\"")) else { break };
        url = next.trim_start_matches('<').split('>').next().expect("an address").to_owned();
    }
    assert!(pages > 1);
}

#[tokio::test]
async fn suspending_shows_in_the_state_and_a_second_time_is_refused() {
    let stand = stand(|_| {}).await;
    let path = "/api/v1/users/tom.okafor@acme.com/lifecycle/suspend";
    assert_eq!(call(&stand, "POST", path).await.status, 200);
    assert_eq!(users(&stand.sandbox.state(), "okta", "tom.okafor@acme.com")["status"], "SUSPENDED");
    let again = call(&stand, "POST", path).await;
    assert_eq!((again.status, &again.json()["errorCode"]), (400, &json!("E0000001")));
}

#[tokio::test]
async fn new_hire_reaches_entra_by_provisioning_and_a_duplicate_is_400() {
    let stand = stand(|options| options.sync_after = SyncAfter::Immediately).await;
    let login = "ines.roth@acme.com";
    let body = json!({"profile": {"firstName": "Ines", "lastName": "Roth", "email": login, "login": login}});
    let create = || with_json(okta(&stand, "POST", "/api/v1/users?activate=true"), &body);
    assert_eq!(stand.send(create()).await.status, 200);
    let state = stand.sandbox.state();
    assert_eq!(users(&state, "okta", login)["status"], "PROVISIONED");
    assert_eq!(users(&state, "graph", login)["enabled"], true);
    let again = stand.send(create()).await;
    assert_eq!((again.status, &again.json()["errorCode"]), (400, &json!("E0000001")));
}

#[tokio::test]
async fn enforced_rate_limit_is_429_until_its_window_ends() {
    let stand = stand(|options| options.enforce_rate_limits = true).await;
    stand.sandbox.apply(Vendor::Okta, json!({"op": "set_rate_limit", "per_minute": 1})).expect("a command");
    assert_eq!(call(&stand, "GET", "/api/v1/users").await.status, 200);
    let refused = call(&stand, "GET", "/api/v1/users").await;
    assert_eq!((refused.status, &refused.json()["errorCode"]), (429, &json!("E0000047")));
    let reset: i64 = refused.header("x-rate-limit-reset").parse().expect("seconds");
    stand.clock.forward(reset * common::SECOND - common::START);
    assert_eq!(call(&stand, "GET", "/api/v1/users").await.status, 200);
}

#[tokio::test]
async fn command_without_sense_is_refused_with_a_reason() {
    let stand = stand(|_| {}).await;
    let reply = stand.control("okta", &json!({"op": "set_status", "user": "nobody", "status": "ACTIVE"})).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text.contains("nobody"), "{}", reply.text);
}
