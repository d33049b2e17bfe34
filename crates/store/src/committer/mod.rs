//! The committer: whatever waits is written in one transaction. While it commits, the next batch gathers; there is no
//! timer.

mod chain;
mod changes;
pub(crate) mod claims;
mod lanes;
mod opens;
pub(crate) mod pauses;
mod pruning;
mod side;
mod transaction;

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::{Mutex, PoisonError, RwLock},
    time::Duration,
};

use countersign_domain::{
    effect::ClaimedEffect,
    ids::{EffectId, OrgId, PersonId},
    person::PersonRef,
    ports::{ClaimRequest, InboxRow, Opened, Pruned, Receipt, StoreError},
    time::At,
};
use sea_orm::DatabaseConnection;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    connect::Connections,
    lease_clock::LeaseClock,
    options::StoreOptions,
    prepare::{Opening, Writing},
};

/// Jobs in one transaction at most; larger batches were slower.
const BATCH: usize = 256;

/// Where the answer goes. A caller that has gone away does not undo its change.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to be written.
pub(crate) enum Job {
    Open(Box<Opening>, Answer<Opened>),
    Commit(Box<Writing>, Answer<Receipt>),
    Claim(ClaimRequest, Answer<Vec<ClaimedEffect>>),
    Renew(Renewal, Answer<()>),
    Receive(InboxRow, Answer<bool>),
    Person(Acquaintance, Answer<PersonId>),
    Prune(Pruning, Answer<Pruned>),
}

/// A lease to be prolonged.
pub(crate) struct Renewal {
    pub(crate) org: OrgId,
    pub(crate) effect: EffectId,
    pub(crate) fence: i64,
    pub(crate) lease_ms: u64,
}

/// A person to be found or made.
pub(crate) struct Acquaintance {
    pub(crate) org: OrgId,
    pub(crate) refs: Vec<PersonRef>,
    pub(crate) fresh: PersonId,
}

/// Something to be erased.
pub(crate) struct Pruning {
    pub(crate) org: OrgId,
    pub(crate) before: At,
    pub(crate) limit: u32,
}

impl Job {
    /// Whose it is; claims are everybody's.
    fn org(&self) -> Option<&OrgId> {
        match self {
            Self::Open(opening, _) => Some(&opening.run.org),
            Self::Commit(writing, _) => writing.orgs().next(),
            Self::Claim(..) => None,
            Self::Renew(renewal, _) => Some(&renewal.org),
            Self::Receive(row, _) => Some(&row.org),
            Self::Person(acquaintance, _) => Some(&acquaintance.org),
            Self::Prune(pruning, _) => Some(&pruning.org),
        }
    }

    fn refuse(self, error: StoreError) {
        // A receiver that is gone has no use for the answer.
        match self {
            Self::Open(_, answer) => drop(answer.send(Err(error))),
            Self::Commit(_, answer) => drop(answer.send(Err(error))),
            Self::Claim(_, answer) => drop(answer.send(Err(error))),
            Self::Renew(_, answer) => drop(answer.send(Err(error))),
            Self::Receive(_, answer) => drop(answer.send(Err(error))),
            Self::Person(_, answer) => drop(answer.send(Err(error))),
            Self::Prune(_, answer) => drop(answer.send(Err(error))),
        }
    }
}

/// The way to the committers. Each organisation always goes to the same one.
pub(crate) struct Committers {
    queues: RwLock<Vec<mpsc::Sender<Job>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Committers {
    /// Starts the committers on the current runtime.
    pub(crate) fn start(connections: &Connections, options: &StoreOptions) -> Self {
        let mut queues = Vec::with_capacity(connections.committers);
        let mut tasks = Vec::with_capacity(connections.committers);
        for _ in 0..connections.committers {
            let (sender, receiver) = mpsc::channel(options.queue.max(1));
            queues.push(sender);
            let pen = Pen {
                writer: connections.writer.clone(),
                clock: options.lease_clock.clone(),
                patience: options.patience,
            };
            tasks.push(tokio::spawn(run(pen, receiver)));
        }
        Self { queues: RwLock::new(queues), tasks: Mutex::new(tasks) }
    }

    /// Hands a job over, once there is a place for it, and waits for what came of it.
    pub(crate) async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = job(answer);
        // The way in is dropped with this statement: a shutdown waits for whoever holds one.
        self.queue_of(&job)?.send(job).await.map_err(|_| shut_down())?;
        answer_to(answered).await
    }

    /// Hands a job over, if there is a place for it, and waits for what came of it. Whoever waits for a place in
    /// [`ask`](Self::ask) goes first.
    pub(crate) async fn ask_unless_busy<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = job(answer);
        self.queue_of(&job)?.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => shut_down(),
        })?;
        answer_to(answered).await
    }

    fn queue_of(&self, job: &Job) -> Result<mpsc::Sender<Job>, StoreError> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        if queues.is_empty() {
            return Err(shut_down());
        }
        let shard = job.org().map_or(0, |org| shard(org, queues.len()));
        Ok(queues[shard].clone())
    }

    /// Takes no more jobs, and returns when every one that was taken, or waited for a place, is answered.
    pub(crate) async fn drain(&self) {
        self.queues.write().unwrap_or_else(PoisonError::into_inner).clear();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a committer ended abnormally");
            }
        }
    }
}

fn shard(org: &OrgId, count: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    org.hash(&mut hasher);
    usize::try_from(hasher.finish() % count as u64).unwrap_or(0)
}

fn shut_down() -> StoreError {
    StoreError::Unavailable("it is shutting down: nothing of this was written; try again after the restart".to_owned())
}

async fn answer_to<T>(answered: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    // The committer answers every job; it can only be gone when the runtime is being torn down.
    answered.await.unwrap_or_else(|_| Err(shut_down()))
}

/// What a committer writes with.
struct Pen {
    writer: DatabaseConnection,
    clock: LeaseClock,
    patience: Duration,
}

async fn run(pen: Pen, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut jobs, BATCH).await > 0 {
        transaction::write(&pen, std::mem::replace(&mut jobs, Vec::with_capacity(BATCH))).await;
    }
}
