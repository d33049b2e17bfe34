//! The log, on standard error: for people, or one flat JSON object a line.
//!
//! A line has the fields of every span it stands in, so that each line about a run names the run and its organisation,
//! and each line about a request its id, whoever writes it.

use serde_json::{Map, Value};
use std::{
    fmt::{self, Debug},
    io::IsTerminal,
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{
        FmtContext, FormattedFields,
        format::{FormatEvent, JsonFields, Writer},
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use crate::config::LogFormat;

/// Writes what is at least of `level`; of what the libraries say never more than `info`, since they know nothing of what
/// may not be told. In colour where somebody is watching.
pub(super) fn layer(level: &str, format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let filter = filter(level);
    let mut log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if !std::io::stderr().is_terminal() {
        log = log.with_ansi(false);
    }
    match format {
        LogFormat::Json => log.fmt_fields(JsonFields::new()).event_format(JsonLine).with_filter(filter).boxed(),
        LogFormat::Text => log.with_filter(filter).boxed(),
    }
}

/// What is written at this level.
pub(super) fn filter(level: &str) -> EnvFilter {
    let theirs = if matches!(level, "debug" | "trace") { "info" } else { level };
    // PostgreSQL remarks on what every start does as it should, such as asking for a table that is there already.
    let remarks = if theirs == "info" { "warn" } else { theirs };
    // The driver repeats what it does not know of a database's URL: a misspelt `password=` with its value.
    let url = "sqlx_postgres::options=off";
    EnvFilter::new(format!("{theirs},sqlx::postgres::notice={remarks},{url},countersign={level}"))
}

/// One JSON object: `time`, `level`, `target`, `message`, and the fields beside each other. What a line says itself goes
/// before what its spans say, and an inner span before an outer one.
pub(super) struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>()
                && let Ok(Value::Object(fields)) = serde_json::from_str(&fields.fields)
            {
                line.extend(fields);
            }
        }
        event.record(&mut Fields(&mut line));
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let meta = event.metadata();
        for (key, value) in [("time", time.as_str()), ("level", meta.level().as_str()), ("target", meta.target())] {
            line.insert(key.to_owned(), Value::from(value));
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Puts a line's own fields in.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}
