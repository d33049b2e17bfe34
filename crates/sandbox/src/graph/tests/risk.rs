use serde_json::json;

use super::Fake;

const JO: &str = "jo.doe@acme.com";
const TOM: &str = "tom.okafor@acme.com";
const RISKY: &str = "/v1.0/identityProtection/riskyUsers";

#[tokio::test]
async fn only_whom_identity_protection_has_seen_is_a_risky_user() {
    let fake = Fake::new().await;
    let listed = fake.query(RISKY, &[("$filter", "riskState eq 'atRisk'")]).await;
    assert_eq!(listed.column("userPrincipalName"), [JO]);
    let jo = fake.get(&format!("{RISKY}/{}", fake.id(JO))).await;
    assert_eq!((&jo.body["riskState"], &jo.body["riskLevel"]), (&json!("atRisk"), &json!("medium")));
    assert_eq!(fake.get(&format!("{RISKY}/{}", fake.id(TOM))).await.status, 404);
}

#[tokio::test]
async fn dismissed_risk_is_none_and_stays_on_record() {
    let fake = Fake::new().await;
    let body = json!({"userIds": [fake.id(JO)]});
    assert_eq!(fake.send("POST", &format!("{RISKY}/dismiss"), Some(body)).await.status, 204);
    let jo = fake.get(&format!("{RISKY}/{}", fake.id(JO))).await.body;
    assert_eq!((&jo["riskState"], &jo["riskLevel"]), (&json!("dismissed"), &json!("none")));
    assert_eq!(jo["riskDetail"], "adminDismissedAllRiskForUser");
    assert_eq!(fake.user(JO)["risk"], "dismissed/none");
}

#[tokio::test]
async fn confirmed_compromise_is_high_even_without_an_earlier_risk() {
    let fake = Fake::new().await;
    let body = json!({"userIds": [fake.id(TOM)]});
    assert_eq!(fake.send("POST", &format!("{RISKY}/confirmCompromised"), Some(body)).await.status, 204);
    assert_eq!(fake.user(TOM)["risk"], "confirmedCompromised/high");
}

#[tokio::test]
async fn user_ids_are_checked_before_anything_changes() {
    let fake = Fake::new().await;
    let dismiss = async |body| fake.send("POST", &format!("{RISKY}/dismiss"), Some(body)).await;
    let crowd = vec![fake.id(JO); 61];
    for body in [json!({}), json!({"userIds": []}), json!({"userIds": [5]}), json!({"userIds": crowd})] {
        assert_eq!(dismiss(body.clone()).await.code(), (400, "BadRequest"), "{body}");
    }
    assert_eq!(dismiss(json!({"userIds": [fake.id(JO), "nobody"]})).await.status, 404);
    assert_eq!(fake.user(JO)["risk"], "atRisk/medium");
}

#[tokio::test]
async fn without_p2_identity_protection_is_403() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_tenant", "p2_licence": false}));
    let body = json!({"userIds": [fake.id(JO)]});
    for answer in [
        fake.get(RISKY).await,
        fake.get(&format!("{RISKY}/{}", fake.id(JO))).await,
        fake.send("POST", &format!("{RISKY}/dismiss"), Some(body.clone())).await,
        fake.send("POST", &format!("{RISKY}/confirmCompromised"), Some(body)).await,
    ] {
        assert_eq!(answer.code(), (403, "Forbidden"));
        assert!(answer.message().contains("not licensed for this feature"));
    }
    assert_eq!(fake.user(JO)["risk"], "atRisk/medium");
}

#[tokio::test]
async fn sign_ins_come_newest_first_with_their_error_code() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "add_sign_in", "user": TOM, "error_code": 50053}));
    let of_tom = format!("userId eq '{}'", fake.id(TOM));
    let rows = fake.query("/v1.0/auditLogs/signIns", &[("$filter", &of_tom), ("$top", "10")]).await;
    let codes: Vec<_> = rows.rows().iter().map(|row| row["status"]["errorCode"].as_i64().unwrap()).collect();
    assert_eq!(codes, [50053, 0]);
    assert!(rows.rows()[0]["status"]["failureReason"].as_str().unwrap().starts_with("The account is locked"));
    let locked = format!("{of_tom} and status/errorCode eq 50053 and createdDateTime ge 2026-06-09T17:00:00Z");
    assert_eq!(fake.query("/v1.0/auditLogs/signIns", &[("$filter", &locked)]).await.rows().len(), 1);
    let later = format!("{of_tom} and createdDateTime gt 2026-06-10T00:00:00.000Z");
    assert!(fake.query("/v1.0/auditLogs/signIns", &[("$filter", &later)]).await.rows().is_empty());
}

#[tokio::test]
async fn sign_ins_need_a_premium_licence_of_either_kind() {
    let fake = Fake::new().await;
    fake.apply(json!({"op": "set_tenant", "p2_licence": false}));
    assert_eq!(fake.get("/v1.0/auditLogs/signIns").await.status, 200, "P1 is enough");
    fake.apply(json!({"op": "set_tenant", "p1_licence": false}));
    let refused = fake.get("/v1.0/auditLogs/signIns").await;
    assert_eq!(refused.code(), (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
}
