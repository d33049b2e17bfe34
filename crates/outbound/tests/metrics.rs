//! What is counted of vendor calls. A label never holds an id or a secret.

mod support;

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::get};
use countersign_outbound::{Call, Factory, FactoryOptions, Pace, Target};
use metrics_exporter_prometheus::PrometheusBuilder;
use support::{Raw, client, nobody, serve};

#[tokio::test]
async fn every_call_is_counted_by_its_outcome_and_timed() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let app = Router::new()
        .route("/users/00uSARAH", get(|| async { "ok" }))
        .route("/busy", get(|| async { StatusCode::TOO_MANY_REQUESTS }));
    let http = client(&serve(app).await, Pace::default());
    let call = || Call::get("/users/00uSARAH").template("/users/{id}");
    http.send(call()).await.expect("an answer");
    http.send(call()).await.expect("an answer");
    http.send(Call::post("/users/00uSARAH").template("/users/{id}")).await.expect("an answer");
    http.send(Call::get("/busy").template("/busy")).await.expect("an answer");
    let cut = Raw::answering(Vec::new()).await;
    client(&cut.origin, Pace::default()).send(call()).await.expect_err("an error");
    let silent = Raw::silent().await;
    let options = FactoryOptions { request_timeout: Duration::from_millis(100), ..FactoryOptions::default() };
    let target = Target { vendor: "okta", base_url: silent.origin.parse().expect("a URL"), pace: Pace::default() };
    let hasty = Factory::new(options).expect("a factory").client(target).expect("a client");
    hasty.send(call()).await.expect_err("an error");
    client(&nobody().await, Pace::default()).send(call()).await.expect_err("an error");
    let shown = recorder.handle().render();
    for (method, template, status, count) in [
        ("GET", "/users/{id}", "200", 2),
        ("POST", "/users/{id}", "405", 1),
        ("GET", "/busy", "429", 1),
        ("GET", "/users/{id}", "ambiguous", 2),
        ("GET", "/users/{id}", "not_sent", 1),
    ] {
        let line = format!(
            "countersign_vendor_calls_total{{vendor=\"okta\",method=\"{method}\",template=\"{template}\",\
             status=\"{status}\"}} {count}\n"
        );
        assert!(shown.contains(&line), "{line} is not in\n{shown}");
    }
    let timed = "countersign_vendor_call_seconds_count{vendor=\"okta\",method=\"GET\",template=\"/users/{id}\"} 5\n";
    assert!(shown.contains(timed), "{shown}");
    assert!(!shown.contains("SARAH"), "{shown}");
}

#[tokio::test]
async fn what_is_left_of_a_budget_is_shown_by_connection() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let app = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/busy", get(|| async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")]) }));
    let origin = serve(app).await;
    let factory = Factory::new(FactoryOptions::default()).expect("a factory");
    let connect = |name: &str, per_minute| {
        let pace = Pace { per_minute, endpoints: vec![("view".to_owned(), 4)] };
        let target = Target { vendor: "okta", base_url: origin.parse().expect("a URL"), pace };
        factory.named(name).client(target).expect("a client")
    };
    // So slow a refill that the test's own time does not matter.
    let (okta, other) = (connect("acme/okta", Some(8)), connect("acme/other", None));
    okta.send(Call::get("/")).await.expect("an answer");
    other.send(Call::get("/busy")).await.expect("an answer");
    factory.report_budgets();
    let shown = recorder.handle().render();
    for line in [
        "countersign_vendor_budget_left{vendor=\"okta\",connection=\"acme/okta\",endpoint=\"all\"} 1\n",
        "countersign_vendor_budget_left{vendor=\"okta\",connection=\"acme/okta\",endpoint=\"view\"} 1\n",
        "countersign_vendor_budget_left{vendor=\"okta\",connection=\"acme/other\",endpoint=\"view\"} 0\n",
        "countersign_vendor_held_seconds{vendor=\"okta\",connection=\"acme/okta\"} 0\n",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    assert!(!shown.contains("connection=\"acme/other\",endpoint=\"all\""), "{shown}");
    let held = shown.lines().find_map(|line| {
        line.strip_prefix("countersign_vendor_held_seconds{vendor=\"okta\",connection=\"acme/other\"} ")
    });
    let held: f64 = held.and_then(|held| held.parse().ok()).expect("the hold");
    assert!((500.0..=600.0).contains(&held), "{held}");
}
