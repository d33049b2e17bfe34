//! What every store must do, whatever it is made of.
//!
//! `store_contract!(constructor)` becomes one test for each case. The constructor is an
//! `async fn(case: &str) -> Option<Subject>` that gives an empty store; `None` leaves the case out, which the
//! constructor must say in words. [`queue::a_clock_that_jumps_ends_no_lease`] stands apart: it is for stores whose leases
//! go by a clock of their own.

pub mod beside;
pub mod keeping;
pub mod ledger;
pub mod pages;
pub mod pausing;
pub mod queue;
pub mod runs;
pub mod settling;

use std::{any::Any, sync::Arc};

use countersign_domain::{
    decide::{Opening, open},
    effect::{Ask, ClaimedEffect, Lane, NewEffect, Settlement},
    event::{Event, Record},
    ids::{ConnectionName, OrgId, RunId, TicketId},
    person::Actor,
    ports::{Change, ClaimRequest, Opened, Queries, RunChange, Settle, Store, StoreError},
    run::{Origin, Run},
    ticket::TicketText,
    time::At,
};
use uuid::Uuid;

use crate::builders::{START, from_api};

/// A store that is written and read.
pub trait FullStore: Store + Queries {}

impl<T: Store + Queries> FullStore for T {}

/// A store as the cases get it.
pub type Shared = Arc<dyn FullStore>;

/// An empty store, and what must live as long as it does (a folder, say).
pub struct Subject {
    /// The store.
    pub store: Shared,
    /// Dropped after the case.
    pub keep: Box<dyn Any + Send>,
}

impl Subject {
    /// A store that needs nothing kept.
    pub fn new(store: impl FullStore + 'static) -> Self {
        Self { store: Arc::new(store), keep: Box::new(()) }
    }
}

/// Makes a test of every case.
#[macro_export]
macro_rules! store_contract {
    ($constructor:path) => {
        $crate::store_contract! { $constructor =>
            runs::a_ticket_opens_one_run
            runs::two_hundred_deliveries_at_once_open_one_run
            runs::runs_without_a_ticket_never_conflict
            runs::a_number_belongs_to_its_desk_and_organisation
            runs::a_duplicate_is_told_how_the_run_stands_now
            runs::a_stale_version_conflicts_and_writes_nothing
            runs::of_many_changes_at_once_one_goes_through
            runs::a_change_of_an_unknown_run_conflicts
            runs::an_incomplete_change_is_refused
            runs::words_are_replaced
            queue::a_lane_keeps_its_order
            queue::lanes_do_not_wait_for_each_other
            queue::only_the_lanes_asked_for_are_claimed
            queue::timers_stand_alone
            queue::what_is_not_due_is_not_claimed
            queue::an_effect_is_claimed_by_one_worker
            queue::an_expired_lease_is_ambiguous_and_fenced_off
            queue::a_renewed_lease_is_kept
            queue::depth_counts_what_is_due
            settling::a_parked_effect_holds_up_nobody
            settling::a_retry_waits_for_its_time
            settling::a_lost_lease_conflicts_and_writes_nothing
            settling::an_effect_is_settled_once
            settling::a_commit_claims_what_it_asks_for
            settling::a_commit_does_not_claim_behind_an_unsettled_effect
            settling::settling_claims_the_next_of_the_lane
            settling::a_settlement_alone_claims_the_next_of_the_lane
            settling::a_change_claims_by_the_moment_it_names
            settling::a_retry_does_not_free_its_lane
            ledger::receipts_name_the_entries_written
            ledger::chains_verify_after_commits_at_once
            ledger::an_empty_ledger_ends_at_its_beginning
            ledger::a_run_finds_its_entries
            beside::a_click_is_persisted_once
            beside::a_click_stays_until_it_is_dealt_with
            beside::a_person_keeps_their_id
            beside::persons_with_a_common_reference_are_one
            beside::persons_of_two_organisations_stay_apart
            beside::keys_move_the_generation_on
            beside::a_body_is_set_aside_once
            pages::pages_do_not_shift
            pages::runs_are_filtered
            pages::runs_left_alone_are_paged_by_their_reason
            pages::a_strange_cursor_is_refused
            pausing::a_pause_holds_steps_and_nothing_else
            pausing::pauses_of_runbook_and_organisation_are_apart
            pausing::a_pause_stays_as_it_was
            pausing::a_commit_hands_out_no_new_step_while_paused
            pausing::a_commit_hands_out_no_next_step_while_paused
            pausing::held_steps_hide_nothing
            pausing::steps_in_flight_are_counted
            pausing::an_abandoned_step_waits_for_the_resume
            pausing::no_step_starts_after_the_pause_is_acknowledged
            keeping::bodies_are_listed_page_by_page
            keeping::a_replayed_body_leaves_the_list
            keeping::a_replayed_body_that_comes_again_waits_again
            keeping::a_change_without_a_record_makes_no_run_younger
            keeping::a_run_tells_its_history
            keeping::words_are_erased_when_their_time_is_up
            keeping::no_more_is_erased_than_asked_for
            keeping::clicks_and_bodies_are_erased_by_their_age
        }
    };
    ($constructor:path => $($module:ident :: $case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(subject) = $constructor(stringify!($case)).await {
                    $crate::store_contract::$module::$case(&subject.store).await;
                }
            }
        )+
    };
}

/// An organisation.
pub fn org(name: &str) -> OrgId {
    OrgId::new(name).expect("a valid name")
}

/// A run of `acme`, from this ticket of `helpdesk` where there is one, as it is when it is opened.
pub fn fresh_run(number: u128, ticket: Option<&str>) -> Run {
    fresh_run_of("acme", number, ticket)
}

/// A run of an organisation.
pub fn fresh_run_of(name: &str, number: u128, ticket: Option<&str>) -> Run {
    let origin = match ticket {
        Some(ticket) => Origin::Ticket {
            desk: ConnectionName::new("helpdesk").expect("a valid name"),
            ticket: TicketId::new(ticket).expect("a valid number"),
        },
        None => from_api(),
    };
    let opening =
        Opening { id: RunId(Uuid::from_u128(number)), org: org(name), origin, understood: None, left_alone: None };
    open(opening, START).0
}

/// The run after some change, decided at `now`.
pub fn changed(run: &Run, now: At) -> Run {
    Run { version: run.version + 1, updated_at: now, ..run.clone() }
}

/// That a run was taken in.
pub fn received(run: &Run) -> Record {
    Event::Received { origin: run.origin.clone() }.record(run, START)
}

/// That a new plan is wanted.
pub fn asked_again(run: &Run) -> Record {
    Event::Replanning { by: Actor::Operator, version: 2, why: "a test wants it".to_owned(), correction: None }
        .record(run, START)
}

/// A ticket's words.
pub fn words(subject: &str) -> TicketText {
    TicketText {
        subject: subject.to_owned(),
        description: "Umlauts ä, quotes \", zero \0.".to_owned(),
        requester: None,
    }
}

/// Effects numbered from `first`, due at the start.
pub fn due(first: u32, asks: &[Ask]) -> Vec<NewEffect> {
    asks.iter().zip(first..).map(|(ask, ordinal)| NewEffect { ordinal, ask: ask.clone(), not_before: START }).collect()
}

/// A change of a run to its next version, with the record [`asked_again`].
pub fn change(run: &Run) -> (Run, Change) {
    let next = changed(run, START);
    let change = Change {
        org: Some(run.org.clone()),
        records: vec![asked_again(&next)],
        run: Some(RunChange { run: next.clone(), expected_version: run.version }),
        ..Change::default()
    };
    (next, change)
}

/// The settlement of a claimed effect and nothing else.
pub fn settle(effect: &ClaimedEffect, settlement: Settlement) -> Change {
    Change { settle: Some(settlement_of(effect, settlement)), ..Change::default() }
}

/// The settlement of a claimed effect.
pub fn settlement_of(effect: &ClaimedEffect, settlement: Settlement) -> Settle {
    Settle { effect: effect.id, org: effect.org.clone(), fence: effect.fence, settlement }
}

/// Opens a run without a ticket that asks for these.
pub async fn opened(store: &Shared, number: u128, asks: &[Ask]) -> Run {
    let run = fresh_run(number, None);
    let opened = store.open(&run, None, vec![received(&run)], due(0, asks)).await.expect("opens");
    assert!(matches!(opened, Opened::New(_)), "run {number} was there already");
    run
}

/// A request for all lanes at `now`, with a lease of a minute.
pub fn request(now: At) -> ClaimRequest {
    ClaimRequest { owner: "worker-1".to_owned(), lease_ms: 60_000, limit: 100, lanes: Lane::ALL.to_vec(), now }
}

/// Claims whatever is due at the start.
pub async fn claim(store: &Shared) -> Vec<ClaimedEffect> {
    store.claim(request(START)).await.expect("claims")
}

/// The ordinals of effects.
pub fn ordinals(effects: &[ClaimedEffect]) -> Vec<u32> {
    effects.iter().map(|effect| effect.ordinal).collect()
}

/// Whether this is a conflict.
pub fn is_conflict<T>(result: &Result<T, StoreError>, wanted: &countersign_domain::ports::Conflict) -> bool {
    matches!(result, Err(StoreError::Conflict(conflict)) if conflict == wanted)
}
