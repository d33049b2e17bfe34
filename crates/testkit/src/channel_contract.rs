//! What every channel must do, whatever it is made of.
//!
//! `channel_contract!(constructor)` becomes one test for each case. The constructor is an `async fn() -> impl ChannelStage`
//! that gives an empty room; the stage shows what people see there, and does what they, their administrator and the
//! network do. [`Channel::ask_reason`] stands apart: its trigger comes from a press alone, and it changes nothing.

pub mod cards;
pub mod connection;
pub mod people;
pub mod threads;

use countersign_domain::{
    card::{Card, CardStatus, CardStep, CardTarget},
    digest::Digest,
    ids::RunId,
    ports::Channel,
    run::CardRef,
    runbook::Risk,
    time::At,
};

use crate::contract::Lost;

/// A call that people see the outcome of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelWrite {
    /// [`Channel::post`] and [`Channel::post_probe`].
    Post,
    /// [`Channel::redraw`] and [`Channel::end_probe`].
    Redraw,
    /// [`Channel::say`].
    Say,
}

/// A message as everybody in the room sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Where it stands.
    pub message: String,
    /// Everything that can be read of it.
    pub words: String,
    /// How many buttons can be pressed.
    pub buttons: usize,
    /// How much stands in its thread.
    pub replies: usize,
}

/// Who is there, by the vendor's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The workspace of the channel.
    pub workspace: String,
    /// Another one.
    pub elsewhere: String,
    /// A full member of the workspace.
    pub member: String,
    /// The member's name.
    pub name: String,
    /// The address that the workspace vouches for.
    pub mail: String,
    /// A bot.
    pub bot: String,
    /// A guest.
    pub guest: String,
    /// Somebody of another workspace.
    pub stranger: String,
    /// Somebody nobody knows.
    pub unknown: String,
}

/// A channel with a room and people in it.
pub trait ChannelStage {
    /// The channel.
    fn channel(&self) -> &dyn Channel;

    /// Who is there.
    fn cast(&self) -> Cast;

    /// What the channel's clock shows.
    fn now(&self) -> At;

    /// What everybody sees in the room, in any order.
    fn room(&self) -> Vec<Shown>;

    /// What one person alone sees: who, and what.
    fn told(&self) -> Vec<(String, String)>;

    /// Somebody deletes a message.
    fn delete(&self, at: &CardRef);

    /// The next call of this sort gets no answer.
    fn lose(&self, call: ChannelWrite, lost: Lost);

    /// From now on the credential is refused.
    fn refuse(&self);

    /// How many requests arrived that would change something.
    fn writes(&self) -> u64;
}

/// Makes a test of every case.
#[macro_export]
macro_rules! channel_contract {
    ($constructor:path) => {
        $crate::channel_contract! { $constructor =>
            cards::a_card_is_found_by_its_run_and_by_no_other
            cards::a_card_shows_what_it_is_and_has_buttons_while_it_is_open
            cards::a_post_without_an_answer_is_ambiguous_and_found_once
            cards::a_post_that_never_arrived_is_ambiguous_and_not_found
            cards::drawing_twice_is_drawing_once
            cards::a_redraw_without_an_answer_may_be_repeated
            cards::a_closed_card_has_no_buttons_and_is_still_found
            cards::a_deleted_card_is_gone
            threads::an_utterance_is_found_by_its_exact_topic
            threads::threads_are_apart
            threads::an_utterance_without_an_answer_is_ambiguous_and_found
            threads::a_thread_is_no_card
            people::a_member_is_known_by_name_and_address
            people::whoever_can_never_decide_is_barred
            people::a_member_asked_about_alone_is_not_barred
            people::an_explanation_is_seen_by_one_person
            connection::a_probe_is_no_card_and_loses_its_button
            connection::a_deleted_probe_is_gone
            connection::a_check_says_who_we_are_and_writes_nothing
            connection::a_refused_credential_is_unauthorized_everywhere
        }
    };
    ($constructor:path => $($module:ident :: $case:ident)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::channel_contract::$module::$case(&$constructor().await).await;
            }
        )+
    };
}

/// A run's id.
pub fn run(number: u128) -> RunId {
    crate::builders::run_id(number)
}

/// A card that can be approved.
pub fn open(run: RunId) -> Card {
    card(run, CardStatus::Open { confirm: "MFA Reset for Sarah Chen: Reset all factors".to_owned() })
}

/// A card with nothing left to decide.
pub fn closed(run: RunId) -> Card {
    card(run, CardStatus::Closed { lines: vec!["Denied by Dana Lead".to_owned()] })
}

fn card(run: RunId, status: CardStatus) -> Card {
    Card {
        run,
        plan_version: 3,
        plan_digest: Digest::of(b"test"),
        notification: "MFA Reset · Sarah Chen · #4211".to_owned(),
        title: "MFA Reset".to_owned(),
        runbook: "RB-002".to_owned(),
        risk: Risk::Medium,
        target: Some(CardTarget {
            name: "Sarah Chen".to_owned(),
            mail: "sarah.chen@acme.com".to_owned(),
            id: "00u1sarah".to_owned(),
            state: "ACTIVE".to_owned(),
        }),
        steps: vec![CardStep {
            title: "Reset all 2 enrolled factors (okta)".to_owned(),
            before: "2 factors".to_owned(),
            after: "no factor".to_owned(),
            outcome: None,
        }],
        requester: "Rob Requester (rob@acme.com)".to_owned(),
        came_in: Some("by email, sender unverified".to_owned()),
        ticket: Some(("#4211".to_owned(), "https://acme.freshservice.com/a/tickets/4211".to_owned())),
        classification: "mfa_reset, confidence 0.97".to_owned(),
        deciders: vec!["mail:lead@acme.com".to_owned()],
        until: "2026-06-09 17:00 CEST".to_owned(),
        digest: "9f86d081".to_owned(),
        quoted: None,
        remarks: Vec::new(),
        status,
    }
}

/// The one message of this place.
fn shown(stage: &impl ChannelStage, at: &CardRef) -> Shown {
    let mut there: Vec<Shown> = stage.room().into_iter().filter(|message| message.message == at.message).collect();
    assert_eq!(there.len(), 1, "of {at:?} in {:#?}", stage.room());
    there.remove(0)
}

fn lines(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}
