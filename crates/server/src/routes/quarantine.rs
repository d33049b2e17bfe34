//! `/api/v1/quarantine`: bodies from which no ticket could be had.

use axum::{
    Json,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
};
use countersign_app::{ingest::body::named_ticket, scope::Scope};
use countersign_domain::{ids::QuarantineId, person::Actor, ports::QuarantineRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{FromBody, LIMIT, read_body, read_query, runs::checked};
use crate::{problem::Problem, state::Server, views::IngestView};

/// Which bodies are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QuarantineQuery {
    /// Bodies after this one, by its id: the `next` of the page before.
    after: Option<String>,
    /// From 1 to 200; 50 where left out.
    limit: Option<u32>,
}

/// A page of bodies that were not replayed, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarantinePage {
    /// The bodies.
    bodies: Vec<BodyView>,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<String>,
}

/// A body that was set aside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BodyView {
    /// Its id.
    id: String,
    /// The desk it came in for.
    desk: String,
    /// When it came, RFC 3339; where it came again after a replay, when it did.
    received_at: String,
    /// Why it was set aside.
    why: String,
    /// SHA-256 of the body.
    digest: String,
    /// The body as it came; what is no UTF-8 is shown as U+FFFD. Anybody may have written it.
    body: String,
}

impl BodyView {
    fn of(row: QuarantineRow) -> Self {
        Self {
            id: row.id.to_string(),
            desk: row.desk.to_string(),
            received_at: row.received_at.to_string(),
            why: row.why,
            digest: row.digest.to_string(),
            body: String::from_utf8_lossy(&row.body).into_owned(),
        }
    }
}

/// Lists the bodies that were set aside and not replayed.
#[utoipa::path(get, path = "/api/v1/quarantine", operation_id = "list_quarantine", tag = "tickets", params(QuarantineQuery),
    responses((status = 200, body = QuarantinePage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["run:manage"])))]
pub(super) async fn list(
    State(server): State<Server>,
    query: Result<Query<QuarantineQuery>, QueryRejection>,
    request: Request,
) -> Result<Json<QuarantinePage>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunManage).await?;
    let query = read_query(query)?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Problem::invalid("/limit", "must be from 1 to 200"));
    }
    let after = query.after.as_deref().map(str::parse::<QuarantineId>).transpose();
    let after = after.map_err(|error| Problem::invalid("/after", error.to_string()))?;
    let mut rows = server.queries().quarantine(&key.org, after.as_ref(), limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok(Json(QuarantinePage { bodies: rows.into_iter().map(BodyView::of).collect(), next }))
}

/// What a body is about.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplayBody {
    /// The ticket's number, where the body itself does not say.
    ticket_id: Option<String>,
}

/// Takes a body in again: for the ticket it names by now, or for the one that is said here.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/replay", tag = "tickets", params(("id" = String, Path, description = "`qua_` and 26 characters")),
    request_body = ReplayBody,
    responses((status = 200, body = IngestView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["run:manage"])))]
pub(super) async fn replay(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<IngestView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunManage).await?;
    let id: QuarantineId =
        id.parse().map_err(|error| Problem::not_found(format!("There is no such body: {error}.")))?;
    let whole = read_body(request, LIMIT, server.bodies()).await?;
    let body = if whole.bytes.is_empty() {
        ReplayBody::default()
    } else {
        ReplayBody::from_body(&whole.parts.headers, &whole.bytes)?
    };
    let ticket = body.ticket_id.as_deref().map(named_ticket).transpose();
    let ticket = ticket.map_err(|detail| Problem::invalid("/ticketId", detail))?;
    let taken = server.app().replay(&key.org, &id, ticket, &Actor::Key(key.id)).await?;
    Ok(Json(IngestView::from(taken)))
}
