//! The schema, step by step.
//!
//! All steps that are missing are one transaction, under a lock that keeps every other process out until it ends: on
//! SQLite the file's write lock, on PostgreSQL an advisory lock that the server lets go of with the transaction, however
//! that ends. Whoever waited for it finds the steps applied and does nothing.

mod second;
#[cfg(test)]
mod tests;

use countersign_domain::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait};

use std::time::Duration;

use crate::{begin::begin, error::failed, sql};

/// Every step of the schema, oldest first. A step that was released is never changed: a new one is added.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First), Box::new(second::Second)]
    }
}

/// Brings the schema up to this program's. Several processes may do so at once: they wait for each other. One that has
/// every step waits for nobody: steps are added, and never taken away.
pub(crate) async fn migrate(writer: &DatabaseConnection, patience: Duration) -> Result<(), StoreError> {
    if let Some(applied) = applied_steps(writer).await?
        && missing(&applied)? == 0
    {
        return Ok(());
    }
    let transaction = begin(writer, patience).await.map_err(failed)?;
    match migrate_within(&transaction).await {
        Ok(()) => transaction.commit().await.map_err(failed),
        Err(error) => {
            // The first error is what the caller must hear; a failed rollback ends with the connection.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

async fn migrate_within(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    if sql::is_postgres(transaction) {
        // Any fixed number will do, as long as every version of this program takes the same.
        transaction.execute_unprepared("SELECT pg_advisory_xact_lock(4845873306)").await.map_err(failed)?;
    }
    let applied = Migrator::get_migration_models(transaction).await.map_err(failed)?;
    let applied: Vec<String> = applied.into_iter().map(|model| model.version).collect();
    if missing(&applied)? == 0 {
        return Ok(());
    }
    Migrator::up(transaction, None).await.map_err(failed)
}

/// How many of this program's steps a database lacks that has these.
pub(crate) fn missing(applied: &[String]) -> Result<usize, StoreError> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    if let Some(unknown) = applied.iter().find(|step| !known.contains(step)) {
        return Err(StoreError::Unavailable(format!(
            "the database was written by a newer version of this program (it has schema step `{unknown}`, the newest \
             known here is `{}`): start that version or a later one; nothing was changed",
            known.last().map_or("none", String::as_str),
        )));
    }
    Ok(known.len().saturating_sub(applied.len()))
}

/// The steps that a database has; `None`: it has no schema of this program.
pub(crate) async fn applied_steps<C: ConnectionTrait>(connection: &C) -> Result<Option<Vec<String>>, StoreError> {
    let there = if sql::is_postgres(connection) {
        "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL"
    } else {
        "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'"
    };
    if connection.query_one_raw(sql::statement(connection, there, [])).await.map_err(failed)?.is_none() {
        return Ok(None);
    }
    let steps = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = connection.query_all_raw(sql::statement(connection, steps, [])).await.map_err(failed)?;
    rows.iter().map(|row| row.try_get("", "version")).collect::<Result<Vec<String>, _>>().map(Some).map_err(failed)
}

/// Runs the statements of a step, `;` between them, with the names that differ between the databases put in.
async fn run_statements<C: ConnectionTrait>(connection: &C, text: &str) -> Result<(), DbErr> {
    let [bytes, uuid, number, strict, keyed] = if sql::is_postgres(connection) {
        ["BYTEA", "UUID", "BIGINT", "", ""]
    } else {
        ["BLOB", "BLOB", "INTEGER", "STRICT", "STRICT, WITHOUT ROWID"]
    };
    // SQLite takes the primary key for `org = ? AND run = ?` unless the index begins with the run.
    let of_run = if sql::is_postgres(connection) { "org, run, seq" } else { "run" };
    for statement in text.split(';').map(str::trim).filter(|text| !text.is_empty()) {
        let text = statement
            .replace("{bytes}", bytes)
            .replace("{uuid}", uuid)
            .replace("{number}", number)
            .replace("{of_run}", of_run)
            .replace("{strict}", strict)
            .replace("{keyed}", keyed);
        connection.execute_unprepared(&text).await?;
    }
    Ok(())
}

/// The first schema.
struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_statements(manager.get_connection(), FIRST).await
    }
}

/// `{keyed}` tables are stored in the order of their key on SQLite; where rows may be large they are not.
/// Partial indexes repeat the column that they are limited by: without it SQLite goes back to the table for it.
/// An effect's state: 0 waiting, 1 claimed, 2 done, 3 parked; unsettled are the first two.
const FIRST: &str = "
CREATE TABLE run (
    org TEXT NOT NULL, id {uuid} NOT NULL, desk TEXT, ticket TEXT, state TEXT NOT NULL, intent TEXT, runbook TEXT,
    created_at {number} NOT NULL, updated_at {number} NOT NULL, version {number} NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (org, id)
) {strict};
CREATE UNIQUE INDEX run_ticket ON run (org, desk, ticket);
CREATE INDEX run_newest ON run (org, created_at, id);
CREATE INDEX run_state ON run (org, state, created_at, id);
CREATE INDEX run_awaiting ON run (state, updated_at) WHERE state = 'awaiting_approval';

CREATE TABLE ticket_text (
    org TEXT NOT NULL, run {uuid} NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (org, run)
) {strict};

CREATE TABLE effect (
    org TEXT NOT NULL, id {uuid} NOT NULL, run {uuid} NOT NULL, lane {number} NOT NULL, ordinal {number} NOT NULL,
    ask TEXT NOT NULL, kind TEXT NOT NULL, class TEXT NOT NULL, state {number} NOT NULL, attempt {number} NOT NULL,
    not_before {number} NOT NULL, due_since {number} NOT NULL, lease_owner TEXT, lease_until {number},
    fence {number} NOT NULL, ambiguous {number} NOT NULL DEFAULT 0, why TEXT,
    PRIMARY KEY (org, id)
) {strict};
CREATE UNIQUE INDEX effect_run ON effect (org, run, ordinal);
CREATE INDEX effect_ready ON effect (coalesce(lease_until, not_before)) WHERE state < 2;
CREATE INDEX effect_claimed ON effect (state, lane, lease_until, due_since) WHERE state = 1;
CREATE INDEX effect_parked ON effect (state) WHERE state = 3;

CREATE TABLE head (
    org TEXT NOT NULL, seq {number} NOT NULL, hash {bytes} NOT NULL,
    PRIMARY KEY (org)
) {keyed};

CREATE TABLE entry (
    org TEXT NOT NULL, seq {number} NOT NULL, time {number} NOT NULL, kind TEXT NOT NULL, run {uuid}, actor TEXT,
    plan_digest {bytes}, policy_digest {bytes}, decision TEXT, previous {bytes} NOT NULL, commitment {bytes},
    hash {bytes} NOT NULL,
    PRIMARY KEY (org, seq)
) {keyed};
CREATE INDEX entry_run ON entry ({of_run});

CREATE TABLE entry_body (
    org TEXT NOT NULL, seq {number} NOT NULL, salt {bytes} NOT NULL, bytes {bytes} NOT NULL,
    PRIMARY KEY (org, seq)
) {strict};

CREATE TABLE inbox (
    org TEXT NOT NULL, id {uuid} NOT NULL, surface TEXT NOT NULL, dedupe TEXT NOT NULL, payload TEXT NOT NULL,
    received_at {number} NOT NULL, done_at {number},
    PRIMARY KEY (org, id)
) {strict};
CREATE UNIQUE INDEX inbox_dedupe ON inbox (org, surface, dedupe);
CREATE INDEX inbox_open ON inbox (received_at) WHERE done_at IS NULL;

CREATE TABLE api_key (
    org TEXT NOT NULL, id {uuid} NOT NULL, name TEXT NOT NULL, hash {bytes} NOT NULL, scopes TEXT NOT NULL,
    person TEXT, desk TEXT, created_at {number} NOT NULL, expires_at {number}, revoked_at {number},
    PRIMARY KEY (org, id)
) {strict};
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);

CREATE TABLE key_generation (
    org TEXT NOT NULL, value {number} NOT NULL,
    PRIMARY KEY (org)
) {keyed};

CREATE TABLE person_ref (
    org TEXT NOT NULL, reference TEXT NOT NULL, person {uuid} NOT NULL,
    PRIMARY KEY (org, reference)
) {keyed};
CREATE INDEX person_ref_person ON person_ref (org, person);

CREATE TABLE quarantine (
    org TEXT NOT NULL, id {uuid} NOT NULL, desk TEXT NOT NULL, digest {bytes} NOT NULL, body {bytes} NOT NULL,
    why TEXT NOT NULL, received_at {number} NOT NULL,
    PRIMARY KEY (org, id)
) {strict};
CREATE UNIQUE INDEX quarantine_body ON quarantine (org, digest);
";
