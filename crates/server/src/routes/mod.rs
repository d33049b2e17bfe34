//! The routes, and what every one of them has in common.

mod audit;
mod body;
mod health;
mod ingest;
mod quarantine;
mod runbooks;
mod runs;
mod switch;
mod webhooks;

use axum::{
    Router,
    body::to_bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use countersign_domain::shown::shown;
use http::{HeaderValue, StatusCode, header};
use tracing::Instrument;
use utoipa::OpenApi;

use crate::{
    access::Access,
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
        ingest::ingest, runs::list, runs::show, runs::story, runs::decide, runs::replan, runs::cancel, runbooks::list,
        runbooks::start, quarantine::list, quarantine::replay, switch::pause, switch::resume, audit::entries, webhooks::receive, health::healthz, health::readyz, health::metrics
    ),
    modifiers(&Security, &Problems)
)]
struct Description;

/// The API's description as JSON.
pub fn openapi() -> serde_json::Value {
    serde_json::to_value(Description::openapi()).unwrap_or_default()
}

/// Every route: what a listener serves that is the only one, or the administrators' own.
pub fn router(server: Server) -> Router {
    finished(public_routes().merge(admin_routes()).fallback(unknown_route), server)
}

/// The public routes alone: what the public listener serves where the administrators have one of their own.
pub fn public_router(server: Server) -> Router {
    finished(public_routes().fallback(not_public), server)
}

/// What vendors and the desk's automation call, and what tells a load balancer that the process answers.
fn public_routes() -> Router<Server> {
    Router::new()
        .route("/api/v1/tickets/ingest", post(ingest::ingest))
        .route("/webhooks/{org}/{connection}", post(webhooks::receive))
        .route("/healthz", get(health::healthz))
}

/// Everything else: what people and the monitoring call.
fn admin_routes() -> Router<Server> {
    Router::new()
        .route("/api/v1/runs", get(runs::list))
        .route("/api/v1/runs/{id}", get(runs::show))
        .route("/api/v1/runs/{id}/story", get(runs::story))
        .route("/api/v1/runs/{id}/decision", post(runs::decide))
        .route("/api/v1/runs/{id}/replan", post(runs::replan))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/api/v1/runbooks", get(runbooks::list))
        .route("/api/v1/runbooks/{id}/runs", post(runbooks::start))
        .route("/api/v1/quarantine", get(quarantine::list))
        .route("/api/v1/quarantine/{id}/replay", post(quarantine::replay))
        .route("/api/v1/pause", post(switch::pause))
        .route("/api/v1/resume", post(switch::resume))
        .route("/api/v1/audit/entries", get(audit::entries))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(docs::openapi_json))
        .route("/docs", get(docs::page))
}

fn finished(routes: Router<Server>, server: Server) -> Router {
    let routes = routes.method_not_allowed_fallback(wrong_method);
    routes.layer(middleware::from_fn_with_state(server.clone(), every_request)).with_state(server)
}

async fn unknown_route(request: Request) -> Problem {
    Problem::not_found(format!("There is no route {}. The routes are listed at /docs.", cut(request.uri().path())))
}

async fn wrong_method(request: Request) -> Problem {
    let method = cut(request.method().as_str());
    let detail = format!("{method} is not answered here; the header `allow` of this answer says what is.");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Wrong method", detail)
}

/// The same for a route that is served elsewhere and for one that there is not.
async fn not_public(request: Request) -> Problem {
    Problem::not_found(format!(
        "There is no route {} here. This address takes tickets and webhooks; everything else is served at the \
         administrators' own, `server.admin_listen`.",
        cut(request.uri().path())
    ))
}

/// What of a caller's own text is repeated: answers end in other people's logs.
fn cut(text: &str) -> String {
    shown(text, 200)
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
    let access = Access::begin(&request, &id);
    let mut response = as_problem(next.run(request).instrument(access.span()).await).await;
    access.answered(response.status());
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
