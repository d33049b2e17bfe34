//! Concepts: narrow meanings such as "forgot", "has been", "no longer", "authenticator", with the words and phrases for
//! them in six languages (`lexicon/<language>.txt`). What is learned about a pair of concepts in one language holds in
//! all of them. A concept decides nothing alone; the model weighs them.

mod names;

use std::{collections::HashMap, ops::RangeInclusive, sync::LazyLock};

use names::{
    ADDRESS, CAMEL, CAPITALS, LAST_OTHER_MATTER, MANNERS, NAME, NAME_ALONE, NAMES, NUMBER, OTHER_MATTERS, PRIVATE,
    SEVERAL,
};

use crate::{
    phrases::{Phrases, Set},
    words::Words,
};

/// A set of concepts, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Concepts(u128);

impl Concepts {
    pub(crate) fn add(&mut self, place: u32) {
        self.0 |= 1 << place;
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

const FILES: [(&str, &str); 6] = [
    ("de", include_str!("../../lexicon/de.txt")),
    ("en", include_str!("../../lexicon/en.txt")),
    ("es", include_str!("../../lexicon/es.txt")),
    ("fr", include_str!("../../lexicon/fr.txt")),
    ("nl", include_str!("../../lexicon/nl.txt")),
    ("pt", include_str!("../../lexicon/pt.txt")),
];
/// Bytes of the beginnings of words.
const BEGINNINGS: RangeInclusive<usize> = 4..=16;

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

static LEXICON: LazyLock<Phrases<Concepts>> = LazyLock::new(|| {
    let known: HashMap<&str, Concepts> = (0..).zip(NAMES).map(|(place, name)| (name, Concepts(1 << place))).collect();
    let entries = FILES.iter().flat_map(|(_, text)| entries(text));
    Phrases::new(entries.filter_map(|(name, entry)| Some((*known.get(name)?, entry))), BEGINNINGS)
});

impl Set for Concepts {
    fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What the files take.
pub(crate) fn bytes() -> usize {
    FILES.iter().map(|(_, text)| text.len()).sum()
}

/// Whether a concept is about asking, whatever is asked for.
pub(crate) fn is_manner(place: u32) -> bool {
    place < MANNERS
}

/// Whether a concept is what the built-in intents are about: passwords, accounts, licences, groups.
pub(crate) fn is_matter(place: u32) -> bool {
    (MANNERS..OTHER_MATTERS).contains(&place)
}

/// Whether a concept says that another system, another thing or several people are meant.
pub(crate) fn is_elsewhere(place: u32) -> bool {
    (OTHER_MATTERS..=LAST_OTHER_MATTER).contains(&place) || matches!(place, SEVERAL | PRIVATE | CAMEL)
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
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            // Most words, which show nothing by their form.
        } else if is_camel(word) {
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
    let lexicon = &*LEXICON;
    found.clear();
    found.extend((0..words.len()).map(|place| lexicon.from(words, place)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::LONGEST_PHRASE;

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
    fn the_places_are_those_of_the_names() {
        let place =
            |name: &str| (0_u32..).zip(NAMES).find_map(|(place, known)| (known == name).then_some(place)).unwrap();
        assert_eq!(place("STATS") + 1, MANNERS);
        assert_eq!((place("OTHER_SYSTEM"), place("PHISH")), (OTHER_MATTERS, LAST_OTHER_MATTER));
        assert_eq!((place("SEVERAL"), place("PRIVATE")), (SEVERAL, PRIVATE));
        assert_eq!(NAMES.len(), usize::try_from(CAMEL).unwrap());
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
                assert!(bare == entry || BEGINNINGS.contains(&bare.len()), "{language} {name}: {entry}");
            }
        }
    }
}
