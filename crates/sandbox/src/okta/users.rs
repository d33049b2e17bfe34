//! Users: search, look-up, creation, and what hangs below a user.

use std::ops::Bound;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use super::State;
use super::directory::{Directory, GroupType, Status, User};
use super::filter::{Case, Expression, Operator};
use super::paging::{self, Page, Params};
use super::refusal::Refusal;
use super::render;

/// What `filter` may name; `search` may name any profile attribute besides.
const FILTERABLE: [&str; 7] =
    ["status", "lastUpdated", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"];
/// The attributes that `search` may compare with `co`.
const CONTAINABLE: [&str; 4] = ["profile.firstName", "profile.lastName", "profile.email", "profile.login"];
const SEARCHABLE: [&str; 7] = ["id", "status", "created", "activated", "statusChanged", "lastUpdated", "type.id"];
/// How many groups a new user may be put into at once.
const MOST_GROUPS: usize = 20;

fn searchable(path: &str, operator: Operator) -> bool {
    (path.starts_with("profile.") || SEARCHABLE.contains(&path))
        && (operator != Operator::Contains || CONTAINABLE.contains(&path))
}

fn filterable(path: &str, operator: Operator) -> bool {
    match operator {
        Operator::Equal => FILTERABLE.contains(&path),
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => path == "lastUpdated",
        Operator::StartsWith | Operator::Contains | Operator::Present => false,
    }
}

fn property(user: &User, path: &str) -> Option<String> {
    if let Some(attribute) = path.strip_prefix("profile.") {
        return match user.profile.get(attribute)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
    }
    match path {
        "id" => Some(user.id.clone()),
        "status" => Some(user.status.as_str().to_owned()),
        "created" => Some(render::time(user.created)),
        "activated" => user.activated.map(render::time),
        "statusChanged" => user.status_changed.map(render::time),
        "lastUpdated" => Some(render::time(user.last_updated)),
        "type.id" => Some("otysbx00000000000001".to_owned()),
        _ => None,
    }
}

/// Which users a list request asks for.
enum Selection {
    /// Everybody but the deprovisioned.
    All,
    /// `q`: a prefix of first name, last name or mail; without the deprovisioned.
    Prefix(String),
    /// `search` or `filter`: with the deprovisioned.
    Matching(Expression, Case),
}

impl Selection {
    fn of(params: &Params) -> Result<Self, Refusal> {
        let parse = |text: &str, allowed: &dyn Fn(&str, Operator) -> bool| {
            Expression::parse(text).filter(|expression| expression.only(allowed)).ok_or_else(Refusal::invalid_search)
        };
        if let Some(search) = params.get("search") {
            return Ok(Self::Matching(parse(search, &searchable)?, Case::Folded));
        }
        if let Some(filter) = params.get("filter") {
            return Ok(Self::Matching(parse(filter, &filterable)?, Case::Exact));
        }
        Ok(params.get("q").map_or(Self::All, |q| Self::Prefix(q.to_lowercase())))
    }

    fn takes(&self, user: &User) -> bool {
        match self {
            Self::All => user.status != Status::Deprovisioned,
            Self::Prefix(prefix) => {
                user.status != Status::Deprovisioned
                    && ["firstName", "lastName", "email"]
                        .iter()
                        .any(|field| user.text(field).to_lowercase().starts_with(prefix))
            }
            Self::Matching(expression, case) => expression.matches(*case, &|path| property(user, path)),
        }
    }
}

/// `GET /api/v1/users`
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let selection = Selection::of(&params)?;
    let by_prefix = matches!(selection, Selection::Prefix(_));
    let limit = paging::limit(&params, if by_prefix { 10 } else { 200 }, 200)?;
    let after = params.get("after").filter(|_| !by_prefix).cloned().unwrap_or_default();
    let base = paging::base(&headers);
    let directory = state.directory();
    let rows = directory
        .users
        .range::<str, _>((Bound::Excluded(after.as_str()), Bound::Unbounded))
        .filter(|(_, user)| selection.takes(user))
        .map(|(id, user)| (id.clone(), render::user(user, &base)));
    let mut page = Page::take(rows, limit);
    if by_prefix {
        // `q` does not page: what is beyond the limit is out of reach.
        page.next = None;
    }
    Ok(page.answer("/api/v1/users", &params, &headers))
}

/// `GET /api/v1/users/me`: the owner of the API token. A service app is no user.
pub(super) async fn me(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let scheme = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !scheme.to_ascii_uppercase().starts_with("SSWS ") {
        return Err(Refusal::not_found("me", "User"));
    }
    Ok(Json(render::user(&token_owner(state.now()), &paging::base(&headers))).into_response())
}

/// `GET /api/v1/users/{idOrLogin}`
pub(super) async fn get(
    Shared(state): Shared<Arc<State>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    Ok(Json(render::user(state.directory().user(&key)?, &paging::base(&headers))).into_response())
}

/// The service account that created the API token. It is nobody of the company and is not listed.
fn token_owner(now: i64) -> User {
    let login = "countersign@acme.com";
    let profile = [("firstName", "Countersign"), ("lastName", "Service"), ("email", login), ("login", login)];
    User {
        id: "00usbxserviceaccount".to_owned(),
        status: Status::Active,
        profile: profile.into_iter().map(|(field, value)| (field.to_owned(), Value::from(value))).collect(),
        factors: Vec::new(),
        sessions: 0,
        roles: Vec::new(),
        blocked: false,
        has_password: true,
        provisioned_downstream: true,
        created: now,
        activated: Some(now),
        status_changed: Some(now),
        last_updated: now,
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Creation {
    profile: Option<Map<String, Value>>,
    #[serde(default)]
    credentials: Map<String, Value>,
    #[serde(default)]
    group_ids: Vec<String>,
}

/// `POST /api/v1/users?activate=true`
pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let json = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Refusal::media_type());
    }
    let creation: Creation = serde_json::from_slice(&body).map_err(|_| Refusal::malformed_body())?;
    let activate = flag(&params, "activate")?.unwrap_or(true);
    let base = paging::base(&headers);
    let now = state.now();
    let (answer, provisioned) = {
        let mut directory = state.directory();
        let id = insert(&mut directory, creation, activate, now)?;
        let provisioned = if activate { directory.take_unprovisioned(&id) } else { None };
        (render::user(directory.user(&id)?, &base), provisioned)
    };
    state.announce(provisioned);
    Ok(Json(answer).into_response())
}

fn insert(directory: &mut Directory, creation: Creation, activate: bool, now: i64) -> Result<String, Refusal> {
    let profile = creation
        .profile
        .ok_or_else(|| Refusal::validation("profile", vec!["profile: The field cannot be left blank".to_owned()]))?;
    check_profile(&profile, directory)?;
    if creation.group_ids.len() > MOST_GROUPS {
        return Err(Refusal::too_many_targets());
    }
    for id in &creation.group_ids {
        if directory.group(id)?.kind != GroupType::OktaGroup {
            return Err(Refusal::forbidden());
        }
    }
    let password = creation.credentials.get("password").and_then(|password| password.get("value"));
    let status = match (activate, password.is_some()) {
        (false, _) => Status::Staged,
        (true, true) => Status::Active,
        (true, false) => Status::Provisioned,
    };
    let has_password = password.is_some();
    let id = directory.add_user(profile, status, now);
    for group in &creation.group_ids {
        if let Some(group) = directory.groups.get_mut(group) {
            group.members.insert(id.clone());
            group.membership_updated = now;
        }
    }
    let user = directory.user_mut(&id)?;
    user.has_password = has_password;
    let email = user.text("email").to_owned();
    if activate {
        user.activated = Some(now);
    }
    directory.record("user.lifecycle.create", &id, status.as_str().to_owned(), now);
    if status == Status::Provisioned {
        directory.mail(email, "Welcome to Okta! Activate your account", now);
    }
    Ok(id)
}

/// Required fields, their form and length, and that the login is free: Okta reports one field in its summary and
/// every cause.
fn check_profile(profile: &Map<String, Value>, directory: &Directory) -> Result<(), Refusal> {
    let mut failed = None;
    let mut causes = Vec::new();
    let mut fail = |field: &'static str, cause: &str| {
        failed.get_or_insert(field);
        causes.push(format!("{field}: {cause}"));
    };
    for (field, longest) in [("login", 100), ("email", 100), ("firstName", 50), ("lastName", 50)] {
        let value = profile.get(field).and_then(Value::as_str).unwrap_or_default().trim();
        if value.is_empty() {
            fail(field, "The field cannot be left blank");
        } else if value.chars().count() > longest {
            fail(field, "The field is too long");
        } else if field == "login" && !is_address(value) {
            fail(field, "Username must be in the form of an email address");
        } else if field == "email" && !is_address(value) {
            fail(field, "Does not match required pattern");
        } else if field == "login" && directory.has_login(value) {
            fail(field, "An object with this field already exists in the current organization");
        }
    }
    failed.map_or(Ok(()), |field| Err(Refusal::validation(field, causes)))
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// A query parameter that is `true` or `false`.
pub(super) fn flag(params: &Params, name: &str) -> Result<Option<bool>, Refusal> {
    match params.get(name).map(String::as_str) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Refusal::validation(name, vec![format!("{name}: The value must be true or false")])),
    }
}

/// `GET /api/v1/users/{id}/groups`
pub(super) async fn groups(
    Shared(state): Shared<Arc<State>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let base = paging::base(&headers);
    let directory = state.directory();
    let user = directory.user(&key)?;
    let rows: Vec<Value> = directory.groups_of(&user.id).map(|group| render::group(group, &base)).collect();
    Ok(Json(rows).into_response())
}

/// `GET /api/v1/users/{id}/blocks`: what keeps an active user out on devices that are not known.
pub(super) async fn blocks(Shared(state): Shared<Arc<State>>, Path(key): Path<String>) -> Result<Response, Refusal> {
    let blocked = state.directory().user(&key)?.blocked;
    let rows: Vec<Value> =
        blocked.then(|| json!({"type": "DEVICE_BASED", "appliesTo": "UNKNOWN_DEVICES"})).into_iter().collect();
    Ok(Json(rows).into_response())
}

/// `GET /api/v1/users/{id}/roles`: the administrator roles given to the user, and those given to their groups.
pub(super) async fn roles(Shared(state): Shared<Arc<State>>, Path(key): Path<String>) -> Result<Response, Refusal> {
    let directory = state.directory();
    let user = directory.user(&key)?;
    let own = user.roles.iter().map(|role| render::role(&user.id, user.created, role, "USER"));
    let groups = directory.groups_of(&user.id).flat_map(|group| &group.roles);
    let rows: Vec<Value> = own.chain(groups.map(|role| render::role(&user.id, user.created, role, "GROUP"))).collect();
    Ok(Json(rows).into_response())
}

/// `GET /api/v1/users/{id}/factors`
pub(super) async fn factors(Shared(state): Shared<Arc<State>>, Path(key): Path<String>) -> Result<Response, Refusal> {
    let rows: Vec<Value> = state.directory().user(&key)?.factors.iter().map(render::factor).collect();
    Ok(Json(rows).into_response())
}

/// `GET /api/v1/users/{id}/factors/{factorId}`
pub(super) async fn factor(
    Shared(state): Shared<Arc<State>>,
    Path((key, factor)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let directory = state.directory();
    let found = directory.user(&key)?.factors.iter().find(|enrolled| enrolled.id == factor);
    let found = found.ok_or_else(|| Refusal::not_found(&factor, "UserFactor"))?;
    Ok(Json(render::factor(found)).into_response())
}

/// `DELETE /api/v1/users/{id}/factors/{factorId}`: unenrolling push or a signed nonce takes the whole of Okta Verify
/// along, as the vendor's description says.
pub(super) async fn unenroll(
    Shared(state): Shared<Arc<State>>,
    Path((key, factor)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let now = state.now();
    let mut directory = state.directory();
    let user = directory.user_mut(&key)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    let position = user.factors.iter().position(|enrolled| enrolled.id == factor);
    let removed = user.factors.remove(position.ok_or_else(|| Refusal::not_found(&factor, "UserFactor"))?);
    if matches!(removed.factor_type.as_str(), "push" | "signed_nonce") {
        user.factors.retain(|other| {
            other.provider != "OKTA"
                || !matches!(other.factor_type.as_str(), "push" | "signed_nonce" | "token:software:totp")
        });
    }
    let id = user.id.clone();
    directory.record("user.mfa.factor.deactivate", &id, removed.factor_type, now);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/users/{id}/sessions`
pub(super) async fn clear_sessions(
    Shared(state): Shared<Arc<State>>,
    Path(key): Path<String>,
) -> Result<StatusCode, Refusal> {
    let now = state.now();
    let mut directory = state.directory();
    let user = directory.user_mut(&key)?;
    let ended = std::mem::take(&mut user.sessions);
    let id = user.id.clone();
    directory.record("user.session.clear", &id, ended.to_string(), now);
    Ok(StatusCode::NO_CONTENT)
}
