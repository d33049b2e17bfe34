//! `/api/v1/runs`.

use axum::{
    Json,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
};
use countersign_app::{decisions::Ruling, scope::Scope};
use countersign_domain::{
    decide::WORDS_LIMIT,
    digest::Digest,
    ids::{ConnectionName, IntentName, RunId},
    person::{Actor, MailAddress, PersonRef},
    ports::{Cursor, KeyRow, RunFilter},
    run::{DenyReason, NoActionReason, Run, StateName},
    time::At,
};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

use super::{FromBody, LIMIT, read_body, read_query};
use crate::{
    access::let_in_by,
    problem::Problem,
    state::Server,
    views::{RunView, StoryView},
};

/// Which runs are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// In this state, for example `awaiting_approval`.
    status: Option<String>,
    /// With this intent.
    intent: Option<String>,
    /// Left alone for this reason, for example `below_floor`, or `shadow` for what live mode would have asked.
    reason: Option<String>,
    /// Of this desk.
    desk: Option<String>,
    /// Taken in at or after, RFC 3339.
    from: Option<String>,
    /// Taken in before, RFC 3339.
    until: Option<String>,
    /// From 1 to 200; 50 where left out.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// A page of runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunsPage {
    /// The runs, newest first.
    runs: Vec<RunView>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<RunFilter, Problem> {
        let known = || StateName::ALL.map(StateName::as_str).join(", ");
        let state = match &self.status {
            Some(name) => Some(
                StateName::from_name(name)
                    .ok_or_else(|| Problem::invalid("/status", format!("no such status; there are: {}", known())))?,
            ),
            None => None,
        };
        let time = |pointer: &str, text: &Option<String>| match text {
            Some(text) => At::parse(text)
                .map(Some)
                .ok_or_else(|| Problem::invalid(pointer, "not an RFC 3339 time such as 2026-06-09T17:42:11Z")),
            None => Ok(None),
        };
        Ok(RunFilter {
            state,
            reason: reason(self.reason.as_deref())?,
            intent: named(self.intent.as_deref(), "/intent", IntentName::new)?,
            desk: named(self.desk.as_deref(), "/desk", ConnectionName::new)?,
            from: time("/from", &self.from)?,
            until: time("/until", &self.until)?,
        })
    }
}

fn reason(name: Option<&str>) -> Result<Option<&'static str>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let known = NoActionReason::ALL.map(|reason| reason.as_str());
    let found = known.into_iter().find(|known| *known == name);
    found
        .map(Some)
        .ok_or_else(|| Problem::invalid("/reason", format!("no such reason; there are: {}", known.join(", "))))
}

fn named<T, E: std::fmt::Display>(
    text: Option<&str>,
    pointer: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    text.map(|text| read(text).map_err(|error| Problem::invalid(pointer, error.to_string()))).transpose()
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/api/v1/runs", operation_id = "list_runs", tag = "runs", params(ListQuery),
    responses((status = 200, body = RunsPage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["run:read"])))]
pub(super) async fn list(
    State(server): State<Server>,
    query: Result<Query<ListQuery>, QueryRejection>,
    request: Request,
) -> Result<Json<RunsPage>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunRead).await?;
    let query = read_query(query)?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Problem::invalid("/limit", "must be from 1 to 200"));
    }
    let cursor = query.cursor.clone().map(Cursor);
    if cursor.as_ref().is_some_and(|cursor| cursor.position().is_none()) {
        return Err(Problem::invalid("/cursor", "not one that was handed out; begin again without a cursor"));
    }
    let page = server.queries().runs(&key.org, &query.filter()?, cursor.as_ref(), limit).await?;
    let runs = page.runs.iter().map(RunView::of).collect();
    Ok(Json(RunsPage { runs, next: page.next.map(|cursor| cursor.0) }))
}

/// Shows a run with its effects and ledger entries.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path, description = "`run_` and 26 characters")),
    responses((status = 200, body = RunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("key" = ["run:read"])))]
pub(super) async fn show(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunRead).await?;
    let run = find(&server, &key.org, &id).await?;
    let effects = server.queries().effects(&key.org, &run.id).await?;
    let entries = server.queries().entries_of(&key.org, &run.id).await?;
    Ok(Json(RunView::of(&run).with_detail(effects, entries)))
}

/// Tells a run's whole story: what happened, why, how long it took, what each effect came to, and what now.
#[utoipa::path(get, path = "/api/v1/runs/{id}/story", tag = "runs", params(("id" = String, Path, description = "`run_` and 26 characters")),
    responses((status = 200, body = StoryView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("key" = ["run:read"])))]
pub(super) async fn story(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<StoryView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunRead).await?;
    let story = server.app().story(&key.org, &run_id(&id)?).await?;
    Ok(Json(StoryView::from(story)))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DecisionBody {
    /// `approve` or `deny`.
    decision: Verdict,
    /// The digest of the plan that was seen.
    plan_digest: String,
    /// For a denial: `wrong_type`, `wrong_person`, `not_authorised`, `already_done`, `other`, or words of one's own.
    reason: Option<String>,
}

/// What is decided.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Approve.
    Approve,
    /// Deny.
    Deny,
}

impl DecisionBody {
    fn ruling(self) -> Result<Ruling, Problem> {
        let digest: Digest =
            self.plan_digest.parse().map_err(|error| Problem::invalid("/planDigest", format!("{error}")))?;
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > WORDS_LIMIT) {
            return Err(Problem::invalid("/reason", format!("at most {WORDS_LIMIT} characters")));
        }
        let denied = match self.decision {
            Verdict::Approve if self.reason.is_some() => {
                return Err(Problem::invalid("/reason", "a reason goes with a denial; leave it out to approve"));
            }
            Verdict::Approve => None,
            Verdict::Deny => Some(match self.reason {
                None => (DenyReason::Other, None),
                Some(reason) => match DenyReason::from_name(&reason) {
                    Some(known) => (known, None),
                    None => (DenyReason::Other, Some(reason)),
                },
            }),
        };
        Ok(Ruling { plan_version: None, plan_digest: Some(digest), denied })
    }
}

/// Approves or denies exactly one plan, as the person the key is bound to.
#[utoipa::path(post, path = "/api/v1/runs/{id}/decision", tag = "runs", params(("id" = String, Path, description = "`run_` and 26 characters")),
    request_body = DecisionBody,
    responses((status = 200, body = RunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["run:decide"])))]
pub(super) async fn decide(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunDecide).await?;
    let Some(person) = key.person.clone() else {
        return Err(Problem::forbidden("This key is bound to no person, so it cannot decide. Make one with --person."));
    };
    if key.scopes.iter().any(|scope| scope == Scope::RunbookExecute.as_str()) {
        return Err(Problem::forbidden("A key that may start runs cannot decide them."));
    }
    let whole = read_body(request, LIMIT, server.bodies()).await?;
    let body = DecisionBody::from_body(&whole.parts.headers, &whole.bytes)?;
    let run = find(&server, &key.org, &id).await?;
    let decided = server.app().decide_as(run, &person, body.ruling()?).await?;
    Ok(Json(RunView::of(&decided)))
}

/// What a new plan is to be of.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplanBody {
    /// What the ticket asks for, where that is not what was understood. The key must then be bound to a person, who
    /// cannot approve what comes of it.
    intent: Option<String>,
}

impl ReplanBody {
    fn correction(self, key: &KeyRow) -> Result<Option<(IntentName, MailAddress)>, Problem> {
        let Some(intent) = named(self.intent.as_deref(), "/intent", IntentName::new)? else { return Ok(None) };
        match &key.person {
            Some(PersonRef::Mail(mail)) => Ok(Some((intent, mail.clone()))),
            Some(PersonRef::Slack(_)) | None => Err(Problem::forbidden(
                "This key is bound to no person. Whoever corrects an intent cannot approve what comes of it, so make a \
                 key with --person.",
            )),
        }
    }
}

/// Plans a run again, of what was understood or of what you say it asks for: its present plan can no longer be decided.
#[utoipa::path(post, path = "/api/v1/runs/{id}/replan", tag = "runs", params(("id" = String, Path, description = "`run_` and 26 characters")),
    request_body = ReplanBody,
    responses((status = 200, body = RunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["run:manage"])))]
pub(super) async fn replan(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunManage).await?;
    let whole = read_body(request, LIMIT, server.bodies()).await?;
    let body = if whole.bytes.is_empty() {
        ReplanBody::default()
    } else {
        ReplanBody::from_body(&whole.parts.headers, &whole.bytes)?
    };
    let correction = body.correction(&key)?;
    let run = find(&server, &key.org, &id).await?;
    let run = server.app().replan(run, correction, Actor::Key(key.id)).await?;
    Ok(Json(RunView::of(&run)))
}

/// Gives a run up.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", tag = "runs", params(("id" = String, Path, description = "`run_` and 26 characters")),
    responses((status = 200, body = RunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("key" = ["run:manage"])))]
pub(super) async fn cancel(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunManage).await?;
    let run = find(&server, &key.org, &id).await?;
    let run = server.app().cancel(run, Actor::Key(key.id)).await?;
    Ok(Json(RunView::of(&run)))
}

/// The request's key, checked against the keys as they are in the store at this moment.
pub(super) async fn checked(server: &Server, headers: &HeaderMap, scope: Scope) -> Result<Arc<KeyRow>, Problem> {
    server.keys().refresh().await?;
    let key = server.keys().check(headers, scope, server.app().parts().clock.now())?;
    let_in_by(key.id);
    Ok(key)
}

async fn find(server: &Server, org: &countersign_domain::ids::OrgId, id: &str) -> Result<Run, Problem> {
    Ok(server.app().run(org, &run_id(id)?).await?)
}

fn run_id(id: &str) -> Result<RunId, Problem> {
    id.parse().map_err(|error| Problem::not_found(format!("There is no such run: {error}.")))
}
