//! Sending over real sockets on this machine.

mod support;

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{any, get},
};
use countersign_outbound::{Call, CallError, Factory, FactoryOptions, MAX_ANSWER_BYTES, Pace, Target};
use secrecy::SecretString;
use support::{Raw, client, serve};

#[tokio::test]
async fn redirect_is_not_followed() {
    let app = Router::new()
        .route("/here", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/there")]) }))
        .route("/there", get(|| async { "followed" }));
    let reply = client(&serve(app).await, Pace::default()).send(Call::get("/here")).await.unwrap();
    assert_eq!((reply.status, reply.header("location")), (302, Some("/there")));
}

#[tokio::test]
async fn next_page_by_absolute_address_stays_within_the_connection() {
    let app = Router::new().route("/v1/users", get(|| async { "page" }));
    let origin = serve(app).await;
    let http = client(&format!("{origin}/v1"), Pace::default());
    assert!(http.send(Call::get(format!("{origin}/v1/users?after=x"))).await.unwrap().is_success());
    for foreign in ["http://127.0.0.2:1/v1/users".to_owned(), format!("{origin}/v2/users"), "https://evil.com/".into()]
    {
        let error = http.send(Call::get(foreign)).await.unwrap_err();
        assert!(matches!(error, CallError::Refused { .. }), "{error}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[tokio::test]
async fn request_carries_what_the_call_says() {
    async fn echo(headers: HeaderMap, body: String) -> impl IntoResponse {
        let shown = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
        format!("{}|{}|{}|{body}", shown("authorization"), shown("content-type"), shown("x-extra"))
    }
    let http = client(&serve(Router::new().route("/echo", any(echo))).await, Pace::default());
    let secret = SecretString::from("key");
    for (call, expected) in [
        (Call::post("/echo").basic(&secret, "X").json(&["a"]), "Basic a2V5Olg=|application/json|-|[\"a\"]"),
        (Call::put("/echo").bearer(&secret), "Bearer key|-|-|"),
        (
            Call::patch("/echo").secret_header("authorization", &secret).header("x-extra", "1").form(&[("a", "b c")]),
            "key|application/x-www-form-urlencoded|1|a=b+c",
        ),
        (Call::delete("/echo"), "-|-|-|"),
    ] {
        let reply = http.send(call).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&reply.body), expected);
    }
}

#[tokio::test]
async fn oversize_answer_is_refused_by_its_announced_length() {
    let app = Router::new().route("/", get(|| async { vec![b'x'; MAX_ANSWER_BYTES + 1] }));
    let error = client(&serve(app).await, Pace::default()).send(Call::get("/")).await.unwrap_err();
    assert!(matches!(error, CallError::BadAnswer { .. }), "{error}");
}

#[tokio::test]
async fn oversize_answer_without_a_length_is_refused_while_it_comes() {
    let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    answer.resize(answer.len() + MAX_ANSWER_BYTES + 1, b'x');
    let raw = Raw::answering(answer).await;
    let error = client(&raw.origin, Pace::default()).send(Call::get("/")).await.unwrap_err();
    assert!(matches!(error, CallError::BadAnswer { .. }), "{error}");
}

#[tokio::test]
async fn answer_of_exactly_the_limit_is_read() {
    let app = Router::new().route("/", get(|| async { vec![b'x'; MAX_ANSWER_BYTES] }));
    let reply = client(&serve(app).await, Pace::default()).send(Call::get("/")).await.unwrap();
    assert_eq!(reply.body.len(), MAX_ANSWER_BYTES);
}

#[tokio::test]
async fn cut_connection_is_ambiguous() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "HTTP/1.1 20", "garbage\r\n\r\n"] {
        let raw = Raw::answering(answer.as_bytes().to_vec()).await;
        let error = client(&raw.origin, Pace::default()).send(Call::post("/").json("x")).await.unwrap_err();
        assert!(matches!(error, CallError::Ambiguous { .. }), "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn silence_is_ambiguous() {
    let raw = Raw::silent().await;
    let options = FactoryOptions { request_timeout: Duration::from_millis(100), ..FactoryOptions::default() };
    let target = Target { vendor: "okta", base_url: raw.origin.parse().unwrap(), pace: Pace::default() };
    let http = Factory::new(options).unwrap().client(target).unwrap();
    let error = http.send(Call::post("/")).await.unwrap_err();
    assert!(matches!(error, CallError::Ambiguous { .. }), "{error:?}");
    assert!(error.to_string().contains("too long"), "{error}");
}

#[tokio::test]
async fn refused_connection_was_not_sent() {
    let origin = support::nobody().await;
    let error = client(&origin, Pace::default()).send(Call::post("/")).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { retry_after_ms: None, .. }), "{error:?}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn failed_tls_was_not_sent() {
    let plain = serve(Router::new()).await.replace("http:", "https:");
    let error = client(&plain, Pace::default()).send(Call::post("/")).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error:?}");
}

#[tokio::test]
async fn too_many_requests_holds_later_calls() {
    let app = Router::new()
        .route("/busy", get(|| async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "30")]) }))
        .route("/free", get(|| async { "ok" }));
    let http = client(&serve(app).await, Pace::default());
    let clone = http.clone();
    assert_eq!(http.send(Call::get("/busy")).await.unwrap().retry_after_ms(), Some(30_000));
    let CallError::NotSent { retry_after_ms: Some(wait), .. } = clone.send(Call::get("/free")).await.unwrap_err()
    else {
        panic!("the hold applies to every clone")
    };
    assert!((20_000..=30_000).contains(&wait), "{wait}");
}

#[tokio::test]
async fn spent_budget_hands_the_call_back() {
    let http = client(
        &serve(Router::new().route("/", get(|| async { "ok" }))).await,
        Pace { per_minute: None, endpoints: vec![("view".into(), 1)] },
    );
    assert!(http.send(Call::get("/").endpoint("view")).await.is_ok());
    let error = http.send(Call::get("/").endpoint("view")).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { retry_after_ms: Some(_), .. }), "{error:?}");
    assert!(http.send(Call::get("/")).await.is_ok());
}

#[tokio::test]
async fn secrets_and_ids_show_in_no_error() {
    let secret = SecretString::from("s3cr3t\nx");
    let dead = support::nobody().await;
    for call in [
        Call::get("/users/00uSARAH?s3cr3t"),
        Call::get("/users/00uSARAH").bearer(&secret),
        Call::get("/users/00uSARAH").secret_header("authorization", &secret),
        Call::get("/users/../00uSARAH"),
    ] {
        let error = client(&dead, Pace::default()).send(call.template("/users/{id}")).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("SARAH"), "{shown}");
        assert!(shown.contains("/users/{id}"), "{shown}");
    }
}

#[tokio::test]
async fn unusable_ca_files_are_named() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let with_ca = |path: &str| Factory::new(FactoryOptions { ca_file: Some(path.into()), ..FactoryOptions::default() });
    assert!(with_ca("/nowhere/ca.pem").unwrap_err().to_string().contains("/nowhere/ca.pem"));
    assert!(with_ca(here).unwrap_err().to_string().contains("holds no certificate"));
}
