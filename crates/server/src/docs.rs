//! The API's description: as OpenAPI, and as a page to read. The page is made here, of nothing from elsewhere.

use axum::{Json, response::Html};
use serde_json::Value;
use std::fmt::Write;
use utoipa::{
    Modify,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::routes::openapi;

/// How requests prove themselves.
pub(crate) struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("csk_...").build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// `GET /openapi.json`.
pub(crate) async fn openapi_json() -> Json<Value> {
    Json(openapi())
}

/// `GET /docs`.
pub(crate) async fn page() -> Html<String> {
    Html(render(&openapi()))
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}\
h2{margin-top:2.5rem;border-top:1px solid #d0d7de;padding-top:1rem;font-size:1.1rem}code{background:#f3f4f6;padding:.1rem .3rem;border-radius:4px}\
.m{font-weight:700;color:#0b5cad;margin-right:.5rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;vertical-align:top;border-bottom:1px solid #eee}";

fn render(description: &Value) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Countersign API</title><style>{STYLE}</style><h1>Countersign API</h1>\
         <p>Send an API key as <code>Authorization: Bearer csk_...</code>. Errors are \
         <code>application/problem+json</code>. The machine-readable form is at <a href=/openapi.json>/openapi.json</a>.</p>"
    );
    let paths = description["paths"].as_object().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            write_operation(&mut page, path, method, operation);
        }
    }
    page.push_str("<h1>Shapes</h1>");
    for (name, schema) in description["components"]["schemas"].as_object().into_iter().flatten() {
        write_schema(&mut page, name, schema);
    }
    page.push_str("</html>");
    page
}

fn write_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let words = |key: &str| escape(operation[key].as_str().unwrap_or_default());
    let scopes: Vec<_> =
        operation["security"][0]["key"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let scope =
        if scopes.is_empty() { String::new() } else { format!("<p>Scope: <code>{}</code></p>", scopes.join(", ")) };
    let _ = write!(
        page,
        "<h2><span class=m>{}</span><code>{}</code></h2><p>{} {}</p>{scope}",
        method.to_uppercase(),
        escape(path),
        words("summary"),
        words("description"),
    );
    page.push_str("<table>");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        row(
            page,
            parameter["name"].as_str().unwrap_or_default(),
            parameter["description"].as_str().unwrap_or_default(),
        );
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let shape = shape_of(&response["content"]);
        row(page, status, &format!("{} {shape}", response["description"].as_str().unwrap_or_default()));
    }
    page.push_str("</table>");
    let body = shape_of(&operation["requestBody"]["content"]);
    if !body.is_empty() {
        let _ = write!(page, "<p>Body: <code>{}</code></p>", escape(&body));
    }
}

fn shape_of(content: &Value) -> String {
    let first = content.as_object().and_then(|kinds| kinds.values().next());
    let reference = first.and_then(|kind| kind["schema"]["$ref"].as_str()).unwrap_or_default();
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

fn write_schema(page: &mut String, name: &str, schema: &Value) {
    let about = escape(schema["description"].as_str().unwrap_or_default());
    let _ = write!(page, "<h2 id='{0}'>{0}</h2><p>{about}</p><table>", escape(name));
    for (field, shape) in schema["properties"].as_object().into_iter().flatten() {
        row(page, field, shape["description"].as_str().unwrap_or_default());
    }
    page.push_str("</table>");
}

fn row(page: &mut String, name: &str, words: &str) {
    let _ = write!(page, "<tr><td><code>{}</code><td>{}", escape(name), escape(words));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&quot;")
}
