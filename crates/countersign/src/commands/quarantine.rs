//! `countersign quarantine`: bodies from which no ticket could be had.

use countersign_app::ingest::body::named_ticket;
use countersign_domain::{
    ids::{OrgId, QuarantineId},
    person::Actor,
    ports::{QuarantineRow, Queries},
};
use serde_json::json;

use super::{
    opened::{open_app, open_records},
    say, table,
};
use crate::{Failure, Outcome, cli::QuarantineCommand, service::Assembled};

/// How many bodies are read at a time.
const PAGE: u32 = 200;

/// Lists, shows or replays.
///
/// # Errors
/// A body that there is not, or that still names no ticket; a store that cannot be used.
pub(crate) async fn run(command: QuarantineCommand) -> Outcome {
    match command {
        QuarantineCommand::List { at } => {
            let (assembled, org) = open_records(&at.config, at.org.as_deref()).await?;
            let rows = all(&assembled, &org).await;
            assembled.store.shutdown().await;
            list(rows?, at.json);
            Ok(())
        }
        QuarantineCommand::Show { at, id } => {
            let (assembled, org) = open_records(&at.config, at.org.as_deref()).await?;
            let row = assembled.app.quarantined(&org, &id_of(&id)?).await;
            assembled.store.shutdown().await;
            show(&row?, at.json);
            Ok(())
        }
        QuarantineCommand::Replay { at, id, ticket } => {
            let ticket = ticket.as_deref().map(named_ticket).transpose().map_err(Failure::Usage)?;
            let (assembled, org) = open_app(&at.config, at.org.as_deref()).await?;
            let taken = assembled.app.replay(&org, &id_of(&id)?, ticket, &Actor::Operator).await;
            assembled.store.shutdown().await;
            let taken = taken?;
            if at.json {
                say(&json!({"runId": taken.run.to_string(), "status": taken.status.as_str(), "duplicate": taken.duplicate}).to_string());
            } else {
                let known = if taken.duplicate { "; that ticket was here before" } else { "" };
                say(&format!("Taken in as {} ({}){known}.", taken.run, taken.status));
            }
            Ok(())
        }
    }
}

fn id_of(text: &str) -> Result<QuarantineId, Failure> {
    text.parse().map_err(|error| Failure::Usage(format!("{error}")))
}

async fn all(assembled: &Assembled, org: &OrgId) -> Result<Vec<QuarantineRow>, Failure> {
    let mut rows: Vec<QuarantineRow> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.id);
        let page = assembled.store.quarantine(org, after.as_ref(), PAGE).await?;
        let last = page.len() < PAGE as usize;
        rows.extend(page);
        if last {
            return Ok(rows);
        }
    }
}

fn list(rows: Vec<QuarantineRow>, json: bool) {
    if json {
        for row in &rows {
            say(&line(row).to_string());
        }
    } else if rows.is_empty() {
        say("Nothing is set aside.");
    } else {
        let cells = rows.into_iter().map(|row| {
            vec![
                row.id.to_string(),
                row.desk.to_string(),
                row.received_at.to_string(),
                format!("{} bytes", row.body.len()),
                row.why,
            ]
        });
        say(&table(&["id", "desk", "received", "size", "why"], cells.collect()));
    }
}

/// The body itself is left out: it may be long, and `show` has it.
fn line(row: &QuarantineRow) -> serde_json::Value {
    json!({
        "id": row.id.to_string(), "desk": row.desk.as_str(), "receivedAt": row.received_at.to_string(),
        "bytes": row.body.len(), "digest": row.digest.to_string(), "why": row.why,
        "replayedAs": row.replayed.map(|replayed| replayed.run.to_string()),
    })
}

fn show(row: &QuarantineRow, json: bool) {
    let text = String::from_utf8_lossy(&row.body);
    if json {
        let mut line = line(row);
        line["body"] = text.into();
        say(&line.to_string());
        return;
    }
    say(&format!("{} came in for {} at {}: {}.", row.id, row.desk, row.received_at, row.why));
    if let Some(replayed) = row.replayed {
        say(&format!("It was replayed at {} as {}.", replayed.at, replayed.run));
    }
    say("Its body, as somebody sent it:");
    // What a terminal would obey is shown, not obeyed.
    say(&text
        .chars()
        .map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter })
        .collect::<String>());
}
