//! Intents of an administrator's own runbooks, recognised by closeness to the examples in their files.
//!
//! A ticket is close to an example as far as they share words, rare words counting more. It is left alone where it is as
//! close to a text that the file says is none, or where it speaks of what is done, asked about or not wanted and the
//! examples do not.

use countersign_domain::{ids::IntentName, runbook::Runbook};

use crate::{
    cues::{self, Cue, Cues},
    extract::Wanted,
    features::{Features, plain_words},
    model::Model,
    text::Reading,
};

/// What makes a ticket something else than a request, unless an example speaks so as well.
const ELSE: [Cue; 7] = [cues::HOWTO, cues::DONE, cues::NEGATED, cues::COST, cues::STATUS, cues::NEWS, cues::WITHDRAWN];
/// Closeness and the confidence it gives; between two points a straight line.
const CURVE: [(f64, f64); 6] = [(0.0, 0.0), (0.25, 0.40), (0.40, 0.80), (0.55, 0.90), (0.80, 0.97), (1.0, 0.99)];

/// A text as it is compared: its words with their weights, by word.
struct Vector {
    words: Vec<(u64, f64)>,
    length: f64,
    cues: Cues,
}

/// One intent of an administrator's runbook.
pub(crate) struct Custom {
    pub(crate) intent: IntentName,
    pub(crate) wanted: Wanted,
    examples: Vec<Vector>,
    not_examples: Vec<Vector>,
}

impl Custom {
    pub(crate) fn new(runbook: &Runbook, model: &Model) -> Self {
        let vectors =
            |texts: &[String]| texts.iter().map(|text| Vector::new(&Reading::new("", text), model)).collect::<Vec<_>>();
        Self {
            intent: runbook.intent.clone(),
            wanted: Wanted::of(runbook.params.iter().map(|param| param.kind), true),
            examples: vectors(&runbook.examples),
            not_examples: vectors(&runbook.not_examples),
        }
    }

    /// How sure it is that a ticket asks for this, from 0 to 1.
    fn confidence(&self, ticket: &Vector) -> f64 {
        let nearest = self.examples.iter().map(|example| (ticket.closeness(example), example.cues));
        let Some((closeness, cues)) = nearest.max_by(|(a, _), (b, _)| a.total_cmp(b)) else { return 0.0 };
        let against = self.not_examples.iter().map(|example| ticket.closeness(example)).fold(0.0, f64::max);
        let otherwise = ELSE.iter().any(|cue| ticket.cues.has(*cue) && !cues.has(*cue));
        if against >= closeness {
            return 0.0;
        }
        curve(closeness) * if otherwise { 0.5 } else { 1.0 }
    }
}

/// The likeliest of these intents and how sure it is.
pub(crate) fn likeliest<'c>(customs: &'c [Custom], reading: &Reading, model: &Model) -> Option<(&'c Custom, f64)> {
    if customs.is_empty() {
        return None;
    }
    let ticket = Vector::new(reading, model);
    customs
        .iter()
        .map(|custom| (custom, custom.confidence(&ticket)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .filter(|(_, confidence)| *confidence > 0.0)
}

impl Vector {
    fn new(reading: &Reading, model: &Model) -> Self {
        let words: Vec<_> = plain_words(reading)
            .into_iter()
            .map(|word| (word, model.rarity(word)))
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        let length = libm::sqrt(words.iter().map(|(_, weight)| weight * weight).sum());
        Self { words, length, cues: Features::of(reading).all }
    }

    /// The cosine between two texts. A long ticket is measured against an example of ordinary length.
    fn closeness(&self, example: &Self) -> f64 {
        let (mut mine, mut theirs, mut shared) = (0, 0, 0.0);
        while let (Some((a, weight)), Some((b, _))) = (self.words.get(mine), example.words.get(theirs)) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => mine += 1,
                std::cmp::Ordering::Greater => theirs += 1,
                std::cmp::Ordering::Equal => {
                    shared += weight * weight;
                    mine += 1;
                    theirs += 1;
                }
            }
        }
        let length = self.length * example.length;
        if length > 0.0 { shared / length } else { 0.0 }
    }
}

fn curve(closeness: f64) -> f64 {
    CURVE.windows(2).find(|pair| closeness <= pair[1].0).map_or(CURVE[CURVE.len() - 1].1, |pair| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        y0 + (y1 - y0) * (closeness - x0) / (x1 - x0)
    })
}
