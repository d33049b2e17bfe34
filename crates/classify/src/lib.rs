//! The embedded classifier: what a ticket asks for, and about whom, without any service outside.
//!
//! Invariants:
//! - total and deterministic: any text gets an answer, the same on every machine;
//! - every value is a stretch of the ticket's visible text, or the requester's own address;
//! - signatures, quoted mails, hidden markup and text aimed at software neither choose an intent nor name a target;
//! - the confidence is measured on tickets the model was not made from, and leans towards leaving a ticket alone.
//!
//! A linear model (`heads`, `model`) weighs hashed words, cues and concepts (`features`), rules find the values
//! (`extract`). The model is made from the tickets in `data/` by `cargo xtask train`; a test refuses a model that those
//! tickets do not give. How good it is stands in `docs/CLASSIFIER.md`.
//!
//! Deliberately absent: learning at run time, any network, any logging (a ticket's text may hold anything), the floor's
//! application (the caller's policy), reading of attachments.

pub mod calibration;
mod concepts;
pub mod corpus;
mod cues;
mod custom;
mod embedded;
pub mod encoded;
pub mod evaluation;
mod extract;
mod features;
mod heads;
mod line;
mod model;
mod phrases;
pub mod report;
pub mod short_texts;
mod text;
pub mod training;
mod words;

pub use custom::{LEAST_RECALL, Weak, trial};
pub use embedded::{DEFAULT_FLOOR, Embedded, Sizes, floor_of};
pub use encoded::SentenceEncoder;
pub use line::LineError;
