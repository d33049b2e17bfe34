//! Microsoft Graph v1.0: Entra ID and Microsoft 365.
//!
//! Two rooms. [`client`] is a typed client of the handful of Graph calls that Countersign needs; it knows nothing of
//! Countersign's domain and can be used alone (see `examples/directory.rs`). [`adapter`] implements the domain's
//! `System` port with it, as the kind `graph`.
//!
//! Invariants:
//! - the only `DELETE` this crate can send ends a group membership: [`client::MemberRefPath`] always ends in `/$ref`,
//!   without which Graph would delete the *user*;
//! - no identifier reaches a path unless it is an [`client::Id`]; no text reaches a `$filter` unless its quotes are
//!   doubled;
//! - a licence is never guessed: several products that fit are candidates for a human;
//! - what cannot be seen for want of a licence or permission is said, and is no failure of the plan; but nobody is taken
//!   for unprotected because their roles or groups cannot be read;
//! - what the application must be granted is said in one place, [`client::Operation::permissions`], by the calls that are
//!   made: [`adapter::permissions`] only sums it up.
//!
//! Deliberately absent: delegated permissions, advanced queries (`ConsistencyLevel: eventual`, whose index lags behind
//! what was just written), batches, change notifications, and every call that creates or deletes a user.

pub mod adapter;
pub mod client;
