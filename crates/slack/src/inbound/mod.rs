//! What Slack sends: proved on the raw bytes first, understood after.

mod payload;
mod proof;

use countersign_domain::{
    ports::{Answer, Inbound, InboundRefusal, Incoming, RawRequest, Verified},
    time::At,
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::Slack;
use payload::Understood;

impl Inbound for Slack {
    fn check_head(&self, headers: &[(String, String)], now: At) -> Result<(), InboundRefusal> {
        self.signing_secret().ok_or(InboundRefusal::NoSecret)?;
        proof::check_head(&RawRequest { headers, body: b"", now })
    }

    fn verify(&self, request: RawRequest<'_>) -> Result<Verified<(Incoming, Answer)>, InboundRefusal> {
        let secret = self.signing_secret().ok_or(InboundRefusal::NoSecret)?;
        proof::check(&request, secret.expose_secret())?;
        let content_type = request.header("content-type").unwrap_or_default();
        let (incoming, answer) = match content_type.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => self.form(request.body)?,
            "application/json" => handshake(request.body)?,
            _ => {
                return Err(malformed(
                    "Slack sends interactions as application/x-www-form-urlencoded; check the interactivity URL",
                ));
            }
        };
        Ok(Verified::vouch((incoming, answer)))
    }
}

impl Slack {
    fn form(&self, body: &[u8]) -> Result<(Incoming, Answer), InboundRefusal> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(body).map_err(|_| malformed("its body is no form"))?;
        let mut payloads = pairs.iter().filter(|(name, _)| name == "payload");
        match (payloads.next(), payloads.next()) {
            (Some((_, payload)), None) => {
                let Understood { incoming, answer } = payload::understand(self.name(), payload)?;
                Ok((incoming, answer))
            }
            (Some(_), Some(_)) => Err(malformed("its form has more than one payload")),
            (None, _) if pairs.iter().any(|(name, value)| name == "ssl_check" && value == "1") => {
                Ok((Incoming::Nothing, nothing()))
            }
            (None, _) => Err(malformed("its form has no payload")),
        }
    }
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    challenge: Option<String>,
}

/// The question with which Slack tries a URL out. Nothing else comes as JSON.
fn handshake(body: &[u8]) -> Result<(Incoming, Answer), InboundRefusal> {
    let asked: Handshake = serde_json::from_slice(body).map_err(|error| payload::shape("the body", &error))?;
    match (asked.kind.as_str(), asked.challenge) {
        ("url_verification", Some(challenge)) => {
            Ok((Incoming::Nothing, Answer { content_type: "text/plain", body: challenge.into_bytes() }))
        }
        ("url_verification", None) => Err(malformed("the URL verification has no challenge")),
        _ => Err(malformed("events are not used here; set this URL under Interactivity & Shortcuts alone")),
    }
}

/// The answer that says no more than that it was received.
fn nothing() -> Answer {
    Answer { content_type: "text/plain", body: Vec::new() }
}

fn malformed(why: impl Into<String>) -> InboundRefusal {
    InboundRefusal::Malformed(why.into())
}

#[cfg(test)]
mod tests;
