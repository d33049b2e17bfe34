use http::StatusCode;
use serde_json::json;

use super::{Answer, Fake};

const TOM: &str = "tom.okafor@acme.com";
const EVERY_STATUS: [&str; 8] =
    ["STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"];

async fn perform(fake: &Fake, operation: &str) -> Answer {
    fake.post(&format!("/api/v1/users/{TOM}/lifecycle/{operation}")).await
}

/// Tries an operation from every status: it must work from those of `allowed`, end in `after`, and elsewhere be
/// refused with `refusal` and change nothing.
async fn table(operation: &str, allowed: &[&str], after: &str, refusal: (u16, &str)) {
    for status in EVERY_STATUS {
        let fake = Fake::new();
        fake.set_status(TOM, status);
        let answer = perform(&fake, operation).await;
        let now = fake.user(TOM)["status"].as_str().unwrap().to_owned();
        if allowed.contains(&status) {
            assert_eq!(answer.status, StatusCode::OK, "{operation} from {status}");
            assert_eq!(now, after, "{operation} from {status}");
        } else {
            assert_eq!(answer.code(), refusal, "{operation} from {status}");
            assert_eq!(now, status, "{operation} from {status}");
        }
    }
}

#[tokio::test]
async fn suspend_takes_active_users_only() {
    table("suspend", &["ACTIVE"], "SUSPENDED", (400, "E0000001")).await;
    let fake = Fake::new();
    fake.set_status(TOM, "SUSPENDED");
    assert_eq!(perform(&fake, "suspend").await.cause(), "Cannot suspend a user that is not active");
}

#[tokio::test]
async fn unsuspend_takes_suspended_users_only() {
    table("unsuspend", &["SUSPENDED"], "ACTIVE", (400, "E0000001")).await;
}

#[tokio::test]
async fn unlock_takes_locked_users_only() {
    table("unlock", &["LOCKED_OUT"], "ACTIVE", (403, "E0000032")).await;
}

#[tokio::test]
async fn activate_takes_staged_and_deprovisioned_users_only() {
    table("activate", &["STAGED", "DEPROVISIONED"], "ACTIVE", (403, "E0000016")).await;
}

#[tokio::test]
async fn deactivate_takes_everybody_but_the_deprovisioned() {
    let allowed: Vec<_> = EVERY_STATUS.into_iter().filter(|status| *status != "DEPROVISIONED").collect();
    table("deactivate", &allowed, "DEPROVISIONED", (403, "E0000038")).await;
}

#[tokio::test]
async fn passwords_are_reset_and_expired_only_where_there_is_one() {
    let allowed = ["ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT"];
    table("reset_password?sendEmail=true", &allowed, "RECOVERY", (403, "E0000038")).await;
    table("expire_password", &allowed, "PASSWORD_EXPIRED", (403, "E0000038")).await;
}

#[tokio::test]
async fn reset_by_mail_tells_the_caller_nothing() {
    let fake = Fake::new();
    let answer = perform(&fake, "reset_password?sendEmail=true").await;
    assert_eq!(answer.body, json!({}));
    assert_eq!(fake.mails_to(TOM), 1);
    assert_eq!(fake.user(TOM)["sessions"], 2);
}

#[tokio::test]
async fn reset_without_mail_hands_out_the_link() {
    let fake = Fake::new();
    let answer = perform(&fake, "reset_password?sendEmail=false&revokeSessions=true").await;
    assert!(answer.body["resetPasswordUrl"].as_str().unwrap().starts_with("http://sandbox.test/okta/reset_password/"));
    assert_eq!(fake.mails_to(TOM), 0);
    assert_eq!(fake.user(TOM)["sessions"], 0);
}

#[tokio::test]
async fn reset_without_saying_whether_to_mail_is_refused_and_changes_nothing() {
    let fake = Fake::new();
    assert_eq!(perform(&fake, "reset_password").await.code(), (400, "E0000028"));
    assert_eq!(perform(&fake, "reset_password?sendEmail=maybe").await.code(), (400, "E0000001"));
    assert_eq!(fake.user(TOM)["status"], "ACTIVE");
}

#[tokio::test]
async fn reset_factors_empties_them_in_any_status_but_deprovisioned() {
    for status in EVERY_STATUS {
        let fake = Fake::new();
        fake.set_status(TOM, status);
        let answer = perform(&fake, "reset_factors").await;
        if status == "DEPROVISIONED" {
            assert_eq!(answer.code(), (403, "E0000038"));
            assert_eq!(fake.user(TOM)["factors"], json!(["push/OKTA"]));
        } else {
            assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({})), "{status}");
            assert_eq!(fake.user(TOM)["factors"], json!([]), "{status}");
            assert_eq!(fake.user(TOM)["status"], status);
        }
    }
}

#[tokio::test]
async fn activation_link_is_handed_out_only_without_mail() {
    let fake = Fake::new();
    fake.set_status(TOM, "STAGED");
    assert_eq!(perform(&fake, "activate").await.body, json!({}));
    assert_eq!(fake.mails_to(TOM), 1);
    fake.set_status(TOM, "STAGED");
    assert!(perform(&fake, "activate?sendEmail=false").await.body["activationUrl"].is_string());
    assert_eq!(fake.mails_to(TOM), 1);
}

#[tokio::test]
async fn unknown_user_or_operation_is_404_and_get_is_405() {
    let fake = Fake::new();
    assert_eq!(fake.post("/api/v1/users/nobody@acme.com/lifecycle/suspend").await.code(), (404, "E0000007"));
    assert_eq!(perform(&fake, "promote").await.code(), (404, "E0000007"));
    assert_eq!(fake.get(&format!("/api/v1/users/{TOM}/lifecycle/suspend")).await.code(), (405, "E0000022"));
}

#[tokio::test]
async fn each_change_is_logged_once_and_can_be_filtered() {
    let fake = Fake::new();
    perform(&fake, "suspend").await;
    perform(&fake, "suspend").await;
    perform(&fake, "unsuspend").await;
    let filter = [("filter", r#"eventType eq "user.lifecycle.suspend""#)];
    let entries = fake.query("/api/v1/logs", &filter).await;
    assert_eq!(entries.body.as_array().unwrap().len(), 1);
    assert_eq!(entries.body[0]["target"][0]["alternateId"], TOM);
    let events = fake.state.snapshot()["events"].as_array().unwrap().len();
    assert_eq!(events, 2);
    assert_eq!(fake.query("/api/v1/logs", &[("since", "2026-06-10T00:00:00Z")]).await.body, json!([]));
    assert_eq!(fake.query("/api/v1/logs", &[("since", "yesterday")]).await.code(), (400, "E0000001"));
    assert_eq!(fake.query("/api/v1/logs", &[("filter", "severity eq \"INFO\"")]).await.code(), (400, "E0000031"));
}
