//! Proofs of possession (RFC 9449, section 4.3).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::jws::{Signed, read};
use super::{LEEWAY, Oauth};

/// What a proof must be for.
pub(super) struct Expected<'a> {
    pub(super) method: &'a str,
    /// The address without its query.
    pub(super) address: String,
    /// The token that it comes with.
    pub(super) token: Option<&'a str>,
    /// Whether it must repeat the server's nonce.
    pub(super) nonce: bool,
    /// Unix seconds.
    pub(super) now: i64,
}

/// Why a proof is refused.
pub(super) enum Flaw {
    /// `use_dpop_nonce`.
    Nonce,
    /// `invalid_dpop_proof`, with what is wrong.
    Proof(&'static str),
}

impl Expected<'_> {
    /// Checks the one proof among the headers and answers the thumbprint of its key.
    pub(super) fn check(&self, headers: &HeaderMap, oauth: &mut Oauth) -> Result<String, Flaw> {
        let mut given = headers.get_all("dpop").iter().filter_map(|value| value.to_str().ok());
        let (Some(compact), None) = (given.next(), given.next()) else {
            return Err(Flaw::Proof("The DPoP proof JWT header is missing."));
        };
        let proof = Signed::parse(compact).ok_or(Flaw::Proof("The DPoP proof JWT is malformed."))?;
        let key = read(&proof.header["jwk"]).filter(|_| proof.header["jwk"].get("d").is_none());
        let key = key.ok_or(Flaw::Proof("The 'jwk' in the DPoP proof JWT header is invalid."))?;
        if proof.header["typ"] != "dpop+jwt" {
            return Err(Flaw::Proof("The 'typ' in the DPoP proof JWT header is invalid."));
        }
        if !proof.is_by(&key) {
            return Err(Flaw::Proof("The DPoP proof JWT signature is invalid."));
        }
        if proof.text("htm") != self.method {
            return Err(Flaw::Proof("'htm' claim in the DPoP proof JWT is invalid."));
        }
        if proof.text("htu") != self.address {
            return Err(Flaw::Proof("'htu' claim in the DPoP proof JWT is invalid."));
        }
        let issued = proof.number("iat").ok_or(Flaw::Proof("'iat' claim in the DPoP proof JWT is missing."))?;
        if (issued - self.now).abs() > LEEWAY {
            return Err(Flaw::Proof("'iat' claim in the DPoP proof JWT is invalid."));
        }
        if let Some(token) = self.token
            && proof.text("ath") != URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
        {
            return Err(Flaw::Proof("'ath' claim in the DPoP proof JWT is invalid."));
        }
        let id = proof.text("jti");
        if id.is_empty() || !oauth.is_new(id, self.now, self.now + 2 * LEEWAY) {
            return Err(Flaw::Proof("'jti' claim in the DPoP proof JWT is missing or was used before."));
        }
        if self.nonce && oauth.fickle {
            oauth.renew_nonce();
        }
        if self.nonce && proof.text("nonce") != oauth.nonce() {
            return Err(Flaw::Nonce);
        }
        Ok(key.thumbprint())
    }
}
