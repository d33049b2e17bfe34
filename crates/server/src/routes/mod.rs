//! The routes, and what every one of them has in common.

mod audit;
mod body;
mod health;
mod ingest;
mod runbooks;
mod runs;
mod webhooks;

use axum::{
    Router,
    body::to_bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};
use tracing::Instrument;
use utoipa::OpenApi;

use crate::{
    docs::{self, Problems, Security},
    problem::Problem,
    state::Server,
};

pub(crate) use body::{BodyBudget, BodyTime};

use body::{FromBody, LIMIT, WEBHOOK_LIMIT, read_body};

/// The API's description.
#[derive(OpenApi)]
#[openapi(
    info(title = "Countersign", description = "The approval-gated system of action behind an IT service desk."),
    paths(
        ingest::ingest, runs::list, runs::show, runs::decide, runs::replan, runs::cancel, runbooks::list,
        runbooks::start, audit::entries, webhooks::receive, health::healthz, health::readyz, health::metrics
    ),
    modifiers(&Security, &Problems)
)]
struct Description;

/// The API's description as JSON.
pub fn openapi() -> serde_json::Value {
    serde_json::to_value(Description::openapi()).unwrap_or_default()
}

/// Every route.
pub fn router(server: Server) -> Router {
    Router::new()
        .route("/api/v1/tickets/ingest", post(ingest::ingest))
        .route("/api/v1/runs", get(runs::list))
        .route("/api/v1/runs/{id}", get(runs::show))
        .route("/api/v1/runs/{id}/decision", post(runs::decide))
        .route("/api/v1/runs/{id}/replan", post(runs::replan))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/api/v1/runbooks", get(runbooks::list))
        .route("/api/v1/runbooks/{id}/runs", post(runbooks::start))
        .route("/api/v1/audit/entries", get(audit::entries))
        .route("/webhooks/{org}/{connection}", post(webhooks::receive))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(docs::openapi_json))
        .route("/docs", get(docs::page))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(server.clone(), every_request))
        .with_state(server)
}

async fn unknown_route(request: Request) -> Problem {
    Problem::not_found(format!("There is no route {}. The routes are listed at /docs.", cut(request.uri().path())))
}

async fn wrong_method(request: Request) -> Problem {
    let detail = format!("{} is not answered here. The routes are listed at /docs.", request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Wrong method", detail)
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Gives every request an id and every answer its headers.
async fn every_request(State(server): State<Server>, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
        .map_or_else(|| server.request_id(), ToOwned::to_owned);
    let span = tracing::debug_span!("request", id, method = %request.method());
    let mut response = as_problem(next.run(request).instrument(span).await).await;
    metrics::counter!("countersign_http_responses_total", "status" => response.status().as_str().to_owned())
        .increment(1);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response.into_response()
}

/// The parameters of a query, once the request's key was checked.
fn read_query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| Problem::invalid("", cut(&error.body_text())))
}

/// The most bytes of a plain-text refusal that are read.
const REFUSAL_LIMIT: usize = 4 * 1024;

/// Errors that come from reading a path are plain text; a caller gets every error in one form.
async fn as_problem(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !response.status().is_client_error() || !kind.starts_with("text/plain") {
        return response;
    }
    let status = response.status();
    let bytes = to_bytes(response.into_body(), REFUSAL_LIMIT).await.unwrap_or_default();
    let detail = cut(&String::from_utf8_lossy(&bytes));
    Problem::new(status, "invalid", "The request is not acceptable", detail).into_response()
}
