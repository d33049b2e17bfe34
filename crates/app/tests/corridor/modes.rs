//! Off, shadow, live: how far the corridor is walked.

use countersign_app::{AppError, dry_run::DryTicket, ingest::Disposition};
use countersign_domain::{
    card::CardStatus,
    command::RefusalReason,
    ids::RunId,
    mode::Mode,
    person::Actor,
    plan::Plan,
    ports::Decided,
    run::{NoActionReason, State, StateName},
    ticket::TicketText,
};
use countersign_testkit::{builders::*, desk::DeskCall, system::SystemCall};

use crate::{
    failing::writes,
    world::{World, approval, body, denial, starter, taken},
};

const NOTHING: [u32; 7] = [0; 7];

fn shadow() -> World {
    World::under(|org| org.mode = Mode::Shadow)
}

fn switched(world: World, mode: Mode) -> World {
    world.under_other_rules(|org| org.mode = mode)
}

async fn replan(world: &World, run: RunId) {
    world.app.replan(world.run(run).await, None, Actor::Operator).await.expect("it is planned again");
    world.drive().await;
}

/// The plan of a run that was left alone because of shadow mode.
async fn recorded(world: &World, run: RunId) -> Plan {
    let state = world.run(run).await.state;
    let State::NoAction { reason: NoActionReason::Shadow, previous: Some(plan) } = state else {
        panic!("not recorded in shadow: {state:?}")
    };
    *plan
}

#[tokio::test]
async fn in_shadow_a_ticket_is_planned_and_not_one_thing_is_written() {
    let world = shadow();
    let run = world.ask_for("Suspend her").await;
    let plan = recorded(&world, run).await;
    assert!(plan.approvable() && plan.steps.len() == 2);
    for _ in 0..5 {
        world.clock.advance_seconds(24 * 3_600);
        world.drive().await;
    }
    assert_eq!(writes(&world), NOTHING);
    assert!(world.okta.changes().is_empty() && world.channel.cards().is_empty() && world.desk.notes().is_empty());
    assert_eq!(
        world.entries(run).await,
        ["run.received", "run.classified", "ticket.read", "run.classified", "plan.made", "run.left_alone"]
    );
    let card = world.app.card(&world.run(run).await).await.unwrap().expect("what the card would have said");
    assert_eq!((card.title.as_str(), card.steps.len()), ("Suspend Account", 2));
    assert!(matches!(card.status, CardStatus::Closed { .. }));
    assert_eq!(world.app.note_lines(&world.run(run).await).await.unwrap(), None);
}

#[tokio::test]
async fn in_shadow_a_plan_that_cannot_work_writes_no_note_either() {
    let world = shadow();
    let run = world.ask_for("Reset nobody's MFA").await;
    assert!(!recorded(&world, run).await.approvable());
    assert_eq!(writes(&world), NOTHING);
}

#[tokio::test]
async fn planning_again_in_shadow_stays_as_silent() {
    let world = shadow();
    let run = world.ask_for("Reset MFA").await;
    replan(&world, run).await;
    assert_eq!(recorded(&world, run).await.version, 2);
    world.desk.remove(&ticket_id("4211"));
    replan(&world, run).await;
    world.clock.advance_seconds(200);
    world.drive().await;
    assert_eq!(world.run(run).await.left_alone(), Some(&NoActionReason::Gone));
    let world = switched(world, Mode::Live);
    world.clock.advance_seconds(3_600);
    world.drive().await;
    assert_eq!(writes(&world), NOTHING, "and nothing of it comes out once the mode is live");
}

#[tokio::test]
async fn what_was_recorded_in_shadow_gets_its_card_once_it_is_planned_again_in_live_mode() {
    let world = shadow();
    let run = world.ask_for("Reset MFA").await;
    let world = switched(world, Mode::Live);
    world.drive().await;
    assert_eq!(writes(&world), NOTHING, "what was recorded is not taken up by itself");
    replan(&world, run).await;
    assert!(matches!(world.card().shown.status, CardStatus::Open { .. }));
    world.click(run, "U0APPROVER", 2, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn one_runbook_in_shadow_leaves_the_others_live() {
    let world = World::under(|org| {
        org.modes.insert(runbook_id("RB-002"), Mode::Shadow);
    });
    let quiet = world.ask_for("Reset MFA").await;
    recorded(&world, quiet).await;
    assert_eq!(writes(&world), NOTHING);
    let loud = world.take_in_ticket(ticket("4212", "Please", "Suspend her")).await;
    world.drive().await;
    assert_eq!((world.state(loud).await, world.card().run), (StateName::AwaitingApproval, loud));
}

#[tokio::test]
async fn a_live_runbook_of_an_organisation_in_shadow_stays_in_shadow() {
    let world = World::under(|org| {
        org.mode = Mode::Shadow;
        org.modes.insert(runbook_id("RB-002"), Mode::Live);
    });
    let run = world.ask_for("Reset MFA").await;
    recorded(&world, run).await;
    assert_eq!(writes(&world), NOTHING);
}

#[tokio::test]
async fn an_organisation_that_is_off_leaves_its_tickets_alone_and_reads_nothing() {
    for (number, text) in [
        ("1", body("1", "Please", "Reset MFA")),
        ("2", body("2", "Please", "The printer is out of paper")),
        ("3", r#"{"ticket_id":"3"}"#.to_owned()),
    ] {
        let world = World::under(|org| org.mode = Mode::Off);
        world.desk.put(ticket(number, "Please", "Reset MFA"));
        let ingested = taken(world.send(&text).await);
        assert_eq!(ingested.disposition, Disposition::NoAction, "{text}");
        world.drive().await;
        let run = world.run(ingested.run).await;
        assert_eq!(run.state, State::NoAction { reason: NoActionReason::SwitchedOff, previous: None });
        assert_eq!((run.classification.is_some(), run.runbook), (number != "3", None), "what was sent is understood");
        assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0);
        assert_eq!(world.okta.script.calls(SystemCall::Resolve), 0);
        assert_eq!(writes(&world), NOTHING);
    }
}

#[tokio::test]
async fn a_runbook_that_is_off_leaves_its_tickets_alone_and_no_others() {
    let world = World::under(|org| {
        org.modes.insert(runbook_id("RB-002"), Mode::Off);
    });
    let sent = world.ask_for("Reset MFA").await;
    assert_eq!(world.run(sent).await.left_alone(), Some(&NoActionReason::SwitchedOff));
    assert_eq!(world.desk.script.calls(DeskCall::Fetch), 0, "the sent words are enough to leave it alone");
    world.desk.put(ticket("4212", "Please", "Reset MFA"));
    let fetched = taken(world.send(r#"{"ticket_id":"4212"}"#).await).run;
    world.drive().await;
    assert_eq!(world.run(fetched).await.left_alone(), Some(&NoActionReason::SwitchedOff));
    assert_eq!(world.okta.script.calls(SystemCall::Resolve), 0, "no system is asked");
    assert_eq!(writes(&world), NOTHING);
    let other = world.take_in_ticket(ticket("4213", "Please", "Suspend her")).await;
    world.drive().await;
    assert_eq!(world.card().run, other);
}

#[tokio::test]
async fn a_run_that_is_started_goes_as_far_as_the_mode_lets_it() {
    for (mode, reason) in [(Mode::Off, NoActionReason::SwitchedOff), (Mode::Shadow, NoActionReason::Shadow)] {
        let world = World::under(|org| {
            org.modes.insert(runbook_id("RB-002"), mode);
        });
        let slots = slots_for("sarah.chen@acme.com");
        let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter()).await.unwrap().id;
        world.drive().await;
        let run = world.run(run).await;
        assert_eq!(run.left_alone(), Some(&reason));
        assert_eq!(run.state.plan().is_some(), mode == Mode::Shadow);
        assert_eq!(world.okta.script.calls(SystemCall::Resolve) > 0, mode == Mode::Shadow);
        assert_eq!(writes(&world), NOTHING);
        let (world, id) = (world.under_other_rules(|_| {}), run.id);
        replan(&world, id).await;
        assert_eq!(world.state(id).await, StateName::AwaitingApproval, "{mode}: what was asked for is still known");
    }
}

#[tokio::test]
async fn what_was_approved_while_live_waits_for_the_mode_to_be_live_again() {
    for mode in [Mode::Shadow, Mode::Off] {
        let world = World::new();
        let run = world.ask_for("Suspend her").await;
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
        let before = writes(&world);
        let world = switched(world, mode);
        for _ in 0..60 {
            world.drive().await;
            world.clock.advance_seconds(60);
        }
        assert_eq!(writes(&world), before, "{mode}");
        assert_eq!(world.state(run).await, StateName::Executing);
        for name in ["perform", "show_note"] {
            let waiting = world.effects(run, name).await.remove(0);
            assert_eq!((waiting.state.as_str(), waiting.attempt), ("waiting", 0), "{name}");
            assert_eq!(waiting.why, Some(format!("the mode is {mode}, so nothing is written")));
        }
        let world = switched(world, Mode::Live);
        world.clock.advance_seconds(60);
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Succeeded);
        assert_eq!(world.okta.changes().len(), 2);
        assert!(world.note().lines.contains(&"Outcome: done".to_owned()));
        let CardStatus::Closed { lines } = world.card().shown.status else { panic!("no buttons") };
        assert_eq!(lines[1], "Done.");
    }
}

#[tokio::test]
async fn a_card_that_waits_for_its_turn_waits_for_the_mode_too() {
    let world = World::new();
    let run = world.take_in("Reset MFA").await;
    for name in ["read_ticket", "make_plan"] {
        let effect = world.claim_named(name).await.into_iter().next();
        let effect = match effect {
            Some(effect) => effect,
            None => {
                world.clock.advance_seconds(61);
                world.claim_named(name).await.remove(0)
            }
        };
        world.dispatch(effect, true).await.unwrap();
    }
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    let world = switched(world, Mode::Shadow);
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!(writes(&world), NOTHING);
    let world = switched(world, Mode::Live);
    world.clock.advance_seconds(61);
    world.drive().await;
    assert!(matches!(world.card().shown.status, CardStatus::Open { .. }));
}

#[tokio::test]
async fn nobody_decides_while_the_mode_is_not_live() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let world = switched(world, Mode::Shadow);
    for ruling in [
        approval(),
        countersign_app::decisions::Ruling {
            denied: Some((countersign_domain::run::DenyReason::Other, None)),
            ..approval()
        },
    ] {
        match world.rule(run, LEAD, ruling).await {
            Err(AppError::Refused(refusal)) => assert_eq!(refusal.reason, RefusalReason::NotLive(Mode::Shadow)),
            other => panic!("not refused: {other:?}"),
        }
    }
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.click(run, "U0LEAD", 1, denial()).await;
    let told = world.channel.explanations();
    assert!(told.len() == 2 && told.iter().all(|told| told.text.contains("the mode is shadow")), "{told:?}");
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    let world = switched(world, Mode::Live);
    world.rule(run, LEAD, approval()).await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn a_plan_that_expires_in_shadow_says_so_on_its_card_once_the_mode_is_live() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let (world, before) = (switched(world, Mode::Shadow), NOTHING);
    let shown = writes(&world);
    assert_ne!(shown, before);
    world.clock.advance_seconds(24 * 3_600);
    world.drive().await;
    assert_eq!((world.state(run).await, writes(&world)), (StateName::Expired, shown));
    let world = switched(world, Mode::Live);
    world.clock.advance_seconds(60);
    world.drive().await;
    assert!(matches!(world.card().shown.status, CardStatus::Closed { .. }));
    assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: EXPIRED");
}

#[tokio::test]
async fn a_dry_run_shows_what_live_mode_would_do_in_any_mode() {
    for mode in [Mode::Off, Mode::Shadow, Mode::Live] {
        let world = World::under(|org| org.mode = mode);
        world.desk.put(ticket("4211", "Please", "Reset MFA"));
        let words = TicketText {
            subject: "Please".to_owned(),
            description: "Reset MFA".to_owned(),
            requester: Some("rob@acme.com".to_owned()),
        };
        for asked in [DryTicket::Words(words), DryTicket::AtDesk(None, ticket_id("4211"))] {
            let dry = world.app.dry_run(&org_id(), asked).await.unwrap();
            assert_eq!((dry.mode, dry.left_alone), (mode, None));
            assert!(matches!(dry.card.map(|card| card.status), Some(CardStatus::Open { .. })), "{mode}");
        }
        assert_eq!(writes(&world), NOTHING);
        assert!(world.claim().await.is_empty());
    }
}
