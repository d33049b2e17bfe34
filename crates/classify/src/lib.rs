//! The embedded classifier: what a ticket asks for, and about whom, without any service outside.
//!
//! Invariants:
//! - total and deterministic: any text gets an answer, the same on every machine;
//! - every value is a stretch of the ticket's visible text, or the requester's own address;
//! - signatures, quoted mails, hidden markup and text aimed at software neither choose an intent nor name a target;
//! - the confidence is measured on tickets the model was not made from, and leans towards leaving a ticket alone.
//!
//! A linear model weighs hashed words and cues (`cues`), rules find the values (`extract`). The model is made from the
//! texts in `data/` by `cargo run -p countersign-classify --example train`; a test refuses a model that those texts do
//! not give.
//!
//! Deliberately absent: learning at run time, any network, any logging (a ticket's text may hold anything), the floor's
//! application (the caller's policy), reading of attachments.

mod calibration;
mod cues;
mod custom;
mod embedded;
mod extract;
mod features;
mod line;
mod model;
mod text;
pub mod training;
mod words;

pub use embedded::Embedded;
pub use line::{DEFAULT_FLOOR, LineError};
