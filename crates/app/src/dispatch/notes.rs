//! Notes: one private note for each run, always saying how the run is now. Write-back never blocks or undoes a run.

use countersign_domain::{
    command::Command,
    effect::ClaimedEffect,
    note::{NoteContext, note},
    ports::PortErrorKind,
    run::Run,
};

use super::{Done, Lease, NotDone};
use crate::advance::{App, AppError};

/// The kinds of ledger entries that a note may refer to, as a decision.
const DECISIONS: [&str; 5] = ["plan.approved", "plan.denied", "plan.expired", "run.cancelled", "plan.made"];

impl App {
    pub(super) async fn show_note(&self, effect: &ClaimedEffect, run: Run, lease: Lease<'_>) -> Result<Done, NotDone> {
        let Some((desk_name, number)) = run.ticket_key() else { return Ok(Done::Settled) };
        let Some(desk) = self.parts.connections.desk(&run.org, desk_name) else { return Ok(Done::Settled) };
        let Some(lines) = self.note_lines(&run).await? else { return Ok(Done::Settled) };
        if !(lease.holds)() {
            return Err(NotDone::LeaseLost);
        }
        let mut lost = false;
        if let Some(at) = &run.note {
            match desk.edit_note(at, &lines).await {
                Ok(()) => return Ok(Done::Settled),
                // Somebody deleted it: the ticket still has to tell how it ended.
                Err(error) if error.kind == PortErrorKind::Gone => lost = true,
                Err(error) => return Err(error.into()),
            }
        }
        let look = lost || self.may_stand_already(effect).await?;
        let found = if look { desk.find_note(number, &run.id).await? } else { None };
        let at = match found.filter(|at| run.note.as_ref() != Some(at)) {
            Some(at) => {
                desk.edit_note(&at, &lines).await?;
                at
            }
            None => desk.post_note(number, &lines).await?,
        };
        metrics::counter!("countersign_notes_total").increment(1);
        self.follow(effect, run, Command::NotePosted { note: at }, lease).await
    }

    /// The note's lines for a run as it is now; `None` where there is nothing to write.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_lines(&self, run: &Run) -> Result<Option<Vec<String>>, AppError> {
        let org = self.org(&run.org)?;
        let entries = self.parts.queries.entries_of(&run.org, &run.id).await?;
        let entry = entries
            .iter()
            .rev()
            .find(|(_, kind, _)| DECISIONS.contains(&kind.as_str()))
            .map(|(seq, _, hash)| (*seq, hash.short()));
        Ok(note(run, &NoteContext { prefix: &org.note_prefix, zone: &org.zone, entry }))
    }
}
