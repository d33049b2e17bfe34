//! Short texts of any labels, judged by the heads and the quantisation that tickets are judged by, over n-grams alone:
//! what a public benchmark of intents and texts out of scope asks for. A service does nothing of this.
//!
//! A text's features are its words, pairs of words with the ends of the text, pairs with one or two words left out, and
//! 2 to 4 letters within a word; each counts for more the rarer it is, and all together for 1. Whether any intent is
//! meant is judged by all outputs together.

use std::collections::BTreeMap;

use crate::{
    cues::{HashedMap, SEED, hash_word, step},
    features::GROUPS,
    heads::{Example, Fitted, Recipe, Wish},
    model::{logistic, quantised},
    training::narrowed,
};

const RECIPE: Recipe = Recipe { rounds: 8, fewest_seen: 1, lengths: [1.0, 0.0, 0.0, 0.0, 0.0] };
/// What it costs an output to miss a text of its label; any other mistake costs 1.
const MISSED: f32 = 16.0;
/// How steeply an output becomes the likelihood that its label is meant.
const SLOPE: f64 = 6.0;

mod kind {
    pub(super) const WORD: u8 = 1;
    pub(super) const PAIR: u8 = 2;
    pub(super) const APART: u8 = 3;
    pub(super) const LETTERS: u8 = 4;
}

/// A text and what is right for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<'t> {
    /// The text.
    pub text: &'t str,
    /// The place of its label; `None`: out of scope.
    pub label: Option<usize>,
}

/// What a text is taken for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The place of the likeliest label.
    pub label: usize,
    /// How likely it is that any label is right: from 0, the higher the likelier.
    pub score: f64,
}

/// Heads for `N` labels.
pub struct ShortTexts<const N: usize> {
    /// From where texts are hashed.
    start: u64,
    rarity: Rarity,
    rows: HashedMap<[i8; N]>,
    scales: [f32; N],
    bias: [f32; N],
}

/// Shares of 1 under the rule of a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Of the texts in scope, those with the right label, whatever the threshold.
    pub labelled: f64,
    /// Of the texts in scope, those with the right label and not refused.
    pub accuracy: f64,
    /// Of the texts out of scope, those refused.
    pub recall: f64,
}

/// What an n-gram counts for by the share of texts it was seen in.
struct Rarity {
    known: HashedMap<f64>,
    unseen: f64,
}

/// The features of a text with their values, each once.
struct Valued(Vec<(u32, f32)>);

impl Example for Valued {
    fn valued(&self, _: &[f32; GROUPS]) -> impl Iterator<Item = (u8, u32, f32)> {
        self.0.iter().map(|(key, value)| (0, *key, *value))
    }
}

/// Spreads a key over the 64 bits that a table wants.
fn spread(key: u32) -> u64 {
    u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts and of n-grams")]
fn number(count: usize) -> f64 {
    count as f64
}

impl Rarity {
    fn of(texts: &[BTreeMap<u32, usize>]) -> Self {
        let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
        for key in texts.iter().flat_map(BTreeMap::keys) {
            *seen.entry(*key).or_default() += 1;
        }
        let weight = |seen: usize| libm::sqrt(libm::log(number(texts.len() + 1) / number(seen + 1)) + 1.0);
        let known = seen.into_iter().map(|(key, seen)| (spread(key), weight(seen))).collect();
        Self { known, unseen: weight(0) }
    }

    /// The values of a text's n-grams. Those never seen count towards the length of the vector.
    fn values(&self, counts: &BTreeMap<u32, usize>) -> Valued {
        let weight = |key: u32| self.known.get(&spread(key)).copied().unwrap_or(self.unseen);
        let raw: Vec<(u32, f64)> =
            counts.iter().map(|(key, count)| (*key, (1.0 + libm::log(number(*count))) * weight(*key))).collect();
        let length = libm::sqrt(raw.iter().map(|(_, value)| value * value).sum::<f64>()).max(1e-12);
        Valued(raw.into_iter().map(|(key, value)| (key, narrowed(value / length))).collect())
    }
}

/// How often each n-gram of a text stands in it.
fn counts(text: &str, start: u64) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    let lower = text.to_lowercase();
    n_grams(&lower, |kind, parts| {
        let hash = parts.iter().fold(step(start, kind), |hash, part| step(hash_word(hash, part), 0x1f));
        let folded = u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        *counts.entry(folded).or_default() += 1;
    });
    counts
}

/// Calls `each` with the kind and the parts of every n-gram of a text.
fn n_grams(text: &str, mut each: impl FnMut(u8, &[&str])) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let ends = [&["^"], words.as_slice(), &["$"]].concat();
    words.iter().for_each(|word| each(kind::WORD, &[word]));
    ends.windows(2).for_each(|pair| each(kind::PAIR, pair));
    for apart in [2, 3] {
        words.iter().zip(words.iter().skip(apart)).for_each(|(first, second)| each(kind::APART, &[first, second]));
    }
    for word in &words {
        let word = format!(" {word} ");
        let places: Vec<usize> = word.char_indices().map(|(place, _)| place).chain([word.len()]).collect();
        for length in 2..=4 {
            if places.len() <= length + 1 {
                each(kind::LETTERS, &[&word]);
                break;
            }
            places.windows(length + 1).for_each(|part| each(kind::LETTERS, &[&word[part[0]..part[length]]]));
        }
    }
}

impl<const N: usize> ShortTexts<N> {
    /// Fits heads on texts with a label; those without one are left out. Another seed hashes otherwise and learns in
    /// another order.
    pub fn fit(queries: &[Query<'_>], seed: u64) -> Self {
        let start = seed.to_le_bytes().into_iter().fold(SEED, step);
        let mut labelled: Vec<(&str, usize)> =
            queries.iter().filter_map(|query| Some((query.text, query.label?))).collect();
        labelled.sort_by_key(|(text, _)| hash_word(start, text));
        let counts: Vec<_> = labelled.iter().map(|(text, _)| counts(text, start)).collect();
        let rarity = Rarity::of(&counts);
        let examples: Vec<Valued> = counts.iter().map(|counts| rarity.values(counts)).collect();
        let fitted = Fitted::<N>::fit(&examples.iter().collect::<Vec<_>>(), &RECIPE, |at| {
            std::array::from_fn(|output| {
                let is_label = output == labelled[at].1;
                Wish::new(is_label, if is_label { MISSED } else { 1.0 })
            })
        });
        let (scales, rows) = quantised(&fitted);
        let rows = rows.into_iter().map(|(key, row)| (spread(key), row.weights)).collect();
        Self { start, rarity, rows, scales: scales[0], bias: fitted.bias }
    }

    /// What a text is taken for.
    pub fn answer(&self, text: &str) -> Answer {
        let mut sums = [0.0_f32; N];
        for (key, value) in self.rarity.values(&counts(text, self.start)).0 {
            let Some(weights) = self.rows.get(&spread(key)) else { continue };
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += f32::from(*weight) * value;
            }
        }
        let outputs: [f32; N] = std::array::from_fn(|output| sums[output] * self.scales[output] + self.bias[output]);
        let label = (1..N).fold(0, |best, label| if outputs[label] > outputs[best] { label } else { best });
        Answer { label, score: any(&outputs) }
    }

    /// What the weights take: a key and a byte for each label in a row, a scale and a bias for each label.
    pub fn bytes(&self) -> usize {
        self.rows.len() * (4 + N) + N * 8
    }

    /// The shares on `test` by the threshold that is best on `validation`.
    pub fn measure(&self, validation: &[Query<'_>], test: &[Query<'_>]) -> Measured {
        let answers = |queries: &[Query<'_>]| -> Vec<(Option<usize>, Answer)> {
            queries.iter().map(|query| (query.label, self.answer(query.text))).collect()
        };
        Measured::under(threshold(&answers(validation)), &answers(test))
    }
}

/// How unlikely it is that no label at all is meant, were each meant or not by itself: the negative logarithm of that.
fn any(outputs: &[f32]) -> f64 {
    let none = |output: &f32| -libm::log(logistic(-SLOPE * f64::from(*output)).max(f64::MIN_POSITIVE));
    outputs.iter().map(none).sum()
}

/// The score below which texts are refused: the one under which most of these answers are right, where being refused is
/// right for a text out of scope and wrong for any other. Of several the strictest, in the middle between the two scores
/// that it parts.
pub fn threshold(answers: &[(Option<usize>, Answer)]) -> f64 {
    let mut order: Vec<&(Option<usize>, Answer)> = answers.iter().collect();
    order.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    let Some((_, first)) = order.first() else { return 0.0 };
    let (mut best, mut gained, mut most) = (first.score + 1.0, 0_i64, 0_i64);
    for (place, (label, answer)) in order.iter().enumerate() {
        gained += match label {
            Some(label) => i64::from(*label == answer.label),
            None => -1,
        };
        let next = order.get(place + 1).map_or(answer.score - 1.0, |(_, next)| next.score);
        if gained > most && next < answer.score {
            (best, most) = (f64::midpoint(answer.score, next), gained);
        }
    }
    best
}

impl Measured {
    fn under(threshold: f64, answers: &[(Option<usize>, Answer)]) -> Self {
        let share = |counted: &dyn Fn(&Option<usize>, &Answer) -> bool, in_scope: bool| {
            let all = answers.iter().filter(|(label, _)| label.is_some() == in_scope);
            let count = all.clone().filter(|(label, answer)| counted(label, answer)).count();
            number(count) / number(all.count().max(1))
        };
        let is_right = |label: &Option<usize>, answer: &Answer| *label == Some(answer.label);
        Self {
            labelled: share(&is_right, true),
            accuracy: share(&|label, answer| is_right(label, answer) && answer.score >= threshold, true),
            recall: share(&|_, answer| answer.score < threshold, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(u8, String)> {
        let mut found = Vec::new();
        n_grams(text, |kind, parts| found.push((kind, parts.join("|"))));
        found
    }

    fn of(text: &str, wanted: u8) -> Vec<String> {
        parts(text).into_iter().filter(|(kind, _)| *kind == wanted).map(|(_, parts)| parts).collect()
    }

    #[test]
    fn n_grams_are_words_pairs_with_the_ends_pairs_apart_and_letters() {
        let text = "a bc  d e";
        assert_eq!(of(text, kind::WORD), ["a", "bc", "d", "e"]);
        assert_eq!(of(text, kind::PAIR), ["^|a", "a|bc", "bc|d", "d|e", "e|$"]);
        assert_eq!(of(text, kind::APART), ["a|d", "bc|e", "a|e"]);
        assert_eq!(of("bc", kind::LETTERS), [" b", "bc", "c ", " bc", "bc ", " bc "]);
        assert_eq!(of("é", kind::LETTERS), [" é", "é ", " é "]);
        assert_eq!(parts(" "), [(kind::PAIR, "^|$".to_owned())]);
    }

    fn answers(scored: &[(f64, Option<usize>)]) -> Vec<(Option<usize>, Answer)> {
        // The answered label is always 0.
        scored.iter().map(|(score, label)| (*label, Answer { label: 0, score: *score })).collect()
    }

    #[test]
    fn the_threshold_lies_in_the_middle_of_the_gap_where_most_is_right() {
        assert_eq!(threshold(&answers(&[(5.0, Some(0)), (1.0, None), (4.0, Some(0)), (3.0, Some(1))])), 3.5);
    }

    #[test]
    fn of_thresholds_that_are_equally_right_the_strictest_is_taken() {
        // Letting the last two pass as well gains one and loses one.
        assert_eq!(threshold(&answers(&[(5.0, Some(0)), (3.0, None), (2.0, Some(0))])), 4.0);
        assert_eq!(threshold(&answers(&[(5.0, None), (3.0, Some(0))])), 6.0);
    }

    #[test]
    fn a_threshold_never_parts_equal_scores() {
        assert_eq!(threshold(&answers(&[(5.0, Some(0)), (5.0, None), (5.0, None)])), 6.0);
        assert_eq!(threshold(&answers(&[(5.0, None), (5.0, Some(0)), (5.0, Some(0))])), 4.5);
        assert_eq!(threshold(&[]), 0.0);
    }

    #[test]
    fn refused_texts_in_scope_count_as_wrong() {
        let measured =
            Measured::under(2.0, &answers(&[(3.0, Some(0)), (1.0, Some(0)), (3.0, Some(1)), (1.0, None), (2.0, None)]));
        assert_eq!(measured.recall, 0.5);
        assert!((measured.accuracy - 1.0 / 3.0).abs() < 1e-12 && (measured.labelled - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn any_label_is_likelier_the_more_of_them_may_be_meant() {
        // ln 2 for each output that says nothing either way.
        assert!((any(&[0.0, 0.0]) - 2.0 * core::f64::consts::LN_2).abs() < 1e-12);
        assert!(any(&[0.1, 0.0]) > any(&[0.0, 0.0]) && any(&[1.0, -1.0]) > any(&[0.5, -1.0]));
        assert!(any(&[1e6]).is_finite() && any(&[-1e6]) < 1e-12);
    }

    #[test]
    fn what_was_seen_is_recognised_and_what_was_not_scores_lower() {
        let query = |text, label| Query { text, label: Some(label) };
        let seen = [
            query("play some music", 0),
            query("play a song", 0),
            query("what is the weather", 1),
            query("will it rain today", 1),
        ];
        for seed in [1, 2] {
            let heads = ShortTexts::<2>::fit(&seen, seed);
            assert_eq!(heads.answer("play that song").label, 0);
            assert_eq!(heads.answer("is it going to rain").label, 1);
            assert!(heads.answer("play that song").score > heads.answer("xyzzy quux").score);
            assert_eq!(heads.answer("play a song"), ShortTexts::<2>::fit(&seen, seed).answer("play a song"));
        }
    }
}
