//! What the model sees of a ticket: hashed words, pairs of words, cues with the company they keep, and concepts in the
//! order they stand.

use std::ops::Range;

use crate::{
    concepts::{self, Concepts},
    cues::{self, Cue, Cues, SEED, hash_word, step},
    text::Reading,
    words::Words,
};

/// Sentences that are scored; a ticket says what it wants early.
const MOST_SCORED: usize = 24;
/// Sentences that are read at all.
const MOST_SENTENCES: usize = 80;
/// How many concepts after one are near it, and within how many words.
const NEAR_CONCEPTS: usize = 3;
const NEAR_WORDS: usize = 7;

/// Groups of features; each group's vector has a length of its own.
pub(crate) const GROUPS: usize = 4;
/// Words, pairs of words, and pairs with one or two words left out between them.
pub(crate) const WORDS: usize = 0;
/// Cues and pairs of cues.
const CUES: usize = 1;
/// Concepts, pairs of concepts, and words beside a concept.
pub(crate) const CONCEPTS: usize = 2;
/// What is said about asking, whatever is asked for: the concepts of wishes, negation, time and questions.
pub(crate) const MANNER: usize = 3;

/// A sentence of a ticket and its cues.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    pub(crate) span: Range<usize>,
    pub(crate) is_subject: bool,
    pub(crate) cues: Cues,
}

/// The features of a text by group: hashes, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse {
    pub(crate) groups: [Vec<u32>; GROUPS],
}

/// The features of one ticket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    pub(crate) sparse: Sparse,
    /// The cues of the whole ticket.
    all: Cues,
    /// Whether there are any words at all.
    pub(crate) has_words: bool,
    /// The sentences, also those that are not scored.
    pub(crate) sentences: Vec<Sentence>,
}

/// Where a sentence stands and what kind it is.
#[derive(Clone, Copy)]
struct Place {
    is_subject: bool,
    /// The first of the description.
    is_first: bool,
    is_last: bool,
    is_question: bool,
}

mod salt {
    pub(super) const WORD: u8 = 1;
    pub(super) const PAIR: u8 = 2;
    pub(super) const APART: u8 = 3;
    pub(super) const CUE: u8 = 4;
    pub(super) const SUBJECT_CUE: u8 = 5;
    pub(super) const TOGETHER: u8 = 6;
    pub(super) const WITHIN: u8 = 7;
    pub(super) const SENTENCES: u8 = 8;
    pub(super) const FIRST_CUE: u8 = 9;
    pub(super) const CONCEPT: u8 = 10;
    pub(super) const IN_SUBJECT: u8 = 11;
    pub(super) const ASKED: u8 = 12;
    pub(super) const NEXT: u8 = 13;
    pub(super) const NEAR: u8 = 14;
    pub(super) const LAST: u8 = 15;
    pub(super) const WORD_THEN: u8 = 16;
    pub(super) const THEN_WORD: u8 = 17;
    pub(super) const ADDRESSES: u8 = 18;
    pub(super) const MANNER: u8 = 19;
}

fn salted(salt: u8) -> u64 {
    step(SEED, salt)
}

fn numbered(salt: u8, a: u32, b: u32) -> u64 {
    let place = |hash: u64, number: u32| number.to_le_bytes().into_iter().fold(hash, step);
    place(place(salted(salt), a), b)
}

/// The hash of a pair of words.
fn pair(salt: u8, first: &str, second: &str) -> u64 {
    hash_word(step(hash_word(salted(salt), first), b' '), second)
}

fn folded(hash: u64) -> u32 {
    u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

impl Features {
    pub(crate) fn of(reading: &Reading) -> Self {
        let mut found = Self::default();
        let mut words = Words::default();
        let mut concepts = Vec::new();
        let (mut said, mut scored, mut addresses) = (0, 0, 0);
        let sentences = reading.sentences();
        let count = sentences.len();
        for (at, (is_subject, span)) in sentences.into_iter().take(MOST_SENTENCES).enumerate() {
            words.read(&reading.text, span.clone());
            if words.len() == 0 {
                continue;
            }
            found.has_words = true;
            let cues = sentence_cues(&reading.text[span.clone()], &words);
            if scored < MOST_SCORED {
                let is_question = cues.has(cues::QUESTION);
                let place = Place { is_subject, is_first: said == 0, is_last: at + 1 == count, is_question };
                concepts::of_words(&words, &mut concepts);
                concepts::of_shapes(&reading.text, &words, &mut concepts);
                found.words(&words);
                found.cues(cues, place);
                found.concepts(&words, &concepts, place);
                addresses += words.iter().filter(|word| *word == "@").count();
                scored += 1;
            }
            said += usize::from(!is_subject);
            found.sentences.push(Sentence { span, is_subject, cues });
        }
        found.push(CUES, numbered(salt::SENTENCES, u32::try_from(said.min(4)).unwrap_or(4), 0));
        found.push(CONCEPTS, numbered(salt::ADDRESSES, u32::try_from(addresses.min(3)).unwrap_or(3), 0));
        found.cue_pairs(found.all, salt::WITHIN);
        found.sparse.groups.iter_mut().for_each(once);
        found
    }

    fn push(&mut self, group: usize, hash: u64) {
        self.sparse.groups[group].push(folded(hash));
    }

    fn words(&mut self, words: &Words) {
        let mut previous = "^";
        for (at, word) in words.iter().enumerate() {
            self.push(WORDS, hash_word(salted(salt::WORD), word));
            self.push(WORDS, pair(salt::PAIR, previous, word));
            for before in [at.wrapping_sub(2), at.wrapping_sub(3)].into_iter().filter(|before| *before < at) {
                self.push(WORDS, pair(salt::APART, words.get(before), word));
            }
            previous = word;
        }
    }

    fn cues(&mut self, cues: Cues, place: Place) {
        self.all.join(cues);
        for cue in cues.places() {
            self.push(CUES, numbered(salt::CUE, cue, 0));
            if place.is_subject {
                self.push(CUES, numbered(salt::SUBJECT_CUE, cue, 0));
            } else if place.is_first {
                self.push(CUES, numbered(salt::FIRST_CUE, cue, 0));
            }
        }
        self.cue_pairs(cues, salt::TOGETHER);
    }

    fn cue_pairs(&mut self, cues: Cues, salt: u8) {
        for a in cues.places() {
            for b in cues.places().take_while(|b| *b < a) {
                self.push(CUES, numbered(salt, a, b));
            }
        }
    }

    /// A feature of concepts, of which this is the highest place.
    fn concept(&mut self, highest: u32, hash: u64) {
        self.push(CONCEPTS, hash);
        if concepts::is_manner(highest) {
            self.push(MANNER, step(hash, salt::MANNER));
        }
    }

    fn concepts(&mut self, words: &Words, concepts: &[Concepts], place: Place) {
        let tokens: Vec<(usize, Concepts)> =
            concepts.iter().copied().enumerate().filter(|(_, concepts)| !concepts.is_empty()).collect();
        let mut all = Concepts::default();
        for (at, (word, here)) in tokens.iter().enumerate() {
            all.join(*here);
            let after = tokens[at + 1..].iter().take(NEAR_CONCEPTS).take_while(|(other, _)| other - word <= NEAR_WORDS);
            for (distance, (_, there)) in after.enumerate() {
                self.concept_pairs(*here, *there, distance == 0);
            }
            self.words_beside(words, concepts, *word);
        }
        for concept in all.places() {
            self.concept(concept, numbered(salt::CONCEPT, concept, 0));
            let kinds =
                [(place.is_subject, salt::IN_SUBJECT), (place.is_question, salt::ASKED), (place.is_last, salt::LAST)];
            for (_, salt) in kinds.into_iter().filter(|(is_so, _)| *is_so) {
                self.concept(concept, numbered(salt, concept, 0));
            }
        }
    }

    /// The concepts of two words in their order.
    fn concept_pairs(&mut self, here: Concepts, there: Concepts, are_next: bool) {
        for a in here.places() {
            for b in there.places().filter(|b| *b != a) {
                self.concept(a.max(b), numbered(salt::NEAR, a, b));
                if are_next {
                    self.concept(a.max(b), numbered(salt::NEXT, a, b));
                }
            }
        }
    }

    /// The words without a concept beside one with concepts.
    fn words_beside(&mut self, words: &Words, concepts: &[Concepts], word: usize) {
        let is_bare = |place: &usize| *place < words.len() && concepts[*place].is_empty();
        for concept in concepts[word].places() {
            for before in [word.wrapping_sub(2), word.wrapping_sub(1)].into_iter().filter(is_bare) {
                self.push(CONCEPTS, hash_word(numbered(salt::WORD_THEN, concept, 0), words.get(before)));
            }
            if is_bare(&(word + 1)) {
                self.push(CONCEPTS, hash_word(numbered(salt::THEN_WORD, concept, 0), words.get(word + 1)));
            }
        }
    }
}

/// Keeps the first of equal hashes. Faster than sorting: this is done for every ticket that comes in.
fn once(list: &mut Vec<u32>) {
    let size = (list.len() * 2).next_power_of_two();
    let mut seen = vec![0_u32; size];
    list.retain(|hash| {
        // 0 marks an empty place; a feature that hashes to it is as good as 1.
        let hash = (*hash).max(1);
        let mut place = usize::try_from(hash.wrapping_mul(0x9e37_79b1) >> 7).unwrap_or(0) & (size - 1);
        while seen[place] != 0 && seen[place] != hash {
            place = (place + 1) & (size - 1);
        }
        let is_new = seen[place] == 0;
        seen[place] = hash;
        is_new
    });
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
