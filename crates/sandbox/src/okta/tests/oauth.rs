//! That the token endpoint and the API check what they are shown.

use std::sync::atomic::Ordering;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, header};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, Fake, START};
use crate::Credentials;

const ENDPOINT: &str = "http://sandbox.test/okta/oauth2/v1/token";
const NOW: i64 = START / 1_000_000;

/// A client that can be told to sign anything.
struct Signer {
    own: EcdsaKeyPair,
    bound: EcdsaKeyPair,
}

fn fresh() -> EcdsaKeyPair {
    let (curve, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &random).unwrap()
}

fn jws(key: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let text = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The object with some members replaced, or taken out by null.
fn with(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

impl Signer {
    fn new() -> Self {
        let jwk: Value = serde_json::from_str(&Credentials::default().okta_private_key).unwrap();
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], part("x"), part("y")].concat();
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let own = EcdsaKeyPair::from_private_key_and_public_key(curve, &part("d"), &point, &SystemRandom::new());
        Self { own: own.unwrap(), bound: fresh() }
    }

    fn assertion(&self, header: &Value, claims: &Value) -> String {
        let client = Credentials::default().okta_client_id;
        let usual = json!({
            "iss": client, "sub": client, "aud": ENDPOINT, "iat": NOW, "exp": NOW + 300, "jti": "a-1",
        });
        let kind = json!({"typ": "JWT", "alg": "ES256", "kid": "sandbox-key-1"});
        jws(&self.own, &with(kind, header), &with(usual, claims))
    }

    fn proof(&self, header: &Value, claims: &Value) -> String {
        let point = self.bound.public_key().as_ref();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..])});
        let usual = json!({"htm": "POST", "htu": ENDPOINT, "iat": NOW, "jti": "p-1", "nonce": "sandbox-nonce-0"});
        jws(&self.bound, &with(json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}), header), &with(usual, claims))
    }

    /// A token that is bound to the key, with these scopes.
    async fn token(&self, fake: &Fake, scope: &str) -> String {
        let none = json!({});
        let answer = ask(fake, &self.assertion(&none, &none), Some(&self.proof(&none, &none)), scope).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }
}

async fn ask(fake: &Fake, assertion: &str, proof: Option<&str>, scope: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", scope),
    ];
    let mut request = Request::builder()
        .method("POST")
        .uri("/oauth2/v1/token")
        .header(header::HOST, "sandbox.test")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    fake.request(request.body(Body::from(serde_urlencoded::to_string(form).unwrap())).unwrap()).await
}

async fn get(fake: &Fake, path: &str, authorization: &str, proof: Option<&str>) -> Answer {
    let mut request = Request::builder().uri(path).header(header::HOST, "sandbox.test");
    request = request.header(header::AUTHORIZATION, authorization);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    fake.request(request.body(Body::empty()).unwrap()).await
}

fn error(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default();
    (answer.status.as_u16(), text("error"), text("error_description"))
}

#[tokio::test]
async fn assertion_that_is_not_right_in_everything_is_refused() {
    let signer = Signer::new();
    for (header, claims, words) in [
        (json!({}), json!({"iss": "other"}), "client_id"),
        (json!({}), json!({"sub": "other"}), "client_id"),
        (json!({}), json!({"aud": "http://sandbox.test/oauth2/v1/token"}), "audience"),
        (json!({}), json!({"exp": NOW}), "expired"),
        (json!({}), json!({"exp": NOW + 3_601}), "too far into the future"),
        (json!({}), json!({"exp": null}), "no expiration"),
        (json!({}), json!({"iat": NOW + 301}), "in the future"),
        (json!({"kid": "other"}), json!({}), "kid"),
        (json!({"alg": "none"}), json!({}), "signature"),
    ] {
        let (fake, none) = (Fake::new(), json!({}));
        let proof = signer.proof(&none, &none);
        let answer = ask(&fake, &signer.assertion(&header, &claims), Some(&proof), "okta.users.read").await;
        let (status, code, said) = error(&answer);
        assert_eq!((status, code), (401, "invalid_client"), "{header} {claims}");
        assert!(said.contains(words), "{header} {claims}: {said}");
    }
    let (fake, none) = (Fake::new(), json!({}));
    let forged = Signer { own: fresh(), bound: fresh() };
    let answer =
        ask(&fake, &forged.assertion(&none, &none), Some(&signer.proof(&none, &none)), "okta.users.read").await;
    assert!(error(&answer).2.contains("signature"), "{}", answer.body);
}

#[tokio::test]
async fn assertion_and_proof_hold_once() {
    let (fake, signer, none) = (Fake::new(), Signer::new(), json!({}));
    signer.token(&fake, "okta.users.read").await;
    let again = |assertion: &str, proof: &str| {
        (signer.assertion(&none, &json!({"jti": assertion})), signer.proof(&none, &json!({"jti": proof})))
    };
    let (assertion, proof) = again("a-1", "p-2");
    let answer = ask(&fake, &assertion, Some(&proof), "okta.users.read").await;
    assert_eq!(error(&answer).1, "invalid_client");
    let (assertion, proof) = again("a-2", "p-1");
    let answer = ask(&fake, &assertion, Some(&proof), "okta.users.read").await;
    assert_eq!(error(&answer).1, "invalid_dpop_proof");
    let (assertion, proof) = again("a-3", "p-3");
    assert_eq!(ask(&fake, &assertion, Some(&proof), "okta.users.read").await.status, 200);
}

#[tokio::test]
async fn proof_that_is_not_right_in_everything_is_refused() {
    let signer = Signer::new();
    let stranger = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode([1; 32]), "y": URL_SAFE_NO_PAD.encode([2; 32])});
    for (header, claims, code) in [
        (json!({"typ": "JWT"}), json!({}), "invalid_dpop_proof"),
        (json!({"jwk": stranger}), json!({}), "invalid_dpop_proof"),
        (json!({"jwk": null}), json!({}), "invalid_dpop_proof"),
        (json!({}), json!({"htm": "GET"}), "invalid_dpop_proof"),
        (json!({}), json!({"htu": "http://sandbox.test/okta/oauth2/v1/token?x"}), "invalid_dpop_proof"),
        (json!({}), json!({"iat": NOW - 301}), "invalid_dpop_proof"),
        (json!({}), json!({"iat": NOW + 301}), "invalid_dpop_proof"),
        (json!({}), json!({"iat": null}), "invalid_dpop_proof"),
        (json!({}), json!({"jti": ""}), "invalid_dpop_proof"),
        (json!({}), json!({"nonce": null}), "use_dpop_nonce"),
        (json!({}), json!({"nonce": "other"}), "use_dpop_nonce"),
    ] {
        let (fake, none) = (Fake::new(), json!({}));
        let proof = signer.proof(&header, &claims);
        let answer = ask(&fake, &signer.assertion(&none, &none), Some(&proof), "okta.users.read").await;
        assert_eq!((answer.status.as_u16(), error(&answer).1), (400, code), "{header} {claims}");
        assert_eq!(answer.header("dpop-nonce"), "sandbox-nonce-0");
    }
    let (fake, none) = (Fake::new(), json!({}));
    let answer = ask(&fake, &signer.assertion(&none, &none), None, "okta.users.read").await;
    assert_eq!(error(&answer).1, "invalid_dpop_proof");
}

#[tokio::test]
async fn token_holds_for_its_key_its_request_its_scopes_and_its_hour() {
    let (fake, signer, none) = (Fake::new(), Signer::new(), json!({}));
    let token = signer.token(&fake, "okta.users.read okta.logs.read").await;
    let ath = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
    let users = "/api/v1/users";
    let base = "http://sandbox.test/okta";
    let proof = |id: &str, changes: &Value| {
        let usual = json!({"htm": "GET", "htu": format!("{base}{users}"), "jti": id, "ath": ath});
        signer.proof(&none, &with(usual, changes))
    };
    let scheme = format!("DPoP {token}");
    let good = get(&fake, &format!("{users}?limit=1"), &scheme, Some(&proof("r-1", &none))).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let other = Signer { own: fresh(), bound: fresh() };
    let stolen = other.proof(&none, &json!({"htm": "GET", "htu": format!("{base}{users}"), "jti": "r-2", "ath": ath}));
    for (authorization, proof, word) in [
        (scheme.clone(), Some(proof("r-1", &none)), "invalid_dpop_proof"),
        (scheme.clone(), Some(proof("r-3", &json!({"htm": "POST"}))), "invalid_dpop_proof"),
        (scheme.clone(), Some(proof("r-4", &json!({"htu": base}))), "invalid_dpop_proof"),
        (scheme.clone(), Some(proof("r-5", &json!({"ath": "x"}))), "invalid_dpop_proof"),
        (scheme.clone(), Some(stolen), "invalid_dpop_proof"),
        (scheme.clone(), None, "invalid_dpop_proof"),
        (format!("Bearer {token}"), None, "invalid_token"),
        ("DPoP other".to_owned(), Some(proof("r-6", &none)), "invalid_token"),
    ] {
        let answer = get(&fake, users, &authorization, proof.as_deref()).await;
        assert_eq!(answer.code(), (401, "E0000011"), "{word}");
        assert!(answer.header("www-authenticate").contains(word), "{}", answer.header("www-authenticate"));
    }
    let groups = proof("r-7", &json!({"htu": format!("{base}/api/v1/groups")}));
    let lacking = get(&fake, "/api/v1/groups", &scheme, Some(&groups)).await;
    assert_eq!(lacking.code(), (403, "E0000006"));
    assert!(lacking.header("www-authenticate").contains("insufficient_scope"));
    fake.clock.fetch_add(3_600_000_000, Ordering::Relaxed);
    let late = get(&fake, users, &scheme, Some(&proof("r-8", &json!({"iat": NOW + 3_600})))).await;
    assert_eq!(late.status, 401);
}

#[tokio::test]
async fn scopes_are_those_asked_for_that_were_granted() {
    let signer = Signer::new();
    for (asked, status, said) in [
        ("okta.users.read okta.apps.manage", 200, "okta.users.read"),
        ("okta.apps.manage", 400, "consent_required"),
        ("okta.users.read openid", 400, "invalid_scope"),
        ("", 400, "invalid_scope"),
    ] {
        let (fake, none) = (Fake::new(), json!({}));
        let answer = ask(&fake, &signer.assertion(&none, &none), Some(&signer.proof(&none, &none)), asked).await;
        let found = if status == 200 { answer.body["scope"].as_str() } else { answer.body["error"].as_str() };
        assert_eq!((answer.status.as_u16(), found), (status, Some(said)), "{asked}");
    }
}

#[tokio::test]
async fn call_that_the_role_does_not_allow_is_refused_by_its_template() {
    let fake = Fake::new();
    fake.apply(json!({"op": "set_denied", "calls": ["GET /api/v1/users/{userId}/roles"]}));
    assert_eq!(fake.get("/api/v1/users/lead@acme.com/roles").await.code(), (403, "E0000006"));
    assert_eq!(fake.get("/api/v1/users/lead@acme.com/groups").await.status, 200);
}
