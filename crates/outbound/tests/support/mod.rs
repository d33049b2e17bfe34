//! Small servers on free ports.

use axum::Router;
use countersign_outbound::{Factory, FactoryOptions, Http, Pace, Target};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A client of a base URL.
pub(crate) fn client(base: &str, pace: Pace) -> Http {
    let factory = Factory::new(FactoryOptions::default()).expect("a factory");
    factory.client(Target { vendor: "okta", base_url: base.parse().expect("a URL"), pace }).expect("a client")
}

/// Serves an app; its origin.
pub(crate) async fn serve(app: Router) -> String {
    let (listener, origin) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("its address"));
    (listener, origin)
}

/// An origin at which nobody listens.
pub(crate) async fn nobody() -> String {
    let (listener, origin) = listen().await;
    drop(listener);
    origin
}

/// A server that does not speak HTTP but plays back bytes.
pub(crate) struct Raw {
    pub(crate) origin: String,
}

impl Raw {
    /// Reads the request's first bytes, writes the answer and closes.
    pub(crate) async fn answering(answer: Vec<u8>) -> Self {
        let (listener, origin) = listen().await;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut first = [0; 4096];
                let _ = stream.read(&mut first).await;
                // The client may hang up before it has all: that is what is being tested.
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { origin }
    }

    /// Reads and never answers.
    pub(crate) async fn silent() -> Self {
        let (listener, origin) = listen().await;
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.push(stream);
            }
        });
        Self { origin }
    }
}
