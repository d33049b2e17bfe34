//! Persons and how they are named from outside.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::ids::{IdError, PersonId};

/// A mail address, lower-cased and trimmed, so that two spellings of one mailbox compare equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MailAddress(String);

impl MailAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// Anything that is not one `local@domain` of printable characters without spaces, quotes or brackets.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let trimmed = text.trim();
        let refuse = || IdError::new("mail address", text, "expected one address such as sarah.chen@acme.com");
        let (local, domain) = trimmed.split_once('@').ok_or_else(refuse)?;
        let clean = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|letter| !letter.is_whitespace() && !letter.is_control() && !"<>()[]\",;:\\@".contains(letter))
        };
        if trimmed.len() > 254 || !clean(local) || !clean(domain) || domain.starts_with('.') || domain.ends_with('.') {
            return Err(refuse());
        }
        Ok(Self(trimmed.to_lowercase()))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the last `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailAddress {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for MailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// How the configuration names a person who may approve, and how a decision names who made it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PersonRef {
    /// A Slack member of the channel's own workspace, by user id: `slack:U0123APPROVER`.
    Slack(String),
    /// A person who decides through an API key bound to this address: `mail:lead@acme.com`.
    Mail(MailAddress),
}

impl fmt::Display for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slack(user) => write!(f, "slack:{user}"),
            Self::Mail(mail) => write!(f, "mail:{mail}"),
        }
    }
}

impl FromStr for PersonRef {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let refuse = || IdError::new("person", text, "expected `slack:U...` or `mail:name@example.com`");
        match text.split_once(':') {
            Some(("slack", user))
                if (2..=32).contains(&user.len())
                    && user.starts_with(['U', 'W'])
                    && user.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) =>
            {
                Ok(Self::Slack(user.to_owned()))
            }
            Some(("mail", mail)) => MailAddress::new(mail).map(Self::Mail).map_err(|_| refuse()),
            Some(_) | None => Err(refuse()),
        }
    }
}

impl Serialize for PersonRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PersonRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Somebody as a vendor knows them: an address and, where known, a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The address.
    pub mail: MailAddress,
    /// The name as the vendor has it.
    pub name: Option<String>,
}

/// A person who is about to decide, resolved before `decide` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// The opaque id that goes into the ledger's header.
    pub id: PersonId,
    /// How they came: a listed approver must match exactly this.
    pub by: PersonRef,
    /// The name to show.
    pub name: Option<String>,
    /// Every address known to be theirs. Empty means: not comparable with requester and target, so refused.
    pub mails: Vec<MailAddress>,
}

/// Who caused something that is not a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Countersign itself (a timer, the planner).
    System,
    /// An API key, by its id.
    Key(crate::ids::KeyId),
    /// A resolved person.
    Person(PersonId),
    /// Whoever may run the command line on the host.
    Operator,
}

impl Actor {
    /// The opaque form that stands in the ledger's header.
    pub fn opaque(&self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::Key(key) => key.to_string(),
            Self::Person(person) => person.to_string(),
            Self::Operator => "operator".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_compare_without_regard_to_case() {
        assert_eq!(MailAddress::new(" Sarah.Chen@ACME.com "), MailAddress::new("sarah.chen@acme.com"));
    }

    #[test]
    fn addresses_with_tricks_are_refused() {
        for bad in ["", "a", "a@", "@b", "a b@c.de", "a@b@c", "<a@b.de>", "a@b.de,c@d.ef", "a@.de"] {
            assert!(MailAddress::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn person_refs_name_their_kind() {
        assert_eq!("slack:U0123APPROVER".parse::<PersonRef>().unwrap().to_string(), "slack:U0123APPROVER");
        assert!("slack:anyone".parse::<PersonRef>().is_err());
        assert!("teams:x".parse::<PersonRef>().is_err());
        assert!("lead@acme.com".parse::<PersonRef>().is_err());
    }
}
