//! Identifiers. Each is a type of its own, so that a run id can never be passed where an effect id is meant.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::shown::shown;

/// An identifier that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value:?} is not valid: {expected}")]
pub struct IdError {
    /// What was being read, for example `run id`.
    pub what: &'static str,
    /// What may be shown of the text as it came in: it may be anything that somebody put in the wrong place.
    pub value: String,
    /// What would have been accepted.
    pub expected: &'static str,
}

impl IdError {
    pub(crate) fn new(what: &'static str, value: &str, expected: &'static str) -> Self {
        Self { what, value: shown(value, 80), expected }
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode_crockford(id: Uuid) -> String {
    let value = id.as_u128();
    (0..26).rev().map(|place| char::from(CROCKFORD[((value >> (place * 5)) & 31) as usize])).collect()
}

fn decode_crockford(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = CROCKFORD.iter().position(|known| *known == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 bytes as they are stored.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode_crockford(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode_crockford)
                    .map(Self)
                    .ok_or_else(|| IdError::new($what, text, concat!("expected `", $prefix, "_` and 26 lower-case Crockford characters")))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// One ticket's way through the corridor. Shown as `run_` and 26 characters; UUIDv7 in production.
    RunId, "run", "run id"
);
uuid_id!(
    /// One thing the world is asked for: a row of the effect queue.
    EffectId, "eff", "effect id"
);
uuid_id!(
    /// A click or another outside statement, persisted before it is acted on.
    InboxId, "inb", "inbox id"
);
uuid_id!(
    /// An API key (its public half; the secret is never stored).
    KeyId, "key", "key id"
);
uuid_id!(
    /// A person, opaque: what stands in the ledger for ever in place of a name or an address.
    PersonId, "per", "person id"
);
uuid_id!(
    /// A body from which no ticket id could be had, kept to be looked at and replayed.
    QuarantineId, "qua", "quarantine id"
);

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads the name, refusing what does not fit its form.
            ///
            /// # Errors
            /// [`IdError`] says what would have been accepted.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err(IdError::new($what, text, $expected)) }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

fn is_slug(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

name_id!(
    /// A tenant: every row, key, secret and ledger belongs to one.
    OrgId, "organisation", is_slug, "1 to 63 of a-z, 0-9, `-` and `_`"
);
name_id!(
    /// The name of a desk, channel or system connection, as the configuration has it.
    ConnectionName, "connection name", is_slug, "1 to 63 of a-z, 0-9, `-` and `_`"
);
name_id!(
    /// A runbook's id, for example `RB-002`.
    RunbookId, "runbook id",
    |text| (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
    "1 to 40 letters, digits and `-`, for example RB-002"
);
name_id!(
    /// What a ticket asks for, for example `mfa_reset`; each runbook serves one.
    IntentName, "intent",
    |text| (1..=60).contains(&text.len()) && text != "none"
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
    "1 to 60 of a-z, 0-9 and `_`, and not `none`"
);
name_id!(
    /// The desk's own number of a ticket, digits or whatever the desk uses, without prefix.
    TicketId, "ticket id",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
    "1 to 64 letters, digits and `-`"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_id_reads_back_what_it_shows() {
        let id = RunId(Uuid::from_u128(0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001));
        let shown = id.to_string();
        assert_eq!(shown.len(), 30);
        assert_eq!(shown.parse::<RunId>(), Ok(id));
    }

    #[test]
    fn run_id_refuses_other_prefixes_lengths_and_letters() {
        for bad in [
            "",
            "run_",
            "eff_01k0000000000000000000000a",
            "run_01K0000000000000000000000A",
            "run_81k00000000000000000000000",
            "run_01k000000000000000000000u0",
        ] {
            let error = bad.parse::<RunId>().unwrap_err();
            assert!(error.to_string().contains("run id"), "{error}");
        }
    }

    #[test]
    fn names_refuse_what_does_not_fit_their_form() {
        assert!(OrgId::new("Acme").is_err());
        assert!(OrgId::new("").is_err());
        assert!(IntentName::new("none").is_err());
        assert!(TicketId::new("42 OR 1").is_err());
        assert!(TicketId::new("4211").is_ok());
    }
}
