//! `countersign pause` and `countersign resume`: the kill switch.

use countersign_domain::{ids::RunbookId, person::Actor, ports::Queries};
use serde_json::json;
use std::time::Duration;

use super::{open_app, say, tell};
use crate::{Failure, Outcome, cli::SwitchArgs};

/// How often it is looked at whether steps that had started before have ended.
const POLL: Duration = Duration::from_millis(200);

/// How many looks the command waits for: a minute.
const LOOKS: u32 = 300;

/// Every so many looks it is said how many are left.
const SAID_EVERY: u32 = 10;

/// Throws the switch. Ends once nothing is being sent any more.
///
/// # Errors
/// A runbook that there is not, a store that cannot be used, or steps that have not ended in a minute.
pub(crate) async fn pause(args: SwitchArgs, reason: Option<String>) -> Outcome {
    let runbook = runbook_of(&args)?;
    let (assembled, org) = open_app(&args.at.config, args.at.org.as_deref()).await?;
    let app = &assembled.app;
    let mut in_flight = app.pause(&org, runbook.as_ref(), reason, &Actor::Operator).await?.in_flight;
    tell("No step starts any more.");
    for look in 0..LOOKS {
        if in_flight == 0 {
            break;
        }
        if look % SAID_EVERY == 0 {
            tell(&format!("{in_flight} had started before; waiting for them to end."));
        }
        tokio::time::sleep(POLL).await;
        in_flight = app.in_flight(&org, runbook.as_ref()).await?;
    }
    app.show_pause(&org, runbook.as_ref()).await?;
    assembled.store.shutdown().await;
    let what = runbook.as_ref().map_or_else(|| format!("all of {org}"), |id| format!("{id} of {org}"));
    if args.at.json {
        say(&json!({"paused": true, "org": org.as_str(), "runbook": runbook.map(|id| id.to_string()), "inFlight": in_flight}).to_string());
    } else {
        say(&format!("Paused: {what}. Intake, cards and notes go on; `countersign resume` lets steps start again."));
    }
    if in_flight > 0 {
        let why = format!(
            "{in_flight} steps that had started before the pause have not ended yet: look at `countersign runs list --status executing`"
        );
        return Err(anyhow::anyhow!(why).into());
    }
    Ok(())
}

/// Releases the switch.
///
/// # Errors
/// A runbook that there is not, or a store that cannot be used.
pub(crate) async fn resume(args: SwitchArgs) -> Outcome {
    let runbook = runbook_of(&args)?;
    let (assembled, org) = open_app(&args.at.config, args.at.org.as_deref()).await?;
    assembled.app.resume(&org, runbook.as_ref(), &Actor::Operator).await?;
    assembled.app.show_pause(&org, runbook.as_ref()).await?;
    let held = assembled.store.pauses().await?.into_iter().filter(|pause| pause.org == org).collect::<Vec<_>>();
    assembled.store.shutdown().await;
    if args.at.json {
        let left: Vec<_> = held.iter().map(|pause| pause.runbook.as_ref().map(ToString::to_string)).collect();
        say(&json!({"paused": !held.is_empty(), "org": org.as_str(), "stillPaused": left}).to_string());
        return Ok(());
    }
    let what = runbook.as_ref().map_or_else(|| format!("all of {org}"), |id| format!("{id} of {org}"));
    say(&format!("Resumed: {what}."));
    for pause in held {
        let what = pause.runbook.map_or_else(|| "the whole organisation".to_owned(), |id| id.to_string());
        say(&format!("Still paused on its own: {what}, since {}.", pause.since));
    }
    Ok(())
}

fn runbook_of(args: &SwitchArgs) -> Result<Option<RunbookId>, Failure> {
    Ok(args.runbook.as_deref().map(RunbookId::new).transpose()?)
}
