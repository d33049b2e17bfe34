//! Keys in every form, what is signed, and what refusals point at.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_outbound::Reply;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    denial::{Denial, Suspect},
    jwt::{Proof, assertion},
    key::{KeyFlaw, SigningKey},
};

const RSA_PKCS8: &str = include_str!("../../../tests/keys/rsa-pkcs8.pem");
const RSA_PKCS1: &str = include_str!("../../../tests/keys/rsa-pkcs1.pem");
const RSA_JWK: &str = include_str!("../../../tests/keys/rsa-private.jwk");
const EC_PKCS8: &str = include_str!("../../../tests/keys/ec-pkcs8.pem");
const EC_SEC1: &str = include_str!("../../../tests/keys/ec-sec1.pem");
const EC_P384: &str = include_str!("../../../tests/keys/ec-p384.pem");
const EC_PUBLIC: &str = include_str!("../../../tests/keys/ec-public.pem");
const EC_ENCRYPTED: &str = include_str!("../../../tests/keys/ec-encrypted.pem");

fn flaw(text: &str) -> KeyFlaw {
    SigningKey::parse(text).err().unwrap()
}

/// Header and claims of a signed text.
fn opened(compact: &str) -> (Value, Value) {
    let mut parts = compact
        .split('.')
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap_or_default());
    (parts.next().unwrap(), parts.next().unwrap())
}

#[test]
fn keys_are_read_in_every_form() {
    for (text, algorithm, length) in [
        (RSA_PKCS8, "RS256", 256),
        (RSA_PKCS1, "RS256", 256),
        (RSA_JWK, "RS256", 256),
        (EC_PKCS8, "ES256", 64),
        (EC_SEC1, "ES256", 64),
        (&EC_SEC1.replace('\n', "\\n"), "ES256", 64),
        (&format!("\r\n {} \n", EC_PKCS8.replace('\n', "\r\n")), "ES256", 64),
    ] {
        let key = SigningKey::parse(text).unwrap();
        assert_eq!((key.algorithm(), key.sign(b"text").unwrap().len()), (algorithm, length));
    }
    let [pkcs8, sec1] = [EC_PKCS8, EC_SEC1].map(|text| SigningKey::parse(text).unwrap().public_jwk());
    assert_eq!(pkcs8, sec1);
    assert_eq!(SigningKey::parse(RSA_JWK).unwrap().id(), Some("rsa-1"));
}

#[test]
fn key_that_cannot_be_used_is_told_without_a_word_of_it() {
    let mut bare: Value = serde_json::from_str(RSA_JWK).unwrap();
    bare.as_object_mut().unwrap().remove("qi");
    let public = json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"});
    let broken = EC_PKCS8.replace("MIG", "MIH");
    for (text, expected) in [
        ("", KeyFlaw::Form),
        ("s3cr3t", KeyFlaw::Form),
        ("{\"kty\": s3cr3t", KeyFlaw::Form),
        (EC_PUBLIC, KeyFlaw::Public),
        (EC_ENCRYPTED, KeyFlaw::Encrypted),
        (EC_P384, KeyFlaw::Kind),
        (&broken, KeyFlaw::Kind),
        (&public.to_string(), KeyFlaw::Public),
        (&bare.to_string(), KeyFlaw::Incomplete),
        (&json!({"keys": [public]}).to_string(), KeyFlaw::Set),
        (&json!({"kty": "oct", "k": "s3cr3t"}).to_string(), KeyFlaw::Kind),
        (&json!({"kty": "EC", "crv": "P-256", "x": "A", "y": "A", "d": "s3cr3t"}).to_string(), KeyFlaw::Incomplete),
    ] {
        let found = flaw(text);
        assert_eq!(found, expected, "{text}");
        assert!(!format!("{found} {found:?}").contains("s3cr3t"));
    }
}

#[test]
fn assertion_says_who_to_whom_and_for_five_minutes() {
    let key = SigningKey::parse(RSA_JWK).unwrap();
    let (header, claims) =
        opened(&assertion(&key, None, "0oa1", "https://acme.okta.com/oauth2/v1/token", 1_000).unwrap());
    assert_eq!(header, json!({"typ": "JWT", "alg": "RS256", "kid": "rsa-1"}));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("0oa1"), &json!("0oa1")));
    assert_eq!(claims["aud"], "https://acme.okta.com/oauth2/v1/token");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_000), &json!(1_300)));
    let (header, other) = opened(&assertion(&key, Some("set"), "0oa1", "https://a", 1_000).unwrap());
    assert_eq!(header["kid"], "set");
    assert_ne!(claims["jti"], other["jti"]);
    let (header, _) = opened(&assertion(&SigningKey::parse(EC_SEC1).unwrap(), None, "0oa1", "https://a", 1).unwrap());
    assert_eq!(header, json!({"typ": "JWT", "alg": "ES256"}));
}

#[test]
fn proof_is_for_one_request_and_shows_no_private_part() {
    let key = SigningKey::generate().unwrap();
    let address = "https://acme.okta.com/api/v1/users?search=profile.login+eq+x#y";
    let proof = Proof { method: "GET", address, nonce: Some("n1".to_owned()), token: Some("t1"), now: 7 };
    let (header, claims) = opened(&proof.sign(&key).unwrap());
    assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    let members: Vec<_> = header["jwk"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["crv", "kty", "x", "y"]);
    assert_eq!(claims["htu"], "https://acme.okta.com/api/v1/users");
    assert_eq!((&claims["htm"], &claims["nonce"], &claims["iat"]), (&json!("GET"), &json!("n1"), &json!(7)));
    // SHA-256 of "t1", as another tool has it.
    assert_eq!(claims["ath"], "YotJ2W3N6XpDDdT1l3BYmeCalo95NJHktwTK4zpA3AI");
    let (_, again) = opened(&proof.sign(&key).unwrap());
    assert_ne!(claims["jti"], again["jti"]);
}

#[test]
fn refusals_point_at_what_is_to_be_looked_at() {
    for (status, error, words, suspect) in [
        (401, "invalid_client", "The client_assertion signature is invalid.", Suspect::Key),
        (401, "invalid_client", "The client_assertion JWT kid is invalid.", Suspect::KeyId),
        (401, "invalid_client", "Invalid value for 'client_id' parameter.", Suspect::ClientId),
        (401, "invalid_client", "The client is not active.", Suspect::ClientId),
        (401, "invalid_client", "The client_assertion token is expired.", Suspect::Clock),
        (401, "invalid_client", "The client_assertion token was issued in the future.", Suspect::Clock),
        (400, "invalid_dpop_proof", "'iat' claim in the DPoP proof JWT is invalid.", Suspect::Clock),
        (400, "invalid_dpop_proof", "'htu' claim in the DPoP proof JWT is invalid.", Suspect::Proof),
        (400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", Suspect::Proof),
        (401, "invalid_client", "The audience claim for client_assertion must be the endpoint.", Suspect::Address),
        (401, "invalid_client", "Client authentication failed.", Suspect::Client),
        (400, "invalid_scope", "One or more scopes are not configured.", Suspect::Scope),
        (400, "consent_required", "You are not allowed any of the requested scopes.", Suspect::Consent),
        (403, "access_denied", "", Suspect::Consent),
        (400, "unauthorized_client", "The client is not authorized to use the grant type.", Suspect::App),
        (404, "", "", Suspect::Address),
        (429, "", "", Suspect::Okta),
        (503, "invalid_client", "The client_assertion signature is invalid.", Suspect::Okta),
        (400, "", "", Suspect::Unknown),
    ] {
        let body = json!({"error": error, "error_description": words}).to_string();
        let denial = Denial::read(&Reply::new(status, HeaderMap::new(), body));
        assert_eq!(denial.suspect, suspect, "{status} {error} {words}");
    }
    let body = r#"{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter."}"#;
    assert_eq!(Denial::read(&Reply::new(401, HeaderMap::new(), body)).suspect, Suspect::ClientId);
}

#[test]
fn refusal_repeats_nothing_that_was_sent() {
    let body = json!({"error": "invalid_client s3cr3t@acme.com/../", "error_description": "eyJ s3cr3t"}).to_string();
    let denial = Denial::read(&Reply::new(401, HeaderMap::new(), body));
    let shown = format!("{denial} {denial:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains("eyJ") && shown.contains("401"), "{shown}");
}
