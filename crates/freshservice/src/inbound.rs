//! The door for the desk's webhooks: proves that the sender knows the connection's token, and parses nothing.
//!
//! Freshservice signs nothing, so the workflow's rule sends a shared token in a header. The body stays a hint: the
//! ticket is fetched with our own key before anything is planned.

use countersign_domain::{
    ports::{Answer, Inbound, InboundRefusal, Incoming, RawRequest, Verified},
    time::At,
};
use countersign_outbound::LiveSecret;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header that carries the token, in lower case.
pub const TOKEN_HEADER: &str = "x-countersign-token";

/// The door of one Freshservice connection.
#[derive(Clone)]
pub struct FreshserviceInbound {
    token: Option<LiveSecret>,
}

impl FreshserviceInbound {
    /// A door that opens to this token, as it is when somebody knocks. Without one, or with an empty one, it stays shut.
    pub fn new(webhook_token: Option<LiveSecret>) -> Self {
        Self { token: webhook_token }
    }

    /// Whether there is a token that opens it.
    pub(crate) fn opens(&self) -> bool {
        self.expected().is_some()
    }

    /// SHA-256 of the token, so that comparing takes the same time whatever is sent; `None`: there is none.
    fn expected(&self) -> Option<[u8; 32]> {
        let token = self.token.as_ref()?.current();
        let token = token.expose_secret();
        (!token.trim().is_empty()).then(|| Sha256::digest(token.as_bytes()).into())
    }
}

impl Inbound for FreshserviceInbound {
    /// The whole proof is in the head.
    fn check_head(&self, headers: &[(String, String)], now: At) -> Result<(), InboundRefusal> {
        let expected = self.expected().ok_or(InboundRefusal::NoSecret)?;
        let sent = RawRequest { headers, body: b"", now }.header(TOKEN_HEADER).ok_or(InboundRefusal::Unproved(
            "there is no X-Countersign-Token header: add it to the workflow's webhook",
        ))?;
        let sent: [u8; 32] = Sha256::digest(sent.as_bytes()).into();
        if bool::from(sent.ct_eq(&expected)) {
            Ok(())
        } else {
            Err(InboundRefusal::Unproved("the X-Countersign-Token header is not this connection's `webhook_token`"))
        }
    }

    fn verify(&self, request: RawRequest<'_>) -> Result<Verified<(Incoming, Answer)>, InboundRefusal> {
        self.check_head(request.headers, request.now)?;
        let answer = Answer { content_type: "text/plain", body: Vec::new() };
        Ok(Verified::vouch((Incoming::Ticket, answer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(token: Option<&str>, headers: &[(&str, &str)]) -> Result<(Incoming, Answer), InboundRefusal> {
        let token = token.map(LiveSecret::from);
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = RawRequest { headers: &headers, body: b"{not even json", now: At(0) };
        let door = FreshserviceInbound::new(token);
        let (head, whole) = (door.check_head(&headers, At(0)), door.verify(request).map(Verified::into_inner));
        assert_eq!(head.err(), whole.as_ref().err().cloned(), "the head alone says as much");
        whole
    }

    #[test]
    fn right_token_is_a_ticket_and_the_body_is_not_parsed() {
        let (incoming, answer) = verify(Some("s3cret"), &[("x-countersign-token", "s3cret")]).unwrap();
        assert_eq!(incoming, Incoming::Ticket);
        assert!(answer.body.is_empty());
    }

    #[test]
    fn wrong_and_missing_tokens_are_refused() {
        for headers in [
            &[][..],
            &[("x-countersign-token", "")],
            &[("x-countersign-token", "s3cre")],
            &[("x-countersign-token", "s3crett")],
            &[("x-countersign-token", "S3CRET")],
            &[("x-countersign-token", "s3cret ")],
            &[("authorization", "s3cret")],
            &[("x-countersign-token", "wrong"), ("x-countersign-token", "s3cret")],
        ] {
            let refusal = verify(Some("s3cret"), headers).unwrap_err();
            assert!(matches!(refusal, InboundRefusal::Unproved(_)), "{headers:?}");
        }
    }

    #[test]
    fn replaced_token_takes_effect_with_the_next_request() {
        let token = LiveSecret::from("first");
        let door = FreshserviceInbound::new(Some(token.clone()));
        let opens = |sent: &str| door.check_head(&[(TOKEN_HEADER.to_owned(), sent.to_owned())], At(0)).is_ok();
        assert_eq!((opens("first"), opens("second")), (true, false));
        token.replace("second".into());
        assert_eq!((opens("first"), opens("second")), (false, true));
    }

    #[test]
    fn connection_without_a_token_verifies_nothing() {
        for token in [None, Some(""), Some("  ")] {
            for sent in ["", "  ", "anything"] {
                assert_eq!(verify(token, &[("x-countersign-token", sent)]), Err(InboundRefusal::NoSecret));
            }
        }
    }
}
