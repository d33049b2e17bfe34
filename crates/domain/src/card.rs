//! The card: what an approver is shown. Built by code from the typed plan; no vendor's markup, no model's words.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    ids::RunId,
    pause::Pause,
    plan::{Action, NewUser, Plan},
    policy::Policy,
    run::{Run, State},
    runbook::Risk,
    ticket::TicketText,
};

/// How much of the ticket's own words a card quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketWordsShown {
    /// Subject and the beginning of the description.
    #[default]
    Excerpt,
    /// The subject alone.
    Subject,
    /// Nothing.
    None,
}

/// What a card needs to know besides the run.
pub struct CardContext<'a> {
    /// The organisation's time zone.
    pub zone: &'a TimeZone,
    /// The policy in force; without one nobody can decide, but what was decided is shown.
    pub policy: Option<&'a Policy>,
    /// The ticket's words, unless erased.
    pub words: Option<&'a TicketText>,
    /// How much of them is quoted.
    pub shown: TicketWordsShown,
    /// What holds this run's steps, if anything does.
    pub pause: Option<&'a Pause>,
}

/// The target as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardTarget {
    /// Full name.
    pub name: String,
    /// Login or address.
    pub mail: String,
    /// Immutable id.
    pub id: String,
    /// State in the system's word.
    pub state: String,
}

/// A step as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardStep {
    /// In words, with the connection it runs against.
    pub title: String,
    /// What is there now.
    pub before: String,
    /// What will be there.
    pub after: String,
    /// How it ended: result's name and words.
    pub outcome: Option<(&'static str, String)>,
}

/// What can be done with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardStatus {
    /// It has Approve and Deny.
    Open {
        /// What Approve asks once more, naming action and target.
        confirm: String,
    },
    /// It has no Approve: why, and what would mend it.
    Blocked {
        /// Each reason with its mend.
        reasons: Vec<(String, String)>,
    },
    /// It has no buttons: who decided what, when, and how it ended.
    Closed {
        /// In words.
        lines: Vec<String>,
    },
}

/// A card, for any channel to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The run.
    pub run: RunId,
    /// The plan version its buttons carry.
    pub plan_version: u32,
    /// The digest of the plan it shows, which its buttons carry too.
    pub plan_digest: Digest,
    /// What a phone's notification reads.
    pub notification: String,
    /// The runbook's name.
    pub title: String,
    /// The runbook's id.
    pub runbook: String,
    /// The risk.
    pub risk: Risk,
    /// The target.
    pub target: Option<CardTarget>,
    /// The steps.
    pub steps: Vec<CardStep>,
    /// Who asked.
    pub requester: String,
    /// How it came in.
    pub came_in: Option<String>,
    /// The ticket's number and link.
    pub ticket: Option<(String, String)>,
    /// Intent and confidence.
    pub classification: String,
    /// Who may decide.
    pub deciders: Vec<String>,
    /// Until when, zone named.
    pub until: String,
    /// The plan's short digest.
    pub digest: String,
    /// The ticket's own words, capped and masked: to be quoted and escaped.
    pub quoted: Option<String>,
    /// What the approver should know.
    pub remarks: Vec<String>,
    /// What can be done.
    pub status: CardStatus,
}

/// The most characters of a ticket a card quotes.
pub const QUOTE_LIMIT: usize = 600;

/// The most steps a card shows whole; a larger plan is not approvable.
pub const STEP_LIMIT: usize = 20;

impl Card {
    /// The card of a run as it is now; `None` where there is no plan to show.
    pub fn of(run: &Run, context: &CardContext<'_>) -> Option<Self> {
        let plan = run.state.plan()?;
        let existing = plan.target.as_ref().map(|target| CardTarget {
            name: target.name.clone(),
            mail: target.login.clone(),
            id: target.id.0.clone(),
            state: target.state.clone(),
        });
        let target = existing.or_else(|| {
            new_user(plan).map(|user| CardTarget {
                name: format!("{} {}", user.first_name, user.last_name),
                mail: user.login.to_string(),
                id: "none yet".to_owned(),
                state: "to be created".to_owned(),
            })
        });
        let plan_digest = plan.digest(&run.org, &run.id);
        let ticket = run.ticket_key().map(|(_, number)| {
            (format!("#{number}"), run.ticket.as_ref().map(|facts| facts.url.clone()).unwrap_or_default())
        });
        Some(Self {
            run: run.id,
            plan_version: plan.version,
            plan_digest,
            notification: notification(run, plan, context.zone),
            title: plan.runbook_name.clone(),
            runbook: plan.runbook.to_string(),
            risk: plan.risk,
            target,
            steps: steps(run, plan),
            requester: requester(run, plan),
            came_in: run.ticket.as_ref().map(|facts| facts.came_in.clone()),
            ticket,
            classification: classification(run),
            deciders: context.policy.into_iter().flat_map(Policy::approvers).map(ToString::to_string).collect(),
            until: plan.expires_at.local(context.zone),
            digest: plan_digest.short(),
            quoted: context.words.and_then(|words| quote(words, context.shown)),
            remarks: paused(run, context).into_iter().chain(plan.remarks.iter().cloned()).collect(),
            status: status(run, plan, context),
        })
    }
}

/// What is said while steps are paused, on a card whose steps are still to come.
fn paused(run: &Run, context: &CardContext<'_>) -> Option<String> {
    let pause = context.pause.filter(|pause| pause.holds(&run.org, run.runbook.as_ref()))?;
    if !matches!(run.state, State::AwaitingApproval { .. } | State::Executing(_)) {
        return None;
    }
    let what = if pause.runbook.is_some() { "This runbook" } else { "Everything" };
    let why = pause.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    Some(format!(
        "{what} is paused since {}{why}: a decision is recorded, but no step starts until it is resumed.",
        pause.since.local(context.zone)
    ))
}

/// The name by which the person a plan is about is called.
pub fn target_name(plan: &Plan) -> String {
    let known = plan.target.as_ref().map(|target| target.name.clone());
    known
        .or_else(|| new_user(plan).map(|user| format!("{} {}", user.first_name, user.last_name)))
        .or_else(|| plan.target_mails.first().map(ToString::to_string))
        .unwrap_or_else(|| "nobody found".to_owned())
}

/// The person a plan creates.
pub(crate) fn new_user(plan: &Plan) -> Option<&NewUser> {
    plan.steps.iter().find_map(|step| match &step.action {
        Action::CreateUser { profile } => Some(profile),
        Action::ResetPassword { .. }
        | Action::ResetFactors { .. }
        | Action::SuspendUser { .. }
        | Action::UnlockUser { .. }
        | Action::ClearSessions { .. }
        | Action::AddToGroup { .. }
        | Action::RemoveFromGroup { .. }
        | Action::AssignLicense { .. }
        | Action::SetUsageLocation { .. }
        | Action::EnableAccount { .. }
        | Action::DismissRisk { .. } => None,
    })
}

fn notification(run: &Run, plan: &Plan, zone: &TimeZone) -> String {
    let mut parts = vec![plan.runbook_name.clone(), target_name(plan)];
    if let Some((_, number)) = run.ticket_key() {
        parts.push(format!("#{number}"));
    }
    parts.push(match (&run.state, plan.approvable()) {
        (State::AwaitingApproval { .. }, true) => format!("by {}", plan.expires_at.local_hour(zone)),
        (State::AwaitingApproval { .. }, false) => "cannot be done as asked".to_owned(),
        (state, _) => state.name().as_str().replace('_', " "),
    });
    parts.join(" · ")
}

/// Intent and confidence in words.
pub fn classification(run: &Run) -> String {
    if let Some(correction) = &run.correction {
        return format!("{}, corrected by {}", correction.intent, correction.by);
    }
    match run.classification.as_ref().and_then(|found| found.intent.as_ref().map(|intent| (intent, found.confidence))) {
        Some((intent, confidence)) => format!("{intent}, confidence {confidence}"),
        None => "started through the API".to_owned(),
    }
}

fn requester(run: &Run, plan: &Plan) -> String {
    let shown = |contact: &crate::person::Contact| match &contact.name {
        Some(name) => format!("{name} ({})", contact.mail),
        None => contact.mail.to_string(),
    };
    if plan.requesters.is_empty() {
        return match &run.origin {
            crate::run::Origin::Api { person, .. } => person.to_string(),
            crate::run::Origin::Ticket { .. } => "unknown".to_owned(),
        };
    }
    plan.requesters.iter().map(shown).collect::<Vec<_>>().join(", for ")
}

fn steps(run: &Run, plan: &Plan) -> Vec<CardStep> {
    let outcomes = run.state.execution().map(|execution| execution.outcomes.as_slice()).unwrap_or_default();
    plan.steps
        .iter()
        .map(|step| CardStep {
            title: format!("{} ({})", step.title, step.system),
            before: step.before.clone(),
            after: step.after.clone(),
            outcome: outcomes
                .iter()
                .find(|outcome| outcome.ordinal == step.ordinal)
                .map(|outcome| (outcome.result.name(), outcome.result.says().to_owned())),
        })
        .collect()
}

fn status(run: &Run, plan: &Plan, context: &CardContext<'_>) -> CardStatus {
    match &run.state {
        State::AwaitingApproval { .. } if context.policy.is_none() => CardStatus::Blocked {
            reasons: vec![(
                "The runbook is no longer in force.".to_owned(),
                "Switch it on again and plan again, or close the ticket.".to_owned(),
            )],
        },
        State::AwaitingApproval { plan } if plan.approvable() => CardStatus::Open {
            confirm: format!(
                "{} for {}: {}",
                plan.runbook_name,
                target_name(plan),
                plan.steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join("; ")
            ),
        },
        State::AwaitingApproval { .. } => CardStatus::Blocked {
            reasons: plan.blockers.iter().map(|blocker| (blocker.says.clone(), blocker.mend.clone())).collect(),
        },
        State::Received
        | State::Planning { .. }
        | State::Executing(_)
        | State::Succeeded(_)
        | State::PartlyDone(_)
        | State::Failed(_)
        | State::Denied { .. }
        | State::Expired { .. }
        | State::Cancelled { .. }
        | State::NoAction { .. } => CardStatus::Closed { lines: closed_lines(run, context.zone) },
    }
}

fn closed_lines(run: &Run, zone: &TimeZone) -> Vec<String> {
    let approved = |approval: &crate::run::Approval| {
        let name = approval.by.name.as_deref().unwrap_or("an approver");
        format!("Approved by {name} ({}) at {}", approval.by.by, approval.at.local(zone))
    };
    match &run.state {
        State::Executing(execution) => {
            let now = match &execution.stop {
                None => "Being executed.".to_owned(),
                Some(stop) => format!("Given up at {}: no further step is begun.", stop.at.local(zone)),
            };
            vec![approved(&execution.approval), now]
        }
        State::Succeeded(execution) => vec![approved(&execution.approval), "Done.".to_owned()],
        State::PartlyDone(execution) => {
            vec![approved(&execution.approval), "Partly done: see each step.".to_owned()]
        }
        State::Failed(execution) => vec![approved(&execution.approval), "Failed: see each step.".to_owned()],
        State::Denied { denial, .. } => {
            let name = denial.by.name.as_deref().unwrap_or("an approver");
            let words = denial.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            vec![
                format!("Denied by {name} ({}) at {}", denial.by.by, denial.at.local(zone)),
                format!("Reason: {}{words}", denial.reason.words()),
                "No changes were made.".to_owned(),
            ]
        }
        State::Expired { at, .. } => {
            vec![format!("Expired at {}: nobody decided in time. No changes were made.", at.local(zone))]
        }
        State::Cancelled { at, .. } => vec![format!("Cancelled at {}. No changes were made.", at.local(zone))],
        State::Planning { .. } | State::Received => vec!["A new plan is being made.".to_owned()],
        State::NoAction { reason, .. } => vec![format!("Left alone: {}. No changes were made.", reason.words())],
        State::AwaitingApproval { .. } => Vec::new(),
    }
}

fn quote(words: &TicketText, shown: TicketWordsShown) -> Option<String> {
    let text = match shown {
        TicketWordsShown::None => return None,
        TicketWordsShown::Subject => words.subject.clone(),
        TicketWordsShown::Excerpt => format!("{}\n{}", words.subject, words.description),
    };
    let masked = mask_secrets(text.trim());
    let capped: String = masked.chars().take(QUOTE_LIMIT).collect();
    let ellipsis = if capped.chars().count() < masked.chars().count() { " …" } else { "" };
    Some(format!("{capped}{ellipsis}"))
}

const SECRET_MARKERS: [&str; 14] = [
    "password",
    "passwort",
    "passwd",
    "pwd",
    "pw",
    "mot de passe",
    "contraseña",
    "wachtwoord",
    "senha",
    "pin",
    "secret",
    "token",
    "code",
    "kennwort",
];

/// Masks what looks like a password: the word after `password:`, `pw is`, `PIN =` and the like, and any long word that
/// mixes letters of both cases, digits and signs.
pub fn mask_secrets(text: &str) -> String {
    text.split_inclusive('\n').map(mask_line).collect()
}

fn mask_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut marked = 0_u8;
    for word in line.split_inclusive([' ', '\t', '\n']) {
        let bare = word.trim_end();
        let tail = &word[bare.len()..];
        if (marked == 2 && !bare.is_empty()) || looks_secret(bare) {
            out.push_str("••••");
            out.push_str(tail);
            marked = 0;
            continue;
        }
        out.push_str(&mask_inline(bare));
        out.push_str(tail);
        marked = next_mark(marked, bare);
    }
    out
}

/// 0: nothing; 1: the word before names a secret; 2: the next word is one.
fn next_mark(marked: u8, bare: &str) -> u8 {
    let lower = bare.to_lowercase();
    let stem = lower.trim_end_matches([':', '=']);
    let names = SECRET_MARKERS.iter().any(|marker| marker.rsplit(' ').next() == Some(stem));
    if names && (lower.ends_with(':') || lower.ends_with('=')) {
        2
    } else if names {
        1
    } else if marked == 1 && matches!(lower.as_str(), "is" | "ist" | "est" | "es" | "was" | "=" | ":" | "lautet" | "é")
    {
        2
    } else {
        0
    }
}

fn mask_inline(bare: &str) -> String {
    if let Some(place) = bare.find([':', '=']) {
        let (name, value) = bare.split_at(place);
        let names = SECRET_MARKERS.contains(&name.to_lowercase().as_str());
        if names && value.len() > 1 {
            return format!("{name}{}••••", &value[..1]);
        }
    }
    bare.to_owned()
}

fn looks_secret(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| ".,;()\"'".contains(letter));
    let has = |test: fn(char) -> bool| word.chars().any(test);
    (8..=128).contains(&word.chars().count())
        && !word.contains("://")
        && !word.contains('@')
        && has(|letter| letter.is_lowercase())
        && has(|letter| letter.is_uppercase())
        && has(|letter| letter.is_ascii_digit())
        && has(|letter| "!#$%&*+?^~".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_password_is_masked() {
        for (text, masked) in [
            ("my password is hunter2 ok", "my password is •••• ok"),
            ("Passwort: geheim", "Passwort: ••••"),
            ("pw=abc123", "pw=••••"),
            ("I typed Xk9#mPq2 twice", "I typed •••• twice"),
            ("mot de passe: soleil", "mot de passe: ••••"),
        ] {
            assert_eq!(mask_secrets(text), masked);
        }
    }

    #[test]
    fn ordinary_words_are_left_alone() {
        for text in
            ["I forgot my password, please reset it", "Add me to Engineering-Docs", "see https://acme.com/A1?b=C#x"]
        {
            assert_eq!(mask_secrets(text), text);
        }
    }
}
