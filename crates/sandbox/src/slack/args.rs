//! Arguments of a Web API call, whichever way they came, and refusals in Slack's words.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

/// A call's arguments by name. Forms and queries hold strings; JSON bodies hold any value.
#[derive(Debug, Default)]
pub(super) struct Args(BTreeMap<String, Value>);

/// Why a call is refused: HTTP 200 with `ok: false`, or 429 where there is a time to wait.
#[derive(Debug)]
pub(super) struct Refusal {
    error: &'static str,
    messages: Vec<String>,
    retry_after: Option<i64>,
    /// The scope that is missing, and those that were granted.
    scopes: Option<(String, String)>,
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self { error, messages: Vec::new(), retry_after: None, scopes: None }
    }
}

impl Refusal {
    /// A refusal that lists what is wrong in `response_metadata.messages`.
    pub(super) fn with(error: &'static str, messages: Vec<String>) -> Self {
        Self { messages, ..Self::from(error) }
    }

    /// Over the limit.
    pub(super) fn limited(retry_after: i64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::from("ratelimited") }
    }

    /// The token lacks a scope.
    pub(super) fn missing_scope(needed: String, provided: String) -> Self {
        Self { scopes: Some((needed, provided)), ..Self::from("missing_scope") }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"ok": false, "error": self.error});
        if !self.messages.is_empty() {
            body["response_metadata"] = json!({ "messages": self.messages });
        }
        if let Some((needed, provided)) = self.scopes {
            body["needed"] = json!(needed);
            body["provided"] = json!(provided);
        }
        let Some(seconds) = self.retry_after else { return Json(body).into_response() };
        let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

impl Args {
    /// Reads query, form or JSON body. Methods that only read take no JSON (`json` is false for them).
    pub(super) fn read(query: &str, headers: &HeaderMap, body: &[u8], json: bool) -> Result<Self, Refusal> {
        let mut args = BTreeMap::new();
        let pairs = |text: &[u8]| serde_urlencoded::from_bytes::<Vec<(String, String)>>(text);
        for (name, value) in pairs(query.as_bytes()).unwrap_or_default() {
            args.insert(name, Value::String(value));
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" if json => {
                let fields: Map<String, Value> =
                    serde_json::from_slice(body).map_err(|_| Refusal::from("invalid_json"))?;
                args.extend(fields);
            }
            "application/json" => {
                return Err(Refusal::with("invalid_arguments", vec!["[ERROR] this method takes a form".to_owned()]));
            }
            "application/x-www-form-urlencoded" => {
                let fields = pairs(body).map_err(|_| Refusal::from("invalid_form_data"))?;
                args.extend(fields.into_iter().map(|(name, value)| (name, Value::String(value))));
            }
            "" if body.is_empty() => {}
            _ => return Err("invalid_post_type".into()),
        }
        Ok(Self(args))
    }

    /// A text; empty is as good as absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A flag: `true` or `1`.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(_) | None => false,
        }
    }

    /// A whole number, however it is written.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        match self.0.get(name) {
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
            None => None,
        }
    }

    /// A structure: a JSON value, or a string that holds one. `bad` is the refusal for a string that does not.
    pub(super) fn structure(&self, name: &str, bad: &'static str) -> Result<Option<Value>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| bad.into()),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}
