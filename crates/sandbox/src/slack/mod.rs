//! Fake Slack: the Web API methods Countersign calls, and interactions sent as Slack sends them.
//!
//! A logical error is HTTP 200 with `{"ok":false,"error":...}`, as at the vendor; only an exceeded rate is a 429.
//! Interactions are real: form-encoded, signed on the raw body, with a trigger id that lives three seconds and works
//! once, and a response URL. Absent: files, reactions, events, slash commands, direct messages.

mod app;
mod args;
mod blocks;
mod chat;
mod conversations;
mod elements;
mod interactions;
mod members;
mod payload;
mod room;
mod scripted;
mod views;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

pub use interactions::{Answer, Click, Submission};

use crate::options::{Now, Options};
use crate::stamp::{MINUTE, SECOND};
use crate::window::{Admission, Window};
use app::{App, Needs};
use args::{Args, Refusal};
use room::Room;

/// The workspace's state.
pub(crate) struct State {
    room: Mutex<Room>,
    app: Mutex<App>,
    limits: Option<Mutex<HashMap<String, Window>>>,
    interactivity: Mutex<Interactivity>,
    bot_token: String,
    signing_secret: String,
    now: Now,
    /// The address under which Slack is served, as it stands in response URLs and permalinks.
    base_url: String,
    http: reqwest::Client,
}

/// Where interactions go.
#[derive(Clone, Debug)]
struct Interactivity {
    url: Option<String>,
    twice: bool,
}

impl State {
    /// The state a sandbox starts with; `base_url` is Slack's own address, `http` sends the interactions.
    pub(crate) fn seeded(options: &Options, base_url: &str, http: reqwest::Client) -> Self {
        Self {
            room: Mutex::new(Room::seeded(options.seed)),
            app: Mutex::default(),
            limits: options.enforce_rate_limits.then(Mutex::default),
            interactivity: Mutex::new(Interactivity {
                url: options.slack_interactivity_url.clone(),
                twice: options.deliver_interactions_twice,
            }),
            bot_token: options.credentials.slack_bot_token.clone(),
            signing_secret: options.credentials.slack_signing_secret.clone(),
            now: Arc::clone(&options.now),
            base_url: base_url.to_owned(),
            http,
        }
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn app(&self) -> MutexGuard<'_, App> {
        self.app.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets where interactions are sent, and whether each is sent twice; what is `None` stays.
    pub(crate) fn set_interactivity(&self, url: Option<String>, twice: Option<bool>) {
        let mut interactivity = self.interactivity.lock().unwrap_or_else(PoisonError::into_inner);
        interactivity.url = url.or_else(|| interactivity.url.take());
        interactivity.twice = twice.unwrap_or(interactivity.twice);
    }

    fn interactivity(&self) -> Interactivity {
        self.interactivity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Members, channels with their messages (newest first, at most `limit` each, threads inside), ephemerals, modals.
    pub(crate) fn snapshot(&self, limit: usize) -> Value {
        self.room().snapshot(limit)
    }

    /// Takes one of `limit` calls within `length` microseconds under `key`, where rates are enforced.
    fn admit(&self, key: String, limit: u32, length: i64) -> Result<(), Refusal> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let mut limits = limits.lock().unwrap_or_else(PoisonError::into_inner);
        match limits.entry(key).or_insert_with(|| Window::new(limit, length)).take((self.now)(), 1) {
            Admission::Admitted { .. } => Ok(()),
            Admission::Refused { retry_after } => Err(Refusal::limited(retry_after)),
        }
    }

    /// One message a second in a channel.
    fn admit_post(&self, channel: &str) -> Result<(), Refusal> {
        self.admit(format!("post {channel}"), 1, SECOND)
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let value = headers.get(header::AUTHORIZATION).ok_or("not_authed")?;
        let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).ok_or("invalid_auth")?;
        if !bool::from(token.as_bytes().ct_eq(self.bot_token.as_bytes())) {
            return Err("invalid_auth".into());
        }
        self.app().check_token()
    }
}

/// What a method does with its arguments.
type Call = fn(&State, &Args) -> Result<Value, Refusal>;

/// One Web API method.
#[derive(Clone, Copy)]
struct Method {
    name: &'static str,
    /// Whether it takes a JSON body; methods that only read take forms and queries.
    json: bool,
    /// Calls a minute, by the method's tier.
    per_minute: u32,
    needs: Needs,
    call: Call,
}

const WRITE: Needs = Needs::Scope("chat:write");
const HISTORY: Needs = Needs::Channels("history");
const PEOPLE: Needs = Needs::Scope("users:read");

const METHODS: [Method; 13] = [
    method("auth.test", true, 600, Needs::Token, members::auth_test),
    method("chat.postMessage", true, 600, WRITE, chat::post_message),
    method("chat.update", true, 50, WRITE, chat::update),
    method("chat.postEphemeral", true, 100, WRITE, chat::post_ephemeral),
    method("chat.getPermalink", false, 600, Needs::Token, chat::permalink),
    method("conversations.history", false, 50, HISTORY, conversations::history),
    method("conversations.replies", false, 50, HISTORY, conversations::replies),
    method("conversations.info", false, 50, Needs::Channels("read"), conversations::info),
    method("users.info", false, 100, PEOPLE, members::info),
    method("users.lookupByEmail", false, 50, Needs::Scope("users:read.email"), members::lookup_by_email),
    method("users.list", false, 20, PEOPLE, members::list),
    method("views.open", true, 100, Needs::Token, views::open),
    method("views.update", true, 100, Needs::Token, views::update),
];

/// A row of the table. Posting has a limit of its own besides, by channel.
const fn method(name: &'static str, json: bool, per_minute: u32, needs: Needs, call: Call) -> Method {
    Method { name, json, per_minute, needs, call }
}

/// Slack's routes, without the vendor's prefix.
pub(crate) fn router(state: Arc<State>) -> Router {
    let mut router = Router::new();
    for method in METHODS {
        router = router.route(&format!("/api/{}", method.name), serve(method));
    }
    router
        .route("/response/{token}", post(interactions::respond))
        .route("/archives/{channel}/{message}", get(conversations::open_in_page))
        .fallback(unknown_method)
        .with_state(state)
}

fn serve(method: Method) -> MethodRouter<Arc<State>> {
    let handler = move |Shared(state): Shared<Arc<State>>,
                        RawQuery(query): RawQuery,
                        headers: HeaderMap,
                        body: Bytes| async move {
        let mut response = match run(&state, method, query.as_deref().unwrap_or_default(), &headers, &body) {
            Ok(mut value) => {
                value["ok"] = json!(true);
                Json(value).into_response()
            }
            Err(refusal) => refusal.into_response(),
        };
        if let Ok(scopes) = HeaderValue::from_str(&state.app().scopes.join(",")) {
            response.headers_mut().insert("x-oauth-scopes", scopes);
        }
        response
    };
    get(handler).post(handler)
}

fn run(state: &State, method: Method, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    state.authenticate(headers)?;
    state.admit(method.name.to_owned(), method.per_minute, MINUTE)?;
    let args = Args::read(query, headers, body, method.json)?;
    // A copy, so that never both locks are held here: elsewhere the room's is taken first.
    let app = state.app().clone();
    app.check_scope(method.needs, &state.room(), &args)?;
    (method.call)(state, &args)
}

async fn unknown_method() -> Response {
    Refusal::from("unknown_method").into_response()
}
