//! That the table of rights is what the code does: every action from end to end, and the calls that Okta saw.

use std::collections::BTreeSet;

use crate::support::{TOKEN, World, new_user, step};
use countersign_domain::{
    plan::Step,
    ports::{Clock, Observed, SubjectOfAsk, System},
    runbook::ActionKind,
};
use countersign_okta::{ACTIONS, operations, permissions, scopes};
use serde_json::{Value, json};

const SARAH: &str = "sarah.chen@acme.com";
const NINA: &str = "nina.vogel@acme.com";

/// The calls that arrived, as `METHOD template`.
fn seen(world: &World) -> BTreeSet<String> {
    let requests = world.sandbox.requests();
    let rows = requests["routes"].as_array().expect("routes").iter();
    let text = |row: &Value, key: &str| row[key].as_str().expect("text").to_owned();
    rows.map(|row| format!("{} {}", text(row, "method"), text(row, "route"))).filter(|call| call != TOKEN).collect()
}

/// Resolves, looks at the standing, plans: one step of the action.
async fn plan(world: &World, action: ActionKind) -> Step {
    let sarah = world.find(SARAH).await;
    world.okta.standing(&sarah).await.expect("it can be read");
    match action {
        ActionKind::CreateUser => world.plan_new(&new_user("Nina", "Vogel", NINA)).await,
        ActionKind::AddToGroup | ActionKind::RemoveFromGroup => {
            step(world.prepare(action, SARAH, &["Support-Tier1"]).await)
        }
        ActionKind::UnlockUser
        | ActionKind::ResetPassword
        | ActionKind::ResetFactors
        | ActionKind::SuspendUser
        | ActionKind::ClearSessions => world.plan(action, SARAH).await,
        ActionKind::AssignLicense
        | ActionKind::SetUsageLocation
        | ActionKind::EnableAccount
        | ActionKind::DismissRisk
        | ActionKind::RestoreSignIn => panic!("{action} is not Okta's"),
    }
}

async fn drive(world: &World, action: ActionKind) {
    // An account that is blocked on unknown devices is the one whose blocks have to be read.
    world.apply(json!({"op": "set_blocked", "user": SARAH, "blocked": action == ActionKind::UnlockUser}));
    let member = action == ActionKind::RemoveFromGroup;
    world.apply(json!({"op": "set_member", "group": "Support-Tier1", "user": SARAH, "member": member}));
    let step = plan(world, action).await;
    assert_eq!(world.observe(&step, false).await, Observed::Ready, "{action}");
    world.perform(&step).await.expect("it is done");
    world.observe(&step, true).await;
}

#[tokio::test]
async fn every_action_makes_the_calls_of_the_table_and_no_others() {
    for action in ACTIONS {
        let world = World::start_as_app().await;
        drive(&world, action).await;
        let expected: BTreeSet<_> = operations(action).iter().map(|operation| operation.call().to_owned()).collect();
        assert_eq!(seen(&world), expected, "{action}");
    }
}

#[tokio::test]
async fn scopes_of_the_table_suffice_for_every_action() {
    for action in ACTIONS {
        let world = World::start_as_app().await;
        world.apply(json!({"op": "set_app", "scopes": scopes(&[action])}));
        drive(&world, action).await;
    }
}

#[tokio::test]
async fn no_scope_of_the_table_can_be_left_out() {
    for action in ACTIONS {
        for left_out in scopes(&[action]) {
            let rest: Vec<_> = scopes(&[action]).into_iter().filter(|scope| *scope != left_out).collect();
            // A wider scope that is left stands for the narrower one.
            if rest.contains(&left_out.replace(".read", ".manage").as_str()) {
                continue;
            }
            let world = World::start_as_app().await;
            world.apply(json!({"op": "set_app", "scopes": rest}));
            let granted = world.okta.check(&[action], world.clock.now()).await;
            assert!(
                granted.iter().any(|found| found.what == format!("API scope {left_out}") && found.mend.is_some()),
                "{action} without {left_out}: {granted:?}"
            );
        }
    }
}

#[tokio::test]
async fn somebody_to_be_created_needs_the_groups_of_nobody() {
    let world = World::start_as_app().await;
    let asked = SubjectOfAsk::New(new_user("Nina", "Vogel", NINA));
    world.prepare_for(ActionKind::CreateUser, asked, &[]).await;
    assert_eq!(seen(&world), BTreeSet::from(["GET /api/v1/users/{id}".to_owned()]));
}

#[test]
fn all_permissions_of_okta_as_they_are_granted() {
    let names: Vec<_> = permissions(&ACTIONS).iter().map(|right| format!("{}: {}", right.sort, right.name)).collect();
    assert_eq!(
        names,
        [
            "API scope: okta.groups.manage",
            "API scope: okta.groups.read",
            "API scope: okta.roles.read",
            "API scope: okta.users.manage",
            "API scope: okta.users.read",
            "role permission: okta.groups.members.manage",
            "role permission: okta.groups.read",
            "role permission: okta.iam.read",
            "role permission: okta.users.create",
            "role permission: okta.users.credentials.resetFactors",
            "role permission: okta.users.credentials.resetPassword",
            "role permission: okta.users.groupMembership.manage",
            "role permission: okta.users.lifecycle.activate",
            "role permission: okta.users.lifecycle.clearSessions",
            "role permission: okta.users.lifecycle.suspend",
            "role permission: okta.users.lifecycle.unlock",
            "role permission: okta.users.read",
        ]
    );
}
