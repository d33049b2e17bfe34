//! Identifiers: UUIDv7, so that rows made together lie together.

use countersign_domain::{
    ids::{EffectId, InboxId, KeyId, PersonId, QuarantineId, RunId},
    ports::{Clock, Ids},
};
use std::sync::Arc;
use uuid::Uuid;

/// Identifiers of the clock's time and the system's randomness.
pub(crate) struct RandomIds {
    clock: Arc<dyn Clock>,
}

impl RandomIds {
    /// Identifiers by this clock.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    fn fresh(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().0 / 1_000).unwrap_or(0);
        let mut random = [0; 10];
        fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one implementation of the Ids port")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has no randomness; nothing can be done safely without it");
}

impl Ids for RandomIds {
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
        fill(&mut bytes);
        bytes
    }
    fn jitter(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }
}
