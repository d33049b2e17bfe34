//! Slack's signature: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use countersign_domain::ports::{InboundRefusal, RawRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How old, and how far in the future, a request may be, in seconds.
const WINDOW: u64 = 300;
const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";

/// Checks time and signature on the raw body. The signature is compared in constant time.
pub(super) fn check(request: &RawRequest<'_>, secret: &str) -> Result<(), InboundRefusal> {
    let Head { stamp, given, at } = Head::of(request)?;
    let right = signature(secret, stamp, request.body)?;
    if !bool::from(given.as_bytes().ct_eq(right.as_bytes())) {
        return Err(InboundRefusal::Unproved(
            "the signature does not fit; check that the signing secret is that of the Slack app",
        ));
    }
    fresh(at, request)
}

/// Checks what needs no body: that there is a signature, and the time. It proves nothing.
pub(super) fn check_head(request: &RawRequest<'_>) -> Result<(), InboundRefusal> {
    fresh(Head::of(request)?.at, request)
}

/// The proof's headers.
struct Head<'a> {
    stamp: &'a str,
    given: &'a str,
    /// The timestamp, in seconds.
    at: i64,
}

impl<'a> Head<'a> {
    fn of(request: &RawRequest<'a>) -> Result<Self, InboundRefusal> {
        let stamp = only(request, TIMESTAMP, "the X-Slack-Request-Timestamp header is missing or there twice")?;
        let given = only(request, SIGNATURE, "the X-Slack-Signature header is missing or there twice")?;
        let at = seconds(stamp).ok_or(InboundRefusal::Unproved("its timestamp is no number of seconds"))?;
        Ok(Self { stamp, given, at })
    }
}

fn fresh(at: i64, request: &RawRequest<'_>) -> Result<(), InboundRefusal> {
    if request.now.0.div_euclid(1_000_000).abs_diff(at) > WINDOW {
        return Err(InboundRefusal::Unproved(
            "its time is more than 300 seconds from ours; it is a replay, or a clock is wrong",
        ));
    }
    Ok(())
}

fn only<'a>(request: &RawRequest<'a>, name: &str, missing: &'static str) -> Result<&'a str, InboundRefusal> {
    let mut values = request.headers.iter().filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (Some(_), Some(_)) | (None, _) => Err(InboundRefusal::Unproved(missing)),
    }
}

fn seconds(text: &str) -> Option<i64> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn signature(secret: &str, timestamp: &str, body: &[u8]) -> Result<String, InboundRefusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| InboundRefusal::NoSecret)?;
    for part in [b"v0:", timestamp.as_bytes(), b":", body] {
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    Ok(digest.iter().fold("v0=".to_owned(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
        text
    }))
}

#[cfg(test)]
pub(super) fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    signature(secret, timestamp, body).unwrap()
}
