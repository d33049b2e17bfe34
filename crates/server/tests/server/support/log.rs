//! What is logged while a test runs.

use serde_json::Value;
use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;

/// The log of this thread, until dropped.
pub(crate) struct Log {
    lines: Lines,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Begins to keep lines, as the service writes them with `log.format = "json"` and this `log.level`.
    pub(crate) fn at(level: &str) -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new(level));
        let log = log.with_writer(move || writer.clone()).finish();
        Self { lines, _guard: tracing::subscriber::set_default(log) }
    }

    /// Everything, as written.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("the log is text")
    }

    /// Every line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// The lines of the request log.
    pub(crate) fn access(&self) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["target"] == "countersign::access").collect()
    }
}
