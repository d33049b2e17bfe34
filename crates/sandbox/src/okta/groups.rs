//! Groups and their members. Only `OKTA_GROUP` memberships can be changed through the API.

use std::ops::Bound;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::State;
use super::directory::{Directory, Group, GroupType};
use super::filter::{Case, Expression, Operator};
use super::paging::{self, Page, Params};
use super::refusal::Refusal;
use super::render;

fn property(group: &Group, path: &str) -> Option<String> {
    match path {
        "id" => Some(group.id.clone()),
        "type" => Some(group.kind.as_str().to_owned()),
        "profile.name" => Some(group.name.clone()),
        "lastUpdated" => Some(render::time(group.created)),
        "lastMembershipUpdated" => Some(render::time(group.membership_updated)),
        _ => None,
    }
}

fn searchable(path: &str, _: Operator) -> bool {
    ["id", "type", "profile.name", "lastUpdated", "lastMembershipUpdated"].contains(&path)
}

fn filterable(path: &str, operator: Operator) -> bool {
    path != "profile.name" && searchable(path, operator)
}

/// `GET /api/v1/groups?q=`: `q` matches the beginning of the name and does not page.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let parse = |text: &str, allowed: &dyn Fn(&str, Operator) -> bool| {
        Expression::parse(text).filter(|expression| expression.only(allowed)).ok_or_else(Refusal::invalid_search)
    };
    let search = params.get("search").map(|text| parse(text, &searchable)).transpose()?;
    let filter = params.get("filter").map(|text| parse(text, &filterable)).transpose()?;
    let prefix = params.get("q").map(|q| q.to_lowercase());
    let limit = paging::limit(&params, if prefix.is_some() { 300 } else { 10_000 }, 10_000)?;
    let after = params.get("after").filter(|_| prefix.is_none()).cloned().unwrap_or_default();
    let base = paging::base(&headers);
    let directory = state.directory();
    let rows = directory
        .groups
        .range::<str, _>((Bound::Excluded(after.as_str()), Bound::Unbounded))
        .filter(|(_, group)| {
            let resolve = |path: &str| property(group, path);
            search.as_ref().is_none_or(|search| search.matches(Case::Folded, &resolve))
                && filter.as_ref().is_none_or(|filter| filter.matches(Case::Exact, &resolve))
                && prefix.as_ref().is_none_or(|prefix| group.name.to_lowercase().starts_with(prefix))
        })
        .map(|(id, group)| (id.clone(), render::group(group, &base)));
    let mut page = Page::take(rows, limit);
    if prefix.is_some() {
        page.next = None;
    }
    Ok(page.answer("/api/v1/groups", &params, &headers))
}

/// `GET /api/v1/groups/{id}`
pub(super) async fn get(
    Shared(state): Shared<Arc<State>>,
    Path(group): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    Ok(Json(render::group(state.directory().group(&group)?, &paging::base(&headers))).into_response())
}

/// `GET /api/v1/groups/{id}/roles`: the administrator roles given to the group.
pub(super) async fn roles(Shared(state): Shared<Arc<State>>, Path(group): Path<String>) -> Result<Response, Refusal> {
    let directory = state.directory();
    let group = directory.group(&group)?;
    let rows: Vec<Value> =
        group.roles.iter().map(|role| render::role(&group.id, group.created, role, "GROUP")).collect();
    Ok(Json(rows).into_response())
}

/// `GET /api/v1/groups/{id}/users`
pub(super) async fn members(
    Shared(state): Shared<Arc<State>>,
    Path(group): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let limit = paging::limit(&params, 1000, 1000)?;
    let after = params.get("after").cloned().unwrap_or_default();
    let base = paging::base(&headers);
    let directory = state.directory();
    let rows = directory
        .group(&group)?
        .members
        .range::<str, _>((Bound::Excluded(after.as_str()), Bound::Unbounded))
        .filter_map(|id| directory.users.get(id))
        .map(|user| (user.id.clone(), render::user(user, &base)));
    Ok(Page::take(rows, limit).answer(&format!("/api/v1/groups/{group}/users"), &params, &headers))
}

/// `PUT /api/v1/groups/{groupId}/users/{userId}`: 204 whether or not the user was a member.
pub(super) async fn add(
    Shared(state): Shared<Arc<State>>,
    Path((group, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let now = state.now();
    change(&mut state.directory(), &group, &user, true, now)
}

/// `DELETE /api/v1/groups/{groupId}/users/{userId}`: 204 whether or not the user was a member.
pub(super) async fn remove(
    Shared(state): Shared<Arc<State>>,
    Path((group, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let now = state.now();
    change(&mut state.directory(), &group, &user, false, now)
}

fn change(directory: &mut Directory, group: &str, user: &str, member: bool, now: i64) -> Result<StatusCode, Refusal> {
    let kind = directory.group(group)?.kind;
    let user = directory.user_id(user)?;
    if kind != GroupType::OktaGroup {
        return Err(Refusal::forbidden());
    }
    let Some(group) = directory.groups.get_mut(group) else { return Err(Refusal::not_found(group, "UserGroup")) };
    let changed = if member { group.members.insert(user.clone()) } else { group.members.remove(&user) };
    if changed {
        group.membership_updated = now;
        let name = group.name.clone();
        let event = if member { "group.user_membership.add" } else { "group.user_membership.remove" };
        directory.record(event, &user, name, now);
    }
    Ok(StatusCode::NO_CONTENT)
}
