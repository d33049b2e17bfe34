//! Before any route of the desk: the key, what its agent may do, then the limits, then the rate headers on the answer.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::State;
use crate::window::{Admission, Window};

/// The limits of the account's plan.
pub(super) struct Limits {
    pub(super) account: Window,
    pub(super) view_ticket: Window,
    pub(super) total: u32,
}

/// Refuses requests without the key (401), beyond what its agent may do (403) or over a limit (429).
pub(super) async fn gate(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    if !state.knows(request.headers()) {
        let body =
            json!({"code": "invalid_credentials", "message": "You have to be logged in to perform this action."});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if let Some(refusal) = state.key_owner().refuse(request.method(), route) {
        return refusal;
    }
    let Some(limits) = &state.limits else { return next.run(request).await };
    let cost = credits(&request);
    let viewing = request.method() == Method::GET && route_ends_with(&request, "/tickets/{id}");
    let (admission, total) = {
        let mut limits = limits.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (state.now)();
        let account = limits.account.take(now, cost);
        let admission = match account {
            Admission::Admitted { remaining } if viewing => match limits.view_ticket.take(now, 1) {
                Admission::Admitted { .. } => Admission::Admitted { remaining },
                refused @ Admission::Refused { .. } => refused,
            },
            other @ (Admission::Admitted { .. } | Admission::Refused { .. }) => other,
        };
        (admission, limits.total)
    };
    match admission {
        Admission::Admitted { remaining } => {
            let mut response = next.run(request).await;
            rate_headers(response.headers_mut(), total, remaining, cost);
            response
        }
        Admission::Refused { retry_after } => {
            let body = json!({"message": "You have exceeded the limit of requests per minute"});
            let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            rate_headers(response.headers_mut(), total, 0, cost);
            response
        }
    }
}

fn rate_headers(headers: &mut HeaderMap, total: u32, remaining: u32, used: u32) {
    headers.insert("x-ratelimit-total", HeaderValue::from(total));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(remaining));
    headers.insert("x-ratelimit-used-currentrequest", HeaderValue::from(used));
}

/// A list with embedded resources costs three credits, everything else one.
fn credits(request: &Request) -> u32 {
    let embeds = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("include=")));
    if embeds && route_ends_with(request, "/tickets") { 3 } else { 1 }
}

fn route_ends_with(request: &Request, end: &str) -> bool {
    request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str().ends_with(end))
}

impl State {
    /// Whether the request carries the key as the user name of Basic authentication; the password does not matter.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let user = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok())
            .and_then(|pair| String::from_utf8(pair).ok())
            .and_then(|pair| pair.split_once(':').map(|(user, _)| user.to_owned()));
        user.is_some_and(|user| user.as_bytes().ct_eq(self.api_key.as_bytes()).into())
    }
}
