//! `countersign plan`: what would be done about a ticket.

use anyhow::Context;
use countersign_app::{
    dry_run::{DryRun, DryTicket},
    ingest::body::named_ticket,
};
use countersign_domain::{
    card::{Card, CardStatus},
    classification::{GroupAction, Slots},
    ids::ConnectionName,
    policy::Policy,
    ticket::TicketText,
};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

use super::{opened::open_to_plan, read_text, say};
use crate::{Failure, Outcome};

/// A ticket at hand.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TicketFile {
    subject: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    requester_email: Option<String>,
}

/// Which ticket.
pub(crate) struct Asked {
    /// In a file.
    pub(crate) file: Option<PathBuf>,
    /// At the desk.
    pub(crate) ticket_id: Option<String>,
    /// Which desk.
    pub(crate) desk: Option<String>,
}

impl Asked {
    fn ticket(self) -> Result<DryTicket, Failure> {
        match (self.ticket_id, self.file) {
            (Some(id), _) => {
                let desk = self.desk.as_deref().map(ConnectionName::new).transpose()?;
                Ok(DryTicket::AtDesk(desk, named_ticket(&id).map_err(Failure::Usage)?))
            }
            (None, Some(path)) => {
                let file: TicketFile = serde_json::from_str(&read_text(&path)?).with_context(|| {
                    format!("{} is not a ticket ({{\"subject\",\"description\",\"requesterEmail\"}})", path.display())
                })?;
                let TicketFile { subject, description, requester_email: requester } = file;
                Ok(DryTicket::Words(TicketText { subject, description, requester }))
            }
            (None, None) => Err(Failure::Usage("say which ticket: --ticket FILE or --ticket-id ID".to_owned())),
        }
    }
}

/// Classifies and plans a ticket; reads desk and systems, writes nothing, and makes no database.
///
/// # Errors
/// A ticket or configuration that cannot be read.
pub(crate) async fn run(config: &Path, asked: Asked, org: Option<&str>, json: bool) -> Outcome {
    let ticket = asked.ticket()?;
    let (assembled, org, _folder) = open_to_plan(config, org).await?;
    let dry = assembled.app.dry_run(&org, ticket).await;
    assembled.store.shutdown().await;
    let dry = dry?;
    if json {
        say(&as_json(&dry).to_string());
    } else {
        print(&dry);
    }
    Ok(())
}

fn as_json(dry: &DryRun) -> serde_json::Value {
    let found = &dry.classification;
    json!({
        "intent": found.intent.as_ref().map(ToString::to_string),
        "confidence": found.confidence.share(),
        "floor": dry.policy.as_ref().map(|policy| policy.min_confidence().share()),
        "model": found.model,
        "secondOpinion": found.consulted.as_ref().map(|asked| json!({
            "model": asked.model, "outcome": asked.said.as_str(), "says": asked.said.to_string(), "alone": asked.alone.share(),
        })),
        "runnersUp": found.runners_up.iter().map(|(intent, score)| json!({"intent": intent.to_string(), "confidence": score.share()})).collect::<Vec<_>>(),
        "target": {"email": found.slots.target.email, "name": found.slots.target.name},
        "spans": values(&found.slots).into_iter().map(|(name, value)| {
            let span = span(&dry.words, &value);
            json!({"name": name, "value": value, "in": span.map(|(part, ..)| part), "start": span.map(|(_, start, _)| start), "end": span.map(|(.., end)| end)})
        }).collect::<Vec<_>>(),
        "leftAlone": dry.left_alone.as_ref().map(|reason| reason.words()),
        "mode": dry.mode.as_str(),
        "policy": dry.policy.as_ref().map(|policy| json!({
            "approvers": policy.approvers().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "expiresAfterSeconds": policy.expires_after(),
            "digest": policy.digest().to_string(),
        })),
        "plan": dry.plan,
        "card": dry.card.as_ref().map(card_text),
    })
}

fn print(dry: &DryRun) {
    let found = &dry.classification;
    let intent = found.intent.as_ref().map_or("none", |intent| intent.as_str());
    let floor = dry.policy.as_ref().map(|policy| format!(", floor {}", policy.min_confidence())).unwrap_or_default();
    say(&format!("intent      {intent} ({}{floor}; model {})", found.confidence, found.model));
    if let Some(asked) = &found.consulted {
        say(&format!("asked       {asked}"));
    }
    for (intent, score) in &found.runners_up {
        say(&format!("            then {intent} ({score})"));
    }
    for (name, value) in values(&found.slots) {
        let place = span(&dry.words, &value).map(|(part, start, end)| format!(", {part} {start}..{end}"));
        say(&format!("found       {name}: {value}{}", place.unwrap_or_default()));
    }
    if let Some(policy) = &dry.policy {
        say(&policy_text(policy));
    }
    say(&format!("mode        {}", dry.mode));
    match (&dry.left_alone, &dry.card) {
        (Some(reason), _) => say(&format!("left alone  {}", reason.words())),
        (None, Some(card)) => say(&card_text(card)),
        (None, None) => say("no card can be shown: the runbook has no policy"),
    }
    say("Nothing was executed and nothing was posted.");
}

fn policy_text(policy: &Policy) -> String {
    let approvers: Vec<_> = policy.approvers().iter().map(ToString::to_string).collect();
    let protection = policy.protection();
    let mut lines = vec![format!(
        "policy      {} may approve within {} s (policy {})",
        approvers.join(", "),
        policy.expires_after(),
        policy.digest().short()
    )];
    lines.extend(protection.protected.iter().map(|protected| format!("            never {protected}")));
    for (word, rules) in [("only", &protection.allow), ("never", &protection.deny)] {
        for (param, patterns) in rules {
            let patterns: Vec<_> = patterns.iter().map(ToString::to_string).collect();
            lines.push(format!("            {param}: {word} {}", patterns.join(", ")));
        }
    }
    lines.join("\n")
}

/// The values found, by their names.
fn values(slots: &Slots) -> Vec<(&'static str, String)> {
    let hire = slots.new_hire.clone().unwrap_or_default();
    let action = slots.action.map(|action| match action {
        GroupAction::Add => "add".to_owned(),
        GroupAction::Remove => "remove".to_owned(),
    });
    let single = [
        ("target.email", slots.target.email.clone()),
        ("target.name", slots.target.name.clone()),
        ("group", slots.group.clone()),
        ("action", action),
        ("sku", slots.sku.clone()),
        ("newHire.name", hire.name),
        ("newHire.email", hire.email),
        ("newHire.license", hire.license),
    ];
    let groups = hire.groups.into_iter().map(|group| ("newHire.groups", group));
    single.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(groups).collect()
}

/// Where a value stands verbatim: in the subject or the description, from byte to byte.
fn span(words: &TicketText, value: &str) -> Option<(&'static str, usize, usize)> {
    let within = |part, text: &str| text.find(value).map(|start| (part, start, start + value.len()));
    within("subject", &words.subject).or_else(|| within("description", &words.description))
}

/// A card as plain text.
pub(crate) fn card_text(card: &Card) -> String {
    let mut lines = vec![format!("card        {}", card.notification)];
    if let Some(target) = &card.target {
        lines.push(format!("target      {} <{}> {} ({})", target.name, target.mail, target.id, target.state));
    }
    for step in &card.steps {
        lines.push(format!("step        {}: {} -> {}", step.title, step.before, step.after));
    }
    lines.extend(card.remarks.iter().map(|remark| format!("remark      {remark}")));
    match &card.status {
        CardStatus::Blocked { reasons } => {
            lines.extend(reasons.iter().map(|(says, mend)| format!("blocked     {says} {mend}")));
        }
        CardStatus::Closed { lines: closed } => lines.extend(closed.iter().map(|line| format!("            {line}"))),
        CardStatus::Open { .. } => {}
    }
    lines.push(format!("asked by    {}", card.requester));
    lines.push(format!("may decide  {} until {}", card.deciders.join(", "), card.until));
    lines.push(format!("risk        {}, plan {}", card.risk, card.digest));
    lines.join("\n")
}
