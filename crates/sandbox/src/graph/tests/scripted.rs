use serde_json::json;

use super::Fake;

#[tokio::test]
async fn removed_user_frees_licences_and_is_not_counted_as_a_disaster() {
    let fake = Fake::new().await;
    let body = json!({
        "addLicenses": [{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965"}], "removeLicenses": [],
    });
    fake.send("POST", "/v1.0/users/tom.okafor@acme.com/assignLicense", Some(body)).await;
    assert_eq!(fake.sku("SPE_E3")["consumed"], 13);
    fake.apply(json!({"op": "remove_user", "user": "tom.okafor@acme.com"}));
    assert_eq!(fake.sku("SPE_E3")["consumed"], 12);
    assert_eq!(fake.get("/v1.0/users/tom.okafor@acme.com").await.status, 404);
    assert_eq!(fake.state.snapshot()["deleted_users"], json!([]));
}

#[tokio::test]
async fn scripted_changes_show_in_the_api() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_user", "user": "lead@acme.com", "enabled": false, "usage_location": ""}));
    fake.apply(json!({"op": "set_risk", "user": "lead@acme.com", "state": "atRisk"}));
    let user = fake.user("lead@acme.com");
    assert_eq!((&user["enabled"], &user["usage_location"]), (&json!(false), &json!(null)));
    assert_eq!(user["risk"], "atRisk/high");
    fake.apply(json!({"op": "set_risk", "user": "lead@acme.com"}));
    assert_eq!(fake.user("lead@acme.com")["risk"], json!(null));
    fake.apply(json!({"op": "set_secret", "secret": "rotated"}));
    assert_eq!(fake.token(super::TENANT, &Fake::credentials()).await.status, 401);
}

#[tokio::test]
async fn wrong_commands_are_explained() {
    let fake = Fake::new().await;
    for (command, part) in [
        (json!({"op": "explode"}), "set_user"),
        (json!({"op": "set_user", "user": "nobody@acme.com"}), "nobody@acme.com"),
        (json!({"op": "set_user", "user": "lead@acme.com", "enabld": false}), "enabld"),
        (json!({"op": "set_free_units", "sku": "NOPE", "free": 1}), "NOPE"),
        (json!({"op": "set_member", "group": "Nope", "user": "lead@acme.com", "member": true}), "Nope"),
        (json!({"op": "set_subgroup", "group": "proj-atlas", "subgroup": "Nope", "member": true}), "Nope"),
        (json!({"op": "set_group_roles", "group": "Nope", "roles": []}), "Nope"),
        (json!({"op": "create_user", "login": "LEAD@acme.com", "given_name": "D", "family_name": "L"}), "already"),
        (json!({"op": "create_group", "name": "x", "kind": "secret"}), "secret"),
        (json!(7), "not a Graph command"),
    ] {
        let error = fake.state.apply(command.clone()).unwrap_err();
        assert!(error.contains(part), "{command}: {error}");
    }
}
