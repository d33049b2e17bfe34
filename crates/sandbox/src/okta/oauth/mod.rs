//! OAuth 2.0 for the management API: one API service app, its grants, and the tokens it was given.
//!
//! Facts: Okta's guides "Implement OAuth for Okta with a service app" and "Configure OAuth 2.0 Demonstrating
//! Proof-of-Possession", RFC 7523, RFC 9449. The words of `error_description` are Okta's where they are known from its
//! answers, and in its manner elsewhere; a client must go by more than them.

mod jws;
mod proof;
mod resource;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::jws::PublicKey;
use crate::Credentials;

pub(super) use resource::{Asked, authorise};
pub(super) use token::issue;

/// How long a token is good for, in seconds: fixed for the org authorization server.
const LIFETIME: i64 = 3600;

/// How far a time in a proof or an assertion may be off, in seconds.
const LEEWAY: i64 = 300;

/// What the sandbox's service app is granted: what the shipped runbooks need, and no other.
const GRANTED: [&str; 5] =
    ["okta.groups.manage", "okta.groups.read", "okta.roles.read", "okta.users.manage", "okta.users.read"];

/// An API service app.
pub(super) struct App {
    pub(super) client_id: String,
    /// By their `kid`.
    keys: Vec<(Option<String>, PublicKey)>,
    pub(super) granted: BTreeSet<String>,
    /// "Require Demonstrating Proof of Possession (DPoP) header in token requests": on for every new app.
    pub(super) dpop: bool,
    pub(super) active: bool,
    /// Seconds that its tokens are good for.
    pub(super) lifetime: i64,
}

/// What a token was given for.
pub(super) struct Grant {
    expires: i64,
    scopes: BTreeSet<String>,
    /// The thumbprint of the key it is bound to.
    bound_to: Option<String>,
}

/// Everything about OAuth.
pub(super) struct Oauth {
    pub(super) app: App,
    grants: BTreeMap<String, Grant>,
    /// Identifiers of assertions and proofs that were seen, with when they may be forgotten.
    seen: BTreeMap<String, i64>,
    nonces: u64,
    /// Whether resources ask for a nonce as well.
    pub(super) resource_nonce: bool,
    /// Whether the nonce changes with every request.
    pub(super) fickle: bool,
    issued: u64,
}

impl Oauth {
    pub(super) fn new(credentials: &Credentials) -> Self {
        let mut app = App {
            client_id: credentials.okta_client_id.clone(),
            keys: Vec::new(),
            granted: GRANTED.iter().map(|scope| (*scope).to_owned()).collect(),
            dpop: true,
            active: true,
            lifetime: LIFETIME,
        };
        // A private JWK has the public one in it; a key in another form has to be registered by a command.
        if let Ok(jwk) = serde_json::from_str::<Value>(&credentials.okta_private_key) {
            app.keys.extend(jws::read(&jwk).map(|key| (kid(&jwk), key)));
        }
        let (grants, seen) = (BTreeMap::new(), BTreeMap::new());
        Self { app, grants, seen, nonces: 0, resource_nonce: false, fickle: false, issued: 0 }
    }

    /// Registers exactly these public keys.
    pub(super) fn set_keys(&mut self, keys: &[Value]) -> Result<(), String> {
        let read = |jwk: &Value| {
            jws::read(jwk).map(|key| (kid(jwk), key)).ok_or_else(|| "a key is no RSA or P-256 public JWK".to_owned())
        };
        self.app.keys = keys.iter().map(read).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Forgets every token.
    pub(super) fn revoke_tokens(&mut self) {
        self.grants.clear();
    }

    /// Takes another nonce; the one before is refused from now on.
    pub(super) fn renew_nonce(&mut self) {
        self.nonces += 1;
    }

    fn nonce(&self) -> String {
        format!("sandbox-nonce-{}", self.nonces)
    }

    /// Whether an identifier is seen for the first time. `until` is when it may be forgotten, in Unix seconds.
    fn is_new(&mut self, id: &str, now: i64, until: i64) -> bool {
        self.seen.retain(|_, until| *until > now);
        self.seen.insert(id.to_owned(), until).is_none()
    }
}

fn kid(jwk: &Value) -> Option<String> {
    jwk["kid"].as_str().map(str::to_owned)
}
