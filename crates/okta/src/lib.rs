//! Okta: a typed client of its management API, and the system adapter.
//!
//! Two rooms:
//! - [`client`] speaks the vendor's language and knows nothing of runs, plans or steps; another integration can use it
//!   alone (`examples/find_user.rs` does).
//! - [`adapter`] implements [`countersign_domain::ports::System`] with it.
//!
//! Invariants:
//! - the link with which a password is set is always mailed by Okta; no method here can ask for it;
//! - a user is searched by exact login, address or name, and read again by id, since Okta's search lags behind;
//! - nothing is sent to a user whose status was not read right before;
//! - neither ids, addresses nor a credential stand in any error or log line;
//! - no call is made that [`client::Operation`] does not know with the rights it takes.
//!
//! Deliberately absent: setting or expiring passwords, one-time tokens, deactivating and deleting, changing groups
//! themselves, applications, policies, signing in for a user.

pub mod adapter;
pub mod client;

pub use adapter::{ACTIONS, Okta, operations, permissions, scopes};
pub use client::{Client, ClientError};
