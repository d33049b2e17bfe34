//! A typed client of the Okta management API, as far as user support needs it.
//!
//! Every path, parameter and shape is as in Okta's published description (`management`, release 2026.06.3). A read may
//! be repeated; whether a write may be, is the caller's to know. Nothing is repeated in here, but for a request that was
//! refused for its access token or its nonce and so has changed nothing.

mod answered;
mod auth;
mod error;
mod groups;
mod model;
mod operation;
mod search;
mod users;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use countersign_outbound::{Call, Http, LiveSecret, Reply, segment};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use auth::{Application, Clocks, Denial, KeyFlaw, Monotonic, NoRandomness, Suspect, TokenFailure, monotonic};
pub use error::{ClientError, Refusal};
pub use model::{
    Block, Credentials, Factor, Group, GroupKind, GroupProfile, NewProfile, Profile, Provider, Role, User, UserStatus,
};
pub use operation::Operation;
pub use search::{Field, Search};

use answered::Answered;
use auth::{Token, Tokens, asks_for_nonce};

/// The longest that a spent rate limit holds the connection, in milliseconds: Okta counts in windows of one minute.
const WINDOW_MS: u64 = 60_000;

/// How many pages of one list are read at most.
const MOST_PAGES: usize = 50;

/// How requests prove who sends them.
#[derive(Clone)]
enum Credential {
    ApiToken(LiveSecret),
    Application(Arc<Tokens>),
}

/// What a service app was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The app's client id.
    pub client_id: String,
    /// The scopes of its token, of those that were asked for.
    pub scopes: Vec<String>,
    /// Whether its tokens are bound to a key (DPoP).
    pub bound: bool,
}

/// A client of one Okta org. A clone shares the connection, its rate budget and its access token.
#[derive(Clone)]
pub struct Client {
    http: Http,
    credential: Credential,
    answered: Answered,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client that shows an API token (Security > API > Tokens), as it is at each request. `http` goes to the org's
    /// own address, `https://acme.okta.com`, without a path.
    pub fn new(http: Http, token: LiveSecret) -> Self {
        Self { http, credential: Credential::ApiToken(token), answered: Answered::never() }
    }

    /// A client that signs in as an API service app; `http` as above.
    ///
    /// # Errors
    /// [`NoRandomness`]: no key for its tokens can be made.
    pub fn for_application(http: Http, mut application: Application, clocks: Clocks) -> Result<Self, NoRandomness> {
        if application.scopes.is_empty() {
            // Okta gives no token for no scope.
            application.scopes.push(Operation::SearchUsers.scope().to_owned());
        }
        let answered = Answered::never();
        let tokens = Tokens::new(http.clone(), application, clocks, answered.clone())?;
        Ok(Self { http, credential: Credential::Application(Arc::new(tokens)), answered })
    }

    /// The org's host.
    pub fn host(&self) -> &str {
        self.http.base().host_str().unwrap_or_default()
    }

    /// When the latest answer was given, by Okta's clock, in Unix seconds.
    pub fn answered_at(&self) -> Option<i64> {
        self.answered.latest()
    }

    /// What the service app's token is good for; `None` for an API token, which cannot be asked.
    ///
    /// # Errors
    /// [`ClientError::NoToken`].
    pub async fn granted(&self) -> Result<Option<Granted>, ClientError> {
        let Credential::Application(tokens) = &self.credential else { return Ok(None) };
        let token = tokens.current().await.map_err(ClientError::NoToken)?;
        let scopes = token.scopes().to_vec();
        Ok(Some(Granted { client_id: tokens.client_id().to_owned(), scopes, bound: token.is_bound() }))
    }

    /// Which of these scopes the service app has besides, by asking for a token with them that is dropped at once; none
    /// for an API token.
    ///
    /// # Errors
    /// [`ClientError::NoToken`].
    pub async fn try_scopes(&self, scopes: &[&str]) -> Result<Vec<String>, ClientError> {
        let Credential::Application(tokens) = &self.credential else { return Ok(Vec::new()) };
        tokens.try_scopes(scopes).await.map_err(|failure| ClientError::NoToken(Arc::new(failure)))
    }

    /// Sends, learns the rate limit, and keeps only what succeeded. `place` is a path under the org's address, or an
    /// absolute address that Okta gave.
    async fn send(&self, operation: Operation, place: &str, body: Option<&Value>) -> Result<Reply, ClientError> {
        let call = || {
            let call = operation.at(place).header("accept", "application/json");
            if let Some(body) = body { call.json(body) } else { call }
        };
        let reply = match &self.credential {
            Credential::ApiToken(token) => {
                let authorization = SecretString::from(format!("SSWS {}", token.current().expose_secret().trim()));
                self.http.send(call().secret_header("authorization", &authorization)).await?
            }
            Credential::Application(tokens) => {
                let sign = |token: &Token| tokens.authorise(call(), token, operation.method(), place);
                self.send_as(tokens, sign).await?
            }
        };
        self.answered.note(&reply);
        let until_reset = until_reset(&reply);
        if reply.status == 429 || reply.header("x-rate-limit-remaining") == Some("0") {
            self.http.hold(until_reset);
        }
        if reply.is_success() { Ok(reply) } else { Err(Refusal::read(operation, &reply, until_reset).into()) }
    }

    /// Sends as the service app: once more where a nonce is asked for, and once more with a fresh token where the token
    /// is refused. A request that was refused so has changed nothing.
    async fn send_as(
        &self,
        tokens: &Tokens,
        sign: impl Fn(&Token) -> Result<Call, TokenFailure> + Send + Sync,
    ) -> Result<Reply, ClientError> {
        let mut token = tokens.current().await.map_err(ClientError::NoToken)?;
        let (mut followed, mut renewed) = (false, false);
        loop {
            let call = sign(&token).map_err(|failure| ClientError::NoToken(Arc::new(failure)))?;
            let reply = self.http.send(call).await?;
            tokens.learn(&reply);
            if asks_for_nonce(&reply) && !followed {
                followed = true;
            } else if reply.status == 401 && !renewed {
                renewed = true;
                token = tokens.instead_of(&token).await.map_err(ClientError::NoToken)?;
            } else {
                return Ok(reply);
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, operation: Operation, place: &str) -> Result<T, ClientError> {
        Ok(self.send(operation, place, None).await?.json()?)
    }

    /// What is there, or nothing where Okta says that it knows no such thing.
    async fn read_if_there<T: DeserializeOwned>(
        &self,
        operation: Operation,
        place: &str,
    ) -> Result<Option<T>, ClientError> {
        match self.read(operation, place).await {
            Ok(found) => Ok(Some(found)),
            Err(ClientError::Refused(refusal)) if refusal.is_not_found() => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// A whole list, page after page.
    async fn read_all<T: DeserializeOwned>(&self, operation: Operation, first: String) -> Result<Vec<T>, ClientError> {
        let mut all = Vec::new();
        let mut place = Some(first);
        for _ in 0..MOST_PAGES {
            let Some(next) = place.take() else { return Ok(all) };
            let reply = self.send(operation, &next, None).await?;
            all.extend(reply.json::<Vec<T>>()?);
            place = next_page(&reply);
        }
        if place.is_some() { Err(ClientError::TooMany) } else { Ok(all) }
    }

    /// Sends what has no answer worth reading.
    async fn act(&self, operation: Operation, place: &str) -> Result<(), ClientError> {
        self.send(operation, place, None).await.map(drop)
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
