//! The middleware in front of every vendor: counts each request, lets a waiting fault strike, dates the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::{Action, Clocks, Faults, Tally};
use crate::options::Now;
use crate::stamp::SECOND;
use crate::vendor::Vendor;

/// Marks a response that must not be sent: the server closes the connection instead.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a scripted fault closes this connection without an answer")]
pub(crate) struct CutConnection;

/// What the middleware of one vendor needs.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) vendor: Vendor,
    pub(crate) faults: Arc<Faults>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) clocks: Arc<Clocks>,
    pub(crate) now: Now,
}

/// Counts the request and applies the fault that waits for it, if any; where the vendor's clock is set, the answer shows
/// it.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = answer(&guard, request, next).await;
    if let Some(date) = guard.clocks.date(guard.vendor, (guard.now)()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn answer(guard: &Guard, request: Request, next: Next) -> Response {
    let prefix = guard.vendor.prefix();
    let method = request.method().clone();
    let path = request.uri().path();
    let local = path.strip_prefix(prefix).unwrap_or(path);
    let action = guard.faults.take(guard.vendor, &method, local);
    let route = match request.extensions().get::<MatchedPath>() {
        Some(matched) => matched.as_str().strip_prefix(prefix).unwrap_or(matched.as_str()).to_owned(),
        None => format!("(no such route) {local}"),
    };
    let key = (guard.vendor, &method, route.as_str());
    let Some(action) = action else {
        let response = next.run(request).await;
        guard.tally.record(key, false, response.status().is_success());
        return response;
    };
    // Counted before it strikes: a hanging request is seen as well.
    guard.tally.record(key, true, false);
    strike(guard, action, request, next).await
}

async fn strike(guard: &Guard, action: Action, request: Request, next: Next) -> Response {
    match action {
        Action::Status(code) => plain(code, "scripted fault\n"),
        Action::AppliedStatus(code) => {
            drop(next.run(request).await);
            plain(code, "scripted fault\n")
        }
        Action::TooMany { retry_after } => too_many(guard, retry_after),
        Action::Cut => {
            drop(next.run(request).await);
            cut()
        }
        Action::CutBefore => cut(),
        Action::Hang => std::future::pending().await,
        Action::HangApplied => {
            drop(next.run(request).await);
            std::future::pending().await
        }
        Action::Body(text) => {
            let (mut parts, _) = next.run(request).await.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(text))
        }
    }
}

fn plain(code: u16, text: &'static str) -> Response {
    (StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), text).into_response()
}

fn cut() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(CutConnection);
    response
}

/// Over the limit, in each vendor's words. Okta names the moment of the reset, the others the seconds to wait.
fn too_many(guard: &Guard, retry_after: u32) -> Response {
    let body = match guard.vendor {
        Vendor::Freshservice => r#"{"message":"You have exceeded the limit of requests per minute"}"#,
        Vendor::Slack => r#"{"ok":false,"error":"ratelimited"}"#,
        Vendor::Okta => {
            r#"{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorLink":"E0000047","errorId":"oaesandbox","errorCauses":[]}"#
        }
        Vendor::Graph => r#"{"error":{"code":"TooManyRequests","message":"Too many requests"}}"#,
        Vendor::Llm => r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
    };
    let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match guard.vendor {
        Vendor::Okta => {
            let reset = (guard.now)().div_euclid(SECOND) + i64::from(retry_after);
            headers.insert("x-rate-limit-limit", HeaderValue::from_static("600"));
            headers.insert("x-rate-limit-remaining", HeaderValue::from_static("0"));
            headers.insert("x-rate-limit-reset", HeaderValue::from(reset));
        }
        Vendor::Freshservice | Vendor::Slack | Vendor::Graph | Vendor::Llm => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        }
    }
    response
}
