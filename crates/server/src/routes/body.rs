//! Reading bodies: bounded in size and time.

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::time::Duration;

use crate::{accept::Limits, problem::Problem};

/// The most bytes of a body.
const LIMIT: usize = 1024 * 1024;

/// How long a peer may take to send a body: the accept loop's limit, put on every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyTime(pub(crate) Duration);

/// Reads a whole body.
pub(crate) async fn read_body(request: Request) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let time = parts.extensions.get::<BodyTime>().map_or_else(|| Limits::default().body, |time| time.0);
    match tokio::time::timeout(time, Limited::new(body, LIMIT).collect()).await {
        Ok(Ok(collected)) => Ok((parts, collected.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The body is too large",
            format!(
                "The body is larger than {LIMIT} bytes. Send the ticket's id alone; its text is fetched from the desk."
            ),
        )),
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "body-cut",
            "The body did not arrive whole",
            "The connection was cut before the body ended. Nothing was taken; send it again.",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-timeout",
            "The body took too long",
            "The body did not arrive in time. Nothing was taken; send it again.",
        )),
    }
}

/// A JSON body of a known shape.
pub(crate) trait FromBody: DeserializeOwned {
    /// Reads it.
    fn from_body(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content-type",
                "Wrong content type",
                format!(
                    "The content type is {:?}; send application/json.",
                    essence.chars().take(60).collect::<String>()
                ),
            ));
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::invalid("", format!("The body cannot be read at {place}: {}.", what(&error)))
        })
    }
}

impl<T: DeserializeOwned> FromBody for T {}

/// The error without the place, which is said apart, and without anything long.
fn what(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    text.chars().take(200).collect()
}
