use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use super::Fake;
use crate::{NewUser, SyncAfter};

const TOM: &str = "tom.okafor@acme.com";
const INES: &str = "ines.roth@acme.com";

fn ines() -> NewUser {
    NewUser {
        okta_id: "00u1".to_owned(),
        email: INES.to_owned(),
        given_name: "Ines".to_owned(),
        family_name: "Roth".to_owned(),
    }
}

#[tokio::test]
async fn user_is_found_by_id_and_by_name_in_any_case() {
    let fake = Fake::new().await;
    let id = fake.id(TOM);
    for key in [id.as_str(), TOM, "Tom.Okafor@ACME.com"] {
        let answer = fake.get(&format!("/v1.0/users/{key}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["id"]), (200, &json!(id)), "{key}");
    }
    let unknown = fake.get("/v1.0/users/nobody@acme.com").await;
    assert_eq!(unknown.code(), (404, "Request_ResourceNotFound"));
    assert!(unknown.message().starts_with("Resource 'nobody@acme.com' does not exist"));
}

#[tokio::test]
async fn account_enabled_and_usage_location_have_to_be_selected() {
    let fake = Fake::new().await;
    let plain = fake.get(&format!("/v1.0/users/{TOM}")).await;
    assert_eq!(plain.body["displayName"], "Tom Okafor");
    assert!(plain.body.get("accountEnabled").is_none());
    assert!(plain.body.get("usageLocation").is_none());
    let selected = fake.query(&format!("/v1.0/users/{TOM}"), &[("$select", "accountEnabled,usageLocation")]).await;
    assert_eq!(selected.body["accountEnabled"], true);
    assert_eq!(selected.body["usageLocation"], "DE");
    assert!(selected.body.get("displayName").is_none());
    let unknown = fake.query(&format!("/v1.0/users/{TOM}"), &[("$select", "shoeSize")]).await;
    assert_eq!(unknown.code(), (400, "BadRequest"));
    assert!(unknown.message().contains("'shoeSize' on type 'microsoft.graph.user'"));
}

#[tokio::test]
async fn patch_changes_what_is_given_and_answers_204() {
    let fake = Fake::new().await;
    assert_eq!(fake.patch(TOM, json!({"accountEnabled": false, "usageLocation": "fr"})).await.status, 204);
    let user = fake.user(TOM);
    assert_eq!((&user["enabled"], &user["usage_location"]), (&json!(false), &json!("FR")));
    assert_eq!(fake.patch(TOM, json!({"usageLocation": null})).await.status, 204);
    assert_eq!(fake.user(TOM)["usage_location"], json!(null));
}

#[tokio::test]
async fn patch_with_a_wrong_value_is_refused_as_a_whole() {
    let fake = Fake::new().await;
    for body in [
        json!({"accountEnabled": "no"}),
        json!({"usageLocation": "Germany"}),
        json!({"usageLocation": 49}),
        json!({"shoeSize": 44}),
        json!({"usageLocation": "FR", "accountEnabled": null}),
    ] {
        assert_eq!(fake.patch(TOM, body.clone()).await.code(), (400, "Request_BadRequest"), "{body}");
        assert_eq!(fake.user(TOM)["usage_location"], "DE", "{body}");
    }
    assert_eq!(fake.patch(TOM, json!([])).await.code(), (400, "BadRequest"));
    assert_eq!(fake.patch("nobody@acme.com", json!({})).await.status, 404);
}

#[tokio::test]
async fn body_without_a_content_type_is_refused() {
    let fake = Fake::new().await;
    let request = Request::patch(format!("/v1.0/users/{TOM}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", fake.token))
        .body(Body::from(r#"{"accountEnabled":false}"#));
    let answer = fake.request(request.unwrap()).await;
    assert_eq!(answer.code(), (400, "BadRequest"));
    assert!(answer.message().contains("Content-Type"));
}

#[tokio::test]
async fn synced_user_takes_a_usage_location_but_is_not_disabled_in_the_cloud() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_user", "user": TOM, "on_premises": true}));
    assert_eq!(fake.patch(TOM, json!({"usageLocation": "FR"})).await.status, 204);
    let refused = fake.patch(TOM, json!({"accountEnabled": false})).await;
    assert_eq!(refused.code(), (400, "Request_BadRequest"));
    assert!(refused.message().contains("on-premises mastered Directory Sync objects"));
}

#[tokio::test]
async fn holder_of_a_directory_role_is_out_of_an_applications_reach() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_user", "user": TOM, "roles": ["Global Administrator"]}));
    let refused = fake.patch(TOM, json!({"accountEnabled": false})).await;
    assert_eq!(refused.code(), (403, "Authorization_RequestDenied"));
    let member_of = fake.get(&format!("/v1.0/users/{TOM}/memberOf")).await;
    assert!(member_of.column("@odata.type").contains(&"#microsoft.graph.directoryRole"));
    assert!(member_of.column("displayName").contains(&"Global Administrator"));
}

#[tokio::test]
async fn sessions_are_revoked_with_true() {
    let fake = Fake::new().await;
    let answer = fake.send("POST", &format!("/v1.0/users/{TOM}/revokeSignInSessions"), None).await;
    assert_eq!((answer.status.as_u16(), &answer.body["value"]), (200, &json!(true)));
    assert_eq!(fake.user(TOM)["sessions_revoked"], 1);
}

#[tokio::test]
async fn provisioned_user_appears_after_so_many_vain_looks() {
    let fake = Fake::with(|options| options.sync_after = SyncAfter::Polls(2)).await;
    fake.state.sync_user(ines());
    assert_eq!(fake.state.snapshot()["waiting"], json!([INES]));
    assert_eq!(fake.get("/v1.0/users/somebody.else@acme.com").await.status, 404, "not a look for her");
    assert_eq!(fake.get(&format!("/v1.0/users/{INES}")).await.status, 404);
    assert!(fake.filter(&format!("mail eq '{INES}'")).await.rows().is_empty());
    let found = fake.filter(&format!("userPrincipalName eq '{INES}'")).await;
    assert_eq!(found.column("displayName"), ["Ines Roth"]);
    assert_eq!(fake.user(INES)["usage_location"], json!(null), "provisioning sets none");
    assert_eq!(fake.state.snapshot()["waiting"], json!([]));
}

#[tokio::test]
async fn provisioning_can_be_immediate_or_never_and_does_not_duplicate() {
    let immediate = Fake::with(|options| options.sync_after = SyncAfter::Immediately).await;
    for _ in 0..2 {
        immediate.state.sync_user(ines());
    }
    assert_eq!(immediate.filter(&format!("mail eq '{INES}'")).await.rows().len(), 1);
    let never = Fake::with(|options| options.sync_after = SyncAfter::Never).await;
    for _ in 0..2 {
        never.state.sync_user(ines());
    }
    for _ in 0..5 {
        assert_eq!(never.get(&format!("/v1.0/users/{INES}")).await.status, 404);
    }
    assert_eq!(never.apply(json!({"op": "sync_user", "user": INES})), json!({"synced": 1}));
    assert_eq!(never.get(&format!("/v1.0/users/{INES}")).await.status, 200);
}
