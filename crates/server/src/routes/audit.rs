//! `/api/v1/audit/entries`.

use axum::{
    Json,
    extract::{Query, Request, State, rejection::QueryRejection},
};
use countersign_app::scope::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{read_query, runs::checked};
use crate::{problem::Problem, state::Server, views::EntryView};

/// Which entries are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EntriesQuery {
    /// Entries after this number; 0 or left out: from the start.
    after: Option<u64>,
    /// From 1 to 500; 100 where left out.
    limit: Option<u32>,
}

/// A page of the ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntriesPage {
    /// The entries, in order.
    entries: Vec<EntryView>,
    /// The chain's head when it was read.
    head: Head,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<u64>,
}

/// A chain's head.
#[derive(Serialize, ToSchema)]
pub(crate) struct Head {
    /// The number of the last entry.
    seq: u64,
    /// Its hash.
    hash: String,
}

/// Reads the organisation's ledger.
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "ledger", params(EntriesQuery),
    responses((status = 200, body = EntriesPage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["audit:read"])))]
pub(super) async fn entries(
    State(server): State<Server>,
    query: Result<Query<EntriesQuery>, QueryRejection>,
    request: Request,
) -> Result<Json<EntriesPage>, Problem> {
    let key = checked(&server, request.headers(), Scope::AuditRead).await?;
    let query = read_query(query)?;
    let limit = query.limit.unwrap_or(100);
    if !(1..=500).contains(&limit) {
        return Err(Problem::invalid("/limit", "must be from 1 to 500"));
    }
    let page = server.queries().entries(&key.org, query.after.unwrap_or(0), limit).await?;
    let last = page.entries.last().map(|entry| entry.seq);
    Ok(Json(EntriesPage {
        entries: page.entries.into_iter().map(EntryView::from).collect(),
        head: Head { seq: page.head.0, hash: page.head.1.to_string() },
        next: last.filter(|seq| *seq < page.head.0),
    }))
}
