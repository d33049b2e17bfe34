//! Names of people: capitalised words in a row that are no words of the trade, and words that an address confirms.

use std::{borrow::Cow, ops::Range};

use super::{
    marks::{self, Marks},
    tokens::{Joint, Token, Tokens},
};
use crate::words::folded;

/// A stretch of words that may be a person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Its first word and the one after its last.
    pub(super) tokens: Range<usize>,
    /// Its words without particles.
    pub(super) words: usize,
    /// A title or an occupation stands before it.
    pub(super) titled: bool,
}

/// Most words of a name, particles included.
const LONGEST: usize = 6;

/// Ends of nouns that German writes with a capital and that nobody is called.
const ABSTRACT: [&str; 14] = [
    "ung",
    "heit",
    "keit",
    "schaft",
    "tion",
    "schreiben",
    "werk",
    "liche",
    "ment",
    "cion",
    "miento",
    "sion",
    "idad",
    "cao",
];
/// Words of the trade that are family names as well, behind a given name.
const SURNAMES: [&str; 13] = [
    "vos", "weiss", "sommer", "winter", "kurz", "hall", "may", "august", "domingo", "abril", "marz", "grosse", "summer",
];

/// Names as they are written: capitalised words in a row. The sentence's number says where shouting is usual.
pub(super) fn rows(tokens: &Tokens, shouting: impl Fn(usize) -> bool) -> Vec<Name> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(token) = tokens.get(at) else { break };
        if !begins(token, shouting(token.sentence)) || is_abstract(tokens.word(at)) {
            at += 1;
            continue;
        }
        let end = row_end(tokens, at, shouting(token.sentence));
        if let Some(name) = row(tokens, at..end) {
            found.push(name);
        }
        at = end;
    }
    found
}

fn is_abstract(word: &str) -> bool {
    ABSTRACT.iter().any(|ending| word.len() > ending.len() + 3 && word.ends_with(ending))
}

/// Whether a name may begin with this word.
fn begins(token: &Token, shouting: bool) -> bool {
    is_name_word(token, shouting) && !token.marks.has(marks::TITLE)
}

fn is_name_word(token: &Token, shouting: bool) -> bool {
    let initial = token.raw.len() == 1 && token.stopped;
    // One letter is an initial, whatever word it is besides.
    let own =
        if initial { Marks::default() } else { marks::I | marks::MY | marks::ME | marks::NO_NAME | marks::TROUBLE };
    let known = own | marks::ITEM | marks::DEED | marks::GROUP | marks::LICENCE | marks::TITLE;
    let written = token.capital && token.letters && !token.is_address && (!token.shouted || shouting);
    let long = token.raw.len() > 1 || initial;
    // Where everything is in capitals, any word that is known to be one is no name.
    written && long && !token.marks.has(known) && (!token.shouted || token.marks.is_none())
}

/// The place after the last word of the row that begins here.
fn row_end(tokens: &Tokens, start: usize, shouting: bool) -> usize {
    let mut end = start + 1;
    let mut at = start + 1;
    while let Some(token) = tokens.get(at) {
        let closed = tokens.get(at - 1).is_some_and(|last| last.possessive);
        if matches!(token.joint, Joint::Start | Joint::Break) || closed || at - start >= LONGEST {
            break;
        }
        let particle = token.marks.has(marks::PARTICLE) && !token.shouted;
        let after_particle = at > end && token.capital && token.letters;
        let followed =
            || tokens.get(at + 1).is_some_and(|next| next.joint == Joint::Space && is_name_word(next, shouting));
        let family = token.capital && !token.shouted && SURNAMES.contains(&tokens.word(at));
        let word = is_name_word(token, shouting) && !is_abstract(tokens.word(at));
        if word || after_particle || family || (particle && token.capital && followed()) {
            at += 1;
            end = at;
        } else if particle && at - end < 3 {
            at += 1;
        } else {
            break;
        }
    }
    end
}

/// The row as a name, if it can be one.
fn row(tokens: &Tokens, mut place: Range<usize>) -> Option<Name> {
    // `Arbeitstag von Finn Harms`: one word, a particle, and then a whole name.
    let particle = place.clone().skip(1).find(|at| is_particle(tokens, *at));
    if particle == Some(place.start + 1)
        && tokens.word(place.start + 1) == "von"
        && word_count(tokens, place.start + 2..place.end) >= 2
    {
        place.start += 2;
        while place.start < place.end && is_particle(tokens, place.start) {
            place.start += 1;
        }
    }
    let before = |at: usize, back: usize| at.checked_sub(back).filter(|before| tokens.together(*before, at));
    let is = |at: Option<usize>, mark| at.is_some_and(|at| tokens.marks(at).has(mark));
    // `M. Paul Roy` is Mister Roy; `M. Roy` may be either.
    if tokens.word(place.start) == "m" && word_count(tokens, place.clone()) >= 3 {
        place.start += 1;
        return named(tokens, place, true);
    }
    let (last, last_but_one) = (before(place.start, 1), before(place.start, 2));
    let titled = is(last, marks::TITLE);
    let noun = is(last, marks::ARTICLE)
        || (!titled
            && is(last_but_one, marks::ARTICLE)
            && last.is_some_and(|at| tokens.get(at).is_some_and(|token| token.stopped)));
    // `die Werkstudentin Anna Roth`: after an article comes a noun, and then the name.
    if noun && word_count(tokens, place.clone()) >= 3 {
        place.start += 1;
        return named(tokens, place, true);
    }
    let loud = tokens.get(place.start).is_some_and(|first| first.shouted);
    if noun && !titled && (loud || word_count(tokens, place.clone()) < 2) {
        return None;
    }
    named(tokens, place, titled)
}

fn named(tokens: &Tokens, place: Range<usize>, titled: bool) -> Option<Name> {
    let words = word_count(tokens, place.clone());
    let first = tokens.get(place.start)?;
    // One word with a hyphen is a group, or a thing, rather than somebody.
    let thing = words == 1 && tokens.word(place.start).contains('-') && !titled;
    let initials = place.clone().all(|at| tokens.word(at).len() < 2);
    let loud = words == 1 && first.shouted;
    let group =
        place.clone().any(|at| tokens.word(at).contains('-') && tokens.get(at).is_some_and(Token::begins_shouted));
    (words > 0 && !group && !thing && !initials && !loud && first.letters).then_some(Name {
        tokens: place,
        words,
        titled,
    })
}

fn is_particle(tokens: &Tokens, at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.marks.has(marks::PARTICLE) && !token.capital)
}

/// Words of a name, particles left out.
fn word_count(tokens: &Tokens, place: Range<usize>) -> usize {
    place.filter(|at| !is_particle(tokens, *at)).count()
}

/// The part of an address before its sign, by its own parts: `l.zhao` is `l` and `zhao`.
pub(super) struct Local {
    parts: Vec<String>,
    plain: String,
    /// One of the parts is a place or an office, not somebody's name.
    role: bool,
}

/// Parts of the addresses of places and offices.
const ROLES: [&str; 26] = [
    "room",
    "raum",
    "salle",
    "sala",
    "office",
    "desk",
    "ceo",
    "cfo",
    "cto",
    "reception",
    "empfang",
    "accueil",
    "recepcion",
    "admin",
    "adm",
    "svc",
    "service",
    "ops",
    "info",
    "lab",
    "team",
    "kitchen",
    "locum",
    "freelance",
    "intern",
    "ext",
];

/// How a word agrees with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Initial,
    Word,
}

/// One spelling for letters that addresses write with two: `Jürgen` and `juergen` both become `jurgen`.
fn plain(word: &str) -> Cow<'_, str> {
    let bytes = word.as_bytes();
    let twice = |pair: &[u8]| matches!(pair, b"ae" | b"oe" | b"ue" | b"aa");
    if bytes.iter().all(u8::is_ascii_alphanumeric) && !bytes.windows(2).any(twice) {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    let mut letters = word.chars().filter(|c| c.is_alphanumeric()).peekable();
    while let Some(c) = letters.next() {
        out.push(c);
        if matches!(c, 'a' | 'o' | 'u') && letters.peek() == Some(&'e') || c == 'a' && letters.peek() == Some(&'a') {
            letters.next();
        }
    }
    Cow::Owned(out)
}

impl Local {
    pub(super) fn of(address: &str) -> Self {
        let local = folded(address.split('@').next().unwrap_or(""));
        let parts = local
            .split(|c: char| !c.is_alphabetic())
            .filter(|part| !part.is_empty())
            .map(|part| plain(part).into_owned())
            .collect::<Vec<_>>();
        let role = parts.iter().any(|part| ROLES.contains(&part.as_str()));
        Self { parts, plain: plain(&local).into_owned(), role }
    }

    fn fit(&self, word: &str) -> Fit {
        let whole = plain(word);
        if !word.contains(['-', '\'']) {
            return self.fit_part(&whole);
        }
        let by_parts = word.split(['-', '\'']).map(|part| self.fit_part(&plain(part))).max();
        self.fit_part(&whole).max(by_parts.unwrap_or(Fit::No))
    }

    fn fit_part(&self, word: &str) -> Fit {
        let long = word.len() >= 4;
        let is_word = |part: &String| {
            part == word
                || (part.len() >= 4 && word.starts_with(part.as_str()))
                || (word.len() >= 3 && part.len() <= word.len() + 2 && part.ends_with(word))
        };
        if word.len() >= 2 && (self.parts.iter().any(is_word) || (long && self.plain.contains(word))) {
            return Fit::Word;
        }
        let initial = word.chars().next();
        let begins = |part: &String| part.chars().next() == initial && (part.len() <= 2);
        let leads = self.plain.chars().next() == initial && self.parts.len() == 1;
        if initial.is_some() && (self.parts.iter().any(begins) || leads) { Fit::Initial } else { Fit::No }
    }

    /// Whether a word is one of the address's own, letter for letter.
    fn has(&self, word: &str) -> bool {
        word.len() >= 3 && self.parts.iter().any(|part| **part == *plain(word))
    }

    /// Whether it is the first of several parts: a given name.
    fn is_given(&self, word: &str) -> bool {
        self.parts.len() >= 2 && self.parts[0].len() >= 3 && self.fit(word) == Fit::Word && {
            let word = plain(word);
            self.parts[0] == *word || word.starts_with(self.parts[0].as_str())
        }
    }

    /// Whether the address is one word, which may name a desk as well as a person.
    pub(super) fn is_simple(&self) -> bool {
        self.parts.len() < 2
    }

    /// Whether a word is written in the address as it is: `mehmet-ali` in `mehmet-ali.sahin`.
    pub(super) fn is_all(&self, word: &str) -> bool {
        let word = plain(word);
        word.len() >= 4 && self.plain.contains(&*word)
    }

    /// Whether a name has a word in common with the address: `Lin Zhao` and `l.zhao`.
    pub(super) fn fits(&self, tokens: &Tokens, name: &Name) -> bool {
        name.tokens.clone().any(|at| self.fit(tokens.word(at)) == Fit::Word)
    }

    /// The fullest name with a word of the address in it, among these words.
    pub(super) fn named(&self, tokens: &Tokens, names: &[Name], place: Range<usize>) -> Option<Range<usize>> {
        let inside = |name: &&Name| place.start <= name.tokens.start && name.tokens.end <= place.end;
        let written = names.iter().filter(inside).filter(|name| self.fits(tokens, name));
        let spelt = place.clone().filter(|at| self.is_anchor(tokens, *at)).map(|at| at..at + 1);
        let mut best: Option<((usize, usize), Range<usize>)> = None;
        for found in written.map(|name| name.tokens.clone()).chain(spelt) {
            let whole = self.trimmed(tokens, self.widened(tokens, found));
            let fitting = whole.clone().filter(|at| self.fit(tokens.word(*at)) > Fit::No).count();
            let rank = (fitting, word_count(tokens, whole.clone()));
            if best.as_ref().is_none_or(|(known, _)| *known < rank) {
                best = Some((rank, whole));
            }
        }
        best.filter(|((fitting, words), _)| !self.role || *fitting.max(words) >= 2).map(|(_, place)| place)
    }

    /// A word of the address, however it is written, that is no word of the trade.
    fn is_anchor(&self, tokens: &Tokens, at: usize) -> bool {
        let trade = marks::TITLE | marks::NO_NAME | marks::ITEM | marks::GROUP | marks::DEED | marks::LICENCE;
        tokens.get(at).is_some_and(|token| token.letters && !token.is_address && !token.marks.has(trade))
            && !ROLES.contains(&tokens.word(at))
            && self.has(tokens.word(at))
    }

    /// With the words on either side that the address has too.
    fn widened(&self, tokens: &Tokens, mut place: Range<usize>) -> Range<usize> {
        let joined = |at: usize| tokens.get(at).is_some_and(|token| matches!(token.joint, Joint::Space | Joint::Glued));
        let belongs = |at: usize| {
            let Some(token) = tokens.get(at) else { return false };
            let fit = self.fit(tokens.word(at));
            let role = ROLES.contains(&tokens.word(at))
                || token.marks.has(marks::TITLE | marks::ITEM | marks::DEED | marks::ARTICLE | marks::PARTICLE);
            let named = fit == Fit::Word || (fit == Fit::Initial && (token.capital || token.marks.is_none()));
            let spelt = token.capital && fit == Fit::Word && !token.marks.has(marks::TITLE);
            token.letters && !token.is_address && (!role || spelt) && named && token.raw.len() > 1
        };
        while place.len() < LONGEST
            && place.start > 0
            && joined(place.start)
            && belongs(place.start - 1)
            && tokens.together(place.start - 1, place.start)
            && !tokens.get(place.start - 1).is_some_and(|token| token.possessive)
        {
            place.start -= 1;
        }
        while place.len() < LONGEST
            && joined(place.end)
            && belongs(place.end)
            && tokens.together(place.start, place.end)
            && !tokens.get(place.end - 1).is_some_and(|token| token.possessive)
        {
            place.end += 1;
        }
        place
    }

    /// Whether the given name comes only after this word, which has no more than its initial in common with the address.
    fn is_before_given(&self, tokens: &Tokens, at: usize) -> bool {
        self.fit(tokens.word(at)) < Fit::Word && self.is_given(tokens.word(at + 1))
    }

    /// Without words before the name that the address does not have: `Could Ann Lee`, `Welder Ann Lee`.
    fn trimmed(&self, tokens: &Tokens, mut place: Range<usize>) -> Range<usize> {
        let fits = |at: usize| self.fit(tokens.word(at)) > Fit::No;
        while place.len() > 1 && (!fits(place.start) || self.is_before_given(tokens, place.start)) {
            let rest = place.start + 1..place.end;
            let whole =
                word_count(tokens, rest.clone()) >= 2 && rest.clone().all(|at| fits(at) || is_particle(tokens, at));
            let given = self.is_given(tokens.word(rest.start));
            if !whole && !given && !is_particle(tokens, place.start) {
                break;
            }
            place.start += 1;
        }
        // `ANN LEE LEFT`: where everything is in capitals, a word that the address does not have is none of the name.
        while place.len() > 1 && !fits(place.end - 1) && tokens.get(place.end - 1).is_some_and(|last| last.shouted) {
            place.end -= 1;
        }
        place
    }
}
