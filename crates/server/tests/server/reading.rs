//! Reading and managing: runs, runbooks, the ledger.

use countersign_testkit::builders::person;
use serde_json::{Value, json};

use crate::support::{LEAD_KEY, READER, SUBMITTER, World, ruling};

fn ids(page: &Value) -> Vec<String> {
    let runs = page["runs"].as_array().unwrap();
    runs.iter().map(|run| run["runId"].as_str().unwrap().to_owned()).collect()
}

async fn five_runs(world: &World) -> Vec<String> {
    let mut runs = Vec::new();
    for ticket in ["1", "2", "3", "4", "5"] {
        let body = format!(r#"{{"ticket":{{"ticketId":"{ticket}","subject":"mfa","description":"x"}}}}"#);
        runs.push(world.ingest(&body).await.ok()["runId"].as_str().unwrap().to_owned());
        world.clock.advance_seconds(60);
    }
    runs.reverse();
    runs
}

#[tokio::test]
async fn pages_hold_every_run_once_newest_first() {
    let world = World::new().await;
    let all = five_runs(&world).await;
    assert_eq!(ids(&world.get("/api/v1/runs", READER).await.ok()), all);
    let (mut seen, mut path) = (Vec::new(), "/api/v1/runs?limit=2".to_owned());
    loop {
        let page = world.get(&path, READER).await.ok();
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/runs?limit=2&cursor={next}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn runs_are_filtered() {
    let world = World::new().await;
    let all = five_runs(&world).await;
    let (awaiting, _) = world.awaiting("9", |_| {}).await;
    world.ingest(r#"{"ticket":{"ticketId":"10","subject":"lunch","description":"menu?"}}"#).await.ok();
    for (filter, count) in [
        ("status=awaiting_approval", 1),
        ("status=planning", 5),
        ("status=no_action", 1),
        ("status=failed", 0),
        ("intent=mfa_reset", 6),
        ("intent=group_membership", 0),
        ("desk=helpdesk", 7),
        ("desk=elsewhere", 0),
        ("from=2026-06-09T17:44:00Z&until=2026-06-09T17:46:00Z", 2),
        ("from=2026-06-09T19:44:00%2B02:00&status=planning", 3),
    ] {
        let page = world.get(&format!("/api/v1/runs?{filter}"), READER).await.ok();
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    assert_eq!(ids(&world.get("/api/v1/runs?status=awaiting_approval", READER).await.ok()), [awaiting.to_string()]);
    assert_eq!(all.len(), 5);
}

#[tokio::test]
async fn a_wrong_filter_is_refused_at_its_place() {
    let world = World::new().await;
    for (query, pointer) in [
        ("status=waiting", "/status"),
        ("status=", "/status"),
        ("intent=MFA", "/intent"),
        ("desk=Help%20Desk", "/desk"),
        ("from=yesterday", "/from"),
        ("until=2026-06-09", "/until"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=", "/cursor"),
        ("cursor=99.run_", "/cursor"),
        ("limit=-1", ""),
        ("limit=many", ""),
        ("limit=99999999999", ""),
        ("limit=1&limit=2", ""),
    ] {
        let reply = world.get(&format!("/api/v1/runs?{query}"), READER).await;
        assert_eq!(reply.pointers("invalid"), [pointer], "{query}");
    }
    let unknown = world.get("/api/v1/runs?status=waiting", READER).await;
    assert!(unknown.text.contains("awaiting_approval"), "{}", unknown.text);
}

#[tokio::test]
async fn a_wrong_query_without_a_key_learns_of_the_key_first() {
    let world = World::new().await;
    for path in ["/api/v1/runs?limit=many", "/api/v1/audit/entries?after=x"] {
        world.get(path, "csk_wrong").await.problem(401, "unauthorized");
        world.get(path, SUBMITTER).await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn a_run_is_shown_with_its_plan_its_effects_and_its_entries() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("4211", |_| {}).await;
    let shown = world.get(&format!("/api/v1/runs/{run}"), READER).await.ok();
    assert_eq!(shown["ticketId"], "4211");
    assert_eq!(shown["desk"], "helpdesk");
    assert_eq!(shown["plan"]["digest"], digest.to_string());
    assert_eq!(shown["plan"]["approvable"], true);
    assert_eq!(shown["plan"]["expiresAt"], "2026-06-10T17:42:11.310Z");
    assert_eq!(shown["plan"]["steps"][0]["action"], "reset_factors");
    let kinds: Vec<_> = shown["ledger"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds.first(), Some(&json!("run.received")));
    assert_eq!(kinds.last(), Some(&json!("plan.made")));
    assert!(
        shown["effects"].as_array().unwrap().iter().any(|effect| effect["notBefore"] == "2026-06-10T17:42:11.310Z")
    );
}

#[tokio::test]
async fn a_run_is_planned_again_or_given_up_where_its_state_allows_it() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let act = |act: &str| format!("/api/v1/runs/{run}/{act}");
    assert_eq!(world.post(&act("replan"), READER, "").await.ok()["status"], "planning");
    world.post(&act("replan"), READER, "").await.problem(409, "wrong-state");
    world.post(&act("decision"), LEAD_KEY, &ruling("approve", &digest, None)).await.problem(409, "wrong-state");
    assert_eq!(world.post(&act("cancel"), READER, "").await.ok()["status"], "cancelled");
    world.post(&act("cancel"), READER, "").await.problem(409, "wrong-state");
}

#[tokio::test]
async fn the_catalogue_names_each_parameters_type() {
    let world = World::new().await;
    let catalogue = world.get("/api/v1/runbooks", READER).await.ok();
    let runbooks = catalogue["runbooks"].as_array().unwrap();
    assert_eq!(runbooks.len(), 1);
    assert_eq!(runbooks[0]["id"], "RB-002");
    assert_eq!(runbooks[0]["params"][0]["kind"], "person");
    assert_eq!(runbooks[0]["steps"], json!([{ "system": "okta", "action": "reset_factors" }]));
}

/// A key that starts runs, bound to whoever asks.
const STARTER: &str = "csk_starter";

#[tokio::test]
async fn whoever_is_nobody_starts_nothing() {
    let world = World::new().await;
    let body = r#"{"target":{"email":"sarah.chen@acme.com"}}"#;
    let refused = world.post("/api/v1/runbooks/RB-002/runs", READER, body).await.problem(422, "invalid");
    assert!(refused["detail"].as_str().unwrap().contains("--person"));
}

#[tokio::test]
async fn a_run_is_started_without_a_ticket() {
    let world = World::new().await;
    world.key(STARTER, &["runbook:execute"], |key| key.person = Some(person("mail:rob@acme.com"))).await;
    let body = r#"{"target":{"email":"sarah.chen@acme.com"}}"#;
    let started = world.post("/api/v1/runbooks/RB-002/runs", STARTER, body).await.ok();
    assert_eq!(started["status"], "planning");
    assert_eq!(started["desk"], Value::Null);
    assert_eq!(started["runbook"], "RB-002");
    assert_eq!(world.wakeup.rung(), 1);
    let other = world.post("/api/v1/runbooks/RB-002/runs", STARTER, body).await.ok();
    assert_ne!(started["runId"], other["runId"]);
}

#[tokio::test]
async fn a_start_with_wrong_values_is_refused_at_its_place() {
    let world = World::new().await;
    world.key(STARTER, &["runbook:execute"], |key| key.person = Some(person("mail:rob@acme.com"))).await;
    for (path, body, pointer) in [
        ("RB-999", "{}", "/id"),
        ("RB-002", r#"{"action":"replace"}"#, "/action"),
        ("RB-002", r#"{"target":"sarah"}"#, ""),
        ("RB-002", r#"{"target":{"mail":"s@acme.com"}}"#, ""),
        ("RB-002", r#"{"approved":true}"#, ""),
        ("RB-002", r#"{"newHire":{"groups":"all"}}"#, ""),
        ("RB-002", "", ""),
    ] {
        let reply = world.post(&format!("/api/v1/runbooks/{path}/runs"), STARTER, body).await;
        assert_eq!(reply.pointers("invalid"), [pointer], "{body}");
    }
    world.post("/api/v1/runbooks/RB%20002/runs", STARTER, "{}").await.problem(404, "not-found");
    assert_eq!(world.wakeup.rung(), 0);
}

#[tokio::test]
async fn the_ledger_is_read_page_by_page() {
    let world = World::new().await;
    let (run, _) = world.awaiting("1", |_| {}).await;
    let whole = world.get("/api/v1/audit/entries", READER).await.ok();
    let entries = whole["entries"].as_array().unwrap();
    assert_eq!(whole["next"], Value::Null);
    assert_eq!(whole["head"]["hash"], entries.last().unwrap()["hash"]);
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(entry["seq"], place + 1);
        assert_eq!(entry["runId"], run.to_string());
        assert_eq!(entry["erased"], false);
        assert!(entry["body"].is_object(), "{entry}");
        if place > 0 {
            assert_eq!(entry["previous"], entries[place - 1]["hash"]);
        }
    }
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = world.get(&format!("/api/v1/audit/entries?limit=2&after={after}"), READER).await.ok();
        seen.extend(page["entries"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_u64() else { break };
        after = next;
    }
    assert_eq!(&seen, entries);
    let beyond = world.get("/api/v1/audit/entries?after=18446744073709551615", READER).await.ok();
    assert_eq!(beyond["entries"], json!([]));
}

#[tokio::test]
async fn a_wrong_page_of_the_ledger_is_refused() {
    let world = World::new().await;
    for (query, pointer) in [("limit=0", "/limit"), ("limit=501", "/limit"), ("after=-1", ""), ("after=x", "")] {
        let reply = world.get(&format!("/api/v1/audit/entries?{query}"), READER).await;
        assert_eq!(reply.pointers("invalid"), [pointer], "{query}");
    }
}
