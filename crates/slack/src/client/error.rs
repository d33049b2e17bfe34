//! How a call to Slack can fail, in Slack's own words.

use countersign_domain::shown::shown;
use countersign_outbound::{CallError, Reply};
use serde::Deserialize;

/// How much of Slack's explanations is kept.
const MESSAGES: usize = 5;
/// How long one of them may be, in characters.
const MESSAGE: usize = 200;

/// A call that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No usable answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Too many calls.
    #[error("Slack takes no {method} at the moment: too many calls")]
    RateLimited {
        /// The method.
        method: &'static str,
        /// How long Slack asks to wait, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// `"ok": false`.
    #[error("Slack refused {method}: {code}")]
    Refused {
        /// The method.
        method: &'static str,
        /// Slack's error code, for example `channel_not_found`.
        code: String,
        /// The scope that is missing, where the code is `missing_scope`.
        needed: Option<String>,
        /// What Slack says about the arguments (`response_metadata.messages`), capped.
        messages: Vec<String>,
    },
    /// A status other than 200 and 429.
    #[error("Slack answered {method} with status {}", reply.status)]
    Status {
        /// The method.
        method: &'static str,
        /// The answer.
        reply: Box<Reply>,
    },
}

impl ClientError {
    /// Slack's error code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Call(_) | Self::RateLimited { .. } | Self::Status { .. } => None,
        }
    }
}

/// What every answer has.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub(super) ok: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    needed: Option<String>,
    #[serde(default)]
    response_metadata: Explanations,
}

#[derive(Default, Deserialize)]
struct Explanations {
    #[serde(default)]
    messages: Vec<String>,
}

pub(super) fn refusal(method: &'static str, envelope: Envelope, retry_after_ms: Option<u64>) -> ClientError {
    let code = envelope.error.filter(|code| is_code(code)).unwrap_or_else(|| "no_reason_given".to_owned());
    if matches!(code.as_str(), "ratelimited" | "rate_limited") {
        return ClientError::RateLimited { method, retry_after_ms };
    }
    let messages = envelope.response_metadata.messages.into_iter().take(MESSAGES);
    ClientError::Refused {
        method,
        code,
        needed: envelope.needed.filter(|scopes| is_scope_list(scopes)),
        messages: messages.map(|text| shown(&text, MESSAGE)).collect(),
    }
}

fn is_code(code: &str) -> bool {
    (1..=80).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_scope_list(scopes: &str) -> bool {
    (1..=200).contains(&scopes.len())
        && scopes.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:., ".contains(&byte))
}
