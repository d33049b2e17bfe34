//! Pages and their `Link` headers.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::refusal::Refusal;
use crate::vendor::Vendor;

/// A request's query.
pub(super) type Params = BTreeMap<String, String>;

/// The address under which the caller reached this fake.
pub(super) fn base(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}{}", Vendor::Okta.prefix())
}

/// `limit`: a positive number, silently lowered to `most`.
pub(super) fn limit(params: &Params, default: usize, most: usize) -> Result<usize, Refusal> {
    match params.get("limit").map(|limit| limit.parse::<usize>()) {
        None => Ok(default),
        Some(Ok(limit)) if limit > 0 => Ok(limit.min(most)),
        Some(_) => Err(Refusal::validation("limit", vec!["limit: The limit must be a positive integer".to_owned()])),
    }
}

/// A page: its rows, and the cursor of the next page where there is one.
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    pub(super) next: Option<String>,
}

impl Page {
    /// Takes a page of `rows`, which come with their ids in ascending order and start behind the cursor.
    pub(super) fn take(rows: impl Iterator<Item = (String, Value)>, limit: usize) -> Self {
        let mut page = Self { rows: Vec::new(), next: None };
        let mut last = None;
        for (id, row) in rows {
            if page.rows.len() == limit {
                page.next = last;
                break;
            }
            page.rows.push(row);
            last = Some(id);
        }
        page
    }

    /// The answer, with `rel="self"` and, where there is more, `rel="next"`.
    pub(super) fn answer(self, path: &str, params: &Params, headers: &HeaderMap) -> Response {
        let base = base(headers);
        let mut response = Json(Value::Array(self.rows)).into_response();
        let mut link = |params: &Params, relation: &str| {
            let query = serde_urlencoded::to_string(params).unwrap_or_default();
            let mark = if query.is_empty() { "" } else { "?" };
            if let Ok(value) = HeaderValue::from_str(&format!("<{base}{path}{mark}{query}>; rel=\"{relation}\"")) {
                response.headers_mut().append(header::LINK, value);
            }
        };
        link(params, "self");
        if let Some(next) = self.next {
            let mut params = params.clone();
            params.insert("after".to_owned(), next);
            link(&params, "next");
        }
        response
    }
}
