//! The adapter against the sandbox's Entra tenant, which enforces what Microsoft documents.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod check;
mod contract;
mod groups;
mod licences;
mod nesting;
mod permissions;
mod sign_in;
mod standing;
mod system;
mod world;
