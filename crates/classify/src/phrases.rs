//! Words, beginnings of words and phrases, with what each stands for. Made for speed: it is asked for every word of every
//! ticket that comes in, and mostly has nothing to say.

use std::ops::RangeInclusive;

use crate::{
    cues::{HashedMap, SEED, hash_word, step},
    words::Words,
};

/// The most words of a phrase.
pub(crate) const LONGEST_PHRASE: usize = 5;

/// What words stand for: a set.
pub(crate) trait Set: Copy + Default {
    /// Adds another set to this one.
    fn join(&mut self, other: Self);
}

/// A table that mostly knows without looking that it does not have a hash.
struct Table<V> {
    /// A bit for every known hash, at the place that a part of it says.
    marks: Vec<u64>,
    known: HashedMap<V>,
}

#[derive(Clone, Copy, Default)]
struct Entry<S> {
    set: S,
    /// Where a longer phrase begins so: a bit for each byte that its next word may begin with.
    next: u64,
}

/// A lexicon.
pub(crate) struct Phrases<S> {
    /// Bytes of the beginnings.
    lengths: RangeInclusive<usize>,
    beginnings: Table<S>,
    phrases: Table<Entry<S>>,
}

impl<V> Table<V> {
    fn new(known: HashedMap<V>) -> Self {
        let mut marks = vec![0; (known.len() / 8).next_power_of_two()];
        for hash in known.keys() {
            let (word, bit) = place(*hash, marks.len());
            marks[word] |= bit;
        }
        Self { marks, known }
    }

    fn get(&self, hash: u64) -> Option<&V> {
        let (word, bit) = place(hash, self.marks.len());
        if self.marks[word] & bit == 0 { None } else { self.known.get(&hash) }
    }
}

/// Where a hash is marked: in which of so many words, a power of two, and by which bit.
fn place(hash: u64, words: usize) -> (usize, u64) {
    let mixed = hash ^ (hash >> 32);
    (usize::try_from(mixed >> 6).unwrap_or(0) & (words - 1), 1 << (mixed & 63))
}

/// The bit of a word's first byte.
fn first(word: &str) -> u64 {
    word.bytes().next().map_or(0, |byte| 1 << (byte & 63))
}

impl<S: Set> Phrases<S> {
    /// A lexicon of these entries: a word, several words, or the beginning of a word followed by `*`. Beginnings have
    /// as many bytes as `lengths` says.
    pub(crate) fn new<'e>(entries: impl Iterator<Item = (S, &'e str)>, lengths: RangeInclusive<usize>) -> Self {
        let mut beginnings: HashedMap<S> = HashedMap::default();
        let mut phrases: HashedMap<Entry<S>> = HashedMap::default();
        for (set, entry) in entries {
            if let Some(beginning) = entry.strip_suffix('*') {
                beginnings.entry(hash_word(SEED, beginning)).or_default().join(set);
                continue;
            }
            let mut hash = SEED;
            let mut words = entry.split(' ').peekable();
            while let Some(word) = words.next() {
                hash = step(hash_word(hash, word), b' ');
                let known = phrases.entry(hash).or_default();
                match words.peek() {
                    Some(next) => known.next |= first(next),
                    None => known.set.join(set),
                }
            }
        }
        Self { lengths, beginnings: Table::new(beginnings), phrases: Table::new(phrases) }
    }

    /// What a word's beginnings stand for, and its hash.
    fn beginnings(&self, word: &str) -> (S, u64) {
        let (mut set, mut hash) = (S::default(), SEED);
        for (length, byte) in (1..).zip(word.bytes()) {
            hash = step(hash, byte);
            if self.lengths.contains(&length)
                && let Some(found) = self.beginnings.get(hash)
            {
                set.join(*found);
            }
        }
        (set, hash)
    }

    /// What one word stands for, whatever stands beside it.
    pub(crate) fn of_word(&self, word: &str) -> S {
        let (mut set, hash) = self.beginnings(word);
        if let Some(entry) = self.phrases.get(step(hash, b' ')) {
            set.join(entry.set);
        }
        set
    }

    /// What the word at this place and the phrases that begin with it stand for.
    pub(crate) fn from(&self, words: &Words, place: usize) -> S {
        let (mut set, hash) = self.beginnings(words.get(place));
        let mut hash = step(hash, b' ');
        let last = words.len().min(place + LONGEST_PHRASE);
        for next in place + 1.. {
            let Some(entry) = self.phrases.get(hash) else { break };
            set.join(entry.set);
            if next == last {
                break;
            }
            let word = words.get(next);
            if entry.next & first(word) == 0 {
                break;
            }
            hash = step(hash_word(hash, word), b' ');
        }
        set
    }
}
