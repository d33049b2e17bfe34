//! What stands between the program and the vendors: it lets requests through, or answers them itself, with secrets in
//! every part of the answer.

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;

/// The longest body that is passed on.
const MOST: usize = 8 * 1024 * 1024;

/// An answer in the place of a vendor's.
#[derive(Debug, Clone)]
pub(super) struct Loud {
    /// `POST /okta/api/v1/users/`: method, and what the path begins with.
    pub(super) method: &'static str,
    pub(super) begins: &'static str,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// The stand-in for all vendors' addresses.
#[derive(Clone)]
pub(super) struct Between {
    behind: SocketAddr,
    http: reqwest::Client,
    loud: Arc<Mutex<Vec<Loud>>>,
    /// Whether an answer is given once, or again and again.
    lasting: bool,
}

impl Between {
    /// Starts it in front of the sandbox; returns it and its address.
    pub(super) async fn start(behind: SocketAddr, lasting: bool) -> anyhow::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        #[expect(clippy::disallowed_methods, reason = "the tests' own client stands outside the product")]
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let between = Self { behind, http, loud: Arc::default(), lasting };
        let router = Router::new().fallback(pass).with_state(between.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((between, address))
    }

    /// Answers the next request of this sort so.
    pub(super) fn say(&self, loud: Loud) {
        self.waiting().push(loud);
    }

    /// What waits for a request.
    pub(super) fn left(&self) -> Vec<(&'static str, u16)> {
        self.waiting().iter().map(|loud| (loud.begins, loud.status)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Loud>> {
        self.loud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, method: &str, path: &str) -> Option<Loud> {
        let mut waiting = self.waiting();
        let place = waiting.iter().position(|loud| loud.method == method && path.starts_with(loud.begins))?;
        let loud = waiting.remove(place);
        if self.lasting {
            waiting.push(loud.clone());
        }
        Some(loud)
    }

    async fn forward(&self, request: Request) -> anyhow::Result<Response> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().context("no path")?;
        let mut headers = parts.headers;
        headers.remove(header::CONTENT_LENGTH);
        let to = format!("http://{}{path}", self.behind);
        let body = to_bytes(body, MOST).await?;
        let answer = self.http.request(parts.method, to).headers(headers).body(body).send().await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = kept(answer.headers());
        *response.body_mut() = Body::from(answer.bytes().await?);
        Ok(response)
    }
}

fn kept(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    headers
}

async fn pass(State(between): State<Between>, request: Request) -> Response {
    let Some(loud) = between.take(request.method().as_str(), request.uri().path()) else {
        return between.forward(request).await.unwrap_or_else(|error| {
            let mut response = Response::new(Body::from(format!("{error:#}")));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        });
    };
    let mut response = Response::new(Body::from(loud.body));
    *response.status_mut() = StatusCode::from_u16(loud.status).unwrap_or(StatusCode::IM_A_TEAPOT);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in loud.headers {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A collector of traces that keeps every byte it is sent.
#[derive(Clone, Default)]
pub(super) struct Traces(Arc<Mutex<Vec<u8>>>);

impl Traces {
    /// Starts it; returns it and its address.
    pub(super) async fn start() -> anyhow::Result<(Self, String)> {
        let traces = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let take = async |State(traces): State<Self>, headers: HeaderMap, body: Bytes| {
            let mut held = traces.0.lock().unwrap_or_else(PoisonError::into_inner);
            held.extend_from_slice(format!("{headers:?}\n").as_bytes());
            held.extend_from_slice(&body);
        };
        let router = Router::new().fallback(take).with_state(traces.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((traces, address))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
