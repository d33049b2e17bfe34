//! A server that answers what a test tells it to, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use countersign_graph::client::{Application, GraphClient, Monotonic, Tokens};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Pace, Target};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// What arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Method, path and query.
    pub(crate) line: String,
    /// Header names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// The body as text.
    pub(crate) body: String,
}

/// Status and JSON body.
pub(crate) type Answer = (u16, String);

/// The server. It ends with the test's runtime.
pub(crate) struct Stub {
    /// Its address.
    pub(crate) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Starts a server on a free port.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move { serve(stream, &*answer, &log).await });
            }
        });
        Self { url, seen }
    }

    /// A server that gives tokens and nothing else.
    pub(crate) async fn of_tokens() -> Self {
        Self::start(|_| token("stub-token", 3599)).await
    }

    /// The requests whose line begins with this.
    pub(crate) fn seen(&self, beginning: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.line.starts_with(beginning)).cloned().collect()
    }
}

/// The answer of a token endpoint.
pub(crate) fn token(text: &str, expires_in: u64) -> Answer {
    (200, format!(r#"{{"token_type": "Bearer", "expires_in": {expires_in}, "access_token": "{text}"}}"#))
}

/// A client of the API behind `api`, with tokens from `login`.
pub(crate) fn client(api: &Url, login: &Url, clock: Monotonic) -> GraphClient {
    client_with(api, login, clock, LiveSecret::from("stub-secret"))
}

/// As [`client`], signing in with this secret.
pub(crate) fn client_with(api: &Url, login: &Url, clock: Monotonic, client_secret: LiveSecret) -> GraphClient {
    let factory = Factory::new(FactoryOptions::default()).unwrap();
    let http = |vendor, base_url: &Url| {
        factory.client(Target { vendor, base_url: base_url.clone(), pace: Pace::default() }).unwrap()
    };
    let application = Application { tenant_id: "tenant".to_owned(), client_id: "client".to_owned(), client_secret };
    GraphClient::new(http("graph", api), Tokens::new(http("entra-sign-in", login), application, clock))
}

async fn serve(mut stream: TcpStream, answer: &(dyn Fn(&Seen) -> Answer + Send + Sync), log: &Mutex<Vec<Seen>>) {
    let Some(seen) = receive(&mut stream).await else { return };
    log.lock().unwrap().push(seen.clone());
    let (status, body) = answer(&seen);
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = head.split("\r\n");
            let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect();
            let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&bytes[end + 4..end + 4 + length]).into_owned();
                return Some(Seen { line, headers, body });
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
