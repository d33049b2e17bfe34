//! Intents of an administrator's own runbooks: a small head for each, fitted when the program starts on the examples in
//! its file against all labelled tickets the classifier was made from. The shipped heads stay as they are.
//!
//! A head knows only what stands in its own examples, so that eight of them are enough to say what the intent is about;
//! whether it is asked for is judged by the shipped manner head.

use countersign_domain::{ids::IntentName, runbook::Runbook};
use std::collections::BTreeSet;

use crate::{
    extract::Wanted,
    features::{self, Features, Sparse},
    heads::{Fitted, Recipe, Wish},
    model::{Scores, logistic},
    text::Reading,
};

const RECIPE: Recipe = Recipe { rounds: 10, fewest_seen: 1, lengths: [1.0, 0.0, 1.0, 0.0, 0.0] };
/// How many of the shipped tickets one example outweighs.
const EXAMPLE_WEIGHT: f32 = 40.0;
/// The same for a text that the file says is none.
const NOT_EXAMPLE_WEIGHT: f32 = 20.0;
/// A manner as likely as this to be asking takes nothing off the confidence.
const PLAINLY_ASKED: f64 = 0.5;

/// One intent of an administrator's runbook.
pub(crate) struct Custom {
    pub(crate) intent: IntentName,
    pub(crate) wanted: Wanted,
    head: Fitted<1>,
}

/// A text that a head learns from.
struct Lesson {
    sparse: Sparse,
    is_example: bool,
    weight: f32,
}

/// The features of a text as heads of this kind see them.
pub(crate) fn sparse(text: &str) -> Sparse {
    Features::of(&Reading::new("", text)).sparse
}

impl Custom {
    /// Fits a head on a runbook's examples against the shipped tickets.
    pub(crate) fn new(runbook: &Runbook, shipped: &[Sparse]) -> Self {
        let texts = |texts: &[String]| texts.iter().map(|text| sparse(text)).collect::<Vec<_>>();
        Self {
            intent: runbook.intent.clone(),
            wanted: Wanted::of(runbook.params.iter().map(|param| param.kind), true),
            head: head(&texts(&runbook.examples), &texts(&runbook.not_examples), shipped),
        }
    }

    /// How sure it is that a ticket asks for this, from 0 to 1.
    pub(crate) fn confidence(&self, ticket: &Sparse, scores: &Scores) -> f64 {
        let about = logistic(f64::from(self.head.outputs(ticket)[0]));
        about * (scores.manner / PLAINLY_ASKED).min(1.0)
    }
}

/// Fits a head that knows the features of these examples alone.
fn head(examples: &[Sparse], not_examples: &[Sparse], shipped: &[Sparse]) -> Fitted<1> {
    let known: BTreeSet<u32> = examples.iter().chain(not_examples).flat_map(keys).collect();
    let lesson =
        |sparse: &Sparse, is_example, weight| Lesson { sparse: restricted(sparse, &known), is_example, weight };
    let lessons: Vec<Lesson> = shipped
        .iter()
        .map(|sparse| lesson(sparse, false, 1.0))
        .chain(not_examples.iter().map(|sparse| lesson(sparse, false, NOT_EXAMPLE_WEIGHT)))
        .chain(examples.iter().map(|sparse| lesson(sparse, true, EXAMPLE_WEIGHT)))
        .collect();
    let sparse: Vec<&Sparse> = lessons.iter().map(|lesson| &lesson.sparse).collect();
    Fitted::fit(&sparse, &RECIPE, |at| [Wish::new(lessons[at].is_example, lessons[at].weight)])
}

fn keys(sparse: &Sparse) -> impl Iterator<Item = u32> + '_ {
    [features::WORDS, features::CONCEPTS].into_iter().flat_map(|group| sparse.groups[group].iter().copied())
}

/// What of a text is known.
fn restricted(sparse: &Sparse, known: &BTreeSet<u32>) -> Sparse {
    let mut found = Sparse::default();
    for group in [features::WORDS, features::CONCEPTS] {
        found.groups[group] = sparse.groups[group].iter().copied().filter(|key| known.contains(key)).collect();
    }
    found
}

/// The likeliest of these intents and how sure it is.
pub(crate) fn likeliest<'c>(customs: &'c [Custom], ticket: &Sparse, scores: &Scores) -> Option<(&'c Custom, f64)> {
    customs
        .iter()
        .map(|custom| (custom, custom.confidence(ticket, scores)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .filter(|(_, confidence)| *confidence > 0.0)
}
