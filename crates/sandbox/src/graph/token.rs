//! `POST /{tenant}/oauth2/v2.0/token`: client credentials, with Entra's errors.
//!
//! Error codes: <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::access::{Application, Grant};
use super::{State, held};
use crate::stamp::SECOND;

/// How long a token is good for, in seconds, as Entra usually says.
const LIFETIME: i64 = 3599;
const SCOPE: &str = "https://graph.microsoft.com/.default";

/// Why no token is given.
struct Denial {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
}

impl Denial {
    fn new(status: StatusCode, error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error, code, text: text.into() }
    }

    fn answer(self, request: u64, now: i64) -> Response {
        let id = format!("00000000-0000-4000-8000-{request:0>12x}");
        let timestamp = jiff::Timestamp::from_microsecond(now)
            .map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
            .unwrap_or_default();
        let body = json!({
            "error": self.error,
            "error_description": format!(
                "AADSTS{}: {} Trace ID: {id} Correlation ID: {id} Timestamp: {timestamp}", self.code, self.text
            ),
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": id,
            "correlation_id": id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        (self.status, Json(body)).into_response()
    }
}

/// Issues a token.
pub(super) async fn issue(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (now, request) = (state.now(), state.next_request());
    let application = held(&state.application);
    if let Err(denial) = check(&application, &tenant, &form(&headers, &body)) {
        return denial.answer(request, now);
    }
    let token = encode(&application, now, request);
    let grant = Grant { expires: now + LIFETIME * SECOND, permissions: Arc::clone(&application.permissions) };
    drop(application);
    let mut grants = held(&state.grants);
    grants.retain(|_, grant| grant.expires > now);
    grants.insert(token.clone(), grant);
    let body = json!({
        "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token,
    });
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}

/// The form's fields; none where the body is no form.
fn form(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return HashMap::new();
    }
    serde_urlencoded::from_bytes(body).unwrap_or_default()
}

fn check(application: &Application, tenant: &str, form: &HashMap<String, String>) -> Result<(), Denial> {
    let bad = StatusCode::BAD_REQUEST;
    let field = |name: &str| {
        form.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| {
            let text = format!("The request body must contain the following parameter: '{name}'.");
            Denial::new(bad, "invalid_request", 900_144, text)
        })
    };
    if tenant != application.tenant_id {
        let text = format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
        return Err(Denial::new(bad, "invalid_request", 90_002, text));
    }
    let grant_type = field("grant_type")?;
    if grant_type != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(Denial::new(bad, "unsupported_grant_type", 70_003, text));
    }
    let client_id = field("client_id")?;
    if client_id != application.client_id {
        let text = format!("Application with identifier '{client_id}' was not found in the directory '{tenant}'.");
        return Err(Denial::new(bad, "unauthorized_client", 700_016, text));
    }
    let scope = field("scope")?;
    if scope != SCOPE {
        let text = format!("The provided value for the input parameter 'scope' is not valid: '{scope}'.");
        return Err(Denial::new(bad, "invalid_scope", 70_011, text));
    }
    let unauthorized = StatusCode::UNAUTHORIZED;
    let Some(secret) = form.get("client_secret").filter(|secret| !secret.is_empty()) else {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(Denial::new(unauthorized, "invalid_client", 7_000_218, text));
    };
    if *secret != application.client_secret {
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
             not the client secret ID, for a secret added to app '{client_id}'."
        );
        return Err(Denial::new(unauthorized, "invalid_client", 7_000_215, text));
    }
    if application.secret_expired {
        let text = format!(
            "The provided client secret keys for app '{client_id}' are expired. Create new keys for the app, or use \
             certificate credentials."
        );
        return Err(Denial::new(unauthorized, "invalid_client", 7_000_222, text));
    }
    Ok(())
}

/// A token in the form of Entra's, without a signature: this fake knows its tokens by heart.
fn encode(application: &Application, now: i64, request: u64) -> String {
    let issued = now.div_euclid(SECOND);
    let claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{}/", application.tenant_id),
        "iat": issued, "nbf": issued, "exp": issued + LIFETIME,
        "appid": application.client_id, "app_displayname": "Countersign", "idtyp": "app", "tid": application.tenant_id,
        "roles": application.permissions.as_ref(),
        "uti": format!("sandbox-{request}"), "ver": "1.0",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({"typ": "JWT", "alg": "none"})), part(&claims))
}
