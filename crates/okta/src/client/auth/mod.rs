//! How requests prove who sends them: an API token, or a service app's access tokens.
//!
//! Facts: Okta's guides "Implement OAuth for Okta with a service app" and "Configure OAuth 2.0 Demonstrating
//! Proof-of-Possession" (<https://developer.okta.com/docs/guides/>), RFC 7523 (`private_key_jwt`) and RFC 9449 (DPoP).
//! Which algorithm a key is for follows from the key: RS256 or ES256.

mod denial;
mod jwt;
mod key;
mod tokens;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use countersign_domain::ports::Clock;
use countersign_outbound::LiveSecret;

pub use denial::{Denial, Suspect, TokenFailure};
pub use key::{KeyFlaw, NoRandomness};
pub(super) use tokens::{Token, Tokens, asks_for_nonce};

/// A clock that never goes back: the time since some fixed moment. Wall clocks jump, the age of a token does not.
pub type Monotonic = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The machine's monotonic clock.
pub fn monotonic() -> Monotonic {
    #[expect(clippy::disallowed_methods, reason = "a monotonic reading is the point: how old a token is")]
    let start = std::time::Instant::now();
    Arc::new(move || start.elapsed())
}

/// The clocks of a client that signs.
#[derive(Clone)]
pub struct Clocks {
    /// What is written into assertions and proofs. Okta refuses both where it is some minutes off.
    pub wall: Arc<dyn Clock>,
    /// How old a token is.
    pub monotonic: Monotonic,
}

/// An API service app that signs in as itself.
pub struct Application {
    /// Its client id.
    pub client_id: String,
    /// Its private key: RSA (at least 2048 bits) in PKCS#8 or PKCS#1, EC P-256 in PKCS#8 or SEC 1, each as PEM, or
    /// either as a private JSON Web Key. Read anew for every token.
    pub private_key: LiveSecret,
    /// The `kid` under which its public key is registered; without one the JWK's own.
    pub key_id: Option<String>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
}
