//! An answer, read whole.

use axum::{body::to_bytes, response::Response};
use http::HeaderMap;
use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the answer arrives whole");
        let text = String::from_utf8(bytes.to_vec()).expect("the answer is text");
        Self { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of a good answer.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    /// The body of an error: always a problem, of this status and kind.
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert!(!self.header("x-request-id").is_empty());
        let problem: Value = serde_json::from_str(&self.text).expect("the problem is JSON");
        assert_eq!(problem["type"], format!("urn:countersign:problem:{kind}"), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|words| !words.is_empty()), "{member}: {problem}");
        }
        problem
    }

    /// The pointers of a validation problem.
    pub(crate) fn pointers(&self, kind: &str) -> Vec<String> {
        let problem = self.problem(422, kind);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().all(|part| part["detail"].as_str().is_some_and(|words| !words.is_empty())), "{problem}");
        errors.iter().filter_map(|part| part["pointer"].as_str().map(ToOwned::to_owned)).collect()
    }
}
