//! The head's file, and how its shares join the embedded model's.
//!
//! The file: 8 bytes of magic, the digests of the encoder's weights and of the embedded model that it was made with, the
//! layers that are read (their number and each as 4 bytes), the width, the numbers of [`Mixing`], what the net gives of
//! the trial text, then the net. All little-endian.

use countersign_domain::{classification::Said, digest::Digest};
use thiserror::Error;

use super::{
    SHARES, SentenceEncoder,
    net::{Net, shares, sizes},
    reading::{Rows, knows, rows, text_of},
};

const MAGIC: &[u8; 8] = b"CSHEAD01";
/// More layers than any encoder has, and wider than any row is.
const MOST_LAYERS: usize = 8;
const WIDEST: usize = 16_384;
/// Read when a head meets an encoder: another tokenizer or another arrangement of the same weights gives other outputs.
const TRIAL: &str = "Zugang | Hi, I can't sign in any more: PASSWORD-reset for zoë@example.test, s'il vous plaît?";
/// How far outputs may be apart, on another kind of processor, to count as the same. They span some units.
const APART: f32 = 0.02;

/// A head that cannot be used.
#[derive(Debug, Error)]
pub enum HeadError {
    /// The bytes are no head's.
    #[error("this is not a head for an encoder, or not a whole one; {HOW}")]
    NotAHead,
    /// It was made for another encoder.
    #[error("the head was made for the encoder with the SHA-256 {made_for}, and this one has {found}; {HOW}")]
    OtherEncoder {
        /// The encoder that it was made for.
        made_for: Digest,
        /// The one at hand.
        found: Digest,
    },
    /// It was made beside another embedded model.
    #[error("the head was made with another version of the classifier; {HOW}")]
    OtherModel,
    /// The weights are the right ones, and yet something else comes out.
    #[error(
        "the encoder reads otherwise than when its head was made, though the weights are the same: look whether \
         config.json and tokenizer.json are those that belong to them"
    )]
    OtherReading,
}

const HOW: &str = "make one for this encoder with `cargo xtask train --encoder FOLDER`";

/// How the net's shares join the embedded model's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mixing {
    /// What the net's shares weigh, from 0 to 1; the embedded model's weigh the rest.
    pub(crate) weight: f32,
    /// How much surer, above 1, or less sure the mixed shares are made.
    pub(crate) sharpness: f32,
    /// What is added in favour of nothing being asked.
    pub(crate) caution: f32,
}

/// What joins an encoder's reading to the embedded model's answer.
pub struct Head {
    pub(crate) encoder: Digest,
    pub(crate) model: Digest,
    pub(crate) layers: Vec<usize>,
    pub(crate) mixing: Mixing,
    pub(crate) trial: [f32; SHARES],
    pub(crate) net: Net,
}

impl Head {
    /// Reads a head's file.
    ///
    /// # Errors
    /// [`HeadError::NotAHead`].
    pub fn read(bytes: &[u8]) -> Result<Self, HeadError> {
        Self::parse(bytes).ok_or(HeadError::NotAHead)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (encoder, rest) = rest.split_first_chunk::<32>()?;
        let (model, rest) = rest.split_first_chunk::<32>()?;
        let (count, mut rest) = whole(rest)?;
        let mut layers = Vec::new();
        for _ in 0..(count <= MOST_LAYERS).then_some(count)? {
            let (layer, after) = whole(rest)?;
            layers.push(layer);
            rest = after;
        }
        let (width, rest) = whole(rest)?;
        if !(1..=WIDEST).contains(&width) || rest.len() != 4 * (3 + SHARES + sizes(width).iter().sum::<usize>()) {
            return None;
        }
        let four = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        let all: Vec<f32> = rest.chunks_exact(4).map(four).collect();
        if !all.iter().all(|number| number.is_finite()) {
            return None;
        }
        let ([weight, sharpness, caution], rest) = all.split_first_chunk::<3>()?;
        let (trial, numbers) = rest.split_first_chunk::<SHARES>()?;
        Some(Self {
            encoder: Digest(*encoder),
            model: Digest(*model),
            layers,
            mixing: Mixing { weight: *weight, sharpness: *sharpness, caution: *caution },
            trial: *trial,
            net: Net { width, numbers: numbers.to_vec() },
        })
    }

    /// Writes a head's file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let four = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.encoder.0);
        bytes.extend(self.model.0);
        bytes.extend(four(self.layers.len()));
        bytes.extend(self.layers.iter().flat_map(|layer| four(*layer)));
        bytes.extend(four(self.net.width));
        let mixing = [self.mixing.weight, self.mixing.sharpness, self.mixing.caution];
        let all = mixing.iter().chain(&self.trial).chain(&self.net.numbers);
        bytes.extend(all.flat_map(|number| number.to_le_bytes()));
        bytes
    }

    /// The SHA-256 of the weights of the encoder that it was made for.
    pub fn encoder(&self) -> Digest {
        self.encoder
    }

    /// Whether it goes with this encoder and this embedded model. Reads a trial text.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, encoder: &dyn SentenceEncoder, model: Digest) -> Result<(), HeadError> {
        if self.encoder != encoder.digest() {
            return Err(HeadError::OtherEncoder { made_for: self.encoder, found: encoder.digest() });
        }
        if self.model != model {
            return Err(HeadError::OtherModel);
        }
        let same = |found: [f32; SHARES]| found.iter().zip(self.trial).all(|(a, b)| (a - b).abs() <= APART);
        match self.outputs(encoder, TRIAL) {
            Some(found) if same(found) => Ok(()),
            Some(_) | None => Err(HeadError::OtherReading),
        }
    }

    /// The shares of a ticket's text joined to the embedded model's `own`. `None` where the encoder cannot read it, or
    /// does not know its language.
    pub fn shares(&self, encoder: &dyn SentenceEncoder, said: &Said, own: &[f64; SHARES]) -> Option<[f64; SHARES]> {
        let text = text_of(said);
        knows(encoder, &text).filter(|knows| *knows)?;
        let outputs = self.outputs(encoder, &text)?;
        Some(self.mixing.join(own, &shares(&outputs)))
    }

    /// What the net gives of the trial text with this encoder.
    pub(crate) fn on_trial(&self, encoder: &dyn SentenceEncoder) -> Option<[f32; SHARES]> {
        self.outputs(encoder, TRIAL)
    }

    fn outputs(&self, encoder: &dyn SentenceEncoder, text: &str) -> Option<[f32; SHARES]> {
        let rows: Rows = rows(encoder, &self.layers, text).filter(|rows| rows.width == self.net.width)?;
        Some(self.net.outputs(&rows))
    }
}

impl Mixing {
    /// Joins two sets of shares.
    pub(crate) fn join(&self, own: &[f64; SHARES], read: &[f64; SHARES]) -> [f64; SHARES] {
        let weight = f64::from(self.weight);
        let mut raised: [f64; SHARES] = std::array::from_fn(|class| {
            let mixed = (1.0 - weight) * own[class] + weight * read[class];
            f64::from(self.sharpness) * libm::log(mixed.max(1e-9))
        });
        raised[SHARES - 1] += f64::from(self.caution);
        let highest = raised.iter().copied().fold(f64::MIN, f64::max);
        let raised = raised.map(|number| libm::exp(number - highest));
        let sum: f64 = raised.iter().sum();
        raised.map(|number| number / sum)
    }
}

/// Four bytes as a number, and what follows them.
fn whole(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (four, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*four)).ok()?, rest))
}
