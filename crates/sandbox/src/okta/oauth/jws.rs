//! Signed texts: reading them, and telling whether a key signed them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A public key.
pub(super) enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: Vec<u8>, y: Vec<u8> },
}

/// A signed text that was read, its signature not yet checked.
pub(super) struct Signed<'a> {
    pub(super) header: Value,
    pub(super) claims: Value,
    text: &'a str,
    signature: Vec<u8>,
}

/// Reads an RSA or P-256 JWK; its private members are passed over.
pub(super) fn read(jwk: &Value) -> Option<PublicKey> {
    let part = |name: &str| jwk[name].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    match (jwk["kty"].as_str()?, jwk["crv"].as_str()) {
        ("RSA", _) => Some(PublicKey::Rsa { n: part("n")?, e: part("e")? }),
        ("EC", Some("P-256")) => Some(PublicKey::P256 { x: part("x")?, y: part("y")? }),
        _ => None,
    }
}

impl PublicKey {
    /// The JWK's SHA-256 thumbprint (RFC 7638).
    pub(super) fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let canonical = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y)),
        };
        text(&Sha256::digest(canonical.as_bytes()))
    }

    /// The algorithm it is for.
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256 { .. } => "ES256",
        }
    }
}

impl<'a> Signed<'a> {
    /// Reads the compact form.
    pub(super) fn parse(compact: &'a str) -> Option<Self> {
        let (text, signature) = compact.rsplit_once('.')?;
        let (header, claims) = text.split_once('.')?;
        let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: json(header)?, claims: json(claims)?, text, signature })
    }

    /// Whether this key signed it, by the algorithm that it names.
    pub(super) fn is_by(&self, key: &PublicKey) -> bool {
        if self.header["alg"] != key.algorithm() {
            return false;
        }
        let text = self.text.as_bytes();
        match key {
            PublicKey::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, text, &self.signature).is_ok()
            }
            PublicKey::P256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text, &self.signature).is_ok()
            }
        }
    }

    /// A claim that is text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    /// A claim that is a number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.claims[name].as_i64()
    }
}
