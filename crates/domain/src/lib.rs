//! Every rule about what may happen to a run, and the ports through which it happens.
//!
//! - [`decide::decide`] and [`evolve::evolve`] are the state machine: synchronous, total, pure. The very same functions
//!   run in production and in tests.
//! - No step starts without a person's approval of exactly the plan's digest: see [`decide::ApprovedPlan`].
//! - Times, identifiers and chance are handed in.
//!
//! Deliberately absent: input and output, a runtime, a clock, randomness, any vendor's types. (`PersonRef::Slack` is how the
//! configuration names an approver, and so how a decision is matched.)

pub mod card;
pub mod classification;
pub mod command;
pub mod decide;
pub mod digest;
pub mod effect;
pub mod event;
pub mod evolve;
pub mod ids;
pub mod mode;
pub mod note;
pub mod outcome;
pub mod pause;
pub mod person;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod protection;
mod replan;
pub mod run;
pub mod runbook;
pub mod second_opinion;
pub mod shown;
pub mod ticket;
pub mod time;
