//! What the unit tests here share.

use std::sync::Arc;

use countersign_testkit::ids::SeededIds;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Value};
use tempfile::TempDir;

use crate::{SqlStore, StoreOptions, sql::statement};

/// A store on SQLite, empty, and the folder it is in.
pub(crate) async fn store() -> (TempDir, SqlStore) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = SqlStore::connect(&url, Arc::new(SeededIds::new(1)), StoreOptions::default()).await.unwrap();
    (folder, store)
}

/// The URL of an empty PostgreSQL schema of this case's own; `None`: there is no server to test with.
pub(crate) async fn postgres_schema(case: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else {
        eprintln!("left out: {case} on PostgreSQL, for COUNTERSIGN_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("u{}_{case}", std::process::id());
    let program = other_program(&server).await;
    for statement in [format!("DROP SCHEMA IF EXISTS {name} CASCADE"), format!("CREATE SCHEMA {name}")] {
        program.execute_unprepared(&statement).await.unwrap();
    }
    let joint = if server.contains('?') { '&' } else { '?' };
    Some(format!("{server}{joint}options[search_path]={name}"))
}

/// A connection of the test's own, as another program would have.
pub(crate) async fn other_program(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// How SQLite would run a statement, line by line.
pub(crate) async fn plan_of(
    connection: &DatabaseConnection,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> Vec<String> {
    let explained = statement(connection, format!("EXPLAIN QUERY PLAN {text}"), values);
    let rows = connection.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}
