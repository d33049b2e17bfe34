//! Graph's error answers.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// An error that Graph answers with. It becomes a body in [`super::access::guard`], which knows the request's id.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 401 `InvalidAuthenticationToken`.
    pub(super) fn unauthenticated(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// 403 `Authorization_RequestDenied`: the application lacks a permission, or the object is out of its reach.
    pub(super) fn insufficient_privileges() -> Self {
        let message = "Insufficient privileges to complete the operation.";
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    /// 403 of Identity Protection in a tenant without Entra ID P2.
    pub(super) fn needs_p2() -> Self {
        let message = "Your tenant is not licensed for this feature. Please upgrade your subscription to access it.";
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// 403 of the sign-in log in a tenant without Entra ID P1.
    pub(super) fn needs_premium() -> Self {
        let message = "Neither tenant is B2C or tenant doesn't have premium license";
        Self::new(StatusCode::FORBIDDEN, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
    }

    /// 404 `Request_ResourceNotFound`.
    pub(super) fn not_found(id: &str) -> Self {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 400 `BadRequest`: the request cannot be read.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400 `Request_BadRequest`: the request can be read, but the directory will not have it.
    pub(super) fn directory(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// 400 `Request_UnsupportedQuery`.
    pub(super) fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    /// 400 for a path that does not exist.
    pub(super) fn no_such_segment() -> Self {
        Self::bad_request("Resource not found for the segment.")
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        let message = "Specified HTTP method is not allowed for the request target.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
    }

    /// 429.
    pub(super) fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.")
    }

    /// The answer itself. `now` is Unix time in microseconds.
    pub(super) fn render(&self, request_id: &str, now: i64) -> Response {
        let date = jiff::Timestamp::from_microsecond(now)
            .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string())
            .unwrap_or_default();
        let inner = json!({"date": date, "request-id": request_id, "client-request-id": request_id});
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": inner}});
        (self.status, Json(body)).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
