//! `GET /api/v1/logs`: the changes made through this fake, with `since`, `until` and `filter=eventType eq "..."`.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::Response;
use http::HeaderMap;

use super::State;
use super::directory::LogEntry;
use super::filter::{Case, Expression, Operator};
use super::paging::{self, Page, Params};
use super::refusal::Refusal;
use super::render;

fn property(entry: &LogEntry, path: &str) -> Option<String> {
    match path {
        "eventType" => Some(entry.event_type.to_owned()),
        "target.id" => Some(entry.target_id.clone()),
        "target.alternateId" => Some(entry.target.clone()),
        _ => None,
    }
}

fn moment(params: &Params, name: &str) -> Result<Option<i64>, Refusal> {
    let invalid = |_| Refusal::validation(name, vec![format!("{name}: The value must be an RFC 3339 date and time")]);
    params
        .get(name)
        .map(|at| at.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_microsecond).map_err(invalid))
        .transpose()
}

/// Lists log entries, oldest first.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let allowed = |path: &str, operator| {
        operator == Operator::Equal && ["eventType", "target.id", "target.alternateId"].contains(&path)
    };
    let parse = |text: &String| {
        Expression::parse(text).filter(|filter| filter.only(&allowed)).ok_or_else(Refusal::invalid_search)
    };
    let filter = params.get("filter").map(parse).transpose()?;
    let (since, until) = (moment(&params, "since")?, moment(&params, "until")?);
    let limit = paging::limit(&params, 100, 1000)?;
    let after = params.get("after").and_then(|after| after.parse::<u64>().ok()).unwrap_or(0);
    let directory = state.directory();
    let rows = directory
        .log
        .iter()
        .filter(|entry| {
            entry.number > after
                && since.is_none_or(|since| entry.at >= since)
                && until.is_none_or(|until| entry.at < until)
                && filter.as_ref().is_none_or(|filter| filter.matches(Case::Exact, &|path| property(entry, path)))
        })
        .map(|entry| (entry.number.to_string(), render::log_entry(entry)));
    Ok(Page::take(rows, limit).answer("/api/v1/logs", &params, &headers))
}
