//! Which package's tests need what: `xtask/requirements.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What is brought up before the tests run; the file explains each.
#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Needs {
    pub(super) postgres: bool,
    pub(super) contracts: bool,
    pub(super) binary: bool,
    pub(super) browser: bool,
}

/// The needs of every listed package.
#[derive(Deserialize)]
pub(super) struct Requirements(BTreeMap<String, Needs>);

impl Requirements {
    /// Reads the list this task was built with.
    pub(super) fn read() -> Result<Self> {
        toml::from_str(include_str!("../../requirements.toml")).context("xtask/requirements.toml cannot be read")
    }

    /// What the given packages need together; no package means all of them.
    pub(super) fn of(&self, packages: &[String]) -> Needs {
        self.0
            .iter()
            .filter(|(name, _)| packages.is_empty() || packages.contains(name))
            .fold(Needs::default(), |sum, (_, needs)| sum.and(*needs))
    }
}

impl Needs {
    fn and(self, other: Self) -> Self {
        Self {
            postgres: self.postgres || other.postgres,
            contracts: self.contracts || other.contracts,
            binary: self.binary || other.binary,
            browser: self.browser || other.browser,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[store]\npostgres = true\n[tests]\nbinary = true\ncontracts = true\n";

    #[test]
    fn all_packages_together_need_everything_listed() {
        let list: Requirements = toml::from_str(LIST).unwrap();
        assert_eq!(list.of(&[]), Needs { postgres: true, contracts: true, binary: true, browser: false });
    }

    #[test]
    fn named_packages_need_only_their_own() {
        let list: Requirements = toml::from_str(LIST).unwrap();
        assert_eq!(list.of(&["store".to_owned()]), Needs { postgres: true, ..Needs::default() });
        assert_eq!(list.of(&["domain".to_owned()]), Needs::default());
    }

    #[test]
    fn the_committed_list_is_readable() {
        assert!(Requirements::read().unwrap().of(&["countersign-tests".to_owned()]).binary);
    }

    #[test]
    fn an_unknown_need_is_refused() {
        assert!(toml::from_str::<Requirements>("[store]\nmysql = true\n").is_err());
    }
}
