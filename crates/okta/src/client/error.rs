//! How Okta refuses.

use std::sync::Arc;

use countersign_domain::shown::shown;
use countersign_outbound::{CallError, Reply};
use serde::Deserialize;

use super::{Operation, TokenFailure};

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// There is no usable answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Okta refused.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// There is no access token to show; nothing was asked of the API.
    #[error("no access token from okta")]
    NoToken(#[source] Arc<TokenFailure>),
    /// An id was empty; nothing was sent.
    #[error("nothing was sent to okta: the id is empty")]
    NoId,
    /// A list has more pages than are read.
    #[error("okta's list has more pages than are read; ask for something narrower")]
    TooMany,
}

impl From<Refusal> for ClientError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What Okta said in place of doing it. Codes: <https://developer.okta.com/docs/reference/error-codes/>.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("okta refused with status {status}{}{}", spaced(code), said(causes))]
pub struct Refusal {
    /// What was asked.
    pub operation: Operation,
    /// The HTTP status.
    pub status: u16,
    /// Okta's code, `E0000007`; empty where the answer was not Okta's error object.
    pub code: String,
    /// What Okta says is wrong with which field, in its own words, without ids and addresses. The summary is left out:
    /// it repeats the id.
    pub causes: Vec<String>,
    /// OAuth's word in `WWW-Authenticate`: `insufficient_scope`, `invalid_token`, `invalid_dpop_proof`.
    pub challenge: Option<String>,
    /// After how many milliseconds it may be tried again; for 429 and 503.
    pub retry_after_ms: Option<u64>,
}

fn spaced(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" {code}") }
}

fn said(causes: &[String]) -> String {
    if causes.is_empty() { String::new() } else { format!(" ({})", causes.join("; ")) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    error_code: String,
    #[serde(default)]
    error_causes: Vec<Cause>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cause {
    #[serde(default)]
    error_summary: String,
}

impl Refusal {
    pub(crate) fn read(operation: Operation, reply: &Reply, until_reset_ms: u64) -> Self {
        let body = reply.json::<Body>().ok().filter(|body| is_code(&body.error_code));
        let retry_after_ms = match reply.status {
            429 => Some(reply.retry_after_ms().unwrap_or(until_reset_ms)),
            _ => reply.retry_after_ms(),
        };
        let (code, causes) = body.map_or_else(Default::default, |body| (body.error_code, body.error_causes));
        let causes = causes.iter().map(|cause| tidy(&cause.error_summary)).filter(|cause| !cause.is_empty());
        let causes = causes.take(5).collect();
        Self { operation, status: reply.status, code, causes, challenge: challenge(reply), retry_after_ms }
    }

    /// Whether the access token lacks the scope.
    pub fn is_missing_scope(&self) -> bool {
        self.challenge.as_deref() == Some("insufficient_scope")
    }

    /// `E0000007`: no such user, group or path. A 404 of anything but Okta is no statement about a user.
    pub fn is_not_found(&self) -> bool {
        self.status == 404 && self.code == "E0000007"
    }

    /// `E0000001`: a field is not accepted; a login that is taken is one of the reasons.
    pub fn is_invalid(&self) -> bool {
        self.status == 400 && self.code == "E0000001"
    }
}

/// The `error` of `WWW-Authenticate: DPoP ..., error="insufficient_scope", ...`.
fn challenge(reply: &Reply) -> Option<String> {
    let text = reply.header("www-authenticate")?;
    let (_, rest) = text.split_once("error=\"")?;
    let (word, _) = rest.split_once('"')?;
    let is_word =
        !word.is_empty() && word.len() < 40 && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    is_word.then(|| word.to_owned())
}

fn is_code(text: &str) -> bool {
    text.len() == 8 && text.starts_with('E') && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
}

/// A cause fit for people and logs: short, on one line, without addresses, ids and secrets.
fn tidy(text: &str) -> String {
    shown(&text.split_whitespace().collect::<Vec<_>>().join(" "), 200)
}
