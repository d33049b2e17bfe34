use std::sync::atomic::Ordering;

use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use super::{Fake, START};

async fn with_authorization(fake: &Fake, value: Option<&str>) -> super::Answer {
    let mut request = Request::builder().uri("/api/v1/users/me");
    if let Some(value) = value {
        request = request.header(header::AUTHORIZATION, value);
    }
    fake.request(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn no_token_a_wrong_one_or_another_scheme_is_refused() {
    let fake = Fake::new();
    for value in
        [None, Some("SSWS wrong"), Some("Bearer sandbox-okta-token"), Some("sandbox-okta-token"), Some("SSWS ")]
    {
        let answer = with_authorization(&fake, value).await;
        assert_eq!(answer.code(), (401, "E0000011"), "{value:?}");
        assert_eq!(answer.body["errorSummary"], "Invalid token provided");
        assert_eq!(answer.body["errorLink"], "E0000011");
        assert_eq!(answer.body["errorCauses"], json!([]));
        assert!(answer.body["errorId"].as_str().unwrap().starts_with("oae"));
    }
    assert_eq!(with_authorization(&fake, Some("SSWS sandbox-okta-token")).await.status, 200);
}

#[tokio::test]
async fn revoked_token_stops_at_once() {
    let fake = Fake::new();
    fake.apply(json!({"op": "set_token", "token": "another"}));
    assert_eq!(fake.get("/api/v1/users/me").await.code(), (401, "E0000011"));
}

#[tokio::test]
async fn every_answer_carries_rate_headers_and_a_request_id() {
    let fake = Fake::new();
    for path in ["/api/v1/users", "/api/v1/users/nobody@acme.com", "/api/v1/nowhere"] {
        let answer = fake.get(path).await;
        assert_eq!(answer.header("x-rate-limit-limit"), "600", "{path}");
        assert_eq!(answer.header("x-rate-limit-remaining"), "599", "{path}");
        // The window's end in whole seconds, rounded up.
        assert_eq!(answer.header("x-rate-limit-reset"), (START / 1_000_000 + 61).to_string(), "{path}");
        assert!(answer.header("x-okta-request-id").starts_with("req"), "{path}");
    }
}

#[tokio::test]
async fn rate_limit_is_per_endpoint_and_ends_with_its_window() {
    let fake = Fake::new();
    fake.apply(json!({"op": "set_rate_limit", "per_minute": 2, "enforced": true}));
    assert_eq!(fake.get("/api/v1/users").await.header("x-rate-limit-remaining"), "1");
    assert_eq!(fake.get("/api/v1/users").await.header("x-rate-limit-remaining"), "0");
    let refused = fake.get("/api/v1/users").await;
    assert_eq!(refused.code(), (429, "E0000047"));
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    assert_eq!(fake.get("/api/v1/groups").await.status, 200, "another endpoint has its own window");
    fake.clock.fetch_add(60_000_000, Ordering::Relaxed);
    assert_eq!(fake.get("/api/v1/users").await.status, 200);
}

#[tokio::test]
async fn rate_limit_that_is_not_enforced_is_counted_but_never_reported_as_used_up() {
    let fake = Fake::new();
    fake.apply(json!({"op": "set_rate_limit", "per_minute": 3}));
    for left in ["2", "1", "1", "1", "1"] {
        let answer = fake.get("/api/v1/users").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-rate-limit-remaining"), left);
    }
}

#[tokio::test]
async fn unknown_path_and_method_are_refused_in_oktas_form() {
    let fake = Fake::new();
    assert_eq!(fake.get("/api/v1/nowhere").await.code(), (404, "E0000007"));
    assert_eq!(fake.send("DELETE", "/api/v1/users", None).await.code(), (405, "E0000022"));
}
