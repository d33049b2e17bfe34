//! From scores to a confidence that can be taken at its word, and the floors from which an intent is acted on. Both are
//! measured on tickets that were held out.

use crate::model::{INTENTS, OUTPUTS, REQUEST, calibrated, logistic, shares};

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
        let best = calibrated(&self.outputs, curve.slope, curve.offset, curve.sharpness).best();
        if self.several { (best.0, 0.0) } else { best }
    }
}

/// How outputs become shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    pub(crate) slope: f64,
    pub(crate) offset: f64,
    pub(crate) sharpness: f64,
}

/// The curve under which held-out tickets are likeliest.
pub(crate) fn curve(judged: &[Judged]) -> Curve {
    let (slope, offset) = platt(judged);
    Curve { slope, offset, sharpness: sharpness(judged) }
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

/// Logistic regression of being a request on the request head's output, by Newton's method.
fn platt(judged: &[Judged]) -> (f64, f64) {
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..40 {
        let (mut by_slope, mut by_offset) = (0.0, 0.0);
        let (mut ss, mut so, mut oo) = (1e-6, 0.0, 1e-6);
        for ticket in judged {
            let x = f64::from(ticket.outputs[REQUEST]);
            let share = logistic(slope * x + offset);
            // A little less than certain, so that a clean separation does not make the slope endless.
            let wanted = if ticket.intent.is_some() { 0.998 } else { 0.002 };
            let (error, bend) = (share - wanted, (share * (1.0 - share)).max(1e-9));
            by_slope += error * x;
            by_offset += error;
            ss += bend * x * x;
            so += bend * x;
            oo += bend;
        }
        let determinant = ss * oo - so * so;
        if determinant.abs() < 1e-9 {
            break;
        }
        slope -= ((oo * by_slope - so * by_offset) / determinant).clamp(-1.0, 1.0);
        offset -= ((ss * by_offset - so * by_slope) / determinant).clamp(-1.0, 1.0);
    }
    (slope.max(0.05), offset)
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
