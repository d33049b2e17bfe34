//! What comes in from outside, verified before anything of it is parsed.

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    ids::{ConnectionName, RunId},
    run::DenyReason,
    time::At,
};

/// A request as it came off the wire.
#[derive(Clone, Copy)]
pub struct RawRequest<'a> {
    /// Header names in lower case, with their values.
    pub headers: &'a [(String, String)],
    /// The raw body: signatures are checked on exactly these bytes.
    pub body: &'a [u8],
    /// When it came.
    pub now: At,
}

impl<'a> RawRequest<'a> {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Something whose origin was proved. Only [`Inbound::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Vouches for a value whose proof was checked. For implementors of [`Inbound`].
    pub fn vouch(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// A person's click on a card or a form's submission, persisted before it is looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// Repeats of one click have the same key.
    pub dedupe: String,
    /// The channel's connection.
    pub channel: ConnectionName,
    /// The workspace it comes from, in the vendor's id.
    pub workspace: String,
    /// The user, in the vendor's id.
    pub user: String,
    /// The room.
    pub room: String,
    /// The run the button carries.
    pub run: RunId,
    /// The plan version the button carries.
    pub plan_version: u32,
    /// The digest of the plan the card showed; a card that an earlier version of this program posted carries none.
    #[serde(default)]
    pub plan_digest: Option<Digest>,
    /// What was decided.
    pub decided: Decided,
}

/// What a click decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// Approve.
    Approve,
    /// Deny.
    Deny {
        /// Why.
        reason: DenyReason,
        /// In their words.
        words: Option<String>,
    },
}

/// What a verified request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A desk's ticket: the body is parsed as any ingest body.
    Ticket,
    /// A decision.
    Decision(Click),
    /// Somebody wants to deny: the form asking for the reason is to be opened. Changes nothing.
    ReasonWanted {
        /// The vendor's short-lived permission to open a form.
        trigger: String,
        /// The run.
        run: RunId,
        /// The plan version.
        plan_version: u32,
        /// The digest of the plan the card showed, where its button carries one.
        plan_digest: Option<Digest>,
        /// The room in which they are told when the form cannot be opened.
        room: String,
        /// The user, in the vendor's id.
        user: String,
    },
    /// The button of a probe's card was pressed.
    Probe {
        /// What the button carries.
        probe: String,
        /// The user, in the vendor's id.
        user: String,
    },
    /// Answered as it is (a handshake, a click that needs nothing).
    Nothing,
}

/// What is answered to a verified request, once what it wants is persisted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `application/json` or `text/plain`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a request was turned away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundRefusal {
    /// The connection has no secret to check with: never a skipped check.
    #[error(
        "this connection has no secret configured, so nothing sent to it can be verified: configure it and try again"
    )]
    NoSecret,
    /// No proof, or a wrong one.
    #[error("the request's proof is missing or wrong: {0}")]
    Unproved(&'static str),
    /// Proved, but not understandable.
    #[error("the request was verified but cannot be understood: {0}")]
    Malformed(String),
}

/// One connection's door: implemented in each vendor crate, so that the server knows no vendor.
pub trait Inbound: Send + Sync {
    /// Looks at the head before the body is read, so that a stranger's is not: refuses what [`Inbound::verify`] would
    /// refuse whatever the body. It proves nothing. `headers` as in [`RawRequest`].
    ///
    /// # Errors
    /// [`InboundRefusal`], as `verify` would.
    fn check_head(&self, headers: &[(String, String)], now: At) -> Result<(), InboundRefusal>;

    /// Checks the proof on the raw bytes, then parses.
    ///
    /// # Errors
    /// [`InboundRefusal`]; nothing is parsed before the proof holds.
    fn verify(&self, request: RawRequest<'_>) -> Result<Verified<(Incoming, Answer)>, InboundRefusal>;
}
