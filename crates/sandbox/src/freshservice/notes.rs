//! Conversations: listing them, adding a note, editing a note.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::State;
use super::people::KEY_OWNER;
use super::record::Conversation;
use super::validate::{Page, Problems, Refusal, Shape, object};

pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    let page = match Page::of(&query) {
        Ok(page) => page,
        Err(refusal) => return refusal.into_response(),
    };
    let desk = state.desk();
    let Some(ticket) = id.parse().ok().and_then(|id: u64| desk.tickets.get(&id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let url = format!("{}/api/v2/tickets/{}/conversations", state.base_url, ticket.id);
    let all = desk.conversations_of(ticket.id).map(Conversation::to_api);
    page.answer("conversations", all, &url, raw.as_deref().unwrap_or_default())
}

pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(id) = id.parse().ok().filter(|id| state.desk().tickets.contains_key(id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (text, private) = match read_note(&headers, &body) {
        Ok(note) => note,
        Err(refusal) => return refusal.into_response(),
    };
    match state.add_note(id, KEY_OWNER, text, private) {
        Some(note) => (StatusCode::CREATED, Json(json!({"conversation": note.to_api()}))).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn read_note(headers: &HeaderMap, body: &Bytes) -> Result<(String, bool), Refusal> {
    let body = object(headers, body)?;
    let mut problems = Problems::default();
    let known = [("body", Shape::Text), ("private", Shape::Flag), ("notify_emails", Shape::List)];
    problems.check(&body, &known);
    problems.require_text(&body, "body");
    problems.refuse()?;
    let text = body.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    // A note is private unless it says otherwise.
    Ok((text, body.get("private").and_then(Value::as_bool).unwrap_or(true)))
}

pub(super) async fn edit(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(id) = id.parse::<u64>().ok().filter(|id| state.desk().conversations.contains_key(id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = match object(&headers, &body) {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let mut problems = Problems::default();
    problems.check(&body, &[("body", Shape::Text)]);
    problems.require_text(&body, "body");
    if let Err(refusal) = problems.refuse() {
        return refusal.into_response();
    }
    let now = (state.now)();
    let mut desk = state.desk();
    let Some(note) = desk.conversations.get_mut(&id) else { return StatusCode::NOT_FOUND.into_response() };
    if note.incoming {
        // What the requester wrote is not the agent's to rewrite.
        return StatusCode::FORBIDDEN.into_response();
    }
    note.body = body.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    note.edits += 1;
    note.updated_at = now;
    Json(json!({"conversation": note.to_api()})).into_response()
}

impl State {
    /// Adds a note by `author`; `None` where the ticket is not known.
    pub(super) fn add_note(&self, ticket: u64, author: u64, body: String, private: bool) -> Option<Conversation> {
        let now = (self.now)();
        let mut desk = self.desk();
        let id = desk.next_conversation;
        let record = desk.tickets.get_mut(&ticket)?;
        record.conversations.push(id);
        record.updated_at = now;
        let note = Conversation {
            id,
            ticket_id: ticket,
            user_id: author,
            body,
            private,
            incoming: false,
            edits: 0,
            created_at: now,
            updated_at: now,
        };
        desk.next_conversation += 1;
        desk.conversations.insert(id, note.clone());
        Some(note)
    }
}
