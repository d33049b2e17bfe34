//! One run in each state, brought there by commands alone.

use countersign_domain::{
    command::{Command, Facts},
    decide::{Opening, apply, decide, open},
    digest::Digest,
    effect::Ask,
    mode::Mode,
    person::{Actor, Approver},
    plan::{BlockCode, Blocker, Plan},
    run::{DenyReason, NoActionReason, Run, StateName, StepResult},
    time::At,
};
use countersign_testkit::builders::*;

use crate::moves::{results, understood};

/// Decides and applies in live mode; panics with the refusal.
pub(crate) fn after(run: &Run, command: Command, now: At, by: Option<&Approver>) -> Run {
    let policy = policy();
    let facts = Facts { now, policy: Some(&policy), approver: by, mode: Mode::Live };
    let decision = decide(run, command, &facts).unwrap_or_else(|refusal| panic!("{refusal}"));
    apply(run.clone(), &decision, now)
}

/// Decides and applies in this mode; the run after it with what was asked for.
pub(crate) fn after_in(mode: Mode, run: &Run, command: Command) -> (Run, Vec<Ask>) {
    let (policy, ada) = (policy(), ada());
    let facts = Facts { now: START, policy: Some(&policy), approver: Some(&ada), mode };
    let decision = decide(run, command, &facts).unwrap_or_else(|refusal| panic!("{refusal}"));
    let asks = decision.effects.iter().map(|effect| effect.ask.clone()).collect();
    (apply(run.clone(), &decision, START), asks)
}

/// A run whose plan was made in this mode, which is not live.
pub(crate) fn recorded(mode: Mode) -> Run {
    after_in(mode, &planning(), Command::Plan { plan: Box::new(plan(1, 1, START)) }).0
}

/// A run just taken in, whose words must be fetched.
pub(crate) fn received() -> Run {
    let opening = Opening { id: run_id(1), org: org_id(), origin: from_ticket(), understood: None, left_alone: None };
    open(opening, START).0
}

/// A run whose ticket was read.
pub(crate) fn planning() -> Run {
    let command = Command::ReadTicket { facts: ticket_facts(), understood: understood(true) };
    after(&received(), command, START, None)
}

/// A run with this plan.
pub(crate) fn planned(plan: Plan) -> Run {
    after(&planning(), Command::Plan { plan: Box::new(plan) }, START, None)
}

/// A run that awaits approval of so many steps.
pub(crate) fn awaiting(steps: u16) -> Run {
    planned(plan(1, steps, START))
}

/// A run whose plan cannot work.
pub(crate) fn blocked() -> Run {
    let says = "Nobody called sarah.chen@acme.com is known in okta.";
    let mut plan = plan(1, 0, START);
    plan.blockers = vec![Blocker::new(BlockCode::UnknownTarget, says, "Check the spelling and plan again.")];
    planned(plan)
}

/// A run whose plan of so many steps was approved by [`ada`].
pub(crate) fn executing(steps: u16) -> Run {
    let command = Command::Approve { plan_version: 1, plan_digest: None };
    after(&awaiting(steps), command, START, Some(&ada()))
}

/// An executing run with steps that ended like this.
pub(crate) fn ended(steps: u16, outcomes: &[StepResult]) -> Run {
    let mut run = executing(steps);
    for (result, ordinal) in outcomes.iter().zip(0..) {
        let command = Command::EndStep { ordinal, plan_digest: digest_of(&run), result: result.clone() };
        run = after(&run, command, START.plus_seconds(2), None);
    }
    run
}

/// A run that [`ada`] denied.
pub(crate) fn denied(words: Option<&str>) -> Run {
    let command = Command::Deny {
        plan_version: 1,
        plan_digest: None,
        reason: DenyReason::WrongPerson,
        words: words.map(ToOwned::to_owned),
    };
    after(&awaiting(1), command, START, Some(&ada()))
}

/// A run that nobody decided in time.
pub(crate) fn expired() -> Run {
    after(&awaiting(1), Command::Expire { plan_version: 1 }, START.plus_seconds(24 * 3_600), None)
}

/// A run that was given up while it awaited approval.
pub(crate) fn cancelled() -> Run {
    after(&awaiting(1), Command::Cancel { by: Actor::Operator }, START, None)
}

/// A run whose plan is being replaced because somebody asked.
pub(crate) fn replanning() -> Run {
    after(&awaiting(1), Command::Replan { by: Actor::Operator, correction: None }, START, None)
}

/// A run whose ticket was left alone for this reason while a new plan was being made.
pub(crate) fn left_alone_again(reason: NoActionReason) -> Run {
    after(&replanning(), Command::LeaveAlone { reason }, START, None)
}

/// The digest of the plan a run holds.
pub(crate) fn digest_of(run: &Run) -> Digest {
    run.state.plan().map(|plan| plan.digest(&run.org, &run.id)).expect("the run has a plan")
}

/// One run in each state, in the order of [`StateName::ALL`].
pub(crate) fn one_in_each_state() -> Vec<Run> {
    let [done, _, failed, ..] = results();
    let all = vec![
        received(),
        planning(),
        awaiting(2),
        executing(2),
        ended(1, std::slice::from_ref(&done)),
        ended(2, &[done, failed.clone()]),
        ended(1, &[failed]),
        denied(None),
        expired(),
        cancelled(),
        after(&received(), Command::LeaveAlone { reason: NoActionReason::Spam }, START, None),
    ];
    let names: Vec<_> = all.iter().map(|run| run.state.name()).collect();
    assert_eq!(names, StateName::ALL);
    all
}
