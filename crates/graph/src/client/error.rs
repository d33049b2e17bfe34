//! How Graph can fail us.

use std::{fmt, sync::Arc};

use countersign_domain::shown::shown;
use countersign_outbound::{CallError, Reply};
use serde::Deserialize;

use super::{operation::Operation, token::TokenFailure};

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no answer, or not one that can be read.
    #[error("{} failed", operation.what())]
    Call {
        /// Which call.
        operation: Operation,
        /// How it failed.
        #[source]
        source: CallError,
    },
    /// There is no access token; the call itself was not sent. Shared with every other call that waited for it.
    #[error("no access token")]
    NoToken(#[source] Arc<TokenFailure>),
    /// Graph answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

/// An error that Graph answered with.
pub struct Refusal {
    operation: Operation,
    reply: Reply,
    code: String,
    message: String,
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Inner,
}

#[derive(Default, Deserialize)]
struct Inner {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Refusal {
    /// Reads an error answer; a body that is not Graph's leaves code and message empty.
    pub fn new(operation: Operation, reply: Reply) -> Self {
        let Body { error } = serde_json::from_slice(&reply.body).unwrap_or_default();
        Self { operation, reply, code: shown(&error.code, 80), message: printable(&error.message, 300) }
    }

    /// What was asked for.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.reply.status
    }

    /// The whole answer.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Graph's code, for example `Request_ResourceNotFound`; empty where there is none.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Graph's message. It may repeat what was asked for, ids and `$filter` texts among it.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the message contains this, without regard to case.
    pub fn mentions(&self, words: &str) -> bool {
        self.message.to_lowercase().contains(&words.to_lowercase())
    }

    /// Whether this says that the member to be added is one already: a 400 with `Request_BadRequest`, told apart by its
    /// message alone.
    pub fn says_already_member(&self) -> bool {
        self.operation == Operation::AddMember
            && self.status() == 400
            && self.mentions("added object references already exist")
    }

    /// Whether the tenant lacks the licence (Entra ID P1 or P2) that the call needs, rather than us the permission.
    pub fn says_not_licensed(&self) -> bool {
        self.status() == 403
            && (self.mentions("not licensed")
                || self.mentions("premium license")
                || self.code == "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Microsoft Graph refused {} with status {}", self.operation.what(), self.status())?;
        if self.code.is_empty() { Ok(()) } else { write!(f, " ({})", self.code) }
    }
}

/// Without the body, which may name people.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("operation", &self.operation)
            .field("status", &self.status())
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// A vendor's text, fit to be shown: one line, of limited length.
fn printable(text: &str, most: usize) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(operation: Operation, status: u16, body: &str) -> Refusal {
        Refusal::new(operation, Reply::new(status, http::HeaderMap::new(), body.to_owned()))
    }

    #[test]
    fn error_body_is_read() {
        let body = r#"{"error": {"code": "Request_ResourceNotFound", "message": "Resource 'x'\ndoes not exist"}}"#;
        let refusal = refusal(Operation::ReadUser, 404, body);
        assert_eq!(refusal.code(), "Request_ResourceNotFound");
        assert_eq!(refusal.message(), "Resource 'x' does not exist");
        assert_eq!(
            refusal.to_string(),
            "Microsoft Graph refused reading the user with status 404 (Request_ResourceNotFound)"
        );
    }

    #[test]
    fn body_that_is_no_error_of_graph_leaves_the_status() {
        for body in ["", "<html>", "[]", r#"{"error": "x"}"#] {
            assert_eq!(refusal(Operation::ReadUser, 502, body).code(), "", "{body}");
        }
    }

    #[test]
    fn only_an_added_member_can_be_one_already() {
        let message = "One or more added object references already exist for the following modified properties: \
                       'members'.";
        let body = format!(r#"{{"error": {{"code": "Request_BadRequest", "message": "{message}"}}}}"#);
        assert!(refusal(Operation::AddMember, 400, &body).says_already_member());
        assert!(!refusal(Operation::AssignLicense, 400, &body).says_already_member());
        assert!(!refusal(Operation::AddMember, 403, &body).says_already_member());
    }

    #[test]
    fn debug_output_has_no_body() {
        let body = r#"{"error": {"code": "X", "message": "about sarah.chen@acme.com"}}"#;
        assert!(!format!("{:?}", refusal(Operation::ReadUser, 400, body)).contains("sarah"));
    }
}
