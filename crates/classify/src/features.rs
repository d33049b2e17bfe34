//! What the model sees of a ticket: hashed words, pairs of words, parts of words, and cues with the company they keep.

use std::ops::Range;

use crate::{
    cues::{self, Cue, Cues, SEED, hash_word, step},
    text::Reading,
    words::Words,
};

/// Sentences that are scored; a ticket says what it wants early.
const MOST_SCORED: usize = 24;
/// Sentences that are read at all.
const MOST_SENTENCES: usize = 80;

/// A sentence of a ticket and its cues.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    pub(crate) span: Range<usize>,
    pub(crate) is_subject: bool,
    pub(crate) cues: Cues,
}

/// The features of one ticket. Each is a hash and stands once, in the order of the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    /// Words, pairs of neighbours and parts of words.
    pub(crate) grams: Vec<u64>,
    /// Cues and pairs of cues.
    pub(crate) cues: Vec<u64>,
    /// The cues of the whole ticket.
    pub(crate) all: Cues,
    /// Whether there are any words at all.
    pub(crate) has_words: bool,
    /// The sentences, also those that are not scored.
    pub(crate) sentences: Vec<Sentence>,
}

mod salt {
    pub(super) const WORD: u8 = 1;
    pub(super) const PAIR: u8 = 2;
    pub(super) const PART: u8 = 3;
    pub(super) const CUE: u8 = 4;
    pub(super) const SUBJECT_CUE: u8 = 5;
    pub(super) const TOGETHER: u8 = 6;
    pub(super) const WITHIN: u8 = 7;
    pub(super) const SENTENCES: u8 = 8;
    pub(super) const FIRST_CUE: u8 = 9;
}

fn salted(salt: u8) -> u64 {
    step(SEED, salt)
}

fn numbered(salt: u8, a: u32, b: u32) -> u64 {
    let place = |hash: u64, number: u32| number.to_le_bytes().into_iter().fold(hash, step);
    place(place(salted(salt), a), b)
}

impl Features {
    pub(crate) fn of(reading: &Reading) -> Self {
        let mut found = Self::default();
        let mut words = Words::default();
        let (mut said, mut scored) = (0, 0);
        for (is_subject, span) in reading.sentences().into_iter().take(MOST_SENTENCES) {
            words.read(&reading.text, span.clone());
            if words.len() == 0 {
                continue;
            }
            found.has_words = true;
            let cues = sentence_cues(&reading.text[span.clone()], &words);
            if scored < MOST_SCORED {
                found.sentence(cues, &words, is_subject, said == 0);
                scored += 1;
            }
            said += usize::from(!is_subject);
            found.sentences.push(Sentence { span, is_subject, cues });
        }
        found.cues.push(numbered(salt::SENTENCES, u32::try_from(said.min(4)).unwrap_or(4), 0));
        let all = found.all;
        found.pairs(all, salt::WITHIN);
        for list in [&mut found.grams, &mut found.cues] {
            once(list);
        }
        found
    }

    fn sentence(&mut self, cues: Cues, words: &Words, is_subject: bool, is_first: bool) {
        self.all.join(cues);
        for place in cues.places() {
            self.cues.push(numbered(salt::CUE, place, 0));
            if is_subject {
                self.cues.push(numbered(salt::SUBJECT_CUE, place, 0));
            } else if is_first {
                self.cues.push(numbered(salt::FIRST_CUE, place, 0));
            }
        }
        self.pairs(cues, salt::TOGETHER);
        let mut previous = "^";
        for word in words.iter() {
            self.grams.push(hash_word(salted(salt::WORD), word));
            self.grams.push(hash_word(step(hash_word(salted(salt::PAIR), previous), b' '), word));
            self.parts(word);
            previous = word;
        }
    }

    /// Four neighbouring bytes at a time, with the word's ends marked.
    fn parts(&mut self, word: &str) {
        if word.len() < 5 {
            return;
        }
        for window in word.as_bytes().windows(5).take(16) {
            self.grams.push(window.iter().fold(salted(salt::PART), |hash, byte| step(hash, *byte)));
        }
    }

    fn pairs(&mut self, cues: Cues, salt: u8) {
        for a in cues.places() {
            for b in cues.places().take_while(|b| *b < a) {
                self.cues.push(numbered(salt, a, b));
            }
        }
    }
}

/// Keeps the first of equal hashes. Faster than sorting: this is done for every ticket that comes in.
fn once(list: &mut Vec<u64>) {
    let size = (list.len() * 2).next_power_of_two();
    let mut seen = vec![0_u64; size];
    list.retain(|hash| {
        // 0 marks an empty place; a feature that hashes to it is as good as 1.
        let hash = (*hash).max(1);
        let mut place = usize::try_from(hash >> 20).unwrap_or(0) & (size - 1);
        while seen[place] != 0 && seen[place] != hash {
            place = (place + 1) & (size - 1);
        }
        let is_new = seen[place] == 0;
        seen[place] = hash;
        is_new
    });
}

/// The words alone, for comparing tickets with one another.
pub(crate) fn plain_words(reading: &Reading) -> Vec<u64> {
    let mut found = Vec::new();
    let mut words = Words::default();
    for (_, span) in reading.sentences().into_iter().take(MOST_SCORED) {
        words.read(&reading.text, span);
        found.extend(words.iter().map(|word| hash_word(salted(salt::WORD), word)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The cues of a sentence, also those that words alone do not show.
fn sentence_cues(text: &str, words: &Words) -> Cues {
    let mut found = cues::of_words(words);
    if text.trim_end().ends_with('?') {
        found.add(cues::QUESTION);
    }
    if words.iter().any(|word| word == "@") {
        found.add(cues::ADDRESS);
    }
    if is_form_line(text) {
        found.add(cues::FORM);
    }
    if text.split_whitespace().any(is_group_name) {
        found.add(cues::GROUP_NAME);
    }
    found
}

fn is_form_line(text: &str) -> bool {
    text.split_once([':', '\t']).is_some_and(|(label, value)| {
        let words = label.split_whitespace().count();
        (1..=4).contains(&words) && label.len() <= 40 && !value.trim().is_empty() && !value.starts_with("//")
    })
}

/// Whether a word looks like a group's name: parts joined by `-` or `_`, none of them a word of the trade.
pub(crate) fn is_group_name(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    if !word.contains(['-', '_']) || word.contains(['@', '/']) {
        return false;
    }
    let mut parts = word.split(['-', '_']);
    let first = parts.next().unwrap_or("");
    let Some(second) = parts.next() else { return false };
    let begins = |part: &str| part.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let named = word.contains('_') || (begins(first) && begins(second)) || is_lower_prefix(first, second);
    named && first.len() > 1 && !word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && !is_trade_word(word)
}

/// `proj-delta`, `app-crm-users`: a short prefix as administrators use them.
fn is_lower_prefix(first: &str, second: &str) -> bool {
    const PREFIXES: [&str; 14] =
        ["proj", "app", "grp", "sg", "dl", "team", "role", "gg", "dg", "aad", "sec", "lic", "vpn", "dept"];
    PREFIXES.contains(&first.to_ascii_lowercase().as_str()) && second.len() > 1
}

fn is_trade_word(word: &str) -> bool {
    const TRADE: [Cue; 5] = [cues::MFA, cues::PASSWORD, cues::LICENSE, cues::RESET, cues::LOCK];
    word.split(['-', '_']).any(|part| cues::of_word(&crate::words::folded(part)).any(&TRADE))
}
