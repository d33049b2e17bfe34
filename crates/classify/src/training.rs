//! Makes the model from labelled tickets. Used when the classifier is developed; a running service never learns.
//!
//! The same tickets give the same bytes on every machine: fixed orders, sums in one order, `libm` for logarithms and
//! exponentials.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::{
    calibration::{self, Judged},
    features::Features,
    model::{
        CUE_VALUE, INTENTS, Model, OUTPUTS, RARITY_STEPS, REQUEST, Row, Settings, gram_value, key, logistic, shares,
    },
    text::Reading,
};

/// Rounds over all tickets.
const ROUNDS: usize = 24;
const RATE: f64 = 0.25;
/// How much a weight shrinks each time it is touched.
const DECAY: f64 = 2e-4;
/// Parts of the tickets that are held out in turn, to see how sure the model may be of what it was not made from.
const FOLDS: usize = 10;
/// A feature seen in fewer tickets is left out.
const FEWEST_SEEN: u32 = 2;
const SEED: u64 = 0x2545_f491_4f6c_dd1d;

/// A labelled ticket.
#[derive(Debug, Clone)]
pub struct Labelled {
    intent: Option<usize>,
    features: Features,
}

/// Training texts that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {says}")]
pub struct BadText {
    /// The file as it was named.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    s: String,
    d: String,
}

/// Reads training texts: a JSON object a line with `s` (subject) and `d` (description). `intent` is the label of them
/// all, a built-in intent or `none`.
///
/// # Errors
/// The first line that is no such object, or an unknown label.
pub fn read(file: &str, intent: &str, text: &str) -> Result<Vec<Labelled>, BadText> {
    let bad = |line, says: String| BadText { file: file.to_owned(), line, says };
    let label = INTENTS.iter().position(|known| *known == intent);
    if label.is_none() && intent != "none" {
        return Err(bad(1, format!("unknown label {intent}")));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(place, line)| {
            let read: Line = serde_json::from_str(line).map_err(|error| bad(place + 1, error.to_string()))?;
            Ok(Labelled { intent: label, features: Features::of(&Reading::new(&read.s, &read.d)) })
        })
        .collect()
}

/// What was seen on tickets that were held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Tickets.
    pub tickets: usize,
    /// Rows of the model.
    pub rows: usize,
    /// Per intent, and `none` last: tickets, and how many of them were answered rightly at the default floor.
    pub right: Vec<(String, usize, usize)>,
    /// Tickets that ask for nothing and were answered with an intent at the default floor.
    pub fired_on_nothing: usize,
    /// Tickets that ask for one intent and were answered with another at the default floor.
    pub mistaken: usize,
    /// The places, in the order of the tickets, of those two kinds of error.
    pub errors: Vec<usize>,
}

/// Makes a model file.
pub fn fit(tickets: &[Labelled]) -> (Vec<u8>, Report) {
    let mut judged = Vec::with_capacity(tickets.len());
    for fold in 0..FOLDS {
        let seen: Vec<&Labelled> = held(tickets, |at| at % FOLDS != fold);
        let (settings, rows) = Fit::new(&seen).run();
        let model = Model::from_parts(settings, &rows);
        for (at, ticket) in tickets.iter().enumerate().filter(|(at, _)| at % FOLDS == fold) {
            judged.push((at, Judged { intent: ticket.intent, outputs: model.outputs(&ticket.features) }));
        }
    }
    judged.sort_by_key(|(at, _)| *at);
    let judged: Vec<Judged> = judged.into_iter().map(|(_, judged)| judged).collect();
    let (mut settings, rows) = Fit::new(&held(tickets, |_| true)).run();
    calibration::set(&mut settings, &judged);
    let report = report(&judged, &Model::from_parts(settings, &[]), rows.len());
    (Model::write(&settings, &rows), report)
}

fn held(tickets: &[Labelled], wanted: impl Fn(usize) -> bool) -> Vec<&Labelled> {
    tickets.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, ticket)| ticket).collect()
}

fn report(judged: &[Judged], calibrated: &Model, rows: usize) -> Report {
    let mut right = vec![(0, 0); INTENTS.len() + 1];
    let (mut fired_on_nothing, mut mistaken, mut errors) = (0, 0, Vec::new());
    for (at, ticket) in judged.iter().enumerate() {
        let answer = calibration::answer(&calibrated.calibrate(&ticket.outputs), calibration::FLOOR);
        let class = &mut right[ticket.intent.unwrap_or(INTENTS.len())];
        class.0 += 1;
        class.1 += usize::from(answer == ticket.intent);
        if answer.is_some() && answer != ticket.intent {
            let count = if ticket.intent.is_none() { &mut fired_on_nothing } else { &mut mistaken };
            *count += 1;
            errors.push(at);
        }
    }
    let names = INTENTS.iter().chain(&["none"]).map(|name| (*name).to_owned());
    let right = names.zip(right).map(|(name, (all, right))| (name, all, right)).collect();
    Report { tickets: judged.len(), rows, right, fired_on_nothing, mistaken, errors }
}

/// One fit in progress.
struct Fit<'t> {
    /// Each ticket's intent and its features as rows: words, then cues.
    tickets: Vec<(&'t Labelled, Vec<usize>, Vec<usize>)>,
    keys: Vec<u32>,
    seen: Vec<u32>,
    is_cue: Vec<bool>,
    weights: Vec<[f64; OUTPUTS]>,
    squares: Vec<[f64; OUTPUTS]>,
    bias: [f64; OUTPUTS],
    bias_squares: [f64; OUTPUTS],
}

impl<'t> Fit<'t> {
    fn new(tickets: &[&'t Labelled]) -> Self {
        let mut seen: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
        for ticket in tickets {
            for (list, is_cue) in [(&ticket.features.grams, false), (&ticket.features.cues, true)] {
                for feature in list {
                    seen.entry(key(*feature)).or_insert((0, is_cue)).0 += 1;
                }
            }
        }
        seen.retain(|_, (count, _)| *count >= FEWEST_SEEN);
        let places: BTreeMap<u32, usize> = seen.keys().enumerate().map(|(place, key)| (*key, place)).collect();
        let rows = |list: &[u64]| list.iter().filter_map(|feature| places.get(&key(*feature)).copied()).collect();
        let tickets =
            tickets.iter().map(|ticket| (*ticket, rows(&ticket.features.grams), rows(&ticket.features.cues))).collect();
        let count = seen.len();
        Self {
            tickets,
            keys: seen.keys().copied().collect(),
            seen: seen.values().map(|(count, _)| *count).collect(),
            is_cue: seen.values().map(|(_, is_cue)| *is_cue).collect(),
            weights: vec![[0.0; OUTPUTS]; count],
            squares: vec![[1e-3; OUTPUTS]; count],
            bias: [0.0; OUTPUTS],
            bias_squares: [1e-3; OUTPUTS],
        }
    }

    fn run(mut self) -> (Settings, Vec<(u32, Row)>) {
        let mut order: Vec<usize> = (0..self.tickets.len()).collect();
        let mut state = SEED;
        for round in 0..ROUNDS {
            shuffle(&mut order, &mut state);
            let rate = RATE / (1.0 + round as f64 / 8.0);
            for at in &order {
                self.learn(*at, rate);
            }
        }
        self.quantised()
    }

    fn learn(&mut self, at: usize, rate: f64) {
        let (ticket, grams, cues) = &self.tickets[at];
        let gram_value = gram_value(u32::try_from(grams.len()).unwrap_or(u32::MAX));
        let features = || grams.iter().map(|row| (*row, gram_value)).chain(cues.iter().map(|row| (*row, CUE_VALUE)));
        let mut outputs = self.bias;
        for (row, value) in features() {
            for (output, weight) in outputs.iter_mut().zip(&self.weights[row]) {
                *output += weight * value;
            }
        }
        let errors = errors(ticket.intent, &outputs);
        for (output, error) in errors.iter().enumerate() {
            self.bias_squares[output] += error * error;
            self.bias[output] -= rate * error / libm::sqrt(self.bias_squares[output]);
        }
        for (row, value) in features() {
            let (weights, squares) = (&mut self.weights[row], &mut self.squares[row]);
            for (output, error) in errors.iter().enumerate() {
                let slope = error * value;
                if slope != 0.0 {
                    squares[output] += slope * slope;
                    weights[output] -= rate * slope / libm::sqrt(squares[output]) + DECAY * weights[output];
                }
            }
        }
    }

    fn quantised(&self) -> (Settings, Vec<(u32, Row)>) {
        let scale = |of_cues: bool| -> [f32; OUTPUTS] {
            std::array::from_fn(|output| {
                let rows = self.weights.iter().zip(&self.is_cue).filter(|(_, is_cue)| **is_cue == of_cues);
                let largest = rows.map(|(row, _)| row[output].abs()).fold(1e-6, f64::max);
                narrowed(largest / 127.0)
            })
        };
        let (gram_scale, cue_scale) = (scale(false), scale(true));
        let rows = (0..self.keys.len())
            .map(|row| {
                let scale = if self.is_cue[row] { &cue_scale } else { &gram_scale };
                let weights = std::array::from_fn(|output| whole(self.weights[row][output] / f64::from(scale[output])));
                let rarity = libm::log((self.tickets.len() as f64 + 1.0) / f64::from(self.seen[row]));
                (self.keys[row], Row { weights, rarity: byte(rarity * RARITY_STEPS) })
            })
            .collect();
        let bias = self.bias.map(narrowed);
        (Settings { gram_scale, cue_scale, bias, slope: 1.0, offset: 0.0, sharpness: 1.0 }, rows)
    }
}

/// How far each output is off. The topic head learns from requests alone.
fn errors(intent: Option<usize>, outputs: &[f64; OUTPUTS]) -> [f64; OUTPUTS] {
    let mut errors = [0.0; OUTPUTS];
    if let Some(intent) = intent {
        let shares = shares(std::array::from_fn(|topic| outputs[topic]));
        for topic in 0..INTENTS.len() {
            errors[topic] = shares[topic] - f64::from(u8::from(topic == intent));
        }
    }
    errors[REQUEST] = logistic(outputs[REQUEST]) - f64::from(u8::from(intent.is_some()));
    errors
}

fn shuffle(order: &mut [usize], state: &mut u64) {
    for place in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let other = usize::try_from(*state % (place as u64 + 1)).unwrap_or(0);
        order.swap(place, other);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a weight's magnitude fits, and the file has single precision")]
pub(crate) fn narrowed(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the byte's range")]
fn whole(value: f64) -> i8 {
    libm::round(value).clamp(-127.0, 127.0) as i8
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the byte's range")]
fn byte(value: f64) -> u8 {
    libm::round(value).clamp(0.0, 255.0) as u8
}
