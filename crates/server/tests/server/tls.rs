//! What a peer may do on a connection that speaks TLS: as much as on one that does not.

use axum::{Router, body::Body, http::Response, routing::get};
use countersign_server::Limits;
use rustls::version::{TLS12, TLS13};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    support::{
        certificates::{Pair, PairFiles},
        wire::{HANG, Listening, SHORT},
    },
    wire::{Endless, GET, held, hello, hello_again},
};

async fn secured(router: Router, limits: Limits) -> (Listening, Pair) {
    let pair = Pair::fresh();
    let tls = PairFiles::of(&pair).load();
    (Listening::shaped(router, limits, |listener| listener.with_tls(Some(tls))).await, pair)
}

/// The beginning of a handshake, whose rest never comes.
const HALF_A_HELLO: [u8; 9] = [22, 3, 1, 0, 200, 1, 0, 0, 196];

#[tokio::test]
async fn request_after_request_is_answered_over_both_versions() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    for version in [&TLS12, &TLS13] {
        let mut peer = pair.connect_with(server.address, &[version], &["http/1.1"]).await.unwrap();
        let (_, session) = peer.0.get_ref();
        assert_eq!(session.protocol_version(), Some(version.version));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        for _ in 0..3 {
            hello_again(&mut peer).await;
        }
    }
}

#[tokio::test]
async fn who_trusts_another_certificate_is_not_connected() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    assert!(Pair::fresh().connect(server.address).await.is_err());
    hello_again(&mut pair.connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn who_speaks_http_2_alone_is_refused() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    assert!(pair.connect_with(server.address, &[&TLS13], &["h2"]).await.is_err());
    hello_again(&mut pair.connect_with(server.address, &[&TLS13], &["h2", "http/1.1"]).await.unwrap()).await;
}

#[tokio::test]
async fn plain_http_is_refused_in_words() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    for request in [GET, "POST /api/v1/tickets/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"] {
        let mut peer = server.connect().await;
        peer.send(request).await.unwrap();
        let answer = peer.answer().await.unwrap();
        assert_eq!((answer.status(), answer.header("connection")), (400, Some("close")));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(answer.body.contains("https://") && !answer.body.contains("hello"), "{}", answer.body);
        assert!(peer.closed().await.is_empty());
    }
    hello_again(&mut pair.connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn what_is_neither_is_cut_off() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    for noise in [&b"\0\x01\x02\x03"[..], &[22; 64], &[0x80; 64], b"SSH-2.0-x\r\n\r\n\r\n"] {
        let mut peer = server.connect().await;
        peer.send(noise).await.unwrap();
        let last_words = peer.closed().await;
        assert!(!String::from_utf8_lossy(&last_words).contains("hello"), "{noise:?}");
    }
    hello_again(&mut pair.connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn a_peer_that_is_slow_with_its_handshake_is_closed() {
    let (server, _) = secured(hello(), Limits { head: SHORT, ..Limits::default() }).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    // It may have been closed already.
    let _ = slow.send(HALF_A_HELLO).await;
    assert!(silent.closed().await.is_empty());
    assert!(slow.closed().await.is_empty());
}

#[tokio::test]
async fn a_slow_handshake_keeps_nobody_else_waiting() {
    let (server, pair) = secured(hello(), Limits::default()).await;
    let mut slow = server.connect().await;
    slow.send(HALF_A_HELLO).await.unwrap();
    hello_again(&mut pair.connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn places_are_given_back_by_handshakes_of_every_end() {
    let limits = Limits { connections: 1, head: Duration::from_secs(5), ..Limits::default() };
    let (server, pair) = secured(hello(), limits).await;
    for _ in 0..3 {
        drop(server.connect().await);
        let mut rude = server.connect().await;
        rude.send([22; 64]).await.unwrap();
        rude.closed().await;
        let mut half = server.connect().await;
        half.send(HALF_A_HELLO).await.unwrap();
        drop(half);
        assert!(Pair::fresh().connect(server.address).await.is_err());
    }
    hello_again(&mut pair.connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_off() {
    let (dropped, gone) = oneshot::channel();
    let body = Arc::new(std::sync::Mutex::new(Some(Body::new(Endless(Some(dropped))))));
    let router = Router::new()
        .route("/", get(async move || Response::new(body.lock().unwrap().take().expect("asked for once"))));
    let (server, pair) = secured(router, Limits { write: SHORT, ..Limits::default() }).await;
    let mut peer = pair.connect(server.address).await.unwrap();
    peer.send(GET).await.unwrap();
    timeout(HANG, gone).await.expect("the answer is given up").unwrap();
}

#[tokio::test]
async fn stopping_finishes_the_request_in_flight_and_closes_everything_else() {
    let (router, entered, release) = held();
    let (server, pair) = secured(router, Limits::default()).await;
    let (mut busy, mut idle) =
        (pair.connect(server.address).await.unwrap(), pair.connect(server.address).await.unwrap());
    let (mut silent, mut half) = (server.connect().await, server.connect().await);
    half.send(HALF_A_HELLO).await.unwrap();
    hello_again(&mut idle).await;
    busy.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    entered.notified().await;
    server.stop.cancel();
    assert!(idle.closed().await.is_empty());
    for peer in [&mut silent, &mut half] {
        assert!(peer.closed().await.is_empty());
    }
    release.notify_one();
    let answer = busy.answer().await.expect("the request in flight is answered");
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("done", Some("close")));
    server.stopped().await;
}
