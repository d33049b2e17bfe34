//! Tokens at the management API: whether they hold, and whether their scope is enough.

use http::{HeaderMap, Method};

use super::Oauth;
use super::proof::{Expected, Flaw};
use crate::okta::refusal::Refusal;

/// A request as far as its right to be answered goes.
pub(in crate::okta) struct Asked<'a> {
    pub(in crate::okta) method: &'a Method,
    /// The address without its query.
    pub(in crate::okta) address: String,
    /// The route's template, where there is one.
    pub(in crate::okta) route: Option<&'a str>,
    pub(in crate::okta) headers: &'a HeaderMap,
    /// Unix seconds.
    pub(in crate::okta) now: i64,
}

/// The scope that a route takes, as Okta's description has it.
fn needs(method: &Method, route: &str) -> &'static str {
    let reads = method == Method::GET;
    match route {
        "/api/v1/logs" => "okta.logs.read",
        _ if route.ends_with("/roles") => "okta.roles.read",
        _ if route.starts_with("/api/v1/groups") && reads => "okta.groups.read",
        _ if route.starts_with("/api/v1/groups") => "okta.groups.manage",
        _ if reads => "okta.users.read",
        _ => "okta.users.manage",
    }
}

/// Lets a request with a token pass, or refuses it. `scheme` is the one of `Authorization`.
pub(in crate::okta) fn authorise(
    oauth: &mut Oauth,
    scheme: &str,
    token: &str,
    asked: &Asked<'_>,
) -> Result<(), Refusal> {
    let held = oauth.grants.get(token).filter(|grant| grant.expires > asked.now);
    let Some((bound_to, scopes)) = held.map(|grant| (grant.bound_to.clone(), grant.scopes.clone())) else {
        return Err(Refusal::invalid_token().challenged(scheme, "invalid_token"));
    };
    if bound_to.is_some() != scheme.eq_ignore_ascii_case("DPoP") {
        return Err(Refusal::invalid_token().challenged("DPoP", "invalid_token"));
    }
    if let Some(bound_to) = bound_to {
        let (method, address) = (asked.method.as_str(), asked.address.clone());
        let nonce = oauth.resource_nonce;
        let expected = Expected { method, address, token: Some(token), nonce, now: asked.now };
        match expected.check(asked.headers, oauth) {
            Ok(thumbprint) if thumbprint == bound_to => {}
            Ok(_) | Err(Flaw::Proof(_)) => {
                return Err(Refusal::invalid_token().challenged("DPoP", "invalid_dpop_proof"));
            }
            Err(Flaw::Nonce) => {
                return Err(Refusal::invalid_token().challenged("DPoP", "use_dpop_nonce").with_nonce(oauth.nonce()));
            }
        }
    }
    let Some(scope) = asked.route.map(|route| needs(asked.method, route)) else { return Ok(()) };
    let wider = scope.replace(".read", ".manage");
    if scopes.contains(scope) || scopes.contains(&wider) {
        return Ok(());
    }
    Err(Refusal::forbidden().challenged(scheme, "insufficient_scope"))
}
