//! What `check` says when a connection is broken in each way.

use crate::support::{World, app, http};
use countersign_domain::{
    ports::{Clock, Finding, System, Verdict},
    runbook::ActionKind,
};
use countersign_okta::{ACTIONS, Okta, client::Client};
use countersign_outbound::LiveSecret;
use serde_json::json;

const USED: [ActionKind; 3] = [ActionKind::ResetPassword, ActionKind::SuspendUser, ActionKind::ClearSessions];

async fn check(world: &World, actions: &[ActionKind]) -> Vec<Finding> {
    check_of(&world.okta, world, actions).await
}

async fn check_of(okta: &Okta, world: &World, actions: &[ActionKind]) -> Vec<Finding> {
    let findings = okta.check(actions, world.clock.now()).await;
    let shown = format!("{findings:?}");
    assert!(!shown.contains("access-token") && !shown.contains("sandbox-okta-token"), "{shown}");
    for found in &findings {
        assert_eq!(found.mend.is_none(), found.verdict == Verdict::Ok, "{found:?}");
    }
    findings
}

/// The one finding of this name, with its verdict and words that it must have.
fn found<'a>(findings: &'a [Finding], what: &str, verdict: Verdict, words: &[&str]) -> &'a Finding {
    let Some(one) = findings.iter().find(|found| found.what == what) else { panic!("no {what:?} in {findings:#?}") };
    assert_eq!(one.verdict, verdict, "{one:?}");
    let text = format!("{} {}", one.says, one.mend.as_deref().unwrap_or_default());
    for word in words {
        assert!(text.contains(word), "{word:?} in {one:?}");
    }
    one
}

fn all_well(findings: &[Finding]) {
    assert!(findings.iter().all(|found| found.verdict == Verdict::Ok), "{findings:#?}");
}

#[tokio::test]
async fn service_app_with_what_it_needs_is_well() {
    let world = World::start_as_app().await;
    let findings = check(&world, &ACTIONS).await;
    all_well(&findings);
    let first = &findings[0];
    assert!(
        first.says.contains("127.0.0.1") && first.says.contains("0oasbx") && first.says.contains("DPoP"),
        "{first:?}"
    );
    found(&findings, "API scopes", Verdict::Ok, &["okta.roles.read", "okta.users.manage"]);
    found(&findings, "role permission okta.iam.read", Verdict::Ok, &[]);
    found(&findings, "role permissions to change", Verdict::Ok, &["okta.users.lifecycle.suspend"]);
    found(&findings, "clock", Verdict::Ok, &["Okta"]);
    assert_eq!(world.sandbox.writes(), 0, "nothing was changed");
}

#[tokio::test]
async fn api_token_is_well_but_for_its_rights() {
    let world = World::start().await;
    let findings = check(&world, &USED).await;
    assert!(findings[0].says.contains("as countersign@acme.com"), "{:?}", findings[0]);
    found(&findings, "rights of the API token", Verdict::Warning, &["every right of its owner", "OAuth 2.0"]);
    let others: Vec<_> = findings.iter().filter(|found| found.what != "rights of the API token").cloned().collect();
    all_well(&others);
    assert_eq!(world.sandbox.writes(), 0, "nothing was changed");
}

#[tokio::test]
async fn missing_scope_is_named_with_where_to_grant_it() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_app", "scopes": ["okta.users.read", "okta.users.manage"]}));
    let findings = check(&world, &USED).await;
    found(&findings, "API scope okta.roles.read", Verdict::Failed, &["/roles", "Okta API Scopes"]);
    assert!(findings.iter().all(|found| found.what != "role permission okta.iam.read"), "not tried: {findings:?}");
    world.apply(json!({"op": "set_app", "scopes": []}));
    world.apply(json!({"op": "revoke_tokens"}));
    let okta = app(&world.sandbox, &world.clock, |_| {});
    let findings = check_of(&okta, &world, &USED).await;
    found(&findings, "credential", Verdict::Failed, &["consent_required", "Okta API Scopes"]);
}

#[tokio::test]
async fn excess_scope_is_named() {
    let world = World::start_as_app().await;
    let granted = ["okta.users.read", "okta.users.manage", "okta.roles.read", "okta.apps.manage", "okta.groups.manage"];
    world.apply(json!({"op": "set_app", "scopes": granted}));
    let findings = check(&world, &USED).await;
    found(&findings, "API scopes in excess", Verdict::Warning, &["okta.apps.manage", "okta.groups.manage", "revoke"]);
}

#[tokio::test]
async fn missing_role_permission_is_named() {
    for world in [World::start().await, World::start_as_app().await] {
        for (call, permission) in [
            ("GET /api/v1/users", "okta.users.read"),
            ("GET /api/v1/groups", "okta.groups.read"),
            ("GET /api/v1/users/{userId}/roles", "okta.iam.read"),
        ] {
            world.apply(json!({"op": "set_denied", "calls": [call]}));
            let findings = check(&world, &ACTIONS).await;
            let what = format!("role permission {permission}");
            found(&findings, &what, Verdict::Failed, &[call, "403", "custom admin role", "resource set"]);
        }
    }
}

#[tokio::test]
async fn resource_set_that_holds_nobody_is_noticed() {
    let world = World::start_as_app().await;
    world.fault("GET /api/v1/users", "body:[]");
    let findings = check(&world, &USED).await;
    found(&findings, "role permission okta.users.read", Verdict::Warning, &["nothing at all", "resource set"]);
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let world = World::start().await;
    let wrong = Okta::new(Client::new(http(&world.sandbox.base_urls().okta), LiveSecret::from("wrong")));
    let findings = check_of(&wrong, &world, &USED).await;
    found(&findings, "credential", Verdict::Failed, &["401", "Security > API > Tokens"]);
    let bent = Okta::new(Client::new(http(&world.sandbox.base_urls().okta), LiveSecret::from("to\nken")));
    found(&check_of(&bent, &world, &USED).await, "credential", Verdict::Failed, &["line breaks"]);
    let key = app(&world.sandbox, &world.clock, |app| app.private_key = LiveSecret::from("x"));
    found(&check_of(&key, &world, &USED).await, "credential", Verdict::Failed, &["private key", "PEM"]);
    let client = app(&world.sandbox, &world.clock, |app| app.client_id = "0oaother".to_owned());
    found(&check_of(&client, &world, &USED).await, "credential", Verdict::Failed, &["client_id"]);
    world.apply(json!({"op": "set_app", "active": false}));
    let disabled = app(&world.sandbox, &world.clock, |_| {});
    found(&check_of(&disabled, &world, &USED).await, "credential", Verdict::Failed, &["active"]);
}

#[tokio::test]
async fn wrong_domain_and_no_network_are_told_apart() {
    let world = World::start().await;
    let token = || LiveSecret::from(world.sandbox.credentials().okta_api_token.as_str());
    for (base, what, word) in [
        // Somebody else answers there.
        (format!("http://{}/nowhere", world.sandbox.addr()), "domain", "base_url"),
        // Nobody does.
        ("http://127.0.0.1:9".to_owned(), "connection", "firewall"),
        ("https://no-such-org.invalid".to_owned(), "connection", "DNS"),
    ] {
        for okta in
            [Okta::new(Client::new(http(&base), token())), crate::support::app_at(&base, &world.sandbox, &world.clock)]
        {
            let findings = check_of(&okta, &world, &USED).await;
            assert_eq!(findings.len(), 1, "{base}: {findings:?}");
            found(&findings, what, Verdict::Failed, &[word]);
        }
    }
}

#[tokio::test]
async fn clock_that_is_off_is_found_and_explains_the_refused_credential() {
    let world = World::start_as_app().await;
    world.sandbox.set_clock(countersign_sandbox::Vendor::Okta, None).unwrap();
    world.apply(json!({"op": "set_ahead", "seconds": 900}));
    let findings = check(&world, &USED).await;
    found(&findings, "credential", Verdict::Failed, &["clock", "NTP"]);
    found(&findings, "clock", Verdict::Failed, &["900 s behind Okta's"]);
    world.apply(json!({"op": "set_ahead", "seconds": -30}));
    let findings = check(&world, &USED).await;
    found(&findings, "clock", Verdict::Warning, &["30 s ahead of Okta's"]);
}
