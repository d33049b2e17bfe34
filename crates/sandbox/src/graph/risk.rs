//! Identity Protection (Entra ID P2) and the sign-in log (Entra ID P1).

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::State;
use super::access::{Caller, READ_AUDIT, READ_RISK, WRITE_RISK};
use super::collection::{Params, Query, RISKY_USERS, SIGN_INS};
use super::data::Risk;
use super::refusal::Refusal;
use super::render;
use super::tenant::Tenant;
use super::users::json_body;

/// How many users one call may dismiss or confirm.
const MOST_USERS: usize = 60;

fn licensed(tenant: &Tenant) -> Result<(), Refusal> {
    if tenant.p2_licence { Ok(()) } else { Err(Refusal::needs_p2()) }
}

/// `GET /v1.0/identityProtection/riskyUsers`
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_RISK)?;
    let tenant = state.tenant();
    licensed(&tenant)?;
    let query = Query::read(&RISKY_USERS, &params, &headers)?;
    let rows = tenant.users.values().filter_map(render::risky_user);
    Ok(query.answer(rows, "/v1.0/identityProtection/riskyUsers", &headers))
}

/// `GET /v1.0/identityProtection/riskyUsers/{id}`: 404 for whom no risk was ever seen.
pub(super) async fn get(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Refusal> {
    caller.needs(READ_RISK)?;
    let tenant = state.tenant();
    licensed(&tenant)?;
    let row = tenant.users.get(&id).and_then(render::risky_user).ok_or_else(|| Refusal::not_found(&id))?;
    RISKY_USERS.single(row, &params)
}

/// `POST /v1.0/identityProtection/riskyUsers/dismiss`
pub(super) async fn dismiss(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(WRITE_RISK)?;
    settle(&state, &headers, &body, ("dismissed", "none", "adminDismissedAllRiskForUser"), "risk.dismissed")
}

/// `POST /v1.0/identityProtection/riskyUsers/confirmCompromised`
pub(super) async fn confirm_compromised(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(WRITE_RISK)?;
    let verdict = ("confirmedCompromised", "high", "adminConfirmedUserCompromised");
    settle(&state, &headers, &body, verdict, "risk.confirmed_compromised")
}

/// Sets state, level and detail of every user named; of all or of none.
fn settle(
    state: &State,
    headers: &HeaderMap,
    body: &[u8],
    (risk_state, level, detail): (&str, &str, &'static str),
    event: &'static str,
) -> Result<StatusCode, Refusal> {
    let now = state.now();
    let mut tenant = state.tenant();
    licensed(&tenant)?;
    let body: Map<String, Value> = json_body(headers, body)?;
    let ids: Option<Vec<&str>> =
        body.get("userIds").and_then(Value::as_array).and_then(|ids| ids.iter().map(Value::as_str).collect());
    let ids = ids.filter(|ids| !ids.is_empty() && ids.len() <= MOST_USERS);
    let ids = ids.ok_or_else(|| {
        Refusal::bad_request(format!("The parameter 'userIds' must name between 1 and {MOST_USERS} users."))
    })?;
    if let Some(unknown) = ids.iter().find(|id| !tenant.users.contains_key(**id)) {
        return Err(Refusal::not_found(unknown));
    }
    for id in ids {
        if let Some(user) = tenant.users.get_mut(id) {
            user.risk = Some(Risk { detail, ..Risk::new(risk_state, level, now) });
        }
        tenant.record(event, id, String::new(), now);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1.0/auditLogs/signIns`: newest first.
pub(super) async fn sign_ins(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_AUDIT)?;
    let tenant = state.tenant();
    if !tenant.p1_licence && !tenant.p2_licence {
        return Err(Refusal::needs_premium());
    }
    let query = Query::read(&SIGN_INS, &params, &headers)?;
    let mut entries: Vec<_> = tenant.sign_ins.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let rows =
        entries.into_iter().filter_map(|entry| tenant.users.get(&entry.user).map(|user| render::sign_in(entry, user)));
    Ok(query.answer(rows, "/v1.0/auditLogs/signIns", &headers))
}
