//! Okta's error answers.
//!
//! Codes, statuses and summaries: <https://developer.okta.com/docs/reference/error-codes/>.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// An error that Okta answers with. It becomes a body in [`super::access::guard`], which gives it its `errorId`.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    summary: String,
    causes: Vec<String>,
    /// `WWW-Authenticate`.
    challenge: Option<String>,
    /// `DPoP-Nonce`.
    nonce: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new(), challenge: None, nonce: None }
    }

    /// 400 `E0000001`: the precondition of an endpoint does not hold. `what` is the field or the object.
    pub(super) fn validation(what: &str, causes: Vec<String>) -> Self {
        let summary = format!("Api validation failed: {what}");
        Self { causes, ..Self::new(StatusCode::BAD_REQUEST, "E0000001", summary) }
    }

    /// 400 `E0000003`: the body is not JSON of the expected shape.
    pub(super) fn malformed_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0000003", "The request body was not well-formed.")
    }

    /// 403 `E0000006`.
    pub(super) fn forbidden() -> Self {
        let summary = "You do not have permission to perform the requested action";
        Self::new(StatusCode::FORBIDDEN, "E0000006", summary)
    }

    /// 404 `E0000007`: no such user, group or factor.
    pub(super) fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::new(StatusCode::NOT_FOUND, "E0000007", summary)
    }

    /// 404 `E0000007` for a path that no endpoint has.
    pub(super) fn no_such_path() -> Self {
        Self::not_found("null", "null")
    }

    /// 401 `E0000011`.
    pub(super) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
    }

    /// 403 `E0000016`.
    pub(super) fn already_active() -> Self {
        let summary = "Activation failed because the user is already active";
        Self::new(StatusCode::FORBIDDEN, "E0000016", summary)
    }

    /// 415 `E0000021`.
    pub(super) fn media_type() -> Self {
        let summary = "Bad request. Accept and/or Content-Type headers likely do not match supported values.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "E0000021", summary)
    }

    /// 405 `E0000022`.
    pub(super) fn method_not_allowed() -> Self {
        let summary = "The endpoint does not support the provided HTTP method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary)
    }

    /// 400 `E0000028`.
    pub(super) fn missing_parameter() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0000028", "The request is missing a required parameter.")
    }

    /// 400 `E0000031`: `search` or `filter` cannot be read, or names what cannot be searched.
    pub(super) fn invalid_search() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0000031", "Invalid search criteria.")
    }

    /// 403 `E0000032`.
    pub(super) fn unlock_not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "E0000032", "Unlock is not allowed for this user.")
    }

    /// 403 `E0000038`: the user's status does not permit this.
    pub(super) fn wrong_status() -> Self {
        let summary = "This operation is not allowed in the user's current status.";
        Self::new(StatusCode::FORBIDDEN, "E0000038", summary)
    }

    /// 429 `E0000047`.
    pub(super) fn too_many_requests() -> Self {
        let summary = "API call exceeded rate limit due to too many requests.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "E0000047", summary)
    }

    /// 400 `E0000093`: more groups than one request may name.
    pub(super) fn too_many_targets() -> Self {
        let causes = vec!["The number of group targets is too large".to_owned()];
        Self { causes, ..Self::new(StatusCode::BAD_REQUEST, "E0000093", "Target count limit exceeded") }
    }

    /// With OAuth's word for it: <https://support.okta.com/help/s/article/insufficient-scope-error-when-making-a-request-to-an-oauth-or-management-endpoint>.
    pub(super) fn challenged(self, scheme: &str, error: &str) -> Self {
        let challenge = format!("{scheme} realm=\"http://sandbox\", error=\"{error}\"");
        Self { challenge: Some(challenge), ..self }
    }

    /// With a nonce that the next proof is to repeat.
    pub(super) fn with_nonce(self, nonce: String) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// The answer itself.
    pub(super) fn render(&self, request: u64) -> Response {
        let causes: Vec<_> = self.causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
        let body = json!({
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": format!("oae{request:0>22}"),
            "errorCauses": causes,
        });
        let mut response = (self.status, Json(body)).into_response();
        for (name, value) in [("www-authenticate", &self.challenge), ("dpop-nonce", &self.nonce)] {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
