//! Each crate opens with `//!`: what it is for, what always holds, what is deliberately absent.

use anyhow::{Context, Result};

use super::{Outcome, Subject};

/// Every library and binary of every member.
pub(super) fn check(subject: &Subject<'_>) -> Result<Outcome> {
    let mut offenders = Vec::new();
    let mut seen = 0;
    for path in subject.workspace.members.iter().flat_map(|member| &member.entry_points) {
        let shown = subject.workspace.shown(path);
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        seen += 1;
        if !opens_with_purpose(&text) {
            offenders.push(format!("{shown}:1 does not open with `//!`"));
        }
    }
    Ok(Outcome::new(format!("{seen} crate roots open with `//!`"), offenders))
}

fn opens_with_purpose(text: &str) -> bool {
    text.lines().next().and_then(|line| line.strip_prefix("//!")).is_some_and(|purpose| !purpose.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_says_what_it_is_for_passes() {
        assert!(opens_with_purpose("//! The canonical encoding.\n\nmod a;\n"));
    }

    #[test]
    fn a_crate_without_a_header_is_found() {
        assert!(!opens_with_purpose("mod a;\n"));
        assert!(!opens_with_purpose("// a plain comment\n"));
        assert!(!opens_with_purpose("#![forbid(unsafe_code)]\n//! Too late.\n"));
        assert!(!opens_with_purpose("//!\n"));
        assert!(!opens_with_purpose(""));
    }
}
