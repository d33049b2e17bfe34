//! Taking tickets in.

use countersign_app::{
    AppError,
    ingest::{Disposition, Taken},
};
use countersign_domain::{
    plan::ObjectId,
    run::{NoActionReason, State, StateName},
    ticket::{FetchedTicket, TicketStatus},
    time::At,
};
use countersign_testkit::{builders::*, desk::DeskCall};
use std::sync::Arc;

use crate::world::{World, body, classifier, taken};

#[tokio::test]
async fn a_ticket_has_one_run_however_often_it_is_sent() {
    let world = World::new();
    let first = taken(world.send(&body("4211", "Please", "Reset MFA")).await);
    assert!(!first.duplicate);
    assert_eq!((first.disposition, first.status), (Disposition::AwaitingApproval, StateName::Planning));
    assert_eq!(first.runbook, Some(runbook_id("RB-002")));
    world.desk.put(ticket("4211", "Please", "Reset MFA"));
    world.drive().await;
    let later = [
        body("4211", "Please", "Reset MFA"),
        body("INC-4211", "Other", "Suspend her"),
        r#"{"ticket_id":4211}"#.to_owned(),
        "{\"ticket\":{\"ticketId\":\"4211\",\"subject\":\"a \"quote\"\"}}".to_owned(),
    ];
    for text in later {
        let again = taken(world.send(&text).await);
        assert_eq!((again.run, again.duplicate), (first.run, true), "{text}");
        assert_eq!(again.status, StateName::AwaitingApproval);
    }
    world.drive().await;
    assert_eq!(world.channel.cards().len(), 1);
}

#[tokio::test]
async fn what_was_sent_is_only_a_hint() {
    let world = World::new();
    world.desk.put(ticket("4211", "Please", "Suspend her"));
    let run = taken(world.send(&body("4211", "Please", "Reset MFA")).await).run;
    world.drive().await;
    let now = world.run(run).await;
    assert_eq!(now.runbook, Some(runbook_id("RB-011")));
    assert_eq!(world.card().shown.title, "Suspend Account");
    assert!(world.card().shown.quoted.unwrap().contains("Suspend her"), "the fetched words are quoted");
}

#[tokio::test]
async fn a_hint_that_the_desk_does_not_confirm_leads_to_no_card() {
    let world = World::new();
    world.desk.put(ticket("4211", "Hello", "The printer is out of paper"));
    let run = taken(world.send(&body("4211", "Please", "Reset MFA")).await).run;
    world.drive().await;
    assert!(matches!(world.run(run).await.state, State::NoAction { reason: NoActionReason::NothingAsked, .. }));
    assert!(world.channel.cards().is_empty() && world.desk.notes().is_empty());
}

#[tokio::test]
async fn the_requester_is_whom_the_desk_names() {
    let world = World::new();
    world.desk.put(ticket("4211", "Please", "Reset my own MFA"));
    let forged = body("4211", "Please", "Reset my own MFA").replace("rob@acme.com", "ceo@acme.com");
    let run = taken(world.send(&forged).await).run;
    world.drive().await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.target.map(|target| target.id), Some(ObjectId("00u2rob".to_owned())));
    assert_eq!(plan.requesters, [contact("rob@acme.com", "Rob Requester")]);
}

#[tokio::test]
async fn form_fields_overrule_what_was_read_from_the_words() {
    let world = World::new();
    let mut asked = ticket("4211", "Please", "Reset MFA");
    asked.fields.insert("target".to_owned(), "rob@acme.com".to_owned());
    asked.requested_for = Some(contact("kim@acme.com", "Kim"));
    let run = world.take_in_ticket(asked).await;
    world.drive().await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.target.map(|target| target.login).as_deref(), Some("rob@acme.com"));
    let requesters: Vec<_> = plan.requesters.iter().map(|contact| contact.mail.as_str()).collect();
    assert_eq!(requesters, ["rob@acme.com", "kim@acme.com"]);
}

#[tokio::test]
async fn a_broken_body_with_an_id_is_received_and_fetched() {
    let world = World::new();
    world.desk.put(ticket("4211", "Please", "Reset MFA"));
    let broken =
        "{\"source\":\"freshservice\",\"ticket\":{\"ticketId\":\"4211\",\"description\":\"He said \"reset\"\n\"}}";
    let ingested = taken(world.send(broken).await);
    assert_eq!((ingested.disposition, ingested.status), (Disposition::Received, StateName::Received));
    assert_eq!(ingested.intent, None);
    world.drive().await;
    assert_eq!(world.state(ingested.run).await, StateName::AwaitingApproval);
}

#[tokio::test]
async fn a_body_without_words_is_received_and_fetched() {
    let world = World::new();
    world.desk.put(ticket("4211", "Please", "Reset MFA"));
    for (place, text) in
        [r#"{"ticket_id":"4211"}"#, r#"{"ticket":{"ticketId":"4211","subject":"x","description":"  "}}"#]
            .into_iter()
            .enumerate()
    {
        let ingested = taken(world.send(text).await);
        assert_eq!((ingested.disposition, ingested.duplicate), (Disposition::Received, place > 0), "{text}");
    }
}

#[tokio::test]
async fn for_a_slow_classifier_a_ticket_is_received_and_classified_once_it_was_fetched() {
    let world = World::new().classifying_by(Arc::new(classifier().slowly()));
    for (number, words, ends) in [
        ("4211", "Reset MFA", StateName::AwaitingApproval),
        ("4212", "The printer is out of paper", StateName::NoAction),
    ] {
        world.desk.put(ticket(number, "Please", words));
        let ingested = taken(world.send(&body(number, "Please", words)).await);
        assert_eq!((ingested.disposition, ingested.status), (Disposition::Received, StateName::Received), "{words}");
        assert_eq!((ingested.intent, ingested.confidence), (None, None), "{words}");
        world.drive().await;
        assert_eq!(world.state(ingested.run).await, ends, "{words}");
    }
}

#[tokio::test]
async fn words_that_ask_for_nothing_are_recorded_and_left_alone() {
    let world = World::new();
    for (number, words, expected) in [
        ("1", "The printer is out of paper", NoActionReason::NothingAsked),
        ("2", "I am unsure about MFA", NoActionReason::BelowFloor),
        ("3", "The coffee is cold", NoActionReason::NoRunbook),
    ] {
        let ingested = taken(world.send(&body(number, "s", words)).await);
        assert_eq!(ingested.disposition, Disposition::NoAction);
        let run = world.run(ingested.run).await;
        assert_eq!(run.state, State::NoAction { reason: expected, previous: None });
        assert_eq!(world.entries(run.id).await, ["run.received", "run.classified", "run.left_alone"]);
    }
    world.drive().await;
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0);
    assert!(world.channel.cards().is_empty() && world.desk.notes().is_empty());
}

#[tokio::test]
async fn tickets_that_are_none_of_our_business_are_left_alone_with_the_reason() {
    type Spoil = fn(&mut FetchedTicket);
    let cases: [(Spoil, NoActionReason); 5] = [
        (|ticket| ticket.status = TicketStatus::Closed, NoActionReason::Closed),
        (|ticket| ticket.status = TicketStatus::Spam, NoActionReason::Spam),
        (|ticket| ticket.status = TicketStatus::Deleted, NoActionReason::Gone),
        (|ticket| ticket.created_at = At(START.0 - 1), NoActionReason::TooOld),
        (|ticket| ticket.decided_elsewhere = true, NoActionReason::DecidedElsewhere),
    ];
    for (spoil, expected) in cases {
        let world = World::new();
        let mut ticket = ticket("4211", "Please", "Reset MFA");
        spoil(&mut ticket);
        let run = world.take_in_ticket(ticket).await;
        world.drive().await;
        assert_eq!(world.run(run).await.state, State::NoAction { reason: expected, previous: None });
        assert!(world.channel.cards().is_empty() && world.desk.notes().is_empty());
    }
    let world = World::new();
    let run = taken(world.send(&body("4211", "Please", "Reset MFA")).await).run;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Planning, "the desk may only be slow to show it");
    for _ in 0..20 {
        world.clock.advance_seconds(30);
        world.drive().await;
    }
    assert_eq!(world.run(run).await.state, State::NoAction { reason: NoActionReason::Gone, previous: None });
}

#[tokio::test]
async fn a_body_without_an_id_is_kept_once() {
    let world = World::new();
    for _ in 0..3 {
        let Taken::Quarantined { pointer, detail } = world.send(r#"{"ticket":{"subject":"help"}}"#).await else {
            panic!("no run can be had from this")
        };
        assert_eq!(pointer, "/ticket/ticketId");
        assert!(detail.contains("no ticket id"), "{detail}");
    }
    assert!(matches!(world.send("not even JSON").await, Taken::Quarantined { .. }));
    let kept = world.app.parts().queries.quarantine(&org_id(), None, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].body, br#"{"ticket":{"subject":"help"}}"#);
    assert_eq!(kept[0].desk, connection("helpdesk"));
    let page = world.app.parts().queries.entries(&org_id(), 0, 10).await.unwrap();
    let kinds: Vec<_> = page.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["body.quarantined", "body.quarantined"], "a repeat is no new entry");
}

#[tokio::test]
async fn the_desk_is_the_keys_or_the_one_the_source_names() {
    let world = World::new();
    let with = |source: &str| format!(r#"{{"source":"{source}","ticket_id":1}}"#);
    let check = async |desk: Option<&str>, text: &str, expected: Result<(), &str>| {
        let desk = desk.map(connection);
        match (world.app.ingest(&org_id(), desk.as_ref(), text.as_bytes()).await, expected) {
            (Ok(Taken::Run(_)), Ok(())) => {}
            (Err(AppError::Invalid { pointer, detail }), Err(part)) => {
                assert_eq!(pointer, "/source");
                assert!(detail.contains(part), "{detail}");
            }
            (other, expected) => panic!("{text}: {other:?}, expected {expected:?}"),
        }
    };
    check(Some("helpdesk"), r#"{"ticket_id":1}"#, Ok(())).await;
    check(None, r#"{"ticket_id":1}"#, Ok(())).await;
    check(None, &with("freshservice"), Ok(())).await;
    check(None, &with("helpdesk"), Ok(())).await;
    check(Some("helpdesk"), &with("freshservice"), Ok(())).await;
    check(None, &with("jira"), Err("helpdesk")).await;
    check(Some("helpdesk"), &with("jira"), Err("jira")).await;
    check(Some("other"), &with("freshservice"), Err("another one")).await;
}

#[tokio::test]
async fn a_body_of_an_unknown_source_is_refused_and_kept() {
    let world = World::new();
    let text = r#"{"source":"jira","ticket_id":1}"#;
    for desk in [None, Some(connection("helpdesk"))] {
        for _ in 0..2 {
            let refused = world.app.ingest(&org_id(), desk.as_ref(), text.as_bytes()).await;
            assert!(matches!(refused, Err(AppError::Invalid { pointer, .. }) if pointer == "/source"));
        }
    }
    let kept = world.app.parts().queries.quarantine(&org_id(), None, 10).await.unwrap();
    assert_eq!(kept.len(), 1, "the same body is kept once");
    assert_eq!((kept[0].body.as_slice(), &kept[0].desk), (text.as_bytes(), &connection("helpdesk")));
    assert!(kept[0].why.contains("jira"), "{}", kept[0].why);
    assert!(world.claim().await.is_empty(), "no run was opened");
}

#[tokio::test]
async fn a_mangled_body_goes_to_the_keys_desk_whatever_source_it_names() {
    for (place, source) in ["freshservice", "jira", "other", ""].into_iter().enumerate() {
        let world = World::new();
        let number = 4_300 + place;
        let broken =
            format!("{{\"source\":\"{source}\",\"ticket\":{{\"ticketId\":\"{number}\",\"subject\":\"a \"b\"\"}}}}");
        let injected = format!(
            r#"{{"source":"{source}","ticket":{{"ticketId":"{number}","subject":"a","description":"Reset MFA","ticketId":"1"}}}}"#
        );
        for (text, again) in [(broken, false), (injected, true)] {
            let ingested = taken(world.send(&text).await);
            assert_eq!((ingested.status, ingested.duplicate), (StateName::Received, again), "{text}");
            let run = world.run(ingested.run).await;
            assert_eq!(run.ticket_key(), Some((&connection("helpdesk"), &ticket_id(&number.to_string()))), "{text}");
        }
        assert!(world.app.parts().queries.quarantine(&org_id(), None, 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_organisation_that_is_not_configured_is_unknown() {
    let world = World::new();
    let other = countersign_domain::ids::OrgId::new("other").unwrap();
    let error = world.app.ingest(&other, None, b"{\"ticket_id\":1}").await.unwrap_err();
    assert!(matches!(error, AppError::UnknownOrg(_)));
}
