use super::*;
use crate::telemetry::sender::Queue;
use countersign_domain::ids::RunId;
use tokio::sync::mpsc;
use tracing::{field::Empty, subscriber::with_default};
use tracing_subscriber::layer::SubscriberExt;
use uuid::Uuid;

fn run() -> RunId {
    RunId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001))
}

/// What is sent of the spans that `act` opens and closes.
fn sent(act: impl FnOnce()) -> Vec<Sent> {
    let (queue, mut receiver): (Queue, mpsc::Receiver<Sent>) = Queue::new();
    with_default(tracing_subscriber::registry().with(RunSpans::new(queue).filtered()), act);
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

fn text_of<'a>(span: &'a Sent, key: &str) -> Option<&'a str> {
    let value = &span.attributes.iter().find(|attribute| attribute.key == key)?.value;
    match value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        Value::BoolValue(_)
        | Value::IntValue(_)
        | Value::DoubleValue(_)
        | Value::ArrayValue(_)
        | Value::KvlistValue(_)
        | Value::BytesValue(_)
        | Value::StringValueStrindex(_) => None,
    }
}

#[test]
fn spans_of_one_run_are_one_trace_though_nothing_links_them() {
    let sent = sent(|| {
        let ingest = tracing::error_span!(target: TARGET, "ingest", org = "acme", run = Empty, outcome = Empty);
        ingest.record("run", tracing::field::display(run()));
        ingest.record("outcome", "new");
        drop(ingest);
        drop(tracing::error_span!(target: TARGET, "effect", run = %run(), ask = "make_plan", attempt = 2));
    });
    let [ingest, effect] = sent.as_slice() else { panic!("{} spans", sent.len()) };
    for span in [ingest, effect] {
        assert_eq!(span.trace_id, run().as_bytes().to_vec());
    }
    assert_eq!((ingest.name.as_str(), effect.name.as_str()), ("ingest", "make_plan"));
    assert_eq!((ingest.span_id.as_slice(), ingest.parent_span_id.len()), (first_span(&run()).as_slice(), 0));
    assert_eq!(effect.parent_span_id, ingest.span_id);
    assert_ne!(effect.span_id, ingest.span_id);
    assert_eq!(text_of(ingest, "org"), Some("acme"));
    assert!(effect.end_time_unix_nano >= effect.start_time_unix_nano);
}

#[test]
fn ticket_that_comes_again_does_not_open_the_trace_again() {
    let sent = sent(|| drop(tracing::error_span!(target: TARGET, "ingest", run = %run(), outcome = "duplicate")));
    assert_eq!(sent[0].parent_span_id, first_span(&run()).to_vec());
    assert_ne!(sent[0].span_id, first_span(&run()).to_vec());
}

#[test]
fn calls_are_children_of_what_they_were_made_for() {
    let sent = sent(|| {
        let effect = tracing::error_span!(target: TARGET, "effect", run = %run(), ask = "perform", outcome = Empty);
        let _entered = effect.enter();
        let call = tracing::error_span!(target: TARGET, "call", vendor = "okta", template = "/api/v1/users/{id}", status = Empty);
        call.record("status", "503");
        drop(call);
        effect.record("outcome", "retry");
    });
    let [call, effect] = sent.as_slice() else { panic!("{} spans", sent.len()) };
    assert_eq!(call.name, "okta /api/v1/users/{id}");
    assert_eq!((&call.trace_id, &call.parent_span_id), (&effect.trace_id, &effect.span_id));
    assert_eq!(call.kind, i32::from(SpanKind::Client));
    for span in [call, effect] {
        assert_eq!(span.status.as_ref().map(|status| status.code), Some(StatusCode::Error.into()), "{}", span.name);
    }
}

#[test]
fn what_is_on_no_list_stays_here() {
    let sent = sent(|| {
        let effect = tracing::error_span!(target: TARGET, "effect", run = %run(), ask = "perform", subject = "my password is hunter2");
        let _entered = effect.enter();
        tracing::error!(says = "hunter2", "a line");
        let other = tracing::error_span!("request", request_id = "r1", path = "hunter2");
        let _other = other.enter();
        drop(tracing::error_span!(target: TARGET, "call", vendor = "okta", path = "/users/hunter2"));
    });
    assert_eq!(sent.len(), 2);
    let all = format!("{sent:?}");
    assert!(!all.contains("hunter2") && !all.contains("r1"), "{all}");
    assert!(sent.iter().all(|span| span.events.is_empty()));
    assert_eq!(sent[0].parent_span_id, sent[1].span_id, "spans of other targets are looked through");
}

#[test]
fn span_of_no_run_is_not_sent() {
    let sent = sent(|| {
        drop(tracing::error_span!(target: TARGET, "call", vendor = "otlp", template = "/v1/traces"));
        drop(tracing::error_span!(target: TARGET, "ingest", org = "acme", outcome = "quarantined"));
        drop(tracing::error_span!(target: TARGET, "effect", run = "no run id", ask = "perform"));
    });
    assert!(sent.is_empty(), "{sent:?}");
}
