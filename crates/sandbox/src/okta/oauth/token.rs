//! `POST /oauth2/v1/token` of the org authorization server: client credentials with `private_key_jwt` and DPoP.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::jws::Signed;
use super::proof::{Expected, Flaw};
use super::{Grant, LEEWAY, Oauth};
use crate::okta::{State, held, paging};
use crate::stamp::SECOND;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead an assertion may expire, in seconds.
const LONGEST: i64 = 3600;

/// Why no token is given.
struct Denial {
    status: StatusCode,
    error: &'static str,
    text: &'static str,
}

const fn denial(status: StatusCode, error: &'static str, text: &'static str) -> Denial {
    Denial { status, error, text }
}

const fn invalid_client(text: &'static str) -> Denial {
    denial(StatusCode::UNAUTHORIZED, "invalid_client", text)
}

/// Issues a token.
pub(in crate::okta) async fn issue(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let now = state.now().div_euclid(SECOND);
    let address = format!("{}/oauth2/v1/token", paging::base(&headers));
    let mut oauth = held(&state.oauth);
    let mut response = match grant(&mut oauth, &headers, &form(&headers, &body), &address, now) {
        Ok(answer) => answer,
        Err(Denial { status, error, text }) => {
            (status, Json(json!({"error": error, "error_description": text}))).into_response()
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    if oauth.app.dpop
        && let Ok(nonce) = HeaderValue::from_str(&oauth.nonce())
    {
        response.headers_mut().insert("dpop-nonce", nonce);
    }
    response
}

fn form(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return HashMap::new();
    }
    serde_urlencoded::from_bytes(body).unwrap_or_default()
}

fn grant(
    oauth: &mut Oauth,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
    address: &str,
    now: i64,
) -> Result<Response, Denial> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let bad = StatusCode::BAD_REQUEST;
    if field("grant_type") != "client_credentials" {
        return Err(denial(bad, "unsupported_grant_type", "The authorization grant type is not supported."));
    }
    if field("client_assertion_type") != ASSERTION_TYPE {
        return Err(invalid_client("Client authentication failed. No client_assertion of a supported type."));
    }
    check_assertion(oauth, field("client_assertion"), address, now)?;
    let bound_to = match oauth.app.dpop {
        false => None,
        true => {
            let expected = Expected { method: "POST", address: address.to_owned(), token: None, nonce: true, now };
            Some(expected.check(headers, oauth).map_err(|flaw| match flaw {
                Flaw::Nonce => denial(bad, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof."),
                Flaw::Proof(text) => denial(bad, "invalid_dpop_proof", text),
            })?)
        }
    };
    let scopes = scopes(oauth, field("scope"))?;
    oauth.issued += 1;
    let token = format!("sandbox-okta-access-token-{}", oauth.issued);
    let lifetime = oauth.app.lifetime;
    let kind = if bound_to.is_some() { "DPoP" } else { "Bearer" };
    let listed: Vec<_> = scopes.iter().cloned().collect();
    oauth.grants.retain(|_, grant| grant.expires > now);
    oauth.grants.insert(token.clone(), Grant { expires: now + lifetime, scopes, bound_to });
    let answer = json!({
        "token_type": kind, "expires_in": lifetime, "access_token": token, "scope": listed.join(" "),
    });
    Ok(Json(answer).into_response())
}

fn check_assertion(oauth: &mut Oauth, compact: &str, address: &str, now: i64) -> Result<(), Denial> {
    let assertion =
        Signed::parse(compact).ok_or(invalid_client("The client_assertion token is malformed or missing."))?;
    let client = oauth.app.client_id.as_str();
    if assertion.text("iss") != client || assertion.text("sub") != client {
        return Err(invalid_client("Invalid value for 'client_id' parameter."));
    }
    if !oauth.app.active {
        return Err(invalid_client("The client is not active."));
    }
    let named = assertion.header["kid"].as_str();
    let key = match (named, oauth.app.keys.as_slice()) {
        (None, [(_, only)]) => Some(only),
        (None, _) => None,
        (Some(kid), keys) => keys.iter().find(|(known, _)| known.as_deref() == Some(kid)).map(|(_, key)| key),
    };
    let key = key.ok_or(invalid_client("The client_assertion JWT kid is invalid."))?;
    if !assertion.is_by(key) {
        return Err(invalid_client("The client_assertion signature is invalid."));
    }
    if assertion.text("aud") != address {
        let text = "The audience claim for client_assertion must be the endpoint invoked for the request.";
        return Err(invalid_client(text));
    }
    let expires = assertion.number("exp").ok_or(invalid_client("The client_assertion token has no expiration."))?;
    if expires <= now {
        return Err(invalid_client("The client_assertion token is expired."));
    }
    if expires > now + LONGEST {
        return Err(invalid_client("The client_assertion token has an expiration too far into the future."));
    }
    if assertion.number("iat").is_some_and(|issued| issued > now + LEEWAY) {
        return Err(invalid_client("The client_assertion token was issued in the future."));
    }
    let id = assertion.text("jti");
    if !id.is_empty() && !oauth.is_new(&format!("assertion {id}"), now, expires) {
        return Err(invalid_client("The client_assertion token has been used before."));
    }
    Ok(())
}

/// Of the scopes asked for, those that were granted; a scope that Okta does not have is refused.
fn scopes(oauth: &Oauth, asked: &str) -> Result<BTreeSet<String>, Denial> {
    let bad = StatusCode::BAD_REQUEST;
    let is_oktas = |scope: &str| {
        let mut words = scope.split('.');
        words.next() == Some("okta") && words.next().is_some() && matches!(words.next(), Some("read" | "manage"))
    };
    if asked.trim().is_empty() || !asked.split_whitespace().all(is_oktas) {
        let text = "One or more scopes are not configured for the authorization server resource.";
        return Err(denial(bad, "invalid_scope", text));
    }
    let granted: BTreeSet<_> =
        asked.split_whitespace().filter(|scope| oauth.app.granted.contains(*scope)).map(str::to_owned).collect();
    if granted.is_empty() {
        return Err(denial(bad, "consent_required", "You are not allowed any of the requested scopes."));
    }
    Ok(granted)
}
