//! Health and metrics.

use axum::body::Body;
use countersign_domain::ports::StoreError;
use http::Request;
use std::time::Duration;

use crate::support::{Reply, World};

async fn get(world: &World, path: &str) -> Reply {
    world.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_healthy_service_says_so() {
    let world = World::new().await;
    let healthy = serde_json::json!({ "status": "ok", "version": "1.2.3" });
    assert_eq!(get(&world, "/healthz").await.ok(), healthy);
    let ready = serde_json::json!({ "status": "ok", "version": "1.2.3", "paused": [] });
    assert_eq!(get(&world, "/readyz").await.ok(), ready);
}

#[tokio::test]
async fn without_its_store_it_lives_and_is_not_ready() {
    let world = World::new().await;
    world.outage.begin(StoreError::Unavailable("the file /secret/place is locked".to_owned()));
    get(&world, "/healthz").await.ok();
    let reply = get(&world, "/readyz").await;
    reply.problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    assert!(!reply.text.contains("/secret/place"), "{}", reply.text);
    get(&world, "/metrics").await.problem(503, "unavailable");
}

#[tokio::test]
async fn data_that_cannot_be_read_is_an_internal_error_without_detail() {
    let world = World::new().await;
    world.outage.begin(StoreError::Corrupt("row 7 of runs".to_owned()));
    let reply = get(&world, "/readyz").await;
    reply.problem(500, "internal");
    assert!(!reply.text.contains("row 7"), "{}", reply.text);
}

#[tokio::test]
async fn metrics_are_text() {
    let world = World::new().await;
    let reply = get(&world, "/metrics").await;
    assert_eq!((reply.status, reply.text.as_str()), (200, "countersign_effects_parked 0\n"));
    assert!(reply.header("content-type").starts_with("text/plain; version=0.0.4"));
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_counted_once_a_second_at_most() {
    let world = World::new().await;
    assert_eq!(get(&world, "/metrics").await.status, 200);
    world.outage.begin(StoreError::Busy);
    tokio::time::advance(Duration::from_millis(999)).await;
    assert_eq!(get(&world, "/metrics").await.status, 200, "it was not counted again");
    tokio::time::advance(Duration::from_millis(1)).await;
    for _ in 0..2 {
        get(&world, "/metrics").await.problem(503, "unavailable");
    }
}
