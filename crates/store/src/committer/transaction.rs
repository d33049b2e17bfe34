//! One batch, one transaction.

use std::collections::BTreeSet;

use countersign_domain::{
    effect::ClaimedEffect,
    ids::{OrgId, PersonId},
    ports::{ClaimRequest, InboxRow, Opened, Pruned, Receipt, StoreError},
    time::At,
};
use sea_orm::DatabaseTransaction;

use super::{
    Acquaintance, Answer, Job, Pen, Pruning, Renewal,
    chain::Chain,
    changes, claims, opens,
    pauses::{self, Concern},
    pruning, side,
};
use crate::{
    begin::begin,
    error::Failure,
    prepare::{Opening, Writing},
};

/// What came of each job of one kind, in their order.
pub(super) type Outcomes<T> = Vec<Result<T, StoreError>>;

/// Writes the jobs and answers each. Where the database refuses something in the batch, each job is written alone, so
/// that one that cannot be written does not take the others with it.
pub(super) async fn write(pen: &Pen, jobs: Vec<Job>) {
    let batch = Batch::of(jobs);
    match attempt(pen, &batch).await {
        Ok(answers) => batch.answer(answers),
        Err(Failure::Database(error)) => batch.refuse(&error),
        Err(Failure::Statement(error)) => {
            let jobs = batch.into_jobs();
            if jobs.len() > 1 {
                tracing::warn!(%error, jobs = jobs.len(), "a batch was refused; its jobs are written one by one");
            }
            one_by_one(pen, jobs, error).await;
        }
    }
}

async fn one_by_one(pen: &Pen, jobs: Vec<Job>, first: StoreError) {
    if jobs.len() == 1 {
        jobs.into_iter().for_each(|job| job.refuse(first.clone()));
        return;
    }
    for job in jobs {
        let alone = Batch::of(vec![job]);
        match attempt(pen, &alone).await {
            Ok(answers) => alone.answer(answers),
            Err(failure) => alone.refuse(&failure.into_error()),
        }
    }
}

async fn attempt(pen: &Pen, batch: &Batch) -> Result<Answers, Failure> {
    let transaction = begin(&pen.writer, pen.patience).await?;
    match batch.apply(&transaction, pen.clock.now()).await {
        Ok(answers) => {
            transaction.commit().await?;
            Ok(answers)
        }
        Err(failure) => {
            if let Err(error) = transaction.rollback().await {
                tracing::warn!(%error, "a transaction could not be rolled back; its connection will be dropped");
            }
            Err(failure)
        }
    }
}

/// The jobs of a batch by kind. The work stands apart from where its answer goes: it may be done twice.
#[derive(Default)]
struct Batch {
    opens: Kind<Box<Opening>, Opened>,
    commits: Kind<Box<Writing>, Receipt>,
    claims: Kind<ClaimRequest, Vec<ClaimedEffect>>,
    renewals: Kind<Renewal, ()>,
    receipts: Kind<InboxRow, bool>,
    persons: Kind<Acquaintance, PersonId>,
    prunings: Kind<Pruning, Pruned>,
}

struct Kind<W, T> {
    work: Vec<W>,
    answers: Vec<Answer<T>>,
}

impl<W, T> Default for Kind<W, T> {
    fn default() -> Self {
        Self { work: Vec::new(), answers: Vec::new() }
    }
}

impl<W, T> Kind<W, T> {
    fn push(&mut self, work: W, answer: Answer<T>) {
        self.work.push(work);
        self.answers.push(answer);
    }

    fn answer(self, outcomes: Outcomes<T>) {
        for (answer, outcome) in self.answers.into_iter().zip(outcomes) {
            // A caller that has gone away has no use for the answer.
            drop(answer.send(outcome));
        }
    }

    fn into_jobs(self, job: impl Fn(W, Answer<T>) -> Job) -> impl Iterator<Item = Job> {
        self.work.into_iter().zip(self.answers).map(move |(work, answer)| job(work, answer))
    }
}

#[derive(Default)]
struct Answers {
    opens: Outcomes<Opened>,
    commits: Outcomes<Receipt>,
    claims: Outcomes<Vec<ClaimedEffect>>,
    renewals: Outcomes<()>,
    receipts: Outcomes<bool>,
    persons: Outcomes<PersonId>,
    prunings: Outcomes<Pruned>,
}

impl Batch {
    fn of(jobs: Vec<Job>) -> Self {
        let mut batch = Self::default();
        for job in jobs {
            match job {
                Job::Open(work, answer) => batch.opens.push(work, answer),
                Job::Commit(work, answer) => batch.commits.push(work, answer),
                Job::Claim(work, answer) => batch.claims.push(work, answer),
                Job::Renew(work, answer) => batch.renewals.push(work, answer),
                Job::Receive(work, answer) => batch.receipts.push(work, answer),
                Job::Person(work, answer) => batch.persons.push(work, answer),
                Job::Prune(work, answer) => batch.prunings.push(work, answer),
            }
        }
        batch
    }

    fn answer(self, answers: Answers) {
        self.opens.answer(answers.opens);
        self.commits.answer(answers.commits);
        self.claims.answer(answers.claims);
        self.renewals.answer(answers.renewals);
        self.receipts.answer(answers.receipts);
        self.persons.answer(answers.persons);
        self.prunings.answer(answers.prunings);
    }

    fn into_jobs(self) -> Vec<Job> {
        let commits = self.commits.into_jobs(Job::Commit);
        let mut jobs: Vec<Job> = self.opens.into_jobs(Job::Open).chain(commits).collect();
        jobs.extend(self.claims.into_jobs(Job::Claim));
        jobs.extend(self.renewals.into_jobs(Job::Renew));
        jobs.extend(self.receipts.into_jobs(Job::Receive));
        jobs.extend(self.persons.into_jobs(Job::Person));
        jobs.extend(self.prunings.into_jobs(Job::Prune));
        jobs
    }

    fn refuse(self, error: &StoreError) {
        self.into_jobs().into_iter().for_each(|job| job.refuse(error.clone()));
    }

    /// Locks come first and in one order everywhere, so that two processes never wait for each other in a circle: the
    /// kill switch's; the organisations' heads, sorted; then their rows; then effects of anybody, which never wait for a head.
    /// `lease_start` is for a database without a clock of its own.
    async fn apply(&self, transaction: &DatabaseTransaction, lease_start: At) -> Result<Answers, Failure> {
        let lease_start = pauses::lock(transaction, self.concern()).await?.unwrap_or(lease_start);
        let mut chain = Chain::lock(transaction, &self.orgs()).await?;
        let receipts = side::receive(transaction, &self.receipts.work).await?;
        let persons = side::persons(transaction, &self.persons.work).await?;
        let opens = opens::open(transaction, &mut chain, &self.opens.work).await?;
        let commits = changes::commit(transaction, &mut chain, &self.commits.work, lease_start).await?;
        chain.write(transaction).await?;
        let prunings = pruning::prune(transaction, &self.prunings.work).await?;
        let renewals = claims::renew(transaction, &self.renewals.work, lease_start).await?;
        let claims = claims::claim(transaction, &self.claims.work, lease_start).await?;
        Ok(Answers { opens, commits, claims, renewals, receipts, persons, prunings })
    }

    /// What it has to do with the kill switch.
    fn concern(&self) -> Concern {
        if self.commits.work.iter().any(|writing| writing.pause.is_some()) {
            return Concern::Switches;
        }
        let by_commits = self.commits.work.iter().any(|writing| writing.claim_for.is_some());
        let by_claims = self.claims.work.iter().any(|request| request.lanes.iter().copied().any(pauses::has_steps));
        if by_commits || by_claims { Concern::Claims } else { Concern::None }
    }

    fn orgs(&self) -> BTreeSet<&OrgId> {
        let opens = self.opens.work.iter().map(|opening| &opening.run.org);
        let commits = self.commits.work.iter().flat_map(|writing| writing.orgs());
        let receipts = self.receipts.work.iter().map(|row| &row.org);
        let persons = self.persons.work.iter().map(|acquaintance| &acquaintance.org);
        let prunings = self.prunings.work.iter().map(|pruning| &pruning.org);
        opens.chain(commits).chain(receipts).chain(persons).chain(prunings).collect()
    }
}
