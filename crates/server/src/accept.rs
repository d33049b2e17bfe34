//! The accept loop. hyper's `http1` builder with a timer, because without one its header timeout is off, and an
//! automatic protocol choice leaves silent peers open.

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{routes::BodyTime, write_deadline::WriteDeadline};

/// What a peer may do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a peer may take to send a request's head; silence after connecting and between requests included.
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

/// Serves until `stop`, then lets requests in flight finish.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let router = router.layer(Extension(BodyTime(limits.body)));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                let permit = Arc::clone(&slots).acquire_owned().await;
                (permit, listener.accept().await)
            } => accepted,
        };
        let (Ok(permit), accepted) = accepted else { break };
        let stream = match accepted {
            Ok((stream, _)) => stream,
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
        let io = TokioIo::new(WriteDeadline::new(stream, limits.write));
        let service = TowerToHyperService::new(router.clone());
        let connection = builder(&limits).serve_connection(io, service);
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
            drop(permit);
        });
    }
    // Whoever comes now is refused at once instead of waiting for somebody who no longer accepts.
    drop(listener);
    connections.close();
    if timeout(limits.drain, connections.wait()).await.is_err() {
        tracing::warn!(left = connections.len(), "stopped with requests in flight");
    }
}

fn builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head).half_close(false);
    // The buffer's limit alone lets a head through that is longer by one read.
    builder.max_buf_size(limits.head_bytes).max_header_size(limits.head_bytes);
    builder
}
