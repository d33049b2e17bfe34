//! What protects a user.

use countersign_domain::{
    plan::{ObjectId, Subject},
    ports::{PortErrorKind, Standing, System},
};
use serde_json::{Value, json};

use crate::world::World;

const SARAH: &str = "sarah.chen@acme.com";

async fn standing(world: &World, login: &str) -> Standing {
    world.system.standing(&world.find(login).await).await.unwrap()
}

fn member(world: &World, group: &str) -> Value {
    world.change(json!({"op": "set_member", "group": group, "user": SARAH, "member": true}))
}

#[tokio::test]
async fn ordinary_user_has_groups_and_no_role() {
    let world = World::new().await;
    member(&world, "proj-atlas");
    let standing = standing(&world, SARAH).await;
    assert_eq!(standing.admin_roles, Vec::<String>::new());
    assert_eq!(standing.groups, ["All-Staff", "proj-atlas"]);
}

#[tokio::test]
async fn seeded_administrator_holds_a_role() {
    let world = World::new().await;
    assert_eq!(standing(&world, "omar.reyes@acme.com").await.admin_roles, ["User Administrator"]);
}

#[tokio::test]
async fn role_held_by_a_group_and_group_within_a_group_count() {
    let world = World::new().await;
    member(&world, "Tier0-Admins");
    member(&world, "proj-atlas");
    world.change(json!({"op": "set_group_roles", "group": "Tier0-Admins", "roles": ["Exchange Administrator"]}));
    world.change(json!({"op": "set_subgroup", "group": "Finance-Readers", "subgroup": "proj-atlas", "member": true}));
    let standing = standing(&world, SARAH).await;
    assert_eq!(standing.admin_roles, ["Exchange Administrator", "role-assignable group Tier0-Admins"]);
    assert_eq!(standing.groups, ["All-Staff", "Finance-Readers", "Tier0-Admins", "proj-atlas"]);
}

#[tokio::test]
async fn every_page_is_read() {
    let world = World::new().await;
    for number in 0..1_001 {
        let name = format!("g-{number:04}");
        world.change(json!({"op": "create_group", "name": name}));
        member(&world, &name);
    }
    world.change(json!({"op": "set_user", "user": SARAH, "roles": ["Global Administrator"]}));
    world.sandbox.reset_requests();
    let standing = standing(&world, SARAH).await;
    assert_eq!((standing.admin_roles.len(), standing.groups.len()), (1, 1_002));
}

#[tokio::test]
async fn role_or_group_without_a_name_is_an_error_that_names_the_permission() {
    let world = World::new().await;
    world.change(json!({"op": "set_user", "user": SARAH, "roles": ["Global Administrator"]}));
    let sarah = world.find(SARAH).await;
    for (granted, missing) in [
        ("GroupMember.Read.All", "RoleManagement.Read.Directory"),
        ("RoleManagement.Read.Directory", "GroupMember.Read.All"),
    ] {
        world.permit(&["User.Read.All", granted]);
        let error = world.system.standing(&sarah).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Unauthorized);
        assert!(error.says.contains(missing) && !error.says.contains("Global"), "{error}");
    }
}

#[tokio::test]
async fn refusal_names_the_permissions() {
    let world = World::new().await;
    let sarah = world.find(SARAH).await;
    world.permit(&["AuditLog.Read.All"]);
    let error = world.system.standing(&sarah).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("User.Read.All") && error.says.contains("RoleManagement.Read.Directory"), "{error}");
}

#[tokio::test]
async fn nobody_is_taken_for_unprotected_by_an_answer_that_says_nothing() {
    let world = World::new().await;
    let sarah = world.find(SARAH).await;
    for body in ["{}", "[]", r#"{"value": null}"#, r#"{"value": [{"id": "g1"}]}"#, r#"{"value": [{}]}"#, ""] {
        world.fault("GET /v1.0/users/*/transitiveMemberOf", &format!("body:{body}"));
        world.system.standing(&sarah).await.unwrap_err();
    }
    for fault in ["status:500", "cut", "status:404", "status:403"] {
        world.fault("GET /v1.0/users/*/transitiveMemberOf", fault);
        world.system.standing(&sarah).await.unwrap_err();
    }
    assert_eq!(world.system.standing(&sarah).await.unwrap().groups, ["All-Staff"]);
}

#[tokio::test]
async fn user_who_is_gone_or_named_by_no_id_has_no_standing() {
    let world = World::new().await;
    let sarah = world.find(SARAH).await;
    world.change(json!({"op": "remove_user", "user": SARAH}));
    assert_eq!(world.system.standing(&sarah).await.unwrap_err().kind, PortErrorKind::Permanent);
    let tricky = Subject { id: ObjectId("../groups".to_owned()), ..sarah };
    assert_eq!(world.system.standing(&tricky).await.unwrap_err().kind, PortErrorKind::Permanent);
}
