//! The server as its callers meet it: the wire, the keys, every route's good and bad input, the errors' form.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod access;
mod decisions;
mod description;
mod errors;
mod health;
mod ingest;
mod keys;
mod proxies;
mod public;
mod quarantine;
mod reading;
mod story;
mod support;
mod switch;
mod tls;
mod tls_files;
mod webhooks;
mod wire;
mod wire_bodies;
