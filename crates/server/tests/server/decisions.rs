//! Decisions through the API.

use countersign_domain::{
    digest::Digest,
    ids::RunId,
    plan::{BlockCode, Blocker},
    ports::Queries,
};
use countersign_testkit::builders::{digest, mail, org_id, person};
use http::{Method, Request};
use serde_json::Value;

use crate::support::{LEAD_KEY, READER, Reply, World, ruling};

async fn decide(world: &World, run: &RunId, key: &str, body: &str) -> Reply {
    world.post(&format!("/api/v1/runs/{run}/decision"), key, body).await
}

async fn state(world: &World, run: &RunId) -> String {
    let run = world.store.run(&org_id(), run).await.unwrap().unwrap();
    run.state.name().to_string()
}

#[tokio::test]
async fn an_approval_is_taken_and_shown() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let shown = decide(&world, &run, LEAD_KEY, &ruling("approve", &digest, None)).await.ok();
    assert_eq!(shown["runId"], run.to_string());
    assert_eq!(shown["status"], "executing");
    assert_eq!(shown["decision"]["decision"], "approve");
    assert_eq!(shown["decision"]["by"], "mail:lead@acme.com");
    assert_eq!(shown["decision"]["at"], "2026-06-09T17:42:11.310Z");
    assert_eq!(shown["decision"]["planDigest"], digest.to_string());
    assert_eq!(shown["decision"]["reason"], Value::Null);
    assert_eq!(state(&world, &run).await, "executing");
}

#[tokio::test]
async fn a_denial_keeps_a_reason_of_the_list_or_ones_own_words() {
    for (sent, reason, words) in [
        (None, "other", None),
        (Some("wrong_person"), "wrong_person", None),
        (Some("not_authorised"), "not_authorised", None),
        (Some("She left last week."), "other", Some("She left last week.")),
        (Some("wrong person"), "other", Some("wrong person")),
    ] {
        let world = World::new().await;
        let (run, digest) = world.awaiting("1", |_| {}).await;
        let shown = decide(&world, &run, LEAD_KEY, &ruling("deny", &digest, sent)).await.ok();
        assert_eq!(shown["status"], "denied");
        assert_eq!(shown["decision"]["decision"], "deny");
        assert_eq!(shown["decision"]["reason"], reason);
        assert_eq!(shown["decision"]["words"].as_str(), words);
    }
}

#[tokio::test]
async fn a_stale_digest_is_refused() {
    let world = World::new().await;
    let (run, _) = world.awaiting("1", |_| {}).await;
    let problem = decide(&world, &run, LEAD_KEY, &ruling("approve", &digest(7), None)).await.problem(409, "other-plan");
    assert!(problem["detail"].as_str().unwrap().contains("fetch the run again"), "{problem}");
    assert_eq!(state(&world, &run).await, "awaiting_approval");
}

#[tokio::test]
async fn the_digest_of_another_run_is_refused() {
    let world = World::new().await;
    let (run, _) = world.awaiting("1", |_| {}).await;
    let (_, other) = world.awaiting("2", |_| {}).await;
    decide(&world, &run, LEAD_KEY, &ruling("approve", &other, None)).await.problem(409, "other-plan");
}

#[tokio::test]
async fn the_second_decision_learns_who_was_first() {
    let world = World::new().await;
    world.key("csk_second", &["run:decide"], |row| row.person = Some(person("mail:second@acme.com"))).await;
    for (ticket, first, word) in [("1", "approve", "approved"), ("2", "deny", "denied")] {
        let (run, digest) = world.awaiting(ticket, |_| {}).await;
        decide(&world, &run, LEAD_KEY, &ruling(first, &digest, None)).await.ok();
        for (key, late) in [("csk_second", "approve"), ("csk_second", "deny"), (LEAD_KEY, first)] {
            let reply = decide(&world, &run, key, &ruling(late, &digest, None)).await;
            let problem = reply.problem(409, "already-decided");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(word) && detail.contains("mail:lead@acme.com"), "{detail}");
        }
    }
}

#[tokio::test]
async fn of_two_decisions_at_once_one_is_taken() {
    let world = World::new().await;
    world.key("csk_second", &["run:decide"], |row| row.person = Some(person("mail:second@acme.com"))).await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let (approve, deny) = (ruling("approve", &digest, None), ruling("deny", &digest, None));
    let (one, other) =
        tokio::join!(decide(&world, &run, LEAD_KEY, &approve), decide(&world, &run, "csk_second", &deny));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}

#[tokio::test]
async fn whoever_is_not_entitled_is_refused() {
    let world = World::new().await;
    for (ticket, by, says) in
        [("1", "mail:outsider@acme.com", "not on the list"), ("2", "mail:rob@acme.com", "asked for")]
    {
        let key = format!("csk_{by}");
        world.key(&key, &["run:decide"], |row| row.person = Some(person(by))).await;
        let (run, digest) = world.awaiting(ticket, |_| {}).await;
        let problem = decide(&world, &run, &key, &ruling("approve", &digest, None)).await.problem(403, "not-entitled");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
        assert_eq!(state(&world, &run).await, "awaiting_approval");
    }
}

#[tokio::test]
async fn the_person_a_plan_is_about_cannot_approve_it() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |plan| plan.target_mails.push(mail("lead@acme.com"))).await;
    decide(&world, &run, LEAD_KEY, &ruling("approve", &digest, None)).await.problem(403, "not-entitled");
}

#[tokio::test]
async fn a_blocked_plan_cannot_be_approved_and_can_be_denied() {
    let world = World::new().await;
    let blocked = |plan: &mut countersign_domain::plan::Plan| {
        plan.blockers = vec![Blocker::new(BlockCode::UnknownTarget, "Nobody is called that.", "Say who.")];
    };
    let (run, digest) = world.awaiting("1", blocked).await;
    let problem = decide(&world, &run, LEAD_KEY, &ruling("approve", &digest, None)).await.problem(409, "plan-blocked");
    assert!(problem["detail"].as_str().unwrap().contains("Nobody is called that"), "{problem}");
    assert_eq!(decide(&world, &run, LEAD_KEY, &ruling("deny", &digest, None)).await.ok()["status"], "denied");
}

#[tokio::test]
async fn an_expired_plan_cannot_be_decided() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    world.clock.advance_seconds(24 * 3_600);
    for decision in ["approve", "deny"] {
        decide(&world, &run, LEAD_KEY, &ruling(decision, &digest, None)).await.problem(409, "expired");
    }
}

#[tokio::test]
async fn a_run_without_a_plan_cannot_be_decided() {
    let world = World::new().await;
    let answer = world.ingest(r#"{"ticket_id":"4211"}"#).await.ok();
    let run: RunId = answer["runId"].as_str().unwrap().parse().unwrap();
    decide(&world, &run, LEAD_KEY, &ruling("approve", &digest(1), None)).await.problem(409, "wrong-state");
}

#[tokio::test]
async fn unknown_runs_and_malformed_ids_are_not_found() {
    let world = World::new().await;
    let body = ruling("approve", &digest(1), None);
    for id in [
        "run_00000000000000000000000777",
        "run_",
        "7",
        "RUN_00000000000000000000000001",
        "eff_00000000000000000000000001",
        "run_0000000000000000000000000%2F",
        "run_%00",
        "%27%20OR%201%3D1",
    ] {
        world.post(&format!("/api/v1/runs/{id}/decision"), LEAD_KEY, &body).await.problem(404, "not-found");
        world.get(&format!("/api/v1/runs/{id}"), READER).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    for kind in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), Some("")]
    {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/v1/runs/{run}/decision"))
            .header("x-api-key", LEAD_KEY);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let reply = world.send(request.body(ruling("approve", &digest, None).into()).unwrap()).await;
        let problem = reply.problem(415, "content-type");
        assert!(problem["detail"].as_str().unwrap().contains("application/json"), "{problem}");
    }
    assert_eq!(state(&world, &run).await, "awaiting_approval");
}

#[tokio::test]
async fn a_content_type_with_parameters_is_taken() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let request = Request::post(format!("/api/v1/runs/{run}/decision"))
        .header("x-api-key", LEAD_KEY)
        .header("content-type", "Application/JSON; charset=utf-8");
    world.send(request.body(ruling("deny", &digest, None).into()).unwrap()).await.ok();
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused_and_says_where() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let good: Digest = digest;
    let deep = "[".repeat(100_000);
    let many =
        format!(r#"{{"decision":"approve","planDigest":"{good}","reason":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    for (body, says) in [
        (String::new(), "line 1"),
        ("{".to_owned(), "line 1"),
        ("null".to_owned(), "invalid type"),
        ("[]".to_owned(), "invalid"),
        ("{}".to_owned(), "missing field `decision`"),
        (r#"{"decision":"approve"}"#.to_owned(), "missing field `planDigest`"),
        (format!(r#"{{"decision":"maybe","planDigest":"{good}"}}"#), "expected `approve` or `deny`"),
        (format!(r#"{{"decision":true,"planDigest":"{good}"}}"#), "line 1"),
        (r#"{"decision":"approve","planDigest":7}"#.to_owned(), "invalid type: integer"),
        (format!(r#"{{"decision":"approve","planDigest":"{good}","reason":[]}}"#), "line 1"),
        (
            format!(r#"{{"decision":"approve","planDigest":"{good}","plan_version":1}}"#),
            "unknown field `plan_version`, expected one of `decision`, `planDigest`, `reason`",
        ),
        (format!(r#"{{"decision":"approve","decision":"deny","planDigest":"{good}"}}"#), "duplicate field"),
        (format!(r#"{{"decision":"approve","planDigest":"{good}"}} x"#), "trailing"),
        (deep, "line 1, column 2: expected value"),
        (many, "line 1"),
    ] {
        let reply = decide(&world, &run, LEAD_KEY, &body).await;
        assert_eq!(reply.pointers("invalid"), [""], "{body:.80}");
        assert!(reply.problem(422, "invalid")["detail"].as_str().unwrap().contains(says), "{body:.80}: {}", reply.text);
        assert!(reply.text.len() < 2_000, "{body:.80}");
    }
    assert_eq!(state(&world, &run).await, "awaiting_approval");
}

#[tokio::test]
async fn a_digest_that_is_none_is_refused_at_its_place() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let digest = digest.to_string();
    for bad in [
        "",
        "x",
        &digest[..63],
        &digest.to_uppercase().replace(|letter: char| letter.is_ascii_digit(), "A"),
        &format!("{digest}0"),
        &"\u{e9}".repeat(32),
    ] {
        let body = serde_json::json!({ "decision": "approve", "planDigest": bad }).to_string();
        assert_eq!(decide(&world, &run, LEAD_KEY, &body).await.pointers("invalid"), ["/planDigest"], "{bad}");
    }
}

#[tokio::test]
async fn a_reason_is_at_most_500_characters() {
    let world = World::new().await;
    let (run, digest) = world.awaiting("1", |_| {}).await;
    let long = ruling("deny", &digest, Some(&"\u{fc}".repeat(501)));
    assert_eq!(decide(&world, &run, LEAD_KEY, &long).await.pointers("invalid"), ["/reason"]);
    let most = "\u{fc}".repeat(500);
    let shown = decide(&world, &run, LEAD_KEY, &ruling("deny", &digest, Some(&most))).await.ok();
    assert_eq!(shown["decision"]["words"], most);
}
