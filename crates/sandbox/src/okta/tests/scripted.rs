use serde_json::json;

use super::Fake;

#[tokio::test]
async fn removed_user_is_gone_everywhere() {
    let fake = Fake::new();
    fake.apply(json!({"op": "remove_user", "user": "tom.okafor@acme.com"}));
    assert_eq!(fake.get("/api/v1/users/tom.okafor@acme.com").await.code(), (404, "E0000007"));
    let everyone = fake.group("Everyone");
    assert!(!fake.get(&format!("/api/v1/groups/{everyone}/users")).await.logins().contains(&"tom.okafor@acme.com"));
}

#[tokio::test]
async fn scripted_changes_show_in_the_api() {
    let fake = Fake::new();
    let created = fake.apply(json!({
        "op": "create_user", "login": "z@acme.com", "first_name": "Zed", "last_name": "Zulu",
    }));
    fake.apply(json!({"op": "set_sessions", "user": "z@acme.com", "sessions": 7}));
    fake.apply(json!({"op": "set_member", "group": "Support-Tier1", "user": "z@acme.com", "member": true}));
    let user = fake.user("z@acme.com");
    assert_eq!(user["id"], created["id"]);
    assert_eq!(user["sessions"], 7);
    assert_eq!(user["groups"], json!(["Everyone", "Support-Tier1"]));
    fake.apply(json!({"op": "set_member", "group": "Support-Tier1", "user": "z@acme.com", "member": false}));
    assert_eq!(fake.user("z@acme.com")["groups"], json!(["Everyone"]));
}

#[test]
fn wrong_commands_are_explained() {
    let fake = Fake::new();
    for (command, part) in [
        (json!({"op": "explode"}), "set_status"),
        (json!({"op": "set_status", "user": "nobody@acme.com", "status": "ACTIVE"}), "nobody@acme.com"),
        (json!({"op": "set_status", "user": "lead@acme.com", "status": "HAPPY"}), "HAPPY"),
        (json!({"op": "remove_user", "user": "nobody@acme.com"}), "nobody@acme.com"),
        (json!({"op": "set_factors", "user": "lead@acme.com", "factors": ["push"]}), "type/PROVIDER"),
        (json!({"op": "set_member", "group": "Nope", "user": "lead@acme.com", "member": true}), "Nope"),
        (json!({"op": "create_user", "login": "LEAD@acme.com", "first_name": "D", "last_name": "L"}), "already"),
        (json!("suspend"), "not an Okta command"),
    ] {
        let error = fake.state.apply(command.clone()).unwrap_err();
        assert!(error.contains(part), "{command}: {error}");
    }
}
