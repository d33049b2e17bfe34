//! What is served at the public address where the administrators have one of their own.

use axum::body::Body;
use http::{Method, Request};

use crate::support::{READER, SUBMITTER, World, with_key};

/// All there is of it.
const PUBLIC: [(Method, &str); 3] = [
    (Method::POST, "/api/v1/tickets/ingest"),
    (Method::POST, "/webhooks/{org}/{connection}"),
    (Method::GET, "/healthz"),
];

/// Every documented route, and the two that are not.
async fn every_route(world: &World) -> Vec<(Method, String)> {
    let described = world.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.ok();
    let paths = described["paths"].as_object().unwrap();
    let documented = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().unwrap().keys().map(|method| method.to_uppercase().parse().unwrap());
        methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
    });
    documented.chain(["/openapi.json", "/docs"].map(|path| (Method::GET, path.to_owned()))).collect()
}

#[tokio::test]
async fn the_public_address_takes_tickets_webhooks_and_the_question_whether_it_lives() {
    let world = World::new().await;
    let ticket = with_key(Method::POST, "/api/v1/tickets/ingest", SUBMITTER, r#"{"ticket_id":"1"}"#);
    world.send_to_public(ticket).await.ok();
    let webhook = Request::post("/webhooks/acme/helpdesk").body(Body::from("{}")).unwrap();
    assert_eq!(world.send_to_public(webhook).await.text, "taken");
    assert_eq!(world.door.knocks().len(), 1);
    let alive = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(world.send_to_public(alive).await.ok()["status"], "ok");
}

#[tokio::test]
async fn the_public_address_serves_nothing_else_whatever_the_key() {
    let world = World::new().await;
    let routes = every_route(&world).await;
    let private = routes.iter().filter(|(method, path)| !PUBLIC.contains(&(method.clone(), path.as_str())));
    let mut count = 0;
    for (method, path) in private {
        let path = path.replace("{id}", "run_00000000000000000000000001");
        let reply = world.send_to_public(with_key(method.clone(), &path, READER, "{}")).await;
        let problem = reply.problem(404, "not-found");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains("server.admin_listen") && !detail.contains("listed at /docs"),
            "{method} {path}: {detail}"
        );
        count += 1;
    }
    assert_eq!(count + PUBLIC.len(), routes.len(), "each public route is among those there are");
    assert!(count >= 12, "{count}");
}

#[tokio::test]
async fn the_other_address_serves_everything() {
    let world = World::new().await;
    for (method, path) in every_route(&world).await {
        let path = path.replace("{org}", "acme").replace("{connection}", "helpdesk");
        let reply = world.send(Request::builder().method(&method).uri(&path).body(Body::from("{}")).unwrap()).await;
        assert_ne!((reply.status, reply.text.contains("There is no route")), (404, true), "{method} {path}");
    }
}

#[tokio::test]
async fn a_wrong_method_at_the_public_address_names_the_right_one() {
    let world = World::new().await;
    for (path, allowed) in [("/api/v1/tickets/ingest", "POST"), ("/healthz", "GET,HEAD")] {
        let reply = world.send_to_public(Request::delete(path).body(Body::empty()).unwrap()).await;
        let problem = reply.problem(405, "method-not-allowed");
        assert!(!problem["detail"].as_str().unwrap().contains("/docs"), "{problem}");
        assert_eq!(reply.header("allow"), allowed);
    }
}
