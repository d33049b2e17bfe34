//! The API's description: complete, consistent, readable.

use axum::body::Body;
use http::Request;
use serde_json::Value;

use crate::support::{Reply, World};

const ROUTES: &str = include_str!("../../src/routes/mod.rs");

async fn get(path: &str) -> Reply {
    World::new().await.send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn described() -> Value {
    get("/openapi.json").await.ok()
}

/// Method and path of every route of the router, as its source has them; the two that describe the others left out.
fn routes() -> Vec<(&'static str, &'static str)> {
    let lines = ROUTES.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    let routes: Vec<_> = lines
        .map(|line| {
            let (path, rest) = line.split_once("\", ").unwrap();
            (rest.split_once('(').unwrap().0, path)
        })
        .filter(|(_, path)| !matches!(*path, "/openapi.json" | "/docs"))
        .collect();
    assert!(routes.len() >= 13, "{routes:?}");
    routes
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let description = described().await;
    let paths = description["paths"].as_object().unwrap();
    for (method, path) in routes() {
        assert!(paths.get(path).is_some_and(|operations| operations[method].is_object()), "{method} {path}");
    }
    let count: usize = paths.values().map(|operations| operations.as_object().unwrap().len()).sum();
    assert_eq!(count, routes().len());
}

#[tokio::test]
async fn the_description_says_what_it_is() {
    let description = described().await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(description["info"]["title"], "Countersign");
    assert!(description["info"]["version"].as_str().is_some_and(|version| !version.is_empty()));
    assert_eq!(description["components"]["securitySchemes"]["key"]["scheme"], "bearer");
}

#[tokio::test]
async fn every_reference_resolves() {
    let description = described().await;
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn every_operation_is_whole() {
    let description = described().await;
    let mut ids = Vec::new();
    for (method, path) in routes() {
        let operation = &description["paths"][path][method];
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("200"), "{path}");
        assert!(operation["summary"].as_str().is_some_and(|words| !words.is_empty()), "{path}");
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
        let in_path: Vec<_> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let described = operation["parameters"].as_array().into_iter().flatten();
        let described: Vec<_> = described
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(described, in_path, "{path}");
        if path.starts_with("/api/") {
            let scope = operation["security"][0]["key"][0].as_str().unwrap();
            assert!(countersign_app::scope::Scope::from_name(scope).is_some(), "{path}: {scope}");
            assert!(responses.contains_key("401") && responses.contains_key("403"), "{path}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique: {ids:?}");
}

#[tokio::test]
async fn a_problem_is_described_with_its_media_type() {
    let description = described().await;
    for (method, path) in routes() {
        for (status, response) in description["paths"][path][method]["responses"].as_object().unwrap() {
            if status != "200" {
                let content = response["content"].as_object().unwrap();
                assert!(content.keys().eq(["application/problem+json"]), "{path} {status}: {content:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_reference_names_every_route_shape_and_scope() {
    let page = get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for (method, path) in routes() {
        let heading = format!("<span class=m>{}</span><code>{path}</code>", method.to_uppercase());
        assert!(page.text.contains(&heading), "{heading}");
    }
    for name in described().await["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.text.contains(&format!("<h2 id='{name}'>")), "{name}");
    }
    assert!(page.text.contains("run:decide"));
}

#[tokio::test]
async fn the_reference_loads_and_runs_nothing() {
    let page = get("/docs").await.text;
    for foreign in ["<script", "<link", "<img", "<iframe", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}
