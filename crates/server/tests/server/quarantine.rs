//! Looking at and replaying what was set aside.

use serde_json::{Value, json};

use crate::support::{READER, STRANGER, SUBMITTER, World};

const BODY: &str = r#"{"ticket":{"subject":"no number","requesterEmail":"ceo@acme.com"}}"#;

async fn set_aside(world: &World) -> Value {
    assert_eq!(world.ingest(BODY).await.status, 422);
    world.get("/api/v1/quarantine", READER).await.ok()["bodies"][0].clone()
}

async fn replay(world: &World, id: &str, body: &str) -> crate::support::Reply {
    world.post(&format!("/api/v1/quarantine/{id}/replay"), READER, body).await
}

#[tokio::test]
async fn a_body_is_listed_once_with_what_was_sent_and_why_it_was_set_aside() {
    let world = World::new().await;
    let body = set_aside(&world).await;
    set_aside(&world).await;
    let page = world.get("/api/v1/quarantine", READER).await.ok();
    assert_eq!(page["bodies"].as_array().unwrap().len(), 1);
    assert_eq!((body["desk"].as_str(), body["body"].as_str()), (Some("helpdesk"), Some(BODY)));
    assert!(body["why"].as_str().is_some_and(|why| !why.is_empty()));
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn pages_hold_every_body_once() {
    let world = World::new().await;
    for number in 0..5 {
        assert_eq!(world.ingest(&format!(r#"{{"nothing":{number}}}"#)).await.status, 422);
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/quarantine?limit=2".to_owned());
    loop {
        let page = world.get(&path, READER).await.ok();
        seen.extend(page["bodies"].as_array().unwrap().iter().map(|body| body["body"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/quarantine?limit=2&after={next}");
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn replaying_for_a_ticket_opens_its_run_once_and_believes_nothing_else() {
    let world = World::new().await;
    let id = set_aside(&world).await["id"].as_str().unwrap().to_owned();
    let taken = replay(&world, &id, r#"{"ticketId":"4211"}"#).await.ok();
    assert_eq!((taken["status"].as_str(), taken["duplicate"].as_bool()), (Some("received"), Some(false)));
    let run = world.run_of("4211").await.unwrap();
    assert_eq!(taken["runId"], run.id.to_string());
    assert!(run.classification.is_none() && run.ticket.is_none(), "its words are fetched, not believed");
    let again = replay(&world, &id, r#"{"ticketId":"4211"}"#).await.ok();
    assert_eq!((again["runId"].clone(), again["duplicate"].as_bool()), (taken["runId"].clone(), Some(true)));
    assert_eq!(world.get("/api/v1/quarantine", READER).await.ok()["bodies"], json!([]));
}

#[tokio::test]
async fn a_body_that_still_names_no_ticket_stays_where_it_is() {
    let world = World::new().await;
    let id = set_aside(&world).await["id"].as_str().unwrap().to_owned();
    assert_eq!(replay(&world, &id, "{}").await.pointers("invalid"), ["/ticketId"]);
    assert_eq!(replay(&world, &id, r#"{"ticketId":"four"}"#).await.pointers("invalid"), ["/ticketId"]);
    assert_eq!(world.get("/api/v1/quarantine", READER).await.ok()["bodies"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bodies_belong_to_their_organisation_and_need_the_right_key() {
    let world = World::new().await;
    let id = set_aside(&world).await["id"].as_str().unwrap().to_owned();
    assert_eq!(world.get("/api/v1/quarantine", STRANGER).await.ok()["bodies"], json!([]));
    let path = format!("/api/v1/quarantine/{id}/replay");
    world.post(&path, STRANGER, r#"{"ticketId":"1"}"#).await.problem(404, "not-found");
    world.post(&path, SUBMITTER, r#"{"ticketId":"1"}"#).await.problem(403, "forbidden");
    world.get("/api/v1/quarantine", SUBMITTER).await.problem(403, "forbidden");
    replay(&world, "qua_nonsense", "{}").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_page_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    for (query, pointer) in [("limit=0", "/limit"), ("limit=201", "/limit"), ("after=x", "/after")] {
        let reply = world.get(&format!("/api/v1/quarantine?{query}"), READER).await;
        assert_eq!(reply.pointers("invalid"), [pointer], "{query}");
    }
}
