//! The fake Okta, asked without a network.

mod access;
mod groups;
mod lifecycle;
mod oauth;
mod scripted;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{State, router};
use crate::Options;

/// 2026-06-09T17:42:11.310Z
const START: i64 = 1_781_026_931_310_000;

struct Fake {
    state: Arc<State>,
    router: Router,
    clock: Arc<AtomicI64>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["errorCode"].as_str().unwrap_or_default())
    }

    fn cause(&self) -> &str {
        self.body["errorCauses"][0]["errorSummary"].as_str().unwrap_or_default()
    }

    fn logins(&self) -> Vec<&str> {
        let rows = self.body.as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|user| user["profile"]["login"].as_str()).collect()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The path and query of the `Link` with this relation.
    fn link(&self, relation: &str) -> Option<String> {
        let links = self.headers.get_all(header::LINK).iter().filter_map(|link| link.to_str().ok());
        let link = links.into_iter().find(|link| link.ends_with(&format!("rel=\"{relation}\"")))?;
        let address = link.trim_start_matches('<').split('>').next()?;
        address.strip_prefix("http://sandbox.test/okta").map(str::to_owned)
    }
}

impl Fake {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let read = Arc::clone(&clock);
        let mut options = Options { now: Arc::new(move || read.load(Ordering::Relaxed)), ..Options::default() };
        change(&mut options);
        let state = Arc::new(State::seeded(&options));
        Self { router: router(Arc::clone(&state)), state, clock }
    }

    async fn request(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "sandbox.test")
            .header(header::AUTHORIZATION, "SSWS sandbox-okta-token");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.request(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    async fn post(&self, path: &str) -> Answer {
        self.send("POST", path, None).await
    }

    async fn query(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.get(&format!("{path}?{}", serde_urlencoded::to_string(query).unwrap())).await
    }

    async fn search(&self, expression: &str) -> Answer {
        self.query("/api/v1/users", &[("search", expression)]).await
    }

    fn apply(&self, command: Value) -> Value {
        self.state.apply(command).unwrap()
    }

    fn user(&self, login: &str) -> Value {
        let snapshot = self.state.snapshot();
        let users = snapshot["users"].as_array().unwrap();
        users.iter().find(|user| user["login"] == login).cloned().unwrap_or_default()
    }

    fn group(&self, name: &str) -> String {
        let snapshot = self.state.snapshot();
        let groups = snapshot["groups"].as_array().unwrap();
        groups.iter().find(|group| group["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn set_status(&self, login: &str, status: &str) {
        self.apply(json!({"op": "set_status", "user": login, "status": status}));
    }

    fn mails_to(&self, address: &str) -> usize {
        self.state.snapshot()["mails"].as_array().unwrap().iter().filter(|mail| mail["to"] == address).count()
    }
}
