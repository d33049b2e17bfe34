//! The request log: one line and two measurements for every request, and the span that its other lines stand in.
//!
//! A line names the route and never the path, which may hold ids; no header's value, no body, no word of a ticket.

use axum::extract::{MatchedPath, Request};
use countersign_domain::ids::KeyId;
use http::{Method, StatusCode};
use std::{net::IpAddr, time::Instant};
use tracing::{
    Span,
    field::{Empty, display},
};

/// Where the request log goes: a log filter's name for it.
const TARGET: &str = "countersign::access";

/// What is asked so often by machines that its lines are for debugging alone.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What a request counts as whose peer went away before it was answered. The number is nginx's.
const CUT: u16 = 499;

/// Whom a request comes from, proxies looked through: put on every request by the accept loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// One request, from its head to its answer. Logged and counted when dropped.
pub(crate) struct Access {
    route: Option<MatchedPath>,
    method: &'static str,
    client: Option<IpAddr>,
    begun: Instant,
    span: Span,
    status: Option<StatusCode>,
}

impl Access {
    pub(crate) fn begin(request: &Request, id: &str) -> Self {
        Self {
            route: request.extensions().get::<MatchedPath>().cloned(),
            method: name(request.method()),
            client: request.extensions().get::<ClientAddress>().map(|client| client.0),
            begun: monotonic(),
            // Of the highest level, so that its fields are on a warning's line even where only warnings are logged.
            span: tracing::error_span!("request", request_id = id, key = Empty),
            status: None,
        }
    }

    /// What is logged while the request is dealt with belongs in here.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }

    fn status(&self) -> u16 {
        match self.status {
            Some(status) => status.as_u16(),
            None if std::thread::panicking() => StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
            None => CUT,
        }
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        let route = self.route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let (method, status, taken) = (self.method, self.status(), self.begun.elapsed());
        metrics::counter!(
            "countersign_http_requests_total",
            "route" => route.to_owned(), "method" => method, "status" => status.to_string()
        )
        .increment(1);
        metrics::histogram!("countersign_http_request_seconds", "route" => route.to_owned()).record(taken);
        let ms = (taken.as_secs_f64() * 1e6).round() / 1e3;
        let client = self.client.map(display);
        let _entered = self.span.enter();
        if PROBES.contains(&route) {
            tracing::debug!(target: TARGET, method, route, status, ms, client, "answered");
        } else {
            tracing::info!(target: TARGET, method, route, status, ms, client, "answered");
        }
    }
}

/// Puts the key that a request was let in by on its lines.
pub(crate) fn let_in_by(key: KeyId) {
    Span::current().record("key", display(key));
}

/// The method, if it is one of the usual: any other word is the peer's own.
fn name(method: &Method) -> &'static str {
    const USUAL: [(&Method, &str); 7] = [
        (&Method::GET, "GET"),
        (&Method::HEAD, "HEAD"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::OPTIONS, "OPTIONS"),
    ];
    USUAL.iter().find(|(known, _)| *known == method).map_or("other", |(_, name)| name)
}

#[expect(clippy::disallowed_methods, reason = "how long an answer took is measured on the monotonic clock")]
fn monotonic() -> Instant {
    Instant::now()
}
