//! Taking tickets in.

use axum::body::Body;
use countersign_domain::ports::{Queries, StoreError};
use countersign_testkit::builders::{connection, org_id};
use http::Request;
use serde_json::Value;

use crate::support::{Reply, STRANGER, SUBMITTER, World};

const WITH_WORDS: &str = r#"{"source":"freshservice","ticket":{"ticketId":"4211","subject":"MFA reset","description":"New phone, please reset.","url":"https://acme.freshservice.com/a/tickets/4211","requesterEmail":"sarah.chen@acme.com"}}"#;

async fn raw(world: &World, body: impl Into<Body>, content_type: Option<&str>) -> Reply {
    let mut request = Request::post("/api/v1/tickets/ingest").header("authorization", format!("Bearer {SUBMITTER}"));
    if let Some(kind) = content_type {
        request = request.header("content-type", kind);
    }
    world.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn the_answer_is_exactly_the_documented_one() {
    let world = World::new().await;
    let reply = world.ingest(WITH_WORDS).await;
    reply.ok();
    let run = world.run_of("4211").await.unwrap().id;
    assert_eq!(
        reply.text,
        format!(
            r#"{{"runId":"{run}","disposition":"awaiting_approval","status":"planning","duplicate":false,"intent":"mfa_reset","runbook":"RB-002","confidence":0.97}}"#
        )
    );
    assert_eq!(world.wakeup.rung(), 1);
}

#[tokio::test]
async fn every_documented_body_opens_the_run_of_its_ticket() {
    for (body, disposition) in [
        (WITH_WORDS, "awaiting_approval"),
        (r#"{"ticket":{"ticketId":4211,"subject":"mfa","description":"please"}}"#, "awaiting_approval"),
        (r#"{"source":"helpdesk","ticket":{"ticketId":"4211"},"unknown":{"field":[1,2]}}"#, "received"),
        (r#"{"ticket_id":"4211"}"#, "received"),
        (r#"{"ticket_id":4211}"#, "received"),
        (r#"{"ticket_id":"INC-4211"}"#, "received"),
        (r#"{"ticket_id":"SR-4211"}"#, "received"),
        (r##"{"ticket_id":"#4211"}"##, "received"),
        (
            r#"{"freshservice_webhook":{"ticket_id":4211,"ticket_subject":"mfa","ticket_description":"x"}}"#,
            "awaiting_approval",
        ),
        (r#"{"ticket":{"ticketId":"4211","subject":"perhaps","description":"unsure"}}"#, "no_action"),
        (r#"{"ticket":{"ticketId":"4211","subject":"unserved","description":"door"}}"#, "no_action"),
        (r#"{"ticket":{"ticketId":"4211","subject":"lunch","description":"menu?"}}"#, "no_action"),
        (r#"{"ticket":{"ticketId":"4211","subject":"mfa","description":""}}"#, "received"),
        (r#"{"ticket":{"ticketId":"4211","subject":"mfa","description":"{{ticket.description_text}}"}}"#, "received"),
    ] {
        let world = World::new().await;
        let answer = world.ingest(body).await.ok();
        assert_eq!(answer["disposition"], disposition, "{body}");
        assert_eq!(answer["duplicate"], false, "{body}");
        let run = world.run_of("4211").await;
        assert_eq!(run.map(|run| Value::from(run.id.to_string())), Some(answer["runId"].clone()), "{body}");
    }
}

#[tokio::test]
async fn what_is_not_known_is_null() {
    let world = World::new().await;
    let answer = world.ingest(r#"{"ticket_id":"4211"}"#).await.ok();
    for member in ["intent", "runbook", "confidence"] {
        assert_eq!(answer.get(member), Some(&Value::Null), "{member}");
    }
    assert_eq!(answer["status"], "received");
}

#[tokio::test]
async fn a_body_with_an_unescaped_placeholder_is_salvaged() {
    let deep = format!(r#"{{"ticket":{{"ticketId":"4211"}},"x":{}"#, "[".repeat(100_000));
    for body in [
        "{\"source\":\"freshservice\",\"ticket\":{\"ticketId\":\"4211\",\"subject\":\"He said \"reset\" it\",\"description\":\"two\nlines\"}}",
        "{\"ticket\":{\"ticketId\":\"4211\",\"subject\":\"tab\there\"",
        r#"{"ticket_id":"4211","description":"\q"}"#,
        r#"{"ticket_id":"4211"} trailing"#,
        r#"[{"ticket_id":"4211"}]"#,
        deep.as_str(),
    ] {
        let world = World::new().await;
        let answer = world.ingest(body).await.ok();
        assert_eq!(answer["disposition"], "received", "{body:.60}");
        assert!(world.run_of("4211").await.is_some());
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_after_the_id_are_salvaged() {
    let world = World::new().await;
    let mut body = br#"{"ticket_id":"4211","subject":""#.to_vec();
    body.extend([0xff, 0xfe, 0x00]);
    assert_eq!(raw(&world, body, None).await.ok()["disposition"], "received");
}

#[tokio::test]
async fn a_body_without_an_id_is_refused_and_kept_once() {
    let deep = "[".repeat(100_000);
    let deep_object = r#"{"a":"#.repeat(20_000);
    let huge = format!(r#"{{"ticket_id":{}}}"#, "9".repeat(1000));
    let bodies = [
        "",
        "null",
        "true",
        "7",
        "\"4211\"",
        "[]",
        "{}",
        "{\"ticket\":",
        "\u{0}\u{1}",
        r#"{"ticket_id":null}"#,
        r#"{"ticket_id":true}"#,
        r#"{"ticket_id":[4211]}"#,
        r#"{"ticket_id":{"id":4211}}"#,
        r#"{"ticket_id":-4}"#,
        r#"{"ticket_id":0}"#,
        r#"{"ticket_id":4.5}"#,
        r#"{"ticket_id":1e9}"#,
        r#"{"ticket_id":""}"#,
        r#"{"ticket_id":"4211; drop"}"#,
        r#"{"ticket_id":"{{ticket.id_numeric}}"}"#,
        r#"{"ticket":"4211"}"#,
        r#"{"ticket":{"ticketId":"abc"}}"#,
        &huge,
        &deep,
        &deep_object,
    ];
    let world = World::new().await;
    for body in bodies {
        for _ in 0..2 {
            let reply = world.ingest(body).await;
            let pointers = reply.pointers("no-ticket-id");
            assert_eq!(pointers.len(), 1, "{body:.60}");
            assert!(matches!(pointers[0].as_str(), "" | "/ticket/ticketId"), "{body:.60}");
        }
    }
    let kept = world.store.quarantine(&org_id(), None, 1_000).await.unwrap();
    assert_eq!(kept.len(), bodies.len());
    for body in bodies {
        assert_eq!(kept.iter().filter(|row| row.body == body.as_bytes()).count(), 1, "{body:.60}");
    }
    assert!(kept.iter().all(|row| row.desk == connection("helpdesk")));
    assert_eq!(world.store.entries(&org_id(), 0, 1_000).await.unwrap().entries.len(), bodies.len());
    assert_eq!(world.wakeup.rung(), 0);
}

#[tokio::test]
async fn an_answer_never_repeats_what_was_sent() {
    let world = World::new().await;
    let reply = world.ingest(r#"{"subject":"my password is hunter2"}"#).await;
    reply.problem(422, "no-ticket-id");
    assert!(!reply.text.contains("hunter2"));
}

#[tokio::test]
async fn an_unknown_source_is_refused_and_names_the_desks() {
    let world = World::new().await;
    let reply = world.ingest(r#"{"source":"jira","ticket_id":"4211"}"#).await;
    assert_eq!(reply.pointers("invalid"), ["/source"]);
    assert!(reply.text.contains("helpdesk"), "{}", reply.text);
}

#[tokio::test]
async fn a_source_that_two_desks_could_be_must_be_a_name() {
    let world = World::new().await;
    for body in [r#"{"ticket_id":"1"}"#, r#"{"source":"freshservice","ticket_id":"1"}"#] {
        let reply = world.post("/api/v1/tickets/ingest", STRANGER, body).await;
        assert_eq!(reply.pointers("invalid"), ["/source"]);
    }
    world.post("/api/v1/tickets/ingest", STRANGER, r#"{"source":"west","ticket_id":"1"}"#).await.ok();
}

#[tokio::test]
async fn a_keys_desk_cannot_be_talked_out_of() {
    let world = World::new().await;
    world.key("csk_desk", &["ticket:ingest"], |row| row.desk = Some(connection("helpdesk"))).await;
    let ingest = "/api/v1/tickets/ingest";
    assert_eq!(
        world.post(ingest, "csk_desk", r#"{"source":"west","ticket_id":"1"}"#).await.pointers("invalid"),
        ["/source"]
    );
    world.post(ingest, "csk_desk", r#"{"source":"freshservice","ticket_id":"1"}"#).await.ok();
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    for kind in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data"), Some("???")]
    {
        let world = World::new().await;
        assert_eq!(raw(&world, WITH_WORDS, kind).await.ok()["intent"], "mfa_reset", "{kind:?}");
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_run_and_its_state_now() {
    let world = World::new().await;
    let first = world.ingest(WITH_WORDS).await.ok();
    for body in [WITH_WORDS, r#"{"ticket_id":"INC-4211"}"#, "{\"ticket_id\":\"4211\",\"s\":\"\"\"}"] {
        let again = world.ingest(body).await.ok();
        assert_eq!(again["runId"], first["runId"]);
        assert_eq!(again["duplicate"], true);
        assert_eq!(again["status"], "planning");
        assert_eq!(again["intent"], "mfa_reset");
    }
    assert_eq!(world.wakeup.rung(), 1, "a repeat starts nothing");
}

#[tokio::test]
async fn one_ticket_number_of_two_organisations_is_two_runs() {
    let world = World::new().await;
    let ours = world.ingest(r#"{"ticket_id":"4211"}"#).await.ok();
    let theirs = world.post("/api/v1/tickets/ingest", STRANGER, r#"{"source":"east","ticket_id":"4211"}"#).await.ok();
    assert_eq!(theirs["duplicate"], false);
    assert_ne!(ours["runId"], theirs["runId"]);
}

#[tokio::test]
async fn a_store_that_cannot_take_it_says_when_to_come_back() {
    let world = World::new().await;
    for error in [StoreError::Busy, StoreError::Unavailable("disk full at /var/lib".to_owned())] {
        world.outage.begin(error);
        let reply = world.ingest(WITH_WORDS).await;
        reply.problem(503, "unavailable");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(!reply.text.contains("/var/lib"), "{}", reply.text);
    }
}
