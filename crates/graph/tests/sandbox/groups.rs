//! Group memberships.

use countersign_domain::{
    plan::{BlockCode, Blocker},
    ports::{Observed, PortErrorKind, Prepared, StepAsk},
    runbook::ActionKind::{AddToGroup, RemoveFromGroup},
};
use serde_json::json;

use crate::world::{World, awaited, blocker, one_step, steps};

const SARAH: &str = "sarah.chen@acme.com";

fn codes(prepared: &Prepared) -> Vec<BlockCode> {
    prepared.blockers.iter().map(|Blocker { code, .. }| *code).collect()
}

#[tokio::test]
async fn member_is_added_and_removed_and_nobody_is_deleted() {
    let world = World::new().await;
    let added = world.membership(AddToGroup, SARAH, &["proj-atlas"]).await;
    assert_eq!(one_step(&added).guard, "member=false");
    world.carry_out(&added).await;
    assert_eq!(world.user(SARAH, "groups"), json!(["proj-atlas", "All-Staff"]));
    let removed = world.membership(RemoveFromGroup, SARAH, &["PROJ-ATLAS"]).await;
    assert_eq!(one_step(&removed).guard, "member=true");
    world.carry_out(&removed).await;
    assert_eq!(world.user(SARAH, "groups"), json!(["All-Staff"]));
    world.nobody_was_deleted();
}

#[tokio::test]
async fn several_groups_make_several_steps_and_repeats_none() {
    let world = World::new().await;
    let prepared = world.membership(AddToGroup, SARAH, &["proj-atlas", " Finance-Readers ", "proj-atlas"]).await;
    assert_eq!(steps(&prepared).len(), 2);
    world.carry_out(&prepared).await;
}

#[tokio::test]
async fn what_is_so_already_is_a_remark() {
    let world = World::new().await;
    let prepared = world.membership(RemoveFromGroup, SARAH, &["proj-atlas"]).await;
    assert!(prepared.steps.is_empty() && prepared.blockers.is_empty());
    assert!(prepared.remarks[0].contains("no member"), "{:?}", prepared.remarks);
    world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": true}));
    let prepared = world.membership(AddToGroup, SARAH, &["proj-atlas"]).await;
    assert!(prepared.steps.is_empty() && prepared.remarks.len() == 1, "{prepared:?}");
}

#[tokio::test]
async fn groups_that_cannot_be_set_block_with_what_would_mend_it() {
    let world = World::new().await;
    world.change(json!({"op": "create_group", "name": "Announce", "kind": "distribution"}));
    world.change(json!({"op": "create_group", "name": "Mail-Sec", "kind": "mail_security"}));
    for (group, word) in [
        ("All-Staff", "rule"),
        ("Tier0-Admins", "Privileged Role Administrator"),
        ("Legacy-AD-Print", "Active Directory"),
        ("Announce", "Exchange admin center"),
        ("Mail-Sec", "Exchange admin center"),
    ] {
        for action in [AddToGroup, RemoveFromGroup] {
            let says = blocker(&world.membership(action, SARAH, &[group]).await, BlockCode::UnmanageableGroup);
            assert!(says.contains(group) && says.contains(word), "{says}");
        }
    }
}

#[tokio::test]
async fn microsoft_365_group_can_be_set() {
    let world = World::new().await;
    world.change(json!({"op": "create_group", "name": "Team Atlas", "kind": "unified"}));
    world.carry_out(&world.membership(AddToGroup, SARAH, &["Team Atlas"]).await).await;
}

#[tokio::test]
async fn unknown_group_names_similar_ones() {
    let world = World::new().await;
    let says = blocker(&world.membership(AddToGroup, SARAH, &["proj atlas"]).await, BlockCode::UnknownGroup);
    assert!(says.contains("\"proj-atlas\""), "{says}");
    let says =
        blocker(&world.membership(AddToGroup, SARAH, &["x' or displayName ne '"]).await, BlockCode::UnknownGroup);
    assert!(!says.contains("Similar"), "{says}");
}

#[tokio::test]
async fn several_groups_of_one_name_are_not_guessed_among() {
    let world = World::new().await;
    let twin = world.change(json!({"op": "create_group", "name": "proj-atlas"}));
    let says = blocker(&world.membership(AddToGroup, SARAH, &["proj-atlas"]).await, BlockCode::UnknownGroup);
    assert!(says.contains("several") && says.contains(twin["id"].as_str().unwrap()), "{says}");
}

#[tokio::test]
async fn one_group_that_cannot_be_set_blocks_the_whole_step() {
    let world = World::new().await;
    let prepared = world.membership(AddToGroup, SARAH, &["proj-atlas", "All-Staff", "Nope"]).await;
    assert!(prepared.steps.is_empty());
    assert_eq!(codes(&prepared), [BlockCode::UnmanageableGroup, BlockCode::UnknownGroup]);
}

#[tokio::test]
async fn ticket_without_a_group_blocks() {
    let world = World::new().await;
    blocker(&world.membership(AddToGroup, SARAH, &[" "]).await, BlockCode::MissingParameter);
}

#[tokio::test]
async fn member_who_is_one_already_counts_as_added_after_a_read_back() {
    let world = World::new().await;
    let step = one_step(&world.membership(AddToGroup, SARAH, &["proj-atlas"]).await);
    world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": true}));
    assert!(world.perform(&step).await.unwrap().contains("already"));
}

#[tokio::test]
async fn member_who_is_none_any_more_counts_as_removed_after_a_read_back() {
    let world = World::new().await;
    world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": true}));
    let step = one_step(&world.membership(RemoveFromGroup, SARAH, &["proj-atlas"]).await);
    world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": false}));
    assert!(world.perform(&step).await.unwrap().contains("no member"));
    world.change(json!({"op": "remove_user", "user": SARAH}));
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Permanent);
    world.nobody_was_deleted();
}

#[tokio::test]
async fn cut_removal_is_seen_as_done() {
    let world = World::new().await;
    world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": true}));
    let step = one_step(&world.membership(RemoveFromGroup, SARAH, &["proj-atlas"]).await);
    world.fault("DELETE /v1.0/groups/*/members/*/$ref", "cut");
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    assert!(matches!(world.observe(&step).await, Observed::AlreadyDone(_)));
    world.nobody_was_deleted();
}

#[tokio::test]
async fn missing_permission_is_named() {
    let world = World::new().await;
    let step = one_step(&world.membership(AddToGroup, SARAH, &["proj-atlas"]).await);
    world.change(json!({"op": "set_permissions", "permissions": ["User.Read.All", "Group.Read.All"]}));
    world.change(json!({"op": "revoke_tokens"}));
    let error = world.perform(&step).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("GroupMember.ReadWrite.All"), "{error}");
}

#[tokio::test]
async fn new_hires_membership_waits_for_provisioning() {
    let world = World::new().await;
    let login = "kim.neu@acme.com";
    let ask = StepAsk { groups: vec!["proj-atlas".to_owned()], ..awaited(AddToGroup, login) };
    let prepared = world.prepare(&ask).await;
    assert!(matches!(world.observe(&one_step(&prepared)).await, Observed::NotYet(_)));
    world.change(json!({"op": "create_user", "login": login, "given_name": "Kim", "family_name": "Neu"}));
    world.carry_out(&prepared).await;
}
