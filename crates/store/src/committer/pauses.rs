//! The kill switch: which steps are held, and what makes it certain.
//!
//! Once the commit of a pause is acknowledged,
//! 1. no transaction that begins later hands out a step of what is paused, and
//! 2. every step that was handed out before can be seen as in flight.
//!
//! On SQLite both follow from there being one writer at a time, whichever process it is in: a claim is before the pause,
//! and committed, or after it, and reads it.
//!
//! On PostgreSQL several committers and nodes write at once, under READ COMMITTED. The first of the two follows from each
//! statement reading what is committed when it begins. The second would not: a claim that read that nothing is paused may
//! commit after the pause was acknowledged, and after somebody counted what is in flight. Therefore every transaction
//! that hands out steps first takes an advisory lock that it shares with its like, and a transaction that throws or
//! releases the switch takes the same lock for itself alone. So a pause waits until the claims that did not see it have
//! committed, and claims that come while it waits stand behind it and read it. The lock is taken in a statement of its
//! own, before any other statement of the transaction: what is read afterwards is as new as the lock, and no
//! transaction that holds a row waits for it, so that none wait for each other in a circle.
//!
//! A node that vanishes in the middle of a transaction would keep the lock, and everybody's claims with it, until the
//! server gives up its connection: the server is told to do so after [`PATIENCE`].

use std::collections::HashSet;

use countersign_domain::{
    effect::{Ask, Lane},
    ids::{OrgId, RunId},
    pause::{Pause, PauseChange},
    ports::StoreError,
    time::At,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use super::claims::DATABASE_CLOCK;
use crate::{
    entity::effect,
    error::Failure,
    prepare::{Writing, json},
    sql::{Rows, is_postgres, statement, words},
};

/// How the effect that performs a step is stored.
pub(crate) const STEP: &str = "perform";

/// Any fixed number will do, as long as every version of this program takes the same.
const LOCK: i64 = 4_845_873_307;

/// How long a transaction under the lock may wait for its own node.
const PATIENCE: &str = "30s";

const HELD: Rows = Rows {
    before: "WITH wanted (of_org, of_run) AS (VALUES",
    after: ") SELECT of_org, of_run FROM wanted WHERE EXISTS (SELECT 1 FROM pause p WHERE p.org = of_org \
            AND (p.runbook = '' OR p.runbook = (SELECT r.runbook FROM run r WHERE r.org = of_org AND r.id = of_run)))",
    width: 2,
};

/// The condition that an effect `e` is no step that is held.
pub(super) fn not_held() -> String {
    format!(
        "(e.kind <> '{STEP}' OR NOT EXISTS (SELECT 1 FROM pause p WHERE p.org = e.org AND (p.runbook = '' \
         OR p.runbook = (SELECT r.runbook FROM run r WHERE r.org = e.org AND r.id = e.run))))"
    )
}

/// What a batch does that has to do with the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concern {
    /// Nothing.
    None,
    /// It may hand out steps.
    Claims,
    /// It throws or releases the switch.
    Switches,
}

/// Takes the lock that the concern needs, first of everything in the transaction. On PostgreSQL also the moment the
/// transaction began, by its clock: leases given in it begin no later than that.
pub(super) async fn lock(transaction: &DatabaseTransaction, concern: Concern) -> Result<Option<At>, Failure> {
    let function = match concern {
        Concern::None => return Ok(None),
        Concern::Claims => "pg_advisory_xact_lock_shared",
        Concern::Switches => "pg_advisory_xact_lock",
    };
    if !is_postgres(transaction) {
        return Ok(None);
    }
    let text = format!(
        "SELECT set_config('idle_in_transaction_session_timeout', '{PATIENCE}', true), \
         {function}({LOCK})::text, {DATABASE_CLOCK} AS clock"
    );
    match transaction.query_one_raw(statement(transaction, text, [])).await? {
        Some(row) => Ok(Some(At(row.try_get("", "clock")?))),
        None => Err(StoreError::Unavailable("the database did not tell its time".to_owned()).into()),
    }
}

/// Throws and releases the switch, in the changes' order.
pub(super) async fn change(transaction: &DatabaseTransaction, writings: &[&Writing]) -> Result<(), Failure> {
    for change in writings.iter().filter_map(|writing| writing.pause.as_ref()) {
        let (text, values) = match change {
            PauseChange::Pause(pause) => (
                "INSERT INTO pause (org, runbook, since, by, why) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (org, runbook) DO NOTHING",
                pause_values(pause)?.to_vec(),
            ),
            PauseChange::Resume { org, runbook } => {
                let runbook = runbook.as_ref().map_or("", |runbook| runbook.as_str());
                ("DELETE FROM pause WHERE org = $1 AND runbook = $2", vec![org.as_str().into(), runbook.into()])
            }
        };
        transaction.execute_raw(statement(transaction, text, values)).await?;
    }
    Ok(())
}

fn pause_values(pause: &Pause) -> Result<[Value; 5], StoreError> {
    Ok([
        pause.org.as_str().into(),
        pause.runbook.as_ref().map_or("", |runbook| runbook.as_str()).into(),
        pause.since.0.into(),
        json("an actor", &pause.by)?.into(),
        pause.why.as_deref().map(words).into(),
    ])
}

/// Runs whose steps are held.
pub(super) struct Held(HashSet<(String, Uuid)>);

impl Held {
    /// Those among these runs, as the transaction has left them so far.
    pub(super) async fn among<'a>(
        transaction: &DatabaseTransaction,
        runs: impl Iterator<Item = (&'a OrgId, RunId)>,
    ) -> Result<Self, Failure> {
        let runs: HashSet<(&str, Uuid)> = runs.map(|(org, run)| (org.as_str(), run.0)).collect();
        let values = runs.into_iter().flat_map(|(org, run)| -> [Value; 2] { [org.into(), run.into()] }).collect();
        let rows = HELD.query(transaction, values).await?;
        let held = rows.iter().map(|row| Ok::<_, Failure>((row.try_get("", "of_org")?, row.try_get("", "of_run")?)));
        Ok(Self(held.collect::<Result<_, _>>()?))
    }

    /// Whether a stored effect may not be handed out.
    pub(super) fn holds(&self, model: &effect::Model) -> bool {
        model.kind == STEP && self.0.contains(&(model.org.clone(), model.run))
    }

    /// Whether a new effect may not be handed out.
    pub(super) fn holds_new(&self, org: &OrgId, run: RunId, ask: &Ask) -> bool {
        is_step(ask) && self.0.contains(&(org.to_string(), run.0))
    }
}

/// Whether this performs a step.
pub(super) fn is_step(ask: &Ask) -> bool {
    matches!(ask, Ask::Perform { .. })
}

/// Whether a lane has steps in it.
pub(super) fn has_steps(lane: Lane) -> bool {
    match lane {
        Lane::System => true,
        Lane::Channel | Lane::Desk | Lane::Timer => false,
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::digest::Digest;

    use super::*;

    #[test]
    fn a_step_is_stored_under_its_name_and_in_its_lane() {
        let step = Ask::Perform { ordinal: 0, plan_digest: Digest([0; 32]) };
        assert_eq!(step.name(), STEP);
        assert!(is_step(&step) && has_steps(step.lane()));
    }
}
