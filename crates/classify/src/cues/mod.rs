//! Cues: what a word or phrase hints at, in six languages. The model weighs them; alone they decide nothing.

mod lexicon;

use std::{collections::HashMap, hash::BuildHasherDefault, ops::RangeInclusive, sync::LazyLock};

use crate::{
    phrases::{Phrases, Set},
    words::Words,
};

/// A set of cues, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cues(u64);

/// One cue: its place in a [`Cues`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cue(u32);

macro_rules! cues {
    ($($name:ident = $place:literal),+ $(,)?) => {
        $(pub(crate) const $name: Cue = Cue($place);)+
    };
}

cues! {
    PASSWORD = 0, MFA = 1, LICENSE = 2, GROUP = 3, LOCK = 4, LEAVE = 5, JOIN = 6, RESET = 7, REQUEST = 8, FORGOT = 9,
    PHONE = 10, ADD = 11, REMOVE = 12, ASSIGN = 13, CREATE = 14, HOWTO = 15, DONE = 16, NEGATED = 17, COST = 18,
    POLICY = 19, STATUS = 20, OTHER_SYSTEM = 21, HARDWARE = 22, PHISHING = 23, NEWS = 24, SEVERAL = 25, OTHER_OBJECT = 26,
    QUESTION = 27, FIRST_PERSON = 28, THIRD_PERSON = 29, ADDRESS = 30, FORM = 31, LOST = 32, GROUP_NAME = 33, RECLAIM = 34,
    PRODUCT = 35, CONDITION = 36, KNOWN = 37, ACCESS = 38, ACCOUNT = 39, SIGN_IN = 40, TRIES = 41, BEGINS = 42, ENDS = 43,
    PERMISSION = 44, WITHDRAWN = 45,
}

impl Cues {
    pub(crate) fn has(self, cue: Cue) -> bool {
        self.0 & (1 << cue.0) != 0
    }

    pub(crate) fn any(self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.has(*cue))
    }

    pub(crate) fn add(&mut self, cue: Cue) {
        self.0 |= 1 << cue.0;
    }

    /// The places of the cues that are set.
    pub(crate) fn places(self) -> impl Iterator<Item = u32> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (place < 64).then_some(place)
        })
    }
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl std::hash::Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = step(self.0, *byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

pub(crate) type HashedMap<V> = HashMap<u64, V, BuildHasherDefault<AsIs>>;

pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;
pub(crate) const PRIME: u64 = 0x0100_0000_01b3;

/// One step of FNV-1a.
pub(crate) fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

pub(crate) fn hash_word(start: u64, word: &str) -> u64 {
    word.bytes().fold(start, step)
}

/// Bytes of the beginnings of words.
const BEGINNINGS: RangeInclusive<usize> = 3..=14;

static LEXICON: LazyLock<Phrases<Cues>> = LazyLock::new(|| {
    let entries = lexicon::ENTRIES.iter().flat_map(|(cue, entries)| {
        let set = Cues(1 << cue.0);
        entries.split('|').map(str::trim).filter(|entry| !entry.is_empty()).map(move |entry| (set, entry))
    });
    Phrases::new(entries, BEGINNINGS)
});

impl Set for Cues {
    fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What the entries take.
pub(crate) fn bytes() -> usize {
    lexicon::ENTRIES.iter().map(|(_, entries)| entries.len()).sum()
}

/// The cues of one word, whatever stands beside it.
pub(crate) fn of_word(word: &str) -> Cues {
    LEXICON.of_word(word)
}

/// The cues of words that stand together.
pub(crate) fn of_words(words: &Words) -> Cues {
    let lexicon = &*LEXICON;
    let mut cues = Cues::default();
    for place in 0..words.len() {
        cues.join(lexicon.from(words, place));
    }
    cues
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::LONGEST_PHRASE;

    fn cues(text: &str) -> Cues {
        let mut words = Words::default();
        words.read(text, 0..text.len());
        of_words(&words)
    }

    #[test]
    fn phrases_and_beginnings_are_found_in_every_language() {
        assert!(cues("Ich habe mein Kennwort vergessen").any(&[PASSWORD]));
        assert!(cues("j'ai oublié mon mot de passe").has(PASSWORD));
        assert!(cues("mot de vie").0 & (1 << PASSWORD.0) == 0);
        assert!(cues("Olvidé la contraseña").has(FORGOT));
        assert!(cues("wachtwoord verlopen").has(FORGOT));
        assert!(cues("a conta ficou bloqueada").has(LOCK));
        assert!(cues("please do not reset it").has(NEGATED));
    }

    #[test]
    fn every_entry_is_written_as_words_fold() {
        for (_, entries) in lexicon::ENTRIES {
            for entry in entries.split('|').map(str::trim) {
                let bare = entry.strip_suffix('*').unwrap_or(entry);
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ';
                assert!(!bare.is_empty() && bare.chars().all(plain), "{entry}");
                assert!(
                    bare.split(' ').count() <= LONGEST_PHRASE && (bare == entry || bare.len() >= *BEGINNINGS.start()),
                    "{entry}"
                );
            }
        }
    }
}
