//! `countersign plan`: what would be done about a ticket.

use anyhow::Context;
use countersign_domain::{
    card::{Card, CardStatus},
    ports::Clock,
    ticket::TicketText,
};
use serde::Deserialize;
use serde_json::json;
use std::{path::Path, sync::Arc};

use super::{load, read_text, say, the_org};
use crate::{
    Outcome,
    clock::SystemClock,
    service::{assemble, prepare},
};

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

/// Classifies and plans a ticket; reads the systems, writes nothing.
///
/// # Errors
/// A ticket or configuration that cannot be read.
pub(crate) async fn run(config: &Path, ticket: &Path, org: Option<&str>, json: bool) -> Outcome {
    let config = load(config)?;
    let org = the_org(&config, org)?;
    let file: TicketFile = serde_json::from_str(&read_text(ticket)?).with_context(|| {
        format!("{} is not a ticket ({{\"subject\",\"description\",\"requesterEmail\"}})", ticket.display())
    })?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let assembled = assemble(&config, prepare(&config)?, clock).await?;
    let words = TicketText { subject: file.subject, description: file.description, requester: file.requester_email };
    let dry = assembled.app.dry_run(&org, words).await?;
    assembled.store.shutdown().await;
    let found = &dry.classification;
    if json {
        let line = json!({
            "intent": found.intent.as_ref().map(ToString::to_string),
            "confidence": found.confidence.share(),
            "runnersUp": found.runners_up.iter().map(|(intent, score)| json!({"intent": intent.to_string(), "confidence": score.share()})).collect::<Vec<_>>(),
            "target": {"email": found.slots.target.email, "name": found.slots.target.name},
            "leftAlone": dry.left_alone.as_ref().map(|reason| reason.words()),
            "plan": dry.plan,
            "card": dry.card.as_ref().map(card_text),
        });
        say(&line.to_string());
        return Ok(());
    }
    let intent = found.intent.as_ref().map_or("none", |intent| intent.as_str());
    say(&format!("intent      {intent} ({})", found.confidence));
    for (intent, score) in &found.runners_up {
        say(&format!("            then {intent} ({score})"));
    }
    match (&dry.left_alone, &dry.card) {
        (Some(reason), _) => say(&format!("left alone  {}", reason.words())),
        (None, Some(card)) => say(&card_text(card)),
        (None, None) => say("no card can be shown: the runbook has no policy"),
    }
    say("Nothing was executed and nothing was posted.");
    Ok(())
}

/// A card as plain text.
fn card_text(card: &Card) -> String {
    let mut lines = vec![format!("card        {}", card.notification)];
    if let Some(target) = &card.target {
        lines.push(format!("target      {} <{}> {} ({})", target.name, target.mail, target.id, target.state));
    }
    for step in &card.steps {
        lines.push(format!("step        {}: {} -> {}", step.title, step.before, step.after));
    }
    lines.extend(card.remarks.iter().map(|remark| format!("remark      {remark}")));
    if let CardStatus::Blocked { reasons } = &card.status {
        lines.extend(reasons.iter().map(|(says, mend)| format!("blocked     {says} {mend}")));
    }
    lines.push(format!("asked by    {}", card.requester));
    lines.push(format!("may decide  {} until {}", card.deciders.join(", "), card.until));
    lines.push(format!("risk        {}, plan {}", card.risk, card.digest));
    lines.join("\n")
}
