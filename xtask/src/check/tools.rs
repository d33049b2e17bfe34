//! The rules that other tools hold: rustfmt, clippy, cargo-deny.

use std::process::Command;

use anyhow::{Context, Result};

use super::{Outcome, Subject};
use crate::process::Captured;
use crate::provide;

const DENY_VERSION: &str = "0.20.2";

/// `cargo fmt --check`: the files that are formatted differently.
pub(super) fn format(subject: &Subject<'_>) -> Result<Outcome> {
    let captured = cargo(subject, &["fmt", "--all", "--check", "--", "--files-with-diff"])?;
    let offenders = lines(&captured).into_iter().map(|line| subject.workspace.shown(line.as_ref())).collect();
    Ok(Outcome::new("cargo fmt --check", offenders))
}

/// `cargo clippy` over every target, where a warning is an error.
pub(super) fn clippy(subject: &Subject<'_>) -> Result<Outcome> {
    let look = ["clippy", "--quiet", "--workspace", "--all-targets", "--keep-going", "--message-format", "short"];
    let captured = cargo(subject, &[&look[..], &["--", "-D", "warnings"]].concat())?;
    Ok(Outcome::new("cargo clippy --workspace --all-targets -- -D warnings", lines(&captured)))
}

/// `cargo deny`: which crates, licences and sources are allowed; known vulnerabilities only where asked for.
pub(super) fn deny(subject: &Subject<'_>) -> Result<Outcome> {
    let installed = provide::cargo_subcommand(subject.interrupts, "deny", DENY_VERSION)
        .with_context(|| format!("cargo-deny {DENY_VERSION} could not be installed"))?;
    let mut look = vec!["deny", "--log-level", "error", "check", "bans", "licenses", "sources"];
    if subject.options.online {
        look.push("advisories");
    }
    let captured = cargo(subject, &look)?;
    let advisories = match subject.options.online {
        true => "advisories too",
        false => "advisories left out: their database needs the network, give --online",
    };
    let how = if installed { format!("; cargo-deny {DENY_VERSION} was installed for it") } else { String::new() };
    Ok(Outcome::new(format!("cargo deny check bans licenses sources; {advisories}{how}"), lines(&captured)))
}

fn cargo(subject: &Subject<'_>, arguments: &[&str]) -> Result<Captured> {
    subject.interrupts.capture(Command::new("cargo").current_dir(&subject.workspace.root).args(arguments))
}

/// What a tool said, if it failed; never nothing in that case.
fn lines(captured: &Captured) -> Vec<String> {
    if captured.success {
        return Vec::new();
    }
    let said: Vec<String> =
        captured.text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if said.is_empty() { vec!["the tool failed and said nothing".to_owned()] } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(success: bool, text: &str) -> Captured {
        Captured { success, text: text.to_owned() }
    }

    #[test]
    fn what_a_failed_tool_says_becomes_offenders() {
        let said = lines(&captured(false, "src/a.rs:1:1: error: unused\n\nerror: could not compile\n"));
        assert_eq!(said, ["src/a.rs:1:1: error: unused", "error: could not compile"]);
    }

    #[test]
    fn a_tool_that_fails_without_a_word_is_no_success() {
        assert_eq!(lines(&captured(false, "\n")).len(), 1);
    }

    #[test]
    fn what_a_successful_tool_says_is_no_offender() {
        assert_eq!(lines(&captured(true, "chatter\n")), Vec::<String>::new());
    }
}
