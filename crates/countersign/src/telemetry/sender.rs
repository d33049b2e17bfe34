//! Sending spans to the collector: in batches, beside everything else, for as long as it takes and no longer.
//!
//! Nothing is sent twice: a batch that fails is dropped. A trace is for looking at, and the ledger for relying on.

use countersign_outbound::{Call, Http};
use opentelemetry_proto::tonic::trace::v1::Span;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::otlp;

/// How many spans wait at most; about 1 KiB each.
const WAITING: usize = 4_096;

/// How many go in one request.
const BATCH: usize = 512;

/// How long spans wait for others to go with them.
const LINGER: Duration = Duration::from_secs(2);

/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// How long stopping waits for what is left.
const STOPPING: Duration = Duration::from_secs(5);

/// Where spans are put. A clone is the same queue.
#[derive(Clone)]
pub(super) struct Queue {
    waiting: mpsc::Sender<Span>,
    crowded_out: Arc<AtomicU64>,
}

impl Queue {
    /// A queue and its other end.
    pub(super) fn new() -> (Self, mpsc::Receiver<Span>) {
        let (waiting, receiver) = mpsc::channel(WAITING);
        (Self { waiting, crowded_out: Arc::default() }, receiver)
    }

    /// Puts a span in, or drops it where there is no room. Says nothing: it is called while a span ends.
    pub(super) fn put(&self, span: Span) {
        if self.waiting.try_send(span).is_err() {
            self.crowded_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The task that sends.
pub(super) struct Sender {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Sender {
    /// Starts sending to this collector.
    pub(super) fn start(collector: Http) -> (Queue, Self) {
        let (queue, receiver) = Queue::new();
        let stop = CancellationToken::new();
        let sending = Sending { collector, crowded_out: Arc::clone(&queue.crowded_out), lost: 0 };
        let task = tokio::spawn(sending.run(receiver, stop.clone()));
        (queue, Self { stop, task })
    }

    /// Sends what is left, if the collector takes it in time.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if timeout(STOPPING, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the collector took too long: the last spans of the traces were not delivered");
        }
    }
}

struct Sending {
    collector: Http,
    crowded_out: Arc<AtomicU64>,
    /// How many were dropped since the last that were delivered.
    lost: u64,
}

impl Sending {
    async fn run(mut self, mut receiver: mpsc::Receiver<Span>, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        while !stop.is_cancelled() && !receiver.is_closed() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = gather(&mut receiver, &mut batch) => {}
            }
            self.send(std::mem::take(&mut batch)).await;
        }
        receiver.close();
        while receiver.recv_many(&mut batch, BATCH).await > 0 {
            self.send(std::mem::take(&mut batch)).await;
        }
    }

    async fn send(&mut self, batch: Vec<Span>) {
        if batch.is_empty() {
            return;
        }
        let many = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let outcome = self.deliver(batch).await;
        let rejected = outcome.as_ref().map_or(many, |rejected| (*rejected).min(many));
        let dropped = rejected + self.crowded_out.swap(0, Ordering::Relaxed);
        count("sent", many - rejected);
        count("dropped", dropped);
        let was_losing = self.lost > 0;
        self.lost += dropped;
        match outcome {
            Err(why) if !was_losing => {
                tracing::warn!(why, "traces cannot be delivered; spans are dropped until they can be");
            }
            Err(_) => {}
            Ok(_) if self.lost > 0 => {
                tracing::warn!(dropped = self.lost, "traces are delivered (again); some spans were dropped");
                self.lost = 0;
            }
            Ok(_) => {}
        }
    }

    /// How many of them were rejected, or why none was delivered.
    async fn deliver(&self, batch: Vec<Span>) -> Result<u64, String> {
        let call = Call::post(otlp::PATH).template(otlp::PATH).bytes(otlp::CONTENT_TYPE, otlp::body(batch));
        match timeout(REQUEST, self.collector.send(call)).await {
            Err(_) => Err("the collector took too long to answer".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(reply)) if reply.is_success() => Ok(otlp::rejected(&reply.body)),
            Ok(Ok(reply)) => Err(format!("the collector answered {}", reply.status)),
        }
    }
}

fn count(outcome: &'static str, many: u64) {
    metrics::counter!("countersign_trace_spans_total", "outcome" => outcome).increment(many);
}

/// Gathers until a batch is full, or until nothing more is worth waiting for. What is in the batch stays there where it
/// is broken off.
async fn gather(receiver: &mut mpsc::Receiver<Span>, batch: &mut Vec<Span>) {
    receiver.recv_many(batch, BATCH).await;
    let fill = async { while batch.len() < BATCH && receiver.recv_many(batch, BATCH - batch.len()).await > 0 {} };
    // Whether it is full or the time is up makes no difference.
    let _ = timeout(LINGER, fill).await;
}
