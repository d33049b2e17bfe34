//! The optional larger encoder: a BERT-family sentence encoder read from a folder, for whoever wants more than the
//! embedded classifier gives and has some 100 ms a ticket to spare.
//!
//! Invariants:
//! - nothing is used that was not asked for: the weights' SHA-256 is held against the expected one before they are read;
//! - a folder is refused at start, with what is missing, or it serves every text: sizes are bounded, the shapes are
//!   tried out at the shortest and at the longest text;
//! - the same text gives the same numbers on the same kind of processor; between kinds the last digits differ;
//! - ticket text is only ever text: no word of it is taken for one of the tokenizer's markers.
//!
//! Deliberately absent: downloading, graphics cards, training of the encoder, logging (a ticket's text may hold anything).

mod bert;
mod encoder;
mod error;
mod files;

pub use encoder::{Encoder, MOST_PIECES};
pub use error::EncoderError;
