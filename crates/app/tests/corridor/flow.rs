//! The corridor where nothing fails.

use countersign_domain::{
    card::CardStatus,
    ids::RunId,
    person::Actor,
    plan::{BlockCode, ObjectId},
    ports::Decided,
    run::StateName,
    runbook::ActionKind,
};
use countersign_testkit::{builders::*, channel::ChannelCall, desk::DeskCall, system::SystemCall};

use crate::world::{World, denial, starter};

fn sarahs_id() -> ObjectId {
    sarah().id
}

#[tokio::test]
async fn a_ticket_is_planned_approved_executed_and_written_back() {
    let world = World::new();
    let run = world.take_in("Reset the MFA of sarah.chen@acme.com").await;
    assert_eq!(world.state(run).await, StateName::Planning);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    let card = world.card();
    assert_eq!(card.run, run);
    assert!(matches!(card.shown.status, CardStatus::Open { .. }));
    assert_eq!(card.shown.notification, "MFA Reset · Sarah Chen · #4211 · by 19:42 CEST");
    assert_eq!(card.shown.ticket.unwrap().1, "https://acme.freshservice.com/a/tickets/4211");
    assert_eq!(card.thread.len(), 1);
    assert!(card.thread[0].1[0].contains("#4211") && card.thread[0].1[1].contains("mfa_reset, confidence 0.97"));
    assert!(world.desk.notes().is_empty(), "no note before a decision");
    assert!(world.okta.changes().is_empty(), "nothing is executed before a decision");
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.state(run).await, StateName::Executing);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.changes(), [(ActionKind::ResetFactors, sarahs_id())]);
    assert_eq!(world.okta.user(&sarahs_id()).unwrap().factors, 0);
    let CardStatus::Closed { lines } = world.card().shown.status else { panic!("no buttons") };
    assert_eq!(lines[1], "Done.");
    check_note(&world, run).await;
    let kinds = world.entries(run).await;
    let of_decision: Vec<_> = kinds.iter().filter(|kind| !kind.ends_with(".posted")).collect();
    let expected = ["run.received", "run.classified", "ticket.read", "run.classified", "plan.made", "plan.approved"];
    assert_eq!(of_decision[..6], expected);
    assert_eq!(of_decision[6..], ["step.ended", "run.finished"]);
}

async fn check_note(world: &World, run: RunId) {
    let note = world.note();
    let entries = world.app.parts().queries.entries_of(&org_id(), &run).await.expect("the ledger is there");
    let (seq, _, hash) = entries.iter().find(|(_, kind, _)| kind == "plan.approved").expect("it was approved");
    let expected = [
        "[Countersign] Runbook decision: APPROVED".to_owned(),
        "Runbook: MFA Reset".to_owned(),
        "Target user: Sarah Chen (sarah.chen@acme.com)".to_owned(),
        "Decision by: slack:U0APPROVER at 2026-06-09T17:42:11.310Z (2026-06-09 19:42 CEST, Ada Approver)".to_owned(),
        "Action executed by Countersign after explicit human approval.".to_owned(),
        "Outcome: done".to_owned(),
        "Step 1: Reset all enrolled factors: done: Reset all enrolled factors: done.".to_owned(),
        format!("This decision is recorded on the org's tamper-evident ledger: entry {seq}, {}.", hash.short()),
        format!("Run: {run}"),
    ];
    assert_eq!(note.lines, expected);
    assert_eq!(note.ticket, ticket_id("4211"));
}

#[tokio::test]
async fn each_vendor_is_written_to_once() {
    let world = World::new();
    world.approve("Reset MFA").await;
    assert_eq!(world.channel.script.calls(ChannelCall::Post), 1);
    assert_eq!(world.desk.script.calls(DeskCall::PostNote), 1);
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 1);
    assert_eq!(world.channel.script.calls(ChannelCall::Find), 0, "nothing is looked for that cannot be there");
    assert_eq!(world.desk.script.calls(DeskCall::FindNote), 0);
}

#[tokio::test]
async fn every_step_of_a_plan_is_performed_in_order() {
    let world = World::new();
    let run = world.approve("Suspend her").await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ActionKind::SuspendUser, ActionKind::ClearSessions]);
    assert_eq!(world.card().shown.steps.iter().filter(|step| step.outcome.is_some()).count(), 2);
}

#[tokio::test]
async fn groups_and_licences_are_resolved_to_ids() {
    let world = World::new();
    let run = world.approve("Add her to Docs").await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let user = world.entra.user_by_login("sarah.chen@acme.com").unwrap();
    assert!(user.groups.contains(&ObjectId("g-docs".to_owned())));
    let world = World::new();
    let run = world.approve("She needs Visio").await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let user = world.entra.user_by_login("sarah.chen@acme.com").unwrap();
    assert!(user.licenses.contains(&ObjectId("sku-visio".to_owned())));
}

#[tokio::test]
async fn a_plan_that_cannot_work_has_no_approve_and_a_note_says_why() {
    let world = World::new();
    let run = world.ask_for("Reset nobody's MFA").await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    let CardStatus::Blocked { reasons } = world.card().shown.status else { panic!("no buttons") };
    assert!(reasons[0].0.contains("nobody@acme.com"), "{reasons:?}");
    let note = world.note();
    assert_eq!(note.lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
    assert!(note.lines.contains(&"No changes were made.".to_owned()));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(world.channel.explanations()[0].text.contains("cannot work"));
}

#[tokio::test]
async fn a_blocked_run_is_planned_again_once_its_reason_is_mended() {
    let world = World::new();
    world.entra.license("Visio Plan 2", "sku-visio", 0);
    let run = world.ask_for("She needs Visio").await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.blockers[0].code, BlockCode::NoFreeLicense);
    world.entra.license("Visio Plan 2", "sku-visio", 1);
    world.app.replan(world.run(run).await, None, Actor::Operator).await.unwrap();
    world.drive().await;
    let card = world.card();
    assert!(matches!(card.shown.status, CardStatus::Open { .. }));
    assert_eq!(card.shown.plan_version, 2);
    assert_eq!(card.thread.len(), 2, "the thread says that the plan was replaced");
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: PENDING");
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: APPROVED");
}

#[tokio::test]
async fn a_denied_run_changes_nothing_and_says_so() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, denial()).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Denied);
    assert!(world.okta.changes().is_empty());
    let note = world.note();
    assert_eq!(note.lines[0], "[Countersign] Runbook decision: DENIED");
    assert!(note.lines.contains(&"Reason: wrong person: not her".to_owned()));
    assert!(note.lines.contains(&"No changes were made.".to_owned()));
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
}

#[tokio::test]
async fn a_cancelled_run_loses_its_buttons_and_its_note_says_so() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.app.cancel(world.run(run).await, Actor::Operator).await.unwrap();
    world.drive().await;
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: CANCELLED");
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_run_without_a_ticket_goes_through_the_same_gate_and_has_no_note() {
    let world = World::new();
    let slots = slots_for("sarah.chen@acme.com");
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter()).await.unwrap().id;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(world.okta.changes().is_empty());
    assert!(world.card().shown.requester.contains("rob@acme.com"));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert!(world.desk.notes().is_empty());
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0);
}

#[tokio::test]
async fn a_runbook_that_is_not_in_force_cannot_be_started() {
    let world = World::new();
    let refused = world.app.start(&org_id(), &runbook_id("RB-999"), slots_for("a@b.de"), &starter()).await;
    assert!(refused.unwrap_err().to_string().contains("RB-002"));
}

#[tokio::test]
async fn what_is_so_already_is_nothing_to_approve() {
    let world = World::new();
    world.okta.change(&sarahs_id(), |user| user.factors = 0);
    let run = world.ask_for("Reset MFA").await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert_eq!(plan.blockers[0].code, BlockCode::NothingToDo);
    assert!(matches!(world.card().shown.status, CardStatus::Blocked { .. }));
}

#[tokio::test]
async fn the_bells_ring_for_new_work_alone() {
    let world = World::new();
    let run = world.take_in("Reset MFA").await;
    assert_eq!((world.bell.rung(), world.inbox_bell.rung()), (1, 0));
    world.drive().await;
    world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.inbox_bell.rung(), 1, "a repeated click rings no bell");
    let before = world.bell.rung();
    world.take_clicks().await.unwrap();
    assert_eq!(world.bell.rung(), before + 1);
}
