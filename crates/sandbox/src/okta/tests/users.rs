use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use super::Fake;
use crate::{NewUser, Seed};

fn newcomer(login: &str) -> Value {
    json!({"profile": {"firstName": "Ines", "lastName": "Roth", "email": login, "login": login}})
}

#[tokio::test]
async fn user_is_found_by_id_login_in_any_case_and_unambiguous_short_name() {
    let fake = Fake::new();
    let id = fake.user("sarah.chen@acme.com")["id"].as_str().unwrap().to_owned();
    for key in [id.as_str(), "sarah.chen@acme.com", "Sarah.Chen@ACME.com", "sarah.chen"] {
        let answer = fake.get(&format!("/api/v1/users/{key}")).await;
        assert_eq!(answer.status, 200, "{key}");
        assert_eq!(answer.body["id"], id.as_str(), "{key}");
    }
    let body = fake.get("/api/v1/users/sarah.chen").await.body;
    assert_eq!(body["status"], "ACTIVE");
    assert_eq!(body["created"], "2026-06-09T17:42:11.310Z");
    assert_eq!(id.len(), 20);
}

#[tokio::test]
async fn unknown_user_is_404_e0000007() {
    let fake = Fake::new();
    for key in ["nobody@acme.com", "00unope", "sarah"] {
        let answer = fake.get(&format!("/api/v1/users/{key}")).await;
        assert_eq!(answer.code(), (404, "E0000007"), "{key}");
        assert_eq!(answer.body["errorSummary"], format!("Not found: Resource not found: {key} (User)"));
    }
}

#[tokio::test]
async fn me_is_the_owner_of_the_token_and_not_in_the_list() {
    let fake = Fake::new();
    let me = fake.get("/api/v1/users/me").await;
    assert_eq!(me.body["profile"]["login"], "countersign@acme.com");
    assert!(!fake.get("/api/v1/users").await.logins().contains(&"countersign@acme.com"));
}

#[tokio::test]
async fn search_finds_by_mail_login_display_name_and_both_names() {
    let fake = Fake::new();
    for expression in [
        r#"profile.email eq "sarah.chen@acme.com""#,
        r#"profile.login eq "SARAH.CHEN@acme.com""#,
        r#"profile.displayName eq "sarah chen""#,
        r#"profile.firstName eq "Sarah" and profile.lastName eq "Chen""#,
        r#"(profile.lastName sw "Che") and not_used eq "x" or profile.email co "sarah.c""#,
    ] {
        let answer = fake.search(expression).await;
        if expression.contains("not_used") {
            assert_eq!(answer.code(), (400, "E0000031"), "{expression}");
        } else {
            assert_eq!(answer.logins(), ["sarah.chen@acme.com"], "{expression}");
        }
    }
    assert_eq!(fake.search(r#"profile.displayName eq "Alex Kim""#).await.logins().len(), 2);
    assert!(fake.search(r#"profile.email eq "nobody@acme.com""#).await.logins().is_empty());
}

#[tokio::test]
async fn search_values_are_json_strings_so_a_quote_must_be_escaped() {
    let fake = Fake::new();
    fake.apply(json!({"op": "create_user", "login": "q@acme.com", "first_name": "Q", "last_name": "O\"Hara"}));
    assert_eq!(fake.search(r#"profile.lastName eq "O\"Hara""#).await.logins(), ["q@acme.com"]);
    assert_eq!(fake.search(r#"profile.lastName eq "O"Hara""#).await.code(), (400, "E0000031"));
}

#[tokio::test]
async fn malformed_searches_are_refused() {
    let fake = Fake::new();
    let deep = format!("{}status eq \"ACTIVE\"{}", "(".repeat(40), ")".repeat(40));
    for expression in [
        "",
        "profile.email",
        "profile.email eq",
        "profile.email eq sarah",
        "profile.email is \"x\"",
        "(status pr",
        &deep,
    ] {
        assert_eq!(fake.search(expression).await.code(), (400, "E0000031"), "{expression:?}");
    }
}

#[tokio::test]
async fn filter_knows_few_properties_only_eq_and_minds_case() {
    let fake = Fake::new();
    let filter = async |text: &str| fake.query("/api/v1/users", &[("filter", text)]).await;
    assert_eq!(filter(r#"profile.email eq "tom.okafor@acme.com""#).await.logins(), ["tom.okafor@acme.com"]);
    assert!(filter(r#"profile.firstName eq "tom""#).await.logins().is_empty());
    assert_eq!(filter(r#"status eq "DEPROVISIONED""#).await.logins(), ["ben.ode@acme.com"]);
    assert_eq!(filter(r#"profile.displayName eq "Tom Okafor""#).await.code(), (400, "E0000031"));
    assert_eq!(filter(r#"profile.email sw "tom""#).await.code(), (400, "E0000031"));
}

#[tokio::test]
async fn q_matches_beginnings_and_omits_the_deprovisioned_as_the_plain_list_does() {
    let fake = Fake::new();
    let q = async |text: &str| fake.query("/api/v1/users", &[("q", text)]).await;
    assert_eq!(q("oka").await.logins(), ["tom.okafor@acme.com"]);
    assert_eq!(q("TOM.O").await.logins(), ["tom.okafor@acme.com"]);
    assert_eq!(q("alex").await.logins().len(), 2);
    assert!(q("hen").await.logins().is_empty(), "not in the middle of a name");
    assert!(q("ben").await.logins().is_empty());
    assert!(!fake.get("/api/v1/users").await.logins().contains(&"ben.ode@acme.com"));
    assert_eq!(fake.search(r#"profile.email eq "ben.ode@acme.com""#).await.logins(), ["ben.ode@acme.com"]);
}

#[tokio::test]
async fn pages_follow_the_next_link_to_the_end_without_repeating() {
    let fake = Fake::new();
    let everybody: Vec<String> = fake.get("/api/v1/users").await.logins().iter().map(|l| (*l).to_owned()).collect();
    let mut seen = Vec::new();
    let mut path = Some("/api/v1/users?limit=5".to_owned());
    while let Some(next) = path {
        let page = fake.get(&next).await;
        assert!(page.logins().len() <= 5);
        assert!(page.link("self").is_some());
        seen.extend(page.logins().iter().map(|login| (*login).to_owned()));
        path = page.link("next");
    }
    assert!(everybody.len() > 5);
    assert_eq!(seen, everybody);
}

#[tokio::test]
async fn q_is_limited_to_ten_and_does_not_page() {
    let fake = Fake::new();
    for number in 0..12 {
        let login = format!("zoe{number}@acme.com");
        fake.apply(json!({"op": "create_user", "login": login, "first_name": "Zoe", "last_name": "Z"}));
    }
    let answer = fake.query("/api/v1/users", &[("q", "zoe")]).await;
    assert_eq!(answer.logins().len(), 10);
    assert_eq!(answer.link("next"), None);
    for limit in ["0", "-1", "many"] {
        assert_eq!(fake.query("/api/v1/users", &[("limit", limit)]).await.code(), (400, "E0000001"), "{limit}");
    }
}

#[tokio::test]
async fn created_user_is_provisioned_mailed_in_everyone_and_announced_once() {
    let fake = Fake::new();
    let heard: Arc<Mutex<Vec<NewUser>>> = Arc::default();
    let ear = Arc::clone(&heard);
    fake.state.set_on_user_created(Box::new(move |user| ear.lock().unwrap().push(user)));
    let docs = fake.group("Engineering-Docs");
    let mut body = newcomer("ines.roth@acme.com");
    body["groupIds"] = json!([docs]);
    let answer = fake.send("POST", "/api/v1/users?activate=true", Some(body)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["status"], "PROVISIONED");
    let user = fake.user("ines.roth@acme.com");
    assert_eq!(user["groups"], json!(["Engineering-Docs", "Everyone"]));
    assert_eq!(fake.mails_to("ines.roth@acme.com"), 1);
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].email, "ines.roth@acme.com");
    assert_eq!(heard[0].okta_id, user["id"].as_str().unwrap());
}

#[tokio::test]
async fn staged_user_is_announced_when_activated_and_not_again() {
    let fake = Fake::new();
    let heard: Arc<Mutex<usize>> = Arc::default();
    let ear = Arc::clone(&heard);
    fake.state.set_on_user_created(Box::new(move |_| *ear.lock().unwrap() += 1));
    let created = fake.send("POST", "/api/v1/users?activate=false", Some(newcomer("i@acme.com"))).await;
    assert_eq!(created.body["status"], "STAGED");
    assert_eq!(fake.mails_to("i@acme.com"), 0);
    assert_eq!(*heard.lock().unwrap(), 0);
    for operation in ["activate", "deactivate", "activate"] {
        assert_eq!(fake.post(&format!("/api/v1/users/i@acme.com/lifecycle/{operation}")).await.status, 200);
    }
    assert_eq!(*heard.lock().unwrap(), 1);
}

#[tokio::test]
async fn password_makes_a_created_user_active() {
    let fake = Fake::new();
    let mut body = newcomer("i@acme.com");
    body["credentials"] = json!({"password": {"value": "correct horse"}});
    assert_eq!(fake.send("POST", "/api/v1/users", Some(body)).await.body["status"], "ACTIVE");
    assert_eq!(fake.mails_to("i@acme.com"), 0);
}

#[tokio::test]
async fn duplicate_login_is_400_e0000001_not_409() {
    let fake = Fake::new();
    for login in ["sarah.chen@acme.com", "SARAH.chen@acme.com", "ben.ode@acme.com"] {
        let answer = fake.send("POST", "/api/v1/users?activate=true", Some(newcomer(login))).await;
        assert_eq!(answer.code(), (400, "E0000001"), "{login}");
        assert_eq!(answer.body["errorSummary"], "Api validation failed: login");
        assert_eq!(answer.cause(), "login: An object with this field already exists in the current organization");
    }
}

#[tokio::test]
async fn incomplete_or_malformed_profiles_are_refused_and_create_nobody() {
    let fake = Fake::new();
    let before = fake.state.snapshot();
    let create = async |body: Value| fake.send("POST", "/api/v1/users", Some(body)).await;
    let answer = create(json!({"profile": {"firstName": "A"}})).await;
    assert_eq!(answer.code(), (400, "E0000001"));
    assert_eq!(answer.body["errorCauses"].as_array().unwrap().len(), 3, "login, email, lastName");
    assert_eq!(create(json!({})).await.code(), (400, "E0000001"));
    assert_eq!(create(newcomer("no-address")).await.code(), (400, "E0000001"));
    let mut long = newcomer("i@acme.com");
    long["profile"]["firstName"] = json!("x".repeat(51));
    assert_eq!(create(long).await.cause(), "firstName: The field is too long");
    assert_eq!(create(json!({"profile": "Ines"})).await.code(), (400, "E0000003"));
    let mut crowd = newcomer("i@acme.com");
    crowd["groupIds"] = json!(vec!["00g"; 21]);
    assert_eq!(create(crowd).await.code(), (400, "E0000093"));
    let mut unknown = newcomer("i@acme.com");
    unknown["groupIds"] = json!(["00gnope"]);
    assert_eq!(create(unknown).await.code(), (404, "E0000007"));
    assert_eq!(fake.state.snapshot(), before);
}

#[tokio::test]
async fn body_that_is_not_declared_as_json_is_415() {
    let fake = Fake::new();
    let request = Request::post("/api/v1/users")
        .header(header::AUTHORIZATION, "SSWS sandbox-okta-token")
        .body(Body::from(newcomer("i@acme.com").to_string()))
        .unwrap();
    assert_eq!(fake.request(request).await.code(), (415, "E0000021"));
}

#[tokio::test]
async fn unenrolling_push_takes_the_rest_of_okta_verify_along() {
    let fake = Fake::new();
    let factors = ["push/OKTA", "token:software:totp/OKTA", "sms/OKTA", "token:software:totp/GOOGLE"];
    fake.apply(json!({"op": "set_factors", "user": "tom.okafor@acme.com", "factors": factors}));
    let listed = fake.get("/api/v1/users/tom.okafor@acme.com/factors").await;
    assert_eq!(listed.body[0]["factorType"], "push");
    let push = format!("/api/v1/users/tom.okafor@acme.com/factors/{}", listed.body[0]["id"].as_str().unwrap());
    assert_eq!(fake.get(&push).await.body["provider"], "OKTA");
    assert_eq!(fake.send("DELETE", &push, None).await.status, 204);
    assert_eq!(fake.user("tom.okafor@acme.com")["factors"], json!(["sms/OKTA", "token:software:totp/GOOGLE"]));
    assert_eq!(fake.send("DELETE", &push, None).await.code(), (404, "E0000007"));
}

#[tokio::test]
async fn factor_of_a_deactivated_user_cannot_be_unenrolled() {
    let fake = Fake::new();
    let id = fake.get("/api/v1/users/tom.okafor@acme.com/factors").await.body[0]["id"].as_str().unwrap().to_owned();
    fake.set_status("tom.okafor@acme.com", "DEPROVISIONED");
    let answer = fake.send("DELETE", &format!("/api/v1/users/tom.okafor@acme.com/factors/{id}"), None).await;
    assert_eq!(answer.code(), (403, "E0000038"));
}

#[tokio::test]
async fn sessions_are_cleared_with_204_however_often() {
    let fake = Fake::new();
    assert_eq!(fake.user("sarah.chen@acme.com")["sessions"], 2);
    for _ in 0..2 {
        assert_eq!(fake.send("DELETE", "/api/v1/users/sarah.chen@acme.com/sessions", None).await.status, 204);
    }
    assert_eq!(fake.user("sarah.chen@acme.com")["sessions"], 0);
    assert_eq!(fake.send("DELETE", "/api/v1/users/nobody@acme.com/sessions", None).await.code(), (404, "E0000007"));
}

#[tokio::test]
async fn roles_are_those_given_to_the_user() {
    let fake = Fake::new();
    assert_eq!(fake.get("/api/v1/users/lead@acme.com/roles").await.body, json!([]));
    fake.apply(json!({"op": "set_roles", "user": "lead@acme.com", "roles": ["SUPER_ADMIN"]}));
    assert_eq!(fake.get("/api/v1/users/lead@acme.com/roles").await.body[0]["type"], "SUPER_ADMIN");
}

#[tokio::test]
async fn empty_sandbox_has_nobody_but_still_its_groups() {
    let fake = Fake::with(|options| options.seed = Seed::Empty);
    assert_eq!(fake.get("/api/v1/users").await.body, json!([]));
    assert_eq!(fake.get("/api/v1/users/me").await.status, 200);
    assert_eq!(fake.get("/api/v1/groups?q=Every").await.body[0]["type"], "BUILT_IN");
}
