//! The lines, as they come, and what they add up to.

use anyhow::anyhow;
use countersign_domain::ports::{Finding, Verdict};
use serde_json::json;

use super::super::say;
use crate::{Failure, Outcome};

/// Prints findings and counts them.
pub(super) struct Report {
    json: bool,
    all: usize,
    warnings: usize,
    failed: usize,
    misconfigured: bool,
}

impl Report {
    /// Nothing said yet.
    pub(super) fn new(json: bool) -> Self {
        Self { json, all: 0, warnings: 0, failed: 0, misconfigured: false }
    }

    /// Prints a finding.
    pub(super) fn say(&mut self, finding: &Finding) {
        self.all += 1;
        match finding.verdict {
            Verdict::Ok => {}
            Verdict::Warning => self.warnings += 1,
            Verdict::Failed => self.failed += 1,
        }
        say(&if self.json { as_json(finding) } else { as_text(finding) });
    }

    /// Prints what came of something that can only go well or fail.
    pub(super) fn outcome(&mut self, what: &str, outcome: Result<String, Failure>) {
        self.misconfigured |= matches!(outcome, Err(Failure::Configuration(_)));
        self.say(&match outcome {
            Ok(says) => Finding::ok(what, says),
            Err(failure) => {
                Finding { what: what.to_owned(), verdict: Verdict::Failed, says: failure.text(), mend: None }
            }
        });
    }

    /// What it all came to.
    pub(super) fn end(self) -> Outcome {
        let sum = format!("{} of {} checks failed", self.failed, self.all);
        match (self.failed, self.misconfigured) {
            (0, _) => Ok(()),
            (_, true) => Err(Failure::Configuration(sum)),
            (_, false) => Err(anyhow!(sum).into()),
        }
    }
}

fn as_json(finding: &Finding) -> String {
    let Finding { what, verdict, says, mend } = finding;
    let ok = *verdict != Verdict::Failed;
    json!({"what": what, "ok": ok, "says": says, "verdict": verdict.as_str(), "mend": mend}).to_string()
}

fn as_text(finding: &Finding) -> String {
    let word = match finding.verdict {
        Verdict::Ok => "ok     ",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILED ",
    };
    let line = format!("{word} {}: {}", finding.what, finding.says);
    match &finding.mend {
        Some(mend) => format!("{line}\n        -> {mend}"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_says_what_whether_and_what_to_do() {
        assert_eq!(
            as_text(&Finding::ok("acme desk helpdesk credential", "as Ada")),
            "ok      acme desk helpdesk credential: as Ada"
        );
        assert_eq!(as_text(&Finding::warning("clock", "off", "set it")), "warning clock: off\n        -> set it");
        assert_eq!(as_text(&Finding::failed("x", "y", "z")), "FAILED  x: y\n        -> z");
    }

    #[test]
    fn json_line_has_the_same_and_a_warning_is_ok() {
        let read = |finding: &Finding| serde_json::from_str::<serde_json::Value>(&as_json(finding)).unwrap();
        assert_eq!(
            read(&Finding::ok("a", "b")),
            json!({"what": "a", "ok": true, "says": "b", "verdict": "ok", "mend": null})
        );
        assert_eq!(read(&Finding::warning("a", "b", "c"))["ok"], true);
        assert_eq!(
            read(&Finding::failed("a", "b", "c")),
            json!({"what": "a", "ok": false, "says": "b", "verdict": "failed", "mend": "c"})
        );
    }

    #[test]
    fn failures_fail_warnings_do_not_and_bad_configuration_is_told_apart() {
        let mut report = Report::new(true);
        report.say(&Finding::warning("a", "b", "c"));
        assert!(report.end().is_ok());
        let mut report = Report::new(true);
        report.say(&Finding::failed("a", "b", "c"));
        report.say(&Finding::ok("a", "b"));
        assert!(matches!(report.end(), Err(Failure::Failed(error)) if error.to_string() == "1 of 2 checks failed"));
        let mut report = Report::new(true);
        report.outcome("a", Err(Failure::Configuration("no good".to_owned())));
        assert!(matches!(report.end(), Err(Failure::Configuration(_))));
    }
}
