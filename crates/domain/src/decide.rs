//! The one place where it is decided what may happen. Synchronous, total, pure.

use crate::{
    classification::Classification,
    command::{Command, Decision, Facts, Refusal, RefusalReason, Understood},
    digest::Digest,
    effect::{Ask, NewEffect, ThreadTopic},
    event::Event,
    evolve::evolve,
    ids::{OrgId, RunId, RunbookId},
    mode::Mode,
    person::{Actor, Approver},
    plan::Plan,
    replan,
    run::{Approval, Denial, NoActionReason, Origin, Run, State, StateName, StepOutcome, StepResult},
    ticket::TicketFacts,
    time::At,
};

/// What is known when a run is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub org: OrgId,
    /// Where it comes from.
    pub origin: Origin,
    /// What the sent words ask for; `None`: they must be fetched first.
    pub understood: Option<Understood>,
    /// Why it is left alone whatever it asks for: the organisation is switched off.
    pub left_alone: Option<NoActionReason>,
}

/// Opens a run. From a ticket it is always fetched before anything is planned: what was sent is only a hint.
pub fn open(opening: Opening, now: At) -> (Run, Decision) {
    let run = Run {
        id: opening.id,
        org: opening.org,
        version: 0,
        origin: opening.origin.clone(),
        created_at: now,
        updated_at: now,
        classification: None,
        runbook: None,
        correction: None,
        editors: Vec::new(),
        ticket: None,
        plan_version: 0,
        card: None,
        note: None,
        next_effect: 0,
        state: State::Received,
    };
    let next = match &opening.origin {
        Origin::Ticket { .. } => Ask::ReadTicket,
        Origin::Api { .. } => Ask::MakePlan { version: 1 },
    };
    let mut events = vec![Event::Received { origin: opening.origin }];
    let mut asks = vec![next];
    let (understood, left_alone) = match (opening.understood, opening.left_alone) {
        (Some(Understood::Nothing { classification, .. }), Some(reason)) => {
            (Some(Understood::Nothing { classification, reason }), None)
        }
        // What a ticket was sent with is only a hint; what was asked for without one is known, should it be planned later.
        (Some(Understood::Runbook { classification, .. }), Some(reason)) if run.ticket_key().is_some() => {
            (Some(Understood::Nothing { classification, reason }), None)
        }
        (understood, left_alone) => (understood, left_alone),
    };
    match understood {
        None => {}
        Some(Understood::Runbook { classification, runbook }) => {
            events.push(Event::Classified { classification, runbook: Some(runbook), fetched: false });
        }
        Some(Understood::Nothing { classification, reason }) => {
            events.push(Event::Classified { classification, runbook: None, fetched: false });
            events.push(Event::LeftAlone { reason });
            asks.clear();
        }
    }
    if let Some(reason) = left_alone {
        events.push(Event::LeftAlone { reason });
        asks.clear();
    }
    let decision = Decision { effects: number(&run, asks, now), events };
    (apply(run, &decision, now), decision)
}

/// The run after a decision.
pub fn apply(run: Run, decision: &Decision, now: At) -> Run {
    let mut run = decision.events.iter().fold(run, evolve);
    run.version += 1;
    run.updated_at = now;
    run.next_effect += u32::try_from(decision.effects.len()).unwrap_or(u32::MAX);
    run
}

/// What follows from a command.
///
/// # Errors
/// A [`Refusal`] names state and command, and changes nothing.
pub fn decide(run: &Run, command: Command, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    let wrong_state = RefusalReason::WrongState(run.state.name());
    let refusal = Refusal { state: run.state.name(), command: command.name(), reason: wrong_state };
    let refuse = |reason| Refusal { reason, ..refusal.clone() };
    let (events, asks) = match command {
        Command::ReadTicket { facts, understood } => read_ticket(run, facts, understood),
        Command::LeaveAlone { reason } => leave_alone(run, reason),
        Command::Plan { plan } => take_plan(run, plan, facts.mode),
        Command::CardPosted { card } => match &run.card {
            Some(known) if *known == card => Err(RefusalReason::AlreadyThere),
            Some(_) | None => Ok((vec![Event::CardPosted { card }], vec![])),
        },
        Command::NotePosted { note } => match &run.note {
            Some(known) if *known == note => Err(RefusalReason::AlreadyThere),
            Some(_) | None => Ok((vec![Event::NotePosted { note }], vec![])),
        },
        Command::Approve { plan_version, plan_digest } => approve(run, plan_version, plan_digest, facts),
        Command::Deny { plan_version, plan_digest, reason, words } => {
            deny(run, plan_version, plan_digest, facts).map(|(by, plan_digest)| {
                let denial = Denial { by, at: facts.now, plan_digest, reason, words: words.map(cap_words) };
                (vec![Event::Denied { denial }], vec![Ask::ShowCard, Ask::ShowNote])
            })
        }
        Command::Expire { plan_version } => expire(run, plan_version, facts.now),
        Command::EndStep { ordinal, plan_digest, result } => end_step(run, ordinal, plan_digest, result, facts.now),
        Command::Replan { by, correction } => replan::replan(run, by, correction),
        Command::Cancel { by } => replan::cancel(run, by, facts.now),
        Command::ShowAgain => replan::show_again(run),
    }
    .map_err(refuse)?;
    let effects = asks
        .into_iter()
        .zip(run.next_effect..)
        .map(|(ask, ordinal)| NewEffect { ordinal, not_before: due(&ask, &events, facts.now), ask })
        .collect();
    Ok(Decision { events, effects })
}

pub(crate) type Outcome = Result<(Vec<Event>, Vec<Ask>), RefusalReason>;

fn number(run: &Run, asks: Vec<Ask>, now: At) -> Vec<NewEffect> {
    asks.into_iter().zip(run.next_effect..).map(|(ask, ordinal)| NewEffect { ordinal, ask, not_before: now }).collect()
}

/// A timer waits for its plan's end, everything else is due at once.
fn due(ask: &Ask, events: &[Event], now: At) -> At {
    let planned = events.iter().find_map(|event| match event {
        Event::Planned { plan } => Some(plan.expires_at),
        Event::Received { .. }
        | Event::Classified { .. }
        | Event::TicketRead { .. }
        | Event::LeftAlone { .. }
        | Event::Replanning { .. }
        | Event::CardPosted { .. }
        | Event::NotePosted { .. }
        | Event::Approved { .. }
        | Event::Denied { .. }
        | Event::Expired { .. }
        | Event::Cancelled { .. }
        | Event::StopAsked { .. }
        | Event::StepEnded { .. }
        | Event::Finished { .. } => None,
    });
    match (ask, planned) {
        (Ask::Expire { .. }, Some(at)) => at,
        (
            Ask::Expire { .. }
            | Ask::ReadTicket
            | Ask::MakePlan { .. }
            | Ask::ShowCard
            | Ask::SayInThread { .. }
            | Ask::Perform { .. }
            | Ask::ShowNote,
            _,
        ) => now,
    }
}

fn read_ticket(run: &Run, facts: TicketFacts, understood: Understood) -> Outcome {
    let (version, again) = match &run.state {
        State::Received => (run.plan_version + 1, false),
        State::Planning { version, again, .. } => (*version, *again),
        State::AwaitingApproval { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => return Err(RefusalReason::WrongState(run.state.name())),
    };
    if run.ticket.is_some() && !again {
        return Err(RefusalReason::AlreadyThere);
    }
    let mut events = vec![Event::TicketRead { facts }];
    match understood {
        // Somebody asked for a new plan: of what they say is asked, else of what was understood before.
        Understood::Runbook { classification, .. } | Understood::Nothing { classification, .. }
            if let Some(correction) = &run.correction =>
        {
            let runbook = Some(correction.runbook.clone());
            events.push(Event::Classified { classification, runbook, fetched: true });
            Ok((events, vec![Ask::MakePlan { version }]))
        }
        Understood::Nothing { .. } if again && run.runbook.is_some() => Ok((events, vec![Ask::MakePlan { version }])),
        Understood::Runbook { classification, runbook } => {
            events.push(Event::Classified { classification, runbook: Some(runbook), fetched: true });
            Ok((events, vec![Ask::MakePlan { version }]))
        }
        Understood::Nothing { classification, reason } => {
            events.push(Event::Classified { classification, runbook: None, fetched: true });
            events.push(Event::LeftAlone { reason });
            Ok((events, redraw(run)))
        }
    }
}

/// What must no longer say what it said: a card and a note that are out.
pub(crate) fn redraw(run: &Run) -> Vec<Ask> {
    if shown(run) { vec![Ask::ShowCard, Ask::ShowNote] } else { Vec::new() }
}

/// Whether a card of the run's plan is out, or was asked for: not of a plan that was only recorded.
pub(crate) fn shown(run: &Run) -> bool {
    let recorded = matches!(run.left_alone(), Some(NoActionReason::Shadow | NoActionReason::SwitchedOff));
    run.state.plan().is_some() && (run.card.is_some() || !recorded)
}

/// The first thing to do towards a new plan. What would mend a plan is often said in the ticket, so that is read again.
pub(crate) fn start_over(run: &Run, version: u32) -> Ask {
    match &run.origin {
        Origin::Ticket { .. } => Ask::ReadTicket,
        Origin::Api { .. } => Ask::MakePlan { version },
    }
}

fn leave_alone(run: &Run, reason: NoActionReason) -> Outcome {
    match run.state {
        State::Received | State::Planning { .. } => Ok((vec![Event::LeftAlone { reason }], redraw(run))),
        State::AwaitingApproval { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => Err(RefusalReason::WrongState(run.state.name())),
    }
}

/// Takes a plan: to be decided where the mode is live, else only to be recorded.
fn take_plan(run: &Run, plan: Box<Plan>, mode: Mode) -> Outcome {
    let State::Planning { version, .. } = run.state else { return Err(RefusalReason::WrongState(run.state.name())) };
    if plan.version != version {
        return Err(RefusalReason::OtherPlanVersion { meant: plan.version, present: version });
    }
    if let Some(reason) = mode.leaves_alone() {
        return Ok((vec![Event::Planned { plan }, Event::LeftAlone { reason }], Vec::new()));
    }
    let topic = if run.card.is_some() { ThreadTopic::NewPlan } else { ThreadTopic::Origin };
    let mut asks = vec![Ask::ShowCard, Ask::SayInThread { topic }, Ask::Expire { plan_version: version }];
    if !plan.approvable() || run.note.is_some() {
        asks.push(Ask::ShowNote);
    }
    Ok((vec![Event::Planned { plan }], asks))
}

fn awaited(run: &Run) -> Result<&Plan, RefusalReason> {
    match &run.state {
        State::AwaitingApproval { plan } => Ok(plan),
        State::Executing(execution)
        | State::Succeeded(execution)
        | State::PartlyDone(execution)
        | State::Failed(execution) => Err(decided("approved", &execution.approval.by, execution.approval.at)),
        State::Denied { denial, .. } => Err(decided("denied", &denial.by, denial.at)),
        State::Expired { at, .. } => Err(RefusalReason::TimeIsUp(at.to_string())),
        State::Received | State::Planning { .. } | State::Cancelled { .. } | State::NoAction { .. } => {
            Err(RefusalReason::WrongState(run.state.name()))
        }
    }
}

fn decided(what: &str, by: &Approver, at: At) -> RefusalReason {
    RefusalReason::AlreadyDecided { decided: what.to_owned(), by: by.by.to_string(), at: at.to_string() }
}

/// The checks that approving and denying share: the plan meant is the present one and its time is not up.
fn meant(run: &Run, version: u32, digest: Option<Digest>, now: At) -> Result<(&Plan, Digest), RefusalReason> {
    let plan = awaited(run)?;
    if plan.version != version {
        return Err(RefusalReason::OtherPlanVersion { meant: version, present: plan.version });
    }
    let present = plan.digest(&run.org, &run.id);
    if digest.is_some_and(|digest| digest != present) {
        return Err(RefusalReason::OtherDigest);
    }
    if now >= plan.expires_at {
        return Err(RefusalReason::TimeIsUp(plan.expires_at.to_string()));
    }
    Ok((plan, present))
}

/// Nothing is decided where nothing would come of it: neither would a card say so, nor a step start.
fn live(mode: Mode) -> Result<(), RefusalReason> {
    if mode == Mode::Live { Ok(()) } else { Err(RefusalReason::NotLive(mode)) }
}

fn approve(run: &Run, version: u32, digest: Option<Digest>, facts: &Facts<'_>) -> Outcome {
    let (plan, plan_digest) = meant(run, version, digest, facts.now)?;
    live(facts.mode)?;
    let (Some(policy), Some(approver)) = (facts.policy, facts.approver) else { return Err(RefusalReason::NoPolicy) };
    policy.may_decide(approver).map_err(RefusalReason::NotEntitled)?;
    if !plan.approvable() {
        // A plan without a target has nobody to compare an approver with: that is not what keeps it from being approved.
        let why = plan.blockers.first().map_or("it has no steps", |blocker| blocker.says.as_str());
        return Err(RefusalReason::Blocked(why.to_owned()));
    }
    policy.may_approve(approver, plan).map_err(RefusalReason::NotEntitled)?;
    let approval = Approval { by: approver.clone(), at: facts.now, plan_digest };
    Ok((
        vec![Event::Approved { approval }],
        vec![Ask::Perform { ordinal: 0, plan_digest }, Ask::ShowCard, Ask::ShowNote],
    ))
}

fn deny(
    run: &Run,
    version: u32,
    digest: Option<Digest>,
    facts: &Facts<'_>,
) -> Result<(Approver, Digest), RefusalReason> {
    let (_, plan_digest) = meant(run, version, digest, facts.now)?;
    live(facts.mode)?;
    let (Some(policy), Some(approver)) = (facts.policy, facts.approver) else { return Err(RefusalReason::NoPolicy) };
    policy.may_decide(approver).map_err(RefusalReason::NotEntitled)?;
    Ok((approver.clone(), plan_digest))
}

/// The longest reason a person may give, in characters.
pub const WORDS_LIMIT: usize = 500;

fn cap_words(words: String) -> String {
    if words.chars().count() <= WORDS_LIMIT { words } else { words.chars().take(WORDS_LIMIT).collect() }
}

fn expire(run: &Run, version: u32, now: At) -> Outcome {
    let plan = awaited(run)?;
    if plan.version != version {
        return Err(RefusalReason::OtherPlanVersion { meant: version, present: plan.version });
    }
    if now < plan.expires_at {
        return Err(RefusalReason::TimeIsNotUp(plan.expires_at.to_string()));
    }
    Ok((vec![Event::Expired { at: now }], vec![Ask::ShowCard, Ask::ShowNote]))
}

fn end_step(run: &Run, ordinal: u16, digest: Digest, result: StepResult, now: At) -> Outcome {
    let State::Executing(execution) = &run.state else { return Err(RefusalReason::WrongState(run.state.name())) };
    if execution.approval.plan_digest != digest {
        return Err(RefusalReason::OtherDigest);
    }
    let expected = u16::try_from(execution.outcomes.len()).unwrap_or(u16::MAX);
    if ordinal != expected {
        return Err(RefusalReason::OtherStep { meant: ordinal, expected });
    }
    let some_done = execution.outcomes.iter().any(|outcome| outcome.result.reached());
    let drifted = matches!(result, StepResult::Drifted { .. });
    let reached = result.reached();
    let why = result.says().to_owned();
    let mut events = vec![Event::StepEnded { outcome: StepOutcome { ordinal, result, at: now } }];
    // Somebody who gave it up is not asked again, and nothing more is begun for them.
    let given_up = execution.stop.is_some();
    if reached && !given_up && usize::from(ordinal) + 1 < execution.plan.steps.len() {
        return Ok((events, vec![Ask::Perform { ordinal: ordinal + 1, plan_digest: digest }]));
    }
    if drifted && !some_done && !given_up {
        let version = run.plan_version + 1;
        events.push(Event::Replanning { by: Actor::System, version, why, correction: None });
        return Ok((events, vec![start_over(run, version), Ask::ShowCard, Ask::ShowNote]));
    }
    let all_ended = usize::from(ordinal) + 1 == execution.plan.steps.len();
    let state = match (reached, some_done) {
        (true, _) if all_ended => StateName::Succeeded,
        (true, _) | (false, true) => StateName::PartlyDone,
        (false, false) => StateName::Failed,
    };
    events.push(Event::Finished { state });
    Ok((events, vec![Ask::ShowCard, Ask::ShowNote]))
}

/// A plan that was verifiably approved: the only thing the executor takes.
#[derive(Debug, Clone, Copy)]
pub struct ApprovedPlan<'a> {
    plan: &'a Plan,
    approval: &'a Approval,
}

impl<'a> ApprovedPlan<'a> {
    /// Verifies that the run is executing, that its approval is of exactly the plan it holds, and that `asked` is
    /// that plan.
    ///
    /// # Errors
    /// A refusal that names the state.
    pub fn verify(run: &'a Run, asked: Digest) -> Result<Self, Refusal> {
        let refuse =
            |reason| Refusal { state: run.state.name(), command: crate::command::CommandName::EndStep, reason };
        let State::Executing(execution) = &run.state else {
            return Err(refuse(RefusalReason::WrongState(run.state.name())));
        };
        let present = execution.plan.digest(&run.org, &run.id);
        if present != asked || execution.approval.plan_digest != asked {
            return Err(refuse(RefusalReason::OtherDigest));
        }
        Ok(Self { plan: &execution.plan, approval: &execution.approval })
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Its approval.
    pub fn approval(&self) -> &'a Approval {
        self.approval
    }
}

/// What an intent's score makes of a ticket: the runbook, or why it is left alone.
pub fn understand(
    classification: Classification,
    runbook: Option<(&RunbookId, crate::classification::Confidence)>,
) -> Understood {
    let reason = match (&classification.intent, runbook) {
        (None, _) => NoActionReason::NothingAsked,
        (Some(_), None) => NoActionReason::NoRunbook,
        (Some(_), Some((_, floor))) if classification.confidence < floor => NoActionReason::BelowFloor,
        (Some(_), Some((runbook, _))) => {
            return Understood::Runbook { classification, runbook: runbook.clone() };
        }
    };
    Understood::Nothing { classification, reason }
}
