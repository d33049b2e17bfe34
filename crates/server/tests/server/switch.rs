//! The kill switch through the API.

use axum::body::Body;
use countersign_domain::{
    pause::{Pause, PauseChange},
    person::Actor,
    ports::{Change, Queries, Store},
};
use countersign_testkit::builders::{START, org_id, runbook_id};
use http::Request;
use serde_json::{Value, json};

use crate::support::{READER, World, ruling};

const ADMIN: &str = "csk_admin";

async fn with_admin() -> World {
    let world = World::new().await;
    world.key(ADMIN, &["admin"], |_| {}).await;
    world
}

async fn ready(world: &World) -> Value {
    world.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.ok()
}

#[tokio::test]
async fn pausing_and_resuming_are_told_by_readiness() {
    let world = with_admin().await;
    let paused = world.post("/api/v1/pause", ADMIN, r#"{"reason":"something is odd"}"#).await.ok();
    assert_eq!(paused, json!({"paused": true, "runbook": null, "inFlight": 0}));
    let told = ready(&world).await;
    assert_eq!(told["status"], "ok", "a pause takes no node out");
    assert_eq!(told["paused"], json!([{"org": "acme", "runbook": null, "since": "2026-06-09T17:42:11.310Z"}]));
    let resumed = world.post("/api/v1/resume", ADMIN, "{}").await.ok();
    assert_eq!(resumed, json!({"paused": false, "runbook": null, "inFlight": 0}));
    assert_eq!(ready(&world).await["paused"], json!([]));
}

#[tokio::test]
async fn a_request_without_a_body_means_everything() {
    let world = with_admin().await;
    let request = Request::post("/api/v1/pause").header("x-api-key", ADMIN).body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.ok()["paused"], true);
    assert!(world.store.pauses().await.unwrap()[0].runbook.is_none());
}

#[tokio::test]
async fn one_runbook_is_paused_apart_from_everything() {
    let world = with_admin().await;
    world.post("/api/v1/pause", ADMIN, r#"{"runbook":"RB-002"}"#).await.ok();
    world.post("/api/v1/pause", ADMIN, "{}").await.ok();
    let resumed = world.post("/api/v1/resume", ADMIN, r#"{"runbook":"RB-002"}"#).await.ok();
    assert_eq!(resumed["paused"], true, "the organisation's own pause still holds it");
    let left = world.store.pauses().await.unwrap();
    assert_eq!(left.iter().map(|pause| pause.runbook.clone()).collect::<Vec<_>>(), [None]);
    assert!(left[0].holds(&org_id(), Some(&runbook_id("RB-002"))));
}

#[tokio::test]
async fn both_stand_in_the_ledger_with_the_key_that_asked() {
    let world = with_admin().await;
    world.post("/api/v1/pause", ADMIN, r#"{"reason":"drill"}"#).await.ok();
    world.post("/api/v1/resume", ADMIN, "{}").await.ok();
    let page = world.store.entries(&org_id(), 0, 100).await.unwrap();
    let kinds: Vec<_> = page.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(&kinds[kinds.len() - 2..], ["steps.paused", "steps.resumed"]);
    for entry in &page.entries[page.entries.len() - 2..] {
        assert!(entry.actor.as_deref().unwrap().starts_with("key_"), "{entry:?}");
    }
}

#[tokio::test]
async fn a_decision_is_taken_while_paused_and_its_step_is_not_handed_out() {
    let world = with_admin().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    world.post("/api/v1/pause", ADMIN, "{}").await.ok();
    let path = format!("/api/v1/runs/{run}/decision");
    let shown = world.post(&path, crate::support::LEAD_KEY, &ruling("approve", &digest, None)).await.ok();
    assert_eq!(shown["status"], "executing");
    let effects = world.store.effects(&org_id(), &run).await.unwrap();
    let step = effects.iter().find(|effect| effect.name == "perform").unwrap();
    assert_eq!((step.state.as_str(), step.attempt), ("waiting", 0));
}

#[tokio::test]
async fn only_an_administrators_key_throws_the_switch() {
    let world = with_admin().await;
    for path in ["/api/v1/pause", "/api/v1/resume"] {
        world.post(path, READER, "{}").await.problem(403, "forbidden");
        world.post(path, "csk_nobody", "{}").await.problem(401, "unauthorized");
    }
    assert!(world.store.pauses().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let world = with_admin().await;
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(201));
    for (body, pointer) in [
        (r#"{"runbook":"RB-999"}"#, "/runbook"),
        (r#"{"runbook":""}"#, "/runbook"),
        (long.as_str(), "/reason"),
        (r#"{"org":"globex"}"#, ""),
        ("[1]", ""),
    ] {
        let reply = world.post("/api/v1/pause", ADMIN, body).await;
        assert_eq!(reply.pointers("invalid"), [pointer], "{body:.40}");
    }
    assert!(world.store.pauses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_switch_that_is_thrown_is_no_failure_where_what_is_in_flight_cannot_be_counted() {
    let world = with_admin().await;
    world.outage.count_no_steps();
    let paused = world.post("/api/v1/pause", ADMIN, "{}").await.ok();
    assert_eq!(paused, json!({"paused": true, "runbook": null, "inFlight": null}));
    assert_eq!(world.store.pauses().await.unwrap().len(), 1);
    let resumed = world.post("/api/v1/resume", ADMIN, "{}").await.ok();
    assert_eq!(resumed, json!({"paused": false, "runbook": null, "inFlight": null}));
    assert!(world.store.pauses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_paused_runbook_that_is_not_configured_can_be_resumed() {
    let world = with_admin().await;
    let gone =
        Pause { org: org_id(), runbook: Some(runbook_id("RB-999")), since: START, by: Actor::Operator, why: None };
    let paused = Change { pause: Some(PauseChange::Pause(gone)), ..Change::default() };
    world.store.commit(paused).await.unwrap();
    let resumed = world.post("/api/v1/resume", ADMIN, r#"{"runbook":"RB-999"}"#).await.ok();
    assert_eq!(resumed["paused"], false);
    assert!(world.store.pauses().await.unwrap().is_empty());
    let again = world.post("/api/v1/resume", ADMIN, r#"{"runbook":"RB-999"}"#).await;
    assert_eq!(again.pointers("invalid"), ["/runbook"]);
}
