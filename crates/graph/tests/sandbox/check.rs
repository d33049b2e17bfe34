//! What `check` finds, for each way in which a connection can be broken.

use countersign_domain::{
    ports::{Finding, System, Verdict},
    runbook::ActionKind,
    time::At,
};
use countersign_graph::adapter::{GraphSettings, GraphSystem};
use countersign_sandbox::{Vendor, system_now};
use serde_json::json;

use crate::world::{World, connect, settings};

const EVERY_KIND: [ActionKind; 4] =
    [ActionKind::AssignLicense, ActionKind::RestoreSignIn, ActionKind::AddToGroup, ActionKind::RemoveFromGroup];

/// The machine's clock, which the sandbox shows as well.
pub(crate) fn now() -> At {
    At(system_now()())
}

async fn check(system: &GraphSystem) -> Vec<Finding> {
    system.check(&EVERY_KIND, now()).await
}

/// The line about this.
fn line<'a>(found: &'a [Finding], what: &str) -> &'a Finding {
    found.iter().find(|found| found.what == what).unwrap_or_else(|| panic!("no line {what:?} in {found:?}"))
}

/// What is not as it should be.
fn bad(found: &[Finding]) -> Vec<(&str, Verdict)> {
    let bad = found.iter().filter(|found| found.verdict != Verdict::Ok);
    bad.map(|found| (found.what.as_str(), found.verdict)).collect()
}

#[tokio::test]
async fn connection_as_it_should_be_says_who_we_are_and_what_was_looked_at() {
    let world = World::new().await;
    let found = check(&world.system).await;
    assert_eq!(bad(&found), []);
    let credentials = world.sandbox.credentials();
    assert_eq!(found[0].what, "credential");
    assert!(found[0].says.contains(&credentials.entra_tenant_id), "{found:?}");
    assert!(found[0].says.contains(&credentials.entra_client_id) && found[0].says.contains("\"Countersign\""));
    let whats: Vec<&str> = found.iter().map(|found| found.what.as_str()).collect();
    let rest = ["default country", "products", "Identity Protection", "sign-in log", "clock"];
    assert_eq!(whats, [&["credential", "permissions", "Microsoft Graph"][..], &rest].concat());
    assert!(found.iter().all(|found| found.mend.is_none()));
    assert_eq!(world.sandbox.writes(), 0);
}

#[tokio::test]
async fn only_what_the_actions_need_is_looked_at() {
    let world = World::new().await;
    let found = world.system.check(&[ActionKind::AddToGroup], now()).await;
    assert!(found.iter().all(|found| found.what != "products" && found.what != "sign-in log"), "{found:?}");
    let excess = bad(&found);
    assert!(excess.contains(&("permission AuditLog.Read.All", Verdict::Warning)), "{excess:?}");
    assert!(excess.iter().all(|(_, verdict)| *verdict == Verdict::Warning), "{excess:?}");
}

#[tokio::test]
async fn each_missing_permission_is_a_failed_line_with_the_consent_page() {
    let world = World::new().await;
    world.permit(&["User.Read.All", "GroupMember.ReadWrite.All", "RoleManagement.Read.Directory"]);
    let found = check(&world.system).await;
    let missing: Vec<&str> = bad(&found).into_iter().map(|(what, _)| what).collect();
    assert_eq!(
        missing,
        [
            "permission AuditLog.Read.All",
            "permission IdentityRiskyUser.ReadWrite.All",
            "permission LicenseAssignment.Read.All",
            "permission LicenseAssignment.ReadWrite.All",
            "permission User.EnableDisableAccount.All",
            "permission User.ReadUpdate.All",
        ]
    );
    let credentials = world.sandbox.credentials();
    let link = format!("/{}/adminconsent?client_id={}", credentials.entra_tenant_id, credentials.entra_client_id);
    for what in missing {
        let line = line(&found, what);
        assert!(line.verdict == Verdict::Failed && line.mend.as_ref().unwrap().contains(&link), "{line:?}");
    }
}

#[tokio::test]
async fn application_without_any_permission_still_gets_its_lines() {
    let world = World::new().await;
    world.permit(&[]);
    let found = check(&world.system).await;
    assert_eq!(line(&found, "permission User.Read.All").verdict, Verdict::Failed);
    assert_eq!(line(&found, "Microsoft Graph").verdict, Verdict::Ok);
    assert_eq!(line(&found, "clock").verdict, Verdict::Ok);
}

#[tokio::test]
async fn consent_given_meanwhile_is_seen_at_once() {
    let world = World::new().await;
    world.permit(&["User.Read.All"]);
    assert!(!bad(&check(&world.system).await).is_empty());
    world.change(json!({"op": "set_permissions", "permissions": ["Directory.ReadWrite.All", "AuditLog.Read.All",
        "IdentityRiskyUser.ReadWrite.All"]}));
    let found = check(&world.system).await;
    assert_eq!(bad(&found), [("permission Directory.ReadWrite.All", Verdict::Warning)], "{found:?}");
    assert!(line(&found, "permission Directory.ReadWrite.All").says.contains("DANGEROUS"));
}

#[tokio::test]
async fn each_way_to_be_refused_by_the_sign_in_service_has_its_own_advice() {
    let world = World::new().await;
    let ours = || settings(&world.sandbox, Some("DE"));
    let wrong = [
        (GraphSettings { tenant_id: "elsewhere.example".to_owned(), ..ours() }, "90002", "`tenant_id`"),
        (GraphSettings { client_id: "somebody-else".to_owned(), ..ours() }, "700016", "`client_id`"),
        (GraphSettings { client_secret: "wr0ng-s3cret".into(), ..ours() }, "7000215", "not its id"),
    ];
    for (settings, code, advice) in wrong {
        refused(&check(&connect(settings)).await, code, advice);
    }
    world.change(json!({"op": "set_secret", "expired": true}));
    refused(&check(&world.system).await, "7000222", "create a new one");
}

fn refused(found: &[Finding], code: &str, advice: &str) {
    let [line] = found else { panic!("{found:?}") };
    assert_eq!((line.what.as_str(), line.verdict), ("credential", Verdict::Failed));
    assert!(line.says.contains(&format!("AADSTS{code}")) && !line.says.contains("s3cret"), "{line:?}");
    assert!(line.mend.as_ref().unwrap().contains(advice), "{line:?}");
}

#[tokio::test]
async fn address_at_which_nobody_answers_is_told_from_a_refusal() {
    let world = World::new().await;
    let nowhere = "http://127.0.0.1:1/".parse::<url::Url>().unwrap();
    let ours = || settings(&world.sandbox, Some("DE"));
    let found = check(&connect(GraphSettings { login_base_url: nowhere.clone(), ..ours() })).await;
    let [line] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((line.what.as_str(), line.verdict), ("address", Verdict::Failed));
    assert!(
        line.says.contains("sign-in service") && line.mend.as_ref().unwrap().contains("login_base_url"),
        "{line:?}"
    );
    let found = check(&connect(GraphSettings { base_url: nowhere, ..ours() })).await;
    assert_eq!(bad(&found), [("address", Verdict::Failed)]);
    assert!(found[1..].iter().any(|found| found.says.contains("Microsoft Graph (http://127.0.0.1:1/v1.0)")));
}

#[tokio::test]
async fn answers_of_something_else_are_told_from_those_of_microsoft() {
    let world = World::new().await;
    for (matching, what) in [
        ("POST /*/oauth2/v2.0/token", "body:<html>proxy"),
        ("POST /*/oauth2/v2.0/token", "status:404"),
        ("GET /v1.0/users", "body:<html>proxy"),
    ] {
        world.fault(matching, what);
        let found = check(&world.system).await;
        assert_eq!(bad(&found), [("address", Verdict::Failed)], "{matching}");
        let line = line(&found, "address");
        assert!(
            line.says.contains("what answers")
                && line.says.contains("is not Microsoft")
                && !line.says.contains("<html>"),
            "{line:?}"
        );
    }
    for matching in ["POST /*/oauth2/v2.0/token", "GET /v1.0/users"] {
        world.fault(matching, "status:503");
        let found = check(&world.system).await;
        assert_eq!(bad(&found).len(), 1, "{found:?}");
        let last = found.last().unwrap();
        assert!(last.verdict == Verdict::Failed && last.mend.as_ref().unwrap().contains("check again"), "{last:?}");
    }
}

#[tokio::test]
async fn token_that_cannot_be_read_is_a_warning() {
    let world = World::new().await;
    let body = json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"});
    world.fault("POST /*/oauth2/v2.0/token", &format!("body:{body}"));
    let found = check(&world.system).await;
    assert_eq!(line(&found, "permissions").verdict, Verdict::Warning);
    assert_eq!(line(&found, "credential").verdict, Verdict::Ok);
}

#[tokio::test]
async fn clock_that_is_off_is_found_by_the_date_of_the_answer() {
    let world = World::new().await;
    for (ahead, verdict) in [(0, Verdict::Ok), (30, Verdict::Warning), (-400, Verdict::Failed)] {
        world.sandbox.set_clock(Vendor::Graph, Some(ahead)).unwrap();
        let found = check(&world.system).await;
        assert_eq!(line(&found, "clock").verdict, verdict, "{ahead}: {found:?}");
    }
    assert!(line(&check(&world.system).await, "clock").says.contains("ahead of Microsoft Graph's"));
}

#[tokio::test]
async fn want_of_a_licence_and_of_a_country_are_warnings() {
    let world = World::with_country(None).await;
    world.change(json!({"op": "set_tenant", "p1_licence": false, "p2_licence": false}));
    let found = check(&world.system).await;
    assert_eq!(
        bad(&found),
        [
            ("default country", Verdict::Warning),
            ("Identity Protection", Verdict::Warning),
            ("sign-in log", Verdict::Warning),
        ]
    );
    assert!(line(&found, "Identity Protection").says.contains("P2"));
    assert!(line(&found, "default country").mend.as_ref().unwrap().contains("usage_location = \"DE\""));
}
