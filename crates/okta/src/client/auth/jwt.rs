//! What is signed: the assertion of who asks for a token, and the proof that goes with each request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::key::{NoRandomness, SigningKey, fresh_id};

/// For how many seconds an assertion holds; Okta takes at most an hour.
const ASSERTION_LIFE: i64 = 300;

/// The assertion of who asks for a token (RFC 7523). `audience` is the token endpoint's address, `now` Unix seconds.
pub(super) fn assertion(
    key: &SigningKey,
    key_id: Option<&str>,
    client_id: &str,
    audience: &str,
    now: i64,
) -> Result<String, NoRandomness> {
    let mut header = json!({"typ": "JWT", "alg": key.algorithm()});
    if let Some(id) = key_id.or(key.id()) {
        header["kid"] = Value::from(id);
    }
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + ASSERTION_LIFE, "jti": fresh_id()?,
    });
    signed(key, &header, &claims)
}

/// What a proof is for (RFC 9449, section 4.2).
pub(super) struct Proof<'a> {
    /// The request's method.
    pub(super) method: &'a str,
    /// The request's address; query and fragment are left out.
    pub(super) address: &'a str,
    /// What the server gave to be repeated.
    pub(super) nonce: Option<String>,
    /// The access token that goes with it.
    pub(super) token: Option<&'a str>,
    /// Unix seconds.
    pub(super) now: i64,
}

impl Proof<'_> {
    /// The proof, signed with the key that tokens are bound to.
    pub(super) fn sign(&self, key: &SigningKey) -> Result<String, NoRandomness> {
        let header = json!({"typ": "dpop+jwt", "alg": key.algorithm(), "jwk": key.public_jwk()});
        let address = self.address.split(['?', '#']).next().unwrap_or_default();
        let mut claims = json!({"jti": fresh_id()?, "htm": self.method, "htu": address, "iat": self.now});
        if let Some(nonce) = &self.nonce {
            claims["nonce"] = Value::from(nonce.as_str());
        }
        if let Some(token) = self.token {
            claims["ath"] = Value::from(URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())));
        }
        signed(key, &header, &claims)
    }
}

/// JWS, compact form.
fn signed(key: &SigningKey, header: &Value, claims: &Value) -> Result<String, NoRandomness> {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encoded(header), encoded(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes())?);
    Ok(format!("{text}.{signature}"))
}
