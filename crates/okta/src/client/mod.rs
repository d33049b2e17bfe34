//! A typed client of the Okta management API, as far as user support needs it.
//!
//! Every path, parameter and shape is as in Okta's published description (`management`, release 2026.06.3). A read may
//! be repeated; whether a write may be, is the caller's to know. Nothing is repeated in here.

mod error;
mod groups;
mod model;
mod search;
mod users;

#[cfg(test)]
mod tests;

use std::fmt;

use countersign_outbound::{Call, Http, Reply, segment};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

pub use error::{ClientError, Refusal};
pub use model::{
    Block, Credentials, Factor, Group, GroupKind, GroupProfile, NewProfile, Profile, Provider, User, UserStatus,
};
pub use search::{Field, Search};

/// The longest that a spent rate limit holds the connection, in milliseconds: Okta counts in windows of one minute.
const WINDOW_MS: u64 = 60_000;

/// How many pages of one list are read at most.
const MOST_PAGES: usize = 50;

/// A client of one Okta org. A clone shares the connection and its rate budget.
#[derive(Clone)]
pub struct Client {
    http: Http,
    /// The whole header value, `SSWS` and the token.
    authorization: SecretString,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client that shows an API token (Security > API > Tokens). `http` goes to the org's own address,
    /// `https://acme.okta.com`, without a path.
    pub fn new(http: Http, token: &SecretString) -> Self {
        let authorization = SecretString::from(format!("SSWS {}", token.expose_secret().trim()));
        Self { http, authorization }
    }

    /// The org's host.
    pub fn host(&self) -> &str {
        self.http.base().host_str().unwrap_or_default()
    }

    /// Sends, learns the rate limit, and keeps only what succeeded.
    async fn send(&self, call: Call) -> Result<Reply, ClientError> {
        let call = call.secret_header("authorization", &self.authorization).header("accept", "application/json");
        let reply = self.http.send(call).await?;
        let until_reset = until_reset(&reply);
        if reply.status == 429 || reply.header("x-rate-limit-remaining") == Some("0") {
            self.http.hold(until_reset);
        }
        if reply.is_success() { Ok(reply) } else { Err(Refusal::read(&reply, until_reset).into()) }
    }

    async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<T, ClientError> {
        Ok(self.send(call).await?.json()?)
    }

    /// What is there, or nothing where Okta says that it knows no such thing.
    async fn read_if_there<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ClientError> {
        match self.read(call).await {
            Ok(found) => Ok(Some(found)),
            Err(ClientError::Refused(refusal)) if refusal.is_not_found() => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// A whole list, page after page. `call` makes the request of a place.
    async fn read_all<T: DeserializeOwned>(
        &self,
        first: String,
        call: impl Fn(String) -> Call,
    ) -> Result<Vec<T>, ClientError> {
        let mut all = Vec::new();
        let mut place = Some(first);
        for _ in 0..MOST_PAGES {
            let Some(next) = place.take() else { return Ok(all) };
            let reply = self.send(call(next)).await?;
            all.extend(reply.json::<Vec<T>>()?);
            place = next_page(&reply);
        }
        if place.is_some() { Err(ClientError::TooMany) } else { Ok(all) }
    }
}

/// Milliseconds until Okta's window ends. `X-Rate-Limit-Reset` is a moment on Okta's clock, so it is held against the
/// answer's own `Date`.
fn until_reset(reply: &Reply) -> u64 {
    let reset = reply.header("x-rate-limit-reset").and_then(|text| text.trim().parse().ok());
    reset.and_then(|reset| reply.until_ms(reset)).unwrap_or(WINDOW_MS).clamp(1_000, WINDOW_MS)
}

/// The next page's address: `Link: <https://...>; rel="next"`, one header for each relation or several in one.
fn next_page(reply: &Reply) -> Option<String> {
    let headers = reply.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|value| value.split(',')).find_map(|link| {
        let (place, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| place.to_owned())
    })
}

/// An id or login as one segment of a path. An empty one would make another endpoint of it.
fn part(text: &str) -> Result<String, ClientError> {
    if text.is_empty() { Err(ClientError::NoId) } else { Ok(segment(text)) }
}
