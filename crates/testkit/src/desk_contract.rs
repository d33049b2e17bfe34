//! What every desk must do, whatever it is made of.
//!
//! `desk_contract!(constructor)` becomes one test for each case. The constructor is an `async fn() -> impl DeskStage` that
//! gives a desk without tickets; the stage raises them, shows what agents see there, and does what agents, the
//! administrator and the network do.

pub mod connection;
pub mod notes;
pub mod tickets;

use countersign_domain::{
    ids::{RunId, TicketId},
    note::marker,
    ports::Desk,
    run::NoteRef,
    time::At,
};

use crate::contract::Lost;

/// What another approval system writes at the head of its decision.
pub const DECISION: &str = "[AscendCore] Runbook decision: DENIED";

/// A call that agents see the outcome of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskWrite {
    /// [`Desk::post_note`].
    Post,
    /// [`Desk::edit_note`].
    Edit,
}

/// A note as agents see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownNote {
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether agents alone see it.
    pub private: bool,
}

/// A desk with people at it.
pub trait DeskStage {
    /// The desk.
    fn desk(&self) -> &dyn Desk;

    /// The address of the configured desk, without a slash at its end.
    fn address(&self) -> String;

    /// What the desk's clock shows.
    fn now(&self) -> At;

    /// Somebody raises a ticket.
    fn raise(&self, subject: &str, description: &str) -> impl Future<Output = TicketId>;

    /// A number that no ticket has.
    fn missing(&self) -> TicketId;

    /// The ticket is gone for good.
    fn purge(&self, ticket: &TicketId);

    /// An agent, or another system, writes a note.
    fn write(&self, ticket: &TicketId, text: &str, private: bool);

    /// A note that is not there, as if somebody had deleted it.
    fn missing_note(&self) -> NoteRef;

    /// The ticket's notes, oldest first.
    fn notes(&self, ticket: &TicketId) -> Vec<ShownNote>;

    /// The next call of this sort gets no answer.
    fn lose(&self, call: DeskWrite, lost: Lost);

    /// From now on the credential is refused.
    fn refuse(&self);

    /// How many requests arrived that would change something.
    fn writes(&self) -> u64;
}

/// Makes a test of every case.
#[macro_export]
macro_rules! desk_contract {
    ($constructor:path) => {
        $crate::desk_contract! { $constructor =>
            tickets::a_ticket_is_fetched_as_it_was_raised
            tickets::an_unknown_ticket_is_none
            tickets::a_ticket_that_is_gone_is_none
            tickets::a_link_leads_to_the_configured_desk
            tickets::only_a_private_note_of_somebody_else_decides_a_ticket
            notes::a_note_is_found_once_it_is_posted
            notes::a_note_is_private_and_says_its_lines
            notes::notes_of_other_runs_and_tickets_are_apart
            notes::the_first_of_several_notes_is_found
            notes::a_public_note_is_not_ours
            notes::a_line_cannot_forge_a_line
            notes::an_edited_note_says_the_new_lines_and_is_still_found
            notes::a_missing_note_is_gone
            notes::a_note_on_a_missing_ticket_is_refused_for_good
            notes::a_post_without_an_answer_is_ambiguous_and_found_once
            notes::a_post_that_never_arrived_is_ambiguous_and_not_found
            notes::an_edit_without_an_answer_may_be_repeated
            connection::a_check_says_who_we_are_and_writes_nothing
            connection::a_refused_credential_is_unauthorized_everywhere
        }
    };
    ($constructor:path => $($module:ident :: $case:ident)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::desk_contract::$module::$case(&$constructor().await).await;
            }
        )+
    };
}

fn run(number: u128) -> RunId {
    crate::builders::run_id(number)
}

/// A ticket, as most cases need one.
async fn raised(stage: &impl DeskStage) -> TicketId {
    stage.raise("Lost phone", "Please reset my MFA").await
}

/// A note of this run.
fn lines(number: u128) -> Vec<String> {
    vec!["[Countersign] Runbook decision: APPROVED".to_owned(), marker(&run(number))]
}
