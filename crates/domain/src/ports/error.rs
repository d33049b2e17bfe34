//! How a vendor can fail us.

/// What a failure means for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortErrorKind {
    /// Nothing was changed; the same call may go through later.
    Transient {
        /// What the vendor asked for, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// Nothing was sent, because our own rate budget asks for a wait; no attempt was made.
    Held {
        /// For how long, in milliseconds.
        retry_after_ms: u64,
    },
    /// What was to be changed is no longer there (a message or a note that somebody deleted).
    Gone,
    /// The vendor refused for good; repeating will not help.
    Permanent,
    /// Our credential is missing, wrong or lacks a right; an administrator must act.
    Unauthorized,
    /// It was sent and no answer came: it may have taken.
    Ambiguous,
}

/// A vendor's failure. `says` is safe for people and logs: what happened, to what, what to do; no secret, no ticket
/// text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub struct PortError {
    /// What follows from it.
    pub kind: PortErrorKind,
    /// In words.
    pub says: String,
}

impl PortError {
    /// A failure that may pass.
    pub fn transient(says: impl Into<String>, retry_after_ms: Option<u64>) -> Self {
        Self { kind: PortErrorKind::Transient { retry_after_ms }, says: says.into() }
    }

    /// Held back by our own rate budget.
    pub fn held(says: impl Into<String>, retry_after_ms: u64) -> Self {
        Self { kind: PortErrorKind::Held { retry_after_ms }, says: says.into() }
    }

    /// No longer there.
    pub fn gone(says: impl Into<String>) -> Self {
        Self { kind: PortErrorKind::Gone, says: says.into() }
    }

    /// A refusal for good.
    pub fn permanent(says: impl Into<String>) -> Self {
        Self { kind: PortErrorKind::Permanent, says: says.into() }
    }

    /// A refusal of our credential.
    pub fn unauthorized(says: impl Into<String>) -> Self {
        Self { kind: PortErrorKind::Unauthorized, says: says.into() }
    }

    /// An unknown outcome.
    pub fn ambiguous(says: impl Into<String>) -> Self {
        Self { kind: PortErrorKind::Ambiguous, says: says.into() }
    }

    /// Whether the same call may be tried again by itself. An unknown outcome is observed first; a refused credential
    /// is tried again slowly, since an administrator may have mended it.
    pub fn retryable(&self) -> bool {
        match self.kind {
            PortErrorKind::Transient { .. }
            | PortErrorKind::Held { .. }
            | PortErrorKind::Unauthorized
            | PortErrorKind::Ambiguous => true,
            PortErrorKind::Permanent | PortErrorKind::Gone => false,
        }
    }
}
