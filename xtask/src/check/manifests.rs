//! Versions and lints are decided once, in the root manifest; every member takes them from there.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::{Outcome, Subject};

const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Every member's Cargo.toml.
pub(super) fn check(subject: &Subject<'_>) -> Result<Outcome> {
    let mut found = Vec::new();
    for member in &subject.workspace.members {
        let shown = subject.workspace.shown(&member.manifest);
        let text = std::fs::read_to_string(&member.manifest).with_context(|| format!("cannot read {shown}"))?;
        found.extend(offenders(&shown, &text));
    }
    let note = format!("{} crates inherit dependencies and lints", subject.workspace.members.len());
    Ok(Outcome::new(note, found))
}

fn offenders(path: &str, text: &str) -> Vec<String> {
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{path} is not TOML: {error}")],
    };
    let mut found = dependency_offenders(path, "", &manifest);
    let targets = manifest.get("target").and_then(Value::as_table);
    for (target, tables) in targets.into_iter().flatten() {
        if let Some(tables) = tables.as_table() {
            found.extend(dependency_offenders(path, &format!("target.{target}."), tables));
        }
    }
    if !manifest.get("lints").is_some_and(inherits) {
        found.push(format!("{path} has no `[lints] workspace = true`"));
    }
    found
}

fn dependency_offenders(path: &str, prefix: &str, tables: &Table) -> Vec<String> {
    let mut found = Vec::new();
    for table in DEPENDENCY_TABLES {
        let dependencies = tables.get(table).and_then(Value::as_table);
        for (name, value) in dependencies.into_iter().flatten().filter(|(_, value)| !inherits(value)) {
            found.push(format!("{path} [{prefix}{table}] {name} = {value}: not `workspace = true`"));
        }
    }
    found
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn inherited_dependencies_and_lints_pass() {
        let text =
            format!("[dependencies]\na.workspace = true\nb = {{ workspace = true, features = [\"x\"] }}\n{LINTS}");
        assert_eq!(offenders("Cargo.toml", &text), Vec::<String>::new());
    }

    #[test]
    fn a_version_of_its_own_is_found_in_every_table() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
            let text = format!("[{table}]\nserde = \"1\"\n{LINTS}");
            let found = offenders("Cargo.toml", &text);
            assert_eq!(found.len(), 1, "{table}: {found:?}");
            assert!(found[0].contains("serde = \"1\": not `workspace = true`"), "{found:?}");
        }
    }

    #[test]
    fn a_path_or_git_dependency_is_found() {
        let text =
            format!("[dependencies]\na = {{ path = \"../a\" }}\nb = {{ git = \"x\" }}\nc.workspace = false\n{LINTS}");
        assert_eq!(offenders("Cargo.toml", &text).len(), 3);
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        assert_eq!(offenders("Cargo.toml", "[dependencies]\n"), ["Cargo.toml has no `[lints] workspace = true`"]);
        assert_eq!(offenders("Cargo.toml", "[lints.rust]\nunsafe_code = \"allow\"\n").len(), 1);
    }

    #[test]
    fn a_broken_manifest_is_an_offender() {
        assert!(offenders("Cargo.toml", "[dependencies\n")[0].starts_with("Cargo.toml is not TOML"));
    }
}
