//! A second opinion from a large language model: any endpoint that speaks the OpenAI API's chat completions.
//!
//! Invariants:
//! - a question is one request, without tools, at temperature 0, whose answer has a strict schema: one of the intents
//!   that there are, or none, and values;
//! - no address and no telephone number leaves this machine: placeholders stand for them;
//! - the ticket stands between two lines that do not occur in it and is called data; what it says to a model changes
//!   neither the question nor the form that an answer must have;
//! - an answer of any other form is none: of several choices, cut short, with a call of a tool, with a field more, with
//!   an intent that nobody offered;
//! - neither the ticket nor the answer's words nor the key reach a log line or an error's text.
//!
//! Deliberately absent: retries (the classifier's own answer stands at once), streaming, tools, conversations, a cache,
//! and any decision: what an opinion can bring about is `countersign_domain::second_opinion`'s.

mod answer;
mod breaker;
mod hidden;
mod llm;
mod question;

pub use llm::{Llm, LlmSettings};
