//! The one form of errors, and what every answer carries.

use axum::body::Body;
use http::{Method, Request};

use crate::support::{READER, Reply, World, with_key};

async fn bare(world: &World, method: Method, path: &str) -> Reply {
    world.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let world = World::new().await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/runs/",
        "/api/v2/runs",
        "/webhooks/acme",
        "/healthz/x",
        "/..%2f..%2fetc/passwd",
        "//",
    ] {
        let problem = bare(&world, Method::GET, path).await.problem(404, "not-found");
        assert!(problem["detail"].as_str().unwrap().contains("/docs"), "{problem}");
    }
}

#[tokio::test]
async fn an_unknown_route_is_not_repeated_at_length() {
    let world = World::new().await;
    let reply = bare(&world, Method::GET, &format!("/{}", "a".repeat(5_000))).await;
    reply.problem(404, "not-found");
    assert!(reply.text.len() < 1_000);
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_names_the_right_ones() {
    let world = World::new().await;
    for (method, path, allowed) in [
        (Method::GET, "/api/v1/tickets/ingest", "POST"),
        (Method::DELETE, "/api/v1/runs", "GET,HEAD"),
        (Method::PUT, "/webhooks/acme/helpdesk", "POST"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::OPTIONS, "/api/v1/runs", "GET,HEAD"),
    ] {
        let reply = bare(&world, method, path).await;
        reply.problem(405, "method-not-allowed");
        assert_eq!(reply.header("allow"), allowed, "{path}");
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_a_problem() {
    let world = World::new().await;
    for path in ["/api/v1/runs/%ff", "/webhooks/%ff/helpdesk", "/api/v1/runbooks/%c3/runs"] {
        let method = if path.contains("/runs/") { Method::GET } else { Method::POST };
        world.send(with_key(method, path, READER, "{}")).await.problem(400, "invalid");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_not_to_be_kept() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/nowhere",
        "/api/v1/runs",
        "/api/v1/runs?limit=x",
    ] {
        let reply = bare(&world, Method::GET, path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        let id = reply.header("x-request-id").to_owned();
        assert!(id.starts_with("req_") && id.len() == 30, "{id}");
        ids.push(id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "no id is given twice");
}

#[tokio::test]
async fn a_sane_id_is_kept_and_any_other_replaced() {
    let world = World::new().await;
    let long = "a".repeat(64);
    for (sent, kept) in [
        (&b"trace-7_A"[..], true),
        (b"a", true),
        (long.as_bytes(), true),
        (b"", false),
        (b"two words", false),
        (b"{{7*7}}", false),
        (b"a;b", false),
        (b"\xff\xfe", false),
        (&[b'a'; 65][..], false),
    ] {
        for path in ["/healthz", "/nowhere"] {
            let request = Request::get(path).header("x-request-id", sent);
            let reply = world.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.header("x-request-id").as_bytes() == sent, kept, "{sent:?}");
            assert_eq!(reply.headers.get_all("x-request-id").iter().count(), 1);
        }
    }
}
