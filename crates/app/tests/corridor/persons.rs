//! Requesters, targets and approvers as persons, whichever address they come with.

use countersign_app::AppError;
use countersign_domain::{
    card::CardStatus,
    classification::NewHire,
    command::RefusalReason,
    ids::{PersonId, RunId},
    person::{Actor, MailAddress},
    plan::{BlockCode, ObjectId},
    policy::NotEntitled,
    ports::{Decided, KeyRow, PortError, Queries, Store},
    run::StateName,
};
use countersign_testkit::{
    builders::*,
    system::{FakeUser, SystemCall},
};

use crate::world::{World, approval, starter};

async fn start(world: &World, key: &KeyRow) -> RunId {
    let slots = slots_for("sarah.chen@acme.com");
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, key).await.expect("it starts").id;
    world.drive().await;
    run
}

async fn refused_as(world: &World, run: RunId, person_ref: &str) -> RefusalReason {
    match world.rule(run, person_ref, approval()).await {
        Err(AppError::Refused(refusal)) => refusal.reason,
        other => panic!("{person_ref} is not refused: {other:?}"),
    }
}

/// A click that is refused for this reason.
async fn refused_click(world: &World, run: RunId, user: &str, expected: NotEntitled) {
    let before = world.channel.explanations().len();
    world.click(run, user, 1, Decided::Approve).await;
    let told = world.channel.explanations();
    assert_eq!(told.len(), before + 1, "{user} is not refused");
    assert!(told[before].text.contains(&expected.to_string()), "{}", told[before].text);
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
}

async fn blocks(world: &World, run: RunId) -> Vec<BlockCode> {
    let plan = world.run(run).await.state.plan().cloned().expect("there is a plan");
    assert_eq!(plan.approvable(), plan.blockers.is_empty());
    plan.blockers.iter().map(|blocker| blocker.code).collect()
}

#[tokio::test]
async fn whoever_starts_a_run_cannot_approve_it_whichever_way_they_come() {
    let world = World::new();
    let run = start(&world, &starter()).await;
    let expected = RefusalReason::NotEntitled(NotEntitled::IsRequester);
    assert_eq!(refused_as(&world, run, "mail:rob@acme.com").await, expected);
    assert_eq!(refused_as(&world, run, "mail:Rob@ACME.com").await, expected);
    refused_click(&world, run, "U0ROB", NotEntitled::IsRequester).await;
    world.drive().await;
    assert!(world.okta.changes().is_empty());
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn the_target_of_a_started_run_cannot_approve_it_either() {
    let world = World::new();
    let run = start(&world, &starter()).await;
    let expected = RefusalReason::NotEntitled(NotEntitled::IsTarget);
    assert_eq!(refused_as(&world, run, "mail:sarah.chen@acme.com").await, expected);
    refused_click(&world, run, "U0SARAH", NotEntitled::IsTarget).await;
}

#[tokio::test]
async fn a_key_without_a_person_starts_nothing() {
    let world = World::new();
    let nobodys = KeyRow { person: None, ..starter() };
    let refused =
        world.app.start(&org_id(), &runbook_id("RB-002"), slots_for("sarah.chen@acme.com"), &nobodys).await.err();
    let Some(AppError::Invalid { detail, .. }) = refused else { panic!("not refused: {refused:?}") };
    assert!(detail.contains("--person"), "{detail}");
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn a_start_by_somebody_without_an_address_cannot_be_approved() {
    let world = World::new();
    let key = KeyRow { person: Some(person("slack:U0ROB")), ..starter() };
    let run = start(&world, &key).await;
    assert_eq!(blocks(&world, run).await, [BlockCode::NoRequester]);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_where_it_stands() {
    let world = World::new();
    let mut hire = slots_for("sarah.chen@acme.com");
    hire.new_hire = Some(NewHire {
        name: Some("Noor Haddad".to_owned()),
        email: Some("noor at acme".to_owned()),
        groups: Vec::new(),
        license: None,
    });
    for (slots, expected) in [
        (slots_for("sarah.chen"), "/target/email"),
        (slots_for(""), "/target/email"),
        (slots_for("a@b.de, c@d.de"), "/target/email"),
        (hire, "/newHire/email"),
    ] {
        match world.app.start(&org_id(), &runbook_id("RB-002"), slots.clone(), &starter()).await {
            Err(AppError::Invalid { pointer, .. }) => assert_eq!(pointer, expected, "{slots:?}"),
            other => panic!("{slots:?}: {other:?}"),
        }
    }
    assert!(world.claim().await.is_empty(), "no run was opened");
}

#[tokio::test]
async fn a_ticket_whose_requester_has_no_address_cannot_be_approved() {
    for requested_for in [None, Some(contact("kim@acme.com", "Kim"))] {
        let world = World::new();
        let mut asked = ticket("4211", "Please", "Reset MFA");
        (asked.requester, asked.requested_for) = (None, requested_for);
        let run = world.take_in_ticket(asked).await;
        world.drive().await;
        assert_eq!(blocks(&world, run).await, [BlockCode::NoRequester]);
        let CardStatus::Blocked { reasons } = world.card().shown.status else { panic!("no buttons") };
        assert!(reasons[0].1.contains("requester"), "{reasons:?}");
        assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        assert!(matches!(refused_as(&world, run, LEAD).await, RefusalReason::Blocked(_)));
        world.drive().await;
        assert!(world.okta.changes().is_empty());
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    }
}

#[tokio::test]
async fn a_requester_who_was_added_to_the_ticket_lets_it_be_planned_again() {
    let world = World::new();
    let mut asked = ticket("4211", "Please", "Reset MFA");
    asked.requester = None;
    let run = world.take_in_ticket(asked).await;
    world.drive().await;
    let rob = contact("rob@acme.com", "Rob Requester");
    world.desk.change(&ticket_id("4211"), |ticket| ticket.requester = Some(rob));
    world.app.replan(world.run(run).await, None, Actor::Operator).await.unwrap();
    world.drive().await;
    assert_eq!(blocks(&world, run).await, []);
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

/// The id that a person is given who is not known yet: an approver's of the builders.
fn nobody_yet() -> PersonId {
    ada().id
}

/// Somebody whom entra knows by these addresses.
fn known_in_entra(world: &World, id: &str, addresses: &[&str]) {
    let mut known = subject(id, "Somebody", addresses[0]);
    known.mails = addresses.iter().map(|address| mail(address)).collect();
    world.entra.put(FakeUser::new(known));
}

#[tokio::test]
async fn an_alias_that_only_another_system_knows_is_still_the_same_person() {
    for (id, address, expected) in [
        ("aad-rob", "rob@acme.com", NotEntitled::IsRequester),
        ("aad-sarah", "sarah.chen@acme.com", NotEntitled::IsTarget),
    ] {
        let world = World::new();
        known_in_entra(&world, id, &[address, "ada@acme.com", "lead@acme.com"]);
        let run = world.ask_for("Reset MFA").await;
        assert_eq!(refused_as(&world, run, LEAD).await, RefusalReason::NotEntitled(expected));
        refused_click(&world, run, "U0APPROVER", expected).await;
        world.drive().await;
        assert!(world.okta.changes().is_empty());
    }
}

#[tokio::test]
async fn the_alias_of_whoever_started_a_run_is_theirs_too() {
    let world = World::new();
    known_in_entra(&world, "aad-rob", &["rob@acme.com", "lead@acme.com"]);
    let run = start(&world, &starter()).await;
    let expected = RefusalReason::NotEntitled(NotEntitled::IsRequester);
    assert_eq!(refused_as(&world, run, LEAD).await, expected);
}

#[tokio::test]
async fn an_alias_of_an_alias_is_the_same_person() {
    let world = World::new();
    known_in_entra(&world, "aad-rob", &["rob@acme.com", "robert@acme.de"]);
    let mut robert = subject("00u3robert", "Robert", "robert@acme.de");
    robert.mails = vec![mail("robert@acme.de"), mail("lead@acme.com")];
    world.okta.put(FakeUser::new(robert));
    let run = world.ask_for("Reset MFA").await;
    let expected = RefusalReason::NotEntitled(NotEntitled::IsRequester);
    assert_eq!(refused_as(&world, run, LEAD).await, expected);
}

#[tokio::test]
async fn a_login_that_is_an_address_counts_as_one() {
    let world = World::new();
    let mut rob = subject("aad-rob", "Rob", "ada@acme.com");
    rob.mails = vec![mail("rob@acme.com")];
    world.entra.put(FakeUser::new(rob));
    let run = world.ask_for("Reset MFA").await;
    refused_click(&world, run, "U0APPROVER", NotEntitled::IsRequester).await;
}

#[tokio::test]
async fn a_system_that_cannot_say_more_holds_no_plan_up() {
    let world = World::new();
    for _ in 0..2 {
        world.entra.script.fail(SystemCall::Resolve, PortError::unauthorized("The token was revoked."));
    }
    let run = world.ask_for("Reset MFA").await;
    assert_eq!(blocks(&world, run).await, []);
    refused_click(&world, run, "U0ROB", NotEntitled::IsRequester).await;
    refused_click(&world, run, "U0SARAH", NotEntitled::IsTarget).await;
}

#[tokio::test]
async fn our_own_rate_budget_leaves_no_alias_out() {
    let world = World::new();
    known_in_entra(&world, "aad-rob", &["rob@acme.com", "ada@acme.com"]);
    for _ in 0..8 {
        world.entra.script.fail(SystemCall::Resolve, PortError::held("Our own rate budget is used up.", 5_000));
    }
    let run = world.ask_for("Reset MFA").await;
    assert_eq!(world.state(run).await, StateName::Planning, "the plan waits");
    for _ in 0..8 {
        world.clock.advance_seconds(5);
        world.drive().await;
    }
    assert_eq!(blocks(&world, run).await, []);
    refused_click(&world, run, "U0APPROVER", NotEntitled::IsRequester).await;
}

#[tokio::test]
async fn an_address_that_a_person_had_earlier_still_counts() {
    let world = World::new();
    world.channel.member("U0APPROVER", "Ada Approver", Some("rob@acme.com"));
    let first = world.ask_for("Reset MFA").await;
    refused_click(&world, first, "U0APPROVER", NotEntitled::IsRequester).await;
    world.channel.member("U0APPROVER", "Ada Approver", Some("ada@acme.com"));
    let second = world.take_in_ticket(ticket("4212", "Please", "Reset MFA")).await;
    world.drive().await;
    refused_click(&world, second, "U0APPROVER", NotEntitled::IsRequester).await;
    let refs = [person(APPROVER)];
    let id = world.store.person(&org_id(), &refs, nobody_yet()).await.unwrap();
    let mut known: Vec<MailAddress> = world.store.inner.mails_of(&org_id(), &id).await.unwrap();
    known.sort();
    assert_eq!(known, [mail("ada@acme.com"), mail("rob@acme.com")]);
}

#[tokio::test]
async fn an_earlier_address_counts_for_whoever_decides_by_key() {
    let world = World::new();
    let refs = [person(LEAD), person("mail:sarah.chen@acme.com")];
    world.store.person(&org_id(), &refs, nobody_yet()).await.unwrap();
    let run = world.ask_for("Reset MFA").await;
    assert_eq!(refused_as(&world, run, LEAD).await, RefusalReason::NotEntitled(NotEntitled::IsTarget));
    assert!(world.okta.user(&ObjectId("00u1sarah".to_owned())).is_some_and(|user| user.factors == 2));
}
