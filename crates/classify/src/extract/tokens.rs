//! The words of what is said in a ticket, read once: where each stands, how it is written, and its marks.

use std::ops::Range;

use super::{
    address::Address,
    marks::{self, Marks},
};
use crate::words;

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// A sentence begins.
    Start,
    Space,
    /// Punctuation.
    Break,
    /// Nothing but an apostrophe: `d'Anne`.
    Glued,
}

/// One word, or one address.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Where it stands in the text, without a possessive.
    pub(super) raw: Range<usize>,
    folded: Range<usize>,
    pub(super) marks: Marks,
    /// Which sentence it is in.
    pub(super) sentence: usize,
    pub(super) joint: Joint,
    pub(super) is_address: bool,
    /// Begins with a capital.
    pub(super) capital: bool,
    /// Capitals only, and more than one.
    pub(super) shouted: bool,
    /// Its part before a hyphen is of capitals only, and more than one.
    abbreviated: bool,
    /// Letters, hyphens, apostrophes and full stops only.
    pub(super) letters: bool,
    pub(super) possessive: bool,
    /// A full stop follows: an initial or an abbreviation.
    pub(super) stopped: bool,
}

impl Token {
    /// `DOC-Archive`: capitals alone before the hyphen.
    pub(super) fn begins_shouted(&self) -> bool {
        self.abbreviated
    }
}

/// The words in order.
#[derive(Default)]
pub(super) struct Tokens {
    folded: String,
    list: Vec<Token>,
}

/// Characters that may stand within a word.
fn is_inner(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '\'' | '’')
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || words::is_invisible(c)
}

fn is_licence(word: &str) -> bool {
    ["lizenz", "licentie", "licen"]
        .iter()
        .any(|begin| word.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin)))
}

/// Words of one letter that are written together with the next one.
const ELISIONS: [&str; 9] = ["d", "l", "j", "m", "t", "s", "n", "c", "qu"];

/// The marks of a word; one with a pronoun behind a hyphen has those of both: `tirem-me`.
fn marks_of(folded: &str) -> Marks {
    match folded.split_once('-') {
        Some((verb, "me")) => marks::of(verb) | marks::ME,
        Some((verb, "lhe" | "lhes" | "no" | "na" | "lo" | "la" | "o" | "a" | "se" | "moi" | "lui" | "le")) => {
            marks::of(verb)
        }
        Some(_) | None => marks::of(folded),
    }
}

impl Tokens {
    /// Reads the words of these sentences, in which the addresses stand.
    pub(super) fn of(text: &str, sentences: impl Iterator<Item = Range<usize>>, addresses: &[Address]) -> Self {
        let mut tokens = Self::default();
        let mut addresses = addresses.iter().peekable();
        for (number, sentence) in sentences.enumerate() {
            let mut at = sentence.start;
            let mut joint = Joint::Start;
            while at < sentence.end {
                while addresses.peek().is_some_and(|address| address.span.start < at) {
                    addresses.next();
                }
                let next = addresses.peek().filter(|address| address.span.start < sentence.end);
                let until = next.map_or(sentence.end, |address| address.span.start);
                joint = tokens.read(text, at..until, number, joint);
                at = until;
                if let Some(address) = next {
                    at = address.span.end;
                    tokens.push(text, address.span.clone(), number, joint);
                    if let Some(last) = tokens.list.last_mut() {
                        last.is_address = true;
                    }
                    joint = Joint::Space;
                }
            }
        }
        tokens
    }

    /// Reads the words of a stretch without addresses.
    fn read(&mut self, text: &str, span: Range<usize>, sentence: usize, mut joint: Joint) -> Joint {
        let bytes = text.as_bytes();
        let mut at = span.start;
        while at < span.end {
            let c = match bytes[at] {
                byte if byte.is_ascii() => char::from(byte),
                _ => text[at..].chars().next().unwrap_or(' '),
            };
            if is_letter(c) {
                at = self.read_word(text, at..span.end, sentence, joint);
                joint = Joint::Space;
                continue;
            }
            let plain = c.is_whitespace() || (c == '.' && joint == Joint::Space && self.is_stopped(at));
            if !plain && joint != Joint::Start {
                joint = Joint::Break;
            }
            at += c.len_utf8();
        }
        joint
    }

    /// Notes that the last word is followed by a full stop, and says whether that is one of an abbreviation.
    fn is_stopped(&mut self, at: usize) -> bool {
        let Some(last) = self.list.last_mut().filter(|last| last.raw.end == at) else { return false };
        last.stopped = true;
        last.marks.has(marks::TITLE)
            || last.folded.len() == 1
            || matches!(&self.folded[last.folded.clone()], "st" | "ste")
    }

    /// Reads the word at the beginning of a stretch and says where it ends.
    fn read_word(&mut self, text: &str, span: Range<usize>, sentence: usize, joint: Joint) -> usize {
        let part = &text[span.clone()];
        let length = part.find(|c| !is_letter(c) && !is_inner(c)).unwrap_or(part.len());
        let word = part[..length].trim_end_matches(is_inner);
        if let Some(apostrophe) = word.find(['\'', '’'])
            && ELISIONS.iter().any(|elided| word[..apostrophe].eq_ignore_ascii_case(elided))
            && (joint == Joint::Start || word.starts_with(char::is_lowercase))
        {
            let after = apostrophe + word[apostrophe..].chars().next().map_or(1, char::len_utf8);
            let rest = word[after..].trim_start_matches(is_inner);
            if rest.len() > 1 {
                self.push(text, span.start..span.start + apostrophe, sentence, joint);
                let start = span.start + word.len() - rest.len();
                self.push(text, start..span.start + word.len(), sentence, Joint::Glued);
                return span.start + word.len();
            }
        }
        // `E3-Lizenz`, `Visio-licentie`: the product is the first of them.
        if let Some(hyphen) = word.rfind('-').filter(|hyphen| is_licence(&word[hyphen + 1..])) {
            self.push(text, span.start..span.start + hyphen, sentence, joint);
            self.push(text, span.start + hyphen + 1..span.start + word.len(), sentence, Joint::Glued);
            return span.start + word.len();
        }
        self.push(text, span.start..span.start + word.len(), sentence, joint);
        span.start + word.len()
    }

    fn push(&mut self, text: &str, raw: Range<usize>, sentence: usize, joint: Joint) {
        let written = &text[raw.clone()];
        let owner = ["'s", "’s", "'S", "’S"].iter().find_map(|end| written.strip_suffix(end));
        let word = owner.unwrap_or(written);
        let start = self.folded.len();
        words::fold(word, &mut self.folded);
        if let Some(apostrophe) = self.folded[start..].find('’') {
            let at = start + apostrophe;
            self.folded.replace_range(at..at + '’'.len_utf8(), "'");
        }
        let capital = word.starts_with(char::is_uppercase);
        let shouted = capital && word.len() > 1 && !word.chars().any(char::is_lowercase);
        let folded = &self.folded[start..];
        self.list.push(Token {
            marks: marks_of(folded),
            raw: raw.start..raw.start + word.len(),
            folded: start..self.folded.len(),
            sentence,
            joint,
            is_address: false,
            capital,
            shouted: shouted && word.chars().filter(|c| c.is_uppercase()).count() > 1,
            abbreviated: word
                .split_once('-')
                .is_some_and(|(first, _)| first.len() > 1 && first.chars().all(|c| c.is_uppercase() || c.is_numeric()))
                && !shouted,
            letters: word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.')),
            possessive: owner.is_some(),
            stopped: false,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn all(&self) -> &[Token] {
        &self.list
    }

    pub(super) fn get(&self, place: usize) -> Option<&Token> {
        self.list.get(place)
    }

    /// The folded word at this place; empty where there is none.
    pub(super) fn word(&self, place: usize) -> &str {
        self.list.get(place).map_or("", |token| &self.folded[token.folded.clone()])
    }

    /// The marks at this place; none where there is no word.
    pub(super) fn marks(&self, place: usize) -> Marks {
        self.list.get(place).map_or_else(Marks::default, |token| token.marks)
    }

    /// Whether two places are in one sentence.
    pub(super) fn together(&self, a: usize, b: usize) -> bool {
        matches!((self.get(a), self.get(b)), (Some(a), Some(b)) if a.sentence == b.sentence)
    }

    /// The places before this one in its sentence, nearest first.
    pub(super) fn before(&self, place: usize) -> impl Iterator<Item = usize> {
        let sentence = self.get(place).map(|token| token.sentence);
        (0..place).rev().take_while(move |at| self.get(*at).map(|token| token.sentence) == sentence)
    }

    /// The places after this one in its sentence.
    pub(super) fn after(&self, place: usize) -> impl Iterator<Item = usize> {
        let sentence = self.get(place).map(|token| token.sentence);
        (place + 1..self.len()).take_while(move |at| self.get(*at).map(|token| token.sentence) == sentence)
    }

    /// The places of a sentence.
    pub(super) fn sentence(&self, number: usize) -> Range<usize> {
        let start = self.list.partition_point(|token| token.sentence < number);
        start..self.list.partition_point(|token| token.sentence <= number)
    }

    /// The first word that begins at or after this byte.
    pub(super) fn from(&self, at: usize) -> usize {
        self.list.partition_point(|token| token.raw.start < at)
    }

    /// The words within a stretch of the text.
    pub(super) fn within(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.from(span.start);
        start..self.list.partition_point(|token| token.raw.end <= span.end).max(start)
    }
}
