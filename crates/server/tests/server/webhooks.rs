//! What desks and channels send.

use axum::body::Body;
use countersign_domain::{
    ids::RunId,
    ports::{Click, Decided, Explanation, InboundRefusal, Incoming, PortError, Queries, Store},
};
use countersign_testkit::{
    builders::{connection, digest, org_id, run_id},
    channel::ChannelCall,
};
use http::Request;
use tokio::task::yield_now;

use crate::support::{Reply, World};

async fn knock(world: &World, body: impl Into<Body>) -> Reply {
    let request =
        Request::post("/webhooks/acme/helpdesk").header("X-Signature", "v0=abc").header("x-bytes", &b"\xff"[..]);
    world.send(request.body(body.into()).unwrap()).await
}

fn click(run: RunId, dedupe: &str) -> Click {
    Click {
        dedupe: dedupe.to_owned(),
        channel: connection("approvals"),
        workspace: "T1".to_owned(),
        user: "U0APPROVER".to_owned(),
        room: "C1".to_owned(),
        run,
        plan_version: 1,
        plan_digest: Some(digest(7)),
        decided: Decided::Approve,
    }
}

#[tokio::test]
async fn what_is_sent_to_no_connection_is_not_found() {
    let world = World::new().await;
    for path in
        ["acme/nothing", "globex/helpdesk", "nobody/helpdesk", "ACME/helpdesk", "acme/help%20desk", "acme/%2e%2e"]
    {
        let request = Request::post(format!("/webhooks/{path}")).body(Body::from("{}")).unwrap();
        world.send(request).await.problem(404, "not-found");
    }
    assert!(world.door.knocks().is_empty());
}

#[tokio::test]
async fn the_proof_is_checked_on_the_raw_bytes_and_the_plain_headers() {
    let world = World::new().await;
    let body = b" { \"a\" :\t1 }\r\n\xff\xfe\x00 not even text".to_vec();
    assert_eq!(knock(&world, body.clone()).await.status, 200);
    let [shown] = world.door.knocks().try_into().unwrap();
    assert_eq!(shown.body, body);
    assert!(shown.headers.contains(&("x-signature".to_owned(), "v0=abc".to_owned())));
    assert!(shown.headers.iter().all(|(name, _)| name != "x-bytes"), "a value that is no text is left out");
}

#[tokio::test]
async fn a_refusal_has_the_status_of_its_kind() {
    let world = World::new().await;
    for (refusal, status, kind) in [
        (InboundRefusal::NoSecret, 503, "unavailable"),
        (InboundRefusal::Unproved("no signature"), 401, "unauthorized"),
        (InboundRefusal::Malformed("no payload".to_owned()), 422, "invalid"),
    ] {
        world.door.says(Err(refusal));
        knock(&world, r#"{"ticket_id":"4211"}"#).await.problem(status, kind);
    }
    assert!(world.run_of("4211").await.is_none());
    assert!(world.store.quarantine(&org_id(), None, 10).await.unwrap().is_empty(), "nothing unproved is kept");
}

#[tokio::test]
async fn a_ticket_goes_the_way_of_every_ticket() {
    let world = World::new().await;
    world.door.says(Ok(Incoming::Ticket));
    let first = knock(&world, r#"{"freshservice_webhook":{"ticket_id":4211}}"#).await.ok();
    assert_eq!(first["duplicate"], false);
    let again = world.ingest(r#"{"ticket_id":"4211"}"#).await.ok();
    assert_eq!(again["runId"], first["runId"]);
    assert_eq!(again["duplicate"], true);
    knock(&world, "no id").await.problem(422, "no-ticket-id");
    assert_eq!(world.store.quarantine(&org_id(), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_click_is_persisted_before_it_is_answered() {
    let world = World::new().await;
    let sent = click(run_id(7), "click-1");
    world.door.says(Ok(Incoming::Decision(sent.clone())));
    let reply = knock(&world, "payload=...").await;
    assert_eq!((reply.status, reply.text.as_str(), reply.header("content-type")), (200, "taken", "text/plain"));
    let [row] = world.store.inbox(10).await.unwrap().try_into().unwrap();
    assert_eq!(serde_json::from_str::<Click>(&row.payload).unwrap(), sent);
    assert_eq!((row.org, row.surface), (org_id(), connection("approvals")));
    assert_eq!(world.inbox_wakeup.rung(), 1);
}

#[tokio::test]
async fn a_repeated_click_changes_nothing() {
    let world = World::new().await;
    world.door.says(Ok(Incoming::Decision(click(run_id(7), "click-1"))));
    for _ in 0..3 {
        assert_eq!(knock(&world, "payload=...").await.status, 200);
    }
    assert_eq!(world.store.inbox(10).await.unwrap().len(), 1);
    assert_eq!(world.inbox_wakeup.rung(), 1);
    world.door.says(Ok(Incoming::Decision(click(run_id(7), "click-2"))));
    knock(&world, "payload=...").await;
    assert_eq!(world.store.inbox(10).await.unwrap().len(), 2);
}

async fn asks_for_the_form(world: &World) {
    world.door.says(Ok(Incoming::ReasonWanted {
        trigger: "t.1".to_owned(),
        run: run_id(7),
        plan_version: 1,
        plan_digest: Some(digest(7)),
        room: "C1".to_owned(),
        user: "U0APPROVER".to_owned(),
    }));
    assert_eq!(knock(world, "payload=...").await.status, 200);
    for _ in 0..10 {
        yield_now().await;
    }
    assert_eq!(world.channel.script.calls(ChannelCall::AskReason), 1);
}

#[tokio::test]
async fn the_form_for_a_reason_is_asked_for_without_waiting() {
    let world = World::new().await;
    asks_for_the_form(&world).await;
    assert!(world.channel.explanations().is_empty());
    assert!(world.store.inbox(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_form_that_cannot_be_opened_is_told_to_whoever_wanted_it() {
    let world = World::new().await;
    world.channel.script.fail(ChannelCall::AskReason, PortError::transient("it is down", None));
    asks_for_the_form(&world).await;
    let text = "The form could not be opened; press Deny again.".to_owned();
    let told = Explanation { room: "C1".to_owned(), user: "U0APPROVER".to_owned(), text };
    assert_eq!(world.channel.explanations(), [told]);
}

#[tokio::test]
async fn a_body_of_more_than_256_kib_is_refused() {
    let world = World::new().await;
    assert_eq!(knock(&world, vec![b'x'; 256 * 1024]).await.status, 200);
    knock(&world, vec![b'x'; 256 * 1024 + 1]).await.problem(413, "body-too-large");
    assert_eq!(world.door.knocks().len(), 1);
}

#[tokio::test]
async fn an_api_key_opens_no_webhook() {
    let world = World::new().await;
    world.door.says(Err(InboundRefusal::Unproved("no signature")));
    let request = Request::post("/webhooks/acme/helpdesk").header("x-api-key", crate::support::READER);
    world.send(request.body(Body::from("{}")).unwrap()).await.problem(401, "unauthorized");
}
