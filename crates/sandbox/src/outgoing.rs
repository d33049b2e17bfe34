//! What the fakes send of their own accord, and what they were answered.

use serde::Serialize;
use serde_json::Value;

/// What one delivery was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// HTTP status; 0 where no answer came in time.
    pub status: u16,
    /// The answer: JSON where it was JSON, null where it was empty, else text. Where none came, why.
    pub answer: Value,
}

/// Sends a request and reads its whole answer.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Delivery {
    let unanswered = |error: reqwest::Error| Delivery { status: 0, answer: Value::String(error.to_string()) };
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return unanswered(error),
    };
    let status = response.status().as_u16();
    match response.text().await {
        Err(error) => unanswered(error),
        Ok(text) if text.is_empty() => Delivery { status, answer: Value::Null },
        Ok(text) => Delivery { status, answer: serde_json::from_str(&text).unwrap_or(Value::String(text)) },
    }
}
