//! A sandbox with a clock the test holds, a plain HTTP client, and an app that records what it is sent.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use countersign_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

/// 2026-06-09T17:42:11Z in microseconds.
pub(crate) const START: i64 = 1_781_026_931_000_000;
/// A second, in microseconds.
pub(crate) const SECOND: i64 = 1_000_000;

/// A clock that stands still until it is turned.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn forward(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

/// An answer, read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of ASCII"))
    }
}

/// A running sandbox and what a test needs beside it.
pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
}

pub(crate) async fn stand(change: impl FnOnce(&mut Options)) -> Stand {
    let micros = Arc::new(AtomicI64::new(START));
    let clock = Clock(Arc::clone(&micros));
    let mut options = Options { now: Arc::new(move || micros.load(Ordering::SeqCst)), ..Options::default() };
    change(&mut options);
    let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
    #[expect(clippy::disallowed_methods, reason = "a test's plain client, to see what any caller would see")]
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Stand { sandbox, clock, http }
}

impl Stand {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.addr())
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.expect("an answer")
    }

    pub(crate) async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply { status, headers, text: response.text().await? })
    }

    /// A request to the fake desk with the right key.
    pub(crate) fn desk(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, self.url(&format!("/freshservice/api/v2{path}")));
        request.basic_auth(&self.sandbox.credentials().freshservice_api_key, Some("X"))
    }

    /// A Slack call with a JSON body and the right token.
    pub(crate) fn slack(&self, method: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.http.post(self.url(&format!("/slack/api/{method}")));
        let request = request.bearer_auth(&self.sandbox.credentials().slack_bot_token);
        request.header("content-type", "application/json; charset=utf-8").body(body.to_string())
    }

    /// A Slack call with a query and the right token.
    pub(crate) fn slack_get(&self, method: &str, query: &str) -> reqwest::RequestBuilder {
        let request = self.http.get(self.url(&format!("/slack/api/{method}?{query}")));
        request.bearer_auth(&self.sandbox.credentials().slack_bot_token)
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> Reply {
        let request = self.http.post(self.url(&format!("/_control/{path}")));
        self.send(request.header("content-type", "application/json").body(body.to_string())).await
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        self.send(self.http.get(self.url(path))).await.json()
    }

    /// A new ticket, without a webhook.
    pub(crate) async fn ticket(&self) -> u64 {
        let body = json!({"subject": "MFA", "description": "new phone", "email": "sarah.chen@acme.com"});
        self.control("freshservice/tickets", &body).await.json()["id"].as_u64().expect("a number")
    }
}

/// A request's body with a JSON content type.
pub(crate) fn with_json(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// An app that records every request and answers each with the same text.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

#[derive(Clone)]
struct AppState {
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answer: String,
}

pub(crate) async fn app(answer: &str) -> App {
    let seen = Arc::<Mutex<Vec<_>>>::default();
    let state = AppState { seen: Arc::clone(&seen), answer: answer.to_owned() };
    let record = |State(state): State<AppState>, headers: HeaderMap, body: Bytes| async move {
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        state.seen.lock().expect("no panic before").push((headers, body));
        state.answer
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(record).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await });
    App { url, seen }
}

impl App {
    /// What arrived so far: headers and body.
    pub(crate) fn seen(&self) -> Vec<(HeaderMap, String)> {
        self.seen.lock().expect("no panic before").clone()
    }

    /// The payload of the interaction that arrived as the n-th request.
    pub(crate) fn payload(&self, n: usize) -> Value {
        let (_, body) = self.seen().swap_remove(n);
        let form: Vec<(String, String)> = serde_urlencoded::from_str(&body).expect("a form");
        assert_eq!(form[0].0, "payload");
        serde_json::from_str(&form[0].1).expect("a JSON payload")
    }
}
