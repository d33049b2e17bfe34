//! Replaying what was set aside.

use countersign_app::{AppError, ingest::Taken};
use countersign_domain::{
    ids::{QuarantineId, RunId},
    mode::Mode,
    person::Actor,
    ports::{QuarantineRow, Queries},
    run::{NoActionReason, StateName},
};
use countersign_testkit::{builders::*, desk::DeskCall};

use crate::world::{World, taken};

const NO_ID: &str = r#"{"ticket":{"subject":"help","description":"Reset MFA"}}"#;

/// Sends a body that is set aside, and hands its row over.
async fn set_aside(world: &World, body: &str) -> QuarantineRow {
    assert!(matches!(world.send(body).await, Taken::Quarantined { .. }));
    world.store.inner.quarantine(&org_id(), None, 10).await.expect("the store answers").pop().expect("it is kept")
}

async fn replay(world: &World, id: &QuarantineId, ticket: Option<&str>) -> Result<(RunId, bool), AppError> {
    let by = Actor::Key(key_id(5));
    let answer = world.app.replay(&org_id(), id, ticket.map(ticket_id), &by).await?;
    Ok((answer.run, answer.duplicate))
}

#[tokio::test]
async fn a_body_is_replayed_for_the_ticket_somebody_says_it_is_about() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    world.desk.put(ticket("4211", "Please", "Suspend her"));
    let (run, duplicate) = replay(&world, &row.id, Some("4211")).await.unwrap();
    assert!(!duplicate);
    assert_eq!(world.state(run).await, StateName::Received, "nothing of the body is believed");
    world.drive().await;
    let run = world.run(run).await;
    assert_eq!((run.state.name(), run.runbook), (StateName::AwaitingApproval, Some(runbook_id("RB-011"))));
    assert_eq!(run.origin, from_ticket());
    let kept = world.store.inner.quarantined(&org_id(), &row.id).await.unwrap().expect("it is still there");
    assert_eq!(kept.replayed.map(|replayed| (replayed.at, replayed.run)), Some((START, run.id)));
    assert!(world.store.inner.quarantine(&org_id(), None, 10).await.unwrap().is_empty(), "nobody need look again");
}

#[tokio::test]
async fn who_replayed_what_into_which_run_stands_in_the_ledger() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    let (run, _) = replay(&world, &row.id, Some("4211")).await.unwrap();
    let entry = world.last_entry().await;
    assert_eq!((entry.kind.as_str(), entry.actor), ("body.replayed", Some(key_id(5).to_string())));
    let body = String::from_utf8(entry.body.unwrap().1).unwrap();
    assert!(body.contains(&run.to_string()) && body.contains(&row.id.to_string()), "{body}");
    assert!(!body.contains("Reset MFA"), "and no word of the body");
}

#[tokio::test]
async fn a_body_that_is_replayed_twice_leads_to_the_same_run() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    world.desk.put(ticket("4211", "Please", "Suspend her"));
    let (first, _) = replay(&world, &row.id, Some("4211")).await.unwrap();
    world.drive().await;
    world.clock.advance_seconds(60);
    assert_eq!(replay(&world, &row.id, Some("4211")).await.unwrap(), (first, true));
    world.drive().await;
    assert_eq!(world.channel.cards().len(), 1);
    let kept = world.store.inner.quarantined(&org_id(), &row.id).await.unwrap().unwrap();
    assert_eq!(kept.replayed.map(|replayed| replayed.at), Some(START), "the first time counts");
}

#[tokio::test]
async fn a_ticket_that_is_known_already_keeps_its_run() {
    let world = World::new();
    let known = world.ask_for("Reset MFA").await;
    let row = set_aside(&world, NO_ID).await;
    assert_eq!(replay(&world, &row.id, Some("4211")).await.unwrap(), (known, true));
}

#[tokio::test]
async fn a_body_that_still_names_no_ticket_asks_which_one_it_is_about() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    match replay(&world, &row.id, None).await {
        Err(AppError::Invalid { pointer, detail }) => {
            assert_eq!(pointer, "/ticketId");
            assert!(detail.contains("say which ticket"), "{detail}");
        }
        other => panic!("not refused: {other:?}"),
    }
    let kept = world.store.inner.quarantined(&org_id(), &row.id).await.unwrap().unwrap();
    assert_eq!(kept.replayed, None);
    assert!(world.claim().await.is_empty(), "no run was opened");
}

#[tokio::test]
async fn a_body_that_was_refused_for_its_source_is_replayed_by_the_id_it_names_and_nothing_else_of_it_is_believed() {
    let world = World::new();
    let sent = r#"{"source":"jira","ticket":{"ticketId":"4211","subject":"s","description":"Reset MFA","requesterEmail":"ceo@acme.com"}}"#;
    world.app.ingest(&org_id(), None, sent.as_bytes()).await.unwrap_err();
    let row = world.store.inner.quarantine(&org_id(), None, 10).await.unwrap().remove(0);
    world.desk.put(ticket("4211", "Please", "Suspend her"));
    let (run, _) = replay(&world, &row.id, None).await.unwrap();
    assert_eq!(world.store.inner.text(&org_id(), &run).await.unwrap().map(|text| text.description), None);
    world.drive().await;
    let run = world.run(run).await;
    assert_eq!((run.runbook.clone(), run.origin.clone()), (Some(runbook_id("RB-011")), from_ticket()));
    let plan = run.state.plan().expect("there is a plan");
    assert_eq!(plan.requesters, [contact("rob@acme.com", "Rob Requester")]);
    assert!(world.card().shown.quoted.unwrap().contains("Suspend her"));
}

#[tokio::test]
async fn a_given_ticket_goes_before_the_one_the_body_names() {
    let world = World::new();
    let sent = r#"{"source":"jira","ticket_id":"1"}"#;
    world.app.ingest(&org_id(), None, sent.as_bytes()).await.unwrap_err();
    let row = world.store.inner.quarantine(&org_id(), None, 10).await.unwrap().remove(0);
    let (run, _) = replay(&world, &row.id, Some("4211")).await.unwrap();
    assert_eq!(world.run(run).await.origin, from_ticket());
}

#[tokio::test]
async fn a_body_that_there_is_not_and_one_of_another_organisation_are_unknown() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    let nobodys: QuarantineId = "qua_00000000000000000000000404".parse().unwrap();
    assert!(matches!(replay(&world, &nobodys, Some("4211")).await, Err(AppError::UnknownBody(_))));
    let other = countersign_domain::ids::OrgId::new("other").unwrap();
    let refused = world.app.replay(&other, &row.id, Some(ticket_id("4211")), &Actor::Operator).await;
    assert!(matches!(refused, Err(AppError::UnknownBody(_))), "{refused:?}");
}

#[tokio::test]
async fn a_body_whose_desk_is_gone_is_not_replayed() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    let world = world.without_desk();
    match replay(&world, &row.id, Some("4211")).await {
        Err(AppError::Invalid { detail, .. }) => assert!(detail.contains("helpdesk"), "{detail}"),
        other => panic!("not refused: {other:?}"),
    }
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn what_is_replayed_goes_no_further_than_the_mode_lets_it() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    world.desk.put(ticket("4211", "Please", "Suspend her"));
    let world = world.under_other_rules(|org| org.mode = Mode::Off);
    let (run, _) = replay(&world, &row.id, Some("4211")).await.unwrap();
    world.drive().await;
    assert_eq!(world.run(run).await.left_alone(), Some(&NoActionReason::SwitchedOff));
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0);
}

#[tokio::test]
async fn a_body_that_comes_again_after_its_replay_is_to_be_looked_at_again() {
    let world = World::new();
    let row = set_aside(&world, NO_ID).await;
    let (run, _) = replay(&world, &row.id, Some("4211")).await.unwrap();
    assert!(matches!(world.send(NO_ID).await, Taken::Quarantined { .. }));
    let listed = world.store.inner.quarantine(&org_id(), None, 10).await.unwrap();
    assert_eq!(listed.len(), 1, "the same body may be about another ticket this time");
    let again = taken(world.send(r#"{"ticket_id":"4211"}"#).await);
    assert_eq!((again.run, again.duplicate), (run, true));
}
