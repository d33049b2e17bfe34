//! From scores to a confidence that can be taken at its word, measured on tickets that were held out.

use crate::{
    model::{INTENTS, OUTPUTS, REQUEST, Scores, Settings, logistic, shares},
    training::narrowed,
};

/// The floor below which nothing is done, where nobody sets another.
pub(crate) const FLOOR: f64 = 0.80;
/// Of the tickets that ask for nothing, the share that may pass the floor when held out.
const FALSE_SHARE: f64 = 0.015;

/// A held-out ticket and what a model that had not seen it put out.
pub(crate) struct Judged {
    pub(crate) intent: Option<usize>,
    pub(crate) outputs: [f64; OUTPUTS],
}

/// The likeliest topic and how likely it is, and asked for, together.
pub(crate) fn best(scores: &Scores) -> (usize, f64) {
    let mut best = 0;
    for topic in 1..INTENTS.len() {
        if scores.topics[topic] > scores.topics[best] {
            best = topic;
        }
    }
    (best, scores.request * scores.topics[best])
}

/// The intent that passes the floor.
pub(crate) fn answer(scores: &Scores, floor: f64) -> Option<usize> {
    let (topic, confidence) = best(scores);
    (confidence >= floor).then_some(topic)
}

/// Sets slope, offset and sharpness from held-out tickets, then lowers the offset until few enough of those that ask
/// for nothing pass the floor.
pub(crate) fn set(settings: &mut Settings, judged: &[Judged]) {
    let (slope, mut offset) = platt(judged);
    let sharpness = sharpness(judged);
    let nothing: Vec<_> = judged.iter().filter(|ticket| ticket.intent.is_none()).collect();
    let fires = |offset: f64| {
        let passes = |ticket: &&&Judged| {
            let topics = shares(std::array::from_fn(|topic| ticket.outputs[topic] * sharpness));
            let request = logistic(slope * ticket.outputs[REQUEST] + offset);
            answer(&Scores { request, topics }, FLOOR).is_some()
        };
        nothing.iter().filter(passes).count() as f64
    };
    for _ in 0..200 {
        if fires(offset) <= FALSE_SHARE * nothing.len() as f64 {
            break;
        }
        offset -= 0.02;
    }
    settings.slope = narrowed(slope);
    settings.offset = narrowed(offset);
    settings.sharpness = narrowed(sharpness);
}

/// Logistic regression of being a request on the request head's output, by Newton's method.
fn platt(judged: &[Judged]) -> (f64, f64) {
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..40 {
        let (mut by_slope, mut by_offset) = (0.0, 0.0);
        let (mut ss, mut so, mut oo) = (1e-6, 0.0, 1e-6);
        for ticket in judged {
            let x = ticket.outputs[REQUEST];
            let share = logistic(slope * x + offset);
            // A little less than certain, so that a clean separation does not make the slope endless.
            let wanted = if ticket.intent.is_some() { 0.995 } else { 0.005 };
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
            let topics = shares(std::array::from_fn(|topic| ticket.outputs[topic] * sharpness));
            ticket.intent.map_or(0.0, |intent| -libm::log(topics[intent].max(1e-12)))
        };
        judged.iter().map(of).sum()
    };
    let mut best = (f64::MAX, 1.0);
    for tenth in 2..40 {
        let sharpness = f64::from(tenth) / 10.0;
        let loss = loss(sharpness);
        if loss < best.0 {
            best = (loss, sharpness);
        }
    }
    best.1
}
