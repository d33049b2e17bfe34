//! Groups within groups: what a step's group is itself in.

use countersign_domain::{
    plan::BlockCode,
    ports::{Observed, PortErrorKind, StepAsk, System},
    runbook::ActionKind::{AddToGroup, RemoveFromGroup},
};
use serde_json::json;

use crate::world::{World, awaited, blocker, one_step};

const SARAH: &str = "sarah.chen@acme.com";
const GROUP: &str = "proj-atlas";

fn nest(world: &World, outer: &str, inner: &str, member: bool) {
    world.change(json!({"op": "set_subgroup", "group": outer, "subgroup": inner, "member": member}));
}

fn create(world: &World, name: &str) {
    world.change(json!({"op": "create_group", "name": name}));
}

#[tokio::test]
async fn groups_around_the_group_are_named_however_far_out() {
    let world = World::new().await;
    create(&world, "Tier0");
    nest(&world, "Finance-Readers", GROUP, true);
    nest(&world, "Tier0", "Finance-Readers", true);
    nest(&world, "Engineering-Docs", GROUP, true);
    // A circle ends, and makes no group one that it is in itself.
    nest(&world, GROUP, "Tier0", true);
    let around = ["Engineering-Docs", "Finance-Readers", "Tier0"];
    let added = world.membership(AddToGroup, SARAH, &[GROUP]).await;
    assert_eq!(added.steps[0].within, around);
    world.carry_out(&added).await;
    let removed = world.membership(RemoveFromGroup, SARAH, &[GROUP]).await;
    assert_eq!(removed.steps[0].within, around);
    world.carry_out(&removed).await;
    let ask = StepAsk { groups: vec![GROUP.to_owned()], ..awaited(AddToGroup, "kim.neu@acme.com") };
    assert_eq!(world.prepare(&ask).await.steps[0].within, around);
    assert!(world.membership(AddToGroup, SARAH, &["Legacy-Docs", GROUP]).await.steps.is_empty());
}

#[tokio::test]
async fn group_that_is_in_no_other_has_nothing_around_it() {
    let world = World::new().await;
    nest(&world, GROUP, "Finance-Readers", true);
    let prepared = world.membership(AddToGroup, SARAH, &[GROUP]).await;
    assert!(prepared.steps[0].within.is_empty(), "what is in the group protects nobody");
    assert_eq!(prepared.steps[0].guard, "member=false");
}

#[tokio::test]
async fn group_within_one_that_can_hold_roles_or_holds_one_cannot_be_set() {
    let world = World::new().await;
    nest(&world, "Tier0-Admins", "Finance-Readers", true);
    nest(&world, "Finance-Readers", GROUP, true);
    for action in [AddToGroup, RemoveFromGroup] {
        world.change(json!({"op": "set_member", "group": GROUP, "user": SARAH, "member": action == RemoveFromGroup}));
        let says = blocker(&world.membership(action, SARAH, &[GROUP]).await, BlockCode::UnmanageableGroup);
        assert!(says.contains(GROUP) && says.contains("Tier0-Admins") && says.contains("Privileged Role"), "{says}");
    }
    nest(&world, "Tier0-Admins", "Finance-Readers", false);
    world.change(json!({"op": "set_group_roles", "group": "Finance-Readers", "roles": ["Helpdesk Administrator"]}));
    let says = blocker(&world.membership(RemoveFromGroup, SARAH, &[GROUP]).await, BlockCode::UnmanageableGroup);
    assert!(says.contains("directory role \"Helpdesk Administrator\""), "{says}");
}

#[tokio::test]
async fn group_whose_name_may_not_be_read_is_an_error_and_never_unprotected() {
    let world = World::new().await;
    nest(&world, "Finance-Readers", GROUP, true);
    let ask = StepAsk { groups: vec![GROUP.to_owned()], ..world.ask(AddToGroup, SARAH).await };
    let row = r##"{"value":[{"@odata.type":"#microsoft.graph.group","id":"g1","displayName":null}]}"##;
    world.fault("GET /v1.0/groups/*/memberOf", &format!("body:{row}"));
    let error = world.system.prepare(&ask).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("GroupMember.Read.All"), "{error}");
    for fault in ["status:503", "cut", "body:{}"] {
        world.fault("GET /v1.0/groups/*/memberOf", fault);
        let error = world.system.prepare(&ask).await.unwrap_err();
        assert!(matches!(error.kind, PortErrorKind::Transient { .. }), "{fault}: {error}");
    }
    world.fault("GET /v1.0/groups/*/memberOf", "status:403");
    let error = world.system.prepare(&ask).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("GroupMember.Read.All"), "{error}");
}

#[tokio::test]
async fn group_in_more_groups_than_are_read_is_an_error() {
    let world = World::new().await;
    for number in 0..101 {
        let name = format!("g-{number:03}");
        create(&world, &name);
        nest(&world, &name, GROUP, true);
    }
    let ask = StepAsk { groups: vec![GROUP.to_owned()], ..world.ask(AddToGroup, SARAH).await };
    let error = world.system.prepare(&ask).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Permanent);
    assert!(error.says.contains("so many other groups"), "{error}");
}

#[tokio::test]
async fn nesting_that_changed_after_the_plan_stops_the_step() {
    let world = World::new().await;
    nest(&world, "Engineering-Docs", GROUP, true);
    let step = one_step(&world.membership(AddToGroup, SARAH, &[GROUP]).await);
    assert_eq!(world.observe(&step).await, Observed::Ready);
    nest(&world, "Finance-Readers", "Engineering-Docs", true);
    let Observed::Drifted(says) = world.observe(&step).await else { panic!("it is in another group now") };
    assert!(says.contains(GROUP) && says.contains("other groups"), "{says}");
    nest(&world, "Finance-Readers", "Engineering-Docs", false);
    assert_eq!(world.observe(&step).await, Observed::Ready);
    world.change(json!({"op": "set_group_roles", "group": "Engineering-Docs", "roles": ["Global Administrator"]}));
    let Observed::Drifted(says) = world.observe(&step).await else { panic!("it gives a role now") };
    assert!(says.contains("Global Administrator"), "{says}");
    world.change(json!({"op": "set_member", "group": GROUP, "user": SARAH, "member": true}));
    assert!(matches!(world.observe(&step).await, Observed::AlreadyDone(_)), "what took is not hidden by it");
}
