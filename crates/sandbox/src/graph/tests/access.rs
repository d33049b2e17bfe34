use std::sync::atomic::Ordering;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, header};
use serde_json::{Value, json};

use super::{CLIENT, Fake, SCOPE, SECRET, TENANT};

#[tokio::test]
async fn token_is_bearer_short_lived_and_names_its_roles() {
    let mut fake = Fake::new().await;
    fake.permit(&["User.Read.All", "GroupMember.Read.All"]).await;
    let answer = fake.token(TENANT, &Fake::credentials()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3599);
    let token = answer.body["access_token"].as_str().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["tid"], TENANT);
    assert_eq!(claims["roles"], json!(["User.Read.All", "GroupMember.Read.All"]));
}

#[tokio::test]
async fn wrong_secret_is_401_invalid_client() {
    let fake = Fake::new().await;
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_secret", "no"), ("scope", SCOPE)];
    let answer = fake.token(TENANT, &form).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["error"], "invalid_client");
    assert!(answer.body["error_description"].as_str().unwrap().starts_with("AADSTS7000215: "));
    assert_eq!(answer.body["error_codes"], json!([7_000_215]));
    assert!(!answer.body.to_string().contains(SECRET));
}

#[tokio::test]
async fn expired_secret_is_told_from_a_wrong_one_until_it_is_replaced() {
    let fake = Fake::new().await;
    let codes = async || fake.token(TENANT, &Fake::credentials()).await.body["error_codes"].clone();
    fake.apply(json!({"op": "set_secret", "expired": true}));
    assert_eq!(codes().await, json!([7_000_222]));
    fake.apply(json!({"op": "set_secret", "secret": "another"}));
    assert_eq!(codes().await, json!([7_000_215]));
    fake.apply(json!({"op": "set_secret", "secret": SECRET}));
    assert_eq!(codes().await, json!(null));
}

#[tokio::test]
async fn each_wrong_part_of_a_token_request_has_its_own_error() {
    let fake = Fake::new().await;
    let changed = |name: &str, value: Option<&'static str>| {
        let mut form = Fake::credentials();
        form.retain(|(field, _)| *field != name);
        if let Some(value) = value {
            form.push(("", ""));
            let field = Fake::credentials().into_iter().find(|(field, _)| *field == name).unwrap().0;
            form.push((field, value));
        }
        form
    };
    for (form, status, error, code) in [
        (changed("grant_type", None), 400, "invalid_request", "AADSTS900144"),
        (changed("grant_type", Some("password")), 400, "unsupported_grant_type", "AADSTS70003"),
        (changed("client_id", Some("nobody")), 400, "unauthorized_client", "AADSTS700016"),
        (changed("scope", Some("User.Read")), 400, "invalid_scope", "AADSTS70011"),
        (changed("scope", None), 400, "invalid_request", "AADSTS900144"),
        (changed("client_secret", None), 401, "invalid_client", "AADSTS7000218"),
    ] {
        let answer = fake.token(TENANT, &form).await;
        assert_eq!((answer.status.as_u16(), &answer.body["error"]), (status, &json!(error)), "{form:?}");
        assert!(answer.body["error_description"].as_str().unwrap().starts_with(code), "{form:?}");
    }
    let elsewhere = fake.token("another-tenant", &Fake::credentials()).await;
    assert!(elsewhere.body["error_description"].as_str().unwrap().starts_with("AADSTS90002"));
}

#[tokio::test]
async fn token_request_as_json_is_refused() {
    let fake = Fake::new().await;
    let body =
        json!({"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": SCOPE});
    let request = Request::post(format!("/{TENANT}/oauth2/v2.0/token"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    let answer = fake.request(request.unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn nothing_is_answered_without_a_valid_bearer_token() {
    let fake = Fake::new().await;
    let basic = format!("Basic {}", fake.token);
    for value in [None, Some("Bearer nonsense"), Some("Bearer"), Some(basic.as_str())] {
        let mut request = Request::get("/v1.0/users");
        if let Some(value) = value {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = fake.request(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), (401, "InvalidAuthenticationToken"), "{value:?}");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        let inner = &answer.body["error"]["innerError"];
        assert_eq!(inner["date"], "2026-06-09T17:42:11");
        assert_eq!(inner["request-id"], answer.headers["request-id"].to_str().unwrap());
    }
}

#[tokio::test]
async fn token_expires_and_can_be_revoked() {
    let mut fake = Fake::new().await;
    fake.clock.fetch_add(3598 * 1_000_000, Ordering::Relaxed);
    assert_eq!(fake.get("/v1.0/users").await.status, 200);
    fake.clock.fetch_add(1_000_000, Ordering::Relaxed);
    let expired = fake.get("/v1.0/users").await;
    assert_eq!(expired.code(), (401, "InvalidAuthenticationToken"));
    assert!(expired.message().contains("expired"));
    fake.renew().await;
    assert_eq!(fake.get("/v1.0/users").await.status, 200);
    fake.apply(json!({"op": "revoke_tokens"}));
    assert_eq!(fake.get("/v1.0/users").await.status, 401);
}

#[tokio::test]
async fn permissions_are_those_at_the_time_of_the_token() {
    let mut fake = Fake::new().await;
    fake.apply(json!({"op": "set_permissions", "permissions": ["User.Read.All"]}));
    assert_eq!(fake.get("/v1.0/groups").await.status, 200, "the token is older");
    fake.renew().await;
    assert_eq!(fake.get("/v1.0/users").await.status, 200);
    for (method, path) in [
        ("GET", "/v1.0/groups"),
        ("GET", "/v1.0/subscribedSkus"),
        ("GET", "/v1.0/organization"),
        ("GET", "/v1.0/identityProtection/riskyUsers"),
        ("GET", "/v1.0/auditLogs/signIns"),
        ("PATCH", "/v1.0/users/sarah.chen@acme.com"),
        ("POST", "/v1.0/users/sarah.chen@acme.com/assignLicense"),
        ("POST", "/v1.0/users/sarah.chen@acme.com/revokeSignInSessions"),
        ("POST", "/v1.0/identityProtection/riskyUsers/dismiss"),
        ("POST", "/v1.0/groups/any/members/$ref"),
        ("DELETE", "/v1.0/groups/any/members/any/$ref"),
        ("DELETE", "/v1.0/groups/any/members/any"),
    ] {
        let body = (method != "GET").then(|| json!({}));
        let answer = fake.send(method, path, body).await;
        assert_eq!(answer.code(), (403, "Authorization_RequestDenied"), "{method} {path}");
    }
}

#[tokio::test]
async fn permission_to_switch_accounts_needs_that_to_read_and_allows_no_other_change() {
    let mut fake = Fake::new().await;
    let enable = json!({"accountEnabled": true});
    let place = json!({"usageLocation": "FR"});
    let tom = "tom.okafor@acme.com";
    for (permissions, enabling, placing) in [
        (&["User.EnableDisableAccount.All", "User.Read.All"][..], 204, 403),
        (&["User.EnableDisableAccount.All"], 403, 403),
        (&["User.ReadUpdate.All", "User.Read.All"], 403, 204),
        (&["User.ReadWrite.All"], 204, 204),
    ] {
        fake.permit(permissions).await;
        assert_eq!(fake.patch(tom, enable.clone()).await.status, enabling, "{permissions:?}");
        assert_eq!(fake.patch(tom, place.clone()).await.status, placing, "{permissions:?}");
    }
}

#[tokio::test]
async fn throttle_answers_429_with_retry_after_until_the_window_ends() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_rate_limit", "per_ten_seconds": 2, "enforced": true}));
    for _ in 0..2 {
        assert_eq!(fake.get("/v1.0/users").await.status, 200);
    }
    fake.clock.fetch_add(2_500_000, Ordering::Relaxed);
    let refused = fake.get("/v1.0/users").await;
    assert_eq!(refused.code(), (429, "TooManyRequests"));
    assert_eq!(refused.headers[header::RETRY_AFTER], "8");
    fake.clock.fetch_add(8_000_000, Ordering::Relaxed);
    assert_eq!(fake.get("/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn throttle_is_off_unless_asked_for() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_rate_limit", "per_ten_seconds": 1}));
    for _ in 0..3 {
        assert_eq!(fake.get("/v1.0/users").await.status, 200);
    }
    let enforcing = Fake::with(|options| options.enforce_rate_limits = true).await;
    enforcing.apply(json!({"op": "set_rate_limit", "per_ten_seconds": 1}));
    enforcing.get("/v1.0/users").await;
    assert_eq!(enforcing.get("/v1.0/users").await.status, 429);
}

#[tokio::test]
async fn unknown_segment_is_400_and_wrong_method_405() {
    let fake = Fake::new().await;
    assert_eq!(fake.get("/v1.0/nowhere").await.code(), (400, "BadRequest"));
    assert_eq!(fake.send("DELETE", "/v1.0/users", None).await.status, 405);
}
