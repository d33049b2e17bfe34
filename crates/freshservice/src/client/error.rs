//! What can go wrong between the client and Freshservice, and its refusals in words.

use countersign_domain::shown::shown;
use countersign_outbound::{CallError, Reply};
use serde::Deserialize;
use std::fmt;

/// Longest piece of a vendor's message that is repeated, in characters.
const LONGEST_PIECE: usize = 160;
/// At most so many field errors are repeated.
const MOST_FIELDS: usize = 5;

/// A failed call. `what` is the method and path template; no message holds an id, a secret or what people wrote.
#[derive(thiserror::Error)]
pub enum ClientError {
    /// It did not come to an answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Freshservice answered with another status than success.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A successful answer that is not what the API documents.
    #[error(
        "Freshservice answered {what} with something else than {expected}: check that the address is a Freshservice account's"
    )]
    Unreadable {
        /// Method and path template.
        what: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
    /// The next page of a list lies outside the list.
    #[error("Freshservice's link to the next page of {what} leads elsewhere: it was not followed")]
    Astray {
        /// Method and path template.
        what: &'static str,
    },
    /// A list that does not end.
    #[error("{what} has more than {pages} pages: nothing further was read")]
    TooLong {
        /// Method and path template.
        what: &'static str,
        /// The bound.
        pages: u32,
    },
}

/// Answers and call errors may hold what people wrote, so `Debug` shows what `Display` shows.
impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An answer with another status than success.
pub struct Refusal {
    /// Method and path template.
    pub what: &'static str,
    /// The vendor's reason in words; empty where it gave none.
    pub says: String,
    /// The answer itself.
    pub reply: Reply,
}

impl Refusal {
    /// Takes the reason out of an answer.
    pub fn of(what: &'static str, reply: Reply) -> Self {
        Self { what, says: in_words(&reply.body), reply }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Freshservice answered {} with {}", self.what, self.reply.status)?;
        if self.says.is_empty() { Ok(()) } else { write!(f, ": {}", self.says) }
    }
}

/// Both forms of the error body: `{"description","errors":[..]}` (validation) and `{"code","message"}`.
#[derive(Deserialize)]
struct ErrorBody {
    description: Option<String>,
    errors: Option<Vec<FieldError>>,
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct FieldError {
    field: Option<String>,
    message: Option<String>,
    code: Option<String>,
}

/// The reason in an error body, in one line; empty where there is none that can be read.
fn in_words(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<ErrorBody>(body) else { return String::new() };
    let mut pieces: Vec<String> = Vec::new();
    pieces.extend(piece(body.description.or(body.message).as_deref()));
    let errors = body.errors.unwrap_or_default();
    pieces.extend(errors.iter().take(MOST_FIELDS).filter_map(field_in_words));
    if errors.len() > MOST_FIELDS {
        pieces.push(format!("and {} more", errors.len() - MOST_FIELDS));
    }
    let code = piece(body.code.as_deref()).map(|code| format!(" ({code})")).unwrap_or_default();
    if pieces.is_empty() { code.trim().to_owned() } else { format!("{}{code}", pieces.join("; ")) }
}

fn field_in_words(error: &FieldError) -> Option<String> {
    let field = piece(error.field.as_deref()).map(|field| format!("`{field}`"));
    let message = piece(error.message.as_deref());
    let code = piece(error.code.as_deref()).map(|code| format!("({code})"));
    let words: Vec<String> = [field, message, code].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A piece of a vendor's message that is fit for one line: it may repeat what people wrote.
fn piece(text: Option<&str>) -> Option<String> {
    let clean = shown(text?, LONGEST_PIECE);
    let clean = clean.trim().trim_end_matches('.').to_owned();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_errors_name_field_message_and_code() {
        let body = br#"{"description":"Validation failed","errors":[
            {"field":"body","message":"can't be blank","code":"invalid_value"},{"field":"privat","message":null,"code":null}]}"#;
        assert_eq!(in_words(body), "Validation failed; `body` can't be blank (invalid_value); `privat`");
    }

    #[test]
    fn short_errors_keep_message_and_code() {
        let body = br#"{"code":"access_denied","message":"You are not authorized to perform this action."}"#;
        assert_eq!(in_words(body), "You are not authorized to perform this action (access_denied)");
        assert_eq!(in_words(br#"{"code":"invalid_credentials"}"#), "(invalid_credentials)");
    }

    #[test]
    fn bodies_that_are_no_error_say_nothing() {
        for body in [&b""[..], b"<html>Bad gateway</html>", b"[1,2]", b"null", b"{}", br#"{"errors":"x"}"#, b"\xff"] {
            assert_eq!(in_words(body), "", "{body:?}");
        }
    }

    #[test]
    fn long_and_multi_line_messages_are_cut_to_one_line() {
        let message = format!("one\ntwo{}", "x".repeat(500));
        let body = serde_json::json!({ "message": message }).to_string();
        let says = in_words(body.as_bytes());
        assert!(says.starts_with("one two"));
        assert_eq!(says.chars().count(), LONGEST_PIECE);
    }

    #[test]
    fn many_field_errors_are_counted() {
        let errors: Vec<_> = (0..9).map(|n| serde_json::json!({ "field": format!("f{n}") })).collect();
        let body = serde_json::json!({ "errors": errors }).to_string();
        assert_eq!(in_words(body.as_bytes()), "`f0`; `f1`; `f2`; `f3`; `f4`; and 4 more");
    }
}
