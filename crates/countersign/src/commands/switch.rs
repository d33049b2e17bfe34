//! `countersign pause` and `countersign resume`: the kill switch.
//!
//! It needs the store and nothing else: no vendor's secret, no client, no runbook file that is well-formed. A database in
//! which nothing is yet is refused: to pause it would hold nothing.

use countersign_app::{App, AppError};
use countersign_domain::{
    ids::{OrgId, RunbookId},
    person::Actor,
    ports::Queries,
};
use serde_json::json;
use std::time::Duration;

use super::{opened::open_records, say, tell};
use crate::{Failure, Outcome, cli::SwitchArgs};

/// How often it is looked at whether steps that had started before have ended.
const POLL: Duration = Duration::from_millis(200);

/// How many looks the command waits for: a minute.
const LOOKS: u32 = 300;

/// Every so many looks it is said how many are left.
const SAID_EVERY: u32 = 10;

/// After how long it is said that the switch waits for its turn, and how often.
const WAITING: Duration = Duration::from_secs(2);

/// Throws the switch. Ends once nothing is being sent any more, and the cards that are out are about to say so.
///
/// # Errors
/// A runbook that there is not, a store that cannot be used; steps that have not ended in a minute, or of which it cannot
/// be seen. That some cards do not say it is no error.
pub(crate) async fn pause(args: SwitchArgs, reason: Option<String>) -> Outcome {
    let runbook = runbook_of(&args)?;
    let (assembled, org) = open_records(&args.at.config, args.at.org.as_deref()).await?;
    let app = &assembled.app;
    let thrown = in_turn(app.pause(&org, runbook.as_ref(), reason, &Actor::Operator)).await?;
    tell("No step starts any more.");
    let in_flight = ended(app, &org, runbook.as_ref(), thrown.in_flight).await;
    if args.at.json {
        say(&json!({"paused": true, "org": org.as_str(), "runbook": runbook.as_ref().map(ToString::to_string), "inFlight": in_flight}).to_string());
    } else {
        let what = what(&org, runbook.as_ref());
        say(&format!("Paused: {what}. Intake, cards and notes go on; `countersign resume` lets steps start again."));
    }
    draw_cards(app, &org, runbook.as_ref()).await;
    assembled.store.shutdown().await;
    let why = match in_flight {
        Some(0) => return Ok(()),
        Some(many) => format!("{many} steps that had started before the pause have not ended yet"),
        None => "whether steps that had started before the pause have ended could not be seen".to_owned(),
    };
    Err(anyhow::anyhow!("{why}: look at `countersign runs list --status executing`, and whether the service runs")
        .into())
}

/// Releases the switch. A runbook that is paused can be resumed also where it is no longer configured.
///
/// # Errors
/// A runbook that there is not, or a store that cannot be used.
pub(crate) async fn resume(args: SwitchArgs) -> Outcome {
    let runbook = runbook_of(&args)?;
    let (assembled, org) = open_records(&args.at.config, args.at.org.as_deref()).await?;
    // Read before: once it is released, nothing must look as if it had not been.
    let mut held = assembled.store.pauses().await?;
    held.retain(|pause| pause.org == org && pause.runbook != runbook);
    in_turn(assembled.app.resume(&org, runbook.as_ref(), &Actor::Operator)).await?;
    if args.at.json {
        let left: Vec<_> = held.iter().map(|pause| pause.runbook.as_ref().map(ToString::to_string)).collect();
        say(&json!({"paused": !held.is_empty(), "org": org.as_str(), "stillPaused": left}).to_string());
    } else {
        say(&format!("Resumed: {}.", what(&org, runbook.as_ref())));
        for pause in held {
            let what = pause.runbook.map_or_else(|| "the whole organisation".to_owned(), |id| id.to_string());
            say(&format!("Still paused on its own: {what}, since {}.", pause.since));
        }
    }
    draw_cards(&assembled.app, &org, runbook.as_ref()).await;
    assembled.store.shutdown().await;
    Ok(())
}

fn runbook_of(args: &SwitchArgs) -> Result<Option<RunbookId>, Failure> {
    Ok(args.runbook.as_deref().map(RunbookId::new).transpose()?)
}

fn what(org: &OrgId, runbook: Option<&RunbookId>) -> String {
    runbook.map_or_else(|| format!("all of {org}"), |id| format!("{id} of {org}"))
}

/// Waits for a change to the switch; the store has it wait for its turn beside a busy service, for up to a minute.
async fn in_turn<T>(change: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    tokio::pin!(change);
    loop {
        match tokio::time::timeout(WAITING, &mut change).await {
            Ok(changed) => return changed,
            Err(_) => tell("The store is busy; still waiting for a turn to write."),
        }
    }
}

/// Waits until the steps that had started before have ended; how many are left. `None`: it cannot be seen.
async fn ended(app: &App, org: &OrgId, runbook: Option<&RunbookId>, mut in_flight: Option<u64>) -> Option<u64> {
    for look in 0..LOOKS {
        match in_flight {
            Some(0) => break,
            Some(many) if look % SAID_EVERY == 0 => {
                tell(&format!("{many} had started before; waiting for them to end."));
            }
            Some(_) | None => {}
        }
        tokio::time::sleep(POLL).await;
        in_flight = app.in_flight(org, runbook).await.ok();
    }
    in_flight
}

/// Has the cards that are out drawn again. The switch stands by now, whatever comes of it.
async fn draw_cards(app: &App, org: &OrgId, runbook: Option<&RunbookId>) {
    tell("Having the cards of the newest runs say so.");
    match app.show_pause(org, runbook).await {
        Ok(redrawn) if redrawn.failed > 0 => {
            tell(&format!("{} cards could not be asked for: they say so when they are next drawn.", redrawn.failed));
        }
        Ok(_) => {}
        Err(error) => tell(&format!("The cards could not be asked for, and say so when they are next drawn: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_that_has_to_wait_for_its_turn_is_still_made() {
        let slow = async {
            tokio::time::sleep(WAITING * 5 + POLL).await;
            Ok(7)
        };
        assert_eq!(in_turn(slow).await.unwrap(), 7);
    }
}
