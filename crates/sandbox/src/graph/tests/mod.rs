//! The fake Graph, asked without a network.

mod access;
mod collection;
mod groups;
mod licences;
mod risk;
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
const TENANT: &str = "5a4db0c5-0000-4000-8000-000000000001";
const CLIENT: &str = "5a4db0c5-0000-4000-8000-000000000002";
const SECRET: &str = "sandbox-entra-secret";
const SCOPE: &str = "https://graph.microsoft.com/.default";
/// Enough for every call that the fake knows.
const EVERYTHING: [&str; 8] = [
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "GroupMember.ReadWrite.All",
    "RoleManagement.Read.Directory",
    "Organization.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "IdentityRiskyUser.ReadWrite.All",
    "AuditLog.Read.All",
];

struct Fake {
    state: Arc<State>,
    router: Router,
    clock: Arc<AtomicI64>,
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"]["code"].as_str().unwrap_or_default())
    }

    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    fn rows(&self) -> &[Value] {
        self.body["value"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// One property of every row.
    fn column(&self, property: &str) -> Vec<&str> {
        self.rows().iter().filter_map(|row| row[property].as_str()).collect()
    }

    fn next(&self) -> Option<&str> {
        self.body["@odata.nextLink"].as_str()?.strip_prefix("http://sandbox.test/graph")
    }
}

impl Fake {
    /// A fake with a token for its application, which may do everything.
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let read = Arc::clone(&clock);
        let mut options = Options { now: Arc::new(move || read.load(Ordering::Relaxed)), ..Options::default() };
        change(&mut options);
        let state = Arc::new(State::seeded(&options));
        let mut fake = Self { router: router(Arc::clone(&state)), state, clock, token: String::new() };
        fake.permit(&EVERYTHING).await;
        fake
    }

    /// Takes a token with these permissions.
    async fn permit(&mut self, permissions: &[&str]) {
        self.apply(json!({"op": "set_permissions", "permissions": permissions}));
        self.renew().await;
    }

    /// Takes a new token, with the permissions the application has now.
    async fn renew(&mut self) {
        let answer = self.token(TENANT, &Self::credentials()).await;
        self.token = answer.body["access_token"].as_str().unwrap().to_owned();
    }

    fn credentials() -> Vec<(&'static str, &'static str)> {
        vec![("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_secret", SECRET), ("scope", SCOPE)]
    }

    async fn token(&self, tenant: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(format!("/{tenant}/oauth2/v2.0/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(serde_urlencoded::to_string(form).unwrap()));
        self.request(request.unwrap()).await
    }

    async fn request(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call(method, path, body, false).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>, eventual: bool) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "sandbox.test")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if eventual {
            request = request.header("ConsistencyLevel", "eventual");
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.request(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    async fn query(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.get(&format!("{path}?{}", serde_urlencoded::to_string(query).unwrap())).await
    }

    async fn advanced(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let path = format!("{path}?{}", serde_urlencoded::to_string(query).unwrap());
        self.call("GET", &path, None, true).await
    }

    async fn filter(&self, filter: &str) -> Answer {
        self.query("/v1.0/users", &[("$filter", filter)]).await
    }

    async fn patch(&self, login: &str, body: Value) -> Answer {
        self.send("PATCH", &format!("/v1.0/users/{login}"), Some(body)).await
    }

    fn apply(&self, command: Value) -> Value {
        self.state.apply(command).unwrap()
    }

    fn user(&self, login: &str) -> Value {
        self.found("users", "login", login)
    }

    fn id(&self, login: &str) -> String {
        self.user(login)["id"].as_str().unwrap().to_owned()
    }

    fn group(&self, name: &str) -> String {
        self.found("groups", "name", name)["id"].as_str().unwrap().to_owned()
    }

    fn sku(&self, part_number: &str) -> Value {
        self.found("skus", "part_number", part_number)
    }

    fn found(&self, list: &str, key: &str, value: &str) -> Value {
        let snapshot = self.state.snapshot();
        let rows = snapshot[list].as_array().unwrap();
        rows.iter().find(|row| row[key] == value).cloned().unwrap_or_default()
    }

    fn set_member(&self, group: &str, user: &str) {
        self.apply(json!({"op": "set_member", "group": group, "user": user, "member": true}));
    }

    async fn add(&self, group: &str, user_id: &str) -> Answer {
        let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{user_id}");
        let path = format!("/v1.0/groups/{group}/members/$ref");
        self.send("POST", &path, Some(json!({"@odata.id": reference}))).await
    }
}
