//! An administrator's own runbook is recognised by its examples, and leaves the built-in answers as they are.

#![expect(clippy::unwrap_used, reason = "a helper of tests: what it reads is part of the test")]

use countersign_classify::{
    Embedded,
    corpus::shipped,
    trial::{Answer, Trial},
};
use countersign_domain::{
    classification::{Classification, GroupAction, TicketWords},
    digest::Digest,
    ids::{IntentName, RunbookId},
    ports::Classifier as _,
    runbook::{Param, ParamKind, Risk, Runbook},
};
use serde::Deserialize;
use std::{fs, path::Path};

/// A runbook's texts, and tickets that are not among them: subject and description.
#[derive(Deserialize)]
struct Material {
    intent: String,
    kinds: Vec<ParamKind>,
    examples: Vec<String>,
    not_examples: Vec<String>,
    asking: Vec<(String, String)>,
    not_asking: Vec<(String, String)>,
}

/// All of it was in view while the constants were chosen.
const ALL: [&str; 7] = [
    "contractor_access",
    "guest_wifi",
    "mailing_list",
    "mailbox_export",
    "shared_mailbox",
    "sign_out_everywhere",
    "vpn_access",
];

fn material(name: &str) -> Material {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runbooks").join(name).with_extension("json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn runbook_of(material: &Material) -> Runbook {
    let param = |kind: &ParamKind| Param {
        name: format!("{kind:?}"),
        kind: *kind,
        required: true,
        description: format!("{kind:?}"),
    };
    Runbook {
        id: RunbookId::new("ACME-001").unwrap(),
        name: material.intent.clone(),
        intent: IntentName::new(&material.intent).unwrap(),
        risk: Risk::Medium,
        description: material.intent.clone(),
        params: material.kinds.iter().map(param).collect(),
        steps: Vec::new(),
        expires_after: None,
        min_confidence: None,
        examples: material.examples.clone(),
        not_examples: material.not_examples.clone(),
        digest: Digest::of(material.examples.concat().as_bytes()),
    }
}

fn runbook(name: &str) -> Runbook {
    runbook_of(&material(name))
}

fn classify(embedded: &Embedded, subject: &str, description: &str) -> Classification {
    embedded.classify(TicketWords { subject, description, requester: Some("lead@acme.com") })
}

fn acts(embedded: &Embedded, answer: &Classification) -> Option<String> {
    let intent = answer.intent.as_ref()?;
    (answer.confidence.share() >= embedded.floor(intent.as_str())).then(|| intent.to_string())
}

#[test]
fn a_ticket_close_to_the_examples_is_recognised_with_its_values() {
    let embedded = Embedded::with_runbooks(&[runbook("contractor_access")]);
    let answer = classify(
        &embedded,
        "Contractor access",
        "Please open contractor access to proj-vega for our external developer Rosa Klee, rosa.klee.ext@acme.com.",
    );
    assert_eq!(acts(&embedded, &answer).as_deref(), Some("contractor_access"), "{answer:?}");
    assert_eq!(answer.slots.target.email.as_deref(), Some("rosa.klee.ext@acme.com"));
    assert_eq!((answer.slots.group.as_deref(), answer.slots.action), (Some("proj-vega"), Some(GroupAction::Add)));
    assert_ne!(answer.model, Embedded::new().model_hash());
}

#[test]
fn tickets_in_other_words_are_recognised_and_those_that_ask_for_nothing_are_left_alone() {
    let (mut asking, mut recognised, mut others, mut fired) = (0, 0, 0, 0);
    for name in ALL {
        let material = material(name);
        let embedded = Embedded::with_runbooks(&[runbook_of(&material)]);
        let is_acted_on = |(subject, description): &(String, String), wanted: bool| {
            let answer = classify(&embedded, subject, description);
            let is_own = acts(&embedded, &answer).as_deref() == Some(material.intent.as_str());
            if is_own != wanted {
                let said = answer.intent.as_ref().map_or("none", |intent| intent.as_str());
                println!("  {name}: {said} {:.2}: {subject} | {description:?}", answer.confidence.share());
            }
            is_own
        };
        let right = material.asking.iter().filter(|ticket| is_acted_on(ticket, true)).count();
        let wrong = material.not_asking.iter().filter(|ticket| is_acted_on(ticket, false)).count();
        println!(
            "{name}: {right} of {} recognised, {wrong} of {} fired on",
            material.asking.len(),
            material.not_asking.len()
        );
        (asking, recognised) = (asking + material.asking.len(), recognised + right);
        (others, fired) = (others + material.not_asking.len(), fired + wrong);
    }
    println!("all: {recognised} of {asking} recognised, {fired} of {others} fired on");
    assert!(recognised * 100 >= asking * 85 && fired * 100 <= others * 8, "{recognised} recognised, {fired} fired on");
}

#[test]
fn runbooks_beside_each_other_keep_to_their_own_tickets() {
    let runbooks: Vec<Runbook> = ALL.iter().map(|name| runbook(name)).collect();
    let embedded = Embedded::with_runbooks(&runbooks);
    for name in ALL {
        let material = material(name);
        for (subject, description) in &material.asking {
            let answer = acts(&embedded, &classify(&embedded, subject, description));
            let other = answer.filter(|intent| *intent != material.intent);
            let is_another = |intent: &String| runbooks.iter().any(|runbook| runbook.intent.as_str() == intent);
            assert!(!other.as_ref().is_some_and(is_another), "{name}: {description} is answered as {other:?}");
        }
    }
}

#[test]
fn what_the_file_says_is_none_and_what_is_far_is_left_alone() {
    let embedded = Embedded::with_runbooks(&[runbook("contractor_access")]);
    for (subject, description) in [
        ("", "Which contractors have contractor access to the project proj-vega?"),
        ("Contractor access", "The contractor access to proj-vega has been opened yesterday, thanks, please close."),
        ("Invoice", "The invoice of the contractor for the project is missing."),
        ("Printer", "The printer is out of toner."),
    ] {
        let answer = classify(&embedded, subject, description);
        assert_eq!(acts(&embedded, &answer), None, "{description}: {answer:?}");
    }
}

#[test]
fn built_in_answers_stay_as_they_are() {
    let (plain, with) = (Embedded::new(), Embedded::with_runbooks(&[runbook("contractor_access")]));
    let (mut asked, mut moved) = (0, Vec::new());
    for ticket in shipped().iter().filter(|ticket| ticket.intent().is_some()) {
        let (before, after) = (
            classify(&plain, &ticket.subject, &ticket.description),
            classify(&with, &ticket.subject, &ticket.description),
        );
        asked += 1;
        if (acts(&plain, &before), &before.slots) != (acts(&with, &after), &after.slots) {
            moved.push(ticket.id.clone());
        }
    }
    assert!(moved.len() * 1_000 <= asked, "{moved:?} of {asked}");
}

#[test]
fn a_runbook_of_a_built_in_intent_adds_nothing() {
    let mut own = runbook("guest_wifi");
    own.intent = IntentName::new("mfa_reset").unwrap();
    assert_eq!(Trial::of(&own), None);
    assert_eq!(Embedded::with_runbooks(&[own]).model_hash(), Embedded::new().model_hash());
}

#[test]
fn the_same_file_gives_the_same_model_and_the_same_answers() {
    let embedded = || Embedded::with_runbooks(&[runbook("guest_wifi"), runbook("vpn_access")]);
    let (first, second) = (embedded(), embedded());
    assert_eq!(first.model_hash(), second.model_hash());
    for (subject, description) in material("guest_wifi").asking {
        assert_eq!(classify(&first, &subject, &description), classify(&second, &subject, &description));
    }
    let mut changed = runbook("guest_wifi");
    changed.digest = Digest::of(b"another text of the file");
    assert_ne!(Embedded::with_runbooks(&[changed, runbook("vpn_access")]).model_hash(), first.model_hash());
}

#[test]
fn sound_runbooks_stand_their_trial() {
    for name in ALL {
        let trial = Trial::of(&runbook(name)).unwrap();
        println!("{name}: {} of {}, takes {}", trial.recognised(), trial.answers.len(), trial.takings());
        for collision in trial.collisions() {
            println!("  {collision}");
        }
        assert_eq!(trial.complaints(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn examples_without_anything_in_common_are_refused() {
    let mut own = runbook("guest_wifi");
    own.examples = [
        "The coffee machine needs beans.",
        "Could somebody water the plants on the third floor?",
        "Please book the tennis court for Friday.",
        "My chair squeaks, please oil it.",
        "The elevator music is too loud, please turn it down.",
        "We need more whiteboard markers in room Zurich.",
        "Please order a birthday cake for Lena.",
        "Can I get a locker near the bike racks?",
    ]
    .map(str::to_owned)
    .to_vec();
    let trial = Trial::of(&own).unwrap();
    assert!(trial.is_weak(), "{:?}", trial.answers);
    let complaint = &trial.complaints()[0];
    assert!(complaint.contains("of 8 `examples` are recognised by what is learnt from the other ones"), "{complaint}");
    assert!(
        trial.collisions()[0].starts_with("example 1 is too unlike the other ones to be recognised (0."),
        "{:?}",
        trial.collisions()
    );
    let weak = Embedded::with_runbooks(&[own]).weak();
    assert_eq!((weak.len(), weak[0].examples), (1, 8));
}

#[test]
fn examples_that_a_built_in_runbook_answers_are_named_and_what_they_take_is_counted() {
    let mut own = runbook("guest_wifi");
    own.not_examples.clear();
    own.examples = [
        "Please reset my password, I forgot it.",
        "I forgot my password and need a new one, please reset it.",
        "My password has expired, please reset it for jo.brandt@acme.com.",
        "Could you reset the password of Ana Reis? She has forgotten it.",
        "Password forgotten, please send me a reset link.",
        "Please help, I do not remember my password any more and need a reset.",
        "Kofi Mensah has forgotten his password, please reset.",
        "New phone, my authenticator codes are gone, please reset my MFA.",
    ]
    .map(str::to_owned)
    .to_vec();
    let trial = Trial::of(&own).unwrap();
    assert!(trial.is_weak() && trial.taken.contains_key("password_reset"), "{trial:?}");
    assert!(matches!(trial.answers[7], Answer::Other("mfa_reset", _)), "{:?}", trial.answers);
    assert!(trial.collisions().iter().any(|says| says.starts_with("example 8 is answered as `mfa_reset` (")));
    assert!(trial.takings().contains(" of `password_reset`"), "{}", trial.takings());
}

#[test]
fn whoever_takes_more_than_half_a_point_of_the_shipped_tickets_is_refused() {
    let took = |others| Trial {
        answers: vec![Answer::Recognised(0.9); 8],
        taken: [("none".to_owned(), others), ("mfa_reset".to_owned(), 5)].into(),
        shipped: 5_000,
    };
    assert_eq!(took(20).complaints(), Vec::<String>::new());
    let complaint = took(21).complaints().concat();
    let says = "26 of 5000 tickets that the classifier was made from would be answered otherwise (0.5 %, at most 0.5 % may \
                be): 5 of `mfa_reset`, 21 that ask for nothing a built-in runbook does.";
    assert!(complaint.starts_with(says), "{complaint}");
}

#[test]
fn an_example_that_means_several_people_is_named() {
    let mut own = runbook("shared_mailbox");
    own.examples.truncate(8);
    own.examples.push(
        "Please give Dana Kirk (dana.kirk@acme.com) and Omar Said (omar.said@acme.com) access to the shared mailbox info@."
            .to_owned(),
    );
    let trial = Trial::of(&own).unwrap();
    assert_eq!(trial.answers[8], Answer::Several);
    assert!(trial.collisions().contains(&"example 9 speaks of several people; a ticket is about one".to_owned()));
}
