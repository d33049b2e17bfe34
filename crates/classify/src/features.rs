//! What the model sees of a ticket: hashed words, pairs of words, cues with the company they keep, and concepts in the
//! order they stand.

use std::{mem, ops::Range};

use crate::{
    concepts::{self, Concepts},
    cues::{self, Cue, Cues, PRIME, SEED, hash_word, step},
    phrases::Set as _,
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
pub(crate) const GROUPS: usize = 5;
/// Words, pairs of words, and pairs with one or two words left out between them.
pub(crate) const WORDS: usize = 0;
/// Cues and pairs of cues.
const CUES: usize = 1;
/// Concepts, pairs of concepts, and words beside a concept.
pub(crate) const CONCEPTS: usize = 2;
/// What is said about asking, whatever is asked for: the concepts of wishes, negation, time and questions.
pub(crate) const MANNER: usize = 3;
/// Parts of words, so that a misspelt or inflected word is still known.
const PARTS: usize = 4;
/// Bytes of a part, its word's ends included; and how many of a word are looked at.
const PART: usize = 3;
const MOST_PARTS: usize = 16;

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
    pub(super) const PART: u8 = 20;
    pub(super) const ELSEWHERE: u8 = 21;
}

/// What four steps of the hash multiply by.
const FOUR_STEPS: u64 = {
    let twice = PRIME.wrapping_mul(PRIME);
    twice.wrapping_mul(twice)
};

fn salted(salt: u8) -> u64 {
    step(SEED, salt)
}

/// The hash of two small numbers, each of them four bytes of which all but the lowest are zero.
fn numbered(salt: u8, a: u32, b: u32) -> u64 {
    debug_assert!(a.max(b) <= 0xff);
    let place = |hash: u64, number: u32| (hash ^ u64::from(number)).wrapping_mul(FOUR_STEPS);
    place(place(salted(salt), a), b)
}

/// The hashes of pairs that begin with a word.
#[derive(Clone, Copy)]
struct Begun {
    pair: u64,
    apart: u64,
}

/// Pairs of small numbers that were seen.
struct Seen([u64; 256]);

impl Seen {
    const NONE: Self = Self([0; 256]);

    /// Whether a pair was not there before; it is then.
    fn add(&mut self, a: u32, b: u32) -> bool {
        let row = &mut self.0[((a << 1 | b >> 6) & 255) as usize];
        let bit = 1 << (b & 63);
        let is_new = *row & bit == 0;
        *row |= bit;
        is_new
    }
}

fn folded(hash: u64) -> u32 {
    u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// Features as they are found, sentence by sentence.
struct Finding {
    found: Features,
    /// Pairs that stand in the list already.
    together: Seen,
    near: Seen,
    next: Seen,
    /// Of the sentence at hand, the words with concepts: place, and where their concepts stand in `places`.
    tokens: Vec<(usize, Range<usize>)>,
    places: Vec<u32>,
}

impl Features {
    pub(crate) fn of(reading: &Reading) -> Self {
        let mut finding = Finding {
            found: Self::default(),
            together: Seen::NONE,
            near: Seen::NONE,
            next: Seen::NONE,
            tokens: Vec::new(),
            places: Vec::new(),
        };
        let mut words = Words::default();
        let mut concepts = Vec::new();
        let mut anywhere = Concepts::default();
        let (mut said, mut scored, mut addresses) = (0, 0, 0);
        let sentences = reading.sentences();
        let count = sentences.len();
        for (at, (is_subject, span)) in sentences.into_iter().take(MOST_SENTENCES).enumerate() {
            words.read(&reading.text, span.clone());
            if words.len() == 0 {
                continue;
            }
            finding.found.has_words = true;
            let cues = sentence_cues(&reading.text[span.clone()], &words);
            if scored < MOST_SCORED {
                let is_question = cues.has(cues::QUESTION);
                let place = Place { is_subject, is_first: said == 0, is_last: at + 1 == count, is_question };
                concepts::of_words(&words, &mut concepts);
                concepts::of_shapes(&reading.text, &words, &mut concepts);
                concepts.iter().for_each(|here| anywhere.join(*here));
                finding.words(&words);
                finding.cues(cues, place);
                finding.concepts(&words, &concepts, place);
                addresses += words.iter().filter(|word| *word == "@").count();
                scored += 1;
            }
            said += usize::from(!is_subject);
            finding.found.sentences.push(Sentence { span, is_subject, cues });
        }
        finding.push(CUES, numbered(salt::SENTENCES, u32::try_from(said.min(4)).unwrap_or(4), 0));
        finding.push(CONCEPTS, numbered(salt::ADDRESSES, u32::try_from(addresses.min(3)).unwrap_or(3), 0));
        for elsewhere in anywhere.places().filter(|place| concepts::is_elsewhere(*place)) {
            for matter in anywhere.places().filter(|place| concepts::is_matter(*place)) {
                finding.push(CONCEPTS, numbered(salt::ELSEWHERE, elsewhere, matter));
            }
        }
        finding.whole();
        let mut seen = Vec::new();
        finding.found.sparse.groups.iter_mut().for_each(|group| once(group, &mut seen));
        finding.found
    }
}

impl Finding {
    fn push(&mut self, group: usize, hash: u64) {
        self.found.sparse.groups[group].push(folded(hash));
    }

    fn words(&mut self, words: &Words) {
        let start = Begun { pair: salted(salt::PAIR), apart: salted(salt::APART) };
        let edge = step(step(start.pair, b'^'), b' ');
        // The three words before, the nearest first.
        let mut before = [Begun { pair: edge, apart: 0 }; 3];
        for (at, word) in words.iter().enumerate() {
            let mut alone = salted(salt::WORD);
            let (mut begun, [mut next, mut second, mut third]) =
                (start, [before[0].pair, before[1].apart, before[2].apart]);
            // Six hashes at once, none of which waits for another.
            for byte in word.bytes() {
                alone = step(alone, byte);
                begun = Begun { pair: step(begun.pair, byte), apart: step(begun.apart, byte) };
                next = step(next, byte);
                second = step(second, byte);
                third = step(third, byte);
            }
            let all = [alone, next, second, third].map(folded);
            self.found.sparse.groups[WORDS].extend_from_slice(&all[..(at + 1).clamp(2, all.len())]);
            before = [Begun { pair: step(begun.pair, b' '), apart: step(begun.apart, b' ') }, before[0], before[1]];
        }
        words.iter().for_each(|word| self.parts(word));
    }

    fn parts(&mut self, word: &str) {
        let bytes = word.as_bytes();
        if bytes.len() <= PART {
            return;
        }
        let start = salted(salt::PART);
        let part = |a: u8, b: u8, c: u8| folded(step(step(step(start, a), b), c));
        let list = &mut self.found.sparse.groups[PARTS];
        list.push(part(b'<', bytes[0], bytes[1]));
        list.extend(bytes.windows(PART).take(MOST_PARTS - 1).map(|three| part(three[0], three[1], three[2])));
        if let [.., a, b] = bytes
            && bytes.len() <= MOST_PARTS
        {
            list.push(part(*a, *b, b'>'));
        }
    }

    fn cues(&mut self, cues: Cues, place: Place) {
        self.found.all.join(cues);
        let places: Vec<u32> = cues.places().collect();
        for cue in &places {
            self.push(CUES, numbered(salt::CUE, *cue, 0));
            if place.is_subject {
                self.push(CUES, numbered(salt::SUBJECT_CUE, *cue, 0));
            } else if place.is_first {
                self.push(CUES, numbered(salt::FIRST_CUE, *cue, 0));
            }
        }
        for (at, a) in places.iter().enumerate() {
            for b in &places[..at] {
                if self.together.add(*a, *b) {
                    self.push(CUES, numbered(salt::TOGETHER, *a, *b));
                }
            }
        }
    }

    /// The pairs of cues of the whole ticket.
    fn whole(&mut self) {
        let places: Vec<u32> = self.found.all.places().collect();
        for (at, a) in places.iter().enumerate() {
            let pairs = places[..at].iter().map(|b| folded(numbered(salt::WITHIN, *a, *b)));
            self.found.sparse.groups[CUES].extend(pairs);
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
        self.tokens.clear();
        self.places.clear();
        let mut all = Concepts::default();
        for (word, here) in concepts.iter().enumerate().filter(|(_, here)| !here.is_empty()) {
            all.join(*here);
            let start = self.places.len();
            self.places.extend(here.places());
            self.tokens.push((word, start..self.places.len()));
        }
        let (tokens, places) = (mem::take(&mut self.tokens), mem::take(&mut self.places));
        for (at, (word, here)) in tokens.iter().enumerate() {
            let after = tokens[at + 1..].iter().take(NEAR_CONCEPTS).take_while(|(other, _)| other - word <= NEAR_WORDS);
            for (distance, (_, there)) in after.enumerate() {
                self.concept_pairs(&places[here.clone()], &places[there.clone()], distance == 0);
            }
            self.words_beside(words, concepts, *word, &places[here.clone()]);
        }
        (self.tokens, self.places) = (tokens, places);
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
    fn concept_pairs(&mut self, here: &[u32], there: &[u32], are_next: bool) {
        for a in here {
            for b in there.iter().filter(|b| *b != a) {
                if self.near.add(*a, *b) {
                    self.concept(*a.max(b), numbered(salt::NEAR, *a, *b));
                }
                if are_next && self.next.add(*a, *b) {
                    self.concept(*a.max(b), numbered(salt::NEXT, *a, *b));
                }
            }
        }
    }

    /// The words without a concept beside one with these.
    fn words_beside(&mut self, words: &Words, concepts: &[Concepts], word: usize, here: &[u32]) {
        let is_bare = |place: usize| concepts.get(place).is_some_and(|concepts| concepts.is_empty());
        let beside = [
            (word.wrapping_sub(2), salt::WORD_THEN),
            (word.wrapping_sub(1), salt::WORD_THEN),
            (word + 1, salt::THEN_WORD),
        ];
        let beside = beside.map(|(place, salt)| is_bare(place).then(|| (salt, words.get(place))));
        for concept in here {
            for (salt, word) in beside.iter().flatten() {
                self.push(CONCEPTS, hash_word(numbered(*salt, *concept, 0), word));
            }
        }
    }
}

/// Keeps the first of equal hashes. Faster than sorting: this is done for every ticket that comes in.
/// `seen` is room to work in.
fn once(list: &mut Vec<u32>, seen: &mut Vec<u32>) {
    // So much room that most hashes stand at their own place.
    let size = (list.len() * 4).next_power_of_two();
    seen.clear();
    seen.resize(size, 0);
    let mut kept = 0;
    for at in 0..list.len() {
        // 0 marks an empty place; a feature that hashes to it is as good as 1.
        let hash = list[at].max(1);
        let mut place = usize::try_from(hash.wrapping_mul(0x9e37_79b1) >> 7).unwrap_or(0) & (size - 1);
        while seen[place] != 0 && seen[place] != hash {
            place = (place + 1) & (size - 1);
        }
        list[kept] = list[at];
        kept += usize::from(seen[place] == 0);
        seen[place] = hash;
    }
    list.truncate(kept);
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
    if text.bytes().any(|byte| matches!(byte, b'-' | b'_')) && text.split_whitespace().any(is_group_name) {
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
    if !word.contains(['-', '_']) {
        return false;
    }
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
