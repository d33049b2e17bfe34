//! What the API shows of runs, runbooks and the ledger.

mod story;

pub use story::StoryView;

use countersign_app::ingest::Ingested;
use countersign_domain::{
    classification::Confidence,
    digest::Digest,
    mode::Mode,
    plan::{Plan, Step},
    ports::{EffectView, LedgerEntryView},
    run::{NoActionReason, Origin, Run, State, StepOutcome},
    runbook::Runbook,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IngestView {
    /// The run: the same however often the ticket is sent.
    run_id: String,
    /// `received`, `awaiting_approval` or `no_action`.
    disposition: &'static str,
    /// The run's state now.
    status: &'static str,
    /// The ticket was here before.
    duplicate: bool,
    /// What it asks for.
    intent: Option<String>,
    /// The runbook that serves it.
    runbook: Option<String>,
    /// From 0 to 1.
    confidence: Option<f64>,
}

impl From<Ingested> for IngestView {
    fn from(ingested: Ingested) -> Self {
        Self {
            run_id: ingested.run.to_string(),
            disposition: ingested.disposition.as_str(),
            status: ingested.status.as_str(),
            duplicate: ingested.duplicate,
            intent: ingested.intent.map(|intent| intent.to_string()),
            runbook: ingested.runbook.map(|runbook| runbook.to_string()),
            confidence: ingested.confidence.map(Confidence::share),
        }
    }
}

/// A run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Its id.
    run_id: String,
    /// Its state.
    status: &'static str,
    /// The desk, where it comes from a ticket.
    desk: Option<String>,
    /// The ticket's number there.
    ticket_id: Option<String>,
    /// The ticket's link, once fetched.
    ticket_url: Option<String>,
    /// What it asks for.
    intent: Option<String>,
    /// From 0 to 1.
    confidence: Option<f64>,
    /// The runbook.
    runbook: Option<String>,
    /// Why it was left alone: a name for machines, such as `below_floor` or `shadow`.
    reason: Option<&'static str>,
    /// Who corrected the intent, where somebody did.
    corrected_by: Option<String>,
    /// Why it was left alone, in words.
    no_action_reason: Option<&'static str>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
    /// The present plan.
    plan: Option<PlanView>,
    /// The decision.
    decision: Option<DecisionView>,
    /// The steps that ended.
    outcomes: Vec<OutcomeView>,
    /// What the world is or was asked for; in the detail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    effects: Vec<EffectJson>,
    /// Its ledger entries; in the detail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ledger: Vec<EntryRef>,
}

/// A plan.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanView {
    /// Counts up with each new plan.
    version: u32,
    /// What a decision must name.
    digest: String,
    /// The runbook's name.
    runbook_name: String,
    /// `low`, `medium` or `high`.
    risk: String,
    /// Whether anybody could approve it.
    approvable: bool,
    /// The person it is about.
    target: Option<TargetView>,
    /// The steps.
    steps: Vec<StepView>,
    /// Why it cannot work.
    blockers: Vec<BlockerView>,
    /// What the approver should know.
    remarks: Vec<String>,
    /// RFC 3339.
    expires_at: String,
}

/// The person a plan is about.
#[derive(Serialize, ToSchema)]
pub(crate) struct TargetView {
    /// The immutable id.
    id: String,
    /// The login.
    login: String,
    /// The name.
    name: String,
    /// The state in the system's word.
    state: String,
}

/// A step.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepView {
    /// From 0.
    ordinal: u16,
    /// The connection.
    system: String,
    /// The action.
    action: &'static str,
    /// In words.
    title: String,
    /// What is there now.
    before: String,
    /// What will be there.
    after: String,
}

/// Why a plan cannot work.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockerView {
    /// For machines.
    code: &'static str,
    /// What is wrong.
    says: String,
    /// What would mend it.
    mend: String,
}

/// A decision.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DecisionView {
    /// `approve` or `deny`.
    decision: &'static str,
    /// Who.
    by: String,
    /// Their name.
    name: Option<String>,
    /// RFC 3339.
    at: String,
    /// Of which plan.
    plan_digest: String,
    /// Why, for a denial.
    reason: Option<&'static str>,
    /// In their words.
    words: Option<String>,
}

/// How a step ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeView {
    /// Which step.
    ordinal: u16,
    /// `done`, `already_done`, `failed`, `unknown`, `drifted` or `not_started`.
    result: &'static str,
    /// In words.
    says: String,
    /// RFC 3339.
    at: String,
}

/// An effect.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectJson {
    /// Its place within the run.
    ordinal: u32,
    /// What is asked for.
    name: String,
    /// The lane.
    lane: String,
    /// `waiting`, `claimed`, `done` or `parked`.
    state: String,
    /// How often it was tried.
    attempt: u32,
    /// RFC 3339.
    not_before: String,
    /// What the last attempt came to.
    why: Option<String>,
}

/// A ledger entry of a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryRef {
    /// Its place in the chain.
    seq: u64,
    /// Its kind.
    kind: String,
    /// Its hash.
    hash: String,
}

impl RunView {
    /// A run as it is now.
    pub fn of(run: &Run) -> Self {
        let (desk, ticket) = match &run.origin {
            Origin::Ticket { desk, ticket } => (Some(desk.to_string()), Some(ticket.to_string())),
            Origin::Api { .. } => (None, None),
        };
        let outcomes = run.state.execution().map(|execution| execution.outcomes.as_slice()).unwrap_or_default();
        Self {
            run_id: run.id.to_string(),
            status: run.state.name().as_str(),
            desk,
            ticket_id: ticket,
            ticket_url: run.ticket.as_ref().map(|facts| facts.url.clone()),
            intent: run.intent().map(ToString::to_string),
            confidence: run.classification.as_ref().map(|found| found.confidence.share()),
            runbook: run.runbook.as_ref().map(ToString::to_string),
            reason: run.left_alone().map(NoActionReason::as_str),
            no_action_reason: run.left_alone().map(NoActionReason::words),
            corrected_by: run.correction.as_ref().map(|correction| correction.by.to_string()),
            created_at: run.created_at.to_string(),
            updated_at: run.updated_at.to_string(),
            plan: present_plan(run).map(|plan| PlanView::of(plan, run)),
            decision: decision(run),
            outcomes: outcomes.iter().map(OutcomeView::of).collect(),
            effects: Vec::new(),
            ledger: Vec::new(),
        }
    }

    pub(crate) fn with_detail(mut self, effects: Vec<EffectView>, entries: Vec<(u64, String, Digest)>) -> Self {
        self.effects = effects.into_iter().map(EffectJson::from).collect();
        self.ledger =
            entries.into_iter().map(|(seq, kind, hash)| EntryRef { seq, kind, hash: hash.to_string() }).collect();
        self
    }
}

impl From<EffectView> for EffectJson {
    fn from(effect: EffectView) -> Self {
        Self {
            ordinal: effect.ordinal,
            name: effect.name,
            lane: effect.lane,
            state: effect.state,
            attempt: effect.attempt,
            not_before: effect.not_before.to_string(),
            why: effect.why,
        }
    }
}

impl PlanView {
    fn of(plan: &Plan, run: &Run) -> Self {
        Self {
            version: plan.version,
            digest: plan.digest(&run.org, &run.id).to_string(),
            runbook_name: plan.runbook_name.clone(),
            risk: plan.risk.to_string(),
            approvable: plan.approvable(),
            target: plan.target.as_ref().map(|target| TargetView {
                id: target.id.0.clone(),
                login: target.login.clone(),
                name: target.name.clone(),
                state: target.state.clone(),
            }),
            steps: plan.steps.iter().map(StepView::of).collect(),
            blockers: plan
                .blockers
                .iter()
                .map(|blocker| BlockerView {
                    code: blocker.code.as_str(),
                    says: blocker.says.clone(),
                    mend: blocker.mend.clone(),
                })
                .collect(),
            remarks: plan.remarks.clone(),
            expires_at: plan.expires_at.to_string(),
        }
    }
}

impl StepView {
    fn of(step: &Step) -> Self {
        Self {
            ordinal: step.ordinal,
            system: step.system.to_string(),
            action: step.action.kind().as_str(),
            title: step.title.clone(),
            before: step.before.clone(),
            after: step.after.clone(),
        }
    }
}

impl OutcomeView {
    fn of(outcome: &StepOutcome) -> Self {
        Self {
            ordinal: outcome.ordinal,
            result: outcome.result.name(),
            says: outcome.result.says().to_owned(),
            at: outcome.at.to_string(),
        }
    }
}

/// The plan that can be or was decided, or would have been in live mode; one that is being replaced is neither.
fn present_plan(run: &Run) -> Option<&Plan> {
    let shadow = run.left_alone() == Some(&NoActionReason::Shadow);
    let replaced = matches!(run.state, State::Planning { .. } | State::NoAction { .. });
    if replaced && !shadow { None } else { run.state.plan() }
}

fn decision(run: &Run) -> Option<DecisionView> {
    if let State::Denied { denial, .. } = &run.state {
        return Some(DecisionView {
            decision: "deny",
            by: denial.by.by.to_string(),
            name: denial.by.name.clone(),
            at: denial.at.to_string(),
            plan_digest: denial.plan_digest.to_string(),
            reason: Some(denial.reason.name()),
            words: denial.words.clone(),
        });
    }
    let approval = &run.state.execution()?.approval;
    Some(DecisionView {
        decision: "approve",
        by: approval.by.by.to_string(),
        name: approval.by.name.clone(),
        at: approval.at.to_string(),
        plan_digest: approval.plan_digest.to_string(),
        reason: None,
        words: None,
    })
}

/// A runbook of the catalogue.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunbookView {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// The intent it serves.
    intent: String,
    /// `off`, `shadow` or `live`: the mode in force for it here.
    mode: &'static str,
    /// `low`, `medium` or `high`.
    risk: String,
    /// What it does.
    description: String,
    /// Its parameters.
    params: Vec<ParamView>,
    /// Its steps.
    steps: Vec<TemplateView>,
    /// SHA-256 of its file.
    digest: String,
}

/// A runbook's parameter.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParamView {
    /// Its name.
    name: String,
    /// Its type: `person`, `new_person`, `group`, `groups`, `membership` or `license`.
    kind: String,
    /// Whether a plan needs it.
    required: bool,
    /// What it means.
    description: String,
}

/// A runbook's step.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplateView {
    /// The system.
    system: String,
    /// The action.
    action: &'static str,
}

impl RunbookView {
    pub(crate) fn of(runbook: &Runbook, mode: Mode) -> Self {
        let kind = |kind| serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(ToOwned::to_owned));
        Self {
            id: runbook.id.to_string(),
            name: runbook.name.clone(),
            intent: runbook.intent.to_string(),
            mode: mode.as_str(),
            risk: runbook.risk.to_string(),
            description: runbook.description.clone(),
            params: runbook
                .params
                .iter()
                .map(|param| ParamView {
                    name: param.name.clone(),
                    kind: kind(param.kind).unwrap_or_default(),
                    required: param.required,
                    description: param.description.clone(),
                })
                .collect(),
            steps: runbook
                .steps
                .iter()
                .map(|step| TemplateView { system: step.system.to_string(), action: step.action.as_str() })
                .collect(),
            digest: runbook.digest.to_string(),
        }
    }
}

/// A ledger entry.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryView {
    /// Its place in the chain, from 1.
    seq: u64,
    /// RFC 3339.
    time: String,
    /// The kind.
    kind: String,
    /// The run.
    run_id: Option<String>,
    /// Who, opaque.
    actor: Option<String>,
    /// The plan it is about.
    plan_digest: Option<String>,
    /// The policy it was decided under.
    policy_digest: Option<String>,
    /// `approve` or `deny`.
    decision: Option<String>,
    /// The hash of the entry before.
    previous: String,
    /// The salted commitment to the body.
    commitment: Option<String>,
    /// Its own hash.
    hash: String,
    /// The body, unless erased.
    #[schema(value_type = Option<Object>)]
    body: Option<serde_json::Value>,
    /// The body was erased; the chain verifies without it.
    erased: bool,
}

impl From<LedgerEntryView> for EntryView {
    fn from(entry: LedgerEntryView) -> Self {
        let body = entry.body.as_ref().and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
        Self {
            seq: entry.seq,
            time: entry.time.to_string(),
            kind: entry.kind,
            run_id: entry.run.map(|run| run.to_string()),
            actor: entry.actor,
            plan_digest: entry.plan_digest.map(|digest| digest.to_string()),
            policy_digest: entry.policy_digest.map(|digest| digest.to_string()),
            decision: entry.decision,
            previous: entry.previous.to_string(),
            commitment: entry.commitment.map(|digest| digest.to_string()),
            hash: entry.hash.to_string(),
            erased: entry.commitment.is_some() && entry.body.is_none(),
            body,
        }
    }
}
