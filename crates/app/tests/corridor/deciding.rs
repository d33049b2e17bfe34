//! Decisions from every surface.

use countersign_app::{AppError, decisions::Ruling};
use countersign_domain::{
    command::RefusalReason,
    digest::Digest,
    ids::RunId,
    person::Actor,
    policy::NotEntitled,
    ports::{Click, Decided, PortError, Store},
    run::{DenyReason, State, StateName},
};
use countersign_testkit::{builders::*, channel::ChannelCall};

use crate::{
    store::Loss,
    world::{World, approval, denial},
};

async fn digest_of(world: &World, run: RunId) -> Digest {
    let run = world.run(run).await;
    run.state.plan().map(|plan| plan.digest(&run.org, &run.id)).expect("there is a plan")
}

#[track_caller]
fn reason<T: std::fmt::Debug>(refused: Result<T, AppError>) -> RefusalReason {
    match refused {
        Err(AppError::Refused(refusal)) => refusal.reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_bound_key_approves_the_digest_it_names() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let plan_digest = Some(digest_of(&world, run).await);
    world.rule(run, LEAD, Ruling { plan_digest, ..approval() }).await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert!(world.note().lines[3].starts_with("Decision by: mail:lead@acme.com at "));
}

#[tokio::test]
async fn a_bound_key_denies_with_a_reason() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let ruling = Ruling { denied: Some((DenyReason::NotAuthorised, None)), ..approval() };
    world.rule(run, LEAD, ruling).await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Denied);
    assert!(world.note().lines.contains(&"Reason: not authorised".to_owned()));
}

#[tokio::test]
async fn persons_who_may_not_approve_are_refused_whichever_way_they_come() {
    for (by_key, by_click, expected) in [
        ("mail:eve@acme.com", "U0EVE", NotEntitled::NotListed),
        ("mail:ada@acme.com", "U0LEAD", NotEntitled::NotListed),
        ("mail:rob@acme.com", "U0ROB", NotEntitled::IsRequester),
        ("mail:sarah.chen@acme.com", "U0SARAH", NotEntitled::IsTarget),
        ("slack:U0GHOST", "U0GHOST", NotEntitled::Unresolved),
    ] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        let refused = world.rule(run, by_key, approval()).await;
        assert_eq!(reason(refused), RefusalReason::NotEntitled(expected), "{by_key}");
        world.click(run, by_click, 1, Decided::Approve).await;
        let told = world.channel.explanations();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].user.as_str(), told[0].room.as_str()), (by_click, "C1"));
        assert!(told[0].text.contains(&expected.to_string()), "{}", told[0].text);
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
        assert!(world.okta.changes().is_empty() && world.desk.notes().is_empty());
    }
}

#[tokio::test]
async fn a_key_without_the_right_version_or_digest_is_refused() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let refused = world.rule(run, LEAD, Ruling { plan_version: Some(2), ..approval() }).await;
    assert_eq!(reason(refused), RefusalReason::OtherPlanVersion { meant: 2, present: 1 });
    let refused = world.rule(run, LEAD, Ruling { plan_digest: Some(digest(1)), ..approval() }).await;
    assert_eq!(reason(refused), RefusalReason::OtherDigest);
}

#[tokio::test]
async fn users_who_can_never_decide_get_an_explanation() {
    let refused = || Some(PortError::permanent("The workspace refuses to say who that is."));
    for (user, error, part) in [
        ("U0BOT", None, "bots cannot decide"),
        ("U0NOBODY", None, "does not know you"),
        ("U0APPROVER", refused(), "refuses to say who that is"),
    ] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        error.into_iter().for_each(|error| world.channel.script.fail(ChannelCall::Who, error));
        world.click(run, user, 1, Decided::Approve).await;
        let told = world.channel.explanations();
        assert!(told.len() == 1 && told[0].text.contains(part), "{told:?}");
        assert!(world.store.inbox(10).await.unwrap().is_empty(), "the click is dealt with");
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    }
}

fn click(run: RunId, channel: &str, workspace: &str) -> Click {
    Click {
        dedupe: "d".to_owned(),
        channel: connection(channel),
        workspace: workspace.to_owned(),
        user: "U0APPROVER".to_owned(),
        room: "C1".to_owned(),
        run,
        plan_version: 1,
        plan_digest: None,
        decided: Decided::Approve,
    }
}

#[tokio::test]
async fn clicks_from_another_workspace_channel_or_on_an_unknown_run_change_nothing() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let cases = [
        (click(run, "it-approvals", "T2"), "another workspace"),
        (click(run, "old-channel", "T1"), "no longer connected"),
        (click(run_id(999), "it-approvals", "T1"), "no run"),
    ];
    for (place, (click, part)) in cases.into_iter().enumerate() {
        let click = Click { dedupe: format!("d{place}"), ..click };
        world.app.receive_click(&org_id(), &click).await.unwrap();
        world.take_clicks().await.unwrap();
        let told = world.channel.explanations();
        assert_eq!(told.len(), place + 1);
        assert!(told[place].text.contains(part), "{}", told[place].text);
    }
    assert!(world.store.inbox(10).await.unwrap().is_empty());
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
}

#[tokio::test]
async fn a_repeated_click_changes_nothing() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for _ in 0..3 {
        world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    }
    world.drive().await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    world.drive().await;
    assert_eq!(world.okta.changes().len(), 1);
    assert!(world.channel.explanations().is_empty());
    assert_eq!(world.entries(run).await.iter().filter(|kind| *kind == "plan.approved").count(), 1);
}

#[tokio::test]
async fn the_second_of_two_decisions_hears_who_was_first() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    let refused = world.rule(run, LEAD, approval()).await;
    assert!(matches!(reason(refused), RefusalReason::AlreadyDecided { decided, by, .. }
        if decided == "approved" && by == "slack:U0APPROVER"));
    world.click(run, "U0APPROVER", 1, denial()).await;
    assert!(world.channel.explanations()[0].text.contains("was approved by slack:U0APPROVER"));
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    assert_eq!(world.okta.changes().len(), 1);
}

#[tokio::test]
async fn a_click_on_an_old_plan_is_refused_and_explained() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.app.replan(world.run(run).await, None, Actor::Operator).await.unwrap();
    world.drive().await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert!(world.channel.explanations()[0].text.contains("version 2"));
    world.drive().await;
    assert!(world.okta.changes().is_empty());
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
}

#[tokio::test]
async fn a_click_on_another_plan_of_the_same_number_is_refused_in_the_channels_words_and_changes_nothing() {
    for decided in [Decided::Approve, denial()] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        let (before, entries) = (world.run(run).await, world.entries(run).await);
        let meant = |dedupe: &str, plan_digest| Click {
            dedupe: dedupe.to_owned(),
            plan_digest,
            decided: decided.clone(),
            ..click(run, "it-approvals", "T1")
        };
        world.app.receive_click(&org_id(), &meant("other", Some(digest(1)))).await.unwrap();
        world.take_clicks().await.unwrap();
        world.drive().await;
        let told = world.channel.explanations();
        assert_eq!((told.len(), told[0].user.as_str()), (1, "U0APPROVER"));
        assert!(told[0].text.contains("The card shows another plan than the present one"), "{}", told[0].text);
        assert_eq!((world.run(run).await, world.entries(run).await), (before, entries), "nothing changes");
        assert!(world.okta.changes().is_empty() && world.store.inbox(10).await.unwrap().is_empty());

        let shown = world.card().shown;
        assert_eq!((shown.plan_digest, &shown.digest), (digest_of(&world, run).await, &shown.plan_digest.short()));
        world.app.receive_click(&org_id(), &meant("this", Some(shown.plan_digest))).await.unwrap();
        world.take_clicks().await.unwrap();
        world.drive().await;
        let ended = if decided == Decided::Approve { StateName::Succeeded } else { StateName::Denied };
        assert_eq!((world.state(run).await, world.channel.explanations().len()), (ended, 1));
    }
}

#[tokio::test]
async fn a_click_of_an_earlier_versions_card_counts_by_its_plan_version() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    let click = click(run, "it-approvals", "T1");
    let mut stored = serde_json::to_value(&click).unwrap();
    stored.as_object_mut().unwrap().remove("plan_digest");
    assert_eq!(serde_json::from_value::<Click>(stored).unwrap(), click, "a stored click of an earlier version");
    world.app.receive_click(&org_id(), &click).await.unwrap();
    world.take_clicks().await.unwrap();
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
}

#[tokio::test]
async fn a_click_waits_until_the_channel_can_say_who_it_was() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    for error in [PortError::transient("Busy.", None), PortError::unauthorized("The token lacks users:read.")] {
        world.channel.script.fail(ChannelCall::Who, error);
    }
    world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
    for _ in 0..2 {
        world.take_clicks().await.unwrap_err();
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
        assert_eq!(world.store.inbox(10).await.unwrap().len(), 1, "the click stays");
    }
    world.take_clicks().await.unwrap();
    assert_eq!(world.state(run).await, StateName::Executing);
}

#[tokio::test]
async fn a_click_that_cannot_be_looked_into_for_a_quarter_of_an_hour_is_given_up_and_explained() {
    for error in [
        PortError::transient("Busy.", None),
        PortError::unauthorized("The token lacks users:read."),
        PortError::held("Our own rate budget is used up.", 1_000),
        PortError::ambiguous("The connection was cut."),
    ] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.channel.script.fail(ChannelCall::Who, error.clone());
        world.clock.advance_seconds(15 * 60 - 1);
        world.take_clicks().await.unwrap_err();
        assert_eq!(world.store.inbox(10).await.unwrap().len(), 1, "{error}: the click stays");
        assert!(world.channel.explanations().is_empty());
        world.channel.script.fail(ChannelCall::Who, error.clone());
        world.clock.advance_seconds(1);
        world.take_clicks().await.unwrap();
        assert!(world.store.inbox(10).await.unwrap().is_empty(), "{error}: the click is dealt with");
        let told = world.channel.explanations();
        assert!(told.len() == 1 && told[0].text.contains("not taken in time"), "{told:?}");
        assert_eq!((told[0].user.as_str(), told[0].room.as_str()), ("U0APPROVER", "C1"));
        world.take_clicks().await.unwrap();
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
        world.click(run, "U0APPROVER", 1, denial()).await;
        assert_eq!(world.state(run).await, StateName::Denied, "who decides anew is heard");
    }
}

#[tokio::test]
async fn a_click_is_decided_once_wherever_the_process_dies() {
    for loss in [Loss::Before, Loss::After, Loss::Stale] {
        let world = World::new();
        let run = world.ask_for("Reset MFA").await;
        world.persist_click(run, "U0APPROVER", 1, Decided::Approve).await;
        world.store.lose_next(loss);
        assert_eq!(world.take_clicks().await.is_ok(), loss == Loss::Stale, "{loss:?}");
        world.take_clicks().await.unwrap();
        world.drive().await;
        assert_eq!(world.state(run).await, StateName::Succeeded, "{loss:?}");
        assert_eq!(world.okta.changes().len(), 1);
        assert!(world.channel.explanations().is_empty(), "nobody is told that their own decision was too late");
    }
}

#[tokio::test]
async fn an_explanation_that_cannot_be_told_holds_nothing_up() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.channel.script.fail(ChannelCall::Explain, PortError::permanent("The user left the room."));
    world.click(run, "U0EVE", 1, Decided::Approve).await;
    assert!(world.store.inbox(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_person_is_one_id_by_whichever_reference() {
    let world = World::new();
    let run = world.ask_for("Reset MFA").await;
    world.click(run, "U0APPROVER", 1, denial()).await;
    let State::Denied { denial, .. } = world.run(run).await.state else { panic!("denied") };
    let by_mail = world.store.person(&org_id(), &[person("mail:ada@acme.com")], denial.by.id).await.unwrap();
    assert_eq!(by_mail, denial.by.id);
}
