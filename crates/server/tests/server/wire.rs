//! What a peer may do on a connection: silence, slow heads, stalls, keep-alive, stopping.

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::Response,
    routing::get,
};
use countersign_server::Limits;
use hyper::body::Frame;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, oneshot},
    time::timeout,
};

use crate::support::wire::{HANG, Listening, Peer, SHORT};

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

pub(crate) fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

/// A route that says when a request is in it, and answers when told.
pub(crate) fn held() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, go) = (Arc::clone(&entered), Arc::clone(&release));
    let handler = get(async move || {
        inside.notify_one();
        go.notified().await;
        "done"
    });
    (hello().route("/held", handler), entered, release)
}

fn short_head() -> Limits {
    Limits { head: SHORT, ..Limits::default() }
}

pub(crate) async fn hello_again<S: AsyncRead + AsyncWrite + Unpin>(peer: &mut Peer<S>) {
    peer.send(GET).await.unwrap();
    let answer = peer.answer().await.unwrap();
    assert_eq!((answer.status(), answer.body.as_str()), (200, "hello"));
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_closed() {
    let server = Listening::with(hello(), short_head()).await;
    assert!(server.connect().await.closed().await.is_empty());
}

#[tokio::test]
async fn a_peer_that_sends_its_head_too_slowly_is_closed() {
    let server = Listening::with(hello(), short_head()).await;
    let mut peer = server.connect().await;
    peer.send("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let last_words = String::from_utf8(peer.closed().await).unwrap();
    assert!(last_words.is_empty() || last_words.starts_with("HTTP/1.1 408"), "{last_words}");
}

#[tokio::test]
async fn a_connection_idle_between_requests_is_closed() {
    let server = Listening::with(hello(), short_head()).await;
    let mut peer = server.connect_saying(GET);
    assert_eq!(peer.answer().await.unwrap().body, "hello");
    assert!(peer.closed().await.is_empty());
}

#[tokio::test]
async fn a_connection_serves_request_after_request() {
    let server = Listening::with(hello(), Limits::default()).await;
    let mut peer = server.connect().await;
    for _ in 0..3 {
        hello_again(&mut peer).await;
    }
    peer.send(format!("{GET}{GET}")).await.unwrap();
    assert_eq!(peer.answer().await.unwrap().body, "hello");
    assert_eq!(peer.answer().await.unwrap().body, "hello");
}

#[tokio::test]
async fn a_head_of_more_than_64_kib_is_refused() {
    let server = Listening::with(hello(), Limits::default()).await;
    let mut peer = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(70 * 1024));
    let _ = peer.send(head).await;
    assert!(peer.answer().await.is_none_or(|answer| answer.status() == 431));
    hello_again(&mut server.connect().await).await;
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let server = Listening::with(hello(), Limits::default()).await;
    for noise in [
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        "\r\n\r\nEHLO x\r\n\r\n",
    ] {
        let mut peer = server.connect().await;
        peer.send(noise).await.unwrap();
        assert!(peer.answer().await.is_none_or(|answer| answer.status() == 400), "{noise:?}");
    }
    hello_again(&mut server.connect().await).await;
}

#[tokio::test]
async fn two_lengths_of_one_body_are_refused() {
    let server = Listening::with(hello(), Limits::default()).await;
    for smuggled in ["content-length: 3\r\ncontent-length: 5\r\n", "content-length: -1\r\n", "content-length: 1, 2\r\n"]
    {
        let mut peer = server.connect().await;
        peer.send(format!("POST / HTTP/1.1\r\nhost: x\r\n{smuggled}\r\nabcde")).await.unwrap();
        assert!(peer.answer().await.is_none_or(|answer| answer.status() == 400), "{smuggled:?}");
    }
}

/// A body without end that says when it is dropped.
pub(crate) struct Endless(pub(crate) Option<oneshot::Sender<()>>);

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.take().map(|dropped| dropped.send(()));
    }
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])))))
    }
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_off() {
    let (dropped, gone) = oneshot::channel();
    let body = Arc::new(std::sync::Mutex::new(Some(Body::new(Endless(Some(dropped))))));
    let router = Router::new()
        .route("/", get(async move || Response::new(body.lock().unwrap().take().expect("asked for once"))));
    let server = Listening::with(router, Limits { write: SHORT, ..Limits::default() }).await;
    let mut peer = server.connect().await;
    peer.send(GET).await.unwrap();
    timeout(HANG, gone).await.expect("the answer is given up").unwrap();
}

#[tokio::test]
async fn stopping_finishes_the_request_in_flight_and_closes_idle_connections() {
    let (router, entered, release) = held();
    let server = Listening::with(router, Limits::default()).await;
    let (mut busy, mut idle, mut silent) = (server.connect().await, server.connect().await, server.connect().await);
    hello_again(&mut idle).await;
    busy.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    entered.notified().await;

    server.stop.cancel();
    assert!(idle.closed().await.is_empty());
    assert!(silent.closed().await.is_empty());
    release.notify_one();
    let answer = busy.answer().await.expect("the request in flight is answered");
    assert_eq!(answer.body, "done");
    assert_eq!(answer.header("connection"), Some("close"));
    server.stopped().await;
}

#[tokio::test]
async fn stopping_waits_no_longer_than_the_drain_time() {
    let (router, entered, _release) = held();
    let server = Listening::with(router, Limits { drain: SHORT, ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    entered.notified().await;
    server.stop.cancel();
    server.stopped().await;
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_for_a_place() {
    let (router, entered, release) = held();
    let server = Listening::with(router, Limits { connections: 1, ..Limits::default() }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send("GET /held HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    entered.notified().await;
    second.send(GET).await.unwrap();
    assert!(second.hears_nothing().await);
    release.notify_one();
    assert_eq!(first.answer().await.unwrap().body, "done");
    assert_eq!(second.answer().await.unwrap().body, "hello");
}

#[tokio::test]
async fn places_are_given_back_by_connections_of_every_end() {
    let limits = Limits { connections: 1, head: Duration::from_secs(5), ..Limits::default() };
    let server = Listening::with(hello(), limits).await;
    for _ in 0..3 {
        drop(server.connect().await);
        let mut rude = server.connect().await;
        rude.send("\u{0}\r\n\r\n").await.unwrap();
        rude.closed().await;
        let mut cut = server.connect().await;
        cut.send("GET / HTT").await.unwrap();
        drop(cut);
    }
    hello_again(&mut server.connect().await).await;
}
