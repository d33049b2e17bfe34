//! The scripting interface under `/_control`: faults, counters, states, and what people do at the vendors.
//!
//! - `GET state`, `GET slack/state` (`?limit=` caps tickets, messages, mails, events);
//! - `GET`, `DELETE requests`; `GET`, `POST`, `DELETE faults`;
//! - `GET`, `POST clock`: `{"vendor"?,"seconds"?}`, how far the vendor's `Date` is ahead of the sandbox's clock; all
//!   vendors where it is left out, the machine's date again where `seconds` is;
//! - `POST`, `DELETE freshservice/automator`; `POST freshservice/tickets`; `POST freshservice/tickets/{id}/deliver`;
//! - `POST slack/interactivity`, `slack/click`, `slack/submit`, `slack/close`;
//! - `POST {vendor}`: a scripted change, an object whose `op` names it; see each vendor's `scripted` module.
//!
//! Bodies are JSON and must say so, which also keeps a foreign web page from posting here unasked. A command that
//! cannot be played is a 400 with `{"error": why}`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::freshservice::{Automator, NewTicket};
use crate::sandbox::World;
use crate::slack::{Click, Submission};
use crate::vendor::Vendor;

type TheWorld = Shared<Arc<World>>;

/// The routes, without `/_control`.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/requests", get(requests).delete(reset_requests))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/clock", get(clocks).post(set_clock))
        .route("/freshservice/automator", post(set_automator).delete(remove_automator))
        .route("/freshservice/tickets", post(raise_ticket))
        .route("/freshservice/tickets/{id}/deliver", post(deliver))
        .route("/slack/state", get(slack_state))
        .route("/slack/interactivity", post(set_interactivity))
        .route("/slack/click", post(click))
        .route("/slack/submit", post(submit))
        .route("/slack/close", post(close))
        .route("/{vendor}", post(apply))
        .with_state(world)
}

fn outcome<T: serde::Serialize>(result: Result<T, String>) -> Response {
    match result {
        Ok(value) => Json(json!(value)).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    }
}

/// Reads a command, so that what is wrong with it is said in the same form as everything else.
fn read<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| error.to_string())
}

/// `?limit=` caps tickets and messages; all where absent.
fn limit(query: &HashMap<String, String>) -> usize {
    query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)
}

async fn state(Shared(world): TheWorld, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    Json(world.state(limit(&query)))
}

async fn slack_state(Shared(world): TheWorld, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    Json(world.slack.snapshot(limit(&query)))
}

async fn requests(Shared(world): TheWorld) -> Json<Value> {
    Json(world.tally.report())
}

async fn reset_requests(Shared(world): TheWorld) -> StatusCode {
    world.tally.reset();
    StatusCode::NO_CONTENT
}

async fn faults(Shared(world): TheWorld) -> Json<Value> {
    Json(world.faults.list())
}

async fn add_fault(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    outcome(Fault::parse(body).map(|fault| {
        world.faults.add(fault);
        world.faults.list()
    }))
}

async fn clear_faults(Shared(world): TheWorld) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn clocks(Shared(world): TheWorld) -> Json<Value> {
    Json(world.clocks.list())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    vendor: Option<Vendor>,
    seconds: Option<i64>,
}

async fn set_clock(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    outcome(read::<SetClock>(body).and_then(|set| {
        let vendors = set.vendor.map_or_else(|| Vendor::ALL.to_vec(), |vendor| vec![vendor]);
        vendors.into_iter().try_for_each(|vendor| world.clocks.set(vendor, set.seconds))?;
        Ok(world.clocks.list())
    }))
}

async fn set_automator(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    outcome(read::<Automator>(body).map(|automator| {
        let shown = json!(automator);
        world.freshservice.set_automator(Some(automator));
        shown
    }))
}

async fn remove_automator(Shared(world): TheWorld) -> StatusCode {
    world.freshservice.set_automator(None);
    StatusCode::NO_CONTENT
}

async fn raise_ticket(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    match read::<NewTicket>(body) {
        Ok(ticket) => outcome(world.freshservice.raise(ticket).await),
        Err(why) => outcome::<Value>(Err(why)),
    }
}

async fn deliver(Shared(world): TheWorld, Path(id): Path<u64>) -> Json<Value> {
    Json(json!({"id": id, "deliveries": world.freshservice.deliver(id).await}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetInteractivity {
    url: Option<String>,
    twice: Option<bool>,
}

async fn set_interactivity(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    outcome(read::<SetInteractivity>(body).map(|set| {
        world.slack.set_interactivity(set.url, set.twice);
        json!({"ok": true})
    }))
}

async fn click(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    match read::<Click>(body) {
        Ok(click) => outcome(world.slack.click(click).await),
        Err(why) => outcome::<Value>(Err(why)),
    }
}

async fn submit(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    match read::<Submission>(body) {
        Ok(submission) => outcome(world.slack.submit(submission).await),
        Err(why) => outcome::<Value>(Err(why)),
    }
}

async fn close(Shared(world): TheWorld, Json(body): Json<Value>) -> Response {
    match read::<Submission>(body) {
        Ok(submission) => outcome(world.slack.close(submission).await),
        Err(why) => outcome::<Value>(Err(why)),
    }
}

async fn apply(Shared(world): TheWorld, Path(vendor): Path<String>, Json(body): Json<Value>) -> Response {
    outcome(read::<Vendor>(json!(vendor)).and_then(|vendor| world.apply(vendor, body)))
}
