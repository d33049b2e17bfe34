//! A server on a socket, and a client that may misbehave.

use axum::Router;
use countersign_server::{Limits, Listener, serve};
use std::{io::Write, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Far more than anything here takes: what exceeds it hangs.
pub(crate) const HANG: Duration = Duration::from_secs(10);

/// Short enough to be waited for.
pub(crate) const SHORT: Duration = Duration::from_millis(40);

/// A server on a socket.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listening {
    pub(crate) async fn with(router: Router, limits: Limits) -> Self {
        Self::shaped(router, limits, |listener| listener).await
    }

    /// Over TLS, say, or behind a proxy.
    pub(crate) async fn shaped(router: Router, limits: Limits, shape: impl FnOnce(Listener) -> Listener) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(shape(listener.into()), router, limits, stop.clone()));
        Self { address, stop, task }
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer(TcpStream::connect(self.address).await.expect("the server listens"))
    }

    /// Connects and sends before the server gets to run: no deadline of its can come in between.
    pub(crate) fn connect_saying(&self, bytes: &str) -> Peer {
        let mut stream = std::net::TcpStream::connect(self.address).expect("the server listens");
        stream.write_all(bytes.as_bytes()).expect("the socket takes it");
        stream.set_nonblocking(true).expect("a socket can be non-blocking");
        Peer(TcpStream::from_std(stream).expect("a socket"))
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(self) {
        timeout(HANG, self.task).await.expect("it stops").expect("it does not panic");
    }
}

/// An answer as it came off the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// The client's end.
pub(crate) struct Peer<S = TcpStream>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Sends; a server that has closed meanwhile is no failure of the test.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        timeout(HANG, self.0.write_all(bytes.as_ref())).await.expect("the server reads")
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn close_writing(&mut self) {
        self.0.shutdown().await.expect("it was open");
    }

    /// Reads one answer; `None`: the server closed without one.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        timeout(HANG, self.read_answer()).await.expect("an answer or a close")
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let mut answer = Answer { head: String::from_utf8(head).expect("text"), body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        answer.body = String::from_utf8(body).expect("text");
        Some(answer)
    }

    /// Waits until the server closes; the bytes it sent until then.
    pub(crate) async fn closed(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is a close too.
        let _ = timeout(HANG, self.0.read_to_end(&mut rest)).await.expect("the server closes");
        rest
    }
}

impl Peer {
    /// Whether nothing comes for a moment.
    pub(crate) async fn hears_nothing(&mut self) -> bool {
        timeout(SHORT, self.0.readable()).await.is_err()
    }
}
