//! A person says what a ticket asks for.

use countersign_app::AppError;
use countersign_classify::Embedded;
use countersign_domain::{
    card::CardStatus,
    command::RefusalReason,
    ids::RunId,
    person::Actor,
    plan::BlockCode,
    policy::NotEntitled,
    ports::Decided,
    run::{DenyReason, NoActionReason, Run, StateName},
};
use countersign_testkit::{builders::*, system::FakeUser};
use std::sync::Arc;

use crate::world::{World, approval, body, starter, taken};

const BY: Actor = Actor::Operator;

async fn correct(world: &World, run: RunId, to: &str, by: &str) -> Result<Run, AppError> {
    let corrected = world.app.replan(world.run(run).await, Some((intent(to), mail(by))), BY).await?;
    world.drive().await;
    Ok(corrected)
}

/// The run's card is of this runbook, in this version, and can be approved.
async fn check_open(world: &World, run: RunId, title: &str, version: u32) {
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    let card = world.card().shown;
    assert_eq!((card.title.as_str(), card.plan_version), (title, version));
    assert!(matches!(card.status, CardStatus::Open { .. }), "{:?}", card.status);
}

#[tokio::test]
async fn a_ticket_that_was_left_alone_is_planned_as_the_person_says() {
    for (words, reason) in [
        ("Her account must not be used any more", NoActionReason::NothingAsked),
        ("I am unsure about MFA", NoActionReason::BelowFloor),
        ("The coffee is cold", NoActionReason::NoRunbook),
    ] {
        let world = World::new();
        let run = world.ask_for(words).await;
        assert_eq!(world.run(run).await.left_alone(), Some(&reason));
        correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
        check_open(&world, run, "Suspend Account", 1).await;
        assert_eq!(world.card().shown.classification, "suspend_account, corrected by kim@acme.com");
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Succeeded);
        assert_eq!(world.okta.changes().len(), 2);
    }
}

#[tokio::test]
async fn a_plan_that_was_denied_for_its_type_is_planned_as_the_person_says() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let wrong_type = Decided::Deny { reason: DenyReason::WrongType, words: None };
    world.click(run, "U0APPROVER", 1, wrong_type).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Denied);
    correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
    check_open(&world, run, "Suspend Account", 2).await;
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: PENDING");
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.user(&sarah().id).unwrap().factors, 2, "nothing of the denied plan was done");
    let decisions = world.entries(run).await;
    assert_eq!(decisions.iter().filter(|kind| ["plan.denied", "plan.approved"].contains(&kind.as_str())).count(), 2);
}

#[tokio::test]
async fn a_plan_that_waits_is_replaced_and_its_card_no_longer_counts() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
    check_open(&world, run, "Suspend Account", 2).await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert!(world.channel.explanations()[0].text.contains("version 2"));
    world.drive().await;
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn the_values_are_read_that_the_corrected_intent_wants() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    correct(&world, run, "group_membership", "kim@acme.com").await.unwrap();
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.steps[0].title, "Add to Docs", "{plan:?}");
}

#[tokio::test]
async fn a_real_ticket_is_read_for_what_the_person_says_it_asks_for() {
    let world = World::new().classifying_by(Arc::new(Embedded::new()));
    world.entra.group("Finance-Reports", "g-finance");
    world.entra.put(FakeUser::new(subject("aad-rob", "Rob Requester", "rob@acme.com")));
    let words = "Hi, could somebody add me to the group \"Finance-Reports\"? Thanks, Rob";
    let mut asked = ticket("4211", "Quarter end", words);
    asked.text.requester = Some("rob@acme.com".to_owned());
    world.desk.put(asked);
    let run = taken(world.send(&body("4211", "Quarter end", "see the other ticket")).await).run;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::NoAction);
    correct(&world, run, "group_membership", "kim@acme.com").await.unwrap();
    let plan = world.run(run).await.state.plan().cloned().expect("there is a plan");
    assert_eq!(plan.steps.first().map(|step| step.title.as_str()), Some("Add to Finance-Reports"), "{plan:?}");
}

#[tokio::test]
async fn reading_the_ticket_again_does_not_undo_a_correction() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
    world.app.replan(world.run(run).await, None, BY).await.unwrap();
    world.drive().await;
    check_open(&world, run, "Suspend Account", 3).await;
    world.okta.change(&sarah().id, |user| user.subject.state = "STAGED".to_owned());
    world.click(run, "U0APPROVER", 3, Decided::Approve).await;
    world.drive().await;
    check_open(&world, run, "Suspend Account", 4).await;
    assert_eq!(world.card().shown.classification, "suspend_account, corrected by kim@acme.com");
}

#[tokio::test]
async fn whoever_corrected_cannot_approve_whichever_way_and_under_whichever_address_they_come() {
    for address in ["ada@acme.com", "A.Approver@acme.de"] {
        let world = World::new();
        let mut ada = subject("aad-ada", "Ada Approver", "ada@acme.com");
        ada.mails = vec![mail("ada@acme.com"), mail("a.approver@acme.de")];
        world.entra.put(FakeUser::new(ada));
        let run = world.ask_for("Reset MFA").await;
        correct(&world, run, "suspend_account", address).await.unwrap();
        world.click(run, "U0APPROVER", 2, Decided::Approve).await;
        let told = world.channel.explanations();
        assert_eq!(told.len(), 1, "{address}");
        assert!(told[0].text.contains(&NotEntitled::IsEditor.to_string()), "{}", told[0].text);
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
        world.rule(run, LEAD, approval()).await.expect("somebody else may");
    }
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    correct(&world, run, "suspend_account", "LEAD@acme.com").await.unwrap();
    match world.rule(run, LEAD, approval()).await {
        Err(AppError::Refused(refusal)) => {
            assert_eq!(refusal.reason, RefusalReason::NotEntitled(NotEntitled::IsEditor));
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn an_intent_that_no_runbook_serves_is_refused_where_it_stands() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let before = world.run(run).await;
    match correct(&world, run, "coffee_machine", "kim@acme.com").await {
        Err(AppError::Invalid { pointer, detail }) => {
            assert_eq!(pointer, "/intent");
            assert!(detail.contains("coffee_machine") && detail.contains("suspend_account"), "{detail}");
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(world.run(run).await, before);
}

#[tokio::test]
async fn who_corrected_and_by_what_stands_in_the_ledger() {
    let world = World::new();
    let run = world.ask_for("The printer is out of paper").await;
    let by = Actor::Key(key_id(6));
    let corrected = Some((intent("suspend_account"), mail("kim@acme.com")));
    world.app.replan(world.run(run).await, corrected, by.clone()).await.unwrap();
    let entry = world.last_entry().await;
    assert_eq!((entry.kind.as_str(), entry.actor, entry.run), ("plan.asked", Some(by.opaque()), Some(run)));
    let body = String::from_utf8(entry.body.unwrap().1).unwrap();
    assert!(body.contains("kim@acme.com") && body.contains("suspend_account"), "{body}");
}

#[tokio::test]
async fn what_changed_something_is_not_planned_again() {
    let world = World::new();
    let run = world.approve("Reset MFA").await;
    match correct(&world, run, "suspend_account", "kim@acme.com").await {
        Err(AppError::Refused(refusal)) => {
            assert_eq!(refusal.reason, RefusalReason::WrongState(StateName::Succeeded));
            assert!(refusal.to_string().contains("replan") && refusal.to_string().contains("succeeded"), "{refusal}");
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_started_run_can_be_corrected_too_from_the_values_it_was_given() {
    let world = World::new();
    let slots = slots_for("sarah.chen@acme.com");
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter()).await.unwrap().id;
    world.drive().await;
    correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
    check_open(&world, run, "Suspend Account", 2).await;
}

#[tokio::test]
async fn a_corrected_ticket_that_lacks_a_value_says_which() {
    let world = World::new();
    let run = world.ask_for("The printer is out of paper").await;
    world.desk.change(&ticket_id("4211"), |ticket| {
        ticket.fields.insert("target".to_owned(), "nobody@acme.com".to_owned());
    });
    correct(&world, run, "suspend_account", "kim@acme.com").await.unwrap();
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.blockers[0].code, BlockCode::UnknownTarget);
}
