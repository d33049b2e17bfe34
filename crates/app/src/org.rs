//! What the use cases know of an organisation: its rules, read from the configuration once.

use countersign_domain::{
    card::TicketWordsShown,
    ids::{ConnectionName, IntentName, OrgId, RunbookId},
    mode::Mode,
    policy::Policy,
    runbook::Runbook,
    time::At,
};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// A desk's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRules {
    /// The vendor, as a body's `source` may name it: `freshservice`.
    pub kind: String,
    /// Tickets opened before this are left alone.
    pub since: Option<At>,
}

/// An organisation's rules.
#[derive(Debug, Clone)]
pub struct Org {
    /// Whose.
    pub id: OrgId,
    /// The zone in which its people read times.
    pub zone: TimeZone,
    /// What stands in brackets at a note's beginning.
    pub note_prefix: String,
    /// How much of a ticket's words a card quotes.
    pub ticket_words: TicketWordsShown,
    /// How far the corridor is walked.
    pub mode: Mode,
    /// How far for single runbooks; the more cautious of the two counts.
    pub modes: BTreeMap<RunbookId, Mode>,
    /// The runbooks, by the intent each serves; those that are switched off too.
    pub runbooks: BTreeMap<IntentName, Runbook>,
    /// The policy of each runbook.
    pub policies: BTreeMap<RunbookId, Policy>,
    /// Its desks.
    pub desks: BTreeMap<ConnectionName, DeskRules>,
    /// For how many seconds a step waits for a user whom another system provisions.
    pub provisioning_wait: u64,
    /// For how many seconds what may name people is kept after its run ended; `None`: for ever.
    pub retention: Option<u64>,
}

impl Org {
    /// The desk that a body's `source` means: a desk's name, or the kind of the only desk of that kind.
    pub fn desk_by_source(&self, source: &str) -> Option<&ConnectionName> {
        let by_name = self.desks.keys().find(|name| name.as_str() == source);
        let mut by_kind = self.desks.iter().filter(|(_, rules)| rules.kind == source).map(|(name, _)| name);
        by_name.or_else(|| match (by_kind.next(), by_kind.next()) {
            (Some(only), None) => Some(only),
            (None | Some(_), _) => None,
        })
    }

    /// The mode in force for a runbook; without one, the organisation's.
    pub fn mode_of(&self, runbook: Option<&RunbookId>) -> Mode {
        self.mode.and(runbook.and_then(|id| self.modes.get(id)).copied())
    }

    /// A runbook, by its id.
    pub fn runbook(&self, id: &RunbookId) -> Option<&Runbook> {
        self.runbooks.values().find(|runbook| runbook.id == *id)
    }
}
