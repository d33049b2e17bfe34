//! The larger encoder's part: how it is asked, and the head that joins what it reads to the embedded model's answer.
//!
//! The last layer of a sentence encoder says what a text is about, which the embedded model knows well enough; whether
//! anything is asked stands in the middle layers, word piece by word piece. The head reads those by a convolution over
//! five neighbouring pieces, and its shares are mixed with the embedded model's.

mod head;
mod larger;
mod net;
mod reading;
#[cfg(test)]
mod tests;
pub mod training;

use countersign_domain::digest::Digest;

use crate::model::{self, Scores};

pub use head::{Head, HeadError};
pub use larger::Larger;

/// What the head takes of the embedded model, and what it gives: a share for each built-in intent, and last that for
/// nothing being asked. They sum to 1.
pub const SHARES: usize = INTENTS + 1;

/// How many built-in intents there are.
pub const INTENTS: usize = model::INTENTS.len();

/// The head's file for all-MiniLM-L6-v2, made with the embedded model as it is.
pub const BUILT_IN: &[u8] = include_bytes!("../../head.bin");

/// Scores as shares of the classes.
pub(crate) fn shares_of(scores: &Scores) -> [f64; SHARES] {
    std::array::from_fn(|class| match scores.topics.get(class) {
        Some(topic) => scores.request * topic,
        None => 1.0 - scores.request,
    })
}

/// A larger encoder: makes numbers of a text, for each word piece, in the light of the words around it.
pub trait SentenceEncoder: Send + Sync {
    /// The SHA-256 of its weights.
    fn digest(&self) -> Digest;

    /// How many numbers a word piece becomes.
    fn width(&self) -> usize;

    /// How many layers it has.
    fn layers(&self) -> usize;

    /// Reads a text: for each of `after` what its word pieces are after so many layers (0: the words as such), `width`
    /// numbers for each piece, row after row; as many rows each time and at least one. `None` where it cannot.
    fn read(&self, text: &str, after: &[usize]) -> Option<Vec<Vec<f32>>>;
}
