//! Verification of a chain, entry by entry, in constant memory.

use crate::entry::{Body, Entry, Head, commitment, genesis};

/// Why a chain does not verify. Every message says what it means; org names are shown escaped, since they may come
/// from a file that was tampered with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Entries are missing.
    #[error(
        "ledger of {org:?}: entry {expected} was expected and entry {found} found: the entries between were removed, \
         or the order was changed"
    )]
    Gap {
        /// The org whose ledger was being verified.
        org: String,
        /// The number that comes next.
        expected: u64,
        /// The number that was there.
        found: u64,
    },
    /// An entry is there twice, or later than its place.
    #[error(
        "ledger of {org:?}: entry {expected} was expected and entry {found} found again: an entry was repeated, \
         inserted or moved"
    )]
    OutOfOrder {
        /// The org whose ledger was being verified.
        org: String,
        /// The number that comes next.
        expected: u64,
        /// The number that was there.
        found: u64,
    },
    /// An entry belongs to another org's chain.
    #[error("ledger of {org:?}: entry {seq} says it belongs to {found:?}: it was put in from another ledger or edited")]
    OtherOrg {
        /// The org whose ledger was being verified.
        org: String,
        /// The number the entry bears.
        seq: u64,
        /// The org it names.
        found: String,
    },
    /// An entry does not follow the one before it.
    #[error(
        "ledger of {org:?}: entry {seq} does not follow the entry before it (its previous hash is another): the entry \
         before it was replaced, or this one was put in"
    )]
    WrongPrevious {
        /// The org whose ledger was being verified.
        org: String,
        /// The entry.
        seq: u64,
    },
    /// A header does not have the hash it bears.
    #[error(
        "ledger of {org:?}: the header of entry {seq} does not have the hash recorded with it: the header or its hash \
         was changed after it was written"
    )]
    HeaderHash {
        /// The org whose ledger was being verified.
        org: String,
        /// The entry.
        seq: u64,
    },
    /// A body is not the one that was committed to.
    #[error(
        "ledger of {org:?}: the body of entry {seq} does not match its commitment: the body or its salt was changed \
         after it was written (an erased body would be absent)"
    )]
    BodyMismatch {
        /// The org whose ledger was being verified.
        org: String,
        /// The entry.
        seq: u64,
    },
    /// A body is there where none was committed to.
    #[error("ledger of {org:?}: entry {seq} was written without a body and now has one: the body was added later")]
    BodyWithoutCommitment {
        /// The org whose ledger was being verified.
        org: String,
        /// The entry.
        seq: u64,
    },
    /// The chain ends before the known head.
    #[error(
        "ledger of {org:?}: it ends with entry {found}, and its head is known to be entry {expected}: the last entries \
         were removed"
    )]
    Truncated {
        /// The org whose ledger was being verified.
        org: String,
        /// The number of the known head.
        expected: u64,
        /// The last number found.
        found: u64,
    },
    /// The chain goes on after the known head.
    #[error(
        "ledger of {org:?}: it goes on to entry {found}, and its head is known to be entry {expected}: entries were \
         added past the head, or the known head is an older one"
    )]
    BeyondHead {
        /// The org whose ledger was being verified.
        org: String,
        /// The number of the known head.
        expected: u64,
        /// The last number found.
        found: u64,
    },
    /// The chain has the known length and another last hash.
    #[error(
        "ledger of {org:?}: entry {seq}, its head, has another hash than the one known: the chain was written anew \
         from some entry on, or the known head is wrong"
    )]
    HeadHash {
        /// The org whose ledger was being verified.
        org: String,
        /// The number of the head.
        seq: u64,
    },
}

/// What a verified chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The org whose chain it is.
    pub org: String,
    /// Entries verified.
    pub entries: u64,
    /// Bodies that are there and match their commitment.
    pub bodies_present: u64,
    /// Bodies that were committed to and are no longer there.
    pub bodies_erased: u64,
    /// Where the chain ends.
    pub head: Head,
}

/// Verifies one org's chain from its first entry on. Time that goes backwards is not a fault: clocks are set.
#[derive(Clone, Debug)]
pub struct Verifier {
    summary: Summary,
    expected_head: Option<Head>,
    fault: Option<Fault>,
}

impl Verifier {
    /// Begins with the org's empty chain.
    #[must_use]
    pub fn new(org: &str) -> Self {
        let summary =
            Summary { org: org.to_owned(), entries: 0, bodies_present: 0, bodies_erased: 0, head: genesis(org) };
        Self { summary, expected_head: None, fault: None }
    }

    /// Demands that the chain ends with exactly this head. Read the head and the entries in one snapshot of the store.
    #[must_use]
    pub fn expect_head(mut self, head: Head) -> Self {
        self.expected_head = Some(head);
        self
    }

    /// Verifies the next entry, and its body where it is still there.
    ///
    /// # Errors
    /// The first fault met; it is kept, and given again by every later call.
    pub fn entry(&mut self, entry: &Entry, body: Option<&Body>) -> Result<(), Fault> {
        if self.fault.is_none() {
            self.fault = self.check(entry, body).err();
        }
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.summary.entries += 1;
        self.summary.head = entry.head();
        if body.is_some() {
            self.summary.bodies_present += 1;
        } else if entry.commitment.is_some() {
            self.summary.bodies_erased += 1;
        }
        Ok(())
    }

    /// Ends the verification.
    ///
    /// # Errors
    /// The first fault met on the way, or that the chain does not end with the expected head.
    pub fn finish(self) -> Result<Summary, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Some(expected) = self.expected_head else { return Ok(self.summary) };
        let (org, found) = (self.summary.org.clone(), self.summary.head);
        if found.seq < expected.seq {
            Err(Fault::Truncated { org, expected: expected.seq, found: found.seq })
        } else if found.seq > expected.seq {
            Err(Fault::BeyondHead { org, expected: expected.seq, found: found.seq })
        } else if found.hash != expected.hash {
            Err(Fault::HeadHash { org, seq: found.seq })
        } else {
            Ok(self.summary)
        }
    }

    fn check(&self, entry: &Entry, body: Option<&Body>) -> Result<(), Fault> {
        let org = || self.summary.org.clone();
        let (seq, expected) = (entry.seq, self.summary.head.seq + 1);
        if entry.org != self.summary.org {
            return Err(Fault::OtherOrg { org: org(), seq, found: entry.org.clone() });
        }
        if seq > expected {
            return Err(Fault::Gap { org: org(), expected, found: seq });
        }
        if seq < expected {
            return Err(Fault::OutOfOrder { org: org(), expected, found: seq });
        }
        if entry.previous != self.summary.head.hash {
            return Err(Fault::WrongPrevious { org: org(), seq });
        }
        if entry.hash != entry.expected_hash() {
            return Err(Fault::HeaderHash { org: org(), seq });
        }
        match (entry.commitment, body) {
            (None, Some(_)) => Err(Fault::BodyWithoutCommitment { org: org(), seq }),
            (Some(committed), Some(body)) if commitment(body) != committed => {
                Err(Fault::BodyMismatch { org: org(), seq })
            }
            (Some(_) | None, None) | (Some(_), Some(_)) => Ok(()),
        }
    }
}
