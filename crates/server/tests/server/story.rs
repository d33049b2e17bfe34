//! Why a run is as it is, and correcting what it asks for.

use countersign_testkit::builders::person;
use serde_json::json;

use crate::support::{LEAD_KEY, READER, STRANGER, World, ruling};

#[tokio::test]
async fn a_story_has_what_happened_in_order_and_no_word_of_the_ticket() {
    let world = World::new().await;
    let body = r#"{"ticket":{"ticketId":"7","subject":"perhaps","description":"the word is swordfish"}}"#;
    let run = world.ingest(body).await.ok()["runId"].as_str().unwrap().to_owned();
    let reply = world.get(&format!("/api/v1/runs/{run}/story"), READER).await;
    let story = reply.ok();
    assert_eq!(story["run"]["reason"], "below_floor");
    assert_eq!((story["mode"].as_str(), story["floor"].as_f64()), (Some("live"), Some(0.8)));
    assert!(story["now"].as_str().unwrap().contains("replan"), "{story}");
    let kinds: Vec<_> = story["happened"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["run.received", "run.classified", "run.left_alone"]);
    assert!(story["happened"][1]["says"].as_str().unwrap().contains("mfa_reset 0.40"), "{story}");
    assert!(!reply.text.contains("swordfish"));
    world.get(&format!("/api/v1/runs/{run}/story"), STRANGER).await.problem(404, "not-found");
    world.get("/api/v1/runs/run_x/story", READER).await.problem(404, "not-found");
}

#[tokio::test]
async fn whoever_corrects_an_intent_is_known_and_cannot_approve() {
    let world = World::new().await;
    world.key("csk_manager", &["run:manage"], |row| row.person = Some(person("mail:lead@acme.com"))).await;
    let body = r#"{"ticket":{"ticketId":"7","subject":"lunch","description":"menu?"}}"#;
    let run = world.ingest(body).await.ok()["runId"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/runs/{run}/replan");
    world.post(&path, READER, r#"{"intent":"mfa_reset"}"#).await.problem(403, "forbidden");
    let unknown = world.post(&path, "csk_manager", r#"{"intent":"door_access"}"#).await;
    assert_eq!(unknown.pointers("invalid"), ["/intent"]);
    let planned = world.post(&path, "csk_manager", r#"{"intent":"mfa_reset"}"#).await.ok();
    assert_eq!(planned["status"], "planning");
    assert_eq!(
        (planned["intent"].clone(), planned["correctedBy"].clone()),
        (json!("mfa_reset"), json!("lead@acme.com"))
    );
    assert_eq!(planned["runbook"], "RB-002");

    let (awaiting, digest) = world.awaiting("8", |plan| plan.editor_mails.push("lead@acme.com".parse().unwrap())).await;
    let path = format!("/api/v1/runs/{awaiting}/decision");
    let decided = world.post(&path, LEAD_KEY, &ruling("approve", &digest, None)).await;
    let problem = decided.problem(403, "not-entitled");
    assert!(problem["detail"].as_str().unwrap().contains("corrected"), "{problem}");
}

#[tokio::test]
async fn a_replan_without_a_body_keeps_what_was_understood() {
    let world = World::new().await;
    let (run, _) = world.awaiting("1", |_| {}).await;
    let planned = world.post(&format!("/api/v1/runs/{run}/replan"), READER, "").await.ok();
    assert_eq!((planned["status"].as_str(), planned["correctedBy"].as_str()), (Some("planning"), None));
}
