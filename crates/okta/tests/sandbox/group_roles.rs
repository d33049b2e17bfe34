//! A group that carries administrator roles is neither joined nor left by an ordinary approval.

use countersign_domain::{
    plan::{BlockCode, Blocker, Step},
    ports::{Observed, PortErrorKind, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
};
use serde_json::json;

use crate::support::{World, mail, step};

const SARAH: &str = "sarah.chen@acme.com";
const GROUP: &str = "Support-Tier1";
const ROLES: &str = "GET /api/v1/groups/{groupId}/roles";
const BOTH: [ActionKind; 2] = [ActionKind::AddToGroup, ActionKind::RemoveFromGroup];

fn give(world: &World, roles: &[&str]) {
    world.apply(json!({"op": "set_group_roles", "group": GROUP, "roles": roles}));
}

fn member(world: &World, member: bool) {
    world.apply(json!({"op": "set_member", "group": GROUP, "user": SARAH, "member": member}));
}

/// Makes the action one that would change something.
fn arrange(world: &World, action: ActionKind) {
    member(world, action == ActionKind::RemoveFromGroup);
}

async fn planned(world: &World, action: ActionKind) -> Step {
    arrange(world, action);
    step(world.prepare(action, SARAH, &[GROUP]).await)
}

/// What keeps the action from being planned.
async fn blocked(world: &World, action: ActionKind) -> Blocker {
    arrange(world, action);
    let prepared = world.prepare(action, SARAH, &[GROUP]).await;
    let [blocker] = prepared.blockers.as_slice() else { panic!("{prepared:?}") };
    assert_eq!((prepared.steps.len(), blocker.code), (0, BlockCode::UnmanageableGroup), "{prepared:?}");
    blocker.clone()
}

#[tokio::test]
async fn any_role_of_the_group_blocks_and_is_named() {
    for world in [World::start().await, World::start_as_app().await] {
        for (roles, names) in [
            (&["SUPER_ADMIN"][..], "Super administrator"),
            (&["Desk lead", "APP_ADMIN"], "App administrator, Desk lead"),
        ] {
            give(&world, roles);
            for action in BOTH {
                let blocker = blocked(&world, action).await;
                assert!(blocker.says.contains(GROUP) && blocker.says.contains(names), "{blocker:?}");
                assert!(blocker.mend.contains("super administrator"), "{blocker:?}");
            }
        }
        give(&world, &[]);
        for action in BOTH {
            assert!(planned(&world, action).await.title.contains(GROUP));
        }
        assert_eq!(world.sandbox.writes(), 0);
    }
}

#[tokio::test]
async fn new_hire_does_not_become_an_administrator_by_a_group() {
    let world = World::start_as_app().await;
    give(&world, &["ORG_ADMIN"]);
    let login = mail("nina.vogel@acme.com");
    for subject in [SubjectOfAsk::CreatedBy { step: 0, login: login.clone() }, SubjectOfAsk::Awaited { login }] {
        let prepared = world.prepare_for(ActionKind::AddToGroup, subject, &["Engineering-Docs", GROUP]).await;
        assert_eq!(prepared.steps.len(), 1, "the other group is shown all the same");
        assert_eq!(prepared.blockers[0].code, BlockCode::UnmanageableGroup, "{prepared:?}");
    }
}

#[tokio::test]
async fn roles_that_may_not_be_read_block_and_the_right_is_named() {
    for world in [World::start().await, World::start_as_app().await] {
        world.apply(json!({"op": "set_denied", "calls": [ROLES]}));
        for action in BOTH {
            let blocker = blocked(&world, action).await;
            assert!(blocker.says.contains("cannot be told") && blocker.says.contains("okta.iam.read"), "{blocker:?}");
        }
    }
    let world = World::start_as_app().await;
    let scopes = ["okta.users.read", "okta.groups.read", "okta.groups.manage"];
    world.apply(json!({"op": "set_app", "scopes": scopes}));
    let blocker = blocked(&world, ActionKind::AddToGroup).await;
    assert!(blocker.says.contains("API scope okta.roles.read"), "{blocker:?}");
}

#[tokio::test]
async fn roles_that_cannot_be_read_at_the_moment_are_read_again_later() {
    let world = World::start().await;
    let subject = SubjectOfAsk::Known(world.find(SARAH).await);
    let groups = vec![GROUP.to_owned()];
    let ask = StepAsk { ordinal: 0, action: ActionKind::AddToGroup, subject, groups, license: None };
    for fault in ["status:503", "429:retry-after=7", "cut", "body:<html>"] {
        let world = World::start().await;
        world.fault("GET /api/v1/groups/*/roles", fault);
        let error = world.okta.prepare(&ask).await.unwrap_err();
        assert!(matches!(error.kind, PortErrorKind::Transient { .. }), "{fault}: {error}");
    }
}

#[tokio::test]
async fn role_given_after_the_plan_stops_the_step_before_it_is_sent() {
    let world = World::start_as_app().await;
    for action in BOTH {
        let step = planned(&world, action).await;
        assert_eq!(world.observe(&step, false).await, Observed::Ready, "{action}");
        give(&world, &["SUPER_ADMIN"]);
        for ambiguous in [false, true] {
            let Observed::Drifted(says) = world.observe(&step, ambiguous).await else { panic!("{action}") };
            assert!(says.contains(GROUP) && says.contains("Super administrator"), "{says}");
        }
        give(&world, &[]);
        world.apply(json!({"op": "set_denied", "calls": [ROLES]}));
        let error = world.okta.observe(&step, None, false).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Unauthorized, "nothing is sent while it cannot be told");
        assert!(error.says.contains("okta.iam.read"), "{error}");
        world.apply(json!({"op": "set_denied", "calls": []}));
    }
}

#[tokio::test]
async fn role_given_after_the_step_does_not_hide_that_it_took() {
    let world = World::start_as_app().await;
    let step = planned(&world, ActionKind::AddToGroup).await;
    world.perform(&step).await.unwrap();
    give(&world, &["SUPER_ADMIN"]);
    assert!(matches!(world.observe(&step, true).await, Observed::AlreadyDone(_)));
}
