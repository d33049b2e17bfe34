//! From scores to a confidence that can be taken at its word, and the floors from which an intent is acted on. Both are
//! measured on tickets that were held out.

use crate::{
    model::{INTENTS, MANNER, OUTPUTS, REQUEST, Scores, logistic, shares},
    training::narrowed,
};

/// Of the tickets that ask for nothing, the share that may be acted on: with a certainty of 95 %, as the upper
/// Clopper-Pearson bound of what was seen.
pub const MOST_FIRED: f64 = 0.01;
/// The same for one intent alone, where acting wrongly does the most harm.
pub const MOST_SUSPENDED: f64 = 0.0025;
const CERTAINTY: f64 = 0.95;
const SUSPEND: usize = 5;

/// A held-out ticket and what a model that had not seen it put out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    pub(crate) intent: Option<usize>,
    pub(crate) outputs: [f32; OUTPUTS],
    /// Whether several people are meant, so that there is no single action, whatever the outputs say.
    pub(crate) several: bool,
}

impl Judged {
    /// The likeliest topic and how sure it is that it is asked for.
    pub(crate) fn best(&self, curve: &Curve) -> (usize, f64) {
        let best = curve.scores(&self.outputs).best();
        if self.several { (best.0, 0.0) } else { best }
    }
}

/// What says whether anything is asked: the request head, the likeliest topic's head and the next one's, and the manner
/// head.
pub(crate) const SIGNS: usize = 4;

/// How outputs become shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    /// What each sign counts for.
    pub(crate) weights: [f32; SIGNS],
    pub(crate) offset: f32,
    /// The topic head's outputs are multiplied by this before they become shares.
    pub(crate) sharpness: f32,
}

impl Curve {
    /// The curve under which held-out tickets are likeliest.
    pub(crate) fn of(judged: &[Judged]) -> Self {
        let (weights, offset) = weights(judged);
        Self { weights: weights.map(narrowed), offset: narrowed(offset), sharpness: narrowed(sharpness(judged)) }
    }

    /// Outputs as shares.
    pub(crate) fn scores(&self, outputs: &[f32; OUTPUTS]) -> Scores {
        let weighed = self.weights.iter().zip(signs(outputs)).map(|(weight, sign)| f64::from(*weight) * sign);
        Scores {
            request: logistic(weighed.sum::<f64>() + f64::from(self.offset)),
            topics: shares(std::array::from_fn(|topic| f64::from(outputs[topic]) * f64::from(self.sharpness))),
            manner: logistic(f64::from(outputs[MANNER])),
        }
    }
}

fn signs(outputs: &[f32; OUTPUTS]) -> [f64; SIGNS] {
    let (mut first, mut second) = (f32::MIN, f32::MIN);
    for output in &outputs[..INTENTS.len()] {
        if *output > first {
            (first, second) = (*output, first);
        } else {
            second = second.max(*output);
        }
    }
    [outputs[REQUEST], first, second, outputs[MANNER]].map(f64::from)
}

/// The floors by intent, from the confidences and topics of held-out tickets that ask for nothing.
pub(crate) fn floors(judged: &[Judged], curve: &Curve) -> [f64; INTENTS.len()] {
    let nothing: Vec<(usize, f64)> =
        judged.iter().filter(|ticket| ticket.intent.is_none()).map(|ticket| ticket.best(curve)).collect();
    let all = floor(nothing.iter().map(|(_, confidence)| *confidence), nothing.len(), MOST_FIRED);
    let suspended = nothing.iter().filter(|(topic, _)| *topic == SUSPEND).map(|(_, confidence)| *confidence);
    let mut floors = [all; INTENTS.len()];
    floors[SUSPEND] = all.max(floor(suspended, nothing.len(), MOST_SUSPENDED));
    floors
}

/// The lowest floor, in steps of a thousandth, above which so few confidences lie that the bound on their share of
/// `all` is at most `most`.
fn floor(confidences: impl Iterator<Item = f64>, all: usize, most: f64) -> f64 {
    let mut confidences: Vec<f64> = confidences.collect();
    confidences.sort_by(|a, b| b.total_cmp(a));
    let allowed = (0..=confidences.len()).take_while(|fired| at_most(*fired, all) <= most).last();
    let highest_refused = match allowed {
        None => 1.0,
        Some(allowed) => confidences.get(allowed).copied().unwrap_or(0.0),
    };
    (libm::floor(highest_refused * 1_000.0) + 1.0).min(1_000.0) / 1_000.0
}

/// The upper Clopper-Pearson bound on a share of which `seen` of `all` were seen.
pub fn at_most(seen: usize, all: usize) -> f64 {
    if seen >= all {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let share = (low + high) / 2.0;
        if no_more_than(seen, all, share) > 1.0 - CERTAINTY { low = share } else { high = share }
    }
    high
}

/// How likely it is to see no more than `seen` of `all` where the share is this.
#[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
fn no_more_than(seen: usize, all: usize, share: f64) -> f64 {
    let all = all as f64;
    let term = |k: f64| {
        let ways = libm::lgamma(all + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(all - k + 1.0);
        libm::exp(ways + k * libm::log(share) + (all - k) * libm::log1p(-share))
    };
    (0..=seen).map(|k| term(k as f64)).sum()
}

/// Logistic regression of being a request on the signs, by as many steps down the slope as it takes to stand still.
#[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
fn weights(judged: &[Judged]) -> ([f64; SIGNS], f64) {
    const STEPS: usize = 3_000;
    const STEP: f64 = 4.0;
    let seen: Vec<([f64; SIGNS], f64)> =
        judged.iter().map(|ticket| (signs(&ticket.outputs), f64::from(u8::from(ticket.intent.is_some())))).collect();
    let (mut weights, mut offset) = ([1.0; SIGNS], 0.0);
    let step = STEP / seen.len().max(1) as f64;
    for _ in 0..STEPS {
        let (mut slopes, mut slope) = ([0.0; SIGNS], 0.0);
        for (signs, wanted) in &seen {
            let weighed = weights.iter().zip(signs).map(|(weight, sign)| weight * sign);
            let error = logistic(weighed.sum::<f64>() + offset) - wanted;
            slopes.iter_mut().zip(signs).for_each(|(slope, sign)| *slope += error * sign);
            slope += error;
        }
        weights.iter_mut().zip(slopes).for_each(|(weight, slope)| *weight -= step * slope);
        offset -= step * slope;
    }
    (weights, offset)
}

/// The factor on the topic head's outputs under which held-out requests are likeliest.
fn sharpness(judged: &[Judged]) -> f64 {
    let loss = |sharpness: f64| -> f64 {
        let of = |ticket: &Judged| {
            let topics = shares(std::array::from_fn(|topic| f64::from(ticket.outputs[topic]) * sharpness));
            ticket.intent.map_or(0.0, |intent| -libm::log(topics[intent].max(1e-12)))
        };
        judged.iter().map(of).sum()
    };
    let mut best = (f64::MAX, 1.0);
    for tenth in 2..120 {
        let sharpness = f64::from(tenth) / 10.0;
        let loss = loss(sharpness);
        if loss < best.0 {
            best = (loss, sharpness);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_clopper_and_pearson() {
        // 1 - 0.05^(1/n) for none seen; the others from the beta distribution's quantiles.
        for (seen, all, bound) in
            [(0, 100, 0.029_513), (0, 300, 0.009_936), (1, 100, 0.046_560), (5, 500, 0.020_922), (10, 10, 1.0)]
        {
            assert!((at_most(seen, all) - bound).abs() < 2e-5, "{seen} of {all}: {}", at_most(seen, all));
        }
    }

    #[test]
    fn a_floor_lets_no_more_pass_than_the_bound_allows() {
        let confidences: Vec<f64> = (0..1_000).map(|place| f64::from(place) / 1_000.0).collect();
        let floor = floor(confidences.iter().copied(), 1_000, 0.01);
        let fired = confidences.iter().filter(|confidence| **confidence >= floor).count();
        assert!(at_most(fired, 1_000) <= 0.01 && at_most(fired + 1, 1_000) > 0.01, "{fired}");
        assert_eq!(super::floor(std::iter::empty(), 0, 0.01), 1.0);
    }

    #[test]
    fn where_too_few_were_seen_nothing_is_acted_on() {
        assert_eq!(floor([0.2].into_iter(), 50, 0.01), 1.0);
    }
}
