//! Agents, requesters and agent groups.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::State;
use super::record::Person;
use super::validate::Page;
use crate::seed::{PEOPLE, Seed};
use crate::stamp::utc_seconds;

/// The one agent group.
pub(super) const GROUP_ID: u64 = 29_000_000_001;
/// The agent to whom the API key belongs.
pub(super) const KEY_OWNER: u64 = 21_000_000_900;
const FIRST_PERSON: u64 = 21_000_000_001;

/// The key's owner, and in the demo everybody at the company; approvers are agents.
pub(super) fn seeded(seed: Seed, now: i64) -> Vec<Person> {
    let owner = Person::requester(KEY_OWNER, "Countersign", "Service", "countersign@acme.com", now);
    let mut people = vec![Person { is_agent: true, ..owner }];
    match seed {
        Seed::Empty => {}
        Seed::Demo => people.extend((FIRST_PERSON..).zip(PEOPLE).map(|(id, person)| Person {
            is_agent: person.slack_id.is_some_and(|id| id.ends_with("APPROVER")),
            ..Person::requester(id, person.given, person.family, person.email, now)
        })),
    }
    people
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

pub(super) async fn me(Shared(state): Shared<Arc<State>>) -> Response {
    agent(Shared(state), Path(KEY_OWNER.to_string())).await
}

pub(super) async fn agent(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    let desk = state.desk();
    let person = id.parse().ok().and_then(|id| desk.person(id)).filter(|person| person.is_agent);
    let Some(person) = person else { return missing() };
    let mut shown = person.to_agent();
    if person.id == KEY_OWNER {
        state.key_owner().describe(&mut shown);
    }
    Json(json!({ "agent": shown })).into_response()
}

pub(super) async fn agents(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    let page = match Page::of(&query) {
        Ok(page) => page,
        Err(refusal) => return refusal.into_response(),
    };
    let desk = state.desk();
    let email = query.get("email");
    let agents = desk
        .people
        .values()
        .filter(|person| person.is_agent && email.is_none_or(|email| person.email.eq_ignore_ascii_case(email)))
        .map(Person::to_agent);
    page.answer("agents", agents, &format!("{}/api/v2/agents", state.base_url), raw.as_deref().unwrap_or_default())
}

/// A requester's id may be an agent's: agents raise tickets too.
pub(super) async fn requester(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    let desk = state.desk();
    let person = id.parse().ok().and_then(|id| desk.person(id));
    person.map_or_else(missing, |person| Json(json!({"requester": person.to_requester()})).into_response())
}

pub(super) async fn requesters(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    let page = match Page::of(&query) {
        Ok(page) => page,
        Err(refusal) => return refusal.into_response(),
    };
    let desk = state.desk();
    let email = query.get("email").or_else(|| query.get("primary_email"));
    let with_agents = query.get("include_agents").is_some_and(|flag| flag == "true");
    let found = desk
        .people
        .values()
        .filter(|person| with_agents || !person.is_agent)
        .filter(|person| email.is_none_or(|email| person.email.eq_ignore_ascii_case(email)))
        .map(Person::to_requester);
    let url = format!("{}/api/v2/requesters", state.base_url);
    page.answer("requesters", found, &url, raw.as_deref().unwrap_or_default())
}

pub(super) async fn groups(Shared(state): Shared<Arc<State>>) -> Response {
    let desk = state.desk();
    let members: Vec<u64> = desk.people.values().filter(|person| person.is_agent).map(|person| person.id).collect();
    let since = desk.people.values().next().map(|person| utc_seconds(person.created_at));
    Json(json!({"groups": [{
        "id": GROUP_ID,
        "name": "IT Support",
        "description": null,
        "escalate_to": null,
        "unassigned_for": null,
        "business_hours_id": null,
        "agent_ids": members,
        "members": members,
        "observers": [],
        "leaders": [],
        "restricted": false,
        "approval_required": false,
        "auto_ticket_assign": false,
        "workspace_id": 2,
        "created_at": since,
        "updated_at": since,
    }]}))
    .into_response()
}
