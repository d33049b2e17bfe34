//! The linear model: a topic head over the built-in intents and a request head that says whether anything is asked.
//!
//! The file: 8 bytes of magic, the number of rows, the floats of [`Settings`], then the rows sorted by key: key, one signed
//! byte per output, and how rare the feature is. All little-endian. The weights are whole numbers, so that sums do not
//! depend on their order.

use std::fmt;

use crate::{cues::HashedMap, features::Features};

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
/// Topics, and the request head last.
pub(crate) const OUTPUTS: usize = INTENTS.len() + 1;
/// The place of the request head.
pub(crate) const REQUEST: usize = INTENTS.len();

const MAGIC: &[u8; 8] = b"CSCLASS1";
const FLOATS: usize = 3 * OUTPUTS + 3;
const ROW: usize = 4 + OUTPUTS + 1;
/// What one cue counts for.
pub(crate) const CUE_VALUE: f64 = 0.25;
/// What the words of a ticket count for together.
pub(crate) const GRAM_VALUE: f64 = 2.0;
/// Words below this number do not count for more because they are few.
const FEWEST_GRAMS: u32 = 24;
/// Rarity in the file: steps per natural logarithm.
pub(crate) const RARITY_STEPS: f64 = 24.0;

/// What is not a row: scales of the weights, biases and calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    pub(crate) gram_scale: [f32; OUTPUTS],
    pub(crate) cue_scale: [f32; OUTPUTS],
    pub(crate) bias: [f32; OUTPUTS],
    /// The request head's calibrated confidence is the logistic function of `slope * x + offset`.
    pub(crate) slope: f32,
    pub(crate) offset: f32,
    /// The topic head's outputs are multiplied by this before they become shares.
    pub(crate) sharpness: f32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) weights: [i8; OUTPUTS],
    pub(crate) rarity: u8,
}

/// A model, ready to score.
pub(crate) struct Model {
    rows: HashedMap<Row>,
    settings: Settings,
    rarest: u8,
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
}

/// The key of a feature in the file.
pub(crate) fn key(feature: u64) -> u32 {
    let folded = (feature ^ (feature >> 32)) & u64::from(u32::MAX);
    u32::try_from(folded).unwrap_or(u32::MAX)
}

/// Spreads a file's key over the 64 bits that the table wants.
fn spread(key: u32) -> u64 {
    u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Model {
    pub(crate) fn from_parts(settings: Settings, rows: &[(u32, Row)]) -> Self {
        let rarest = rows.iter().map(|(_, row)| row.rarity).max().unwrap_or(0);
        let rows = rows.iter().map(|(key, row)| (spread(*key), *row)).collect();
        Self { rows, settings, rarest }
    }

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
            gram_scale: std::array::from_fn(|_| next()),
            cue_scale: std::array::from_fn(|_| next()),
            bias: std::array::from_fn(|_| next()),
            slope: next(),
            offset: next(),
            sharpness: next(),
        };
        let rows: Vec<_> = body
            .chunks_exact(ROW)
            .map(|row| {
                let weights = std::array::from_fn(|output| i8::from_le_bytes([row[4 + output]]));
                (u32::from_le_bytes([row[0], row[1], row[2], row[3]]), Row { weights, rarity: row[ROW - 1] })
            })
            .collect();
        Ok(Self::from_parts(settings, &rows))
    }

    /// Writes a model file; `rows` sorted by key.
    pub(crate) fn write(settings: &Settings, rows: &[(u32, Row)]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
        let lists = [&settings.gram_scale, &settings.cue_scale, &settings.bias];
        let floats = lists.into_iter().flatten().chain([&settings.slope, &settings.offset, &settings.sharpness]);
        bytes.extend(floats.flat_map(|value| value.to_le_bytes()));
        for (key, row) in rows {
            bytes.extend(key.to_le_bytes());
            bytes.extend(row.weights.iter().map(|weight| weight.to_le_bytes()[0]));
            bytes.push(row.rarity);
        }
        bytes
    }

    /// The heads' outputs before calibration.
    pub(crate) fn outputs(&self, features: &Features) -> [f64; OUTPUTS] {
        let (grams, known) = self.sum(&features.grams);
        let (cues, _) = self.sum(&features.cues);
        let gram_value = gram_value(known);
        std::array::from_fn(|output| {
            f64::from(self.settings.bias[output])
                + f64::from(grams[output]) * f64::from(self.settings.gram_scale[output]) * gram_value
                + f64::from(cues[output]) * f64::from(self.settings.cue_scale[output]) * CUE_VALUE
        })
    }

    fn sum(&self, features: &[u64]) -> ([i32; OUTPUTS], u32) {
        let mut sums = [0_i32; OUTPUTS];
        let mut known = 0;
        for feature in features {
            if let Some(row) = self.rows.get(&spread(key(*feature))) {
                known += 1;
                for (sum, weight) in sums.iter_mut().zip(row.weights) {
                    *sum += i32::from(weight);
                }
            }
        }
        (sums, known)
    }

    /// The heads' answers.
    pub(crate) fn score(&self, features: &Features) -> Scores {
        self.calibrate(&self.outputs(features))
    }

    pub(crate) fn calibrate(&self, outputs: &[f64; OUTPUTS]) -> Scores {
        let request = logistic(f64::from(self.settings.slope) * outputs[REQUEST] + f64::from(self.settings.offset));
        let sharpness = f64::from(self.settings.sharpness);
        Scores { request, topics: shares(std::array::from_fn(|topic| outputs[topic] * sharpness)) }
    }

    /// How rare a word is among the tickets that the model was made from.
    pub(crate) fn rarity(&self, feature: u64) -> f64 {
        let steps = self.rows.get(&spread(key(feature))).map_or(self.rarest, |row| row.rarity);
        f64::from(steps) / RARITY_STEPS
    }
}

/// What one known word counts for, so that long and short tickets compare.
pub(crate) fn gram_value(known: u32) -> f64 {
    GRAM_VALUE / libm::sqrt(f64::from(known.max(FEWEST_GRAMS)))
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
