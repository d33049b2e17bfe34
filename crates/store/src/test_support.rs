//! What the unit tests here share.

use std::sync::Arc;

use countersign_testkit::ids::SeededIds;
use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use tempfile::TempDir;

use crate::{SqlStore, StoreOptions, sql::statement};

/// A store on SQLite, empty, and the folder it is in.
pub(crate) async fn store() -> (TempDir, SqlStore) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = SqlStore::connect(&url, Arc::new(SeededIds::new(1)), StoreOptions::default()).await.unwrap();
    (folder, store)
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
