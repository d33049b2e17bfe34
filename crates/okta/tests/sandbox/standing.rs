//! What protects a user, and that what cannot be read is never taken for nothing.

use crate::support::World;
use countersign_domain::ports::{PortErrorKind, System};
use serde_json::json;

const SARAH: &str = "sarah.chen@acme.com";
const ROLES: &str = "GET /api/v1/users/{userId}/roles";
const GROUPS: &str = "GET /api/v1/users/{id}/groups";

#[tokio::test]
async fn roles_are_read_whether_given_to_the_user_or_to_a_group() {
    let world = World::start_as_app().await;
    let sarah = world.find(SARAH).await;
    let plain = world.okta.standing(&sarah).await.unwrap();
    assert_eq!((plain.admin_roles.len(), plain.groups), (0, vec!["Everyone".to_owned()]));
    world.apply(json!({"op": "set_roles", "user": SARAH, "roles": ["SUPER_ADMIN", "Desk lead"]}));
    world
        .apply(json!({"op": "set_group_roles", "group": "Support-Tier1", "roles": ["HELP_DESK_ADMIN", "SUPER_ADMIN"]}));
    world.apply(json!({"op": "set_member", "group": "Support-Tier1", "user": SARAH, "member": true}));
    let standing = world.okta.standing(&sarah).await.unwrap();
    assert_eq!(standing.admin_roles, ["Desk lead", "Help desk administrator", "Super administrator"]);
    assert_eq!(standing.groups, ["Everyone", "Support-Tier1"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_names_the_permission() {
    for world in [World::start().await, World::start_as_app().await] {
        let sarah = world.find(SARAH).await;
        for (call, permission) in [(ROLES, "okta.iam.read"), (GROUPS, "okta.groups.read")] {
            world.apply(json!({"op": "set_denied", "calls": [call]}));
            let error = world.okta.standing(&sarah).await.unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Unauthorized, "{call}: {error}");
            assert!(error.says.contains(permission), "{call}: {error}");
        }
    }
}

#[tokio::test]
async fn scope_that_is_not_granted_is_named() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_app", "scopes": ["okta.users.read"]}));
    let sarah = world.find(SARAH).await;
    let error = world.okta.standing(&sarah).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("API scope okta.roles.read") && error.says.contains("Okta API Scopes"), "{error}");
}

#[tokio::test]
async fn user_who_vanished_has_no_standing_that_could_be_taken_for_unprotected() {
    let world = World::start_as_app().await;
    let sarah = world.find(SARAH).await;
    world.apply(json!({"op": "remove_user", "user": SARAH}));
    assert_eq!(world.okta.standing(&sarah).await.unwrap_err().kind, PortErrorKind::Permanent);
}
