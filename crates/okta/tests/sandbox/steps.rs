//! What the adapter does to a stateful Okta: plans, reads before and after, and each write.

use countersign_domain::{
    plan::{BlockCode, UserRef},
    ports::{Observed, SubjectOfAsk},
    runbook::ActionKind,
};
use serde_json::json;

use crate::support::{World, mail, new_user, step, steps};

const SARAH: &str = "sarah.chen@acme.com";
const TOM: &str = "tom.okafor@acme.com";
const BEN: &str = "ben.ode@acme.com";

#[tokio::test]
async fn people_are_found_by_login_and_by_whole_name() {
    let world = World::start().await;
    assert_eq!(world.find("Sarah.Chen@ACME.com").await.name, "Sarah Chen");
    assert_eq!(world.find(SARAH).await.mails, [mail(SARAH)]);
    assert_eq!(world.resolve(None, Some(" sarah  CHEN ")).await.len(), 1);
    assert_eq!(world.resolve(None, Some("Alex Kim")).await.len(), 2);
    for nobody in ["Sarah", "Chen", "Sarah Chen-Ito", "", "a b c d e f g h", "x\" or status eq \"ACTIVE"] {
        assert!(world.resolve(None, Some(nobody)).await.is_empty(), "{nobody}");
    }
    assert!(world.resolve(Some("sarah@acme.com"), None).await.is_empty());
    assert!(world.resolve(None, None).await.is_empty());
}

#[tokio::test]
async fn deactivated_person_is_found_with_their_state() {
    let world = World::start().await;
    assert_eq!(world.find(BEN).await.state, "DEPROVISIONED");
    assert_eq!(world.resolve(None, Some("Ben Ode")).await[0].state, "DEPROVISIONED");
}

#[tokio::test]
async fn password_reset_is_mailed_and_read_back() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetPassword, SARAH).await;
    assert!(step.after.contains(SARAH) && step.after.contains("RECOVERY"), "{}", step.after);
    assert_eq!(world.observe(&step, false).await, Observed::Ready);
    let done = world.perform(&step).await.unwrap();
    assert!(!done.says.contains(SARAH) && !done.says.contains("http"), "{}", done.says);
    assert_eq!(world.user(SARAH)["status"], "RECOVERY");
    assert_eq!(world.mails_to(SARAH), 1);
    assert!(matches!(world.observe(&step, false).await, Observed::Drifted(_)));
    assert!(matches!(world.observe(&step, true).await, Observed::AlreadyDone(_)));
}

#[tokio::test]
async fn second_password_reset_without_an_answer_cannot_be_told() {
    let world = World::start().await;
    world.set_status(SARAH, "RECOVERY");
    let prepared = world.prepare(ActionKind::ResetPassword, SARAH, &[]).await;
    assert_eq!(prepared.remarks.len(), 1);
    let step = step(prepared);
    assert_eq!(world.observe(&step, false).await, Observed::Ready);
    assert!(matches!(world.observe(&step, true).await, Observed::Unknown(_)));
}

#[tokio::test]
async fn reset_that_may_have_been_used_already_is_not_sent_again() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetPassword, SARAH).await;
    assert_eq!(world.observe(&step, true).await, Observed::Ready);
    world.perform(&step).await.unwrap();
    world.set_status(SARAH, "ACTIVE");
    assert!(matches!(world.observe(&step, true).await, Observed::Unknown(_)));
}

#[tokio::test]
async fn factors_are_named_counted_and_reset() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetFactors, SARAH).await;
    assert_eq!(step.title, "Reset all 2 enrolled factors");
    assert_eq!(step.before, "Okta Verify, Google Authenticator");
    assert_eq!(step.after, "none; Sarah enrols again at the next sign-in");
    assert_eq!(world.observe(&step, false).await, Observed::Ready);
    world.perform(&step).await.unwrap();
    assert_eq!(world.user(SARAH)["factors"], json!([]));
    assert!(matches!(world.observe(&step, false).await, Observed::AlreadyDone(_)));
    let again = world.prepare(ActionKind::ResetFactors, SARAH, &[]).await;
    assert!(again.steps.is_empty() && again.blockers.is_empty() && again.remarks.len() == 1, "{again:?}");
}

#[tokio::test]
async fn other_factors_than_planned_stop_the_reset() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetFactors, SARAH).await;
    world.apply(json!({"op": "set_factors", "user": SARAH, "factors": ["sms/OKTA"]}));
    assert!(matches!(world.observe(&step, false).await, Observed::Drifted(_)));
    assert!(matches!(world.observe(&step, true).await, Observed::AlreadyDone(_)));
}

#[tokio::test]
async fn factors_are_still_reset_after_a_password_reset_of_the_same_plan() {
    let world = World::start().await;
    let password = world.plan(ActionKind::ResetPassword, SARAH).await;
    let factors = world.plan(ActionKind::ResetFactors, SARAH).await;
    world.perform(&password).await.unwrap();
    assert_eq!(world.observe(&factors, false).await, Observed::Ready);
}

#[tokio::test]
async fn suspension_ends_with_the_sessions() {
    let world = World::start().await;
    world.apply(json!({"op": "set_sessions", "user": SARAH, "sessions": 3}));
    let suspend = world.plan(ActionKind::SuspendUser, SARAH).await;
    let sessions = world.plan(ActionKind::ClearSessions, SARAH).await;
    for step in [&suspend, &sessions] {
        assert_eq!(world.observe(step, false).await, Observed::Ready);
        world.perform(step).await.unwrap();
    }
    assert_eq!((&world.user(SARAH)["status"], &world.user(SARAH)["sessions"]), (&json!("SUSPENDED"), &json!(0)));
    assert!(matches!(world.observe(&suspend, false).await, Observed::AlreadyDone(_)));
    let again = world.prepare(ActionKind::SuspendUser, SARAH, &[]).await;
    assert!(again.steps.is_empty() && again.blockers.is_empty() && again.remarks.len() == 1, "{again:?}");
}

#[tokio::test]
async fn locked_user_is_unlocked() {
    let world = World::start().await;
    assert_eq!(world.prepare(ActionKind::UnlockUser, SARAH, &[]).await.remarks.len(), 1);
    world.set_status(SARAH, "LOCKED_OUT");
    let (unlock, reset) =
        (world.plan(ActionKind::UnlockUser, SARAH).await, world.plan(ActionKind::ResetPassword, SARAH).await);
    assert_eq!(world.observe(&unlock, false).await, Observed::Ready);
    world.perform(&unlock).await.unwrap();
    assert!(matches!(world.observe(&unlock, false).await, Observed::AlreadyDone(_)));
    assert_eq!(world.observe(&reset, false).await, Observed::Ready);
}

#[tokio::test]
async fn statuses_that_stand_in_the_way_block_with_what_would_mend_it() {
    let world = World::start().await;
    for (status, action, blocked) in [
        ("SUSPENDED", ActionKind::ResetPassword, true),
        ("DEPROVISIONED", ActionKind::ResetPassword, true),
        ("STAGED", ActionKind::ResetPassword, true),
        ("PROVISIONED", ActionKind::ResetPassword, true),
        ("LOCKED_OUT", ActionKind::ResetPassword, false),
        ("PASSWORD_EXPIRED", ActionKind::ResetPassword, false),
        ("SUSPENDED", ActionKind::ResetFactors, true),
        ("DEPROVISIONED", ActionKind::ResetFactors, true),
        ("LOCKED_OUT", ActionKind::SuspendUser, true),
        ("DEPROVISIONED", ActionKind::SuspendUser, true),
        ("SUSPENDED", ActionKind::UnlockUser, true),
        ("SUSPENDED", ActionKind::ClearSessions, false),
        ("DEPROVISIONED", ActionKind::ClearSessions, false),
        ("DEPROVISIONED", ActionKind::AddToGroup, true),
        ("SUSPENDED", ActionKind::AddToGroup, false),
    ] {
        world.set_status(SARAH, status);
        let prepared = world.prepare(action, SARAH, &["Support-Tier1"]).await;
        let codes: Vec<_> = prepared.blockers.iter().map(|blocker| blocker.code).collect();
        assert_eq!(codes, if blocked { vec![BlockCode::WrongState] } else { vec![] }, "{status} {action}");
        assert!(prepared.blockers.iter().all(|blocker| !blocker.mend.is_empty() && blocker.says.contains(status)));
    }
    world.set_status(SARAH, "SUSPENDED");
    let prepared = world.prepare(ActionKind::ResetPassword, SARAH, &[]).await;
    assert!(prepared.blockers[0].mend.contains("reactivate"), "{:?}", prepared.blockers);
}

#[tokio::test]
async fn status_that_changes_after_planning_stops_the_step() {
    let world = World::start().await;
    for action in [ActionKind::ResetPassword, ActionKind::ResetFactors] {
        let step = world.plan(action, SARAH).await;
        world.set_status(SARAH, "SUSPENDED");
        let Observed::Drifted(says) = world.observe(&step, false).await else { panic!("{action}") };
        assert!(says.contains("ACTIVE") && says.contains("SUSPENDED"), "{says}");
        world.set_status(SARAH, "ACTIVE");
    }
}

#[tokio::test]
async fn vanished_user_stops_every_step() {
    let world = World::start().await;
    let mut planned = Vec::new();
    for action in
        [ActionKind::ResetPassword, ActionKind::ResetFactors, ActionKind::SuspendUser, ActionKind::ClearSessions]
    {
        planned.push(world.plan(action, SARAH).await);
    }
    planned.extend(steps(world.prepare(ActionKind::AddToGroup, SARAH, &["Support-Tier1"]).await));
    let subject = world.find(SARAH).await;
    world.apply(json!({"op": "remove_user", "user": SARAH}));
    for step in &planned {
        assert!(matches!(world.observe(step, false).await, Observed::Drifted(_)), "{}", step.title);
    }
    let known = SubjectOfAsk::Known(subject);
    let prepared = world.prepare_for(ActionKind::ResetPassword, known, &[]).await;
    assert_eq!(prepared.blockers[0].code, BlockCode::UnknownTarget);
}

#[tokio::test]
async fn new_user_is_created_and_put_into_groups() {
    let world = World::start().await;
    let nina = new_user("Nina", "Vogel", "nina.vogel@acme.com");
    let create = world.plan_new(&nina).await;
    let subject = SubjectOfAsk::CreatedBy { step: 0, login: nina.login.clone() };
    let asked = ["Engineering-Docs", "support-tier1", "ENGINEERING-DOCS"];
    let groups = steps(world.prepare_for(ActionKind::AddToGroup, subject, &asked).await);
    assert_eq!(groups.len(), 2);
    assert!(matches!(world.observe(&groups[0], false).await, Observed::Drifted(_)), "nobody is there yet");
    assert_eq!(world.observe(&create, false).await, Observed::Ready);
    let id = world.perform(&create).await.unwrap().created.unwrap();
    for step in &groups {
        world.perform_as(step, &id).await;
        assert!(matches!(world.observe(step, false).await, Observed::AlreadyDone(_)), "looked up by login");
    }
    assert_eq!(world.user("nina.vogel@acme.com")["groups"].as_array().unwrap().len(), 3, "with Everyone");
}

#[tokio::test]
async fn awaited_user_is_waited_for() {
    let world = World::start().await;
    let subject = SubjectOfAsk::Awaited { login: mail("nina.vogel@acme.com") };
    let step = step(world.prepare_for(ActionKind::AddToGroup, subject, &["Support-Tier1"]).await);
    assert!(matches!(step.action.user(), Some(UserRef::Awaited { .. })));
    assert!(matches!(world.observe(&step, false).await, Observed::NotYet(_)));
    world.apply(
        json!({"op": "create_user", "login": "nina.vogel@acme.com", "first_name": "Nina", "last_name": "Vogel"}),
    );
    assert_eq!(world.observe(&step, false).await, Observed::Ready);
    world.perform(&step).await.unwrap();
    assert!(matches!(world.observe(&step, false).await, Observed::AlreadyDone(_)));
}

#[tokio::test]
async fn login_that_is_taken_blocks_or_stops_the_creation() {
    let world = World::start().await;
    let taken = SubjectOfAsk::New(new_user("Sarah", "Chen", SARAH));
    let prepared = world.prepare_for(ActionKind::CreateUser, taken, &[]).await;
    assert_eq!(prepared.blockers[0].code, BlockCode::AlreadyExists);
    let long = SubjectOfAsk::New(new_user(&"N".repeat(51), "Vogel", "n@acme.com"));
    assert_eq!(world.prepare_for(ActionKind::CreateUser, long, &[]).await.blockers[0].code, BlockCode::NotPossible);

    let step = world.plan_new(&new_user("Nina", "Vogel", "nina.vogel@acme.com")).await;
    let other =
        json!({"op": "create_user", "login": "nina.vogel@acme.com", "first_name": "Nina", "last_name": "Other"});
    world.apply(other);
    assert!(matches!(world.observe(&step, false).await, Observed::Drifted(_)));
    assert!(matches!(world.observe(&step, true).await, Observed::Drifted(_)));
    let error = world.perform(&step).await.unwrap_err();
    assert!(!error.retryable() && error.says.contains("E0000001"), "{error}");
    assert!(!error.says.contains('@'), "{error}");
}

#[tokio::test]
async fn creation_that_somebody_was_quicker_with_is_done() {
    let world = World::start().await;
    let step = world.plan_new(&new_user("Nina", "Vogel", "nina.vogel@acme.com")).await;
    let same = json!({"op": "create_user", "login": "nina.vogel@acme.com", "first_name": "Nina", "last_name": "Vogel"});
    let id = world.apply(same)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.perform(&step).await.unwrap().created.unwrap().0, id);
}

#[tokio::test]
async fn groups_that_cannot_be_changed_block() {
    let world = World::start().await;
    world.apply(json!({"op": "create_group", "name": "AD-Finance", "kind": "APP_GROUP"}));
    world.apply(json!({"op": "create_group", "name": "Twin"}));
    world.apply(json!({"op": "create_group", "name": "Twin", "kind": "APP_GROUP"}));
    for (name, code) in [
        ("Everyone", BlockCode::UnmanageableGroup),
        ("AD-Finance", BlockCode::UnmanageableGroup),
        ("Twin", BlockCode::UnknownGroup),
        ("Engineering-Doc", BlockCode::UnknownGroup),
        ("no such", BlockCode::UnknownGroup),
        ("\" or type eq \"OKTA_GROUP", BlockCode::UnknownGroup),
    ] {
        let prepared = world.prepare(ActionKind::AddToGroup, TOM, &[name]).await;
        assert!(prepared.steps.is_empty(), "{name}");
        assert_eq!(prepared.blockers[0].code, code, "{name}");
    }
    let near = world.prepare(ActionKind::AddToGroup, TOM, &["Engineering-Doc"]).await;
    assert!(near.blockers[0].mend.contains("Engineering-Docs"), "{:?}", near.blockers);
}

#[tokio::test]
async fn membership_that_is_so_already_is_a_remark() {
    let world = World::start().await;
    let member = json!({"op": "set_member", "group": "Support-Tier1", "user": TOM, "member": true});
    world.apply(member);
    world.apply(json!({"op": "set_member", "group": "Engineering-Docs", "user": TOM, "member": false}));
    let both = ["Support-Tier1", "Engineering-Docs"];
    let add = world.prepare(ActionKind::AddToGroup, TOM, &both).await;
    assert_eq!((add.steps.len(), add.remarks.len()), (1, 1), "{add:?}");
    let remove = world.prepare(ActionKind::RemoveFromGroup, TOM, &both).await;
    assert_eq!((remove.steps.len(), remove.remarks.len()), (1, 1), "{remove:?}");
    let step = step(remove);
    assert_eq!(world.observe(&step, false).await, Observed::Ready);
    world.perform(&step).await.unwrap();
    assert_eq!(
        world.observe(&step, true).await,
        Observed::AlreadyDone("The user is not in the group Support-Tier1.".into())
    );
}
