//! Text aimed at software: it is content, never a command, and nothing is taken from it.

/// Words that people do not write to a service desk: where one stands, a directive does.
const MARKS: [&str; 44] = [
    "system:",
    "[system",
    "<system",
    "<|",
    "|>",
    "system prompt",
    "[bot",
    "[ai]",
    "[ai ",
    "[assistant",
    "assistant:",
    "note to ai",
    "note to the ai",
    "note to bot",
    "note to the bot",
    "for the bot",
    "to the classifier",
    "attention ai",
    "dear ai",
    "dear bot",
    "ai:",
    "bot:",
    "as an ai",
    "you are now",
    "you are an ai",
    "you are a helpful",
    "### instr",
    "[instr",
    "new instructions",
    "return intent",
    "set intent",
    "intent:",
    "intent=",
    "intent =",
    "\"intent\"",
    "classify this",
    "classify as",
    "password_reset",
    "mfa_reset",
    "new_hire_provisioning",
    "license_assignment",
    "account_unlock",
    "suspend_account",
    "group_membership",
];
const DISMISSALS: [&str; 8] = ["ignore", "disregard", "forget", "ignorier", "vergiss", "ignora", "negeer", "bypass"];
/// What a directive wants dismissed; a person dismisses tickets and mails.
const DISMISSED: [&str; 16] = [
    "instruct",
    "instruc",
    "instruk",
    "instruç",
    "anweisung",
    "consigne",
    "prompt",
    "rules",
    "regeln",
    "the user",
    "guardrail",
    "everything above",
    "all above",
    "the above",
    "safety",
    "approval",
];

/// The byte of a line at which text aimed at software begins.
pub(super) fn begin(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let marked = MARKS.iter().filter_map(|mark| at_word(&lower, mark));
    let at = marked.chain(dismissal(&lower)).chain(scored(&lower)).chain(pasted(&lower)).min()?;
    Some(sentence_start(&lower, at))
}

fn at_word(lower: &str, mark: &str) -> Option<usize> {
    lower.match_indices(mark).map(|(at, _)| at).find(|at| {
        let starts_word = !mark.as_bytes()[0].is_ascii_alphanumeric();
        starts_word || !lower[..*at].ends_with(|c: char| c.is_alphanumeric())
    })
}

fn dismissal(lower: &str) -> Option<usize> {
    DISMISSALS.iter().filter_map(|word| at_word(lower, word)).find(|at| {
        let after = &lower[*at..lower.floor_char_boundary(at + 70)];
        DISMISSED.iter().any(|what| after.contains(what))
    })
}

/// `confidence 1.0`, `confidence: 0.9`.
fn scored(lower: &str) -> Option<usize> {
    let at = at_word(lower, "confidence")?;
    let after = lower[at + "confidence".len()..].trim_start_matches([' ', ':', '=', '"']);
    after.starts_with(|c: char| c.is_ascii_digit()).then_some(at)
}

/// Pasted JSON: a brace and a quoted key.
fn pasted(lower: &str) -> Option<usize> {
    lower.match_indices('{').map(|(at, _)| at).find(|at| {
        let after = lower[at + 1..].trim_start();
        after.is_empty() || after.starts_with(['"', '\''])
    })
}

/// The start of the sentence that the byte `at` is in.
fn sentence_start(lower: &str, at: usize) -> usize {
    let bytes = lower.as_bytes();
    (1..at).rev().find(|place| bytes[*place] == b' ' && matches!(bytes[*place - 1], b'.' | b'!' | b'?')).unwrap_or(0)
}
