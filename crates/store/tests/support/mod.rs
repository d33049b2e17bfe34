//! What several of the store's tests need.

use std::sync::Arc;

use countersign_domain::ports::StoreError;
use countersign_store::{SqlStore, StoreOptions};
use countersign_testkit::ids::SeededIds;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

/// Opens a store whose ids begin at `seed`.
pub(crate) async fn connect(url: &str, seed: u64, options: StoreOptions) -> Result<SqlStore, StoreError> {
    SqlStore::connect(url, Arc::new(SeededIds::new(seed)), options).await
}

/// A connection of the test's own, as another program would have.
pub(crate) async fn other_program(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the database can be reached")
}

/// The schema steps that a database has.
pub(crate) async fn steps(program: &DatabaseConnection) -> Vec<String> {
    let text = "SELECT version FROM seaql_migrations ORDER BY version";
    let statement = Statement::from_string(program.get_database_backend(), text);
    let rows = program.query_all_raw(statement).await.expect("the steps can be read");
    rows.iter().map(|row| row.try_get("", "version").expect("a step has a name")).collect()
}

/// Runs a statement on it.
pub(crate) async fn run(program: &DatabaseConnection, statement: &str) {
    program.execute_unprepared(statement).await.expect("the statement is accepted");
}
