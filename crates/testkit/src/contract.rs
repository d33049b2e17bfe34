//! What the contract suites of the vendors' ports share.

use countersign_domain::ports::{Finding, PortError, PortErrorKind, Verdict};

/// How an answer fails to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The request took; its answer alone was lost.
    Answer,
    /// The request never arrived.
    Request,
}

/// What a call failed with.
pub(crate) fn kind<T>(result: Result<T, PortError>) -> Option<PortErrorKind> {
    result.err().map(|error| error.kind)
}

/// That a call was refused for want of a credential, and says so.
pub(crate) fn unauthorized<T>(what: &str, result: Result<T, PortError>) {
    let Some(error) = result.err() else { panic!("{what} went through without a credential") };
    assert_eq!(error.kind, PortErrorKind::Unauthorized, "{what}: {error}");
    assert!(!error.says.trim().is_empty(), "{what} does not say what to do");
}

/// A check of what is as it should be: who we are comes first, and nothing fails.
pub(crate) fn is_well(found: &[Finding]) {
    has_mends(found);
    let first = found.first().expect("a check says who we are");
    assert_eq!((first.what.as_str(), first.verdict), ("credential", Verdict::Ok), "{found:#?}");
    assert!(found.iter().all(|finding| finding.verdict != Verdict::Failed), "{found:#?}");
}

/// A check with a credential that is refused: it says so first, and does not fail as a whole.
pub(crate) fn is_refused(found: &[Finding]) {
    has_mends(found);
    let first = found.first().expect("a check says who we are");
    assert_eq!((first.what.as_str(), first.verdict), ("credential", Verdict::Failed), "{found:#?}");
}

/// There is something to do exactly where something is not as it should be.
fn has_mends(found: &[Finding]) {
    for finding in found {
        assert_eq!(finding.mend.is_some(), finding.verdict != Verdict::Ok, "{finding:?}");
        let words = [Some(&finding.what), Some(&finding.says), finding.mend.as_ref()];
        assert!(words.into_iter().flatten().all(|words| !words.trim().is_empty()), "{finding:?}");
    }
}
