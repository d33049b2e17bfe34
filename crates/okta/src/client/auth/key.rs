//! Private keys: the app's own, and the one that its tokens are bound to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    rsa::{KeyPairComponents, PublicKeyComponents},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is wrong with a private key. No part of it is ever shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFlaw {
    /// Neither PEM nor JSON.
    #[error("it is neither a PEM private key nor a private JSON Web Key")]
    Form,
    /// PEM with a pass phrase.
    #[error("it is encrypted with a pass phrase; store it without one (openssl pkey -in key.pem -out plain.pem)")]
    Encrypted,
    /// Only the public half.
    #[error("it is a public key; the private one is needed")]
    Public,
    /// A set of keys.
    #[error("it is a set of keys; give the one private key alone")]
    Set,
    /// A kind of key that is not supported.
    #[error("it is neither an RSA key of at least 2048 bits nor an EC key on the curve P-256")]
    Kind,
    /// A JWK that lacks a part, or has one that is no base64url.
    #[error(
        "its JSON Web Key is incomplete: RSA needs n, e, d, p, q, dp, dq and qi, EC needs crv P-256, x, y and d, all of \
         them base64url"
    )]
    Incomplete,
}

/// The machine gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this machine gives no random numbers, without which nothing can be signed")]
pub struct NoRandomness;

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A key that signs, with the id it has of its own.
pub(super) struct SigningKey {
    pair: Pair,
    id: Option<String>,
}

#[derive(Deserialize)]
struct Jwk {
    #[serde(default)]
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
    x: Option<String>,
    y: Option<String>,
    keys: Option<Value>,
}

impl SigningKey {
    /// Reads a private key. A PEM text whose line ends are written as `\n`, as environment variables often have it, is
    /// taken too.
    pub(super) fn parse(text: &str) -> Result<Self, KeyFlaw> {
        let text = text.trim();
        if text.starts_with('{') {
            return Self::from_jwk(&serde_json::from_str(text).map_err(|_| KeyFlaw::Form)?);
        }
        let lines = if text.contains('\n') { text.to_owned() } else { text.replace("\\n", "\n") };
        let Ok(der) = PrivateKeyDer::from_pem_slice(lines.as_bytes()) else {
            return Err(match () {
                () if lines.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") => KeyFlaw::Encrypted,
                () if lines.contains("Proc-Type: 4,ENCRYPTED") => KeyFlaw::Encrypted,
                () if lines.contains("PUBLIC KEY-----") => KeyFlaw::Public,
                () => KeyFlaw::Form,
            });
        };
        Ok(Self { pair: from_der(&der)?, id: None })
    }

    /// A fresh key on P-256.
    pub(super) fn generate() -> Result<Self, NoRandomness> {
        let (curve, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(curve, &random).map_err(|_| NoRandomness)?;
        let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &random).map_err(|_| NoRandomness)?;
        Ok(Self { pair: Pair::P256(pair), id: None })
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, KeyFlaw> {
        if jwk.keys.is_some() {
            return Err(KeyFlaw::Set);
        }
        if jwk.d.is_none() && (jwk.n.is_some() || jwk.x.is_some()) {
            return Err(KeyFlaw::Public);
        }
        let pair = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => {
                let components = KeyPairComponents {
                    public_key: PublicKeyComponents { n: part(jwk.n.as_ref())?, e: part(jwk.e.as_ref())? },
                    d: part(jwk.d.as_ref())?,
                    p: part(jwk.p.as_ref())?,
                    q: part(jwk.q.as_ref())?,
                    dP: part(jwk.dp.as_ref())?,
                    dQ: part(jwk.dq.as_ref())?,
                    qInv: part(jwk.qi.as_ref())?,
                };
                Pair::Rsa(RsaKeyPair::from_components(&components).map_err(|_| KeyFlaw::Kind)?)
            }
            ("EC", Some("P-256")) => {
                let public = [vec![4], whole(jwk.x.as_ref())?, whole(jwk.y.as_ref())?].concat();
                let (curve, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
                let secret = whole(jwk.d.as_ref())?;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, &secret, &public, &random);
                Pair::P256(pair.map_err(|_| KeyFlaw::Kind)?)
            }
            _ => return Err(KeyFlaw::Kind),
        };
        Ok(Self { pair, id: jwk.kid.clone() })
    }

    /// The id that stands in the key itself.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The algorithm, as JOSE names it.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
        }
    }

    /// The signature, in JOSE's form: for ES256 both numbers in 32 bytes each.
    pub(super) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).map_err(|_| NoRandomness)?;
                Ok(signature)
            }
            Pair::P256(pair) => Ok(pair.sign(&random, text).map_err(|_| NoRandomness)?.as_ref().to_vec()),
        }
    }

    /// The public half of a key on P-256 as a JWK, with no members but those that its thumbprint is of; null for RSA.
    pub(super) fn public_jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(_) => Value::Null,
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
        }
    }
}

/// A fresh identifier: 128 random bits in base64url. Signing and this are all that randomness is for in here.
pub(super) fn fresh_id() -> Result<String, NoRandomness> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn from_der(der: &PrivateKeyDer<'_>) -> Result<Pair, KeyFlaw> {
    let p256 = |pkcs8: &[u8]| {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new()).map(Pair::P256)
    };
    let pair = match der {
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Pair::Rsa),
        PrivateKeyDer::Sec1(der) => p256(&pkcs8_of_sec1(der.secret_sec1_der()).ok_or(KeyFlaw::Kind)?),
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            RsaKeyPair::from_pkcs8(der).map(Pair::Rsa).or_else(|_| p256(der))
        }
        _ => return Err(KeyFlaw::Kind),
    };
    pair.map_err(|_| KeyFlaw::Kind)
}

/// A SEC 1 key (`BEGIN EC PRIVATE KEY`, RFC 5915) in the PKCS#8 envelope (RFC 5958) for P-256; a key on another curve is
/// refused when it is read.
fn pkcs8_of_sec1(sec1: &[u8]) -> Option<Vec<u8>> {
    /// Version 0, and the algorithm: id-ecPublicKey with prime256v1.
    const HEAD: [u8; 24] = [
        0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    ];
    let inner = [HEAD.to_vec(), tagged(0x04, sec1)?].concat();
    tagged(0x30, &inner)
}

/// A DER value of less than 256 bytes, with its tag and length.
fn tagged(tag: u8, value: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(value.len()).ok()?;
    let head = if length < 128 { vec![tag, length] } else { vec![tag, 0x81, length] };
    Some([head, value.to_vec()].concat())
}

fn bytes(text: Option<&String>) -> Result<Vec<u8>, KeyFlaw> {
    let text = text.ok_or(KeyFlaw::Incomplete)?;
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| KeyFlaw::Incomplete)
}

/// A number without leading zeros.
fn part(text: Option<&String>) -> Result<Vec<u8>, KeyFlaw> {
    Ok(bytes(text)?.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// A number of exactly 32 bytes.
fn whole(text: Option<&String>) -> Result<Vec<u8>, KeyFlaw> {
    bytes(text).and_then(|bytes| if bytes.len() == 32 { Ok(bytes) } else { Err(KeyFlaw::Incomplete) })
}
