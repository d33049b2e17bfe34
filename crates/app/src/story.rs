//! The whole story of a run, for whoever asks why and what now. No word of the ticket stands in it, only what was
//! understood of it.

use countersign_domain::{
    classification::{Classification, Confidence},
    event::Event,
    ids::{OrgId, RunId},
    mode::Mode,
    pause::Pause,
    person::{Approver, Contact},
    plan::Plan,
    ports::{EffectView, LedgerEntryView},
    run::{NoActionReason, Origin, Run, State, StateName},
    time::At,
};

use crate::advance::{App, AppError};

/// One thing that happened to a run: one entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Its number in the ledger.
    pub seq: u64,
    /// The entry's short hash.
    pub hash: String,
    /// When.
    pub at: At,
    /// The kind, for example `plan.approved`.
    pub kind: String,
    /// Who, opaque.
    pub actor: String,
    /// In words; `None` where the entry's body was erased.
    pub says: Option<String>,
}

/// How long one stage took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// `read`, `plan`, `decide` or `execute`.
    pub name: &'static str,
    /// In milliseconds.
    pub millis: u64,
}

/// The whole story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The run as it is now.
    pub run: Run,
    /// What happened, in order.
    pub happened: Vec<Happened>,
    /// How long each stage that ended took.
    pub stages: Vec<Stage>,
    /// What the world was asked for, and what each came to.
    pub effects: Vec<EffectView>,
    /// The confidence its runbook asks for.
    pub floor: Option<Confidence>,
    /// The mode in force for it.
    pub mode: Mode,
    /// What holds its steps.
    pub pause: Option<Pause>,
    /// What it waits for, or what could be done now.
    pub now: String,
}

impl App {
    /// Tells a run's story.
    ///
    /// # Errors
    /// An unknown run, or the store's.
    pub async fn story(&self, org: &OrgId, id: &RunId) -> Result<Story, AppError> {
        let run = self.run(org, id).await?;
        let rules = self.org(org)?;
        let queries = &self.parts.queries;
        let entries = queries.history(org, id).await?;
        let effects = queries.effects(org, id).await?;
        let pause = self.pause_of(&run).await?;
        let mode = rules.mode_of(run.runbook.as_ref());
        let serving = run.intent().and_then(|intent| rules.runbooks.get(intent)).map(|runbook| &runbook.id);
        let floor =
            serving.and_then(|id| rules.policies.get(id)).map(countersign_domain::policy::Policy::min_confidence);
        let events: Vec<(At, Option<Event>)> = entries.iter().map(|entry| (entry.time, event_of(entry))).collect();
        let stages = stages(&events);
        let happened =
            entries.into_iter().zip(&events).map(|(entry, (_, event))| happened(entry, event.as_ref())).collect();
        let now = what_now(&run, mode, pause.as_ref(), &effects, &rules.zone);
        Ok(Story { happened, stages, effects, floor, mode, pause, now, run })
    }
}

fn event_of(entry: &LedgerEntryView) -> Option<Event> {
    let (_, bytes) = entry.body.as_ref()?;
    serde_json::from_slice(bytes).ok()
}

fn happened(entry: LedgerEntryView, event: Option<&Event>) -> Happened {
    Happened {
        seq: entry.seq,
        hash: entry.hash.short(),
        at: entry.time,
        kind: entry.kind,
        actor: entry.actor.unwrap_or_default(),
        says: event.map(words),
    }
}

/// An event in words.
fn words(event: &Event) -> String {
    match event {
        Event::Received { origin: Origin::Ticket { desk, ticket } } => format!("ticket {ticket} came in from {desk}"),
        Event::Received { origin: Origin::Api { person, .. } } => format!("started through the API by {person}"),
        Event::Classified { classification, fetched, .. } => {
            let source = if *fetched { "the fetched text" } else { "the sent text, which is only a hint" };
            let asked = classification.consulted.as_ref().map(|asked| format!("; {asked}")).unwrap_or_default();
            format!("{} (from {source}){asked}", scores(classification))
        }
        Event::TicketRead { facts } => {
            let asked = facts.requester.as_ref().map_or_else(|| "somebody unknown".to_owned(), shown);
            let for_whom = facts.requested_for.as_ref().map(|who| format!(" for {}", shown(who))).unwrap_or_default();
            format!("fetched from the desk: asked by {asked}{for_whom}, {}", facts.came_in)
        }
        Event::LeftAlone { reason } => format!("left alone: {}", reason.words()),
        Event::Planned { plan } => planned(plan),
        Event::Replanning { why, version, correction, .. } => {
            let by = correction.as_ref().map(|correction| format!(" by {}", correction.by)).unwrap_or_default();
            format!("plan {version} is being made because {why}{by}")
        }
        Event::CardPosted { card } => format!("card posted in {} ({}, {})", card.channel, card.room, card.message),
        Event::NotePosted { note } => format!("note {} stands on the ticket", note.0),
        Event::Approved { approval } => {
            format!("approved by {}: plan {}", approver(&approval.by), approval.plan_digest.short())
        }
        Event::Denied { denial } => {
            format!(
                "denied by {}: {} (plan {})",
                approver(&denial.by),
                denial.reason.words(),
                denial.plan_digest.short()
            )
        }
        Event::Expired { .. } => "expired: nobody decided in time".to_owned(),
        Event::Cancelled { .. } => "given up".to_owned(),
        Event::StopAsked { .. } => "given up while it was being executed: no further step is begun".to_owned(),
        Event::StepEnded { outcome } => {
            format!("step {}: {}: {}", outcome.ordinal + 1, outcome.result.name(), outcome.result.says())
        }
        Event::Finished { state } => format!("ended: {state}"),
    }
}

fn scores(found: &Classification) -> String {
    let intent = found.intent.as_ref().map_or("nothing asked", |intent| intent.as_str());
    let others: Vec<_> = found.runners_up.iter().map(|(intent, score)| format!("{intent} {score}")).collect();
    let then = if others.is_empty() { String::new() } else { format!(", then {}", others.join(", ")) };
    format!("{intent} {}{then}; model {}", found.confidence, found.model)
}

fn shown(contact: &Contact) -> String {
    match &contact.name {
        Some(name) => format!("{name} ({})", contact.mail),
        None => contact.mail.to_string(),
    }
}

fn approver(approver: &Approver) -> String {
    match &approver.name {
        Some(name) => format!("{name} ({})", approver.by),
        None => approver.by.to_string(),
    }
}

fn planned(plan: &Plan) -> String {
    let steps: Vec<_> = plan.steps.iter().map(|step| format!("{} ({})", step.title, step.system)).collect();
    let what = if steps.is_empty() { "no steps".to_owned() } else { steps.join("; ") };
    let blockers: String = plan.blockers.iter().map(|blocker| format!("; not approvable: {}", blocker.says)).collect();
    format!("plan {}, valid until {}: {what}{blockers}", plan.version, plan.expires_at)
}

/// The marks on the way, by which stages are timed: what begins a stage and what ends it.
fn stages(events: &[(At, Option<Event>)]) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut since: Option<At> = None;
    for (at, event) in events {
        let Some(event) = event else { continue };
        let name = match event {
            Event::TicketRead { .. } => "read",
            Event::Planned { .. } => "plan",
            Event::Approved { .. } | Event::Denied { .. } | Event::Expired { .. } => "decide",
            Event::Finished { .. } => "execute",
            Event::Received { .. } | Event::Replanning { .. } => {
                since = Some(*at);
                continue;
            }
            Event::Classified { .. }
            | Event::LeftAlone { .. }
            | Event::CardPosted { .. }
            | Event::NotePosted { .. }
            | Event::Cancelled { .. }
            | Event::StopAsked { .. }
            | Event::StepEnded { .. } => continue,
        };
        if let Some(began) = since.replace(*at) {
            let millis = u64::try_from((at.0 - began.0) / 1_000).unwrap_or(0);
            stages.push(Stage { name, millis });
        }
    }
    stages
}

/// What the run waits for, or what somebody could do about it.
fn what_now(run: &Run, mode: Mode, pause: Option<&Pause>, effects: &[EffectView], zone: &jiff::tz::TimeZone) -> String {
    let stuck = effects.iter().find_map(|effect| {
        let why = effect.why.as_ref().filter(|_| matches!(effect.state.as_str(), "waiting" | "claimed" | "parked"))?;
        let again = if effect.state == "parked" {
            "set aside: look at it yourself".to_owned()
        } else {
            format!("again at {}", effect.not_before.local(zone))
        };
        Some(format!("{}: {why} (attempt {}, {again})", effect.name, effect.attempt))
    });
    let state = match &run.state {
        State::AwaitingApproval { plan } if !plan.approvable() => {
            "It cannot be approved as it is: mend what the blockers say, then `countersign runs replan`.".to_owned()
        }
        State::AwaitingApproval { plan } => format!("It waits for a decision until {}.", plan.expires_at.local(zone)),
        State::Received | State::Planning { .. } => "Its ticket is being read or its plan made.".to_owned(),
        State::Executing(execution) if execution.stop.is_some() => {
            "It was given up: it ends with the step under way, or when its next one would begin.".to_owned()
        }
        State::Executing(_) if pause.is_some() => {
            "Its steps are paused; `countersign resume` lets them go on.".to_owned()
        }
        State::Executing(_) if mode != Mode::Live => format!("Its steps wait: the mode is {mode}."),
        State::Executing(_) => "Its steps are being performed.".to_owned(),
        State::NoAction { reason, .. } => left_alone(reason),
        State::Expired { .. } | State::Denied { .. } | State::Failed(_) => {
            "Nothing more happens by itself; `countersign runs replan` makes a new plan.".to_owned()
        }
        State::Succeeded(_) | State::PartlyDone(_) | State::Cancelled { .. } => "Nothing more happens.".to_owned(),
    };
    match stuck {
        Some(stuck) if run.state.name() != StateName::NoAction => format!("{state} Held up by {stuck}."),
        Some(_) | None => state,
    }
}

fn left_alone(reason: &NoActionReason) -> String {
    let mend = match reason {
        NoActionReason::NothingAsked | NoActionReason::BelowFloor | NoActionReason::NoRunbook => {
            "If it does ask for something, say what: `countersign runs replan ID --intent NAME --person mail:you@...`."
        }
        NoActionReason::SwitchedOff => "Set the mode to live and plan it again.",
        NoActionReason::Shadow => {
            "In shadow mode that is all; set the mode to live and plan it again to have it decided."
        }
        NoActionReason::Closed | NoActionReason::Spam | NoActionReason::Gone => {
            "Open the ticket again and plan it again if it still matters."
        }
        NoActionReason::TooOld => "Move the desk's `since` and plan it again if it still matters.",
        NoActionReason::DecidedElsewhere => "Nothing to do.",
    };
    format!("It was left alone: {}. {mend}", reason.words())
}
