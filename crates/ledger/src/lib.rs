//! The ledger: one append-only hash chain for each org, its verification, and its export for verification elsewhere.
//!
//! Invariants:
//! - an entry's hash covers every header field, the hash of the entry before it and the commitment to its body;
//! - entries are numbered from 1 without gaps; the chain begins at a genesis hash made from the org's name;
//! - a body is only ever bound by a salted commitment, so it can be erased later and the chain still verifies;
//! - a verifier that has met a fault never ends in a summary.
//!
//! What the chain alone cannot show: that its last entries were cut off, or that it was written anew from some entry
//! on. Both are found when the head is known from elsewhere (the store's head row, a head noted earlier) and given to
//! [`Verifier::expect_head`].
//!
//! The formats are written down in `docs/formats/ledger.md`. Deliberately absent: domain types, storage, network,
//! clocks and randomness (time and salt come with the [`Draft`]).

mod entry;
mod export;
mod hex;
mod verify;

pub use entry::{Body, Draft, Entry, Hash, Head, commitment, genesis, seal};
pub use export::{ExportFault, FORMAT, MAX_LINE_BYTES, verify_export, write_entry, write_header};
pub use hex::to_hex;
pub use verify::{Fault, Summary, Verifier};
