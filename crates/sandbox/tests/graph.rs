//! The fake Graph over the network, beside the other vendors. Its rules one by one: `src/graph/tests`.

#[expect(dead_code, reason = "the other vendors' tests use the rest of it")]
#[path = "vendors/common.rs"]
mod common;

use common::{Reply, Stand, stand, with_json};
use countersign_sandbox::Vendor;
use serde_json::{Value, json};

const TOM: &str = "tom.okafor@acme.com";

/// A caller with a token.
struct Caller {
    stand: Stand,
    token: String,
}

async fn caller() -> Caller {
    let stand = stand(|_| {}).await;
    let broad = [
        "User.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Organization.Read.All",
        "LicenseAssignment.ReadWrite.All",
        "IdentityRiskyUser.ReadWrite.All",
        "AuditLog.Read.All",
    ];
    let command = json!({"op": "set_permissions", "permissions": broad});
    stand.sandbox.apply(Vendor::Graph, command).expect("a command");
    let reply = token(&stand, &stand.sandbox.credentials().entra_client_secret).await;
    let token = reply.json()["access_token"].as_str().expect("a token").to_owned();
    Caller { stand, token }
}

async fn token(stand: &Stand, secret: &str) -> Reply {
    let credentials = stand.sandbox.credentials();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.entra_client_id),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let url = format!("{}/{}/oauth2/v2.0/token", stand.sandbox.base_urls().graph, credentials.entra_tenant_id);
    let request = stand.http.post(url).header("content-type", "application/x-www-form-urlencoded");
    stand.send(request.body(serde_urlencoded::to_string(form).expect("a form"))).await
}

impl Caller {
    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}/v1.0{path}", self.stand.sandbox.base_urls().graph);
        self.stand.http.request(method, url).bearer_auth(&self.token)
    }

    async fn call(&self, method: &str, path: &str) -> Reply {
        self.stand.send(self.request(method, path)).await
    }

    fn state(&self) -> Value {
        self.stand.sandbox.state()["graph"].clone()
    }

    fn id(&self, list: &str, key: &str, value: &str) -> String {
        let state = self.state();
        let rows = state[list].as_array().expect("a list");
        let row = rows.iter().find(|row| row[key] == value).expect("a row");
        row["id"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test]
async fn token_needs_the_right_secret_and_everything_else_a_token() {
    let caller = caller().await;
    let refused = token(&caller.stand, "wrong").await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_client")));
    let bare = caller.stand.send(caller.stand.http.get(caller.stand.url("/graph/v1.0/users"))).await;
    assert_eq!((bare.status, &bare.json()["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
    assert_eq!(caller.call("GET", "/organization").await.status, 200);
    assert_eq!(caller.call("GET", "/nowhere").await.json()["error"]["code"], "BadRequest");
}

#[tokio::test]
async fn next_links_lead_back_to_the_sandbox() {
    let caller = caller().await;
    let first = caller.call("GET", "/users?$top=5&$select=id").await.json();
    let next = first["@odata.nextLink"].as_str().expect("a link");
    let second = caller.stand.send(caller.stand.http.get(next).bearer_auth(&caller.token)).await.json();
    assert_eq!(second["value"].as_array().expect("rows").len(), 5);
    assert_ne!(first["value"], second["value"]);
}

#[tokio::test]
async fn reference_decides_between_a_membership_and_a_person() {
    let caller = caller().await;
    let (group, tom) = (caller.id("groups", "name", "proj-atlas"), caller.id("users", "login", TOM));
    let body = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{tom}")});
    let add = || with_json(caller.request("POST", &format!("/groups/{group}/members/$ref")), &body);
    assert_eq!(caller.stand.send(add()).await.status, 204);
    assert_eq!(caller.stand.send(add()).await.status, 400, "already a member");
    let membership = format!("/groups/{group}/members/{tom}/$ref");
    assert_eq!(caller.call("DELETE", &membership).await.status, 204);
    assert_eq!(caller.call("DELETE", &membership).await.status, 404);
    assert_eq!(caller.state()["deleted_users"], json!([]));
    assert_eq!(caller.stand.send(add()).await.status, 204);
    assert_eq!(caller.call("DELETE", &format!("/groups/{group}/members/{tom}")).await.status, 204);
    assert_eq!(caller.state()["deleted_users"][0]["login"], TOM);
    assert_eq!(caller.call("GET", &format!("/users/{TOM}")).await.status, 404);
}

#[tokio::test]
async fn licence_without_a_free_unit_is_refused_until_one_is_bought() {
    let caller = caller().await;
    let power_bi = caller.id("skus", "part_number", "POWER_BI_PRO");
    let body = json!({"addLicenses": [{"skuId": power_bi}], "removeLicenses": []});
    let assign = || with_json(caller.request("POST", &format!("/users/{TOM}/assignLicense")), &body);
    let refused = caller.stand.send(assign()).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("Request_BadRequest")));
    let buy = json!({"op": "set_free_units", "sku": "POWER_BI_PRO", "free": 1});
    caller.stand.sandbox.apply(Vendor::Graph, buy).expect("a command");
    assert_eq!(caller.stand.send(assign()).await.status, 200);
}

#[tokio::test]
async fn tenant_without_premium_licences_hides_risk_and_sign_ins() {
    let caller = caller().await;
    assert_eq!(caller.call("GET", "/identityProtection/riskyUsers").await.status, 200);
    let poor = json!({"op": "set_tenant", "p1_licence": false, "p2_licence": false});
    assert_eq!(caller.stand.control("graph", &poor).await.status, 200);
    assert_eq!(caller.call("GET", "/identityProtection/riskyUsers").await.status, 403);
    let sign_ins = caller.call("GET", "/auditLogs/signIns").await;
    assert_eq!(sign_ins.json()["error"]["code"], "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
}
