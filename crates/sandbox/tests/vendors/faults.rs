//! Each scripted fault does what it says, and the counters tell what arrived.

use std::time::Duration;

use crate::common::{stand, with_json};
use serde_json::{Value, json};

async fn notes_after(fault: &str) -> (Result<crate::common::Reply, reqwest::Error>, u64) {
    let stand = stand(|_| {}).await;
    let id = stand.ticket().await;
    let script = json!({"vendor": "freshservice", "match": "POST /api/v2/tickets/*/notes", "do": fault});
    assert_eq!(stand.control("faults", &script).await.status, 200);
    let request = with_json(stand.desk("POST", &format!("/tickets/{id}/notes")), &json!({"body": "x"}));
    let reply = stand.try_send(request.timeout(Duration::from_secs(5))).await;
    let notes = stand.sandbox.state()["freshservice"]["notes"].as_u64().expect("a number");
    (reply, notes)
}

#[tokio::test]
async fn status_refuses_without_applying() {
    let (reply, notes) = notes_after("status:503").await;
    assert_eq!((reply.unwrap().status, notes), (503, 0));
}

#[tokio::test]
async fn applied_status_applies_and_then_answers_so() {
    let (reply, notes) = notes_after("applied_status:502").await;
    assert_eq!((reply.unwrap().status, notes), (502, 1));
}

#[tokio::test]
async fn too_many_names_the_seconds_to_wait() {
    let (reply, notes) = notes_after("429:retry-after=7").await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.header("retry-after"), notes), (429, "7", 0));
}

#[tokio::test]
async fn cut_applies_the_request_and_closes_without_an_answer() {
    let (reply, notes) = notes_after("cut").await;
    assert!(reply.is_err_and(|error| error.is_request() && !error.is_timeout()));
    assert_eq!(notes, 1);
}

#[tokio::test]
async fn cut_before_closes_without_applying() {
    let (reply, notes) = notes_after("cut_before").await;
    assert!(reply.is_err_and(|error| error.is_request() && !error.is_timeout()));
    assert_eq!(notes, 0);
}

#[tokio::test]
async fn body_replaces_the_answer_of_an_applied_request() {
    let (reply, notes) = notes_after("body:<html>gateway</html>").await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.text.as_str(), notes), (201, "<html>gateway</html>", 1));
}

#[tokio::test]
async fn hang_is_never_answered() {
    for (fault, applied) in [("hang", 0), ("hang_applied", 1)] {
        let stand = stand(|_| {}).await;
        let id = stand.ticket().await;
        let script = json!({"vendor": "freshservice", "match": "POST /**", "do": fault});
        stand.control("faults", &script).await;
        let request = with_json(stand.desk("POST", &format!("/tickets/{id}/notes")), &json!({"body": "x"}));
        let error = stand.try_send(request.timeout(Duration::from_millis(300))).await.err().unwrap();
        assert!(error.is_timeout());
        assert_eq!(stand.sandbox.state()["freshservice"]["notes"], applied);
    }
}

#[tokio::test]
async fn fault_strikes_its_times_and_then_all_is_well() {
    let stand = stand(|_| {}).await;
    let script = json!({"vendor": "slack", "match": "POST /api/auth.test", "times": 1, "do": "status:500"});
    stand.control("faults", &script).await;
    let call = || stand.send(stand.slack("auth.test", &json!({})));
    assert_eq!(call().await.status, 500);
    assert_eq!(call().await.json()["ok"], true);
}

#[tokio::test]
async fn cleared_faults_strike_no_more_and_bad_ones_are_refused() {
    let stand = stand(|_| {}).await;
    let script = json!({"vendor": "slack", "match": "* /**", "always": true, "do": "status:500"});
    stand.control("faults", &script).await;
    assert_eq!(stand.send(stand.slack("auth.test", &json!({}))).await.status, 500);
    stand.send(stand.http.delete(stand.url("/_control/faults"))).await;
    assert_eq!(stand.send(stand.slack("auth.test", &json!({}))).await.status, 200);
    let bad = stand.control("faults", &json!({"vendor": "slack", "match": "* /**", "do": "explode"})).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn okta_over_the_limit_names_the_moment_of_the_reset() {
    let stand = stand(|_| {}).await;
    let script = json!({"vendor": "okta", "match": "GET /api/v1/users/*", "do": "429:retry-after=9"});
    stand.control("faults", &script).await;
    let token = format!("SSWS {}", stand.sandbox.credentials().okta_api_token);
    let request = stand.http.get(stand.url("/okta/api/v1/users/sarah.chen@acme.com")).header("authorization", token);
    let reply = stand.send(request).await;
    assert_eq!((reply.status, reply.header("x-rate-limit-reset")), (429, "1781026940"));
    assert_eq!(reply.json()["errorCode"], "E0000047");
}

#[tokio::test]
async fn reads_are_no_writes_and_writes_are_counted_by_route() {
    let stand = stand(|_| {}).await;
    let id = stand.ticket().await;
    stand.send(stand.desk("GET", &format!("/tickets/{id}"))).await;
    stand.send(stand.slack_get("users.info", "user=U0BOT")).await;
    assert_eq!(stand.sandbox.writes(), 0);
    stand.send(with_json(stand.desk("POST", &format!("/tickets/{id}/notes")), &json!({"body": "x"}))).await;
    assert_eq!(stand.sandbox.writes(), 1);
    let report = stand.look("/_control/requests").await;
    let row = |route: &str| -> Value {
        report["routes"].as_array().unwrap().iter().find(|row| row["route"] == route).cloned().unwrap()
    };
    let note = row("/api/v2/tickets/{id}/notes");
    assert_eq!((&note["write"], &note["count"], &note["succeeded"]), (&json!(true), &json!(1), &json!(1)));
    assert_eq!(row("/api/users.info")["write"], false);
    stand.sandbox.reset_requests();
    assert_eq!(stand.look("/_control/requests").await["total"], 0);
}

#[tokio::test]
async fn clock_of_each_vendor_can_be_put_off() {
    let stand = stand(|_| {}).await;
    assert_eq!(stand.control("clock", &json!({"vendor": "slack", "seconds": 400})).await.status, 200);
    let slack = || stand.send(stand.slack("auth.test", &json!({})));
    assert_eq!(slack().await.header("date"), "Tue, 09 Jun 2026 17:48:51 GMT");
    let machine = stand.send(stand.desk("GET", "/tickets")).await;
    assert!(!machine.header("date").is_empty() && !machine.header("date").contains("Jun 2026"), "the machine's own");
    stand.control("clock", &json!({"seconds": -60})).await;
    assert_eq!(stand.look("/_control/clock").await["clocks"].as_object().expect("clocks").len(), 5);
    for vendor in ["freshservice/api/v2/tickets", "slack/api/auth.test", "okta/api/v1/users", "graph/v1.0/users"] {
        let refused = stand.send(stand.http.get(stand.url(&format!("/{vendor}")))).await;
        assert_eq!(refused.header("date"), "Tue, 09 Jun 2026 17:41:11 GMT", "{vendor}");
    }
    stand.control("clock", &json!({})).await;
    assert!(!slack().await.header("date").contains("Jun 2026"));
    assert_eq!(stand.control("clock", &json!({"vendor": "okta", "seconds": 40_000_000})).await.status, 400);
}
