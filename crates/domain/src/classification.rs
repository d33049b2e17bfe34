//! What a ticket was understood to ask for.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::ids::IntentName;

/// A confidence in parts per ten thousand, so that it can stand in the ledger: canonical bytes have no floats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(u16);

impl Confidence {
    /// Reads a share from 0 to 1; what lies outside is clamped, what is no number counts as 0.
    pub fn from_share(share: f64) -> Self {
        let scaled = (share.clamp(0.0, 1.0) * 10_000.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=10000; NaN becomes 0"
        )]
        Self(scaled as u16)
    }

    /// Parts per ten thousand.
    pub fn parts(self) -> u16 {
        self.0
    }

    /// As a share from 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

/// Exact, with two decimals and as many more as it has: rounded or cut off, one below a floor could read as one at it.
impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / 10_000, self.0 % 10_000);
        match (parts % 10, parts % 100) {
            (_, 0) => write!(f, "{whole}.{:02}", parts / 100),
            (0, _) => write!(f, "{whole}.{:03}", parts / 10),
            (_, _) => write!(f, "{whole}.{parts:04}"),
        }
    }
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the classifier is given. Ticket text: untrusted, possibly secret, never logged.
#[derive(Clone, Copy)]
pub struct TicketWords<'a> {
    /// The subject line.
    pub subject: &'a str,
    /// The description, plain or with HTML remnants.
    pub description: &'a str,
    /// Who wrote it, where known.
    pub requester: Option<&'a str>,
}

/// Whether a group is to be joined or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupAction {
    /// Become a member.
    Add,
    /// Stop being a member.
    Remove,
}

/// A person a ticket names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPerson {
    /// An address that stands verbatim in the ticket, or is the requester's own.
    pub email: Option<String>,
    /// A name that stands verbatim in the ticket.
    pub name: Option<String>,
}

/// A new starter as the ticket describes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewHire {
    /// Full name, given name first.
    pub name: Option<String>,
    /// The address wanted.
    pub email: Option<String>,
    /// Groups named as wanted, verbatim, in their order.
    pub groups: Vec<String>,
    /// The licence tier as written.
    pub license: Option<String>,
}

/// The values found in a ticket. Every one stands verbatim in it, or is the requester's own address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// The person the action is about.
    pub target: NamedPerson,
    /// The group named.
    pub group: Option<String>,
    /// Join or leave.
    pub action: Option<GroupAction>,
    /// The licence or product named.
    pub sku: Option<String>,
    /// The new starter.
    pub new_hire: Option<NewHire>,
}

/// The classifier's answer about one ticket, before any floor is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// The most likely intent; `None`: nothing is asked that a runbook serves.
    pub intent: Option<IntentName>,
    /// How sure the classifier is of `intent` (or of its being none).
    pub confidence: Confidence,
    /// The next likeliest intents with their scores, best first, at most three.
    pub runners_up: Vec<(IntentName, Confidence)>,
    /// What was found in the text.
    pub slots: Slots,
    /// Which model said so: a short hash of its bytes, for the ledger.
    pub model: String,
    /// What a second model was asked, where one was: `confidence` is what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consulted: Option<Box<Consulted>>,
}

/// A second model was asked about a ticket that the classifier was not sure enough of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consulted {
    /// The model's name, as it is configured.
    pub model: String,
    /// How sure the classifier was by itself.
    pub alone: Confidence,
    /// What came of it.
    pub said: Consultation,
}

/// What came of asking a second model. Anything but agreement leaves the classifier's own answer as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consultation {
    /// The same is asked: the answer counts as just sure enough.
    Agreed {
        /// The values that the classifier had not found and that were taken from it.
        filled: Vec<String>,
    },
    /// The same is asked, with another value than the classifier found.
    OtherValue {
        /// Which value: `target`, `group`, `action`, `sku`.
        value: String,
    },
    /// Something else is asked.
    OtherIntent {
        /// What.
        intent: IntentName,
    },
    /// Nothing is asked.
    NothingAsked,
    /// There was no answer that could be used.
    NoAnswer {
        /// Why: no secret, no ticket text.
        why: String,
    },
}

impl Consultation {
    /// The stable name, as metrics and scripts have it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Agreed { .. } => "agreed",
            Self::OtherValue { .. } => "other_value",
            Self::OtherIntent { .. } => "other_intent",
            Self::NothingAsked => "nothing_asked",
            Self::NoAnswer { .. } => "no_answer",
        }
    }
}

impl fmt::Display for Consultation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agreed { filled } if filled.is_empty() => f.write_str("agreed"),
            Self::Agreed { filled } => write!(f, "agreed, and found {}", filled.join(" and ")),
            Self::OtherValue { value } => write!(f, "found another {value}"),
            Self::OtherIntent { intent } => write!(f, "said {intent}"),
            Self::NothingAsked => f.write_str("said that nothing is asked"),
            Self::NoAnswer { why } => write!(f, "gave no answer that could be used: {why}"),
        }
    }
}

impl fmt::Display for Consulted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (by itself the classifier was {} sure)", self.model, self.said, self.alone)
    }
}

/// What of a ticket its writer says to the desk, as a reader sees it: without markup, quoted mails, signatures and text
/// aimed at software. Untrusted, possibly secret, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// The subject line's part that counts.
    pub subject: String,
    /// The description's lines that count.
    pub body: String,
}

impl Said {
    /// Whether these words stand in it, letter for letter and within one line.
    pub fn has(&self, words: &str) -> bool {
        let one_line = !words.trim().is_empty() && !words.chars().any(char::is_control);
        one_line && (self.subject.contains(words) || self.body.contains(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_reads_as_exactly_what_it_is() {
        for (share, text) in [
            (0.0, "0.00"),
            (0.0001, "0.0001"),
            (0.08, "0.08"),
            (0.5, "0.50"),
            (0.97, "0.97"),
            (0.973, "0.973"),
            (0.999, "0.999"),
            (0.9996, "0.9996"),
            (0.9999, "0.9999"),
            (1.0, "1.00"),
        ] {
            assert_eq!(Confidence::from_share(share).to_string(), text);
        }
    }

    #[test]
    fn what_lies_below_a_floor_never_reads_as_at_or_above_it() {
        let read = |parts: u16| Confidence(parts).to_string().parse::<f64>().unwrap();
        for parts in 0..10_000 {
            assert!(read(parts) < read(parts + 1), "{} and {}", Confidence(parts), Confidence(parts + 1));
        }
    }
}
