use serde_json::{Value, json};

use super::Fake;

const TOM: &str = "tom.okafor@acme.com";
const REFUSED_BY_EXCHANGE: &str = "Cannot Update a mail-enabled security groups and or distribution list.";

#[tokio::test]
async fn group_says_what_decides_over_its_members() {
    let fake = Fake::new().await;
    let group = async |name: &str| {
        let found = fake.query("/v1.0/groups", &[("$filter", &format!("displayName eq '{name}'"))]).await;
        assert_eq!(found.rows().len(), 1, "{name}");
        fake.get(&format!("/v1.0/groups/{}", found.rows()[0]["id"].as_str().unwrap())).await.body
    };
    let plain = group("Engineering-Docs").await;
    assert_eq!((&plain["securityEnabled"], &plain["mailEnabled"]), (&json!(true), &json!(false)));
    assert_eq!((&plain["groupTypes"], &plain["onPremisesSyncEnabled"]), (&json!([]), &json!(null)));
    assert_eq!(group("All-Staff").await["groupTypes"], json!(["DynamicMembership"]));
    assert_eq!(group("Tier0-Admins").await["isAssignableToRole"], true);
    assert_eq!(group("Legacy-AD-Print").await["onPremisesSyncEnabled"], true);
    assert_eq!(fake.get("/v1.0/groups/nope").await.code(), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn adding_twice_is_400_the_second_time() {
    let fake = Fake::new().await;
    let (group, tom) = (fake.group("proj-atlas"), fake.id(TOM));
    assert_eq!(fake.add(&group, &tom).await.status, 204);
    let again = fake.add(&group, &tom).await;
    assert_eq!(again.code(), (400, "Request_BadRequest"));
    let expected =
        "One or more added object references already exist for the following modified properties: 'members'.";
    assert_eq!(again.message(), expected);
    let members = fake.get(&format!("/v1.0/groups/{group}/members")).await;
    assert_eq!(members.column("id"), [tom.as_str()]);
    assert_eq!(members.column("@odata.type"), ["#microsoft.graph.user"]);
}

#[tokio::test]
async fn references_that_lead_nowhere_are_refused() {
    let fake = Fake::new().await;
    let (group, tom) = (fake.group("proj-atlas"), fake.id(TOM));
    let path = format!("/v1.0/groups/{group}/members/$ref");
    for body in [
        json!({}),
        json!({"@odata.id": 5}),
        json!({"@odata.id": tom}),
        json!({"@odata.id": "https://graph.microsoft.com/v1.0/groups/x"}),
    ] {
        assert_eq!(fake.send("POST", &path, Some(body.clone())).await.code(), (400, "Request_BadRequest"), "{body}");
    }
    assert_eq!(
        fake.add(&group, "5a4db0c5-0001-4000-8000-ffffffffffff").await.code(),
        (404, "Request_ResourceNotFound")
    );
    assert_eq!(fake.add("nope", &tom).await.code(), (404, "Request_ResourceNotFound"));
    let by_users = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{tom}")});
    let encoded = format!("/v1.0/groups/{group}/members/%24ref");
    assert_eq!(fake.send("POST", &encoded, Some(by_users)).await.status, 204, "%24 is $");
}

#[tokio::test]
async fn members_that_cannot_be_set_are_neither_added_nor_removed() {
    let fake = Fake::new().await;
    let tom = fake.id(TOM);
    for kind in ["mail_security", "distribution"] {
        fake.apply(json!({"op": "create_group", "name": kind, "kind": kind}));
    }
    for (name, status, code, message) in [
        ("All-Staff", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        ("Tier0-Admins", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        ("Legacy-AD-Print", 400, "Request_BadRequest", "Unable to update the specified properties for on-premises"),
        ("mail_security", 400, "Request_BadRequest", REFUSED_BY_EXCHANGE),
        ("distribution", 400, "Request_BadRequest", REFUSED_BY_EXCHANGE),
    ] {
        let group = fake.group(name);
        let added = fake.add(&group, &tom).await;
        assert_eq!(added.code(), (status, code), "{name}");
        assert!(added.message().starts_with(message), "{name}");
        fake.set_member(name, TOM);
        let removed = fake.send("DELETE", &format!("/v1.0/groups/{group}/members/{tom}/$ref"), None).await;
        assert_eq!(removed.code(), (status, code), "{name}");
    }
}

#[tokio::test]
async fn role_assignable_group_opens_to_the_role_permission() {
    let mut fake = Fake::new().await;
    fake.permit(&["GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]).await;
    assert_eq!(fake.add(&fake.group("Tier0-Admins"), &fake.id(TOM)).await.status, 204);
}

#[tokio::test]
async fn microsoft_365_group_takes_members() {
    let fake = Fake::new().await;
    let group = fake.apply(json!({"op": "create_group", "name": "Team-Mars", "kind": "unified"}));
    let group = group["id"].as_str().unwrap();
    assert_eq!(fake.get(&format!("/v1.0/groups/{group}")).await.body["groupTypes"], json!(["Unified"]));
    assert_eq!(fake.add(group, &fake.id(TOM)).await.status, 204);
}

#[tokio::test]
async fn delete_with_ref_ends_the_membership_and_nothing_else() {
    let fake = Fake::new().await;
    let (group, tom) = (fake.group("proj-atlas"), fake.id(TOM));
    for reference in ["$ref", "%24ref"] {
        fake.set_member("proj-atlas", TOM);
        let path = format!("/v1.0/groups/{group}/members/{tom}/{reference}");
        assert_eq!(fake.send("DELETE", &path, None).await.status, 204);
        let again = fake.send("DELETE", &path, None).await;
        assert_eq!(again.code(), (404, "Request_ResourceNotFound"), "no longer a member");
        assert_eq!(fake.get(&format!("/v1.0/users/{tom}")).await.status, 200);
    }
    assert_eq!(fake.state.snapshot()["deleted_users"], json!([]));
}

#[tokio::test]
async fn delete_without_ref_deletes_the_user_and_says_so_only_here() {
    let fake = Fake::new().await;
    let (group, tom) = (fake.group("proj-atlas"), fake.id(TOM));
    let path = format!("/v1.0/groups/{group}/members/{tom}");
    assert_eq!(fake.send("DELETE", &path, None).await.status, 404, "not a member: the path leads nowhere");
    fake.set_member("proj-atlas", TOM);
    assert_eq!(fake.send("DELETE", &path, None).await.status, 204, "as if all were well");
    assert_eq!(fake.get(&format!("/v1.0/users/{TOM}")).await.status, 404);
    assert_eq!(fake.get(&format!("/v1.0/groups/{group}/members")).await.rows().len(), 0);
    let deleted = &fake.state.snapshot()["deleted_users"];
    assert_eq!(deleted[0]["login"], TOM);
    assert_eq!(deleted[0]["via"], format!("DELETE {path}"));
}

#[tokio::test]
async fn filter_on_members_is_an_advanced_query() {
    let fake = Fake::new().await;
    fake.set_member("proj-atlas", TOM);
    let path = format!("/v1.0/groups/{}/members", fake.group("proj-atlas"));
    let query = [("$filter", "startswith(displayName,'Tom')"), ("$count", "true")];
    assert_eq!(fake.query(&path, &query).await.code(), (400, "Request_UnsupportedQuery"));
    assert_eq!(fake.advanced(&path, &query).await.rows().len(), 1);
}

#[tokio::test]
async fn memberships_of_a_user_are_listed() {
    let fake = Fake::new().await;
    fake.set_member("proj-atlas", TOM);
    let groups = fake.query(&format!("/v1.0/users/{TOM}/memberOf"), &[("$select", "displayName")]).await;
    assert_eq!(groups.column("displayName"), ["proj-atlas", "All-Staff"]);
    assert_eq!(groups.column("@odata.type"), ["#microsoft.graph.group", "#microsoft.graph.group"]);
    assert_eq!(fake.get("/v1.0/users/nobody@acme.com/memberOf").await.status, 404);
}

async fn transitive(fake: &Fake, select: &str) -> Vec<Value> {
    let path = format!("/v1.0/users/{TOM}/transitiveMemberOf");
    fake.query(&path, &[("$select", select)]).await.rows().to_vec()
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["displayName"].as_str().unwrap_or("null")).collect()
}

#[tokio::test]
async fn transitive_memberships_follow_groups_within_groups_and_their_roles() {
    let fake = Fake::new().await;
    fake.set_member("proj-atlas", TOM);
    for (outer, inner) in
        [("Engineering-Docs", "proj-atlas"), ("Finance-Readers", "Engineering-Docs"), ("proj-atlas", "Finance-Readers")]
    {
        fake.apply(json!({"op": "set_subgroup", "group": outer, "subgroup": inner, "member": true}));
    }
    fake.apply(json!({"op": "set_group_roles", "group": "Finance-Readers", "roles": ["Billing Administrator"]}));
    fake.apply(json!({"op": "set_user", "user": TOM, "roles": ["Billing Administrator", "Reports Reader"]}));
    let rows = transitive(&fake, "id,displayName").await;
    let groups = ["Engineering-Docs", "Finance-Readers", "proj-atlas", "All-Staff"];
    assert_eq!(names(&rows), [&groups[..], &["Billing Administrator", "Reports Reader"]].concat());
    assert_eq!(rows[0]["@odata.type"], "#microsoft.graph.group");
    assert_eq!(rows[4]["@odata.type"], "#microsoft.graph.directoryRole");
    assert_ne!(rows[4]["id"], rows[5]["id"]);
    let direct = fake.get(&format!("/v1.0/users/{TOM}/memberOf")).await;
    assert_eq!(direct.column("displayName").len(), 4, "two groups and two roles");
    fake.apply(json!({"op": "set_subgroup", "group": "Engineering-Docs", "subgroup": "proj-atlas", "member": false}));
    assert_eq!(transitive(&fake, "id").await.len(), 4);
}

#[tokio::test]
async fn memberships_of_a_group_are_its_direct_ones() {
    let mut fake = Fake::new().await;
    for (outer, inner) in [("Engineering-Docs", "proj-atlas"), ("Finance-Readers", "Engineering-Docs")] {
        fake.apply(json!({"op": "set_subgroup", "group": outer, "subgroup": inner, "member": true}));
    }
    fake.apply(json!({"op": "set_group_roles", "group": "proj-atlas", "roles": ["Reports Reader"]}));
    let path = format!("/v1.0/groups/{}/memberOf", fake.group("proj-atlas"));
    let rows = fake.get(&path).await.rows().to_vec();
    assert_eq!(names(&rows), ["Engineering-Docs", "Reports Reader"]);
    assert_eq!(rows[0]["@odata.type"], "#microsoft.graph.group");
    assert_eq!(rows[1]["@odata.type"], "#microsoft.graph.directoryRole");
    assert_eq!(fake.get("/v1.0/groups/nope/memberOf").await.code(), (404, "Request_ResourceNotFound"));
    fake.permit(&["GroupMember.Read.All"]).await;
    assert_eq!(names(fake.get(&path).await.rows()), ["Engineering-Docs", "null"]);
    fake.permit(&["User.Read.All"]).await;
    assert_eq!(fake.get(&path).await.code(), (403, "Authorization_RequestDenied"));
}

#[tokio::test]
async fn what_may_not_be_read_is_shown_by_type_and_id_alone() {
    let mut fake = Fake::new().await;
    fake.set_member("Tier0-Admins", TOM);
    fake.apply(json!({"op": "set_user", "user": TOM, "roles": ["Global Administrator"]}));
    let select = "id,displayName,isAssignableToRole";
    for (permission, shown) in [
        ("User.ReadUpdate.All", ["null", "null", "null"]),
        ("GroupMember.Read.All", ["All-Staff", "Tier0-Admins", "null"]),
        ("RoleManagement.Read.Directory", ["null", "null", "Global Administrator"]),
        ("Directory.Read.All", ["All-Staff", "Tier0-Admins", "Global Administrator"]),
    ] {
        fake.permit(&["User.Read.All", permission]).await;
        let rows = transitive(&fake, select).await;
        assert_eq!(names(&rows), shown, "{permission}");
        assert!(rows.iter().all(|row| row["id"].is_string() && row["@odata.type"].is_string()), "{permission}");
        assert_eq!(rows[1]["isAssignableToRole"] == true, shown[1] != "null", "{permission}");
    }
}

#[tokio::test]
async fn holder_of_a_role_by_a_group_is_out_of_an_applications_reach_as_well() {
    let fake = Fake::new().await;
    fake.set_member("Tier0-Admins", TOM);
    fake.apply(json!({"op": "set_group_roles", "group": "Tier0-Admins", "roles": ["Global Administrator"]}));
    let refused = fake.patch(TOM, json!({"accountEnabled": true})).await;
    assert_eq!(refused.code(), (403, "Authorization_RequestDenied"));
}
