//! Cards and form against Slack's own types: `tsc --strict` over `@slack/types`.
//!
//! The folder with these packages comes from `COUNTERSIGN_CONTRACT_TOOLS`, which `cargo xtask test` sets; without it
//! these tests say that they are left out, and pass. The recorded cards are what the renderer makes: its unit tests hold
//! it to them.

use std::{fs, path::PathBuf, process::Command};

use countersign_domain::digest::Digest;
use serde_json::{Value, json};

const VARIABLE: &str = "COUNTERSIGN_CONTRACT_TOOLS";
const CARDS: [(&str, &str); 3] = [
    ("open", include_str!("golden/open.json")),
    ("blocked", include_str!("golden/blocked.json")),
    ("closed", include_str!("golden/closed.json")),
];

/// The `node_modules` folder with `@slack/types` and `typescript`.
fn modules() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the test runner hands the folder over in the environment")]
    let folder = std::env::var(VARIABLE);
    if folder.is_err() {
        println!("LEFT OUT: {VARIABLE} is not set, so there are no Slack types to check against");
    }
    folder.ok().map(PathBuf::from)
}

/// What the compiler says to `value` as a `kind`; `Ok` where it takes it.
fn check(modules: &PathBuf, kind: &str, value: &Value) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("a link to the packages");
    // A literal in the source: imported JSON would be widened and always refused.
    let name = kind.trim_end_matches("[]");
    let source =
        format!("import type {{ {name} }} from '@slack/types';\nexport const value = {value:#} satisfies {kind};\n");
    fs::write(folder.path().join("check.ts"), source).expect("a source file");
    fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).expect("a package file");
    let done = Command::new(modules.join(".bin/tsc"))
        .current_dir(folder.path())
        .args(["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"])
        .args(["--moduleResolution", "nodenext", "check.ts"])
        .output()
        .expect("the compiler runs");
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stdout).into_owned()) }
}

#[test]
fn cards_are_what_slacks_types_allow() {
    let Some(modules) = modules() else { return };
    for (name, card) in CARDS {
        let card: Value = serde_json::from_str(card).expect("a recorded card");
        assert_eq!(check(&modules, "KnownBlock[]", &card), Ok(()), "{name}");
    }
}

#[test]
fn the_form_is_what_slacks_types_allow() {
    let Some(modules) = modules() else { return };
    let run = "run_01k0000000000000000000000a".parse().expect("a run id");
    let form = json!(countersign_slack::reason_form(&run, 3, Some(Digest::of(b"test")), "C0123ADMIN"));
    assert_eq!(check(&modules, "ModalView", &form), Ok(()));
}

#[test]
fn the_check_refuses_what_slacks_types_do_not_allow() {
    let Some(modules) = modules() else { return };
    let mut card: Value = serde_json::from_str(CARDS[0].1).expect("a recorded card");
    let last = card.as_array().map_or(0, Vec::len) - 1;
    card[last]["elements"][0]["style"] = json!("green");
    assert!(check(&modules, "KnownBlock[]", &card).is_err());
}
