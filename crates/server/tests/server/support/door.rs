//! A connection's door that answers as told.

use countersign_domain::{
    ports::{Answer, Inbound, InboundRefusal, Incoming, RawRequest, Verified},
    time::At,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the door was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Knock {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A door that answers as told, and keeps what it was shown.
pub(crate) struct FakeDoor {
    says: Mutex<Result<Incoming, InboundRefusal>>,
    says_to_head: Mutex<Result<(), InboundRefusal>>,
    knocks: Mutex<Vec<Knock>>,
}

impl Default for FakeDoor {
    fn default() -> Self {
        Self { says: Mutex::new(Ok(Incoming::Nothing)), says_to_head: Mutex::new(Ok(())), knocks: Mutex::default() }
    }
}

impl FakeDoor {
    /// From now on it answers this.
    pub(crate) fn says(&self, what: Result<Incoming, InboundRefusal>) {
        *locked(&self.says) = what;
    }

    /// From now on heads are refused.
    pub(crate) fn refuses_heads(&self, refusal: InboundRefusal) {
        *locked(&self.says_to_head) = Err(refusal);
    }

    /// Everything it was shown whole.
    pub(crate) fn knocks(&self) -> Vec<Knock> {
        locked(&self.knocks).clone()
    }
}

impl Inbound for FakeDoor {
    fn check_head(&self, _headers: &[(String, String)], _now: At) -> Result<(), InboundRefusal> {
        locked(&self.says_to_head).clone()
    }

    fn verify(&self, request: RawRequest<'_>) -> Result<Verified<(Incoming, Answer)>, InboundRefusal> {
        locked(&self.knocks).push(Knock { headers: request.headers.to_vec(), body: request.body.to_vec() });
        let incoming = locked(&self.says).clone()?;
        Ok(Verified::vouch((incoming, Answer { content_type: "text/plain", body: b"taken".to_vec() })))
    }
}

fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
