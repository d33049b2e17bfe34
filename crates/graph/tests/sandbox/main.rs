//! The adapter against the sandbox's Entra tenant, which enforces what Microsoft documents.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod groups;
mod licences;
mod sign_in;
mod system;
mod world;
