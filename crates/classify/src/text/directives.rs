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
    let bytes = lower.as_bytes();
    let mut in_word = false;
    for (at, byte) in bytes.iter().enumerate() {
        // A byte beyond ASCII is part of a word, for these marks' purpose.
        let is_word = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        let may_begin = byte.is_ascii() && !byte.is_ascii_whitespace() && !(is_word && in_word);
        in_word = is_word;
        if may_begin && is_mark(&lower, at) {
            return Some(sentence_start(&lower, at));
        }
    }
    None
}

/// Whether text aimed at software begins at this byte, which begins a word or is punctuation.
fn is_mark(lower: &str, at: usize) -> bool {
    let (rest, first) = (&lower[at..], lower.as_bytes()[at]);
    let begins = |mark: &&str| mark.as_bytes()[0] == first && rest.starts_with(*mark);
    MARKS.iter().any(begins)
        || (DISMISSALS.iter().any(begins) && dismisses(rest))
        || (first == b'c' && scores(rest))
        || (first == b'{' && is_pasted(rest))
}

fn dismisses(rest: &str) -> bool {
    let near = &rest[..rest.floor_char_boundary(70)];
    DISMISSED.iter().any(|what| near.contains(what))
}

/// `confidence 1.0`, `confidence: 0.9`.
fn scores(rest: &str) -> bool {
    let after = rest.strip_prefix("confidence").map(|after| after.trim_start_matches([' ', ':', '=', '"']));
    after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

/// Pasted JSON: a brace and a quoted key.
fn is_pasted(rest: &str) -> bool {
    let after = rest[1..].trim_start();
    after.is_empty() || after.starts_with(['"', '\''])
}

/// The start of the sentence that the byte `at` is in.
fn sentence_start(lower: &str, at: usize) -> usize {
    let bytes = lower.as_bytes();
    (1..at).rev().find(|place| bytes[*place] == b' ' && matches!(bytes[*place - 1], b'.' | b'!' | b'?')).unwrap_or(0)
}
