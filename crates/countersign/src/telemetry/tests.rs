use super::*;
use crate::telemetry::{
    log::{self, JsonLine},
    otlp,
};
use countersign_outbound::FactoryOptions;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse},
    trace::v1::Span,
};
use prost::Message;
use serde_json::{Value, json};
use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex},
};
use tracing::{field::Empty, subscriber::with_default};
use tracing_subscriber::fmt::{MakeWriter, format::JsonFields};

/// What was written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn logged(act: impl FnOnce()) -> Vec<Value> {
    logged_at("info", act)
}

fn logged_at(level: &str, act: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .fmt_fields(JsonFields::new())
        .event_format(JsonLine)
        .with_filter(log::filter(level));
    with_default(tracing_subscriber::registry().with(layer), act);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn line_has_the_fields_of_the_spans_it_stands_in() {
    let lines = logged(|| {
        let request = tracing::error_span!("request", request_id = "r1", run = "outer", key = Empty);
        let _request = request.enter();
        request.record("key", "key_1");
        let effect = tracing::error_span!("effect", run = "run_1", attempt = 2_u32);
        let _effect = effect.enter();
        tracing::warn!(error = %"it said \"no\"\n", again = true, seconds = 0.5, attempt = 3_i64, "not done: {}", 7);
    });
    let line = &lines[0];
    let expected = json!({
        "time": line["time"], "level": "WARN", "target": line["target"], "message": "not done: 7", "request_id": "r1",
        "run": "run_1", "key": "key_1", "attempt": 3, "error": "it said \"no\"\n", "again": true, "seconds": 0.5,
    });
    assert_eq!(*line, expected);
    assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
}

#[test]
fn databases_remarks_are_logged_from_warnings_on_and_never_below_the_level() {
    let remarked = |level| {
        logged_at(level, || {
            tracing::info!(target: "sqlx::postgres::notice", "a table is there already");
            tracing::warn!(target: "sqlx::postgres::notice", "a warning");
            tracing::error!(target: "sqlx::postgres::notice", "an error");
            tracing::info!(target: "sqlx::query", "what else a library says");
        })
    };
    let said = |level| remarked(level).iter().map(|line| line["message"].clone()).collect::<Vec<_>>();
    for level in ["trace", "debug", "info"] {
        assert_eq!(said(level), ["a warning", "an error", "what else a library says"], "{level}");
    }
    assert_eq!(said("warn"), ["a warning", "an error"]);
    assert_eq!(said("error"), ["an error"]);
}

#[test]
fn what_a_line_says_cannot_take_the_place_of_what_we_say() {
    let lines =
        logged(|| tracing::info!(level = "none", time = "never", target_ = "x", "{}", "forged\n{\"level\":\"ERROR\"}"));
    assert_eq!(lines.len(), 1, "one line, whatever is in it");
    assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&json!("INFO"), &json!("forged\n{\"level\":\"ERROR\"}")));
    assert_ne!(lines[0]["time"], "never");
}

#[test]
fn body_is_what_the_protocol_says() {
    let spans = vec![Span { name: "perform".to_owned(), trace_id: vec![7; 16], ..Span::default() }];
    let request = ExportTraceServiceRequest::decode(otlp::body(spans.clone()).as_slice()).unwrap();
    assert_eq!(request.resource_spans[0].scope_spans[0].spans, spans);
    let resource = request.resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(
        resource.attributes.iter().map(|a| a.key.as_str()).collect::<Vec<_>>(),
        ["service.name", "service.version"]
    );
}

#[test]
fn answer_of_success_may_say_that_a_part_was_rejected() {
    let answer = |rejected_spans| {
        let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message: String::new() });
        otlp::rejected(&ExportTraceServiceResponse { partial_success }.encode_to_vec())
    };
    assert_eq!((answer(3), answer(0), answer(-3)), (3, 0, 0));
    assert_eq!((otlp::rejected(b""), otlp::rejected(b"{\"partialSuccess\":{}}")), (0, 0));
}

fn collector_at(address: &str) -> Result<Http, OutboundError> {
    collector(&Factory::new(FactoryOptions::default()).unwrap(), address.parse().unwrap())
}

#[tokio::test]
async fn collector_is_reached_by_https_or_on_this_machine() {
    for fine in
        ["https://otel.acme.com", "https://otel.acme.com/tenant/7", "http://127.0.0.1:4318", "http://localhost:4318"]
    {
        assert!(collector_at(fine).is_ok(), "{fine}");
    }
    assert!(collector_at("http://otel.acme.com:4318").is_err());
}

#[tokio::test]
async fn collector_that_is_away_holds_nothing_up() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (queue, sender) = Sender::start(collector_at(&address).unwrap());
    for _ in 0..10_000 {
        queue.put(Span::default());
    }
    sender.stop().await;
    queue.put(Span::default());
}

#[tokio::test(start_paused = true)]
async fn collector_that_hangs_does_not_keep_the_process_from_stopping() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", hanging.local_addr().unwrap());
    let (queue, sender) = Sender::start(collector_at(&address).unwrap());
    queue.put(Span::default());
    sender.stop().await;
}
