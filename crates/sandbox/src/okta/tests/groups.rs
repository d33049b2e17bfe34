use http::StatusCode;
use serde_json::json;

use super::Fake;

const TOM: &str = "tom.okafor@acme.com";

#[tokio::test]
async fn group_is_found_by_the_beginning_of_its_name() {
    let fake = Fake::new();
    let found = fake.query("/api/v1/groups", &[("q", "engineering")]).await;
    assert_eq!(found.body.as_array().unwrap().len(), 1);
    assert_eq!(found.body[0]["profile"]["name"], "Engineering-Docs");
    assert_eq!(found.body[0]["type"], "OKTA_GROUP");
    assert_eq!(fake.query("/api/v1/groups", &[("q", "Docs")]).await.body, json!([]));
    let exact = fake.query("/api/v1/groups", &[("search", r#"profile.name eq "Support-Tier1""#)]).await;
    assert_eq!(exact.body.as_array().unwrap().len(), 1);
    let by_filter = fake.query("/api/v1/groups", &[("filter", r#"profile.name eq "Support-Tier1""#)]).await;
    assert_eq!(by_filter.code(), (400, "E0000031"));
}

#[tokio::test]
async fn membership_changes_are_204_and_idempotent() {
    let fake = Fake::new();
    let path = format!("/api/v1/groups/{}/users/{TOM}", fake.group("Engineering-Docs"));
    for _ in 0..2 {
        assert_eq!(fake.send("PUT", &path, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(fake.user(TOM)["groups"], json!(["Engineering-Docs", "Everyone"]));
    }
    for _ in 0..2 {
        assert_eq!(fake.send("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(fake.user(TOM)["groups"], json!(["Everyone"]));
    }
    assert_eq!(fake.state.snapshot()["events"].as_array().unwrap().len(), 2, "only real changes count");
}

#[tokio::test]
async fn members_of_groups_okta_does_not_own_cannot_be_changed() {
    let fake = Fake::new();
    let imported = fake.apply(json!({"op": "create_group", "name": "AD-Sales", "kind": "APP_GROUP"}));
    for group in [fake.group("Everyone"), imported["id"].as_str().unwrap().to_owned()] {
        let path = format!("/api/v1/groups/{group}/users/{TOM}");
        assert_eq!(fake.send("PUT", &path, None).await.code(), (403, "E0000006"));
        assert_eq!(fake.send("DELETE", &path, None).await.code(), (403, "E0000006"));
    }
    assert_eq!(fake.user(TOM)["groups"], json!(["Everyone"]));
}

#[tokio::test]
async fn unknown_group_or_user_is_404() {
    let fake = Fake::new();
    let docs = fake.group("Engineering-Docs");
    for path in [format!("/api/v1/groups/00gnope/users/{TOM}"), format!("/api/v1/groups/{docs}/users/nobody@acme.com")]
    {
        assert_eq!(fake.send("PUT", &path, None).await.code(), (404, "E0000007"), "{path}");
    }
    assert_eq!(fake.get("/api/v1/groups/00gnope").await.code(), (404, "E0000007"));
    assert_eq!(fake.get(&format!("/api/v1/groups/{docs}")).await.body["profile"]["name"], "Engineering-Docs");
}

#[tokio::test]
async fn members_and_memberships_are_listed_in_pages() {
    let fake = Fake::new();
    let everyone = fake.group("Everyone");
    let first = fake.get(&format!("/api/v1/groups/{everyone}/users?limit=3")).await;
    assert_eq!(first.logins().len(), 3);
    let second = fake.get(&first.link("next").unwrap()).await;
    assert!(second.logins().iter().all(|login| !first.logins().contains(login)));
    let groups = fake.get(&format!("/api/v1/users/{TOM}/groups")).await;
    assert_eq!(groups.body[0]["profile"]["name"], "Everyone");
}

#[tokio::test]
async fn roles_of_a_group_are_listed() {
    let fake = Fake::new();
    let path = format!("/api/v1/groups/{}/roles", fake.group("Support-Tier1"));
    assert_eq!(fake.get(&path).await.body, json!([]));
    fake.apply(json!({"op": "set_group_roles", "group": "Support-Tier1", "roles": ["HELP_DESK_ADMIN", "Desk lead"]}));
    let roles = fake.get(&path).await.body;
    let shown: Vec<_> = roles.as_array().unwrap().iter().map(|role| (&role["type"], &role["label"])).collect();
    let expected = [("HELP_DESK_ADMIN", "Help desk administrator"), ("CUSTOM", "Desk lead")];
    assert!(shown.iter().zip(expected).all(|(one, (kind, label))| *one.0 == kind && *one.1 == label), "{roles}");
    assert_eq!((shown.len(), &roles[0]["assignmentType"]), (2, &json!("GROUP")));
    assert_eq!(fake.get("/api/v1/groups/00gnope/roles").await.code(), (404, "E0000007"));
}
