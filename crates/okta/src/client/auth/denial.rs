//! Why there is no token, and what to look at.

use countersign_outbound::{CallError, Reply};
use serde::Deserialize;

use super::key::{KeyFlaw, NoRandomness};

/// Why there is no token. Asking for one changes nothing, so none of these is ever in doubt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFailure {
    /// The private key cannot be used; nothing was sent.
    #[error("okta's private key cannot be used: {0}")]
    Key(KeyFlaw),
    /// Nothing could be signed; nothing was sent.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The token endpoint gave no answer that can be read.
    #[error("okta's token endpoint gave no usable answer")]
    Call(#[source] CallError),
    /// The token endpoint refused.
    #[error(transparent)]
    Denied(#[from] Denial),
}

/// A refusal by the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("okta's token endpoint refused with status {status} ({error})")]
pub struct Denial {
    /// The HTTP status.
    pub status: u16,
    /// OAuth's word, `invalid_client`; `no code` where there was none.
    pub error: String,
    /// What is to be looked at.
    pub suspect: Suspect,
    /// What `Retry-After` asks for, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// What a refusal by the token endpoint points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspect {
    /// The private key does not belong to a registered public one.
    Key,
    /// No public key is registered under this key id.
    KeyId,
    /// There is no active app of this client id.
    ClientId,
    /// The client id or the key: Okta does not say which.
    Client,
    /// This machine's clock.
    Clock,
    /// The address: the assertion was made for another one.
    Address,
    /// One of the scopes is not known to Okta, or not granted to the app.
    Scope,
    /// None of the scopes is granted to the app.
    Consent,
    /// The app is of a type that may not ask for a token so.
    App,
    /// The proof of possession.
    Proof,
    /// Nothing of ours: too many requests, or a fault inside Okta.
    Okta,
    /// It cannot be told.
    Unknown,
}

/// Both forms in which Okta refuses here: OAuth's, and that of its management API.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: String,
    error_description: String,
    #[serde(rename = "errorCode")]
    code: String,
    #[serde(rename = "errorSummary")]
    summary: String,
}

impl Denial {
    /// Reads a refusal. What Okta says in words only decides on the suspect; it is not kept, since it may repeat what
    /// was sent.
    pub(super) fn read(reply: &Reply) -> Self {
        let body: Body = serde_json::from_slice(&reply.body).unwrap_or_default();
        let (error, words) =
            if body.error.is_empty() { (body.code, body.summary) } else { (body.error, body.error_description) };
        let suspect = suspect(reply.status, &error, &words.to_lowercase());
        let is_code =
            (1..=40).contains(&error.len()) && error.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        let error = if is_code { error } else { "no code".to_owned() };
        Self { status: reply.status, error, suspect, retry_after_ms: reply.retry_after_ms() }
    }
}

fn suspect(status: u16, error: &str, words: &str) -> Suspect {
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if status == 429 || status >= 500 {
        return Suspect::Okta;
    }
    match error {
        "invalid_scope" => Suspect::Scope,
        "consent_required" | "access_denied" => Suspect::Consent,
        "unauthorized_client" | "unsupported_grant_type" => Suspect::App,
        _ if says(&["kid is", "kid in", "'kid'"]) => Suspect::KeyId,
        _ if says(&["signature", "jwk", "public key"]) => Suspect::Key,
        _ if says(&["expire", "expiration", "in the future", "'iat'", "'exp'", "issued"]) => Suspect::Clock,
        "invalid_dpop_proof" | "use_dpop_nonce" => Suspect::Proof,
        _ if says(&["audience", "'aud'"]) => Suspect::Address,
        _ if says(&["client_id", "not active", "inactive"]) => Suspect::ClientId,
        "invalid_client" => Suspect::Client,
        _ if status == 404 => Suspect::Address,
        _ => Suspect::Unknown,
    }
}
