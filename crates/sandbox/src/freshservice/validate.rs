//! Refusals in the desk's words, and the checks that lead to them.

use std::collections::HashMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

/// A refusal: its status and what stands in its body.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// Reasons to refuse a body or a query, collected field by field.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Value>);

/// What a field must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Flag,
    Number,
    List,
    Object,
}

impl Problems {
    pub(super) fn add(&mut self, field: &str, message: &str, code: &str) {
        self.0.push(json!({"field": field, "message": message, "code": code}));
    }

    /// The refusal, where there is a reason for one.
    pub(super) fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let body = json!({"description": "Validation failed", "errors": self.0});
        Err(Refusal { status: StatusCode::BAD_REQUEST, body })
    }

    /// Holds every field of `body` against the known ones; a null is as good as an absent field.
    pub(super) fn check(&mut self, body: &Map<String, Value>, known: &[(&str, Shape)]) {
        for (name, value) in body {
            let Some((_, shape)) = known.iter().find(|(known, _)| known == name) else {
                self.add(name, "Unexpected/invalid field in request", "invalid_field");
                continue;
            };
            let (fits, wanted) = match shape {
                Shape::Text => (value.is_string(), "String"),
                Shape::Flag => (value.is_boolean(), "Boolean"),
                Shape::Number => (value.is_u64(), "Positive Integer"),
                Shape::List => (value.is_array(), "Array"),
                Shape::Object => (value.is_object(), "Key/Value pair"),
            };
            if !fits && !value.is_null() {
                self.add(name, &format!("It should be a/an {wanted}"), "datatype_mismatch");
            }
        }
    }

    /// Refuses an absent or empty text.
    pub(super) fn require_text(&mut self, body: &Map<String, Value>, name: &str) {
        match body.get(name) {
            None | Some(Value::Null) => self.add(name, "It should be a/an String", "missing_field"),
            Some(Value::String(text)) if text.trim().is_empty() => self.add(name, "can't be blank", "invalid_value"),
            Some(_) => {}
        }
    }
}

/// The JSON object in a request's body, or the vendor's refusal.
pub(super) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        let message = "Content-Type header is set to an unsupported type. Use application/json";
        let body = json!({"code": "invalid_content_type", "message": message});
        return Err(Refusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, body });
    }
    serde_json::from_slice(body).map_err(|_| {
        let body = json!({"code": "invalid_json", "message": "Request body has invalid json format"});
        Refusal { status: StatusCode::BAD_REQUEST, body }
    })
}

/// A page of a list: 30 entries unless told, at most 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn of(query: &HashMap<String, String>) -> Result<Self, Refusal> {
        let mut problems = Problems::default();
        let mut read = |name: &str, default: usize, most: usize| match query.get(name) {
            None => default,
            Some(text) => match text.parse::<usize>() {
                Ok(number) if (1..=most).contains(&number) => number,
                Ok(_) | Err(_) => {
                    let message = format!("It should be a Positive Integer less than or equal to {most}");
                    problems.add(name, &message, "invalid_value");
                    default
                }
            },
        };
        let page = Self { number: read("page", 1, 1_000_000), size: read("per_page", 30, 100) };
        problems.refuse()?;
        Ok(page)
    }

    /// Answers with this page of `all` under `name`; a further page stands in the `Link` header.
    pub(super) fn answer(self, name: &str, all: impl Iterator<Item = Value>, url: &str, query: &str) -> Response {
        let mut window: Vec<Value> = all.skip((self.number - 1) * self.size).take(self.size + 1).collect();
        let more = window.len() > self.size;
        window.truncate(self.size);
        let mut response = Json(json!({ name: window })).into_response();
        if more {
            let mut pairs: Vec<String> = query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("page=") && !pair.starts_with("per_page="))
                .map(str::to_owned)
                .collect();
            pairs.push(format!("page={}", self.number + 1));
            pairs.push(format!("per_page={}", self.size));
            let link = format!("<{url}?{}>; rel=\"next\"", pairs.join("&"));
            if let Ok(link) = HeaderValue::from_str(&link) {
                response.headers_mut().insert(header::LINK, link);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::{Page, Problems, Shape};

    #[test]
    fn page_size_over_a_hundred_is_refused() {
        let query = |size: &str| HashMap::from([("per_page".to_owned(), size.to_owned())]);
        assert_eq!(Page::of(&query("100")).unwrap(), Page { number: 1, size: 100 });
        for bad in ["101", "0", "-1", "ten", ""] {
            assert_eq!(Page::of(&query(bad)).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn unknown_and_mistyped_fields_are_named() {
        let mut problems = Problems::default();
        let body = json!({"body": "x", "privat": true, "private": "yes"});
        problems.check(body.as_object().unwrap(), &[("body", Shape::Text), ("private", Shape::Flag)]);
        let found: Vec<_> = problems.0.iter().map(|p| (p["field"].clone(), p["code"].clone())).collect();
        assert!(found.contains(&(json!("privat"), json!("invalid_field"))));
        assert!(found.contains(&(json!("private"), json!("datatype_mismatch"))));
    }
}
