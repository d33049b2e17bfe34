//! Who may depend on whom: `cargo metadata` held against `xtask/layers.toml`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Outcome, Subject};
use crate::workspace::Member;

/// `layers.toml`, whose head explains each key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layers {
    dev_only: BTreeSet<String>,
    reserved: BTreeMap<String, BTreeSet<String>>,
    crates: BTreeMap<String, Allowed>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Allowed {
    workspace: BTreeSet<String>,
    dev: BTreeSet<String>,
    external: Option<BTreeSet<String>>,
    forbidden: BTreeSet<String>,
    anything: bool,
}

/// Every member's direct dependencies.
pub(super) fn check(subject: &Subject<'_>) -> Result<Outcome> {
    let layers: Layers =
        toml::from_str(include_str!("../../layers.toml")).context("xtask/layers.toml cannot be read")?;
    let members = &subject.workspace.members;
    Ok(Outcome::new(format!("{} crates as xtask/layers.toml allows", members.len()), offenders(members, &layers)))
}

fn offenders(members: &[Member], layers: &Layers) -> Vec<String> {
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let mut found = Vec::new();
    for member in members {
        match layers.crates.get(&member.name) {
            Some(allowed) => found.extend(member_offenders(member, allowed, layers, &ours)),
            None => found.push(format!("{} is not listed in xtask/layers.toml", member.name)),
        }
    }
    for name in layers.crates.keys().filter(|name| !ours.contains(name.as_str())) {
        found.push(format!("{name} is listed in xtask/layers.toml but is no member of the workspace"));
    }
    found
}

fn member_offenders(member: &Member, allowed: &Allowed, layers: &Layers, ours: &BTreeSet<&str>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for dependency in &member.dependencies {
        let name = &dependency.name;
        let reason = if ours.contains(name.as_str()) {
            own_crate_reason(name, dependency.dev, allowed, layers)
        } else {
            external_reason(member, name, dependency.dev, allowed, layers)
        };
        if let Some(reason) = reason {
            let table = if dependency.dev { "dev-dependencies" } else { "dependencies" };
            found.insert(format!("{} [{table}] {name}: {reason}", member.name));
        }
    }
    found.into_iter().collect()
}

fn own_crate_reason(name: &str, dev: bool, allowed: &Allowed, layers: &Layers) -> Option<String> {
    if allowed.anything {
        return None;
    }
    if !dev && layers.dev_only.contains(name) {
        return Some("may only ever be a dev-dependency".to_owned());
    }
    if allowed.workspace.contains(name) || (dev && allowed.dev.contains(name)) {
        return None;
    }
    Some("this arrow is not in the house".to_owned())
}

fn external_reason(member: &Member, name: &str, dev: bool, allowed: &Allowed, layers: &Layers) -> Option<String> {
    if let Some(holders) = layers.reserved.get(name)
        && !holders.contains(&member.name)
    {
        let holders: Vec<&str> = holders.iter().map(String::as_str).collect();
        return Some(format!("reserved for {}", holders.join(", ")));
    }
    if dev {
        return None;
    }
    if allowed.forbidden.contains(name) {
        return Some("forbidden here".to_owned());
    }
    match &allowed.external {
        Some(list) if !list.contains(name) => Some("not among the external crates it may use".to_owned()),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::Dependency;

    const LAYERS: &str = r#"
        dev_only = ["testkit"]
        [reserved]
        sea-orm = ["store"]
        [crates.domain]
        external = ["serde"]
        [crates.app]
        workspace = ["domain"]
        dev = ["testkit"]
        forbidden = ["tokio"]
        [crates.store]
        workspace = ["domain", "testkit"]
        [crates.testkit]
        workspace = ["domain"]
        [crates.tests]
        anything = true
    "#;

    /// The members of [`LAYERS`], with the given dependencies on top: (crate, dependency, dev).
    fn found(dependencies: &[(&str, &str, bool)]) -> Vec<String> {
        let names = ["domain", "app", "store", "testkit", "tests"];
        let members: Vec<Member> = names
            .iter()
            .map(|name| Member {
                name: (*name).to_owned(),
                manifest: PathBuf::new(),
                entry_points: Vec::new(),
                dependencies: dependencies
                    .iter()
                    .filter(|(of, ..)| of == name)
                    .map(|(_, on, dev)| Dependency { name: (*on).to_owned(), dev: *dev })
                    .collect(),
            })
            .collect();
        offenders(&members, &toml::from_str(LAYERS).unwrap())
    }

    #[test]
    fn what_the_list_allows_passes() {
        let allowed = [
            ("domain", "serde", false),
            ("app", "domain", false),
            ("app", "testkit", true),
            ("app", "tokio", true),
            ("store", "sea-orm", false),
            ("tests", "testkit", false),
            ("tests", "store", false),
        ];
        assert_eq!(found(&allowed), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_that_is_not_in_the_house_is_found() {
        assert_eq!(found(&[("domain", "app", false)]), ["domain [dependencies] app: this arrow is not in the house"]);
        assert_eq!(found(&[("store", "app", true)]), ["store [dev-dependencies] app: this arrow is not in the house"]);
    }

    #[test]
    fn a_test_crate_in_the_product_is_found_even_where_it_is_listed() {
        let found = found(&[("store", "testkit", false)]);
        assert_eq!(found, ["store [dependencies] testkit: may only ever be a dev-dependency"]);
    }

    #[test]
    fn a_reserved_crate_is_found_in_tests_as_well() {
        assert_eq!(found(&[("app", "sea-orm", true)]), ["app [dev-dependencies] sea-orm: reserved for store"]);
    }

    #[test]
    fn forbidden_and_unlisted_external_crates_are_found() {
        assert_eq!(found(&[("app", "tokio", false)]), ["app [dependencies] tokio: forbidden here"]);
        let found = found(&[("domain", "rand", false)]);
        assert_eq!(found, ["domain [dependencies] rand: not among the external crates it may use"]);
    }

    #[test]
    fn a_crate_that_is_not_listed_and_a_listed_one_that_is_gone_are_found() {
        let layers: Layers = toml::from_str("dev_only = []\n[reserved]\n[crates.gone]\n").unwrap();
        let new = Member { name: "new".into(), manifest: PathBuf::new(), entry_points: vec![], dependencies: vec![] };
        let found = offenders(&[new], &layers);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("new is not listed"), "{found:?}");
        assert!(found[1].starts_with("gone is listed"), "{found:?}");
    }

    #[test]
    fn an_unknown_key_in_the_list_is_refused() {
        assert!(toml::from_str::<Layers>("dev_only = []\n[reserved]\n[crates.a]\nworkspaces = []\n").is_err());
    }
}
