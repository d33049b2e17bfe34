//! The whole story of a run.

use countersign_app::{AppError, story::Story};
use countersign_domain::{
    ids::RunId,
    mode::Mode,
    person::Actor,
    ports::{Decided, PortError},
    run::DenyReason,
};
use countersign_testkit::{builders::*, channel::ChannelCall, system::SystemCall};

use crate::world::{World, starter};

/// Words that stand in every ticket here and must stand in no story.
const SECRET: &str = "hunter2-zanzibar";

async fn story(world: &World, run: RunId) -> Story {
    let story = world.app.story(&org_id(), &run).await.expect("it has a story");
    let told = format!("{:?} {:?} {:?} {}", story.happened, story.effects, story.stages, story.now);
    assert!(!told.contains(SECRET), "the ticket's words are told: {told}");
    for pair in story.happened.windows(2) {
        assert!(pair[0].seq < pair[1].seq && pair[0].at <= pair[1].at, "in order");
    }
    story
}

fn kinds(story: &Story) -> Vec<&str> {
    story.happened.iter().map(|happened| happened.kind.as_str()).collect()
}

#[track_caller]
fn says<'a>(story: &'a Story, kind: &str) -> &'a str {
    let found = story.happened.iter().find(|happened| happened.kind == kind).expect("it happened");
    found.says.as_deref().expect("it says so in words")
}

fn stages(story: &Story) -> Vec<(&str, u64)> {
    story.stages.iter().map(|stage| (stage.name, stage.millis)).collect()
}

/// Takes a ticket with the secret words in, each stage at its own moment: read after 2 s, planned after 1 s more.
async fn asked(world: &World, description: &str) -> RunId {
    let run = world.take_in(&format!("{description} {SECRET}")).await;
    world.clock.advance_seconds(2);
    let read = world.claim_named("read_ticket").await.remove(0);
    let plan = world.dispatch(read, true).await.expect("it is read");
    world.clock.advance_seconds(1);
    for effect in plan {
        world.dispatch(effect, true).await.expect("it is planned");
    }
    world.clock.advance_seconds(61);
    world.drive().await;
    run
}

#[tokio::test]
async fn a_run_that_succeeded_is_told_from_its_ticket_to_its_note() {
    let world = World::new();
    let run = asked(&world, "Reset MFA").await;
    world.clock.advance_seconds(30);
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.clock.advance_seconds(4);
    world.drive().await;
    let story = story(&world, run).await;
    let decided: Vec<_> = kinds(&story).into_iter().filter(|kind| !kind.ends_with(".posted")).collect();
    assert_eq!(
        decided,
        [
            "run.received",
            "run.classified",
            "ticket.read",
            "run.classified",
            "plan.made",
            "plan.approved",
            "step.ended",
            "run.finished"
        ]
    );
    assert_eq!(says(&story, "run.received"), "ticket 4211 came in from helpdesk");
    let guessed = "mfa_reset 0.97; model rules (from the sent text, which is only a hint)";
    assert_eq!(says(&story, "run.classified"), guessed);
    let read = "fetched from the desk: asked by Rob Requester (rob@acme.com), by email, sender unverified";
    assert_eq!(says(&story, "ticket.read"), read);
    assert_eq!(
        says(&story, "plan.made"),
        "plan 1, valid until 2026-06-10T17:42:14.310Z: Reset all enrolled factors (okta)"
    );
    let digest = story.run.state.plan().unwrap().digest(&org_id(), &run).short();
    let approved = format!("approved by Ada Approver (slack:U0APPROVER): plan {digest}");
    assert_eq!(says(&story, "plan.approved"), approved);
    assert_eq!(says(&story, "step.ended"), "step 1: done: Reset all enrolled factors: done.");
    assert_eq!(says(&story, "run.finished"), "ended: succeeded");
    assert_eq!(stages(&story), [("read", 2_000), ("plan", 1_000), ("decide", 91_000), ("execute", 4_000)]);
    assert!(
        story.effects.iter().all(|effect| effect.state == "done" || effect.name == "expire"),
        "{:?}",
        story.effects
    );
    assert_eq!((story.mode, story.pause.is_none()), (Mode::Live, true));
    assert_eq!(story.floor.map(|floor| floor.parts()), Some(8_000));
    assert_eq!(story.now, "Nothing more happens.");
}

#[tokio::test]
async fn every_entry_of_the_story_is_the_ledgers_own() {
    let world = World::new();
    let run = world.approve("Reset MFA").await;
    let entries = world.app.parts().queries.entries_of(&org_id(), &run).await.unwrap();
    let told = story(&world, run).await.happened;
    let told: Vec<_> = told.into_iter().map(|happened| (happened.seq, happened.kind, happened.hash)).collect();
    assert_eq!(told, entries.into_iter().map(|(seq, kind, hash)| (seq, kind, hash.short())).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_denied_run_says_by_whom_and_why_and_what_could_be_done() {
    let world = World::new();
    let run = asked(&world, "Reset MFA").await;
    let wrong_type = Decided::Deny { reason: DenyReason::WrongType, words: None };
    world.click(run, "U0APPROVER", 1, wrong_type).await;
    world.drive().await;
    let story = story(&world, run).await;
    let said = says(&story, "plan.denied");
    assert!(said.starts_with("denied by Ada Approver (slack:U0APPROVER): wrong type of request (plan "), "{said}");
    assert_eq!(stages(&story).last(), Some(&("decide", 61_000)));
    assert!(story.now.contains("`countersign runs replan` makes a new plan"), "{}", story.now);
}

#[tokio::test]
async fn a_blocked_run_says_what_keeps_it_from_being_approved() {
    let world = World::new();
    let run = asked(&world, "Reset nobody's MFA").await;
    let story = story(&world, run).await;
    let said = says(&story, "plan.made");
    assert!(said.contains("no steps; not approvable: Nobody called nobody@acme.com"), "{said}");
    assert!(story.now.starts_with("It cannot be approved as it is"), "{}", story.now);
}

#[tokio::test]
async fn a_ticket_that_was_left_alone_says_its_scores_its_floor_and_what_to_do() {
    let world = World::new();
    let run = asked_and_left(&world, "I am unsure about MFA").await;
    let story = story(&world, run).await;
    assert_eq!(kinds(&story), ["run.received", "run.classified", "run.left_alone"]);
    assert!(says(&story, "run.classified").starts_with("mfa_reset 0.50"));
    assert_eq!(says(&story, "run.left_alone"), "left alone: the confidence is below the floor");
    assert_eq!(story.floor.map(|floor| floor.parts()), Some(8_000), "the floor of the runbook that would serve it");
    assert!(story.now.contains("runs replan ID --intent NAME"), "{}", story.now);
    assert!(story.effects.is_empty() && story.stages.is_empty());
}

async fn asked_and_left(world: &World, description: &str) -> RunId {
    world.ask_for(&format!("{description} {SECRET}")).await
}

#[tokio::test]
async fn a_shadow_run_says_that_this_is_all_and_what_would_change_that() {
    let world = World::under(|org| org.mode = Mode::Shadow);
    let run = asked(&world, "Reset MFA").await;
    let story = story(&world, run).await;
    assert_eq!(kinds(&story)[4..], ["plan.made", "run.left_alone"]);
    assert_eq!(stages(&story), [("read", 2_000), ("plan", 1_000)]);
    assert_eq!(story.mode, Mode::Shadow);
    assert!(story.now.contains("set the mode to live and plan it again"), "{}", story.now);
    let names: Vec<_> = story.effects.iter().map(|effect| effect.name.as_str()).collect();
    assert_eq!(names, ["read_ticket", "make_plan"], "nothing else was asked of the world");
}

#[tokio::test]
async fn a_run_whose_vendor_fails_says_what_holds_it_up_in_the_vendors_words() {
    let world = World::new();
    let run = asked(&world, "Reset MFA").await;
    world.okta.script.fail(SystemCall::Perform, PortError::transient("Okta is down.", None));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    let told = story(&world, run).await;
    let effect = told.effects.iter().find(|effect| effect.name == "perform").unwrap();
    assert_eq!((effect.why.as_deref(), effect.attempt), (Some("Okta is down."), 1));
    assert!(told.now.contains("Its steps are being performed. Held up by perform: Okta is down. (attempt 1, again at"));
    world.okta.script.fail(SystemCall::Perform, PortError::permanent("The factor cannot be reset."));
    world.clock.advance_seconds(5);
    world.drive().await;
    let told = story(&world, run).await;
    assert_eq!(says(&told, "step.ended"), "step 1: failed: The factor cannot be reset.");
    assert_eq!(says(&told, "run.finished"), "ended: failed");
    assert!(told.now.contains("runs replan"), "{}", told.now);
}

#[tokio::test]
async fn what_was_set_aside_for_a_human_is_named() {
    let world = World::new();
    world.channel.script.fail(ChannelCall::Post, PortError::permanent("The room is archived."));
    let run = asked(&world, "Reset MFA").await;
    let story = story(&world, run).await;
    assert!(story.now.contains("Held up by show_card: The room is archived."), "{}", story.now);
    assert!(story.now.contains("set aside: look at it yourself"), "{}", story.now);
}

#[tokio::test]
async fn a_held_run_says_what_holds_it() {
    let world = World::new();
    let run = asked(&world, "Reset MFA").await;
    world.app.pause(&org_id(), Some(&runbook_id("RB-002")), None, &Actor::Operator).await.unwrap();
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    let told = story(&world, run).await;
    assert_eq!(told.pause.map(|pause| pause.runbook), Some(Some(runbook_id("RB-002"))));
    assert!(told.now.starts_with("Its steps are paused; `countersign resume`"), "{}", told.now);
    world.app.resume(&org_id(), Some(&runbook_id("RB-002")), &Actor::Operator).await.unwrap();
    let world = world.under_other_rules(|org| org.mode = Mode::Shadow);
    world.drive().await;
    let told = story(&world, run).await;
    assert!(told.now.starts_with("Its steps wait: the mode is shadow."), "{}", told.now);
}

#[tokio::test]
async fn a_correction_and_its_new_plan_are_told_with_who_made_it() {
    let world = World::new();
    let run = asked(&world, "Reset MFA").await;
    let corrected = Some((intent("suspend_account"), mail("kim@acme.com")));
    world.app.replan(world.run(run).await, corrected, Actor::Operator).await.unwrap();
    world.clock.advance_seconds(3);
    world.drive().await;
    let story = story(&world, run).await;
    let said = says(&story, "plan.asked");
    assert_eq!(said, "plan 2 is being made because the intent was corrected to suspend_account by kim@acme.com");
    let asked = story.happened.iter().find(|happened| happened.kind == "plan.asked").unwrap();
    assert_eq!(asked.actor, "operator");
    assert_eq!(stages(&story)[2..], [("read", 3_000), ("plan", 0)], "counted from when it was asked for");
    assert_eq!(story.happened.iter().filter(|happened| happened.kind == "plan.made").count(), 2);
}

#[tokio::test]
async fn a_started_run_says_who_started_it() {
    let world = World::new();
    let slots = slots_for("sarah.chen@acme.com");
    let run = world.app.start(&org_id(), &runbook_id("RB-002"), slots, &starter()).await.unwrap().id;
    world.clock.advance_seconds(2);
    world.drive().await;
    let story = story(&world, run).await;
    assert_eq!(says(&story, "run.received"), "started through the API by mail:rob@acme.com");
    assert_eq!(stages(&story), [("plan", 2_000)]);
    assert_eq!(story.now, "It waits for a decision until 2026-06-10 19:42 CEST.");
}

#[tokio::test]
async fn an_entry_whose_body_was_erased_is_told_without_words() {
    let world = World::new();
    let run = world.approve("Reset MFA").await;
    let before = story(&world, run).await;
    world.store.inner.erase_bodies(&org_id(), &run);
    let after = story(&world, run).await;
    assert_eq!(kinds(&after), kinds(&before));
    assert!(after.happened.iter().all(|happened| happened.says.is_none()), "{:?}", after.happened);
    assert!(after.happened.iter().any(|happened| !happened.actor.is_empty() && happened.actor != "system"));
    assert_eq!((after.stages, after.effects), (vec![], before.effects));
}

#[tokio::test]
async fn a_run_that_there_is_not_has_no_story() {
    let world = World::new();
    assert!(matches!(world.app.story(&org_id(), &run_id(404)).await, Err(AppError::UnknownRun(_))));
}
