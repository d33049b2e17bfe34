//! Users: look-up, the few properties that can be changed, sign-in sessions.

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::State;
use super::access::{Caller, READ_USERS, REVOKE_SESSIONS, SWITCH_ACCOUNTS, UPDATE_USERS};
use super::collection::{Params, Query, USERS};
use super::data::User;
use super::refusal::Refusal;
use super::render;

/// `GET /v1.0/users`
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_USERS)?;
    let query = Query::read(&USERS, &params, &headers)?;
    let now = state.now();
    let mut tenant = state.tenant();
    tenant.looked_for(&|user| query.takes(&render::user(user)), now);
    Ok(query.answer(tenant.users.values().map(render::user), "/v1.0/users", &headers))
}

/// `GET /v1.0/users/{id or userPrincipalName}`
pub(super) async fn get(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Refusal> {
    caller.needs(READ_USERS)?;
    let now = state.now();
    let mut tenant = state.tenant();
    tenant.looked_for(&|user| user.is_named(&key), now);
    USERS.single(render::user(tenant.user(&key)?), &params)
}

/// `PATCH /v1.0/users/{id}`: `accountEnabled`, `usageLocation`, `displayName`, `jobTitle`, `department`. All of the
/// body is applied or nothing.
pub(super) async fn patch(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(&[UPDATE_USERS, SWITCH_ACCOUNTS].concat())?;
    let fields: Map<String, Value> = json_body(&headers, &body)?;
    may_change(&caller, &fields)?;
    let now = state.now();
    let mut tenant = state.tenant();
    let user = tenant.user(&key)?;
    if !tenant.all_roles_of(user).is_empty() && fields.contains_key("accountEnabled") {
        return Err(Refusal::insufficient_privileges());
    }
    let user = tenant.user_mut(&key)?;
    let mut changed = user.clone();
    for (name, value) in &fields {
        set(&mut changed, name, value)?;
    }
    *user = changed;
    let id = user.id.clone();
    tenant.record("user.updated", &id, Value::Object(fields).to_string(), now);
    Ok(StatusCode::NO_CONTENT)
}

/// `accountEnabled` has a permission of its own, which allows nothing else.
fn may_change(caller: &Caller, fields: &Map<String, Value>) -> Result<(), Refusal> {
    if fields.contains_key("accountEnabled") {
        caller.needs(SWITCH_ACCOUNTS)?;
        caller.needs(READ_USERS)?;
    }
    if fields.keys().any(|name| name != "accountEnabled") { caller.needs(UPDATE_USERS) } else { Ok(()) }
}

fn set(user: &mut User, name: &str, value: &Value) -> Result<(), Refusal> {
    let invalid = || Refusal::directory(format!("Invalid value specified for property '{name}' of resource 'User'."));
    let text = || match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(invalid()),
    };
    if user.on_premises && name != "usageLocation" {
        return Err(synced());
    }
    match name {
        "accountEnabled" => user.enabled = value.as_bool().ok_or_else(invalid)?,
        "usageLocation" => {
            let location = text()?;
            let two_letters = |code: &String| code.len() == 2 && code.chars().all(|c| c.is_ascii_alphabetic());
            if location.as_ref().is_some_and(|code| !two_letters(code)) {
                return Err(invalid());
            }
            user.usage_location = location.map(|code| code.to_uppercase());
        }
        "displayName" => user.display_name = text()?.filter(|name| !name.is_empty()).ok_or_else(invalid)?,
        "jobTitle" => user.job_title = text()?,
        "department" => user.department = text()?,
        _ => return Err(Refusal::directory("One or more property values specified are invalid.")),
    }
    Ok(())
}

/// 400 for an object that is kept on premises.
pub(super) fn synced() -> Refusal {
    Refusal::directory(
        "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
         currently undergoing migration.",
    )
}

/// A JSON body, declared as such.
pub(super) fn json_body<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        let message = "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
        return Err(Refusal::bad_request(message));
    }
    serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."))
}

/// `POST /v1.0/users/{id}/revokeSignInSessions`
pub(super) async fn revoke_sessions(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<Response, Refusal> {
    caller.needs(REVOKE_SESSIONS)?;
    let now = state.now();
    let mut tenant = state.tenant();
    let user = tenant.user_mut(&key)?;
    user.sessions_valid_from = now;
    user.sessions_revoked += 1;
    let id = user.id.clone();
    tenant.record("user.sessions_revoked", &id, String::new(), now);
    let context = "https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean";
    Ok(Json(json!({"@odata.context": context, "value": true})).into_response())
}
