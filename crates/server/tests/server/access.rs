//! The request log and what is counted of requests.

use axum::body::Body;
use countersign_domain::ports::StoreError;
use countersign_server::ClientAddress;
use http::{Method, Request};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::sync::Arc;

use crate::support::{READER, World, log::Log, with_key};

const RUN: &str = "run_00000000000000000000000042";

#[tokio::test]
async fn a_request_leaves_one_line_that_names_its_route_and_none_of_its_ids() {
    let world = World::new().await;
    let key = world.key("csk_known", &["run:read"], |_| {}).await;
    let log = Log::at("debug");
    let mut request =
        with_key(Method::GET, &format!("/api/v1/runs/{RUN}?token=hunter2"), "csk_known", "a ticket's text");
    request.headers_mut().insert("x-request-id", "trace-7".parse().unwrap());
    request.headers_mut().insert("user-agent", "a-telling-agent".parse().unwrap());
    request.extensions_mut().insert(ClientAddress("198.51.100.1".parse().unwrap()));
    world.send(request).await.problem(404, "not-found");
    let [line] = &log.access()[..] else { panic!("{}", log.text()) };
    let fields = &line["fields"];
    assert_eq!((&line["level"], &fields["message"]), (&"INFO".into(), &"answered".into()));
    assert_eq!((&fields["method"], &fields["route"]), (&"GET".into(), &"/api/v1/runs/{id}".into()));
    assert_eq!((&fields["status"], &fields["client"]), (&404.into(), &"198.51.100.1".into()));
    assert!(fields["ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{line}");
    assert_eq!((&line["span"]["request_id"], &line["span"]["key"]), (&"trace-7".into(), &key.to_string().into()));
    for private in [RUN, "hunter2", "csk_known", "a ticket's text", "a-telling-agent"] {
        assert!(!log.text().contains(private), "{private}: {}", log.text());
    }
}

#[tokio::test]
async fn an_id_of_our_own_is_the_answers_as_well() {
    let world = World::new().await;
    let log = Log::at("info");
    let mut request = with_key(Method::GET, "/api/v1/runs", READER, "");
    request.headers_mut().insert("x-request-id", "{{7*7}}".parse().unwrap());
    let id = world.send(request).await.header("x-request-id").to_owned();
    assert_eq!(log.access()[0]["span"]["request_id"], id);
    assert!(!log.text().contains("7*7"));
}

#[tokio::test]
async fn what_nobody_serves_is_unmatched_and_its_path_and_method_are_not_repeated() {
    let world = World::new().await;
    let log = Log::at("debug");
    for (method, path) in [("GET", "/hunter2/x"), ("HUNTER2", "/healthz"), ("HUNTER2", "/hunter2")] {
        world.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
    }
    let lines = log.access();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| ["method", "route"].map(|field| line["fields"][field].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(seen, [["GET", "unmatched"], ["other", "/healthz"], ["other", "unmatched"]]);
    let said = log.text().to_lowercase();
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn probes_are_logged_for_debugging_alone() {
    let world = World::new().await;
    for (level, expected) in [("info", 0), ("debug", 3)] {
        let log = Log::at(level);
        for path in ["/healthz", "/readyz", "/metrics"] {
            world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        }
        assert_eq!(log.access().len(), expected, "{}", log.text());
    }
}

#[tokio::test]
async fn a_line_written_on_the_way_carries_the_requests_id_at_every_level() {
    let world = World::new().await;
    world.outage.begin(StoreError::Unavailable("the disk is full".to_owned()));
    for level in ["error", "debug"] {
        let log = Log::at(level);
        let request = Request::get("/readyz").header("x-request-id", "trace-8").body(Body::empty()).unwrap();
        world.send(request).await.problem(503, "unavailable");
        let lines = log.lines();
        let failure = lines.iter().find(|line| line["fields"]["why"] == "the disk is full").expect("it was logged");
        assert_eq!(failure["span"]["request_id"], "trace-8");
    }
}

#[tokio::test]
async fn a_request_whose_peer_went_away_leaves_a_line_too() {
    let world = Arc::new(World::new().await);
    let log = Log::at("info");
    world.key("csk_fresh", &["run:read"], |_| {}).await;
    let gate = world.outage.hold_next_keys();
    let asking = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.get("/api/v1/runs", "csk_fresh").await }
    });
    gate.reached.notified().await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    assert_eq!(log.access()[0]["fields"]["status"], 499);
    assert_eq!(log.access()[0]["fields"]["route"], "/api/v1/runs");
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status() {
    let world = World::new().await;
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    world.get(&format!("/api/v1/runs/{RUN}"), READER).await;
    for _ in 0..2 {
        world.get("/api/v1/runs", READER).await.ok();
    }
    world.get("/hunter2", READER).await;
    let rendered = recorder.handle().render();
    for (metric, labels, value) in [
        ("requests_total", &[r#"route="/api/v1/runs/{id}""#, r#"method="GET""#, r#"status="404""#][..], "1"),
        ("requests_total", &[r#"route="/api/v1/runs""#, r#"method="GET""#, r#"status="200""#][..], "2"),
        ("requests_total", &[r#"route="unmatched""#, r#"method="GET""#, r#"status="404""#][..], "1"),
        ("request_seconds_count", &[r#"route="/api/v1/runs""#][..], "2"),
        ("request_seconds_count", &[r#"route="unmatched""#][..], "1"),
    ] {
        let name = format!("countersign_http_{metric}{{");
        let found = rendered.lines().find(|line| {
            line.starts_with(&name)
                && labels.iter().all(|label| line.contains(label))
                && line.ends_with(&format!(" {value}"))
        });
        assert!(found.is_some(), "{metric} {labels:?} {value}:\n{rendered}");
    }
    assert!(!rendered.contains(RUN) && !rendered.contains("hunter2"), "{rendered}");
}
