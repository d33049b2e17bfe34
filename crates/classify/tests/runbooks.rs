//! An administrator's own runbook is recognised by its examples, and leaves the built-in answers as they are.

#![expect(clippy::unwrap_used, reason = "a helper of tests: what it reads is part of the test")]

use countersign_classify::{DEFAULT_FLOOR, Embedded, corpus::shipped};
use countersign_domain::{
    classification::{Classification, GroupAction, TicketWords},
    digest::Digest,
    ids::{IntentName, RunbookId},
    ports::Classifier as _,
    runbook::{Param, ParamKind, Risk, Runbook},
};

fn runbook() -> Runbook {
    let param = |name: &str, kind| Param { name: name.into(), kind, required: true, description: name.into() };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Runbook {
        id: RunbookId::new("ACME-001").unwrap(),
        name: "Contractor Access".into(),
        intent: IntentName::new("contractor_access").unwrap(),
        risk: Risk::Medium,
        description: "Opens a project to a contractor".into(),
        params: vec![
            param("contractor", ParamKind::Person),
            param("group", ParamKind::Group),
            param("action", ParamKind::Membership),
        ],
        steps: Vec::new(),
        expires_after: None,
        min_confidence: None,
        examples: texts(&[
            "Please give the contractor d.nwosu.ext@acme.com access to the harbour project, contractor access group proj-harbour.",
            "Contractor access for our external consultant Hanne Lund to project proj-delta, please.",
            "Our external tester Piotr Zych needs contractor access to proj-lumen until December.",
            "Please open contractor access to proj-aurora for the consultant m.serra.ext@acme.com.",
            "We need contractor access for an external developer, project proj-tide.",
        ]),
        not_examples: texts(&["Which contractors have contractor access to the project proj-harbour?"]),
        digest: Digest::of(b"contractor"),
    }
}

fn classify(embedded: &Embedded, subject: &str, description: &str) -> Classification {
    embedded.classify(TicketWords { subject, description, requester: Some("lead@acme.com") })
}

fn acts(answer: &Classification) -> Option<String> {
    answer.intent.as_ref().filter(|_| answer.confidence.share() >= DEFAULT_FLOOR).map(ToString::to_string)
}

#[test]
fn a_ticket_close_to_the_examples_is_recognised_with_its_values() {
    let embedded = Embedded::with_runbooks(&[runbook()]);
    let answer = classify(
        &embedded,
        "Contractor access",
        "Please open contractor access to proj-vega for our external developer Rosa Klee, rosa.klee.ext@acme.com.",
    );
    assert_eq!(acts(&answer).as_deref(), Some("contractor_access"), "{answer:?}");
    assert_eq!(answer.slots.target.email.as_deref(), Some("rosa.klee.ext@acme.com"));
    assert_eq!((answer.slots.group.as_deref(), answer.slots.action), (Some("proj-vega"), Some(GroupAction::Add)));
    assert_ne!(answer.model, Embedded::new().model_hash());
}

#[test]
fn what_the_file_says_is_none_and_what_is_far_is_left_alone() {
    let embedded = Embedded::with_runbooks(&[runbook()]);
    for (subject, description) in [
        ("", "Which contractors have contractor access to the project proj-vega?"),
        ("Contractor access", "The contractor access to proj-vega has been opened yesterday, thanks, please close."),
        ("Invoice", "The invoice of the contractor for the project is missing."),
        ("Printer", "The printer is out of toner."),
    ] {
        let answer = classify(&embedded, subject, description);
        assert_eq!(acts(&answer), None, "{description}: {answer:?}");
    }
}

#[test]
fn built_in_answers_stay_as_they_are() {
    let (plain, with) = (Embedded::new(), Embedded::with_runbooks(&[runbook()]));
    for ticket in shipped().iter().step_by(7) {
        let (before, after) = (
            classify(&plain, &ticket.subject, &ticket.description),
            classify(&with, &ticket.subject, &ticket.description),
        );
        assert_eq!((acts(&before), before.slots), (acts(&after), after.slots), "{}", ticket.id);
    }
}

#[test]
fn a_runbook_of_a_built_in_intent_adds_nothing() {
    let mut own = runbook();
    own.intent = IntentName::new("mfa_reset").unwrap();
    assert_eq!(Embedded::with_runbooks(&[own]).model_hash(), Embedded::new().model_hash());
}
