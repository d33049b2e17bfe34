//! From the program's spans to one trace for each run.
//!
//! What is done about a ticket is done minutes apart, by several nodes, after restarts. So a trace is nothing that is
//! handed on: its id is the run's own 16 bytes, and its first span's id follows from the run's. Whoever does something
//! about a run knows both.
//!
//! Only spans of the target [`TARGET`] are looked at, and of their fields only those in [`ATTRIBUTES`]. Log lines never
//! become part of a trace: they may quote what a vendor said.

use countersign_domain::{
    digest::Digest,
    ids::RunId,
    ports::{Clock, Ids},
};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span as Sent, Status, span::SpanKind, status::StatusCode},
};
use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::sender::Queue;
use crate::{clock::SystemClock, ids::RandomIds};

/// The target of every span that belongs into a run's trace.
pub(super) const TARGET: &str = "countersign::trace";

/// The fields that leave the process. Each has values from a list that ends, or is an id or a number.
const ATTRIBUTES: [&str; 12] =
    ["org", "run", "runbook", "ask", "lane", "attempt", "action", "outcome", "vendor", "method", "template", "status"];

/// What a run begins with: these spans, where they end so. Of these spans one for each run is the first of its trace.
const OPENERS: [&str; 2] = ["ingest", "start"];
const OPENED: [&str; 2] = ["new", "no_action"];

/// Ends that a person looking for trouble wants to see marked; answers of 500 and above are such as well.
const TROUBLE: [&str; 7] = ["error", "retry", "parked", "unknown", "not_sent", "ambiguous", "bad_answer"];

/// The layer that turns spans into what is sent.
pub(super) struct RunSpans {
    queue: Queue,
    clock: SystemClock,
    seed: [u8; 32],
    made: AtomicU64,
}

type SpanId = [u8; 8];

/// The id of the first span of a run's trace.
pub(super) fn first_span(run: &RunId) -> SpanId {
    head(Digest::of(run.as_bytes()))
}

fn head(digest: Digest) -> SpanId {
    let mut id = [0; 8];
    id.copy_from_slice(&digest.0[..8]);
    id
}

/// A span while it lasts.
struct Recording {
    id: SpanId,
    begun: u64,
    run: Option<RunId>,
    attributes: Vec<(&'static str, Value)>,
}

impl RunSpans {
    pub(super) fn new(queue: Queue) -> Self {
        let seed = RandomIds::new(Arc::new(SystemClock::default())).secret();
        Self { queue, clock: SystemClock::default(), seed, made: AtomicU64::new(0) }
    }

    /// The layer, which sees nothing but the spans it is for, whatever the log's level.
    pub(super) fn filtered<S>(self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        self.with_filter(filter_fn(|metadata: &Metadata<'_>| metadata.is_span() && metadata.target() == TARGET)).boxed()
    }

    fn fresh(&self) -> SpanId {
        let number = self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        head(Digest::of(&[self.seed.as_slice(), &number].concat()))
    }

    /// Nanoseconds since 1970.
    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().0).unwrap_or(0).saturating_mul(1_000)
    }

    /// What is sent of a span; `None` where no run is known that it could belong to.
    fn sent<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) -> Option<Sent> {
        let recording = span.extensions_mut().remove::<Recording>()?;
        let outer = || span.scope().skip(1);
        let outer_run = || outer().find_map(|outer| outer.extensions().get::<Recording>()?.run);
        let run = recording.run.or_else(outer_run)?;
        let first = first_span(&run);
        let opens =
            OPENERS.contains(&span.name()) && recording.text("outcome").is_some_and(|end| OPENED.contains(&end));
        let around = outer().find_map(|outer| outer.extensions().get::<Recording>().map(|recording| recording.id));
        let trouble = recording.is_trouble();
        let calls = recording.text("vendor").is_some();
        Some(Sent {
            trace_id: run.as_bytes().to_vec(),
            span_id: if opens { first } else { recording.id }.to_vec(),
            parent_span_id: if opens { Vec::new() } else { around.unwrap_or(first).to_vec() },
            name: recording.name(span.name()),
            kind: if calls { SpanKind::Client } else { SpanKind::Internal }.into(),
            start_time_unix_nano: recording.begun,
            end_time_unix_nano: self.now().max(recording.begun),
            status: trouble.then(|| Status { code: StatusCode::Error.into(), message: String::new() }),
            attributes: recording.attributes.into_iter().map(|(key, value)| attribute(key, value)).collect(),
            ..Sent::default()
        })
    }
}

/// An attribute as it is sent.
pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

impl Recording {
    fn text(&self, key: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| *known == key)?;
        if let Value::StringValue(text) = value { Some(text) } else { None }
    }

    /// Effects are called by what they ask for, calls by whom they go to and what for.
    fn name(&self, own: &str) -> String {
        match (self.text("ask"), self.text("vendor"), self.text("template")) {
            (Some(ask), _, _) => ask.to_owned(),
            (None, Some(vendor), Some(template)) => format!("{vendor} {template}"),
            (None, Some(_) | None, Some(_) | None) => own.to_owned(),
        }
    }

    fn is_trouble(&self) -> bool {
        let ends = [self.text("outcome"), self.text("status")];
        ends.into_iter().flatten().any(|end| TROUBLE.contains(&end) || (end.len() == 3 && end.starts_with('5')))
    }

    fn put(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        let Some(key) = ATTRIBUTES.iter().find(|key| **key == field.name()) else { return };
        let value = value();
        if let ("run", Value::StringValue(text)) = (*key, &value) {
            self.run = text.parse().ok();
        }
        self.attributes.retain(|(known, _)| known != key);
        self.attributes.push((key, value));
    }
}

impl Visit for Recording {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, || Value::IntValue(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, || Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, || Value::BoolValue(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, || Value::StringValue(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, || Value::StringValue(format!("{value:?}")));
    }
}

impl<S> Layer<S> for RunSpans
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut recording = Recording { id: self.fresh(), begun: self.now(), run: None, attributes: Vec::new() };
        attributes.record(&mut recording);
        span.extensions_mut().insert(recording);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(recording) = span.extensions_mut().get_mut::<Recording>() {
            values.record(recording);
        }
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(sent) = self.sent(&span) {
            self.queue.put(sent);
        }
    }
}

#[cfg(test)]
mod tests;
