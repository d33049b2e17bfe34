//! Small pieces that every preparation needs.

use countersign_domain::{
    plan::{Action, Blocker},
    ports::{Prepared, PreparedStep},
};

/// Nothing but a reason why not.
pub(super) fn blocked(blocker: Blocker) -> Prepared {
    Prepared { blockers: vec![blocker], ..Prepared::default() }
}

/// Nothing to do, and why.
pub(super) fn remarked(remark: impl Into<String>) -> Prepared {
    Prepared { remarks: vec![remark.into()], ..Prepared::default() }
}

/// A step about no group; `change` is what is there now and what will be.
pub(super) fn step(
    action: Action,
    title: impl Into<String>,
    change: (impl Into<String>, impl Into<String>),
    guard: impl Into<String>,
) -> PreparedStep {
    PreparedStep {
        action,
        title: title.into(),
        before: change.0.into(),
        after: change.1.into(),
        guard: guard.into(),
        within: Vec::new(),
    }
}

/// A name as a ticket or Graph has it, fit to stand in a sentence: one line of at most 80 characters.
pub(super) fn quoted(text: &str) -> String {
    let line: String = text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("\"{}…\"", &line[..end]),
        None => format!("\"{line}\""),
    }
}

/// A list for a sentence, cut after a dozen.
pub(super) fn listed(items: &[String]) -> String {
    const MOST: usize = 12;
    let shown = items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().checked_sub(MOST) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_broken_names_become_one_short_line() {
        assert_eq!(quoted(" a\nb "), "\"a b\"");
        let long = quoted(&"ä".repeat(200));
        assert_eq!(long.chars().count(), 83);
    }

    #[test]
    fn long_lists_say_how_many_are_left_out() {
        let items: Vec<String> = (0..14).map(|number| number.to_string()).collect();
        assert!(listed(&items).ends_with("11 and 2 more"));
        assert_eq!(listed(&items[..2]), "0, 1");
    }
}
