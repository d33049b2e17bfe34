//! Keys: who is let in, how a key is sent, what it may do, and when it stops.

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_domain::digest::Digest;
use countersign_testkit::builders::person;
use http::{Method, Request};
use std::sync::Arc;
use tokio::task::yield_now;

use crate::support::{LEAD_KEY, READER, Reply, STRANGER, SUBMITTER, World, ruling, with_key};

const RUN: &str = "run_00000000000000000000000001";

/// Every route that takes a key, with the scope it wants.
const ROUTES: [(&str, &str, &str); 9] = [
    ("POST", "/api/v1/tickets/ingest", "ticket:ingest"),
    ("GET", "/api/v1/runs", "run:read"),
    ("GET", "/api/v1/runs/run_00000000000000000000000001", "run:read"),
    ("POST", "/api/v1/runs/run_00000000000000000000000001/decision", "run:decide"),
    ("POST", "/api/v1/runs/run_00000000000000000000000001/replan", "run:manage"),
    ("POST", "/api/v1/runs/run_00000000000000000000000001/cancel", "run:manage"),
    ("GET", "/api/v1/runbooks", "catalog:read"),
    ("POST", "/api/v1/runbooks/RB-002/runs", "runbook:execute"),
    ("GET", "/api/v1/audit/entries", "audit:read"),
];

async fn ask(world: &World, (method, path, _): (&str, &str, &str), key: &str) -> Reply {
    world.send(with_key(method.parse::<Method>().unwrap(), path, key, r#"{"ticket_id":"1"}"#)).await
}

async fn with_headers(world: &World, headers: &[(&str, &str)]) -> Reply {
    let request =
        headers.iter().fold(Request::get("/api/v1/runs"), |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_route_refuses_a_missing_and_an_unknown_key() {
    let world = World::new().await;
    for route @ (method, path, _) in ROUTES {
        let bare = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        for reply in [world.send(bare).await, ask(&world, route, "csk_wrong").await, ask(&world, route, "").await] {
            reply.problem(401, "unauthorized");
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{path}");
        }
    }
}

#[tokio::test]
async fn every_route_refuses_a_key_without_its_scope_and_names_it() {
    let world = World::new().await;
    let all = countersign_app::scope::Scope::ALL.map(|scope| scope.as_str());
    for route @ (_, path, scope) in ROUTES {
        let key = format!("csk_without_{path}");
        let others: Vec<_> = all.iter().copied().filter(|known| *known != scope).collect();
        world.key(&key, &others, |row| row.person = Some(person("mail:lead@acme.com"))).await;
        let problem = ask(&world, route, &key).await.problem(403, "forbidden");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("lacks the scope {scope};")), "{problem}");
    }
}

#[tokio::test]
async fn a_key_that_submits_tickets_can_do_nothing_else() {
    let world = World::new().await;
    for route @ (_, path, scope) in ROUTES {
        let reply = ask(&world, route, SUBMITTER).await;
        if scope == "ticket:ingest" {
            reply.ok();
        } else {
            reply.problem(403, "forbidden");
            assert!(reply.text.contains(scope), "{path}");
        }
    }
}

#[tokio::test]
async fn a_key_is_taken_from_each_of_its_places() {
    let world = World::new().await;
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    for (name, value) in [
        ("authorization", format!("Bearer {READER}")),
        ("authorization", format!("bearer   {READER} ")),
        ("x-api-key", READER.to_owned()),
        ("authorization", basic(&format!("{READER}:x"))),
        ("authorization", basic(&format!("{READER}:"))),
        ("authorization", basic(READER)),
        ("authorization", basic(&format!("{READER}:a:b")).replace("Basic", "bAsIc")),
    ] {
        with_headers(&world, &[(name, &value)]).await.ok();
    }
}

#[tokio::test]
async fn a_key_in_any_other_form_is_refused() {
    let world = World::new().await;
    let password = format!("Basic {}", STANDARD.encode(format!("x:{READER}")));
    let hash = Digest::of(READER.as_bytes()).to_string();
    for value in [
        READER,
        "Bearer",
        "Bearer ",
        "Basic !!!",
        "Basic /////w==",
        &password,
        &format!("Digest {READER}"),
        &format!("Bearer{READER}"),
        &format!("Bearer {READER} x"),
        &format!("Bearer {}", READER.to_uppercase()),
        &format!("Bearer {hash}"),
    ] {
        with_headers(&world, &[("authorization", value)]).await.problem(401, "unauthorized");
    }
    let path = format!("/api/v1/runs?key={READER}&access_token={READER}");
    world.send(Request::get(path).body(Body::empty()).unwrap()).await.problem(401, "unauthorized");
    let request = Request::get("/api/v1/runs").header("authorization", &b"Bearer \xff\xfe"[..]);
    world.send(request.body(Body::empty()).unwrap()).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_refusal_never_repeats_the_key() {
    let world = World::new().await;
    assert!(!ask(&world, ROUTES[1], "csk_nearly_right").await.text.contains("csk_nearly_right"));
    assert!(!ask(&world, ROUTES[1], SUBMITTER).await.text.contains(SUBMITTER));
}

#[tokio::test]
async fn a_key_stops_at_the_moment_it_expires() {
    let world = World::new().await;
    world.key("csk_brief", &["run:read"], |row| row.expires_at = Some(row.created_at.plus_seconds(60))).await;
    world.clock.advance_seconds(59);
    ask(&world, ROUTES[1], "csk_brief").await.ok();
    world.clock.advance_seconds(1);
    let problem = ask(&world, ROUTES[1], "csk_brief").await.problem(401, "unauthorized");
    assert!(problem["detail"].as_str().unwrap().contains("expired"));
}

#[tokio::test]
async fn a_revoked_key_is_refused_on_the_very_next_request() {
    let world = World::new().await;
    for route @ (_, path, scope) in ROUTES {
        let key = format!("csk_for_{path}");
        let id = world.key(&key, &[scope], |row| row.person = Some(person("mail:lead@acme.com"))).await;
        assert_ne!(ask(&world, route, &key).await.status, 401, "{path}");
        world.revoke(id).await;
        ask(&world, route, &key).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_key_made_meanwhile_works_at_once() {
    let world = World::new().await;
    ask(&world, ROUTES[0], "csk_fresh").await.problem(401, "unauthorized");
    world.key("csk_fresh", &["ticket:ingest"], |_| {}).await;
    ask(&world, ROUTES[0], "csk_fresh").await.ok();
}

#[tokio::test]
async fn a_slow_reader_of_the_keys_does_not_bring_a_revoked_one_back() {
    let world = Arc::new(World::new().await);
    let id = world.key("csk_doomed", &["run:read"], |_| {}).await;
    let request = |world: &Arc<World>| {
        let world = Arc::clone(world);
        tokio::spawn(async move { ask(&world, ROUTES[1], "csk_doomed").await })
    };
    let gate = world.outage.hold_next_keys();
    let slow = request(&world);
    gate.reached.notified().await;
    world.revoke(id).await;
    let later = request(&world);
    for _ in 0..20 {
        yield_now().await;
    }
    gate.open.notify_one();
    slow.await.unwrap();
    later.await.unwrap().problem(401, "unauthorized");
    ask(&world, ROUTES[1], "csk_doomed").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_key_bound_to_nobody_cannot_decide() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    world.key("csk_nobody", &["run:decide"], |_| {}).await;
    let path = format!("/api/v1/runs/{run}/decision");
    let problem = world.post(&path, "csk_nobody", &ruling("approve", &digest, None)).await.problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("bound to no person"));
}

#[tokio::test]
async fn a_key_that_may_start_runs_cannot_decide_them() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let lead = Some(person("mail:lead@acme.com"));
    world.key("csk_both", &["run:decide", "runbook:execute"], |row| row.person = lead).await;
    let path = format!("/api/v1/runs/{run}/decision");
    world.post(&path, "csk_both", &ruling("approve", &digest, None)).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_key_of_another_organisation_sees_and_does_nothing() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    world
        .key("csk_spy", &["run:decide"], |row| {
            row.org = crate::support::globex();
            row.person = Some(person("mail:lead@acme.com"));
        })
        .await;
    world.get(&format!("/api/v1/runs/{run}"), STRANGER).await.problem(404, "not-found");
    for act in ["replan", "cancel"] {
        world.post(&format!("/api/v1/runs/{run}/{act}"), STRANGER, "").await.problem(404, "not-found");
    }
    let decision = format!("/api/v1/runs/{run}/decision");
    world.post(&decision, "csk_spy", &ruling("approve", &digest, None)).await.problem(404, "not-found");
    assert_eq!(world.get("/api/v1/runs", STRANGER).await.ok()["runs"], serde_json::json!([]));
    assert_eq!(world.get("/api/v1/audit/entries", STRANGER).await.ok()["entries"], serde_json::json!([]));
    assert_eq!(world.get(&format!("/api/v1/runs/{run}"), READER).await.ok()["status"], "awaiting_approval");
}

#[tokio::test]
async fn a_bound_key_reads_no_more_than_its_scopes() {
    let world = World::new().await;
    world.get(&format!("/api/v1/runs/{RUN}"), LEAD_KEY).await.problem(403, "forbidden");
}
