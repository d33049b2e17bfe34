//! Transactions that write.

use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::time::Instant;

use crate::{error::is_locked, sql::is_postgres};

/// Begins a transaction that writes. On SQLite it has the file's write lock from the start; where another process keeps
/// that, it is asked for again until `patience` is over. Nothing was written by then, so nothing is written twice.
pub(crate) async fn begin(writer: &DatabaseConnection, patience: Duration) -> Result<DatabaseTransaction, DbErr> {
    let options = if is_postgres(writer) {
        TransactionOptions::default()
    } else {
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
    };
    let end = now() + patience;
    loop {
        match writer.begin_with_options(options).await {
            // The attempt has waited for as long as the busy timeout.
            Err(error) if is_locked(&error) && now() < end => tokio::task::yield_now().await,
            begun => return begun,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "for how long somebody waits is counted monotonically")]
fn now() -> Instant {
    Instant::now()
}
