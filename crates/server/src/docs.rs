//! The API's description: as OpenAPI, and as a page to read. The page is made here, of nothing from elsewhere.

use axum::{Json, response::Html};
use serde_json::Value;
use std::fmt::Write;
use utoipa::{
    Modify,
    openapi::{
        RefOr,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
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

/// Errors have a media type of their own.
pub(crate) struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let items = openapi.paths.paths.values_mut();
        let operations = items.flat_map(|item| [&mut item.get, &mut item.post].into_iter().flatten());
        for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
            if let RefOr::T(response) = response
                && status != "200"
            {
                let contents = std::mem::take(&mut response.content).into_values();
                response.content = contents.map(|content| ("application/problem+json".to_owned(), content)).collect();
            }
        }
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
    let scope = if scopes.is_empty() {
        String::new()
    } else {
        format!("<p>Scope: <code>{}</code></p>", escape(&scopes.join(", ")))
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whatever_a_description_holds_is_escaped() {
        let trick = "<script>alert('1')</script>\"&";
        let page = render(&json!({
            "paths": { trick: { "get": {
                "summary": trick, "description": trick,
                "security": [{ "key": [trick] }],
                "parameters": [{ "name": trick, "description": trick }],
                "requestBody": { "content": { "x": { "schema": { "$ref": trick } } } },
                "responses": { trick: { "description": trick, "content": { "x": { "schema": { "$ref": trick } } } } },
            } } },
            "components": { "schemas": { trick: { "description": trick, "properties": { trick: { "description": trick } } } } },
        }));
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"));
    }

    #[test]
    fn a_description_of_nothing_is_a_page_of_nothing() {
        for nothing in [json!({}), json!(null), json!({ "paths": [], "components": 7 })] {
            assert!(render(&nothing).ends_with("</html>"));
        }
    }
}
