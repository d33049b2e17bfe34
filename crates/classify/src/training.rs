//! Makes the model from the labelled tickets. Used when the classifier is developed; a running service never learns.
//!
//! The same tickets give the same bytes on every machine: fixed orders, sums in one order, `libm` for logarithms and
//! exponentials.

use std::collections::BTreeSet;

use crate::{
    calibration::{self, Curve, Judged},
    corpus::Labelled,
    cues::{SEED, hash_word},
    embedded,
    features::Sparse,
    heads::{Fitted, Recipe, Wish},
    model::{INTENTS, MANNER, Model, OUTPUTS, REQUEST, Settings, quantised},
};

/// Parts of the tickets that are held out in turn.
pub const FOLDS: usize = 10;
/// Topic and request heads.
const RECIPE: Recipe = Recipe { rounds: 10, fewest_seen: 2, lengths: [1.0, 0.3, 1.0, 0.0, 0.5] };
/// The manner head.
const MANNERLY: Recipe = Recipe { rounds: 10, fewest_seen: 2, lengths: [0.0, 0.0, 0.0, 1.0, 0.0] };
/// What it costs a topic head to miss a ticket that asks for its intent; any other mistake costs 1.
const MISSED: f32 = 4.0;

/// A ticket as the heads learn from it.
pub(crate) struct Lesson {
    pub(crate) intent: Option<usize>,
    /// By topic, whether a ticket that asks for it would mean several people.
    several: [bool; INTENTS.len()],
    pub(crate) sparse: Sparse,
}

impl Lesson {
    pub(crate) fn new(ticket: &Labelled) -> Self {
        Self { intent: ticket.intent(), several: embedded::several(ticket), sparse: ticket.sparse() }
    }
}

/// The fold in which a ticket is held out: one for all tickets of a family.
pub(crate) fn fold(ticket: &Labelled) -> usize {
    let hash = hash_word(SEED, &ticket.family);
    usize::try_from((hash ^ (hash >> 29)) % FOLDS as u64).unwrap_or(0)
}

/// A model made of all tickets, and what models that had not seen each of them put out.
pub(crate) struct Trained {
    pub(crate) bytes: Vec<u8>,
    pub(crate) curve: Curve,
    pub(crate) floors: [f64; INTENTS.len()],
    /// In the order of the tickets.
    pub(crate) judged: Vec<Judged>,
}

/// Fits the heads on these lessons.
pub(crate) fn fit(lessons: &[&Lesson]) -> Fitted<OUTPUTS> {
    let examples: Vec<&Sparse> = lessons.iter().map(|lesson| &lesson.sparse).collect();
    let about = Fitted::<MANNER>::fit(&examples, &RECIPE, |at| {
        let intent = lessons[at].intent;
        std::array::from_fn(|output| match output {
            REQUEST => Wish::new(intent.is_some(), 1.0),
            topic if intent == Some(topic) => Wish::new(true, MISSED),
            _ => Wish::new(false, 1.0),
        })
    });
    let manner = Fitted::<1>::fit(&examples, &MANNERLY, |at| [Wish::new(lessons[at].intent.is_some(), 1.0)]);
    about.beside(&manner)
}

/// Held-out outputs of all tickets; `group` says which of so many parts a ticket belongs to.
pub(crate) fn held_out(lessons: &[Lesson], group: &[usize], groups: usize) -> Vec<Judged> {
    let mut found = Vec::with_capacity(lessons.len());
    for held in 0..groups {
        let seen: Vec<&Lesson> =
            lessons.iter().zip(group).filter(|(_, group)| **group != held).map(|(l, _)| l).collect();
        let fitted = fit(&seen);
        for (at, lesson) in lessons.iter().enumerate().filter(|(at, _)| group[*at] == held) {
            found.push((at, judged(lesson, fitted.outputs(&lesson.sparse))));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, judged)| judged).collect()
}

fn judged(lesson: &Lesson, outputs: [f32; OUTPUTS]) -> Judged {
    let topic = (0..INTENTS.len()).reduce(|best, topic| if outputs[topic] > outputs[best] { topic } else { best });
    Judged { intent: lesson.intent, outputs, several: topic.is_some_and(|topic| lesson.several[topic]) }
}

/// Makes a model of these tickets.
pub(crate) fn train(tickets: &[Labelled]) -> Trained {
    let lessons: Vec<Lesson> = tickets.iter().map(Lesson::new).collect();
    let folds: Vec<usize> = tickets.iter().map(fold).collect();
    let judged = held_out(&lessons, &folds, FOLDS);
    let curve = Curve::of(&judged);
    let floors = calibration::floors(&judged, &curve);
    let fitted = fit(&lessons.iter().collect::<Vec<_>>());
    let (scales, rows) = quantised(&fitted);
    let settings = Settings { scales, lengths: fitted.lengths, bias: fitted.bias, curve, floors: floors.map(narrowed) };
    Trained { bytes: Model::write(&settings, &rows), curve, floors, judged }
}

/// Makes the bytes of a model of these tickets.
pub fn model_of(tickets: &[Labelled]) -> Vec<u8> {
    train(tickets).bytes
}

/// Answers to each ticket by models made without its author, under the curve and the floors of this one.
pub(crate) fn judged_by_others(tickets: &[Labelled]) -> Vec<Judged> {
    let lessons: Vec<Lesson> = tickets.iter().map(Lesson::new).collect();
    let authors: Vec<&str> = tickets.iter().map(|ticket| ticket.author.as_str()).collect();
    let distinct: Vec<&str> = authors.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let group: Vec<usize> = authors.iter().filter_map(|author| distinct.binary_search(author).ok()).collect();
    held_out(&lessons, &group, distinct.len())
}

#[expect(clippy::cast_possible_truncation, reason = "a weight's magnitude fits, and the file has single precision")]
pub(crate) fn narrowed(value: f64) -> f32 {
    value as f32
}
