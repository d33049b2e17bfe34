//! Text aimed at software: it is content, never a command, and nothing is taken from it.

use std::sync::LazyLock;

/// Words that people do not write to a service desk: where one stands, a directive does.
const MARKS: &str = "system:\n[system\n<system\n### system\n<|\n|>\n[[\nsystem prompt\nsystem override\nadmin override\n[bot\n[ai]\n[ai \n[assistant\nassistant:\n[anweisung\n[instruc\n[instr\n<instruc\n### instr\nrole=\"system\nnote to ai\nnote to the ai\nnote to bot\nnote to the bot\nnote for the ai\nnote for the bot\nfor the bot\nfor the robot\nfor the ai \nto the classifier\nfor the classifier\nfor automated agents\nautomated agents\nattention ai\nai-notice\nai notice\ndear ai\ndear bot\ndear assistant\ndear language model\nlanguage model\nai:\nbot:\nas an ai\nyou are now\nyou are an ai\nyou are a helpful\nnew instructions\nnew target\nreal target\nreal intent\nset target\nset_target\nset_intent\nset newhire\ntool_call\ntool call:\nfunction_call\nmachine note\noperator message\nreturn intent\nset intent\nintent:\nintent=\nintent =\n\"intent\"\nclassify this\nclassify as\nklassifikator\nsprachmodell\nan die ki\nfür die ki\nan den bot\nki-assistent\nki-hinweis\nki:\npour l'ia\nà l'ia\nl'assistant automatique\nmodèle de langage\nassistant ia\nclassifieur\npara la ia\nasistente automático\nasistente automatico\nmodelo de lenguaje\nclasificador\nvoor de ai\naan de ai\ntaalmodel\nclassificatie-ai\npara a ia\nassistente automático\nmodelo de linguagem\nclassificador\npassword_reset\nmfa_reset\nnew_hire_provisioning\nlicense_assignment\naccount_unlock\nsuspend_account\ngroup_membership";

/// The marks by their first byte.
static BY_FIRST_BYTE: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    let mut by_byte = vec![Vec::new(); 256];
    for mark in MARKS.split('\n') {
        by_byte[usize::from(mark.as_bytes()[0])].push(mark);
    }
    by_byte
});
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

/// The byte of a line at which text aimed at software begins. In a `record`, a ticket that is one JSON object from end to
/// end as another system sends it, a key in quotation marks is none.
pub(super) fn begin(line: &str, record: bool) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let mut in_word = false;
    for (at, byte) in bytes.iter().enumerate() {
        // A byte beyond ASCII is part of a word, for these marks' purpose.
        let is_word = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        let may_begin = !byte.is_ascii_whitespace() && (!is_word || !in_word);
        in_word = is_word;
        if may_begin && lower.is_char_boundary(at) && is_mark(&lower, at, record) {
            return Some(sentence_start(&lower, at));
        }
    }
    None
}

/// Whether text aimed at software begins at this byte, which begins a word or is punctuation.
fn is_mark(lower: &str, at: usize, record: bool) -> bool {
    let (rest, first) = (&lower[at..], lower.as_bytes()[at]);
    let begins = |mark: &&str| mark.as_bytes()[0] == first && rest.starts_with(*mark);
    BY_FIRST_BYTE[usize::from(first)].iter().any(|mark| rest.starts_with(mark))
        || (DISMISSALS.iter().any(begins) && dismisses(rest))
        || (first == b'c' && scores(rest))
        || (first == b'{' && !record && is_pasted(rest))
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
