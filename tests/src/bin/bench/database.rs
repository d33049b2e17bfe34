//! The databases: what SQLite can insert at most, a PostgreSQL server's databases, and what a store holds.

use anyhow::Context;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use std::{collections::HashSet, fmt::Write, path::Path, time::Duration};
use url::Url;

use crate::machine::{now, number};

/// Rows in one transaction: what the program's committer takes at most.
const BATCH: u64 = 256;

/// Rows in one statement.
const GROUP: u64 = 128;

/// Bytes of a row's text: about what a ticket's row, text and ledger entry come to together.
const ROW: usize = 1_024;

/// Rows a second into a table with one key, synced at every commit.
pub(crate) async fn inserts(folder: &Path, time: Duration) -> anyhow::Result<f64> {
    let file = tempfile::Builder::new().suffix(".db").tempfile_in(folder)?;
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.path().display()));
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|connect| {
        connect.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").pragma("wal_autocheckpoint", "20000")
    });
    let database = Database::connect(options).await?;
    database.execute_unprepared("CREATE TABLE ticket (id INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT").await?;
    let mut text = String::from("INSERT INTO ticket (id, data) VALUES ");
    for row in 0..GROUP {
        let _ = write!(text, "{}(${}, ${})", if row == 0 { "" } else { "," }, row * 2 + 1, row * 2 + 2);
    }
    let data = "x".repeat(ROW);
    let begun = now();
    let mut rows: u64 = 0;
    while now().duration_since(begun) < time {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = database.begin_with_options(immediate).await?;
        for _ in 0..BATCH / GROUP {
            let values: Vec<Value> = (rows..rows + GROUP)
                .flat_map(|id| [i64::try_from(id).unwrap_or(i64::MAX).into(), data.clone().into()])
                .collect();
            let backend = transaction.get_database_backend();
            transaction.execute_raw(Statement::from_sql_and_values(backend, &text, values)).await?;
            rows += GROUP;
        }
        transaction.commit().await?;
    }
    let seconds = now().duration_since(begun).as_secs_f64();
    database.close().await?;
    Ok(number(usize::try_from(rows)?) / seconds)
}

/// The tickets of the runs that a store holds. Each run has one.
pub(crate) async fn tickets(url: &str) -> anyhow::Result<HashSet<u64>> {
    let database = Database::connect(quiet(url)).await?;
    let text = "SELECT ticket FROM run WHERE ticket IS NOT NULL";
    let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), text)).await?;
    let mut tickets = HashSet::with_capacity(rows.len());
    for row in &rows {
        let number: String = row.try_get("", "ticket")?;
        tickets.insert(number.parse::<u64>().context("the store holds a ticket that was never sent")?);
    }
    database.close().await?;
    anyhow::ensure!(tickets.len() == rows.len(), "the store holds a ticket twice");
    Ok(tickets)
}

fn quiet(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options
}

/// A PostgreSQL server on which databases can be made.
pub(crate) struct Postgres {
    admin: Url,
}

impl Postgres {
    /// The server at this address, as its superuser.
    pub(crate) fn at(url: &str) -> anyhow::Result<Self> {
        Ok(Self { admin: Url::parse(url).context("the address of the PostgreSQL server is not understood")? })
    }

    /// Makes a database of this name anew; its address.
    pub(crate) async fn create(&self, name: &str) -> anyhow::Result<String> {
        let server = self.connect().await?;
        server.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        server.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
        server.close().await?;
        let mut url = self.admin.clone();
        url.set_path(name);
        Ok(url.to_string())
    }

    /// Removes a database.
    pub(crate) async fn remove(&self, name: &str) -> anyhow::Result<()> {
        let server = self.connect().await?;
        server.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        Ok(server.close().await?)
    }

    async fn connect(&self) -> anyhow::Result<DatabaseConnection> {
        Database::connect(quiet(self.admin.as_str())).await.context("the PostgreSQL server cannot be reached")
    }
}
