//! What the classifier weighs, and the time from nothing to its first answer, in a process of its own each time: the
//! lexicon is read once in a process.

use anyhow::{Context, ensure};
use countersign_classify::Embedded;
use countersign_domain::{
    classification::TicketWords,
    digest::Digest,
    ids::{IntentName, RunbookId},
    ports::Classifier as _,
    runbook::{Param, ParamKind, Risk, Runbook},
};
use std::process::Command;

use crate::{
    machine::{now, number},
    report::{Figure, Floor, Report},
};

/// Milliseconds until the first answer.
const FLOOR: f64 = 1_000.0;
const MODEL: f64 = 2_048.0;

/// Measures it.
pub(crate) fn measure(runs: u32, report: &mut Report) -> anyhow::Result<()> {
    let sizes = Embedded::sizes();
    let kib = |bytes: usize| vec![number(bytes) / 1_024.0];
    report.add(Figure::new("model", "KiB", kib(sizes.model)).with_floor(Floor::AtMost(MODEL)));
    report.add(Figure::new("lexicon", "KiB", kib(sizes.lexicon)));
    report.add(Figure::new("labelled tickets, for intents of one's own", "KiB", kib(sizes.tickets)));
    for own in [0, 1, 5] {
        let times: anyhow::Result<Vec<f64>> = (0..runs).map(|_| start(own)).collect();
        let name = format!("to the first answer, {own} own runbooks");
        report.add(Figure::new(name, "ms", times?).with_floor(Floor::AtMost(FLOOR)));
    }
    Ok(())
}

/// Milliseconds in a new process.
fn start(own: u32) -> anyhow::Result<f64> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args(["classifier-start", "--runbooks", &own.to_string()]).output()?;
    ensure!(output.status.success(), "the child failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    String::from_utf8_lossy(&output.stdout).trim().parse().context("the child did not say how long it took")
}

/// Starts the classifier with so many runbooks of one's own, in this process, and says how many milliseconds it took to
/// the first answer.
pub(crate) fn once(own: usize) -> anyhow::Result<()> {
    let runbooks: Vec<Runbook> = SUBJECTS.iter().take(own).map(|subject| runbook(subject)).collect::<Result<_, _>>()?;
    let begun = now();
    let embedded = Embedded::with_runbooks(&runbooks);
    let words = TicketWords { subject: "Locked out", description: "Please unlock my account.", requester: None };
    let answer = embedded.classify(words);
    let took = now().duration_since(begun).as_secs_f64() * 1_000.0;
    ensure!(answer.model == embedded.model_hash(), "the answer is another model's");
    println!("{took}");
    Ok(())
}

const SUBJECTS: [&str; 5] =
    ["guest wireless voucher", "parking permit", "project mailbox", "meeting room display", "badge photo"];

fn runbook(subject: &str) -> anyhow::Result<Runbook> {
    let examples = [
        format!("Please issue a {subject} for our visitor tomorrow."),
        format!("I need a {subject}, could you set one up for me?"),
        format!("Our team wants another {subject} by Monday, thank you."),
        format!("Can somebody arrange a {subject} for Petra Novak?"),
        format!("New {subject} required for the auditors next week."),
        format!("We have two consultants in the house; a {subject} for each would help."),
        format!("Requesting a {subject} on behalf of the head of finance."),
        format!("The old {subject} has expired, please make a new one."),
    ];
    Ok(Runbook {
        id: RunbookId::new("OWN-001")?,
        name: subject.to_owned(),
        intent: IntentName::new(&subject.replace(' ', "_"))?,
        risk: Risk::Low,
        description: subject.to_owned(),
        params: vec![Param {
            name: "person".to_owned(),
            kind: ParamKind::Person,
            required: true,
            description: "who it is for".to_owned(),
        }],
        steps: Vec::new(),
        expires_after: None,
        min_confidence: None,
        examples: examples.to_vec(),
        not_examples: vec![format!("How much does a {subject} cost?"), format!("Who pays for the {subject}?")],
        digest: Digest::of(subject.as_bytes()),
    })
}
