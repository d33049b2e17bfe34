//! What every request passes: the API token or access token, the rights taken away by a command, the rate limit with
//! its headers, the request's id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{MatchedPath, Request, State as Shared};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use super::oauth::{Asked, authorise};
use super::refusal::Refusal;
use super::{State, held, paging};
use crate::vendor::Vendor;

const MICROS: i64 = 1_000_000;
const WINDOW: i64 = 60 * MICROS;
/// What a small org's management endpoints allow a minute.
const PER_MINUTE: u32 = 600;

const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-okta-request-id");

/// Fixed one-minute windows, one for each group of endpoints. Counted always, enforced only where asked for; where they
/// are not, no answer says that a window is used up, since a client would rightly stop until it ends.
pub(super) struct Rates {
    enforced: AtomicBool,
    per_minute: AtomicU32,
    windows: Mutex<HashMap<&'static str, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    ends: i64,
    used: u32,
}

/// How one request stands against its window.
struct Standing {
    limit: u32,
    remaining: u32,
    reset: i64,
    exceeded: bool,
}

impl Rates {
    pub(super) fn new(enforced: bool) -> Self {
        Self {
            enforced: AtomicBool::new(enforced),
            per_minute: AtomicU32::new(PER_MINUTE),
            windows: Mutex::new(HashMap::new()),
        }
    }

    /// Changes the limit and forgets what was used.
    pub(super) fn set(&self, per_minute: Option<u32>, enforced: Option<bool>) {
        if let Some(per_minute) = per_minute {
            self.per_minute.store(per_minute, Ordering::Relaxed);
        }
        if let Some(enforced) = enforced {
            self.enforced.store(enforced, Ordering::Relaxed);
        }
        held(&self.windows).clear();
    }

    fn take(&self, bucket: &'static str, now: i64) -> Standing {
        let limit = self.per_minute.load(Ordering::Relaxed);
        let mut windows = held(&self.windows);
        let window = windows.entry(bucket).or_insert(Window { ends: now + WINDOW, used: 0 });
        if now >= window.ends {
            *window = Window { ends: now + WINDOW, used: 0 };
        }
        window.used = window.used.saturating_add(1);
        let enforced = self.enforced.load(Ordering::Relaxed);
        let left = limit.saturating_sub(window.used);
        Standing {
            limit,
            remaining: if enforced { left } else { left.max(1) },
            reset: window.ends.div_euclid(MICROS) + i64::from(window.ends.rem_euclid(MICROS) > 0),
            exceeded: window.used > limit && enforced,
        }
    }
}

/// Okta limits by endpoint: the list of users, one user, what hangs below a user, groups, the log.
fn bucket(path: &str) -> &'static str {
    let mut segments = path.trim_start_matches("/api/v1/").split('/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some("users"), None, _) => "/api/v1/users",
        (Some("users"), Some(_), None) => "/api/v1/users/{id}",
        (Some("users"), Some(_), Some(_)) => "/api/v1/users/{id}/*",
        (Some("groups"), None, _) => "/api/v1/groups",
        (Some("groups"), Some(_), _) => "/api/v1/groups/{id}",
        (Some("logs"), _, _) => "/api/v1/logs",
        _ => "/api/v1",
    }
}

/// `Authorization: SSWS {token}`, or an access token with `Bearer` or `DPoP`; the scheme's case does not matter.
fn authorised(state: &State, request: &Request, route: Option<&str>) -> Result<(), Refusal> {
    let headers = request.headers();
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = given.and_then(|value| value.split_once(' ')).ok_or_else(Refusal::invalid_token)?;
    if ["Bearer", "DPoP"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        let (method, address) = (request.method(), format!("{}{}", paging::base(headers), request.uri().path()));
        let asked = Asked { method, address, route, headers, now: state.now().div_euclid(MICROS) };
        authorise(&mut held(&state.oauth), scheme, token.trim(), &asked)?;
    } else if !scheme.eq_ignore_ascii_case("SSWS") || token.trim() != held(&state.token).as_str() {
        return Err(Refusal::invalid_token());
    }
    let call = format!("{} {}", request.method(), route.unwrap_or_default());
    if held(&state.denied).contains(&call) { Err(Refusal::forbidden()) } else { Ok(()) }
}

/// The route's template without this vendor's prefix.
fn route_of(request: &Request) -> Option<String> {
    let matched = request.extensions().get::<MatchedPath>()?.as_str();
    Some(matched.strip_prefix(Vendor::Okta.prefix()).unwrap_or(matched).to_owned())
}

/// Lets a request through, or refuses it, and finishes every answer.
pub(super) async fn guard(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let number = state.next_request();
    let standing = state.rates.take(bucket(request.uri().path()), state.now());
    let route = route_of(&request);
    // Whoever asks for a token has none yet.
    let is_for_token = request.uri().path() == "/oauth2/v1/token";
    let refused = if is_for_token { None } else { authorised(&state, &request, route.as_deref()).err() };
    let mut response = if let Some(refusal) = refused {
        refusal.render(number)
    } else if standing.exceeded {
        Refusal::too_many_requests().render(number)
    } else {
        let mut response = next.run(request).await;
        match response.extensions_mut().remove::<Refusal>() {
            Some(refusal) => refusal.render(number),
            None => response,
        }
    };
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(standing.limit));
    headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    headers.insert(RESET, HeaderValue::from(standing.reset));
    if let Ok(id) = HeaderValue::from_str(&format!("req{number:0>22}")) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(date) = state.own_date() {
        headers.insert(header::DATE, date);
    }
    response
}
