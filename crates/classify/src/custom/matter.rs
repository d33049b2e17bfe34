//! What a ticket is about, by words that not everybody uses.

use std::collections::{BTreeMap, BTreeSet};

use super::{Seen, ground::Background, likelihood};
use crate::{
    concepts,
    cues::{HashedMap, SEED, hash_word, step},
    features::{GROUPS, Sparse},
    heads::{Example, Fitted, Recipe, Wish},
    text::Reading,
    words::Words,
};

/// Uncommon words and pairs of them, stretches of letters, and concepts other than those of asking.
const WORDS: usize = 0;
const LETTERS: usize = 1;
const CONCEPTS: usize = 2;

const RECIPE: Recipe = Recipe { rounds: 10, fewest_seen: 1, lengths: lengths() };
/// What a mistake costs: about an example, a text that the file says is none, a shipped ticket that asks for a built-in
/// intent, and any other shipped ticket.
const EXAMPLE: f32 = 40.0;
const NOT_EXAMPLE: f32 = 20.0;
const BUILT_IN: f32 = 1.0;
const OTHER: f32 = 0.3;

/// What a feature of one text alone counts for; one of several counts for 1. The rest of what the examples have in common
/// is then learnt the better.
const ONCE: f32 = 0.7;

/// Letters of a stretch: inflected and compound words share some.
const STRETCH: usize = 5;
/// Sentences that are read; a ticket says what it wants early.
const MOST_SENTENCES: usize = 24;
/// Words of a plea and of negation, as they fold, and within how many words of the first the second must stand.
const PLEAS: [&str; 12] = [
    "please",
    "pls",
    "plz",
    "kindly",
    "bitte",
    "merci",
    "svp",
    "favor",
    "gelieve",
    "graag",
    "alsjeblieft",
    "alstublieft",
];
const NOT: [&str; 11] = ["not", "don", "dont", "never", "nicht", "ne", "pas", "no", "niet", "nao", "nunca"];
const WITHIN: usize = 2;
/// A word is common if at least one in so many tickets of a language has it.
const COMMON: usize = 20;
/// The least output that may stand for one half. Lower ones are those of tickets that share a word by chance.
const LOWEST_MIDDLE: f32 = -0.7;
/// Of this many shipped requests of built-in intents, one may come closer to the examples than all others.
const REQUESTS: usize = 1_000;
/// Of this many examples, one may be unlike all the others.
const UNLIKE: usize = 6;

const fn lengths() -> [f32; GROUPS] {
    let mut lengths = [0.0; GROUPS];
    lengths[WORDS] = 1.0;
    lengths[LETTERS] = 1.0;
    lengths[CONCEPTS] = 0.5;
    lengths
}

mod salt {
    pub(super) const WORD: u8 = 101;
    pub(super) const PAIR: u8 = 102;
    pub(super) const LETTERS: u8 = 103;
    pub(super) const CONCEPT: u8 = 104;
}

fn salted(salt: u8, text: &str) -> u64 {
    hash_word(step(SEED, salt), text)
}

fn concept(place: u32) -> u32 {
    folded(place.to_le_bytes().into_iter().fold(step(SEED, salt::CONCEPT), step))
}

fn folded(hash: u64) -> u32 {
    u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// The words that are common in some language, as hashes.
#[derive(Default)]
pub(crate) struct Common(HashedMap<()>);

impl Common {
    /// Those of tickets with their languages.
    pub(super) fn of<'t>(tickets: impl Iterator<Item = (&'t str, &'t Reading)>) -> Self {
        let mut languages: BTreeMap<&str, (usize, HashedMap<usize>)> = Default::default();
        let mut words = Words::default();
        for (language, reading) in tickets {
            let (count, seen) = languages.entry(language).or_default();
            *count += 1;
            let mut here = BTreeSet::new();
            for (_, sentence) in reading.sentences().into_iter().take(MOST_SENTENCES) {
                words.read(&reading.text, sentence);
                here.extend(words.iter().map(|word| hash_word(SEED, word)));
            }
            for word in here {
                *seen.entry(word).or_default() += 1;
            }
        }
        let common = languages.into_values().flat_map(|(count, seen)| {
            seen.into_iter().filter(move |(_, seen)| seen * COMMON >= count).map(|(word, _)| (word, ()))
        });
        Self(common.collect())
    }

    /// Addresses, numbers and links say nothing of the matter either.
    fn has(&self, word: &str) -> bool {
        matches!(word, "@" | "0" | "http") || self.0.contains_key(&hash_word(SEED, word))
    }
}

/// What of a text says what it is about.
pub(super) fn features(reading: &Reading, common: &Common) -> Sparse {
    let mut found: [BTreeSet<u32>; 3] = Default::default();
    let (mut words, mut concepts) = (Words::default(), Vec::new());
    for (_, sentence) in reading.sentences().into_iter().take(MOST_SENTENCES) {
        words.read(&reading.text, sentence);
        if is_ruled_out(&words) {
            continue;
        }
        concepts::of_words(&words, &mut concepts);
        let meant = concepts.iter().flat_map(|here| here.places()).filter(|place| !concepts::is_manner(*place));
        found[CONCEPTS].extend(meant.map(concept));
        let mut previous = None;
        for word in words.iter().filter(|word| !common.has(word)) {
            found[WORDS].insert(folded(salted(salt::WORD, word)));
            if let Some(previous) = previous {
                found[WORDS].insert(folded(hash_word(step(salted(salt::PAIR, previous), b' '), word)));
            }
            previous = Some(word);
            found[LETTERS].extend(stretches(word).map(|letters| folded(salted(salt::LETTERS, letters))));
        }
    }
    let mut sparse = Sparse::default();
    for (group, found) in sparse.groups.iter_mut().zip(found) {
        *group = found.into_iter().collect();
    }
    sparse
}

/// Whether a sentence begs that something be not done: what it speaks of is not what the ticket asks for.
fn is_ruled_out(words: &Words) -> bool {
    let follows =
        |place: usize| (place + 1..words.len().min(place + 1 + WITHIN)).any(|next| NOT.contains(&words.get(next)));
    (0..words.len()).any(|place| PLEAS.contains(&words.get(place)) && follows(place))
}

/// The stretches of letters in a word; a short word is one.
fn stretches(word: &str) -> impl Iterator<Item = &str> {
    let starts = || word.char_indices().map(|(at, _)| at);
    let ends = starts().skip(STRETCH).chain([word.len()]);
    starts().zip(ends).map(|(start, end)| &word[start..end])
}

/// A text as a head sees it: only some features count, some less than others; the rest still counts towards the length of
/// the vector.
struct Part<'s> {
    whole: &'s Sparse,
    known: &'s Known,
}

/// What the features of a runbook's texts count for.
type Known = BTreeMap<u32, f32>;

impl Example for Part<'_> {
    fn valued(&self, lengths: &[f32; GROUPS]) -> impl Iterator<Item = (u8, u32, f32)> {
        let counts = |(group, key, value)| Some((group, key, value * self.known.get(&key)?));
        self.whole.valued(lengths).filter_map(counts)
    }
}

/// The head, and the output from which on a ticket is rather about the matter than not.
pub(super) struct Matter {
    head: Head,
    middle: f32,
}

struct Head {
    fitted: Fitted<1>,
    known: Known,
}

impl Matter {
    /// Fits the head; with the output for each example by a head that was fitted on the others.
    pub(super) fn fit(examples: &[Seen], not_examples: &[Seen], background: &Background<'_>) -> (Self, Vec<f32>) {
        let all: Vec<&Seen> = examples.iter().collect();
        let head = Head::fit(&all, not_examples, background);
        let held_out: Vec<f32> = (0..examples.len())
            .map(|held| {
                let others = all.iter().enumerate().filter(|(at, _)| *at != held).map(|(_, one)| *one);
                Head::fit(&others.collect::<Vec<_>>(), not_examples, background).output(&examples[held].matter)
            })
            .collect();
        let requests = background.iter().filter(|ticket| ticket.asks_for_built_in);
        let close = ranked(requests.map(|ticket| head.output(&ticket.seen.matter)).collect(), REQUESTS, false);
        let unlike = ranked(held_out.clone(), UNLIKE, true);
        let middle = close.zip(unlike).map_or(LOWEST_MIDDLE, |(close, unlike)| f32::midpoint(close, unlike));
        (Self { head, middle: middle.max(LOWEST_MIDDLE) }, held_out)
    }

    pub(super) fn output(&self, matter: &Sparse) -> f32 {
        self.head.output(matter)
    }

    pub(super) fn likelihood(&self, output: f32) -> f64 {
        likelihood(output, self.middle)
    }
}

/// The output that one in so many others exceeds, from the highest or from the lowest.
fn ranked(mut outputs: Vec<f32>, one_in: usize, from_lowest: bool) -> Option<f32> {
    outputs.sort_by(|a, b| if from_lowest { a.total_cmp(b) } else { b.total_cmp(a) });
    outputs.get(outputs.len() / one_in).copied()
}

impl Head {
    fn fit(examples: &[&Seen], not_examples: &[Seen], background: &Background<'_>) -> Self {
        let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
        let texts = examples.iter().copied().chain(not_examples);
        texts.flat_map(|text| text.matter.groups.iter().flatten()).for_each(|key| *seen.entry(*key).or_default() += 1);
        let known: Known = seen.into_iter().map(|(key, texts)| (key, if texts == 1 { ONCE } else { 1.0 })).collect();
        let other = |asks| Wish::new(false, if asks { BUILT_IN } else { OTHER });
        let lessons: Vec<(Part<'_>, Wish)> = background
            .iter()
            .map(|ticket| (&ticket.seen.matter, other(ticket.asks_for_built_in)))
            .chain(not_examples.iter().map(|text| (&text.matter, Wish::new(false, NOT_EXAMPLE))))
            .chain(examples.iter().map(|text| (&text.matter, Wish::new(true, EXAMPLE))))
            .map(|(whole, wish)| (Part { whole, known: &known }, wish))
            .collect();
        let parts: Vec<&Part<'_>> = lessons.iter().map(|(part, _)| part).collect();
        let fitted = Fitted::fit(&parts, &RECIPE, |at| [lessons[at].1]);
        Self { fitted, known }
    }

    fn output(&self, matter: &Sparse) -> f32 {
        self.fitted.outputs(&Part { whole: matter, known: &self.known })[0]
    }
}
