//! What stands in the note, line by line.

use countersign_domain::{
    note::{NoteContext, marker, note},
    run::{NoActionReason, Run, StateName, StepResult},
};
use countersign_testkit::builders::*;
use jiff::tz::TimeZone;

use crate::standing::{
    awaiting, blocked, cancelled, denied, ended, executing, expired, left_alone_again, one_in_each_state, planning,
};

fn lines(run: &Run, prefix: &str) -> Option<Vec<String>> {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    note(run, &NoteContext { prefix, zone: &zone, entry: Some((1234, "9f86d081".to_owned())) })
}

/// The lines between the head and the tail, which are the same in every note.
#[track_caller]
fn check(run: &Run, verdict: &str, expected: &[&str]) {
    let lines = lines(run, "Countersign").expect("there is a note");
    let head = [
        format!("[Countersign] Runbook decision: {verdict}"),
        "Runbook: MFA Reset".to_owned(),
        "Target user: Sarah Chen (sarah.chen@acme.com)".to_owned(),
    ];
    let tail = [
        "This decision is recorded on the org's tamper-evident ledger: entry 1234, 9f86d081.".to_owned(),
        marker(&run.id),
    ];
    assert_eq!(lines[..3], head);
    assert_eq!(lines[3..lines.len() - 2], *expected);
    assert_eq!(lines[lines.len() - 2..], tail);
}

const DECIDED: &str = "Decision by: slack:U0APPROVER at 2026-06-09T17:42:11.310Z (2026-06-09 19:42 CEST, Ada Approver)";
const UNCHANGED: &str = "No changes were made.";

fn done(says: &str) -> StepResult {
    StepResult::Done { says: says.to_owned(), created: None }
}

#[test]
fn an_approved_run_says_executed_only_once_it_is_true() {
    check(&executing(1), "APPROVED", &[DECIDED, "Approved; the action is being executed."]);
    check(&ended(2, &[done("Removed 1.")]), "APPROVED", &[DECIDED, "Approved; the action is being executed."]);
    check(
        &ended(1, &[done("Removed 2.")]),
        "APPROVED",
        &[
            DECIDED,
            "Action executed by Countersign after explicit human approval.",
            "Outcome: done",
            "Step 1: Reset all 2 enrolled factors: done: Removed 2.",
        ],
    );
}

#[test]
fn a_run_that_did_not_fully_succeed_lists_each_step() {
    let failed = StepResult::Failed { says: "Refused: not allowed.".to_owned() };
    check(
        &ended(3, &[done("Removed 2."), failed.clone()]),
        "APPROVED",
        &[
            DECIDED,
            "Outcome: partly",
            "Step 1: Reset all 2 enrolled factors: done: Removed 2.",
            "Step 2: Reset all 2 enrolled factors: failed: Refused: not allowed.",
            "Step 3: Reset all 2 enrolled factors: not run",
        ],
    );
    check(
        &ended(2, &[failed]),
        "APPROVED",
        &[
            DECIDED,
            "Outcome: failed",
            "Step 1: Reset all 2 enrolled factors: failed: Refused: not allowed.",
            "Step 2: Reset all 2 enrolled factors: not run",
        ],
    );
    check(
        &ended(1, &[StepResult::NotStarted { says: "Nothing was sent: the ticket is closed.".to_owned() }]),
        "APPROVED",
        &[
            DECIDED,
            "Outcome: failed",
            "Step 1: Reset all 2 enrolled factors: not started: Nothing was sent: the ticket is closed.",
        ],
    );
}

#[test]
fn a_run_that_was_not_executed_says_so() {
    check(&denied(None), "DENIED", &[DECIDED, "Reason: wrong person", UNCHANGED]);
    check(&denied(Some("she left")), "DENIED", &[DECIDED, "Reason: wrong person: she left", UNCHANGED]);
    check(
        &expired(),
        "EXPIRED",
        &["Nobody decided until 2026-06-10T17:42:11.310Z (2026-06-10 19:42 CEST).", UNCHANGED],
    );
    check(&cancelled(), "CANCELLED", &["Cancelled at 2026-06-09T17:42:11.310Z.", UNCHANGED]);
}

#[test]
fn a_plan_that_cannot_work_says_why_and_what_would_mend_it() {
    let lines = lines(&blocked(), "Countersign").unwrap();
    assert_eq!(lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
    let why = "Nobody called sarah.chen@acme.com is known in okta. Check the spelling and plan again.";
    assert_eq!(lines[3..5], [why, UNCHANGED]);
}

#[test]
fn an_undecided_plan_is_pending() {
    check(&awaiting(1), "PENDING", &[UNCHANGED]);
}

#[test]
fn runs_without_a_plan_have_no_note() {
    for run in one_in_each_state() {
        let without = [StateName::Received, StateName::Planning, StateName::NoAction].contains(&run.state.name());
        assert_eq!(lines(&run, "Countersign").is_none(), without, "{}", run.state.name());
    }
    assert!(lines(&planning(), "Countersign").is_none());
}

#[test]
fn the_prefix_is_the_organisations_own_and_a_missing_entry_is_left_out() {
    assert_eq!(lines(&denied(None), "IT bot").unwrap()[0], "[IT bot] Runbook decision: DENIED");
    let zone = TimeZone::UTC;
    let run = denied(None);
    let lines = note(&run, &NoteContext { prefix: "Countersign", zone: &zone, entry: None }).unwrap();
    assert!(lines.iter().all(|line| !line.contains("ledger")));
    assert_eq!(lines.last(), Some(&format!("Run: {}", run.id)));
}

#[test]
fn a_target_that_was_not_found_is_named_by_what_is_known() {
    let mut run = denied(None);
    if let countersign_domain::run::State::Denied { plan, .. } = &mut run.state {
        plan.target = None;
    }
    assert_eq!(lines(&run, "Countersign").unwrap()[2], "Target user: sarah.chen@acme.com");
}

#[test]
fn an_approver_without_a_name_is_named_by_reference_alone() {
    let mut run = denied(None);
    if let countersign_domain::run::State::Denied { denial, .. } = &mut run.state {
        denial.by.name = None;
    }
    let expected = "Decision by: slack:U0APPROVER at 2026-06-09T17:42:11.310Z (2026-06-09 19:42 CEST)";
    assert_eq!(lines(&run, "Countersign").unwrap()[3], expected);
}

#[test]
fn the_marker_is_the_labelled_run_id() {
    assert_eq!(marker(&run_id(1)), format!("Run: {}", run_id(1)));
    assert!(marker(&run_id(1)).starts_with("Run: run_"));
}

#[test]
fn a_ticket_that_was_left_alone_while_it_was_planned_again_says_why() {
    let run = left_alone_again(NoActionReason::DecidedElsewhere);
    check(&run, "NONE", &["Left alone: another approval system has decided this ticket.", UNCHANGED]);
}
