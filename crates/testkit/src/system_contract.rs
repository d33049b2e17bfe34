//! What every identity system must do, whatever it is made of.
//!
//! `system_contract!(constructor)` becomes one test for each case. The constructor is an `async fn() -> impl SystemStage`
//! that gives a directory; a case that goes through the system's actions asks for a fresh one for each. The stage puts
//! people there, makes each action possible, and does what administrators and the network do. Where systems rightly
//! differ, [`Capabilities`] say so.

pub mod acting;
pub mod connection;
pub mod finding;
pub mod losing;
pub mod preparing;
pub mod standing;

use countersign_domain::{
    person::MailAddress,
    plan::{BlockCode, NewUser, Step, Subject},
    ports::{Observed, PersonQuery, Prepared, PreparedStep, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
    time::At,
};

use crate::{builders, contract::Lost};

/// In what systems rightly differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// The groups that everybody is in.
    pub everybody: &'static [&'static str],
    /// Actions that leave nothing behind which could be read: they are ready again at once, and doing them again is
    /// harmless.
    pub unseen: &'static [ActionKind],
    /// Actions whose precondition cannot change while their user is there.
    pub undisturbed: &'static [ActionKind],
}

/// What an ask needs besides action and person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The group.
    pub group: Option<String>,
    /// The licence.
    pub license: Option<String>,
}

/// A system with a directory.
pub trait SystemStage {
    /// The system.
    fn system(&self) -> &dyn System;

    /// In what it differs from others.
    fn capabilities(&self) -> Capabilities;

    /// What the system's clock shows.
    fn now(&self) -> At;

    /// Adds an active person without any role or group of their own; the address is the login.
    fn add(&self, first: &str, last: &str, login: &str);

    /// The person vanishes.
    fn remove(&self, login: &str);

    /// Makes the action possible for somebody who was added, whom nothing but that distinguishes.
    fn arrange(&self, action: ActionKind, login: &str) -> Wanted;

    /// Somebody changes what the action was planned on, so that it no longer fits. Not asked of
    /// [`Capabilities::undisturbed`].
    fn disturb(&self, action: ActionKind, login: &str);

    /// Everything that the system keeps of a person and that an action puts, as text to be compared.
    fn state(&self, login: &str) -> String;

    /// Makes somebody an administrator; answers the role as the system names it.
    fn promote(&self, login: &str) -> String;

    /// Puts somebody into a group; answers its name.
    fn join(&self, login: &str) -> String;

    /// Puts a group into another, which is there already or not; answers the outer one's name. `None`: groups hold no
    /// groups here.
    fn nest(&self, group: &str) -> Option<String>;

    /// The next request that performs this action gets no answer.
    fn lose(&self, action: ActionKind, lost: Lost);

    /// From now on the credential is refused.
    fn refuse(&self);

    /// How many requests arrived that would change something.
    fn writes(&self) -> u64;
}

/// Makes a test of every case.
#[macro_export]
macro_rules! system_contract {
    ($constructor:path) => {
        $crate::system_contract! { $constructor =>
            finding::an_address_is_matched_whole_and_in_any_case
            finding::a_name_is_matched_whole_and_in_any_case
            finding::two_people_of_one_name_are_both_found
            finding::nobody_is_found_for_nothing
            preparing::reading_writes_nothing
            preparing::an_action_of_another_system_is_blocked
            preparing::somebody_who_has_vanished_is_blocked
            preparing::what_is_unknown_or_not_named_is_blocked
            preparing::a_login_that_is_taken_is_blocked
            preparing::what_is_so_already_leads_to_no_step
            preparing::a_group_within_another_says_so
            acting::a_step_is_ready_then_done_by_one_write
            acting::a_change_of_what_was_planned_on_is_drifted
            acting::whoever_vanished_is_drifted_and_refused_for_good
            acting::a_state_put_twice_is_put_once
            acting::somebody_awaited_is_waited_for
            acting::whoever_a_step_creates_is_the_next_ones_person
            losing::a_lost_answer_is_ambiguous_and_read_back
            losing::a_lost_request_is_ambiguous_and_ready_again
            standing::a_plain_user_is_protected_by_nothing
            standing::an_administrator_has_the_roles_name
            standing::a_member_has_the_groups_name
            standing::an_unknown_user_is_never_taken_for_unprotected
            connection::a_check_says_who_we_are_and_writes_nothing
            connection::a_refused_credential_is_unauthorized_everywhere
        }
    };
    ($constructor:path => $($module:ident :: $case:ident)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::system_contract::$module::$case(async || $constructor().await).await;
            }
        )+
    };
}

/// Whom every action is done to.
const LOGIN: &str = "mara.lind@acme.com";
/// Somebody who is not there at first.
const NEW: &str = "nina.vogel@acme.com";

fn nina() -> NewUser {
    builders::new_user("Nina", "Vogel", NEW)
}

fn by_mail(address: &str) -> PersonQuery {
    PersonQuery { mail: Some(MailAddress::new(address).expect("an address")), name: None }
}

fn by_name(name: &str) -> PersonQuery {
    PersonQuery { mail: None, name: Some(name.to_owned()) }
}

async fn find(stage: &impl SystemStage, login: &str) -> Subject {
    let mut found = stage.system().resolve(&by_mail(login)).await.expect("looks");
    assert_eq!(found.len(), 1, "{login}: {found:?}");
    found.remove(0)
}

/// Whether a case about this action has anything to say; else it is left out, in words.
fn can(stage: &impl SystemStage, action: ActionKind) -> bool {
    let can = stage.system().actions().contains(&action);
    if !can {
        println!("LEFT OUT: {} has no action {action}", stage.system().kind());
    }
    can
}

/// An ask for this action, where there is nothing more to say.
fn ask(action: ActionKind, subject: SubjectOfAsk, wanted: Wanted) -> StepAsk {
    let groups = wanted.group.into_iter().collect();
    StepAsk { ordinal: 0, action, subject, groups, license: wanted.license }
}

/// Adds the person and makes the action possible; answers what is asked for.
async fn arranged(stage: &impl SystemStage, action: ActionKind) -> StepAsk {
    if action == ActionKind::CreateUser {
        return ask(action, SubjectOfAsk::New(nina()), Wanted::default());
    }
    stage.add("Mara", "Lind", LOGIN);
    let wanted = stage.arrange(action, LOGIN);
    ask(action, SubjectOfAsk::Known(find(stage, LOGIN).await), wanted)
}

/// The one step that an action leads to where it is possible.
async fn planned(stage: &impl SystemStage, action: ActionKind) -> (StepAsk, Step) {
    let ask = arranged(stage, action).await;
    let prepared = stage.system().prepare(&ask).await.unwrap_or_else(|error| panic!("{action}: {error}"));
    (ask, only_step(prepared))
}

fn only_step(prepared: Prepared) -> Step {
    assert!(prepared.blockers.is_empty() && prepared.steps.len() == 1, "{prepared:#?}");
    let mut steps = prepared.steps;
    let PreparedStep { action, title, before, after, guard, within: _ } = steps.remove(0);
    Step { ordinal: 0, system: builders::connection("directory"), action, title, before, after, guard }
}

/// The person a step changes: whoever it creates, or whoever it is about.
fn login_of(step: &Step) -> &'static str {
    if step.action.kind() == ActionKind::CreateUser { NEW } else { LOGIN }
}

/// The one reason why not; nothing may be left to do.
fn blocked(prepared: &Prepared) -> BlockCode {
    assert!(prepared.steps.is_empty(), "{prepared:#?}");
    let [blocker] = prepared.blockers.as_slice() else { panic!("{prepared:#?}") };
    assert!(!blocker.says.trim().is_empty() && !blocker.mend.trim().is_empty(), "{blocker:?}");
    blocker.code
}

async fn observe(stage: &impl SystemStage, step: &Step, ambiguous: bool) -> Observed {
    stage.system().observe(step, None, ambiguous).await.unwrap_or_else(|error| panic!("{}: {error}", step.title))
}

fn is_done(observed: &Observed) -> bool {
    matches!(observed, Observed::AlreadyDone(says) if !says.trim().is_empty())
}

fn is_drifted(observed: &Observed) -> bool {
    matches!(observed, Observed::Drifted(says) if !says.trim().is_empty())
}
