//! The server as a whole: one listener, one page, the vendors wired together.

use countersign_sandbox::{Options, Sandbox, SandboxError, Seed, Vendor};
use serde_json::json;

use crate::common::{stand, with_json};

#[tokio::test]
async fn address_in_use_is_refused_by_name() {
    let stand = stand(|_| {}).await;
    let addr = stand.sandbox.addr();
    let error = Sandbox::start(Options { listen: addr, ..Options::default() }).await.err().unwrap();
    assert!(matches!(error, SandboxError::Listen { .. }));
    assert!(error.to_string().contains(&addr.to_string()));
}

#[tokio::test]
async fn shut_down_sandbox_answers_no_more() {
    let stand = stand(|_| {}).await;
    let url = stand.url("/");
    assert_eq!(stand.http.get(&url).send().await.unwrap().status(), 200);
    stand.sandbox.shutdown().await;
    assert!(stand.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn empty_sandbox_knows_nobody_but_still_works() {
    let stand = stand(|options| options.seed = Seed::Empty).await;
    let state = stand.sandbox.state();
    assert_eq!(state["okta"]["users"], json!([]));
    assert_eq!(state["slack"]["members"].as_array().unwrap().len(), 1);
    assert_eq!(stand.send(stand.slack("auth.test", &json!({}))).await.json()["ok"], true);
}

#[tokio::test]
async fn control_takes_json_only_and_known_vendors_only() {
    let stand = stand(|_| {}).await;
    let request = stand.http.post(stand.url("/_control/slack/click")).body("{}");
    assert_eq!(stand.send(request).await.status, 415);
    assert_eq!(stand.control("jira", &json!({})).await.status, 400);
    assert!(matches!(stand.sandbox.apply(Vendor::Slack, json!({"op": "dance"})), Err(SandboxError::Script(_))));
}

#[tokio::test]
async fn created_okta_user_appears_in_entra_by_provisioning() {
    let stand = stand(|options| options.sync_after = countersign_sandbox::SyncAfter::Immediately).await;
    let token = format!("SSWS {}", stand.sandbox.credentials().okta_api_token);
    let profile = json!({"profile": {"firstName": "Ines", "lastName": "Moreau",
        "email": "ines.moreau@acme.com", "login": "ines.moreau@acme.com"}});
    let request = stand.http.post(stand.url("/okta/api/v1/users?activate=true")).header("authorization", token);
    assert_eq!(stand.send(with_json(request, &profile)).await.status, 200);
    let state = stand.look("/_control/state").await;
    let users = state["graph"]["users"].as_array().unwrap();
    assert!(users.iter().any(|user| user["login"] == "ines.moreau@acme.com"));
}

#[tokio::test]
async fn page_loads_nothing_from_elsewhere() {
    let stand = stand(|_| {}).await;
    let page = stand.send(stand.http.get(stand.url("/"))).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    for forbidden in ["http://", "https://", "innerHTML", "insertAdjacentHTML", "document.write"] {
        assert!(!page.text.contains(forbidden), "{forbidden}");
    }
}
