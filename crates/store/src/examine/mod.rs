//! What `check` finds at the database. Only looked at: no file is made, no schema changed, nothing written.

mod file;
mod server;

use countersign_domain::ports::{Finding, StoreError};
use sea_orm::DatabaseConnection;

use crate::{
    connect::Dialect,
    migration::{applied_steps, missing},
    options::StoreOptions,
};

/// Looks at the database that a service with this URL and these options would use: whether it can be reached, its
/// version, rights, settings and, for a file, its disk. Never fails as a whole; the URL is not repeated, for it may hold a
/// password.
pub async fn examine(url: &str, options: &StoreOptions) -> Vec<Finding> {
    match Dialect::of(url) {
        Ok(Dialect::Sqlite) => file::examine(url, options).await,
        Ok(Dialect::Postgres) => server::examine(url, options).await,
        Err(error) => {
            vec![Finding::failed("database", said(&error), "correct the database's URL in the configuration")]
        }
    }
}

/// An error in words, without what every one of them begins with.
fn said(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(words) | StoreError::Corrupt(words) => words.clone(),
        StoreError::Conflict(_) | StoreError::Busy => error.to_string(),
    }
}

/// Whether this program can work with the schema, or will make it.
async fn schema(connection: &DatabaseConnection) -> Finding {
    let compared = match applied_steps(connection).await {
        Ok(None) => Ok(None),
        Ok(Some(steps)) => missing(&steps).map(Some),
        Err(error) => Err(error),
    };
    match compared {
        Ok(None) => Finding::ok("schema", "none yet: it will be made when the service starts"),
        Ok(Some(0)) => Finding::ok("schema", "is this version's"),
        Ok(Some(steps)) => Finding::warning(
            "schema",
            format!("of an earlier version: {steps} step(s) will be applied when the service starts"),
            "make a backup before the first start of this version (countersign backup)",
        ),
        Err(error) => Finding::failed(
            "schema",
            said(&error),
            "start the version that wrote it, or point the configuration at another database",
        ),
    }
}
