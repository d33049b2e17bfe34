//! The adapter against a stateful fake Okta: what it plans, reads and writes, and what it makes of failures.

mod check;
mod contract;
mod failures;
mod group_roles;
mod oauth;
mod rights;
mod standing;
mod steps;
mod support;
