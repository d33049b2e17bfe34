//! Identifiers that are the same in every run of a test.

use countersign_domain::{
    ids::{EffectId, InboxId, KeyId, PersonId, QuarantineId, RunId},
    ports::Ids,
};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Identifiers counted up from a seed; in order, as UUIDv7 are.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// Identifiers of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }

    fn fresh(&self) -> Uuid {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u128((u128::from(self.seed) << 80) | u128::from(number))
    }
}

impl Ids for SeededIds {
    fn run(&self) -> RunId {
        RunId(self.fresh())
    }
    fn effect(&self) -> EffectId {
        EffectId(self.fresh())
    }
    fn inbox(&self) -> InboxId {
        InboxId(self.fresh())
    }
    fn key(&self) -> KeyId {
        KeyId(self.fresh())
    }
    fn person(&self) -> PersonId {
        PersonId(self.fresh())
    }
    fn quarantine(&self) -> QuarantineId {
        QuarantineId(self.fresh())
    }
    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.fresh().as_bytes());
        bytes[16..].copy_from_slice(&self.seed.to_be_bytes().repeat(2));
        bytes
    }
    fn jitter(&self, bound: u64) -> u64 {
        bound / 2
    }
}
