use countersign_domain::run::DenyReason;
use countersign_testkit::builders::{intent, org_id, runbook_id};
use std::collections::BTreeMap;

use super::{
    super::{
        decided::{Decided, Judgement, Sorted},
        floors::Decisions,
    },
    *,
};

fn take(decisions: &mut Decisions, times: usize, confidence: f64, judgement: Judgement) {
    for _ in 0..times {
        decisions.count(Sorted::Decided(Decided {
            intent: intent("mfa_reset"),
            confidence: Confidence::from_share(confidence),
            raised: false,
            judgement,
            planned_again: false,
            model: "m1".to_owned(),
        }));
    }
}

fn report(decisions: Decisions) -> Report {
    let served = BTreeMap::from([(intent("mfa_reset"), (runbook_id("RB-002"), Confidence::from_share(0.8)))]);
    decisions.report(&served, 0.97)
}

#[track_caller]
fn has(text: &str, all: &[&str]) {
    for words in all {
        assert!(text.contains(words), "{words:?} is missing:\n{text}");
    }
}

#[test]
fn report_without_runs_says_that_there_are_none() {
    let mut decisions = Decisions::default();
    decisions.count(Sorted::Expired);
    let report = report(decisions);
    let text = text(&report, &org_id());
    has(&text, &["Of the runs of acme none was decided.", "Not counted: 1 expired: nobody decided.", "only suggests"]);
    assert!(!text.contains("min_confidence") && !text.contains("INTENT"), "{text}");
    let json = json(&report, &org_id());
    assert_eq!((&json["intents"], &json["all"]["decided"]["total"]["atLeast"]), (&json!([]), &Value::Null));
    assert_eq!(json["all"]["suggestion"], json!({"verdict": "too_few"}));
}

#[test]
fn suggestion_names_the_key_that_is_to_be_set_by_hand() {
    let mut decisions = Decisions::default();
    take(&mut decisions, 10, 0.83, Judgement::Denied(DenyReason::WrongPerson));
    take(&mut decisions, 5, 0.83, Judgement::Approved);
    take(&mut decisions, 120, 0.9996, Judgement::Approved);
    let report = report(decisions);
    let text = text(&report, &org_id());
    has(
        &text,
        &[
            "135 runs of acme were decided: 125 approved, 10 denied, 0 corrected to another intent, 0 given up.",
            "mfa_reset (RB-002)\n    denied as wrong_person 10\n    today's 0.80 would have kept 135, approved 0.925, at least 0.87",
            "it takes a higher one: 0.999 would have kept 120, approved 1.000, at least 0.975; dropped 15, of them 5 approved\n",
            "set by hand: min_confidence = 0.999 in [org.acme.runbook.RB-002]\n",
            "set by hand: min_confidence = 0.999 in [org.acme.policy]; it counts for every runbook without a floor of its own",
            "Nothing was changed",
        ],
    );
    let json = json(&report, &org_id());
    let found = &json["intents"][0];
    assert_eq!(found["suggestion"]["verdict"], "raise");
    assert_eq!(found["suggestion"]["key"], "org.acme.runbook.RB-002.min_confidence");
    assert_eq!((&found["suggestion"]["floor"], &found["today"]["floor"]), (&json!(0.999), &json!(0.8)));
    assert_eq!(found["suggestion"]["dropped"]["approved"], 5);
    assert_eq!(found["decided"]["bins"][1], {
        let mut bin = counts_json(Counts { approved: 120, ..Counts::default() });
        bin["from"] = json!(0.99);
        bin["to"] = json!(1.0);
        bin
    });
    assert_eq!(json["all"]["suggestion"]["key"], "org.acme.policy.min_confidence");
    assert_eq!(json["changed"], false);
}

#[test]
fn too_few_decisions_are_called_so() {
    let mut decisions = Decisions::default();
    take(&mut decisions, 40, 0.9, Judgement::Approved);
    let report = report(decisions);
    let text = text(&report, &org_id());
    has(&text, &["40 decisions are too few to suggest a floor: it takes 99, even if all of them are approvals"]);
    assert!(!text.contains("min_confidence"), "{text}");
    assert_eq!(json(&report, &org_id())["intents"][0]["suggestion"], json!({"verdict": "too_few"}));
}

#[test]
fn share_that_is_not_all_never_reads_as_all() {
    for (found, reads) in [(None, ""), (Some(1.0), "1.000"), (Some(0.9996), "0.999"), (Some(0.58), "0.580")] {
        assert_eq!(share(found), reads);
    }
}

#[test]
fn different_models_are_told_apart() {
    let mut decisions = Decisions::default();
    take(&mut decisions, 2, 0.9, Judgement::Approved);
    decisions.count(Sorted::Decided(Decided {
        intent: intent("mfa_reset"),
        confidence: Confidence::from_share(0.7),
        raised: true,
        judgement: Judgement::GivenUp,
        planned_again: true,
        model: "m2".to_owned(),
    }));
    let text = text(&report(decisions), &org_id());
    has(&text, &["different models: m1 (2), m2 (1).", "--since", "Raised to the floor by a second opinion"]);
    has(&text, &["3 runs of acme were decided", "Of them 1 after a person had asked for a new plan."]);
}
