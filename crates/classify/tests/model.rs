//! The committed model and figures are what the tickets in `data/` give, and the tickets are sound.

use countersign_classify::{
    corpus::{Labelled, read, shipped},
    report::report,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

#[test]
fn the_committed_model_and_figures_are_what_the_tickets_give() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let report = report(&shipped());
    let advice = "is not what data/ gives; run `cargo xtask train` and look at what changed";
    assert!(report.model == include_bytes!("../model.bin"), "model.bin {advice}");
    assert!(report.model.len() <= 2 * 1024 * 1024, "{} bytes", report.model.len());
    let page = fs::read_to_string(docs.join("CLASSIFIER.md")).unwrap();
    assert!(page.contains(&report.tables), "docs/CLASSIFIER.md {advice}");
    assert!(
        report.picture == fs::read_to_string(docs.join("classifier-confusion.svg")).unwrap(),
        "the picture {advice}"
    );
}

#[test]
fn no_two_tickets_share_an_id_or_a_text() {
    let tickets = shipped();
    let ids: BTreeSet<&str> = tickets.iter().map(|ticket| ticket.id.as_str()).collect();
    assert_eq!(ids.len(), tickets.len());
    let mut texts: BTreeMap<(String, String), &str> = BTreeMap::new();
    for ticket in &tickets {
        let text = (ticket.subject.to_lowercase(), ticket.description.to_lowercase());
        if let Some(other) = texts.insert(text, &ticket.id) {
            panic!("{} and {other} are the same text", ticket.id);
        }
    }
}

#[test]
fn every_labelled_value_stands_in_its_ticket() {
    for ticket in shipped() {
        for value in values(&ticket) {
            let text = format!("{}\n{}", ticket.subject, ticket.description);
            let own = ticket.requester.as_deref() == Some(value.as_str());
            assert!(own || text.contains(&value), "{}: {value}", ticket.id);
        }
    }
}

fn values(ticket: &Labelled) -> Vec<String> {
    let gold = &ticket.gold;
    let person = gold.target.iter().flat_map(|person| [&person.email, &person.name]);
    let hire = gold.new_hire.iter().flat_map(|hire| [&hire.name, &hire.email, &hire.license]);
    let groups = gold.new_hire.iter().flat_map(|hire| hire.groups.clone());
    person.chain(hire).chain([&gold.group, &gold.sku]).flatten().cloned().chain(groups).collect()
}

#[test]
fn there_are_as_many_tickets_as_the_data_card_promises() {
    let tickets = shipped();
    let count = |wanted: &dyn Fn(&Labelled) -> bool| tickets.iter().filter(|ticket| wanted(ticket)).count();
    assert!(tickets.len() >= 4_000, "{}", tickets.len());
    assert!(count(&|ticket| ticket.intent().is_none()) >= 2_000);
    for topic in 0..7 {
        assert!(count(&|ticket| ticket.intent() == Some(topic)) >= 250, "{topic}");
    }
    for lang in ["de", "fr", "es", "nl", "pt"] {
        assert!(count(&|ticket| ticket.lang == lang) >= 250, "{lang}");
    }
}

#[test]
fn tickets_that_cannot_be_read_are_named_by_line() {
    let good =
        r#"{"id":"a","author":"a","family":"a","lang":"en","subject":"s","description":"d","gold":{"intent":"none"}}"#;
    assert_eq!(read("x.jsonl", good).unwrap().len(), 1);
    let error = read("x.jsonl", &format!("{good}\n{{\"id\":1}}")).unwrap_err();
    assert!(error.to_string().starts_with("x.jsonl:2: "), "{error}");
    let error = read("x.jsonl", &good.replace("none", "other")).unwrap_err();
    assert!(error.to_string().contains("unknown intent other"), "{error}");
}
