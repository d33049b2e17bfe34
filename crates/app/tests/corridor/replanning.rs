//! Planning again: the ticket is read anew, because what would mend a plan is often said there.

use countersign_domain::{
    card::CardStatus,
    ids::RunId,
    person::Actor,
    ports::{Decided, PortError},
    run::{NoActionReason, State, StateName},
    ticket::{FetchedTicket, TicketStatus},
};
use countersign_testkit::{
    builders::*,
    desk::DeskCall,
    system::{FakeSystem, SystemCall},
};

use crate::world::{World, starter};

async fn replan(world: &World, run: RunId) {
    world.app.replan(world.run(run).await, None, Actor::Operator).await.expect("it is planned again");
}

fn reword(world: &World, description: &str) {
    world.desk.change(&ticket_id("4211"), |ticket| description.clone_into(&mut ticket.text.description));
}

async fn why_left_alone(world: &World, run: RunId) -> NoActionReason {
    let state = world.run(run).await.state;
    let State::NoAction { reason, previous: Some(_) } = state else {
        panic!("not left alone with a plan that was shown: {state:?}")
    };
    reason
}

/// The card and the note say that the ticket was left alone, and nothing can be clicked.
async fn check_left_alone(world: &World, run: RunId, reason: &NoActionReason) {
    assert_eq!(why_left_alone(world, run).await, *reason);
    let CardStatus::Closed { lines } = world.card().shown.status else { panic!("live buttons") };
    assert_eq!(lines, [format!("Left alone: {}. No changes were made.", reason.words())]);
    let note = world.note();
    assert_eq!(note.lines[0], "[Countersign] Runbook decision: NONE");
    assert!(note.lines.contains(&format!("Left alone: {}.", reason.words())), "{note:?}");
    for version in [1, 2] {
        world.click(run, "U0LEAD", version, Decided::Approve).await;
    }
    world.drive().await;
    let told = world.channel.explanations();
    assert!(told.len() == 2 && told.iter().all(|told| told.text.contains("was left alone")), "{told:?}");
    assert_eq!(why_left_alone(world, run).await, *reason);
    assert!(systems_of(world).iter().all(|system| system.changes().is_empty()));
}

fn systems_of(world: &World) -> [&FakeSystem; 2] {
    [&world.okta, &world.entra]
}

#[tokio::test]
async fn words_that_changed_give_another_plan() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    reword(&world, "Suspend her");
    replan(&world, run).await;
    world.drive().await;
    let now = world.run(run).await;
    assert_eq!((now.runbook, now.plan_version), (Some(runbook_id("RB-011")), 2));
    let card = world.card();
    assert_eq!((card.shown.title.as_str(), card.shown.plan_version), ("Suspend Account", 2));
    assert!(card.shown.quoted.unwrap().contains("Suspend her"));
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 2);
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.user(&sarah().id).unwrap().factors, 2, "nothing of the first plan was done");
}

#[tokio::test]
async fn form_fields_that_changed_give_another_target() {
    let world = World::new();
    let run = world.ask_for("Reset nobody's MFA").await;
    assert!(!world.run(run).await.state.plan().unwrap().approvable());
    world.desk.change(&ticket_id("4211"), |ticket| {
        ticket.fields.insert("target".to_owned(), "sarah.chen@acme.com".to_owned());
    });
    replan(&world, run).await;
    world.drive().await;
    let plan = world.run(run).await.state.plan().cloned().unwrap();
    assert!(plan.approvable());
    assert_eq!(plan.target.map(|target| target.id), Some(sarah().id));
}

#[tokio::test]
async fn words_that_no_longer_ask_for_anything_leave_what_was_understood_before() {
    for words in ["Thank you", "I am unsure about MFA", "The coffee is cold"] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        reword(&world, words);
        replan(&world, run).await;
        world.drive().await;
        let now = world.run(run).await;
        assert_eq!((now.state.name(), now.plan_version), (StateName::AwaitingApproval, 2), "{words}");
        assert_eq!(now.runbook, Some(runbook_id("RB-002")));
    }
}

#[tokio::test]
async fn while_a_new_plan_is_made_the_old_card_has_no_buttons() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.desk.script.fail(DeskCall::Fetch, PortError::transient("Down.", None));
    replan(&world, run).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Planning);
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert!(world.channel.explanations()[0].text.contains("a new plan is being made"));
    world.clock.advance_seconds(5);
    world.drive().await;
    assert!(matches!(world.card().shown.status, CardStatus::Open { .. }));
}

type Spoil = fn(&mut FetchedTicket);

const SPOILT: [(Spoil, NoActionReason); 4] = [
    (|ticket| ticket.status = TicketStatus::Closed, NoActionReason::Closed),
    (|ticket| ticket.status = TicketStatus::Spam, NoActionReason::Spam),
    (|ticket| ticket.status = TicketStatus::Deleted, NoActionReason::Gone),
    (|ticket| ticket.decided_elsewhere = true, NoActionReason::DecidedElsewhere),
];

#[tokio::test]
async fn a_ticket_that_is_closed_by_then_is_left_alone_and_card_and_note_say_so() {
    for (spoil, reason) in SPOILT {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        world.desk.change(&ticket_id("4211"), spoil);
        replan(&world, run).await;
        world.drive().await;
        check_left_alone(&world, run, &reason).await;
    }
}

#[tokio::test]
async fn a_ticket_that_is_gone_by_then_is_left_alone_after_a_while() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.desk.remove(&ticket_id("4211"));
    replan(&world, run).await;
    for _ in 0..10 {
        world.drive().await;
        world.clock.advance_seconds(30);
    }
    assert_eq!(why_left_alone(&world, run).await, NoActionReason::Gone);
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
}

#[tokio::test]
async fn a_world_that_changed_leads_to_a_plan_of_the_ticket_as_it_is_by_then() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.okta.change(&sarah().id, |user| user.factors = 5);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    reword(&world, "Suspend her");
    world.drive().await;
    let now = world.run(run).await;
    assert_eq!((now.state.name(), now.runbook), (StateName::AwaitingApproval, Some(runbook_id("RB-011"))));
    assert_eq!(world.card().shown.title, "Suspend Account");
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 3, "at first, before the step, and for the new plan");
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn a_ticket_that_is_closed_while_the_world_changed_is_left_alone() {
    for (spoil, reason) in SPOILT {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        world.okta.change(&sarah().id, |user| user.factors = 5);
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        let reading = world.drive_until("read_ticket").await;
        world.desk.change(&ticket_id("4211"), spoil);
        world.dispatch(reading, true).await.unwrap();
        world.clock.advance_seconds(61);
        world.drive().await;
        check_left_alone(&world, run, &reason).await;
    }
}

#[tokio::test]
async fn a_run_without_a_ticket_is_planned_again_from_what_was_given() {
    let world = World::new();
    let slots = slots_for("sarah.chen@acme.com");
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter()).await.unwrap().id;
    world.drive().await;
    let before = world.okta.script.calls(SystemCall::Prepare);
    replan(&world, run).await;
    world.drive().await;
    assert_eq!(world.run(run).await.plan_version, 2);
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(world.okta.script.calls(SystemCall::Prepare) > before);
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0);
}
