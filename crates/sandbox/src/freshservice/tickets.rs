//! Tickets: view, list, create, update; requested items; the ticket form.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::record::{Conversation, Person, Ticket};
use super::validate::{Page, Problems, Refusal, Shape, object};
use super::{Desk, State};

/// A ticket shown with `include=conversations` embeds at most so many.
const EMBEDDED_CONVERSATIONS: usize = 10;

const FIELDS: [(&str, Shape); 22] = [
    ("subject", Shape::Text),
    ("description", Shape::Text),
    ("email", Shape::Text),
    ("name", Shape::Text),
    ("requester_id", Shape::Number),
    ("requested_for_id", Shape::Number),
    ("status", Shape::Number),
    ("priority", Shape::Number),
    ("urgency", Shape::Number),
    ("impact", Shape::Number),
    ("type", Shape::Text),
    ("source", Shape::Number),
    ("responder_id", Shape::Number),
    ("group_id", Shape::Number),
    ("department_id", Shape::Number),
    ("workspace_id", Shape::Number),
    ("category", Shape::Text),
    ("sub_category", Shape::Text),
    ("item_category", Shape::Text),
    ("tags", Shape::List),
    ("cc_emails", Shape::List),
    ("custom_fields", Shape::Object),
];

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let desk = state.desk();
    let Some(ticket) = id.parse().ok().and_then(|id: u64| desk.tickets.get(&id)) else { return missing() };
    match embeddable(query.get("include").map_or("", String::as_str)) {
        Ok(names) => Json(json!({"ticket": embed(&desk, ticket, &names)})).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// What `include` names, separated by commas; anything that cannot be embedded is refused.
fn embeddable(include: &str) -> Result<Vec<&str>, Refusal> {
    let known = [
        "conversations",
        "requester",
        "requested_for",
        "stats",
        "department",
        "problem",
        "change",
        "assets",
        "related_tickets",
    ];
    let names: Vec<&str> = include.split(',').filter(|name| !name.is_empty()).collect();
    let mut problems = Problems::default();
    if names.iter().any(|name| !known.contains(name)) {
        problems.add("include", "It should be one of the embeddable resources", "invalid_value");
    }
    problems.refuse()?;
    Ok(names)
}

/// The ticket with the named resources; what this desk does not keep is null.
fn embed(desk: &Desk, ticket: &Ticket, names: &[&str]) -> Value {
    let mut value = ticket.to_json();
    let person = |id| desk.person(id).map_or(Value::Null, Person::embedded);
    for name in names {
        value[*name] = match *name {
            "conversations" => {
                let first = desk.conversations_of(ticket.id).take(EMBEDDED_CONVERSATIONS);
                first.map(Conversation::to_api).collect()
            }
            "requester" => person(ticket.requester_id),
            "requested_for" => person(ticket.requested_for_id),
            "stats" => json!({
                "opened_at": null, "group_escalated": false, "closed_at": null,
                "resolved_at": null, "first_responded_at": null,
            }),
            _ => Value::Null,
        };
    }
    value
}

pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    let include = query.get("include").map_or("", String::as_str);
    let asked = Page::of(&query).and_then(|page| Ok((page, Filter::of(&query)?, embeddable(include)?)));
    let (page, filter, names) = match asked {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    let desk = state.desk();
    let mut found: Vec<&Ticket> = desk.tickets.values().filter(|ticket| filter.admits(&desk, ticket)).collect();
    found.sort_by_key(|ticket| (if filter.by_update { ticket.updated_at } else { ticket.created_at }, ticket.id));
    if !filter.ascending {
        found.reverse();
    }
    let url = format!("{}/api/v2/tickets", state.base_url);
    let values = found.into_iter().map(|ticket| embed(&desk, ticket, &names));
    page.answer("tickets", values, &url, raw.as_deref().unwrap_or_default())
}

/// What a list is narrowed to; spam and trash are left out unless asked for.
struct Filter {
    named: Option<String>,
    requester: Option<u64>,
    email: Option<String>,
    kind: Option<String>,
    since: Option<i64>,
    by_update: bool,
    ascending: bool,
}

impl Filter {
    fn of(query: &HashMap<String, String>) -> Result<Self, Refusal> {
        let mut problems = Problems::default();
        let since = query.get("updated_since").map(|text| text.parse::<Timestamp>());
        if matches!(since, Some(Err(_))) {
            problems.add("updated_since", "It should be a valid date", "invalid_value");
        }
        let requester = query.get("requester_id").map(|text| text.parse::<u64>());
        if matches!(requester, Some(Err(_))) {
            problems.add("requester_id", "It should be a Positive Integer", "invalid_value");
        }
        let named = query.get("filter").cloned();
        if named.as_deref().is_some_and(|name| !["new_and_my_open", "watching", "spam", "deleted"].contains(&name)) {
            problems.add("filter", "It should be one of new_and_my_open, watching, spam, deleted", "invalid_value");
        }
        problems.refuse()?;
        Ok(Self {
            named,
            requester: requester.and_then(Result::ok),
            email: query.get("email").cloned(),
            kind: query.get("type").cloned(),
            since: since.and_then(Result::ok).map(Timestamp::as_microsecond),
            by_update: query.get("order_by").is_some_and(|field| field == "updated_at"),
            ascending: query.get("order_type").is_some_and(|order| order == "asc"),
        })
    }

    fn admits(&self, desk: &Desk, ticket: &Ticket) -> bool {
        let named = match self.named.as_deref() {
            Some("spam") => ticket.spam,
            Some("deleted") => ticket.deleted,
            Some("new_and_my_open") => ticket.status == 2 && !ticket.spam && !ticket.deleted,
            Some(_) | None => !ticket.spam && !ticket.deleted,
        };
        let email = |wanted: &String| {
            desk.person(ticket.requester_id).is_some_and(|person| person.email.eq_ignore_ascii_case(wanted))
        };
        named
            && self.requester.is_none_or(|id| id == ticket.requester_id)
            && self.email.as_ref().is_none_or(email)
            && self.kind.as_ref().is_none_or(|kind| *kind == ticket.kind)
            && self.since.is_none_or(|since| ticket.updated_at >= since)
    }
}

pub(super) async fn create(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let body = match object(&headers, &body).and_then(|body| check_new(&body).map(|()| body)) {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let id = state.insert(&body);
    state.deliver_later(id);
    let desk = state.desk();
    match desk.tickets.get(&id) {
        Some(ticket) => (StatusCode::CREATED, Json(json!({"ticket": ticket.to_json()}))).into_response(),
        None => missing(),
    }
}

fn check_new(body: &Map<String, Value>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.check(body, &FIELDS);
    problems.require_text(body, "subject");
    problems.require_text(body, "description");
    if !body.contains_key("email") && !body.contains_key("requester_id") {
        problems.add("email", "One of requester_id, email is mandatory", "missing_field");
    }
    for name in ["status", "priority"] {
        if !body.contains_key(name) {
            problems.add(name, "It should be a/an Positive Integer", "missing_field");
        }
    }
    check_values(body, &mut problems);
    problems.refuse()
}

fn check_values(body: &Map<String, Value>, problems: &mut Problems) {
    for (name, range) in [("status", 2..=5), ("priority", 1..=4)] {
        if body.get(name).and_then(Value::as_u64).is_some_and(|value| !range.contains(&value)) {
            let message = format!("It should be one of these values: '{}' to '{}'", range.start(), range.end());
            problems.add(name, &message, "invalid_value");
        }
    }
}

pub(super) async fn update(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(id) = id.parse::<u64>().ok().filter(|id| state.desk().tickets.contains_key(id)) else { return missing() };
    let body = match object(&headers, &body) {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let mut problems = Problems::default();
    problems.check(&body, &FIELDS);
    check_values(&body, &mut problems);
    if let Err(refusal) = problems.refuse() {
        return refusal.into_response();
    }
    let now = (state.now)();
    let mut desk = state.desk();
    let Some(ticket) = desk.tickets.get_mut(&id) else { return missing() };
    ticket.amend(&body);
    ticket.updated_at = now;
    Json(json!({"ticket": ticket.to_json()})).into_response()
}

pub(super) async fn requested_items(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    let desk = state.desk();
    let Some(ticket) = id.parse().ok().and_then(|id: u64| desk.tickets.get(&id)) else { return missing() };
    Json(json!({"requested_items": ticket.requested_items})).into_response()
}

/// The fields of the ticket form which the desk knows by name.
pub(super) async fn form_fields() -> Response {
    let field = |id: u64, name: &str, label: &str, kind: &str, default: bool| {
        json!({
            "id": id, "name": name, "label": label, "field_type": kind, "default_field": default,
            "required": default, "choices": [], "workspace_id": 2,
        })
    };
    Json(json!({"ticket_fields": [
        field(1, "requester", "Requester", "default_requester", true),
        field(2, "subject", "Subject", "default_subject", true),
        field(3, "status", "Status", "default_status", true),
        field(4, "priority", "Priority", "default_priority", true),
        field(5, "description", "Description", "default_description", true),
        field(6, "affected_user", "Affected user", "custom_text", false),
    ]}))
    .into_response()
}

impl State {
    /// Stores a checked new ticket and returns its number.
    pub(super) fn insert(&self, body: &Map<String, Value>) -> u64 {
        let now = (self.now)();
        let mut desk = self.desk();
        let id = desk.next_ticket;
        desk.next_ticket += 1;
        let requester = match (body.get("requester_id").and_then(Value::as_u64), body.get("email")) {
            (Some(id), _) => id,
            (None, email) => desk.requester_for(email.and_then(Value::as_str).unwrap_or_default(), now),
        };
        let mut ticket = Ticket {
            id,
            subject: String::new(),
            description: String::new(),
            status: 2,
            priority: 1,
            source: 2,
            kind: "Incident".to_owned(),
            requester_id: requester,
            requested_for_id: requester,
            responder_id: None,
            group_id: None,
            category: None,
            tags: Vec::new(),
            custom_fields: Map::new(),
            requested_items: Vec::new(),
            spam: false,
            deleted: false,
            created_at: now,
            updated_at: now,
            conversations: Vec::new(),
        };
        ticket.amend(body);
        desk.tickets.insert(id, ticket);
        id
    }
}

impl Ticket {
    /// Takes over the fields that `body` names; their types have been checked.
    pub(super) fn amend(&mut self, body: &Map<String, Value>) {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        let set = |slot: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *slot = value;
            }
        };
        set(&mut self.subject, text("subject"));
        set(&mut self.description, text("description"));
        set(&mut self.kind, text("type"));
        self.status = number("status").unwrap_or(self.status);
        self.priority = number("priority").unwrap_or(self.priority);
        self.source = number("source").unwrap_or(self.source);
        self.requested_for_id = number("requested_for_id").unwrap_or(self.requested_for_id);
        self.responder_id = number("responder_id").or(self.responder_id);
        self.group_id = number("group_id").or(self.group_id);
        self.category = text("category").or_else(|| self.category.take());
        if let Some(tags) = body.get("tags").and_then(Value::as_array) {
            self.tags = tags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        if let Some(fields) = body.get("custom_fields").and_then(Value::as_object) {
            self.custom_fields.extend(fields.clone());
        }
    }
}
