//! Errors as RFC 9457 problems. What a caller may read is written here; what the log says is written where it happens.

use axum::response::{IntoResponse, Response};
use countersign_app::AppError;
use countersign_domain::{command::RefusalReason, ports::StoreError};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem, `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A stable URI for the kind of problem.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind in words.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What happened, to what, and what to do.
    pub(crate) detail: String,
    /// The parts of the request that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Part>,
    /// Seconds after which to come back.
    #[serde(skip)]
    pub(crate) retry_after: Option<u32>,
}

/// One wrong part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Part {
    /// A JSON pointer.
    pub(crate) pointer: String,
    /// What is wrong with it.
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:countersign:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    pub(crate) fn part(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(Part { pointer: pointer.into(), detail: detail.into() });
        self
    }

    pub(crate) fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not acceptable", detail.clone())
            .part(pointer, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "The key or proof is missing or wrong", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The key may not do this", detail)
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not possible right now", detail);
        problem.retry_after = Some(1);
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::unavailable("More is waiting than is good. Send it again in a moment."),
            StoreError::Conflict(_) => Self::unavailable("The run changed meanwhile. Fetch it again and retry."),
            StoreError::Unavailable(why) => {
                tracing::error!(%why, "the store cannot be used");
                Self::unavailable("The store cannot be used right now. Nothing was taken; send it again later.")
            }
            StoreError::Corrupt(why) => {
                tracing::error!(%why, "stored data cannot be read");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Something is wrong here",
                    "Stored data cannot be read. The log says more; tell whoever runs this service.",
                )
            }
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::UnknownOrg(_) | AppError::UnknownRun(_) | AppError::UnknownBody(_) => {
                Self::not_found(sentence(&error.to_string()))
            }
            AppError::Store(error) => error.into(),
            AppError::Invalid { pointer, detail } => Self::invalid(&pointer, detail),
            AppError::Refused(refusal) => {
                let (status, kind) = match refusal.reason {
                    RefusalReason::NotEntitled(_) | RefusalReason::NoPolicy => (StatusCode::FORBIDDEN, "not-entitled"),
                    RefusalReason::AlreadyDecided { .. } => (StatusCode::CONFLICT, "already-decided"),
                    RefusalReason::OtherPlanVersion { .. } | RefusalReason::OtherDigest => {
                        (StatusCode::CONFLICT, "other-plan")
                    }
                    RefusalReason::NotLive(_) => (StatusCode::CONFLICT, "not-live"),
                    RefusalReason::Blocked(_) => (StatusCode::CONFLICT, "plan-blocked"),
                    RefusalReason::TimeIsUp(_) | RefusalReason::TimeIsNotUp(_) => (StatusCode::CONFLICT, "expired"),
                    RefusalReason::WrongState(_) | RefusalReason::OtherStep { .. } | RefusalReason::AlreadyThere => {
                        (StatusCode::CONFLICT, "wrong-state")
                    }
                };
                Self::new(status, kind, "The run does not allow this", sentence(&refusal.to_string()))
            }
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
