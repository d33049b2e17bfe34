//! What is never approvable, whoever approves.

use countersign_canon::Encoder;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use unicode_normalization::UnicodeNormalization;

use crate::{ids::IdError, person::MailAddress};

/// Somebody or something that the configuration protects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protected {
    /// A person by any of their addresses: `mail:breakglass@acme.com`.
    Mail(MailAddress),
    /// A group by its name, compared without regard to case, and everybody in it: `group:Domain Admins`.
    Group(String),
}

impl FromStr for Protected {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let refuse =
            || IdError::new("protected target", text, "expected `mail:name@example.com` or `group:Name of the group`");
        match text.split_once(':') {
            Some(("mail", mail)) => MailAddress::new(mail).map(Self::Mail).map_err(|_| refuse()),
            Some(("group", name)) if !name.trim().is_empty() => Ok(Self::Group(name.trim().to_owned())),
            Some(_) | None => Err(refuse()),
        }
    }
}

impl fmt::Display for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail(mail) => write!(f, "mail:{mail}"),
            Self::Group(name) => write!(f, "group:{name}"),
        }
    }
}

/// A pattern for a parameter's value: `*` stands for any text, everything else for itself without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Glob(String);

impl FromStr for Glob {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(IdError::new("pattern", text, "expected text such as `proj-*`; `*` alone stands for anything"));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Glob {
    /// Whether the whole value fits.
    pub fn matches(&self, value: &str) -> bool {
        let (pattern, value) = (folded(&self.0), folded(value));
        let mut parts = pattern.split('*');
        let Some(mut rest) = parts.next().and_then(|first| value.strip_prefix(first)) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some(place) = rest.find(part) else { return false };
            rest = &rest[place + part.len()..];
        }
        rest.ends_with(last)
    }
}

/// A name as names are compared: without regard to case, and however its accents and widths are spelt in Unicode.
fn folded(name: &str) -> String {
    name.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The limits of one runbook: what is protected, and which values its parameters may take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Never approvable.
    pub protected: BTreeSet<Protected>,
    /// A parameter listed here takes only a value that fits one of its patterns.
    pub allow: BTreeMap<String, BTreeSet<Glob>>,
    /// A value that fits one of a parameter's patterns here is refused, allowed or not.
    pub deny: BTreeMap<String, BTreeSet<Glob>>,
}

impl Protection {
    /// The protected thing that one of these addresses is.
    pub fn of_person<'a>(&self, mails: impl IntoIterator<Item = &'a MailAddress>) -> Option<&Protected> {
        let mails: BTreeSet<&MailAddress> = mails.into_iter().collect();
        self.protected.iter().find(|protected| match protected {
            Protected::Mail(mail) => mails.contains(mail),
            Protected::Group(_) => false,
        })
    }

    /// The protected thing that a group of this name is.
    pub fn of_group(&self, name: &str) -> Option<&Protected> {
        let name = folded(name);
        self.protected.iter().find(|protected| match protected {
            Protected::Mail(_) => false,
            Protected::Group(known) => folded(known) == name,
        })
    }

    /// Why a parameter may not take a value; `None`: it may. `names` are what the value is known by (a product's name
    /// and its SKU, say): one that fits `deny` refuses it, one that fits `allow` is enough.
    pub fn refuses(&self, param: &str, names: &[&str]) -> Option<String> {
        let fits = |patterns: &BTreeSet<Glob>| {
            patterns.iter().find(|pattern| names.iter().any(|name| pattern.matches(name))).cloned()
        };
        let value = names.first()?;
        if let Some(pattern) = self.deny.get(param).and_then(fits) {
            return Some(format!("{value:?} is refused for {param} here (deny {pattern})."));
        }
        let allowed = self.allow.get(param)?;
        if fits(allowed).is_some() {
            return None;
        }
        let list = allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Some(format!("{value:?} is not among what {param} may be here (allow {list})."))
    }

    pub(crate) fn encode(&self, out: &mut Encoder) {
        out.list(self.protected.iter(), |out, protected| {
            out.text(&protected.to_string());
        });
        for rules in [&self.allow, &self.deny] {
            out.list(rules.iter(), |out, (param, patterns)| {
                out.text(param).list(patterns.iter(), |out, pattern| {
                    out.text(&pattern.0);
                });
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, value: &str) -> bool {
        pattern.parse::<Glob>().unwrap().matches(value)
    }

    #[test]
    fn a_pattern_stands_for_the_whole_value() {
        for (pattern, value) in [
            ("proj-*", "Proj-Alpha"),
            ("*", "anything"),
            ("*-docs", "Engineering-Docs"),
            ("a*b*c", "a--b--c"),
            ("exact", "Exact"),
            ("*ab*ab*", "xabyabz"),
            ("a*", "a"),
        ] {
            assert!(fits(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in [
            ("proj-*", "x-proj-a"),
            ("*-docs", "docs"),
            ("exact", "exactly"),
            ("a*b", "ab c"),
            ("ab*bc", "abc"),
            ("*ab*ab*", "xab"),
            ("?", "x"),
        ] {
            assert!(!fits(pattern, value), "{pattern} {value}");
        }
    }

    #[test]
    fn a_name_is_the_same_however_unicode_spells_it() {
        let protection = Protection {
            protected: ["group:Gesch\u{e4}ftsf\u{fc}hrung".parse().unwrap()].into(),
            ..Protection::default()
        };
        for name in ["Gescha\u{308}ftsfu\u{308}hrung", "GESCH\u{c4}FTSF\u{dc}HRUNG", " gesch\u{e4}ftsf\u{fc}hrung "] {
            assert!(protection.of_group(name).is_some(), "{name}");
        }
        assert!(fits("Gesch\u{e4}fts*", "gescha\u{308}ftsstelle"));
        assert!(fits("ops-*", "\u{ff2f}ps-Leads"), "a wide letter is a letter");
    }

    #[test]
    fn deny_goes_before_allow_and_an_unlisted_parameter_takes_anything() {
        let globs = |all: &[&str]| all.iter().map(|text| text.parse().unwrap()).collect();
        let protection = Protection {
            allow: BTreeMap::from([("group".to_owned(), globs(&["proj-*"]))]),
            deny: BTreeMap::from([("group".to_owned(), globs(&["*-admins"]))]),
            ..Protection::default()
        };
        assert_eq!(protection.refuses("group", &["proj-a"]), None);
        assert_eq!(protection.refuses("license", &["E5"]), None);
        assert!(protection.refuses("group", &["proj-admins"]).unwrap().contains("deny *-admins"));
        assert!(protection.refuses("group", &["Sales"]).unwrap().contains("allow proj-*"));
    }

    #[test]
    fn protected_things_name_their_kind() {
        assert_eq!("group: Domain Admins ".parse::<Protected>().unwrap().to_string(), "group:Domain Admins");
        for bad in ["Domain Admins", "group:", "mail:nobody", "role:x", ""] {
            assert!(bad.parse::<Protected>().is_err(), "{bad}");
        }
    }
}
