//! Access tokens by client credentials: one for all calls, fetched again before it runs out.

use std::{
    sync::{
        Arc, Mutex as Plain, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_outbound::{Call, Http, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    Application, Clocks,
    denial::{Denial, Suspect, TokenFailure},
    jwt::{self, Proof},
    key::{NoRandomness, SigningKey},
};
use crate::client::answered::Answered;

/// A token is fetched again this long before it runs out.
const MARGIN: Duration = Duration::from_secs(300);

/// The org authorization server's token endpoint: no other one gives out Okta's own scopes.
const ENDPOINT: &str = "/oauth2/v1/token";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token and which one it is.
#[derive(Clone)]
pub(in crate::client) struct Token {
    secret: Arc<SecretString>,
    scopes: Arc<[String]>,
    /// Whether each request needs a proof.
    bound: bool,
    number: u64,
    /// By the monotonic clock.
    good_until: Duration,
}

impl Token {
    /// The scopes that were granted.
    pub(in crate::client) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether each request needs a proof.
    pub(in crate::client) fn is_bound(&self) -> bool {
        self.bound
    }
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// The outcome of the latest attempt, where it failed.
    failure: Option<Arc<TokenFailure>>,
}

/// The nonces that the two servers gave last; either may give another one with any answer.
#[derive(Default)]
struct Nonces {
    endpoint: Plain<Option<String>>,
    resources: Plain<Option<String>>,
}

/// The app's tokens. While one is being fetched everybody else waits for that one attempt, and shares its outcome,
/// failure included.
pub(in crate::client) struct Tokens {
    http: Http,
    application: Application,
    clocks: Clocks,
    /// The key that tokens are bound to: made at the start, and gone with the process.
    proof_key: SigningKey,
    nonces: Nonces,
    answered: Answered,
    held: Mutex<Held>,
    attempts: AtomicU64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
    #[serde(default)]
    token_type: String,
    #[serde(default)]
    scope: String,
}

impl Tokens {
    /// Tokens of the org behind `http`.
    pub(in crate::client) fn new(
        http: Http,
        application: Application,
        clocks: Clocks,
        answered: Answered,
    ) -> Result<Self, NoRandomness> {
        let proof_key = SigningKey::generate()?;
        let (nonces, held, attempts) = (Nonces::default(), Mutex::new(Held::default()), AtomicU64::new(0));
        Ok(Self { http, application, clocks, proof_key, nonces, answered, held, attempts })
    }

    /// The app's client id.
    pub(in crate::client) fn client_id(&self) -> &str {
        &self.application.client_id
    }

    /// A token that is good for some minutes yet.
    pub(in crate::client) async fn current(&self) -> Result<Token, Arc<TokenFailure>> {
        let now = (self.clocks.monotonic)();
        self.fetch_unless(|token| token.good_until > now).await
    }

    /// Another token than the one that was just refused.
    pub(in crate::client) async fn instead_of(&self, refused: &Token) -> Result<Token, Arc<TokenFailure>> {
        self.fetch_unless(|token| token.number != refused.number).await
    }

    /// Which of these scopes the app has, by asking for a token with them, which is dropped at once.
    pub(in crate::client) async fn try_scopes(&self, scopes: &[&str]) -> Result<Vec<String>, TokenFailure> {
        match self.request(&scopes.join(" ")).await {
            Ok(granted) => Ok(words(&granted.scope)),
            Err(TokenFailure::Denied(denial)) if matches!(denial.suspect, Suspect::Consent | Suspect::Scope) => {
                Ok(Vec::new())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The call with the token, and with the proof where the token is bound.
    pub(in crate::client) fn authorise(
        &self,
        call: Call,
        token: &Token,
        method: &str,
        place: &str,
    ) -> Result<Call, TokenFailure> {
        if !token.bound {
            return Ok(call.bearer(&token.secret));
        }
        let address = if place.starts_with('/') { self.address_of(place) } else { place.to_owned() };
        let proof = Proof {
            method,
            address: &address,
            nonce: last(&self.nonces.resources),
            token: Some(token.secret.expose_secret()),
            now: self.now(),
        };
        let authorization = SecretString::from(format!("DPoP {}", token.secret.expose_secret()));
        let proof = SecretString::from(proof.sign(&self.proof_key)?);
        Ok(call.secret_header("authorization", &authorization).secret_header("dpop", &proof))
    }

    /// Keeps the nonce that a resource's answer gives for the next request.
    pub(in crate::client) fn learn(&self, reply: &Reply) {
        keep(&self.nonces.resources, reply);
    }

    async fn fetch_unless(&self, good: impl Fn(&Token) -> bool + Send) -> Result<Token, Arc<TokenFailure>> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| good(token)) {
            return Ok(token.clone());
        }
        // An attempt that ended while we waited for the lock has answered for us as well.
        if self.attempts.load(Ordering::Acquire) != seen
            && let Some(failure) = &held.failure
        {
            return Err(Arc::clone(failure));
        }
        // Counted from before the request: the answer's way must not lengthen the token's life.
        let asked = (self.clocks.monotonic)();
        let outcome = self.request(&self.application.scopes.join(" ")).await;
        let number = self.attempts.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(granted) => {
                let life = Duration::from_secs(granted.expires_in);
                // A token that lives no longer than the margin is used for half its life.
                let use_for = life.checked_sub(MARGIN).filter(|rest| !rest.is_zero()).unwrap_or(life / 2);
                let token = Token {
                    bound: granted.token_type.eq_ignore_ascii_case("DPoP"),
                    scopes: words(&granted.scope).into(),
                    secret: Arc::new(SecretString::from(granted.access_token)),
                    number,
                    good_until: asked.saturating_add(use_for),
                };
                *held = Held { token: Some(token.clone()), failure: None };
                Ok(token)
            }
            Err(failure) => {
                let failure = Arc::new(failure);
                *held = Held { token: None, failure: Some(Arc::clone(&failure)) };
                Err(failure)
            }
        }
    }

    /// One token, with the key as it is now. An answer that asks for a nonce is followed once.
    async fn request(&self, scope: &str) -> Result<Granted, TokenFailure> {
        let key =
            SigningKey::parse(self.application.private_key.current().expose_secret()).map_err(TokenFailure::Key)?;
        let mut reply = self.ask(&key, scope).await?;
        if asks_for_nonce(&reply) {
            reply = self.ask(&key, scope).await?;
        }
        if !reply.is_success() {
            return Err(TokenFailure::Denied(Denial::read(&reply)));
        }
        reply.json().map_err(TokenFailure::Call)
    }

    /// Asks once. Every request has an assertion and a proof of its own: neither may be seen twice.
    async fn ask(&self, key: &SigningKey, scope: &str) -> Result<Reply, TokenFailure> {
        let (address, now) = (self.address_of(ENDPOINT), self.now());
        let Application { client_id, key_id, .. } = &self.application;
        let assertion = jwt::assertion(key, key_id.as_deref(), client_id, &address, now)?;
        let nonce = last(&self.nonces.endpoint);
        let proof = Proof { method: "POST", address: &address, nonce, token: None, now }.sign(&self.proof_key)?;
        let call = Call::post(ENDPOINT)
            .template(ENDPOINT)
            .header("accept", "application/json")
            .secret_header("dpop", &SecretString::from(proof))
            .form(&[
                ("grant_type", "client_credentials"),
                ("scope", scope),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", &assertion),
            ]);
        let reply = self.http.send(call).await.map_err(TokenFailure::Call)?;
        keep(&self.nonces.endpoint, &reply);
        self.answered.note(&reply);
        Ok(reply)
    }

    fn address_of(&self, path: &str) -> String {
        format!("{}{path}", self.http.base().as_str().trim_end_matches('/'))
    }

    fn now(&self) -> i64 {
        self.clocks.wall.now().0.div_euclid(1_000_000)
    }
}

/// Whether an answer asks for a nonce (RFC 9449, sections 8 and 9): the token endpoint says so in its body, a resource
/// in `WWW-Authenticate`.
pub(in crate::client) fn asks_for_nonce(reply: &Reply) -> bool {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    let in_body = || serde_json::from_slice::<Body>(&reply.body).is_ok_and(|body| body.error == "use_dpop_nonce");
    let in_header = || reply.header("www-authenticate").is_some_and(|text| text.contains("use_dpop_nonce"));
    reply.header("dpop-nonce").is_some() && (in_body() || in_header())
}

fn last(nonce: &Plain<Option<String>>) -> Option<String> {
    nonce.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn keep(nonce: &Plain<Option<String>>, reply: &Reply) {
    if let Some(given) = reply.header("dpop-nonce") {
        *nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(given.to_owned());
    }
}

fn words(scope: &str) -> Vec<String> {
    scope.split_whitespace().map(ToOwned::to_owned).collect()
}
