//! Access tokens by client credentials: one for all calls, fetched again before it runs out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_domain::shown::shown;
use countersign_outbound::{Call, CallError, Http, LiveSecret, Reply, segment};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::error::ClientError;

/// A token is fetched again this long before it runs out.
const MARGIN: Duration = Duration::from_secs(300);
const SCOPE: &str = "https://graph.microsoft.com/.default";

/// A clock that never goes back: the time since some fixed moment. Wall clocks jump, tokens do not.
pub type Monotonic = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The machine's monotonic clock.
pub fn monotonic() -> Monotonic {
    #[expect(clippy::disallowed_methods, reason = "a monotonic reading is the point: how old a token is")]
    let start = std::time::Instant::now();
    Arc::new(move || start.elapsed())
}

/// The application that signs in as itself.
pub struct Application {
    /// Directory (tenant) id or a verified domain of the tenant: letters, digits, `-` and `.`.
    pub tenant_id: String,
    /// Application (client) id.
    pub client_id: String,
    /// The value of a client secret, not its id.
    pub client_secret: LiveSecret,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenFailure {
    /// The sign-in service gave no answer that can be read. No token is no harm: nothing was changed.
    #[error("the sign-in service did not answer")]
    Call(#[source] CallError),
    /// The sign-in service refused.
    #[error("the sign-in service refused with status {status} ({error})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// OAuth's word, for example `invalid_client`.
        error: String,
        /// The number of the first AADSTS code, for example 7000215.
        code: Option<u64>,
        /// What `Retry-After` asks for, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

/// A token and which one it is.
#[derive(Clone)]
pub(super) struct Token {
    secret: Arc<SecretString>,
    number: u64,
    /// By the monotonic clock.
    good_until: Duration,
}

impl Token {
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// The outcome of the latest attempt, where it failed.
    failure: Option<Arc<TokenFailure>>,
}

/// The application's tokens. While one is being fetched everybody else waits for that one attempt, and shares its
/// outcome, failure included.
pub struct Tokens {
    http: Http,
    application: Application,
    clock: Monotonic,
    held: Mutex<Held>,
    attempts: AtomicU64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Default, Deserialize)]
struct Denied {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl Tokens {
    /// Tokens from the sign-in service behind `http`, for example `https://login.microsoftonline.com`.
    pub fn new(http: Http, application: Application, clock: Monotonic) -> Self {
        Self { http, application, clock, held: Mutex::new(Held::default()), attempts: AtomicU64::new(0) }
    }

    /// A token that is good for some minutes yet.
    pub(super) async fn current(&self) -> Result<Token, ClientError> {
        let now = (self.clock)();
        self.fetch_unless(|token| token.good_until > now).await
    }

    /// Another token than the one that was just refused.
    pub(super) async fn instead_of(&self, refused: &Token) -> Result<Token, ClientError> {
        self.fetch_unless(|token| token.number != refused.number).await
    }

    /// A token fetched now, however good the one at hand is.
    pub(super) async fn anew(&self) -> Result<Token, ClientError> {
        self.fetch_unless(|_| false).await
    }

    async fn fetch_unless(&self, good: impl Fn(&Token) -> bool + Send) -> Result<Token, ClientError> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| good(token)) {
            return Ok(token.clone());
        }
        // An attempt that ended while we waited for the lock has answered for us as well.
        if self.attempts.load(Ordering::Acquire) != seen
            && let Some(failure) = &held.failure
        {
            return Err(ClientError::NoToken(Arc::clone(failure)));
        }
        let outcome = self.fetch().await;
        let number = self.attempts.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok((secret, good_until)) => {
                let token = Token { secret: Arc::new(secret), number, good_until };
                *held = Held { token: Some(token.clone()), failure: None };
                Ok(token)
            }
            Err(failure) => {
                let failure = Arc::new(failure);
                *held = Held { token: None, failure: Some(Arc::clone(&failure)) };
                Err(ClientError::NoToken(failure))
            }
        }
    }

    async fn fetch(&self) -> Result<(SecretString, Duration), TokenFailure> {
        // Counted from before the request: the answer's way must not lengthen the token's life.
        let asked = (self.clock)();
        let Application { tenant_id, client_id, client_secret } = &self.application;
        let call = Call::post(format!("/{}/oauth2/v2.0/token", segment(tenant_id)))
            .template("/{tenant}/oauth2/v2.0/token")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", client_id),
                ("client_secret", client_secret.current().expose_secret()),
                ("scope", SCOPE),
            ]);
        let reply = self.http.send(call).await.map_err(TokenFailure::Call)?;
        if !reply.is_success() {
            return Err(denied(&reply));
        }
        let granted: Granted = reply.json().map_err(TokenFailure::Call)?;
        let life = Duration::from_secs(granted.expires_in);
        // A token that lives no longer than the margin is used for half its life.
        let use_for = life.checked_sub(MARGIN).filter(|rest| !rest.is_zero()).unwrap_or(life / 2);
        Ok((SecretString::from(granted.access_token), asked.saturating_add(use_for)))
    }
}

fn denied(reply: &Reply) -> TokenFailure {
    let denied: Denied = serde_json::from_slice(&reply.body).unwrap_or_default();
    TokenFailure::Refused {
        status: reply.status,
        error: shown(&denied.error, 80),
        code: denied.error_codes.first().copied(),
        retry_after_ms: reply.retry_after_ms(),
    }
}
