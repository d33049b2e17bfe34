//! The committed model is what the texts in `data/` give, and answers them.

#![expect(clippy::unwrap_used, reason = "a helper of tests: what it reads is part of the test")]

use countersign_classify::{
    DEFAULT_FLOOR, Embedded,
    training::{Labelled, fit, read},
};
use countersign_domain::{classification::TicketWords, ports::Classifier as _};
use serde_json::Value;

const TEXTS: [(&str, &str); 8] = [
    ("password_reset", include_str!("../data/password_reset.jsonl")),
    ("mfa_reset", include_str!("../data/mfa_reset.jsonl")),
    ("new_hire_provisioning", include_str!("../data/new_hire_provisioning.jsonl")),
    ("license_assignment", include_str!("../data/license_assignment.jsonl")),
    ("account_unlock", include_str!("../data/account_unlock.jsonl")),
    ("suspend_account", include_str!("../data/suspend_account.jsonl")),
    ("group_membership", include_str!("../data/group_membership.jsonl")),
    ("none", include_str!("../data/none.jsonl")),
];

fn tickets() -> Vec<Labelled> {
    TEXTS.iter().flat_map(|(label, text)| read(label, label, text).unwrap()).collect()
}

#[test]
fn the_committed_model_is_what_the_texts_give() {
    let (model, report) = fit(&tickets());
    assert!(
        model == include_bytes!("../model.bin"),
        "model.bin is not what data/ gives; run `cargo run -p countersign-classify --example train`"
    );
    let nothing = report.right.last().unwrap().1;
    assert!(report.fired_on_nothing * 50 <= nothing, "{} of {nothing} held-out texts fired", report.fired_on_nothing);
    assert!(report.mistaken * 100 <= report.tickets, "{} took one intent for another", report.mistaken);
    let right: usize = report.right.iter().take(7).map(|(_, _, right)| right).sum();
    let asked: usize = report.right.iter().take(7).map(|(_, asked, _)| asked).sum();
    println!("{right} of {asked} held-out requests are answered; {} of {nothing} others fire", report.fired_on_nothing);
    assert!(right * 100 >= asked * 80, "{right} of {asked} held-out requests are answered");
}

#[test]
fn the_texts_are_answered_by_their_labels() {
    let embedded = Embedded::new();
    for (label, text) in TEXTS {
        let (mut all, mut right) = (0, 0);
        for line in text.lines() {
            let text: Value = serde_json::from_str(line).unwrap();
            let words = TicketWords {
                subject: text["s"].as_str().unwrap(),
                description: text["d"].as_str().unwrap(),
                requester: Some("some.writer@acme.com"),
            };
            let answer = embedded.classify(words);
            let passes = answer.confidence.share() >= DEFAULT_FLOOR;
            let intent = answer.intent.filter(|_| passes).map_or("none".to_owned(), |intent| intent.to_string());
            all += 1;
            right += usize::from(intent == label);
        }
        assert!(right * 100 >= all * 90, "{label}: {right} of {all}");
    }
}

#[test]
fn texts_that_cannot_be_read_are_named_by_line() {
    let error = read("x.jsonl", "none", "{\"s\":\"a\",\"d\":\"b\"}\n{\"s\":1}").unwrap_err();
    assert!(error.to_string().starts_with("x.jsonl:2: "), "{error}");
    assert!(read("x.jsonl", "other", "").unwrap_err().to_string().contains("unknown label other"));
}
