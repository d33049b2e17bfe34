//! A second model can confirm what the classifier named itself, and nothing else.

use countersign_domain::{
    classification::{Classification, Confidence, Consultation, GroupAction, NamedPerson, Said, Slots},
    command::Understood,
    event::Event,
    ports::{Opinion, OpinionValues, PortError},
    run::NoActionReason,
    runbook::Runbook,
    second_opinion::{wanted, weigh},
};
use countersign_testkit::{builders::*, runbooks};

const FLOOR: f64 = 0.8;

fn below(alone: Classification) -> Understood {
    Understood::Nothing { classification: alone, reason: NoActionReason::BelowFloor }
}

fn said() -> Said {
    Said {
        subject: "Access to Docs".to_owned(),
        body: "Please put Sarah Chen (sarah.chen@acme.com) into the Docs group, not tom@acme.com.\nVisio Plan 2 too."
            .to_owned(),
    }
}

fn opinion(found: Option<&str>, values: OpinionValues) -> Result<Opinion, PortError> {
    Ok(Opinion { intent: found.map(intent), values })
}

fn weighed(runbook: &Runbook, slots: Slots, answer: Result<Opinion, PortError>) -> Understood {
    let alone = classification(Some(runbook.intent.as_str()), 0.6, slots);
    weigh(alone, (runbook, Confidence::from_share(FLOOR)), &said(), "small", answer)
}

/// What came of it, after looking at what always holds: who was asked, and that nothing but agreement raises anything.
fn outcome(understood: &Understood) -> (&Classification, &Consultation) {
    let (classification, agreed) = match understood {
        Understood::Runbook { classification, .. } => (classification, true),
        Understood::Nothing { classification, reason } => {
            assert_eq!(*reason, NoActionReason::BelowFloor);
            (classification, false)
        }
    };
    let consulted = classification.consulted.as_ref().expect("it is recorded");
    assert_eq!((consulted.model.as_str(), consulted.alone), ("small", Confidence::from_share(0.6)));
    assert_eq!(classification.confidence, Confidence::from_share(if agreed { FLOOR } else { 0.6 }));
    assert_eq!(matches!(consulted.said, Consultation::Agreed { .. }), agreed);
    (classification, &consulted.said)
}

#[test]
fn it_is_wanted_between_ask_from_and_the_floor_alone() {
    let asks = |share: f64| classification(Some("mfa_reset"), share, Slots::default());
    let from = Confidence::from_share(0.5);
    for (understood, expected) in [
        (below(asks(0.49)), false),
        (below(asks(0.5)), true),
        (below(asks(0.79)), true),
        (below(classification(None, 0.6, Slots::default())), false),
        (Understood::Nothing { classification: asks(0.6), reason: NoActionReason::NothingAsked }, false),
        (Understood::Nothing { classification: asks(0.6), reason: NoActionReason::NoRunbook }, false),
        (Understood::Nothing { classification: asks(0.6), reason: NoActionReason::SwitchedOff }, false),
        (Understood::Runbook { classification: asks(0.8), runbook: runbook_id("RB-002") }, false),
    ] {
        assert_eq!(wanted(&understood, from), expected, "{understood:?}");
    }
}

#[test]
fn the_same_intent_is_as_sure_as_the_floor_and_no_surer() {
    let found = weighed(
        &runbooks::mfa_reset(),
        slots_for("sarah.chen@acme.com"),
        opinion(Some("mfa_reset"), OpinionValues::default()),
    );
    let (classification, said) = outcome(&found);
    assert_eq!(*said, Consultation::Agreed { filled: vec![] });
    assert_eq!(classification.slots, slots_for("sarah.chen@acme.com"));
    assert!(matches!(found, Understood::Runbook { runbook, .. } if runbook == runbooks::mfa_reset().id));
}

#[test]
fn anything_else_leaves_what_the_classifier_said() {
    let refused = PortError::transient("it took too long", None);
    for (answer, expected) in [
        (opinion(None, OpinionValues::default()), Consultation::NothingAsked),
        (
            opinion(Some("suspend_account"), OpinionValues::default()),
            Consultation::OtherIntent { intent: intent("suspend_account") },
        ),
        (Err(refused), Consultation::NoAnswer { why: "it took too long".to_owned() }),
    ] {
        let found = weighed(&runbooks::mfa_reset(), slots_for("sarah.chen@acme.com"), answer);
        let (classification, said) = outcome(&found);
        assert_eq!((said, classification.intent.as_ref()), (&expected, Some(&intent("mfa_reset"))));
    }
}

#[test]
fn another_value_is_a_disagreement() {
    let own = || Slots {
        target: NamedPerson { email: Some("Sarah.Chen@acme.com".to_owned()), name: Some("Sarah Chen".to_owned()) },
        group: Some("Docs".to_owned()),
        action: Some(GroupAction::Add),
        sku: Some("Visio Plan 2".to_owned()),
        new_hire: None,
    };
    let target = |text: &str| OpinionValues { target: Some(text.to_owned()), ..OpinionValues::default() };
    let group = |text: &str| OpinionValues { group: Some(text.to_owned()), ..OpinionValues::default() };
    let action = |action| OpinionValues { action: Some(action), ..OpinionValues::default() };
    let sku = |text: &str| OpinionValues { sku: Some(text.to_owned()), ..OpinionValues::default() };
    for (values, expected) in [
        (target("sarah.chen@acme.com"), None),
        (target("Sarah Chen (sarah.chen@acme.com)"), None),
        (target("Chen"), None),
        (target("tom@acme.com"), Some("target")),
        (target("chen@acme.com"), Some("target")),
        (group("Docs group"), None),
        (group("the Docs"), None),
        (group("Docs group, not"), Some("group")),
        (group("Access"), Some("group")),
        (action(GroupAction::Add), None),
        (action(GroupAction::Remove), Some("action")),
        (sku("Visio Plan"), Some("sku")),
        // What does not stand in the ticket is no value at all.
        (target("ceo@acme.com"), None),
        (group("Domain Admins"), None),
        (group("group, not tom@acme.com.\nVisio"), None),
        (sku("  "), None),
    ] {
        let shown = [&values.target, &values.group, &values.sku].map(Clone::clone);
        let found = weighed(&runbooks::group_membership(), own(), opinion(Some("group_membership"), values));
        let (classification, said) = outcome(&found);
        assert_eq!(classification.slots, own(), "{shown:?}");
        match expected {
            None => assert_eq!(*said, Consultation::Agreed { filled: vec![] }, "{shown:?}"),
            Some(value) => assert_eq!(*said, Consultation::OtherValue { value: value.to_owned() }, "{shown:?}"),
        }
    }
}

#[test]
fn a_group_or_licence_that_the_runbook_wants_is_taken_where_none_was_found_and_nothing_else_is() {
    let values = || OpinionValues {
        target: Some("tom@acme.com".to_owned()),
        group: Some(" Docs ".to_owned()),
        action: Some(GroupAction::Add),
        sku: Some("Visio Plan 2".to_owned()),
    };
    for (runbook, group, sku) in [
        (runbooks::group_membership(), Some("Docs"), None),
        (runbooks::license_assignment(), None, Some("Visio Plan 2")),
        (runbooks::mfa_reset(), None, None),
    ] {
        let found = weighed(&runbook, Slots::default(), opinion(Some(runbook.intent.as_str()), values()));
        let (classification, said) = outcome(&found);
        let expected = Slots { group: group.map(str::to_owned), sku: sku.map(str::to_owned), ..Slots::default() };
        assert_eq!(classification.slots, expected);
        let filled = [group.map(|_| "group"), sku.map(|_| "sku")].into_iter().flatten().map(str::to_owned).collect();
        assert_eq!(*said, Consultation::Agreed { filled });
    }
}

#[test]
fn entries_from_before_and_without_a_second_opinion_read_back_as_they_were() {
    let before = r#"{"classified":{"classification":{"intent":"mfa_reset","confidence":9700,"runners_up":[],"slots":{"target":{"email":null,"name":null},"group":null,"action":null,"sku":null,"new_hire":null},"model":"ab12cd34"},"runbook":"RB-002","fetched":true}}"#;
    let event: Event = serde_json::from_str(before).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), before);
    let found = weighed(&runbooks::mfa_reset(), Slots::default(), opinion(None, OpinionValues::default()));
    let (classification, _) = outcome(&found);
    let written = serde_json::to_string(classification).unwrap();
    assert!(written.contains(r#""consulted":{"model":"small","alone":6000,"said":"nothing_asked"}"#), "{written}");
    assert_eq!(serde_json::from_str::<Classification>(&written).unwrap(), *classification);
}

#[test]
fn what_came_of_it_is_said_in_words() {
    for (said, words) in [
        (Consultation::Agreed { filled: vec![] }, "agreed"),
        (
            Consultation::Agreed { filled: vec!["group".to_owned(), "sku".to_owned()] },
            "agreed, and found group and sku",
        ),
        (Consultation::OtherValue { value: "target".to_owned() }, "found another target"),
        (Consultation::OtherIntent { intent: intent("mfa_reset") }, "said mfa_reset"),
        (Consultation::NothingAsked, "said that nothing is asked"),
        (Consultation::NoAnswer { why: "silent".to_owned() }, "gave no answer that could be used: silent"),
    ] {
        assert_eq!(said.to_string(), words);
    }
}
