//! Pauses, reasons, replayed bodies, and what erasing needs.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait};

use super::run_statements;
use crate::sql;

/// The second schema.
pub(super) struct Second;

impl MigrationName for Second {
    fn name(&self) -> &'static str {
        "m0002_operation"
    }
}

#[async_trait]
impl MigrationTrait for Second {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        run_statements(connection, SECOND).await?;
        let reasons = if sql::is_postgres(connection) { POSTGRES_REASONS } else { SQLITE_REASONS };
        connection.execute_unprepared(reasons).await?;
        Ok(())
    }
}

/// `pause.runbook` is empty for a pause of the whole organisation, for no key has a NULL in it. `run.erased` is 1 once
/// the ticket's words were looked for and erased, so that erasing does not come back to the run; every change of the run
/// makes it 0 again. The states in `run_words` are the final ones.
const SECOND: &str = "
CREATE TABLE pause (
    org TEXT NOT NULL, runbook TEXT NOT NULL, since {number} NOT NULL, by TEXT NOT NULL, why TEXT,
    PRIMARY KEY (org, runbook)
) {keyed};

ALTER TABLE run ADD COLUMN reason TEXT;
ALTER TABLE run ADD COLUMN erased {number} NOT NULL DEFAULT 0;
CREATE INDEX run_reason ON run (org, reason, created_at, id) WHERE reason IS NOT NULL;
CREATE INDEX run_words ON run (org, updated_at, id) WHERE erased = 0
    AND state IN ('succeeded','partly_done','failed','denied','expired','cancelled','no_action');

ALTER TABLE quarantine ADD COLUMN replayed_at {number};
ALTER TABLE quarantine ADD COLUMN replayed_run {uuid};
CREATE INDEX quarantine_open ON quarantine (org, replayed_at, received_at, id);
CREATE INDEX quarantine_age ON quarantine (org, received_at, id);

CREATE INDEX inbox_done ON inbox (org, received_at, id) WHERE done_at IS NOT NULL;
";

/// A row that holds no JSON keeps no reason; it is reported when it is read.
const SQLITE_REASONS: &str = "UPDATE run SET reason = json_extract(data, '$.state.reason') \
                              WHERE state = 'no_action' AND json_valid(data)";
/// PostgreSQL refuses to read JSON with an escaped zero character anywhere in it; none stands in a reason.
const POSTGRES_REASONS: &str = "UPDATE run SET reason = \
                                replace(data, '\\u0000', '\\ufffd')::json #>> '{state,reason}' WHERE state = 'no_action'";
