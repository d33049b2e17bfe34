//! The linear model: a topic head over the built-in intents, a request head that says whether anything is asked that
//! one of them serves, and a manner head that says so by the manner alone, whatever is asked for.
//!
//! The file: 8 bytes of magic, the number of rows, the floats of [`Settings`], then the rows sorted by key: key, group,
//! and one signed byte per output. All little-endian. The weights are whole numbers, so that sums do not depend on their
//! order.

mod rows;

use std::fmt;

use rows::Rows;

use crate::{
    calibration::{Curve, SIGNS},
    features::{GROUPS, Sparse},
    heads::{Fitted, value},
};

/// The built-in intents, in the order of the model's outputs.
pub(crate) const INTENTS: [&str; 7] = [
    "password_reset",
    "mfa_reset",
    "new_hire_provisioning",
    "license_assignment",
    "account_unlock",
    "suspend_account",
    "group_membership",
];
/// Topics, the request head, and last the manner head: whether anything is asked, judged by the manner alone.
pub(crate) const OUTPUTS: usize = INTENTS.len() + 2;
/// The place of the request head.
pub(crate) const REQUEST: usize = INTENTS.len();
/// The place of the manner head.
pub(crate) const MANNER: usize = INTENTS.len() + 1;

const MAGIC: &[u8; 8] = b"CSCLASS3";
const FLOATS: usize = GROUPS * OUTPUTS + GROUPS + OUTPUTS + SIGNS + 2 + INTENTS.len();
const ROW: usize = 4 + 1 + OUTPUTS;

/// What is not a row: scales of the weights, biases, calibration and floors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// What a step of a weight stands for, by group of features and output.
    pub(crate) scales: [[f32; OUTPUTS]; GROUPS],
    /// The length of each group's vector.
    pub(crate) lengths: [f32; GROUPS],
    pub(crate) bias: [f32; OUTPUTS],
    /// How outputs become shares.
    pub(crate) curve: Curve,
    /// The confidence from which each intent is acted on.
    pub(crate) floors: [f32; INTENTS.len()],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<const N: usize = OUTPUTS> {
    pub(crate) group: u8,
    pub(crate) weights: [i8; N],
}

/// A model, ready to score.
pub(crate) struct Model {
    rows: Rows,
    settings: Settings,
}

/// A model file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotAModel(&'static str);

impl fmt::Display for NotAModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the classifier's model {}", self.0)
    }
}

/// The heads' answers about one ticket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scores {
    /// Whether anything is asked that an intent serves, from 0 to 1, calibrated.
    pub(crate) request: f64,
    /// Which intent, if any is: shares that sum to 1.
    pub(crate) topics: [f64; INTENTS.len()],
    /// Whether it is said as one asks, whatever for, from 0 to 1.
    pub(crate) manner: f64,
}

impl Scores {
    /// Those of a ticket without words.
    pub(crate) const NOTHING: Self = Self { request: 0.0, topics: [0.0; INTENTS.len()], manner: 0.0 };

    /// Those of these shares of the intents, and last of nothing being asked.
    pub(crate) fn of_shares(shares: &[f64; INTENTS.len() + 1], manner: f64) -> Self {
        let request = (1.0 - shares[INTENTS.len()]).max(f64::MIN_POSITIVE);
        Self { request, topics: std::array::from_fn(|topic| shares[topic] / request), manner }
    }

    /// The likeliest topic and how likely it is that it is asked for.
    pub(crate) fn best(&self) -> (usize, f64) {
        let mut best = 0;
        for topic in 1..INTENTS.len() {
            if self.topics[topic] > self.topics[best] {
                best = topic;
            }
        }
        (best, self.request * self.topics[best])
    }
}

impl Model {
    /// Reads a model file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NotAModel> {
        let body = bytes.strip_prefix(MAGIC).ok_or(NotAModel("does not begin with its magic"))?;
        let (count, body) = body.split_first_chunk::<4>().ok_or(NotAModel("is cut short"))?;
        let (floats, body) = body.split_at_checked(FLOATS * 4).ok_or(NotAModel("is cut short"))?;
        let count = u32::from_le_bytes(*count) as usize;
        if body.len() != count * ROW {
            return Err(NotAModel("has another number of rows than it says"));
        }
        let mut values = floats.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || values.next().unwrap_or(0.0);
        let settings = Settings {
            scales: std::array::from_fn(|_| std::array::from_fn(|_| next())),
            lengths: std::array::from_fn(|_| next()),
            bias: std::array::from_fn(|_| next()),
            curve: Curve { weights: std::array::from_fn(|_| next()), offset: next(), sharpness: next() },
            floors: std::array::from_fn(|_| next()),
        };
        let rows: Vec<_> = body.chunks_exact(ROW).map(read_row).collect();
        if rows.iter().any(|(_, row)| usize::from(row.group) >= GROUPS) {
            return Err(NotAModel("has a row of an unknown group"));
        }
        if !rows.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(NotAModel("has rows that are not in order"));
        }
        Ok(Self { rows: Rows::new(&rows), settings })
    }

    /// Writes a model file; `rows` sorted by key.
    pub(crate) fn write(settings: &Settings, rows: &[(u32, Row)]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
        let Settings { scales, lengths, bias, curve, floors } = settings;
        let curve = curve.weights.iter().chain([&curve.offset, &curve.sharpness]);
        let floats = scales.iter().flatten().chain(lengths).chain(bias).chain(curve).chain(floors);
        bytes.extend(floats.flat_map(|value| value.to_le_bytes()));
        for (key, row) in rows {
            bytes.extend(key.to_le_bytes());
            bytes.push(row.group);
            bytes.extend(row.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        }
        bytes
    }

    /// The heads' outputs before calibration.
    pub(crate) fn outputs(&self, sparse: &Sparse) -> [f32; OUTPUTS] {
        let mut outputs = self.settings.bias;
        for (group, keys) in sparse.groups.iter().enumerate() {
            let sums = self.rows.sum(keys);
            let value = value(keys.len(), self.settings.lengths[group]);
            for (output, sum) in sums.into_iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "thousands of bytes sum to far less than 2^24")]
                let sum = sum as f32;
                outputs[output] += sum * self.settings.scales[group][output] * value;
            }
        }
        outputs
    }

    /// Outputs as calibrated shares.
    pub(crate) fn calibrated(&self, outputs: &[f32; OUTPUTS]) -> Scores {
        self.settings.curve.scores(outputs)
    }

    pub(crate) fn score(&self, sparse: &Sparse) -> Scores {
        self.calibrated(&self.outputs(sparse))
    }

    /// The confidence from which an intent, by its place, is acted on.
    pub(crate) fn floor(&self, topic: usize) -> f64 {
        f64::from(self.settings.floors[topic])
    }
}

fn read_row(row: &[u8]) -> (u32, Row) {
    let weights = std::array::from_fn(|output| i8::from_le_bytes([row[5 + output]]));
    (u32::from_le_bytes([row[0], row[1], row[2], row[3]]), Row { group: row[4], weights })
}

/// Quantises fitted heads: scales, and rows sorted by key.
pub(crate) fn quantised<const N: usize>(fitted: &Fitted<N>) -> ([[f32; N]; GROUPS], Vec<(u32, Row<N>)>) {
    let mut largest = [[1e-6_f32; N]; GROUPS];
    for (group, weights) in fitted.groups.iter().zip(&fitted.weights) {
        for (largest, weight) in largest[usize::from(*group)].iter_mut().zip(weights) {
            *largest = largest.max(weight.abs());
        }
    }
    let scales = largest.map(|outputs| outputs.map(|largest| largest / 127.0));
    let rows = fitted.keys.iter().zip(&fitted.groups).zip(&fitted.weights).map(|((key, group), weights)| {
        let scales = &scales[usize::from(*group)];
        let weights = std::array::from_fn(|output| whole(weights[output] / scales[output]));
        (*key, Row { group: *group, weights })
    });
    (scales, rows.collect())
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the byte's range")]
fn whole(value: f32) -> i8 {
    libm::roundf(value).clamp(-127.0, 127.0) as i8
}

pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The softmax.
pub(crate) fn shares(outputs: [f64; INTENTS.len()]) -> [f64; INTENTS.len()] {
    let highest = outputs.iter().copied().fold(f64::MIN, f64::max);
    let raised = outputs.map(|output| libm::exp(output - highest));
    let sum: f64 = raised.iter().sum();
    raised.map(|share| share / sum)
}
