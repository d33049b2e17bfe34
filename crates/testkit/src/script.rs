//! What a fake was asked, and how it is told to fail.

use countersign_domain::ports::{Finding, PortError};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
    sync::Mutex,
};

use crate::locked;

/// A scripted failure of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What the caller is told.
    pub error: PortError,
    /// The call took nonetheless: the answer alone was lost.
    pub applied: bool,
}

/// Counts the calls of a fake and makes the next ones fail as told.
#[derive(Debug)]
pub struct Script<C> {
    counts: Mutex<BTreeMap<C, u32>>,
    faults: Mutex<BTreeMap<C, VecDeque<Fault>>>,
}

impl<C> Default for Script<C> {
    fn default() -> Self {
        Self { counts: Mutex::default(), faults: Mutex::default() }
    }
}

impl<C: Ord + Copy + Debug> Script<C> {
    /// The next call of this kind fails, and nothing is changed. Several are taken one after another.
    pub fn fail(&self, call: C, error: PortError) {
        self.push(call, Fault { error, applied: false });
    }

    /// The next call of this kind takes, and its answer is lost.
    pub fn cut_after(&self, call: C) {
        let error = PortError::ambiguous("The connection was cut after the request was sent.");
        self.push(call, Fault { error, applied: true });
    }

    /// How often this was called.
    pub fn calls(&self, call: C) -> u32 {
        locked(&self.counts).get(&call).copied().unwrap_or(0)
    }

    /// Counts a call; `Err`: it fails before anything is changed; `Ok(Some)`: it takes and fails then.
    pub(crate) fn enter(&self, call: C) -> Result<Option<PortError>, PortError> {
        *locked(&self.counts).entry(call).or_insert(0) += 1;
        match locked(&self.faults).get_mut(&call).and_then(VecDeque::pop_front) {
            None => Ok(None),
            Some(Fault { error, applied: true }) => Ok(Some(error)),
            Some(Fault { error, applied: false }) => Err(error),
        }
    }

    fn push(&self, call: C, fault: Fault) {
        locked(&self.faults).entry(call).or_default().push_back(fault);
    }
}

/// What a check finds: who we are, then what it was told to find. A scripted failure is the first finding.
pub(crate) fn found<C: Ord + Copy + Debug>(
    script: &Script<C>,
    call: C,
    who: String,
    findings: &Mutex<Vec<Finding>>,
) -> Vec<Finding> {
    let first = match script.enter(call) {
        Ok(None) => Finding::ok("credential", who),
        Ok(Some(error)) | Err(error) => Finding::failed("credential", error.to_string(), "make the fake work again"),
    };
    std::iter::once(first).chain(locked(findings).iter().cloned()).collect()
}

/// The answer of a call that took, unless it is to be lost.
pub(crate) fn answer<T>(value: T, lost: Option<PortError>) -> Result<T, PortError> {
    match lost {
        None => Ok(value),
        Some(error) => Err(error),
    }
}
