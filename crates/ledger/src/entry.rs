//! Entries and how they are sealed into the chain.

use std::fmt;

use countersign_canon::Encoder;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// What is to be recorded, before it has a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// When it happened: microseconds since 1970-01-01 UTC. Need not be later than the entry before.
    pub time_micros: i64,
    /// What happened, as a short stable name. Stays for ever: never text from a ticket or a person.
    pub kind: String,
    /// The run it belongs to, if it belongs to one.
    pub run: Option<[u8; 16]>,
    /// Who did it, as an opaque person or key id. Stays for ever: never a name or an address.
    pub actor: Option<String>,
    /// The digest of the plan it is about.
    pub plan_digest: Option<Hash>,
    /// The digest of the policy it was done under.
    pub policy_digest: Option<Hash>,
    /// The decision, as a short stable name. Stays for ever: never a free text.
    pub decision: Option<String>,
    /// Everything that must be erasable.
    pub body: Option<Body>,
}

/// The erasable part of an entry; the chain holds only a commitment to it.
///
/// An export carries a body twice as long, in hexadecimal, on one line of at most
/// [`MAX_LINE_BYTES`](crate::MAX_LINE_BYTES): keep bodies under 2,000,000 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// Random, new for each body: without it a short body could be guessed from its commitment. Erased with the body.
    pub salt: [u8; 32],
    /// The content, in whatever encoding its writer chose.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Body {
    /// Shows the length only: the content may be personal, and the salt would let it be guessed after its erasure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// One link of the chain: a header that stays for ever. Its body is kept, and erased, beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The org whose chain this is.
    pub org: String,
    /// The place in the chain, from 1.
    pub seq: u64,
    /// The hash of the entry before, or the genesis hash.
    pub previous: Hash,
    /// See [`Draft::time_micros`].
    pub time_micros: i64,
    /// See [`Draft::kind`].
    pub kind: String,
    /// See [`Draft::run`].
    pub run: Option<[u8; 16]>,
    /// See [`Draft::actor`].
    pub actor: Option<String>,
    /// See [`Draft::plan_digest`].
    pub plan_digest: Option<Hash>,
    /// See [`Draft::policy_digest`].
    pub policy_digest: Option<Hash>,
    /// See [`Draft::decision`].
    pub decision: Option<String>,
    /// The commitment to the body; stays when the body is erased. None: the entry never had a body.
    pub commitment: Option<Hash>,
    /// The hash of all of the above.
    pub hash: Hash,
}

impl Entry {
    /// The head of a chain that ends with this entry.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// The hash these header fields ought to have, worked out anew.
    pub(crate) fn expected_hash(&self) -> Hash {
        let mut encoder = Encoder::new("countersign/ledger-entry/v1");
        encoder
            .text(&self.org)
            .uint(self.seq)
            .bytes(&self.previous)
            .int(self.time_micros)
            .text(&self.kind)
            .option(self.run.as_ref(), |e, v| {
                e.bytes(v);
            })
            .option(self.actor.as_deref(), write_text)
            .option(self.plan_digest.as_ref(), write_hash)
            .option(self.policy_digest.as_ref(), write_hash)
            .option(self.decision.as_deref(), write_text)
            .option(self.commitment.as_ref(), write_hash);
        sha256(encoder)
    }
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 for an empty chain.
    pub seq: u64,
    /// The hash of the last entry; the genesis hash for an empty chain.
    pub hash: Hash,
}

/// The head of an org's empty chain.
#[must_use]
pub fn genesis(org: &str) -> Head {
    let mut encoder = Encoder::new("countersign/ledger-genesis/v1");
    encoder.text(org);
    Head { seq: 0, hash: sha256(encoder) }
}

/// Makes the entry that follows `head`. The caller stores it, keeps `draft.body` beside it, and moves its head.
#[must_use]
pub fn seal(org: &str, head: &Head, draft: &Draft) -> Entry {
    let mut entry = Entry {
        org: org.to_owned(),
        seq: head.seq + 1,
        previous: head.hash,
        time_micros: draft.time_micros,
        kind: draft.kind.clone(),
        run: draft.run,
        actor: draft.actor.clone(),
        plan_digest: draft.plan_digest,
        policy_digest: draft.policy_digest,
        decision: draft.decision.clone(),
        commitment: draft.body.as_ref().map(commitment),
        hash: [0; 32],
    };
    entry.hash = entry.expected_hash();
    entry
}

/// The salted commitment that binds an entry to its body.
#[must_use]
pub fn commitment(body: &Body) -> Hash {
    let mut encoder = Encoder::new("countersign/ledger-body/v1");
    encoder.bytes(&body.salt).bytes(&body.bytes);
    sha256(encoder)
}

fn write_text(encoder: &mut Encoder, value: &str) {
    encoder.text(value);
}

fn write_hash(encoder: &mut Encoder, value: &Hash) {
    encoder.bytes(value);
}

fn sha256(encoder: Encoder) -> Hash {
    Sha256::digest(encoder.finish()).into()
}
