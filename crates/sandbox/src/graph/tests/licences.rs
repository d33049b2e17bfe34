use serde_json::{Value, json};

use super::{Answer, Fake};

const TOM: &str = "tom.okafor@acme.com";
const PRIYA: &str = "priya.nair@acme.com";
const E3: &str = "05e9a617-0261-4cee-bb44-138d3ef5d965";
const VISIO: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
const POWER_BI: &str = "f8a1db68-be16-40ed-86d5-cb42ce701560";

async fn assign(fake: &Fake, login: &str, body: Value) -> Answer {
    fake.send("POST", &format!("/v1.0/users/{login}/assignLicense"), Some(body)).await
}

fn add(sku: &str) -> Value {
    json!({"addLicenses": [{"skuId": sku, "disabledPlans": []}], "removeLicenses": []})
}

#[tokio::test]
async fn subscriptions_show_bought_and_used_units() {
    let fake = Fake::new().await;
    let answer = fake.get("/v1.0/subscribedSkus").await;
    let e3 = answer.rows().iter().find(|row| row["skuPartNumber"] == "SPE_E3").unwrap();
    assert_eq!(e3["skuId"], E3);
    assert_eq!((&e3["prepaidUnits"]["enabled"], &e3["consumedUnits"]), (&json!(50), &json!(12)));
    assert_eq!(e3["capabilityStatus"], "Enabled");
    let filtered = fake.query("/v1.0/subscribedSkus", &[("$filter", "skuPartNumber eq 'SPE_E3'")]).await;
    assert_eq!(filtered.code(), (400, "Request_UnsupportedQuery"));
}

#[tokio::test]
async fn assigned_licence_takes_a_unit_once() {
    let fake = Fake::new().await;
    for _ in 0..2 {
        assert_eq!(assign(&fake, TOM, add(E3)).await.status, 200);
        assert_eq!(fake.sku("SPE_E3")["consumed"], 13);
        assert_eq!(fake.user(TOM)["licences"], json!(["SPE_E3"]));
    }
    let details = fake.get(&format!("/v1.0/users/{TOM}/licenseDetails")).await;
    assert_eq!(details.column("skuPartNumber"), ["SPE_E3"]);
    let removed = assign(&fake, TOM, json!({"addLicenses": [], "removeLicenses": [E3]})).await;
    assert_eq!(removed.status, 200);
    assert_eq!(fake.sku("SPE_E3")["consumed"], 12);
    let again = assign(&fake, TOM, json!({"addLicenses": [], "removeLicenses": [E3]})).await;
    assert_eq!(again.message(), "User does not have a corresponding license.");
}

#[tokio::test]
async fn both_arrays_have_to_be_there() {
    let fake = Fake::new().await;
    let mut without_remove = add(E3);
    without_remove.as_object_mut().unwrap().remove("removeLicenses");
    let answer = assign(&fake, TOM, without_remove).await;
    assert_eq!(answer.code(), (400, "BadRequest"));
    assert!(answer.message().ends_with("The missing parameters are: removeLicenses."));
    let answer = assign(&fake, TOM, json!({"removeLicenses": []})).await;
    assert!(answer.message().ends_with("The missing parameters are: addLicenses."));
    assert_eq!(assign(&fake, TOM, json!({"addLicenses": null, "removeLicenses": []})).await.status, 400);
    assert_eq!(fake.user(TOM)["licences"], json!([]));
}

#[tokio::test]
async fn usage_location_comes_first() {
    let fake = Fake::new().await;
    let refused = assign(&fake, PRIYA, add(E3)).await;
    assert_eq!(refused.code(), (400, "Request_BadRequest"));
    assert_eq!(refused.message(), "License assignment cannot be done for user with invalid usage location.");
    assert_eq!(fake.patch(PRIYA, json!({"usageLocation": "DE"})).await.status, 204);
    assert_eq!(assign(&fake, PRIYA, add(E3)).await.status, 200);
}

#[tokio::test]
async fn no_free_unit_is_400_and_changes_nothing() {
    let fake = Fake::new().await;
    let refused = assign(&fake, TOM, add(POWER_BI)).await;
    assert_eq!(refused.code(), (400, "Request_BadRequest"));
    let expected = format!("Subscription with SKU {POWER_BI} does not have any available licenses.");
    assert_eq!(refused.message(), expected);
    let both = json!({"addLicenses": [{"skuId": E3}, {"skuId": POWER_BI}], "removeLicenses": []});
    assert_eq!(assign(&fake, TOM, both).await.status, 400);
    assert_eq!((&fake.user(TOM)["licences"], &fake.sku("SPE_E3")["consumed"]), (&json!([]), &json!(12)));
    fake.apply(json!({"op": "set_free_units", "sku": "POWER_BI_PRO", "free": 1}));
    assert_eq!(assign(&fake, TOM, add(POWER_BI)).await.status, 200);
    assert_eq!(assign(&fake, "sarah.chen@acme.com", add(POWER_BI)).await.status, 400, "the one free unit is gone");
    assert_eq!(assign(&fake, TOM, add(POWER_BI)).await.status, 200, "who has it may be given it again");
}

#[tokio::test]
async fn sku_must_be_a_guid_the_tenant_has() {
    let fake = Fake::new().await;
    assert_eq!(assign(&fake, TOM, add("SPE_E3")).await.code(), (400, "BadRequest"));
    let unknown = assign(&fake, TOM, add("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(unknown.code(), (400, "Request_BadRequest"));
    assert!(unknown.message().ends_with("does not correspond to a valid company License."));
    assert_eq!(assign(&fake, TOM, add(&VISIO.to_uppercase())).await.status, 200);
    assert_eq!(assign(&fake, "nobody@acme.com", add(E3)).await.code(), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn organisation_names_its_domain_and_plans() {
    let fake = Fake::new().await;
    let plans = async || fake.get("/v1.0/organization").await.rows()[0]["assignedPlans"].as_array().unwrap().len();
    assert_eq!(plans().await, 2);
    fake.apply(json!({"op": "set_tenant", "p2_licence": false}));
    assert_eq!(plans().await, 1);
    assert_eq!(fake.get("/v1.0/organization").await.rows()[0]["verifiedDomains"][0]["name"], "acme.com");
}
