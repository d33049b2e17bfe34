//! The accept loop. hyper's `http1` builder with a timer, because without one its header timeout is off, and an
//! automatic protocol choice leaves silent peers open.

use axum::{Extension, Router};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::ClientAddress,
    proxies::TrustedProxies,
    routes::BodyTime,
    tls::{Greeting, Tls, refuse_plain_http},
    write_deadline::WriteDeadline,
};

/// What a peer may do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a peer may take to send a request's head; silence after connecting and between requests included. And,
    /// before the first one, for a TLS handshake.
    pub head: Duration,
    /// How long a peer may take to send a request's body; then it is told so with a 408.
    pub body: Duration,
    /// How long a peer may stop reading.
    pub write: Duration,
    /// The most bytes of a request's head.
    pub head_bytes: usize,
    /// How many connections are served at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long stopping waits for requests in flight.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            body: Duration::from_secs(20),
            write: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            connections: 2_048,
            drain: Duration::from_secs(20),
        }
    }
}

/// How long to wait after the system refused to accept, out of file descriptors say.
const PAUSE: Duration = Duration::from_millis(100);

/// A socket that is listened on, and how its connections begin.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
    proxies: TrustedProxies,
}

impl From<TcpListener> for Listener {
    /// Without TLS and without proxies.
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None, proxies: TrustedProxies::default() }
    }
}

impl Listener {
    /// Speaks TLS and nothing else, if given.
    #[must_use]
    pub fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        Self { tls, ..self }
    }

    /// Takes the word of these proxies for whom they were called by.
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }
}

/// Serves until `stop`, then lets requests in flight finish.
pub async fn serve(listener: impl Into<Listener>, router: Router, limits: Limits, stop: CancellationToken) {
    let Listener { socket, tls, proxies } = listener.into();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let (drain, router) = (limits.drain, router.layer(Extension(BodyTime(limits.body))));
    let host = Arc::new(Host { router, limits, tls, proxies: Arc::new(proxies), stop: stop.clone() });
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                let permit = Arc::clone(&slots).acquire_owned().await;
                (permit, socket.accept().await)
            } => accepted,
        };
        let (Ok(permit), accepted) = accepted else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection closed before it was served");
            continue;
        }
        let host = Arc::clone(&host);
        connections.spawn(async move {
            host.connection(stream, peer.ip()).await;
            drop(permit);
        });
    }
    // Whoever comes now is refused at once instead of waiting for somebody who no longer accepts.
    drop(socket);
    connections.close();
    if timeout(drain, connections.wait()).await.is_err() {
        tracing::warn!(left = connections.len(), "stopped with requests in flight");
    }
}

/// What every connection of a listener is served with.
struct Host {
    router: Router,
    limits: Limits,
    tls: Option<Arc<Tls>>,
    proxies: Arc<TrustedProxies>,
    stop: CancellationToken,
}

impl Host {
    /// Serves one connection until it ends.
    async fn connection(&self, stream: TcpStream, peer: IpAddr) {
        let Some(tls) = &self.tls else {
            let stream = WriteDeadline::new(stream, self.limits.write);
            return self.requests(stream, peer, self.router.clone(), &self.builder()).await;
        };
        let greeting = tokio::select! {
            () = self.stop.cancelled() => return,
            greeting = timeout(self.limits.head, tls.greet(stream, self.limits.write)) => greeting,
        };
        match greeting {
            Ok(Ok(Greeting::Secure(stream))) => {
                self.requests(stream, peer, self.router.clone(), &self.builder()).await;
            }
            Ok(Ok(Greeting::Plain(stream))) => {
                let refusal = Router::new().fallback(refuse_plain_http);
                self.requests(stream, peer, refusal, self.builder().keep_alive(false)).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    }

    /// Answers the requests of one connection until it ends; once told to stop, the one in flight and no other.
    async fn requests(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        peer: IpAddr,
        router: Router,
        builder: &http1::Builder,
    ) {
        let (proxies, routes) = (Arc::clone(&self.proxies), TowerToHyperService::new(router));
        let service = service_fn(move |mut request: Request<Incoming>| {
            let client = proxies.client(peer, request.headers());
            request.extensions_mut().insert(ClientAddress(client));
            routes.call(request)
        });
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended badly");
        }
    }

    fn builder(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.limits.head).half_close(false);
        // The buffer's limit alone lets a head through that is longer by one read.
        builder.max_buf_size(self.limits.head_bytes).max_header_size(self.limits.head_bytes);
        builder
    }
}
