//! Concepts: narrow meanings such as "forgot", "has been", "no longer", "authenticator", with the words and phrases for
//! them in six languages (`lexicon/<language>.txt`). What is learned about a pair of concepts in one language holds in
//! all of them. A concept decides nothing alone; the model weighs them.

mod names;

use std::sync::LazyLock;

use names::{ADDRESS, CAMEL, CAPITALS, MANNERS, NAME, NAME_ALONE, NAMES, NUMBER};

use crate::{
    cues::{HashedMap, SEED, hash_word, step},
    words::Words,
};

/// A set of concepts, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Concepts(u128);

impl Concepts {
    pub(crate) fn add(&mut self, place: u32) {
        self.0 |= 1 << place;
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places of the concepts that are set, in order.
    pub(crate) fn places(self) -> impl Iterator<Item = u32> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (place < 128).then_some(place)
        })
    }
}

#[derive(Default, Clone, Copy)]
struct Entry {
    concepts: Concepts,
    /// Whether a longer phrase begins so.
    goes_on: bool,
}

#[derive(Default)]
struct Lexicon {
    phrases: HashedMap<Entry>,
    beginnings: HashedMap<Concepts>,
}

const FILES: [(&str, &str); 6] = [
    ("de", include_str!("../../lexicon/de.txt")),
    ("en", include_str!("../../lexicon/en.txt")),
    ("es", include_str!("../../lexicon/es.txt")),
    ("fr", include_str!("../../lexicon/fr.txt")),
    ("nl", include_str!("../../lexicon/nl.txt")),
    ("pt", include_str!("../../lexicon/pt.txt")),
];
const SHORTEST_BEGINNING: usize = 4;
const LONGEST_BEGINNING: usize = 16;
const LONGEST_PHRASE: usize = 5;

/// The entries of a file: concept and entry. A line `NAME: entry | entry` may go on in lines that begin with a space.
fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut current = "";
    text.lines().flat_map(move |line| {
        let list = line.split_once(':').map_or(line, |(name, list)| {
            current = name;
            list
        });
        let name = current;
        list.split('|').map(str::trim).filter(|entry| !entry.is_empty()).map(move |entry| (name, entry))
    })
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon::default();
    for (_, text) in FILES {
        for (name, entry) in entries(text) {
            if let Some(place) = (0..).zip(NAMES).find_map(|(place, known)| (known == name).then_some(place)) {
                lexicon.enter(place, entry);
            }
        }
    }
    lexicon
});

impl Lexicon {
    fn enter(&mut self, place: u32, entry: &str) {
        if let Some(beginning) = entry.strip_suffix('*') {
            self.beginnings.entry(hash_word(SEED, beginning)).or_default().add(place);
            return;
        }
        let mut hash = SEED;
        let mut words = entry.split(' ').peekable();
        while let Some(word) = words.next() {
            hash = step(hash_word(hash, word), b' ');
            let known = self.phrases.entry(hash).or_default();
            if words.peek().is_some() {
                known.goes_on = true;
            } else {
                known.concepts.add(place);
            }
        }
    }
}

/// Whether a concept is about asking, whatever is asked for.
pub(crate) fn is_manner(place: u32) -> bool {
    place < MANNERS
}

/// Adds what a word shows by its form: addresses and numbers, and, of words without any concept, names and what looks
/// like the name of a product.
pub(crate) fn of_shapes(text: &str, words: &Words, found: &mut [Concepts]) {
    let raw = |place: usize| &text[words.raw(place)];
    let is_capital = |place: usize| raw(place).starts_with(|c: char| c.is_uppercase());
    for (place, found) in found.iter_mut().enumerate() {
        match words.get(place) {
            "@" => found.add(ADDRESS),
            "0" => found.add(NUMBER),
            _ => {}
        }
        if !found.is_empty() {
            continue;
        }
        let word = raw(place);
        if is_camel(word) {
            found.add(CAMEL);
        } else if word.len() > 2 && word.chars().all(char::is_uppercase) {
            found.add(CAPITALS);
        } else if place > 0 && is_capital(place) {
            let alone = !is_capital(place - 1) && (place + 1 == words.len() || !is_capital(place + 1));
            found.add(if alone { NAME_ALONE } else { NAME });
        }
    }
}

/// Whether a capital follows a small letter.
fn is_camel(word: &str) -> bool {
    let mut after_small = false;
    word.chars().any(|c| {
        let hit = after_small && c.is_uppercase();
        after_small = c.is_lowercase();
        hit
    })
}

/// The concepts of each word; a phrase's concept stands at its first word.
pub(crate) fn of_words(words: &Words, found: &mut Vec<Concepts>) {
    found.clear();
    found.resize(words.len(), Concepts::default());
    let lexicon = &*LEXICON;
    for (place, found) in found.iter_mut().enumerate() {
        let word = words.get(place);
        let mut hash = SEED;
        for (length, byte) in (1..).zip(word.bytes().take(LONGEST_BEGINNING)) {
            hash = step(hash, byte);
            if length >= SHORTEST_BEGINNING
                && let Some(concepts) = lexicon.beginnings.get(&hash)
            {
                found.join(*concepts);
            }
        }
        let mut hash = SEED;
        for next in place..words.len().min(place + LONGEST_PHRASE) {
            hash = step(hash_word(hash, words.get(next)), b' ');
            let Some(entry) = lexicon.phrases.get(&hash) else { break };
            found.join(entry.concepts);
            if !entry.goes_on {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<Vec<&'static str>> {
        let mut words = Words::default();
        words.read(text, 0..text.len());
        let mut found = Vec::new();
        of_words(&words, &mut found);
        of_shapes(text, &words, &mut found);
        let name =
            |place: u32| usize::try_from(place).ok().and_then(|place| NAMES.get(place)).copied().unwrap_or("shape");
        found.iter().map(|concepts| concepts.places().map(name).collect()).collect()
    }

    fn all(text: &str) -> Vec<&'static str> {
        concepts(text).concat()
    }

    #[test]
    fn one_meaning_is_found_in_every_language() {
        for text in [
            "I forgot my password",
            "Ich habe mein Passwort vergessen",
            "J'ai oublié mon mot de passe",
            "Olvidé mi contraseña",
            "Ik ben mijn wachtwoord vergeten",
            "Esqueci-me da palavra-passe",
        ] {
            let found = all(text);
            assert!(found.contains(&"PASSWORD") && found.contains(&"FORGET"), "{text}: {found:?}");
        }
    }

    #[test]
    fn words_show_what_they_are_by_their_form() {
        let text = "mail 17 x.y@z.example PayLeaf now";
        let mut words = Words::default();
        words.read(text, 0..text.len());
        let mut found = vec![Concepts::default(); words.len()];
        of_shapes(text, &words, &mut found);
        let places: Vec<Vec<u32>> = found.iter().map(|concepts| concepts.places().collect()).collect();
        assert_eq!(places, [vec![], vec![NUMBER], vec![ADDRESS], vec![CAMEL], vec![]]);
    }

    #[test]
    fn every_entry_is_written_as_words_fold_and_has_a_known_concept() {
        for (language, text) in FILES {
            assert!(text.lines().all(|line| line.starts_with(' ') != line.contains(": ")), "{language}");
            for (name, entry) in entries(text) {
                assert!(NAMES.contains(&name), "{language}: {name}");
                let bare = entry.strip_suffix('*').unwrap_or(entry);
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ';
                assert!(!bare.is_empty() && bare.chars().all(plain), "{language} {name}: {entry}");
                assert!(bare.split(' ').count() <= LONGEST_PHRASE, "{language} {name}: {entry}");
                assert!(
                    bare == entry || (SHORTEST_BEGINNING..=LONGEST_BEGINNING).contains(&bare.len()),
                    "{language} {name}: {entry}"
                );
            }
        }
    }
}
