//! Bodies over the wire: too large, cut, too slow.

use countersign_domain::ports::InboundRefusal;
use countersign_server::Limits;
use serde_json::Value;

use crate::support::{
    SUBMITTER, World,
    wire::{Answer, Listening, Peer, SHORT},
};

async fn listening(limits: Limits) -> (World, Listening) {
    let world = World::new().await;
    let server = Listening::with(world.router.clone(), limits).await;
    (world, server)
}

fn head(framing: &str) -> String {
    format!(
        "POST /api/v1/tickets/ingest HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SUBMITTER}\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
    )
}

fn is_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status(), status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(answer.header("x-request-id").is_some());
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["type"], format!("urn:countersign:problem:{kind}"));
}

async fn takes_a_ticket(peer: &mut Peer) {
    let body = r#"{"ticket_id":"4211"}"#;
    peer.send(format!("{}{body}", head(&format!("content-length: {}", body.len())))).await.unwrap();
    let answer = peer.answer().await.unwrap();
    assert_eq!(answer.status(), 200, "{answer:?}");
}

/// A body of exactly `size` bytes with an id in it.
fn body_of(size: usize) -> String {
    let (start, end) = (r#"{"ticket_id":"4211","padding":""#, r#""}"#);
    format!("{start}{}{end}", "a".repeat(size - start.len() - end.len()))
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_taken() {
    let (_world, server) = listening(Limits::default()).await;
    let mut peer = server.connect().await;
    let body = body_of(1024 * 1024);
    peer.send(format!("{}{body}", head(&format!("content-length: {}", body.len())))).await.unwrap();
    assert_eq!(peer.answer().await.unwrap().status(), 200);
    takes_a_ticket(&mut peer).await;
}

#[tokio::test]
async fn a_body_of_more_than_one_mebibyte_is_refused() {
    let (world, server) = listening(Limits::default()).await;
    for size in [1024 * 1024 + 1, 3 * 1024 * 1024] {
        let mut peer = server.connect().await;
        let body = body_of(size);
        // The server may close before it has read everything.
        let _ = peer.send(format!("{}{body}", head(&format!("content-length: {}", body.len())))).await;
        is_problem(&peer.answer().await.unwrap(), 413, "body-too-large");
    }
    assert_eq!(world.wakeup.rung(), 0);
}

#[tokio::test]
async fn a_chunked_body_of_more_than_one_mebibyte_is_refused() {
    let (_world, server) = listening(Limits::default()).await;
    let mut peer = server.connect().await;
    peer.send(head("transfer-encoding: chunked")).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    for _ in 0..17 {
        let _ = peer.send(&chunk).await;
    }
    is_problem(&peer.answer().await.unwrap(), 413, "body-too-large");
}

#[tokio::test]
async fn a_cut_body_is_not_taken() {
    let (world, server) = listening(Limits::default()).await;
    for framing in ["content-length: 500", "transfer-encoding: chunked"] {
        let mut peer = server.connect().await;
        peer.send(format!("{}20\r\n{{\"ticket_id\":\"4211\",", head(framing))).await.unwrap();
        peer.close_writing().await;
        if let Some(answer) = peer.answer().await {
            is_problem(&answer, 400, "body-cut");
        }
    }
    let mut peer = server.connect().await;
    takes_a_ticket(&mut peer).await;
    assert_eq!(world.wakeup.rung(), 1, "only the whole body was taken");
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_given_up_with_408() {
    let (world, server) = listening(Limits { body: SHORT, ..Limits::default() }).await;
    let mut peer = server.connect().await;
    peer.send(format!("{}{{\"ticket_id\"", head("content-length: 20"))).await.unwrap();
    is_problem(&peer.answer().await.unwrap(), 408, "body-timeout");
    peer.closed().await;
    assert_eq!(world.wakeup.rung(), 0);
}

#[tokio::test]
async fn a_body_dripped_into_a_webhook_is_given_up_too() {
    let (world, server) = listening(Limits { body: SHORT, ..Limits::default() }).await;
    let mut peer = server.connect().await;
    peer.send("POST /webhooks/acme/helpdesk HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\nab").await.unwrap();
    is_problem(&peer.answer().await.unwrap(), 408, "body-timeout");
    assert!(world.door.knocks().is_empty());
}

#[tokio::test]
async fn a_refused_key_is_answered_before_the_body_arrives() {
    let (_world, server) = listening(Limits::default()).await;
    let mut peer = server.connect().await;
    peer.send("POST /api/v1/tickets/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n").await.unwrap();
    is_problem(&peer.answer().await.unwrap(), 401, "unauthorized");
}

#[tokio::test]
async fn a_stranger_at_a_webhook_is_answered_before_the_body_arrives() {
    let (world, server) = listening(Limits::default()).await;
    world.door.refuses_heads(InboundRefusal::Unproved("there is no token"));
    let mut peer = server.connect().await;
    peer.send("POST /webhooks/acme/helpdesk HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n").await.unwrap();
    is_problem(&peer.answer().await.unwrap(), 401, "unauthorized");
    assert!(world.door.knocks().is_empty());
}
