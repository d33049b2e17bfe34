//! A run under any commands in any order, watched by what must always hold.

use countersign_domain::{
    command::{Command, Decision, Facts, Refusal},
    decide::{ApprovedPlan, Opening, apply, decide, open},
    digest::Digest,
    effect::{Ask, NewEffect},
    event::Event,
    mode::Mode,
    person::{Actor, MailAddress},
    policy::Policy,
    run::{DenyReason, NoActionReason, NoteRef, Run, State, StateName},
    time::At,
};
use countersign_testkit::builders::*;
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseError};
use std::collections::{BTreeMap, BTreeSet};

use crate::moves::{
    Blocked, Corrector, Meant, MeantDigest, Move, REPLANNED, Start, Who, card_ref, correction_by, results, understood,
};

/// The policy of the game: everybody but the stranger is listed.
pub(crate) fn game_policy() -> Policy {
    policy_of(&[APPROVER, LEAD, "slack:U0ROB", "slack:U0SARAH", "slack:U0GHOST"], 24 * 3_600)
}

/// A run in the middle of a game.
pub(crate) struct Game {
    pub(crate) run: Run,
    pub(crate) now: At,
    policy: Policy,
    /// Digests that somebody entitled approved.
    approved: BTreeSet<Digest>,
    /// Decisions by plan version.
    decisions: BTreeMap<u32, u32>,
    ordinals: BTreeSet<u32>,
    corrector: Option<Corrector>,
    /// Whether it was ever live.
    lived: bool,
    pub(crate) states: BTreeSet<StateName>,
    pub(crate) events: Vec<Event>,
    pub(crate) refusals: u32,
}

type Checked<T> = Result<T, TestCaseError>;

impl Game {
    pub(crate) fn open(start: Start) -> Checked<Self> {
        let origin = if start.by_api { from_api() } else { from_ticket() };
        let opening = Opening {
            id: run_id(1),
            org: org_id(),
            origin,
            understood: start.hint.map(understood),
            left_alone: start.mode.leaves_untouched(),
        };
        let (run, decision) = open(opening, START);
        let mut game = Self {
            run: run.clone(),
            now: START,
            policy: game_policy(),
            approved: BTreeSet::new(),
            decisions: BTreeMap::new(),
            ordinals: BTreeSet::new(),
            corrector: None,
            lived: start.mode == Mode::Live,
            states: BTreeSet::from([StateName::Received, run.state.name()]),
            events: decision.events.clone(),
            refusals: 0,
        };
        prop_assert_eq!(run.version, 1);
        if start.mode == Mode::Off {
            prop_assert_eq!(run.left_alone(), Some(&NoActionReason::SwitchedOff));
            prop_assert!(
                decision.effects.is_empty(),
                "something is asked of the world for an organisation that is off"
            );
        }
        game.check_effects(0, &run, &decision.effects)?;
        Ok(game)
    }

    pub(crate) fn play(&mut self, next: Move, mode: Mode) -> Checked<()> {
        let who = match next {
            Move::Approve { who, .. } | Move::Deny { who, .. } => who,
            Move::Wait { seconds } => {
                self.now = self.now.plus_seconds(seconds);
                return Ok(());
            }
            Move::Read { .. }
            | Move::LeaveAlone
            | Move::Plan { .. }
            | Move::CardPosted
            | Move::NotePosted
            | Move::Expire { .. }
            | Move::EndStep { .. }
            | Move::Replan { .. }
            | Move::Cancel
            | Move::ShowAgain => Who::Nobody,
        };
        self.lived |= mode == Mode::Live;
        // A card and a note stand only where they were asked for.
        if !self.lived && matches!(next, Move::CardPosted | Move::NotePosted) {
            return Ok(());
        }
        let Some(command) = self.command(next) else { return Ok(()) };
        let approver = who.approver();
        let facts = Facts { now: self.now, policy: Some(&self.policy), approver: approver.as_ref(), mode };
        match decide(&self.run, command.clone(), &facts) {
            Ok(decision) => self.follow((next, mode), &command, &decision),
            Err(refusal) => self.check_refusal(&command, &refusal),
        }
    }

    /// `None`: a waiting, which is no command.
    fn command(&self, next: Move) -> Option<Command> {
        let run = &self.run;
        let present = run.state.plan().map_or(run.plan_version, |plan| plan.version);
        let wanted = run.state.plan().map(|plan| plan.digest(&run.org, &run.id)).unwrap_or(digest(0));
        let meant = |meant| match meant {
            MeantDigest::Absent => None,
            MeantDigest::Present => Some(wanted),
            MeantDigest::Other => Some(digest(0xee)),
        };
        Some(match next {
            Move::Read { asked } => Command::ReadTicket { facts: ticket_facts(), understood: understood(asked) },
            Move::LeaveAlone => Command::LeaveAlone { reason: NoActionReason::Closed },
            Move::Plan { version, steps, blocked } => {
                let mut plan = plan(version.of(run.plan_version + 1), steps, self.now);
                plan.blockers = blocked.map(Blocked::blocker).into_iter().collect();
                plan.editor_mails = self.editor_mails();
                Command::Plan { plan: Box::new(plan) }
            }
            Move::CardPosted => Command::CardPosted { card: card_ref() },
            Move::NotePosted => Command::NotePosted { note: NoteRef("note-1".to_owned()) },
            Move::Approve { version, digest, .. } => {
                Command::Approve { plan_version: version.of(present), plan_digest: meant(digest) }
            }
            Move::Deny { version, digest, .. } => Command::Deny {
                plan_version: version.of(present),
                plan_digest: meant(digest),
                reason: DenyReason::WrongPerson,
                words: Some("not her".to_owned()),
            },
            Move::Expire { version } => Command::Expire { plan_version: version.of(present) },
            Move::EndStep { ordinal, digest: meant_digest, result } => {
                let done = run.state.execution().map_or(0, |execution| execution.outcomes.len());
                Command::EndStep {
                    ordinal: u16::try_from(ordinal.of(u32::try_from(done).unwrap_or(0))).unwrap_or(0),
                    plan_digest: meant(meant_digest).unwrap_or(digest(0xdd)),
                    result: results()[result % results().len()].clone(),
                }
            }
            Move::Replan { corrected } => {
                Command::Replan { by: Actor::Operator, correction: corrected.map(correction_by) }
            }
            Move::Cancel => Command::Cancel { by: Actor::Operator },
            Move::ShowAgain => Command::ShowAgain,
            Move::Wait { .. } => return None,
        })
    }

    /// As the planner gathers them: the address that corrected, and every other one that the systems know.
    fn editor_mails(&self) -> Vec<MailAddress> {
        let mut mails: Vec<_> = self.run.correction.iter().map(|correction| correction.by.clone()).collect();
        if self.corrector == Some(Corrector::ListedByAlias) {
            mails.push(mail("ada@acme.com"));
        }
        mails
    }

    fn check_refusal(&mut self, command: &Command, refusal: &Refusal) -> Checked<()> {
        let state = self.run.state.name();
        if matches!(command, Command::Replan { .. }) {
            prop_assert!(!REPLANNED.contains(&state), "{} refused a new plan", state);
        }
        let says = refusal.to_string();
        prop_assert!(says.contains(self.run.state.name().as_str()), "{} names no state", says);
        prop_assert!(says.contains(command.name().as_str()), "{} names no command", says);
        self.refusals += 1;
        Ok(())
    }

    fn follow(&mut self, (next, mode): (Move, Mode), command: &Command, decision: &Decision) -> Checked<()> {
        let before = self.run.clone();
        let after = apply(before.clone(), decision, self.now);
        prop_assert_eq!(after.version, before.version + 1);
        prop_assert_eq!(after.updated_at, self.now);
        prop_assert_eq!(decision.events.is_empty(), matches!(command, Command::ShowAgain), "a change without an event");
        for event in &decision.events {
            self.check_event((next, mode), &before, event)?;
        }
        self.check_correction((next, mode), &before, &after)?;
        self.check_final(command, &before, &after, decision)?;
        self.check_effects(before.next_effect, &after, &decision.effects)?;
        self.check_outcome(&after)?;
        self.states.insert(after.state.name());
        self.events.extend(decision.events.iter().cloned());
        self.run = after;
        Ok(())
    }

    fn check_event(&mut self, (next, mode): (Move, Mode), before: &Run, event: &Event) -> Checked<()> {
        let plan = before.state.plan();
        match (event, next) {
            (Event::Approved { approval }, Move::Approve { who, version, digest }) => {
                let Some(plan) = plan else { return Err(TestCaseError::fail("approved without a plan")) };
                prop_assert!(who.may_approve(), "{:?} approved", who);
                prop_assert!(!self.corrector.is_some_and(|corrector| corrector.is(who)), "{:?} corrected it", who);
                prop_assert_eq!(mode, Mode::Live);
                prop_assert_eq!(version, Meant::Present);
                prop_assert!(digest != MeantDigest::Other && plan.approvable() && self.now < plan.expires_at);
                prop_assert_eq!(approval.plan_digest, plan.digest(&before.org, &before.id));
                self.approved.insert(approval.plan_digest);
                *self.decisions.entry(plan.version).or_default() += 1;
            }
            (Event::Denied { denial }, Move::Deny { who, version, digest }) => {
                let Some(plan) = plan else { return Err(TestCaseError::fail("denied without a plan")) };
                prop_assert!(who.may_deny(), "{:?} denied", who);
                prop_assert_eq!(mode, Mode::Live);
                prop_assert_eq!(version, Meant::Present);
                prop_assert!(digest != MeantDigest::Other && self.now < plan.expires_at);
                prop_assert_eq!(denial.plan_digest, plan.digest(&before.org, &before.id));
                *self.decisions.entry(plan.version).or_default() += 1;
            }
            (Event::Approved { .. } | Event::Denied { .. }, other) => {
                return Err(TestCaseError::fail(format!("{other:?} decided")));
            }
            (Event::Expired { .. }, _) => {
                prop_assert!(plan.is_some_and(|plan| self.now >= plan.expires_at), "expired before its time");
            }
            (_, _) => {}
        }
        Ok(())
    }

    /// A correction holds until the next one, whatever the words are read to ask for, and only live plans are awaited.
    fn check_correction(&mut self, (next, mode): (Move, Mode), before: &Run, after: &Run) -> Checked<()> {
        match next {
            Move::Replan { corrected: Some(by) } => self.corrector = Some(by),
            Move::Plan { .. } => match mode.leaves_alone() {
                None => prop_assert_eq!(after.state.name(), StateName::AwaitingApproval),
                Some(reason) => {
                    prop_assert_eq!(after.left_alone(), Some(&reason));
                    prop_assert_eq!(after.state.plan().map(|plan| plan.version), Some(after.plan_version));
                }
            },
            Move::Read { .. }
            | Move::LeaveAlone
            | Move::CardPosted
            | Move::NotePosted
            | Move::Approve { .. }
            | Move::Deny { .. }
            | Move::Expire { .. }
            | Move::EndStep { .. }
            | Move::Replan { corrected: None }
            | Move::Cancel
            | Move::ShowAgain
            | Move::Wait { .. } => prop_assert_eq!(&after.correction, &before.correction),
        }
        prop_assert_eq!(&after.correction, &self.corrector.map(correction_by));
        if let Some(correction) = &after.correction {
            prop_assert_eq!(after.intent(), Some(&correction.intent));
            prop_assert_eq!(after.runbook.as_ref(), Some(&correction.runbook));
        }
        Ok(())
    }

    /// After the end nothing but where card and note stand is added, and what changed nothing may be planned anew.
    fn check_final(&self, command: &Command, before: &Run, after: &Run, decision: &Decision) -> Checked<()> {
        if !before.state.name().is_final() {
            return Ok(());
        }
        match (command, before.state.name()) {
            (Command::CardPosted { .. } | Command::NotePosted { .. }, _) => {
                prop_assert_eq!(&before.state, &after.state);
                prop_assert!(decision.effects.is_empty());
            }
            (Command::Replan { .. }, state) if REPLANNED.contains(&state) => {
                prop_assert_eq!(after.state.name(), StateName::Planning);
            }
            (command, state) => {
                return Err(TestCaseError::fail(format!("{} changed a run that was {state}", command.name())));
            }
        }
        Ok(())
    }

    fn check_effects(&mut self, first: u32, after: &Run, effects: &[NewEffect]) -> Checked<()> {
        for (effect, expected) in effects.iter().zip(first..) {
            prop_assert_eq!(effect.ordinal, expected);
            prop_assert!(self.lived || !effect.ask.writes(), "{} of a run that was never live", effect.ask.name());
            prop_assert!(self.ordinals.insert(effect.ordinal), "ordinal {} twice", effect.ordinal);
            match &effect.ask {
                Ask::Expire { plan_version } => {
                    let plan = after.state.plan().filter(|plan| plan.version == *plan_version);
                    prop_assert_eq!(plan.map(|plan| plan.expires_at), Some(effect.not_before));
                }
                Ask::Perform { ordinal, plan_digest } => self.check_perform(after, *ordinal, *plan_digest)?,
                Ask::ReadTicket | Ask::MakePlan { .. } | Ask::ShowCard | Ask::SayInThread { .. } | Ask::ShowNote => {
                    prop_assert_eq!(effect.not_before, self.now);
                }
            }
        }
        let count = u32::try_from(effects.len()).unwrap_or(u32::MAX);
        prop_assert_eq!(after.next_effect, first + count);
        Ok(())
    }

    /// No step is asked for without an approval of exactly the digest of the plan that then executes.
    fn check_perform(&self, after: &Run, ordinal: u16, asked: Digest) -> Checked<()> {
        let State::Executing(execution) = &after.state else {
            return Err(TestCaseError::fail("a step of a run that does not execute"));
        };
        prop_assert_eq!(execution.plan.digest(&after.org, &after.id), asked);
        prop_assert_eq!(execution.approval.plan_digest, asked);
        prop_assert!(self.approved.contains(&asked), "nobody entitled approved {}", asked);
        prop_assert!(execution.plan.approvable());
        prop_assert_eq!(usize::from(ordinal), execution.outcomes.len());
        prop_assert!(usize::from(ordinal) < execution.plan.steps.len());
        prop_assert!(ApprovedPlan::verify(after, asked).is_ok());
        prop_assert!(ApprovedPlan::verify(after, digest(0xee)).is_err());
        let mut tampered = execution.as_ref().clone();
        tampered.plan.steps[0].title.push('!');
        let other = tampered.plan.digest(&after.org, &after.id);
        let tampered = Run { state: State::Executing(Box::new(tampered)), ..after.clone() };
        prop_assert!(ApprovedPlan::verify(&tampered, asked).is_err(), "a changed plan passes under the old digest");
        prop_assert!(ApprovedPlan::verify(&tampered, other).is_err(), "a changed plan passes under its own digest");
        let elsewhere = Run { id: run_id(2), ..after.clone() };
        prop_assert!(ApprovedPlan::verify(&elsewhere, asked).is_err(), "another run's approval passes");
        Ok(())
    }

    /// At most one decision for each plan, and exactly the right number behind an outcome.
    fn check_outcome(&self, after: &Run) -> Checked<()> {
        prop_assert!(self.decisions.values().all(|count| *count == 1), "a plan decided twice");
        let version = after.state.plan().map_or(0, |plan| plan.version);
        let decided = self.decisions.get(&version).copied().unwrap_or(0);
        let expected = match &after.state {
            State::Executing(_)
            | State::Succeeded(_)
            | State::PartlyDone(_)
            | State::Failed(_)
            | State::Denied { .. } => 1,
            State::Received | State::AwaitingApproval { .. } | State::Expired { .. } => 0,
            // What these hold may be a plan that was approved, met a changed world and was withdrawn.
            State::Planning { .. } | State::Cancelled { .. } | State::NoAction { .. } => decided.min(1),
        };
        prop_assert_eq!(decided, expected);
        if let Some(execution) = after.state.execution() {
            let reached = execution.outcomes.iter().filter(|outcome| outcome.result.reached()).count();
            let all = execution.plan.steps.len();
            match after.state.name() {
                StateName::Succeeded => prop_assert_eq!(reached, all),
                StateName::PartlyDone => prop_assert!(0 < reached && reached < all),
                StateName::Failed => prop_assert_eq!(reached, 0),
                StateName::Received
                | StateName::Planning
                | StateName::AwaitingApproval
                | StateName::Executing
                | StateName::Denied
                | StateName::Expired
                | StateName::Cancelled
                | StateName::NoAction => {}
            }
        }
        Ok(())
    }
}
