//! Waiting that is no attempt, and doubt that is no drift.

use countersign_domain::{
    effect::ClaimedEffect,
    ids::RunId,
    ports::{Clock, Decided, EffectView, PortError, Queries},
    run::{StateName, StepResult},
    runbook::ActionKind,
};
use countersign_testkit::{builders::*, channel::ChannelCall, desk::DeskCall, system::SystemCall};

use crate::{failing::writes, world::World};

fn held() -> PortError {
    PortError::held("Our own rate budget is used up.", 7_000)
}

async fn only_effect(world: &World, run: RunId, name: &str) -> EffectView {
    world.effects(run, name).await.remove(0)
}

async fn result_of(world: &World, run: RunId, place: usize) -> StepResult {
    let run = world.run(run).await;
    run.state.execution().expect("it was approved").outcomes[place].result.clone()
}

#[tokio::test]
async fn our_own_rate_budget_counts_no_attempt_however_often_it_holds_a_step() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    for _ in 0..20 {
        world.okta.script.fail(SystemCall::Perform, held());
        world.drive().await;
        let waiting = only_effect(&world, run, "perform").await;
        assert_eq!((waiting.state.as_str(), waiting.attempt), ("waiting", 0));
        assert_eq!(waiting.not_before, world.clock.now().plus_millis(7_000));
        assert_eq!(waiting.why.as_deref(), Some("Our own rate budget is used up."));
        world.clock.advance_seconds(7);
    }
    assert!(world.okta.changes().is_empty());
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.changes().len(), 1);
}

#[tokio::test]
async fn a_plan_that_is_held_back_waits_instead_of_saying_that_it_cannot_be_made() {
    let world = World::new();
    for _ in 0..12 {
        world.okta.script.fail(SystemCall::Resolve, held());
    }
    let run = world.take_in("Reset MFA").await;
    for _ in 0..12 {
        world.drive().await;
        assert_eq!(only_effect(&world, run, "make_plan").await.attempt, 0);
        world.clock.advance_seconds(7);
    }
    world.drive().await;
    assert!(world.run(run).await.state.plan().is_some_and(countersign_domain::plan::Plan::approvable));
}

#[tokio::test]
async fn a_card_and_a_note_that_are_held_back_are_not_looked_for() {
    let world = World::new();
    world.channel.script.fail(ChannelCall::Post, held());
    world.desk.script.fail(DeskCall::PostNote, held());
    world.desk.script.fail(DeskCall::Fetch, held());
    let run = world.take_in("Reset nobody's MFA").await;
    for ask in ["read_ticket", "show_card", "show_note"] {
        world.drive().await;
        if ask != "show_note" {
            let waiting = only_effect(&world, run, ask).await;
            assert_eq!((waiting.state.as_str(), waiting.attempt), ("waiting", 0), "{ask}");
        }
        world.clock.advance_seconds(7);
    }
    assert_eq!((world.card().run, world.note().edits), (run, 0));
    assert_eq!(world.channel.script.calls(ChannelCall::Find), 0, "nothing was sent that could be there");
    assert_eq!(world.desk.script.calls(DeskCall::FindNote), 0);
}

#[tokio::test]
async fn being_held_back_does_not_clear_a_doubt_up() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.okta.script.cut_after(SystemCall::Perform);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    world.okta.script.fail(SystemCall::Observe, held());
    world.clock.advance_seconds(5);
    world.drive().await;
    assert_eq!(only_effect(&world, run, "perform").await.attempt, 1, "the one that was sent");
    world.clock.advance_seconds(7);
    world.drive().await;
    assert!(matches!(result_of(&world, run, 0).await, StepResult::Done { .. }), "it was observed, not found as done");
    let kinds: Vec<_> = world.okta.changes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ActionKind::SuspendUser, ActionKind::ClearSessions]);
}

async fn claim_only(world: &World, name: &str) -> ClaimedEffect {
    let mut claimed = world.claim_named(name).await;
    assert_eq!(claimed.len(), 1, "{name}");
    claimed.remove(0)
}

/// State and attempts of one effect.
async fn standing_of(world: &World, run: RunId, ordinal: u32) -> (String, u32) {
    let effects = world.store.inner.effects(&org_id(), &run).await.expect("the effects are there");
    let found = effects.into_iter().find(|effect| effect.ordinal == ordinal).expect("it is there");
    (found.state, found.attempt)
}

#[tokio::test]
async fn a_lost_lease_counts_no_attempt_and_leaves_no_doubt() {
    for ask in ["show_card", "say_in_thread", "perform", "show_note"] {
        let world = World::new();
        let run = world.take_in("Reset MFA").await;
        if ["perform", "show_note"].contains(&ask) {
            world.drive().await;
            world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        }
        let mut effect = world.drive_until(ask).await;
        let (id, ordinal, before) = (effect.id, effect.ordinal, writes(&world));
        for _ in 0..10 {
            assert_eq!((effect.id, effect.attempt, effect.ambiguous), (id, 1, false), "{ask}");
            assert!(world.dispatch(effect, false).await.unwrap().is_empty());
            assert_eq!(standing_of(&world, run, ordinal).await, ("waiting".to_owned(), 0), "{ask}");
            effect = claim_only(&world, ask).await;
        }
        assert_eq!(writes(&world), before, "{ask} was sent without a lease");
        world.dispatch(effect, true).await.unwrap();
        assert_eq!(standing_of(&world, run, ordinal).await, ("done".to_owned(), 1), "{ask}");
        assert_ne!(writes(&world), before, "{ask} was sent under the last one");
        assert_eq!(world.channel.script.calls(ChannelCall::Find), 0);
        assert_eq!(world.channel.script.calls(ChannelCall::FindInThread), 0);
        assert_eq!(world.desk.script.calls(DeskCall::FindNote), 0);
    }
}

#[tokio::test]
async fn a_change_that_is_seen_after_an_unknown_attempt_is_no_drift_but_unknown() {
    for took in [true, false] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        if took {
            world.okta.script.cut_after(SystemCall::Perform);
        } else {
            world.okta.script.fail(SystemCall::Perform, PortError::ambiguous("The connection was cut."));
        }
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.drive().await;
        world.okta.change(&sarah().id, |user| user.factors = 1);
        world.clock.advance_seconds(5);
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Failed, "took: {took}");
        let result = result_of(&world, run, 0).await;
        assert!(matches!(&result, StepResult::Unknown { says } if says.contains("may have taken")), "{result:?}");
        assert_eq!((world.run(run).await.plan_version, world.card().shown.plan_version), (1, 1));
        assert_eq!(world.okta.script.calls(SystemCall::Perform), 1, "and nothing is sent again");
    }
}

#[tokio::test]
async fn a_change_that_is_seen_after_a_crash_is_no_drift_but_unknown() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.claim_named("perform").await.len(), 1, "claimed by a process that died");
    world.okta.change(&sarah().id, |user| user.factors = 1);
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Failed);
    assert!(matches!(result_of(&world, run, 0).await, StepResult::Unknown { .. }));
    assert!(world.okta.changes().is_empty());
    assert_eq!(world.run(run).await.plan_version, 1);
}

#[tokio::test]
async fn a_doubt_midway_leaves_the_run_partly_done() {
    let world = World::new();
    let run = world.ask_for("Suspend her").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let first = claim_only(&world, "perform").await;
    let next = world.dispatch(first, true).await.unwrap();
    world.okta.script.fail(SystemCall::Perform, PortError::ambiguous("The connection was cut."));
    for effect in next {
        world.dispatch(effect, true).await.unwrap();
    }
    world.okta.change(&sarah().id, |user| user.sessions = 4);
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::PartlyDone);
    assert!(matches!(result_of(&world, run, 1).await, StepResult::Unknown { .. }));
    assert_eq!(world.run(run).await.plan_version, 1);
}
