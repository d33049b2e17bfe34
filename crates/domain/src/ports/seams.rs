//! The seams through which time, chance and wiring come in.

use std::sync::Arc;

use crate::{
    ids::{ConnectionName, EffectId, InboxId, KeyId, OrgId, PersonId, QuarantineId, RunId},
    ports::{Channel, Desk, SecondOpinion, System},
    time::At,
};

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> At;
}

/// Fresh identifiers and salts.
pub trait Ids: Send + Sync {
    /// A fresh run id.
    fn run(&self) -> RunId;
    /// A fresh effect id.
    fn effect(&self) -> EffectId;
    /// A fresh inbox id.
    fn inbox(&self) -> InboxId;
    /// A fresh key id.
    fn key(&self) -> KeyId;
    /// A fresh person id.
    fn person(&self) -> PersonId;
    /// A fresh quarantine id.
    fn quarantine(&self) -> QuarantineId;
    /// 32 unpredictable bytes: a ledger salt, a key's secret.
    fn secret(&self) -> [u8; 32];
    /// A number below `bound`, for jitter.
    fn jitter(&self, bound: u64) -> u64;
}

/// The vendors an organisation is connected to.
pub trait Connections: Send + Sync {
    /// A desk by its name.
    fn desk(&self, org: &OrgId, name: &ConnectionName) -> Option<Arc<dyn Desk>>;
    /// The organisation's channel and its name.
    fn channel(&self, org: &OrgId) -> Option<(ConnectionName, Arc<dyn Channel>)>;
    /// A system by its name or, where exactly one is of that kind, by its kind; with its name.
    fn system(&self, org: &OrgId, name: &ConnectionName) -> Option<(ConnectionName, Arc<dyn System>)>;
    /// Every system of the organisation, with its name.
    fn systems(&self, org: &OrgId) -> Vec<(ConnectionName, Arc<dyn System>)>;
    /// The second model that is asked where the classifier is not sure enough, if any is.
    fn second_opinion(&self, org: &OrgId) -> Option<Arc<dyn SecondOpinion>>;
}

/// Tells the loops that something is ready. A hint for speed: whatever it misses, a sweep finds.
pub trait Wakeup: Send + Sync {
    /// Something may be ready.
    fn wake(&self);
}
