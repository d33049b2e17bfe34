//! What an API key may be used for.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A right of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Submit tickets.
    #[serde(rename = "ticket:ingest")]
    TicketIngest,
    /// Read runs.
    #[serde(rename = "run:read")]
    RunRead,
    /// Decide, as the person the key is bound to.
    #[serde(rename = "run:decide")]
    RunDecide,
    /// Plan again, cancel, look at and replay what was set aside.
    #[serde(rename = "run:manage")]
    RunManage,
    /// Read the catalogue.
    #[serde(rename = "catalog:read")]
    CatalogRead,
    /// Start a run without a ticket.
    #[serde(rename = "runbook:execute")]
    RunbookExecute,
    /// Read the ledger.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Administer the organisation.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::TicketIngest,
        Self::RunRead,
        Self::RunDecide,
        Self::RunManage,
        Self::CatalogRead,
        Self::RunbookExecute,
        Self::AuditRead,
        Self::Admin,
    ];

    /// The name as keys carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TicketIngest => "ticket:ingest",
            Self::RunRead => "run:read",
            Self::RunDecide => "run:decide",
            Self::RunManage => "run:manage",
            Self::CatalogRead => "catalog:read",
            Self::RunbookExecute => "runbook:execute",
            Self::AuditRead => "audit:read",
            Self::Admin => "admin",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
