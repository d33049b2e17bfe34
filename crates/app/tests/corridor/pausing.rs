//! The kill switch: no step starts, everything else goes on.

use async_trait::async_trait;
use countersign_app::{AppError, switch::Redrawn};
use countersign_domain::{
    ids::RunId,
    person::Actor,
    plan::{ObjectId, Step, Subject},
    ports::{
        Decided, Finding, Observed, Performed, PersonQuery, PortError, Prepared, Queries, Standing, StepAsk, System,
    },
    run::StateName,
    runbook::ActionKind,
    time::At,
};
use countersign_testkit::{
    builders::*,
    system::{FakeSystem, SystemCall},
};
use std::sync::Arc;
use tokio::sync::Notify;

use crate::{
    store::Loss,
    world::{World, denial},
};

async fn pause(world: &World, runbook: Option<&str>) -> u64 {
    let runbook = runbook.map(runbook_id);
    let why = Some("a wrong group was added".to_owned());
    world
        .app
        .pause(&org_id(), runbook.as_ref(), why, &Actor::Operator)
        .await
        .expect("it is paused")
        .in_flight
        .expect("they are counted")
}

async fn resume(world: &World, runbook: Option<&str>) {
    let runbook = runbook.map(runbook_id);
    world.app.resume(&org_id(), runbook.as_ref(), &Actor::Operator).await.expect("it is resumed");
}

async fn approved(world: &World, number: &str, description: &str) -> RunId {
    let run = world.take_in_ticket(ticket(number, "Please", description)).await;
    world.drive().await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    run
}

/// Lets hours pass, so that every wait and every lease is over many times.
async fn hours(world: &World) {
    for _ in 0..10 {
        world.drive().await;
        world.clock.advance_seconds(1_000);
    }
    world.drive().await;
}

/// What the first card of a run remarks.
fn remarks(world: &World, run: RunId) -> Vec<String> {
    world.channel.cards().into_iter().find(|card| card.run == run).expect("it has a card").shown.remarks
}

#[tokio::test]
async fn no_step_starts_while_everything_is_paused_and_all_go_on_afterwards() {
    let world = World::new();
    let before = approved(&world, "1", "Suspend her").await;
    assert_eq!(pause(&world, None).await, 0);
    let after = approved(&world, "2", "Add her to Docs").await;
    hours(&world).await;
    for run in [before, after] {
        assert_eq!(world.state(run).await, StateName::Executing);
        let waiting = world.effects(run, "perform").await.remove(0);
        assert_eq!((waiting.state.as_str(), waiting.attempt), ("waiting", 0));
    }
    assert_eq!(world.okta.script.calls(SystemCall::Observe), 0, "nothing is looked at either");
    assert!(world.okta.changes().is_empty() && world.entra.changes().is_empty());
    resume(&world, None).await;
    world.drive().await;
    assert_eq!((world.okta.changes().len(), world.entra.changes().len()), (2, 1));
    for run in [before, after] {
        assert_eq!(world.state(run).await, StateName::Succeeded);
    }
}

#[tokio::test]
async fn a_paused_runbook_leaves_the_others_going() {
    let world = World::new();
    pause(&world, Some("RB-011")).await;
    let held = approved(&world, "1", "Suspend her").await;
    let free = approved(&world, "2", "Add her to Docs").await;
    world.drive().await;
    assert_eq!((world.state(held).await, world.state(free).await), (StateName::Executing, StateName::Succeeded));
    assert!(world.okta.changes().is_empty());
    resume(&world, Some("RB-011")).await;
    world.drive().await;
    assert_eq!(world.state(held).await, StateName::Succeeded);
}

#[tokio::test]
async fn the_organisations_pause_and_a_runbooks_are_released_apart() {
    let world = World::new();
    let run = approved(&world, "1", "Suspend her").await;
    pause(&world, None).await;
    pause(&world, Some("RB-011")).await;
    resume(&world, None).await;
    hours(&world).await;
    assert!(world.okta.changes().is_empty(), "the runbook's own pause still holds it");
    pause(&world, None).await;
    resume(&world, Some("RB-011")).await;
    hours(&world).await;
    assert!(world.okta.changes().is_empty(), "the organisation's still holds it");
    resume(&world, None).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn a_step_that_was_claimed_before_the_pause_and_not_sent_is_not_sent() {
    let world = World::new();
    let run = approved(&world, "1", "Suspend her").await;
    let claimed = world.drive_until("perform").await;
    assert_eq!(pause(&world, None).await, 1, "it may be on its way");
    assert!(world.dispatch(claimed, true).await.unwrap().is_empty());
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 0);
    let waiting = world.effects(run, "perform").await.remove(0);
    assert_eq!((waiting.state.as_str(), waiting.attempt), ("waiting", 0));
    assert_eq!(waiting.why.as_deref(), Some("steps are paused"));
    assert_eq!(world.app.in_flight(&org_id(), None).await.unwrap(), 0);
    hours(&world).await;
    assert!(world.okta.changes().is_empty());
    resume(&world, None).await;
    world.drive().await;
    assert_eq!(world.okta.changes().len(), 2);
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn the_next_step_of_a_run_under_way_does_not_start() {
    let world = World::new();
    let run = approved(&world, "1", "Suspend her").await;
    let first = world.drive_until("perform").await;
    let next = world.dispatch(first, true).await.unwrap();
    assert!(next.iter().any(|effect| effect.ask.name() == "perform"), "claimed in the commit of the first's outcome");
    pause(&world, Some("RB-011")).await;
    for effect in next {
        world.dispatch(effect, true).await.unwrap();
    }
    hours(&world).await;
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!((kinds, world.state(run).await), (vec![ActionKind::SuspendUser], StateName::Executing));
    resume(&world, Some("RB-011")).await;
    world.drive().await;
    assert_eq!((world.okta.changes().len(), world.state(run).await), (2, StateName::Succeeded));
}

/// A system that lets somebody act while a step is being sent.
struct Slow {
    inner: Arc<FakeSystem>,
    begun: Notify,
    go_on: Notify,
}

#[async_trait]
impl System for Slow {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn actions(&self) -> &'static [ActionKind] {
        self.inner.actions()
    }
    async fn resolve(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        self.inner.resolve(who).await
    }
    async fn prepare(&self, ask: &StepAsk) -> Result<Prepared, PortError> {
        self.inner.prepare(ask).await
    }
    async fn observe(&self, step: &Step, created: Option<&ObjectId>, ambiguous: bool) -> Result<Observed, PortError> {
        self.inner.observe(step, created, ambiguous).await
    }
    async fn perform(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        self.inner.perform(step, created).await
    }
    async fn standing(&self, subject: &Subject) -> Result<Standing, PortError> {
        self.inner.standing(subject).await
    }
    async fn check(&self, actions: &[ActionKind], now: At) -> Vec<Finding> {
        self.inner.check(actions, now).await
    }
}

#[tokio::test]
async fn what_is_in_flight_finishes_and_is_told() {
    let world = World::new();
    let inner = world.okta.clone();
    let slow = Arc::new(Slow { inner, begun: Notify::new(), go_on: Notify::new() });
    let world = world.with_okta(slow.clone());
    let run = approved(&world, "1", "Suspend her").await;
    let first = world.drive_until("perform").await;
    let (next, in_flight) = tokio::join!(world.dispatch(first, true), async {
        slow.begun.notified().await;
        let in_flight = pause(&world, None).await;
        slow.go_on.notify_one();
        in_flight
    });
    assert_eq!(in_flight, 1);
    assert!(next.unwrap().iter().all(|effect| effect.ask.name() != "perform"), "the next one is not claimed");
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ActionKind::SuspendUser]);
    assert_eq!(world.app.in_flight(&org_id(), None).await.unwrap(), 0);
    assert_eq!(world.run(run).await.state.execution().unwrap().outcomes.len(), 1, "how it ended is written down");
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_looked_at_after_the_pause_and_not_repeated() {
    let world = World::new();
    let run = approved(&world, "1", "Reset MFA").await;
    world.okta.script.cut_after(SystemCall::Perform);
    let first = world.drive_until("perform").await;
    world.dispatch(first, true).await.unwrap();
    pause(&world, None).await;
    hours(&world).await;
    assert_eq!(world.state(run).await, StateName::Executing);
    resume(&world, None).await;
    hours(&world).await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.script.calls(SystemCall::Perform), 1);
}

#[tokio::test]
async fn who_threw_the_switch_and_who_released_it_stands_in_the_ledger() {
    let world = World::new();
    pause(&world, Some("RB-011")).await;
    let entry = world.last_entry().await;
    assert_eq!((entry.kind.as_str(), entry.actor.as_deref()), ("steps.paused", Some("operator")));
    let body = String::from_utf8(entry.body.unwrap().1).unwrap();
    assert!(body.contains("RB-011") && body.contains("a wrong group was added"), "{body}");
    let by = Actor::Key(key_id(3));
    world.app.resume(&org_id(), Some(&runbook_id("RB-011")), &by).await.unwrap();
    let entry = world.last_entry().await;
    assert_eq!((entry.kind.as_str(), entry.actor), ("steps.resumed", Some(by.opaque())));
}

#[tokio::test]
async fn a_pause_that_is_there_stays_as_it_was_and_each_attempt_is_recorded() {
    let world = World::new();
    pause(&world, None).await;
    world.clock.advance_seconds(60);
    world.app.pause(&org_id(), None, Some("again".to_owned()), &Actor::Key(key_id(3))).await.unwrap();
    let pauses = world.store.inner.pauses().await.unwrap();
    let [only] = &pauses[..] else { panic!("{pauses:?}") };
    assert_eq!((only.since, &only.by), (START, &Actor::Operator));
    assert_eq!(only.why.as_deref(), Some("a wrong group was added"));
    let entries = world.store.inner.entries(&org_id(), 0, 10).await.unwrap().entries;
    assert_eq!(entries.iter().filter(|entry| entry.kind == "steps.paused").count(), 2);
}

#[tokio::test]
async fn a_runbook_that_there_is_not_is_neither_paused_nor_resumed() {
    let world = World::new();
    let unknown = runbook_id("RB-999");
    let refused = [
        world.app.pause(&org_id(), Some(&unknown), None, &Actor::Operator).await.err(),
        world.app.resume(&org_id(), Some(&unknown), &Actor::Operator).await.err(),
    ];
    for error in refused {
        let Some(AppError::Invalid { pointer, detail }) = error else { panic!("{error:?}") };
        assert_eq!(pointer, "/runbook");
        assert!(detail.contains("RB-999") && detail.contains("RB-011"), "{detail}");
    }
    assert!(world.store.inner.pauses().await.unwrap().is_empty());
    assert!(world.store.inner.entries(&org_id(), 0, 10).await.unwrap().entries.is_empty());
}

#[tokio::test]
async fn cards_whose_steps_are_to_come_say_that_they_are_paused_and_later_that_they_are_not() {
    let world = World::new();
    let waits = world.take_in_ticket(ticket("1", "Please", "Suspend her")).await;
    let other = world.take_in_ticket(ticket("2", "Please", "Reset MFA")).await;
    let ended = approved(&world, "3", "Add her to Docs").await;
    world.drive().await;
    pause(&world, Some("RB-011")).await;
    let runs = approved(&world, "4", "Suspend her").await;
    world.drive().await;
    let shown = world.app.show_pause(&org_id(), Some(&runbook_id("RB-011"))).await.unwrap();
    assert_eq!(shown, drawn(2), "the one that waits and the one that was approved");
    world.drive().await;
    for run in [waits, runs] {
        assert!(remarks(&world, run)[0].contains("is paused since 2026-06-09 19:42 CEST (a wrong group was added)"));
    }
    for run in [other, ended] {
        assert!(remarks(&world, run).is_empty());
    }
    resume(&world, Some("RB-011")).await;
    assert_eq!(world.app.show_pause(&org_id(), None).await.unwrap(), drawn(3), "every card that may still change");
    world.drive().await;
    for run in [waits, runs, other, ended] {
        assert!(remarks(&world, run).is_empty());
    }
}

fn drawn(shown: u64) -> Redrawn {
    Redrawn { shown, failed: 0 }
}

#[tokio::test]
async fn of_very_many_cards_those_of_the_newest_runs_are_drawn_again() {
    let world = World::new();
    let mut runs = Vec::new();
    for number in 1..=203 {
        runs.push(world.take_in_ticket(ticket(&number.to_string(), "Please", "Reset MFA")).await);
        world.drive().await;
        world.clock.advance_seconds(1);
    }
    pause(&world, None).await;
    assert_eq!(world.app.show_pause(&org_id(), None).await.unwrap(), drawn(200));
    world.drive().await;
    for (place, run) in runs.into_iter().enumerate() {
        assert_eq!(remarks(&world, run).is_empty(), place < 3, "run {place}");
    }
}

#[tokio::test]
async fn a_card_that_waits_to_be_drawn_is_not_asked_for_again() {
    let world = World::new();
    world.ask_for("Reset MFA").await;
    pause(&world, None).await;
    assert_eq!(world.app.show_pause(&org_id(), None).await.unwrap(), drawn(1));
    resume(&world, None).await;
    assert_eq!(world.app.show_pause(&org_id(), None).await.unwrap(), drawn(0), "it will be drawn as things are then");
    world.drive().await;
    assert!(world.card().shown.remarks.is_empty());
    pause(&world, None).await;
    assert_eq!(world.app.show_pause(&org_id(), None).await.unwrap(), drawn(1), "it was drawn, and says something else");
}

#[tokio::test]
async fn a_card_that_cannot_be_asked_for_keeps_no_other_from_being_drawn() {
    let world = World::new();
    let first = world.take_in_ticket(ticket("1", "Please", "Reset MFA")).await;
    world.drive().await;
    world.clock.advance_seconds(1);
    let second = world.take_in_ticket(ticket("2", "Please", "Suspend her")).await;
    world.drive().await;
    pause(&world, None).await;
    world.store.lose_next(Loss::Before);
    let redrawn = world.app.show_pause(&org_id(), None).await.unwrap();
    assert_eq!(redrawn, Redrawn { shown: 1, failed: 1 });
    world.drive().await;
    assert!(remarks(&world, second).is_empty() && !remarks(&world, first).is_empty());
}

#[tokio::test]
async fn a_paused_runbook_that_is_no_longer_configured_can_be_resumed_and_not_paused_again() {
    let world = World::new();
    pause(&world, Some("RB-011")).await;
    let world = world.under_other_rules(|org| org.runbooks.retain(|_, runbook| runbook.id != runbook_id("RB-011")));
    resume(&world, Some("RB-011")).await;
    assert!(world.store.inner.pauses().await.unwrap().is_empty());
    let gone = runbook_id("RB-011");
    assert!(world.app.resume(&org_id(), Some(&gone), &Actor::Operator).await.is_err(), "nothing stands any more");
    assert!(world.app.pause(&org_id(), Some(&gone), None, &Actor::Operator).await.is_err());
}

#[tokio::test]
async fn intake_plans_cards_decisions_and_notes_go_on_while_steps_are_paused() {
    let world = World::new();
    pause(&world, None).await;
    let run = world.ask_for("Reset MFA").await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(remarks(&world, run)[0].starts_with("Everything is paused"));
    let blocked = world.take_in_ticket(ticket("4212", "Please", "Reset nobody's MFA")).await;
    world.drive().await;
    assert_eq!(world.note().ticket, ticket_id("4212"));
    assert!(world.run(blocked).await.note.is_some());
    world.click(run, "U0APPROVER", 1, denial()).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Denied);
    assert!(remarks(&world, run).is_empty());
    assert_eq!(world.desk.notes().len(), 2);
    let approved = approved(&world, "4213", "Reset MFA").await;
    world.drive().await;
    assert_eq!(world.state(approved).await, StateName::Executing);
    let notes = world.desk.notes();
    let note = notes.iter().find(|note| note.ticket == ticket_id("4213")).expect("the approval is noted");
    assert!(note.lines.contains(&"Approved; the action is being executed.".to_owned()));
}

#[tokio::test]
async fn a_pause_outlives_the_process() {
    let world = World::new();
    let run = approved(&world, "1", "Reset MFA").await;
    pause(&world, None).await;
    let world = world.under_other_rules(|_| {});
    hours(&world).await;
    assert_eq!((world.state(run).await, world.okta.changes().len()), (StateName::Executing, 0));
    let held = world.app.pause_of(&world.run(run).await).await.unwrap();
    assert_eq!(held.map(|pause| pause.runbook), Some(None));
}

#[tokio::test]
async fn an_approval_that_was_held_for_longer_than_its_plan_was_valid_is_asked_for_anew() {
    let world = World::new();
    pause(&world, None).await;
    let run = approved(&world, "1", "Suspend her").await;
    world.drive().await;
    world.clock.advance_seconds(24 * 3_600 + 1);
    resume(&world, None).await;
    world.drive().await;
    assert_eq!(world.run(run).await.state.name(), StateName::AwaitingApproval, "somebody looks again");
    assert_eq!(world.run(run).await.plan_version, 2);
    assert!(world.okta.changes().is_empty(), "nothing was sent on the old approval");
}
