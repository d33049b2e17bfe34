//! The catalogue: runbooks as data, the built-in ones and an administrator's own, read from TOML and checked.
//!
//! Invariants:
//! - what [`parse`] accepts can be planned: every step names declared parameters of the kind its action needs, and an
//!   action that its system can perform;
//! - a file is accepted whole or refused whole, and every complaint names file, line and column;
//! - a [`Catalogue`] serves an intent by one runbook, and an id means one runbook.
//!
//! Deliberately absent: reading of folders (texts are handed in), an expression language, any effect of a runbook.

mod catalogue;
mod fields;
mod problem;
mod read;
mod steps;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, builtin};
pub use problem::Problem;
pub use read::parse;
