//! The adapter against a stateful fake Okta: what it plans, reads and writes, and what it makes of failures.

mod failures;
mod steps;
mod support;
