//! Groups and members, with the trap: the same address with and without `/$ref`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::State;
use super::access::{Caller, DELETE_USERS, READ_GROUPS, READ_ROLES, READ_USERS, WRITE_MEMBERS, WRITE_ROLES};
use super::collection::{GROUPS, MEMBER_OF, MEMBERS, Params, Query};
use super::data::{Deleted, Group, GroupKind};
use super::refusal::Refusal;
use super::render;
use super::tenant::Tenant;
use super::users::{json_body, synced};

/// `GET /v1.0/groups`
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_GROUPS)?;
    let query = Query::read(&GROUPS, &params, &headers)?;
    Ok(query.answer(state.tenant().groups.values().map(render::group), "/v1.0/groups", &headers))
}

/// `GET /v1.0/groups/{id}`
pub(super) async fn get(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(group): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Refusal> {
    caller.needs(READ_GROUPS)?;
    GROUPS.single(render::group(state.tenant().group(&group)?), &params)
}

/// `GET /v1.0/groups/{id}/members`; a `$filter` here is always an advanced query.
pub(super) async fn members(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(group): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_GROUPS)?;
    let query = Query::read(&MEMBERS, &params, &headers)?;
    let tenant = state.tenant();
    let members = tenant.group(&group)?.members.iter().filter_map(|id| tenant.users.get(id));
    let rows = members.map(|user| render::typed("user", render::user(user)));
    Ok(query.answer(rows, &format!("/v1.0/groups/{group}/members"), &headers))
}

/// `GET /v1.0/users/{id}/memberOf`: the groups and directory roles the user is directly in. Of what the caller may not
/// read, type and id alone are shown.
pub(super) async fn of_user(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_USERS)?;
    let query = Query::read(&MEMBER_OF, &params, &headers)?;
    let tenant = state.tenant();
    let user = tenant.user(&key)?;
    let rows = memberships(&caller, tenant.groups_of(&user.id), user.roles.iter().map(String::as_str));
    Ok(query.answer(rows, &format!("/v1.0/users/{key}/memberOf"), &headers))
}

/// `GET /v1.0/users/{id}/transitiveMemberOf`: the same, groups within groups and roles by groups included.
pub(super) async fn transitively_of_user(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_USERS)?;
    let query = Query::read(&MEMBER_OF, &params, &headers)?;
    let tenant = state.tenant();
    let user = tenant.user(&key)?;
    let rows = memberships(&caller, tenant.all_groups_of(&user.id), tenant.all_roles_of(user).into_iter());
    Ok(query.answer(rows, &format!("/v1.0/users/{key}/transitiveMemberOf"), &headers))
}

/// `GET /v1.0/groups/{id}/memberOf`: the groups that the group is directly in, and the directory roles given to it.
pub(super) async fn of_group(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_GROUPS)?;
    let query = Query::read(&MEMBER_OF, &params, &headers)?;
    let tenant = state.tenant();
    let group = tenant.group(&key)?;
    let around = tenant.groups.values().filter(|outer| outer.subgroups.contains(&group.id));
    let rows = memberships(&caller, around, group.roles.iter().map(String::as_str));
    Ok(query.answer(rows, &format!("/v1.0/groups/{key}/memberOf"), &headers))
}

fn memberships<'a>(
    caller: &Caller,
    groups: impl Iterator<Item = &'a Group>,
    roles: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = Value> {
    let shown = |allowed: bool| move |row: Value| if allowed { row } else { render::limited(row) };
    groups
        .map(|group| render::typed("group", render::group(group)))
        .map(shown(caller.may(READ_GROUPS)))
        .chain(roles.map(render::directory_role).map(shown(caller.may(READ_ROLES))))
}

/// Whether Graph lets an application set this group's members.
fn check_settable(group: &Group, caller: &Caller) -> Result<(), Refusal> {
    match group.kind {
        GroupKind::Assigned | GroupKind::Unified => Ok(()),
        GroupKind::Dynamic => Err(Refusal::insufficient_privileges()),
        GroupKind::RoleAssignable => caller.needs(WRITE_ROLES),
        GroupKind::OnPremises => Err(synced()),
        GroupKind::MailSecurity | GroupKind::Distribution => {
            Err(Refusal::directory("Cannot Update a mail-enabled security groups and or distribution list."))
        }
    }
}

/// `POST /v1.0/groups/{id}/members/$ref`
pub(super) async fn add_member(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(group): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(WRITE_MEMBERS)?;
    let body: Map<String, Value> = json_body(&headers, &body)?;
    let reference = body.get("@odata.id").and_then(Value::as_str).unwrap_or_default();
    let member = referred(reference)?;
    let now = state.now();
    let mut tenant = state.tenant();
    check_settable(tenant.group(&group)?, &caller)?;
    if !tenant.users.contains_key(member) {
        return Err(Refusal::not_found(member));
    }
    let name = insert(&mut tenant, &group, member)?;
    tenant.record("group.member_added", member, name, now);
    Ok(StatusCode::NO_CONTENT)
}

fn insert(tenant: &mut Tenant, group: &str, member: &str) -> Result<String, Refusal> {
    let group = tenant.groups.get_mut(group).ok_or_else(|| Refusal::not_found(group))?;
    if group.members.insert(member.to_owned()) {
        return Ok(group.name.clone());
    }
    Err(Refusal::directory(
        "One or more added object references already exist for the following modified properties: 'members'.",
    ))
}

/// The id in `https://.../directoryObjects/{id}` or `https://.../users/{id}`.
fn referred(reference: &str) -> Result<&str, Refusal> {
    let absolute = reference.strip_prefix("https://").or_else(|| reference.strip_prefix("http://"));
    let mut segments = absolute.unwrap_or_default().rsplit('/');
    match (segments.next(), segments.next()) {
        (Some(id), Some("directoryObjects" | "users")) if !id.is_empty() => Ok(id),
        _ => Err(Refusal::directory("Invalid URL format specified in @odata.id property.")),
    }
}

fn member_of(tenant: &Tenant, group: &str, member: &str) -> Result<(), Refusal> {
    if tenant.group(group)?.members.contains(member) { Ok(()) } else { Err(Refusal::not_found(member)) }
}

/// `DELETE /v1.0/groups/{id}/members/{id}/$ref`: ends the membership.
pub(super) async fn remove_member(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path((group, member)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    caller.needs(WRITE_MEMBERS)?;
    let now = state.now();
    let mut tenant = state.tenant();
    check_settable(tenant.group(&group)?, &caller)?;
    member_of(&tenant, &group, &member)?;
    if let Some(group) = tenant.groups.get_mut(&group) {
        group.members.remove(&member);
        let name = group.name.clone();
        tenant.record("group.member_removed", &member, name, now);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1.0/groups/{id}/members/{id}` without `/$ref`: Graph resolves the path to the user and deletes *the
/// user*. The answer is the same 204.
pub(super) async fn delete_user_by_mistake(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path((group, member)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    caller.needs(DELETE_USERS)?;
    let now = state.now();
    let mut tenant = state.tenant();
    member_of(&tenant, &group, &member)?;
    tenant.record("user.deleted", &member, "by DELETE of a member without $ref".to_owned(), now);
    if let Some(user) = tenant.delete_user(&member) {
        let via = format!("DELETE /v1.0/groups/{group}/members/{member}");
        tenant.deleted.push(Deleted { id: user.id, login: user.login, via, at: now });
    }
    Ok(StatusCode::NO_CONTENT)
}
