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

/// What was found at a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Each thing that was looked at.
    pub findings: Vec<Finding>,
    /// Whether its schema is an earlier version's: [`SqlStore::connect`](crate::SqlStore::connect) would bring it up to
    /// date, and there is no way back.
    pub outdated: bool,
}

/// Looks at the database that a service with this URL and these options would use: whether it can be reached, its
/// version, rights, settings and, for a file, its disk. Never fails as a whole; the URL is not repeated, for it may hold a
/// password.
pub async fn examine(url: &str, options: &StoreOptions) -> Examined {
    match Dialect::of(url) {
        Ok(Dialect::Sqlite) => file::examine(url, options).await,
        Ok(Dialect::Postgres) => server::examine(url, options).await,
        Err(error) => {
            vec![Finding::failed("database", said(&error), "correct the database's URL in the configuration")].into()
        }
    }
}

impl From<Vec<Finding>> for Examined {
    /// Findings about a database whose schema nothing is known of.
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, outdated: false }
    }
}

/// An error in words, without what every one of them begins with.
fn said(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(words) | StoreError::Corrupt(words) => words.clone(),
        StoreError::Conflict(_) | StoreError::Busy => error.to_string(),
    }
}

/// Whether this program can work with the schema, or will make it; and whether it is an earlier version's.
async fn schema(connection: &DatabaseConnection) -> (Finding, bool) {
    let compared = match applied_steps(connection).await {
        Ok(None) => Ok(None),
        Ok(Some(steps)) => missing(&steps).map(Some),
        Err(error) => Err(error),
    };
    let outdated = matches!(compared, Ok(Some(1..)));
    let finding = match compared {
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
    };
    (finding, outdated)
}
