//! The scripted demo: plays the approver, shows each stage, verifies the ledger.

use anyhow::{Context, bail};
use countersign_domain::{
    effect::Lane,
    ids::RunId,
    ports::RunFilter,
    run::{Run, StateName},
};
use countersign_ledger::Summary;
use countersign_sandbox::{Click, Submission};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

use super::{
    cast::{Scene, Verdict, scenes},
    show,
    stage::Stage,
};
use crate::{Outcome, commands::ledger::verify_store};

/// The approver, as Slack knows her.
const APPROVER: &str = "U0123APPROVER";

/// How long a stage may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a stage is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(15);

/// A day and an hour: past the time in which plans can be approved.
const TOMORROW: i64 = 25 * 60 * 60;

/// Plays every scene.
///
/// # Errors
/// A stage that did not come to what it should have.
pub(crate) async fn play(stage: Stage, json: bool) -> Outcome {
    let scenes = scenes();
    show::opening(scenes.len());
    for (place, scene) in scenes.iter().enumerate() {
        show::scene(place + 1, scenes.len(), scene);
        perform(&stage, scene).await.with_context(|| format!("the scene \"{}\" failed", scene.shows))?;
    }
    show::line("clock", "nobody decides what is left; the demo turns its clock forward by a day");
    stage.clock.turn_forward(TOMORROW);
    settle(&stage).await?;
    for run in waiting_ended(&stage).await? {
        show::expired(&stage, &run).await?;
    }
    let summary = verify_store(stage.service.app.parts().queries.as_ref(), &stage.org, None).await?;
    let report = report(&stage, &summary).await?;
    show::closing(&report);
    check(&report)?;
    if json {
        show::last_line(&report);
    }
    stage.strike().await;
    Ok(())
}

async fn perform(stage: &Stage, scene: &Scene) -> anyhow::Result<()> {
    stage.prepare(scene)?;
    let before = show::directory(stage);
    let raised = stage.raise(scene).await?;
    let answers: Vec<&Value> = raised.deliveries.iter().map(|delivery| &delivery.answer).collect();
    let run: RunId =
        answers.first().and_then(|answer| answer["runId"].as_str()).context("no run id was answered")?.parse()?;
    let same = answers.iter().all(|answer| answer["runId"] == answers[0]["runId"]);
    if !same {
        bail!("repeated deliveries were answered with different runs");
    }
    show::ingested(raised.id, &answers);
    if scene.verdict == Verdict::NoCard {
        let run = wait(stage, &run, "be left alone", |run| run.state.name() == StateName::NoAction).await?;
        show::left_alone(&run);
        return Ok(());
    }
    let awaiting =
        wait(stage, &run, "have a card", |run| run.card.is_some() && run.state.name() == StateName::AwaitingApproval)
            .await?;
    show::card(stage, &awaiting).await?;
    let message = awaiting.card.as_ref().map(|card| card.message.clone()).unwrap_or_default();
    if let Some(user) = scene.intruder {
        press(stage, &message, "countersign.approve", user).await?;
        show::told(stage, user, &wait_told(stage, user).await?);
    }
    match scene.verdict {
        Verdict::Approve => press(stage, &message, "countersign.approve", APPROVER).await?,
        Verdict::Deny => deny(stage, &message).await?,
        Verdict::Ignore | Verdict::NoCard => return Ok(()),
    }
    let ended = wait(stage, &run, "end", |run| run.state.name().is_final()).await?;
    drained(stage, &run).await?;
    show::ended(stage, &ended, &before).await
}

async fn press(stage: &Stage, message: &str, action: &str, user: &str) -> anyhow::Result<()> {
    let click =
        Click { ts: message.to_owned(), action_id: action.to_owned(), user: user.to_owned(), ..Click::default() };
    let answer = stage.sandbox.click(click).await?;
    match answer.trouble {
        None => Ok(()),
        Some(trouble) => bail!("Slack shows {user}: {trouble}"),
    }
}

async fn deny(stage: &Stage, message: &str) -> anyhow::Result<()> {
    press(stage, message, "countersign.deny", APPROVER).await?;
    let opened = |state: &Value| state["slack"]["modals"].as_array().is_some_and(|modals| !modals.is_empty());
    until("the form for the reason opens", || opened(&stage.sandbox.state())).await?;
    let values = Map::from_iter([
        ("reason".to_owned(), json!("not_authorised")),
        ("words".to_owned(), json!("Alex did not ask for this.")),
    ]);
    let submission = Submission { view_id: String::new(), user: APPROVER.to_owned(), values };
    let answer = stage.sandbox.submit(submission).await?;
    match answer.trouble {
        None => Ok(()),
        Some(trouble) => bail!("Slack shows {APPROVER}: {trouble}"),
    }
}

async fn wait_told(stage: &Stage, user: &str) -> anyhow::Result<String> {
    let told = |state: &Value| {
        let all = state["slack"]["ephemerals"].as_array()?;
        let mine = all.iter().rev().find(|message| message["to"] == user)?;
        mine["text"].as_str().map(ToOwned::to_owned)
    };
    until("the click is explained", || told(&stage.sandbox.state()).is_some()).await?;
    told(&stage.sandbox.state()).context("the explanation is gone")
}

async fn wait(stage: &Stage, id: &RunId, what: &str, there: impl Fn(&Run) -> bool) -> anyhow::Result<Run> {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let run = stage.service.app.run(&stage.org, id).await?;
            if there(&run) {
                return Ok::<_, anyhow::Error>(run);
            }
            tokio::time::sleep(GLANCE).await;
        }
    });
    match found.await {
        Ok(found) => found,
        Err(_) => {
            let run = stage.service.app.run(&stage.org, id).await?;
            let effects = stage.service.app.parts().queries.effects(&stage.org, id).await?;
            let stuck = effects.iter().find(|effect| effect.state != "done").map(|effect| format!("{effect:?}"));
            bail!("run {id} did not {what}: it is {}; waiting: {}", run.state.name(), stuck.unwrap_or_default())
        }
    }
}

async fn until(what: &str, there: impl Fn() -> bool) -> anyhow::Result<()> {
    let seen = tokio::time::timeout(PATIENCE, async {
        while !there() {
            tokio::time::sleep(GLANCE).await;
        }
    });
    seen.await.with_context(|| format!("it did not happen that {what}"))
}

/// Waits until nothing of a run is left to do but its timer.
async fn drained(stage: &Stage, id: &RunId) -> anyhow::Result<()> {
    let queries = &stage.service.app.parts().queries;
    let left = tokio::time::timeout(PATIENCE, async {
        loop {
            let effects = queries.effects(&stage.org, id).await?;
            let open = effects.iter().any(|effect| effect.state != "done" && effect.lane != Lane::Timer.as_str());
            if !open {
                return Ok::<_, anyhow::Error>(());
            }
            tokio::time::sleep(GLANCE).await;
        }
    });
    left.await.with_context(|| format!("cards and notes of {id} were not all written"))?
}

/// Waits until every run has ended.
async fn settle(stage: &Stage) -> anyhow::Result<()> {
    for run in all_runs(stage).await? {
        wait(stage, &run.id, "end", |run| run.state.name().is_final()).await?;
        drained(stage, &run.id).await?;
    }
    Ok(())
}

async fn all_runs(stage: &Stage) -> anyhow::Result<Vec<Run>> {
    Ok(stage.service.app.parts().queries.runs(&stage.org, &RunFilter::default(), None, 200).await?.runs)
}

async fn waiting_ended(stage: &Stage) -> anyhow::Result<Vec<Run>> {
    Ok(all_runs(stage).await?.into_iter().filter(|run| run.state.name() == StateName::Expired).collect())
}

/// What happened, in numbers.
pub(crate) struct Report {
    /// Runs by outcome.
    pub(crate) runs: BTreeMap<String, u64>,
    /// Notes that stand on tickets.
    pub(crate) notes: u64,
    /// Steps that reached what was wanted, by action.
    pub(crate) effects: BTreeMap<String, u64>,
    /// Entries of the ledger.
    pub(crate) ledger_entries: u64,
}

async fn report(stage: &Stage, summary: &Summary) -> anyhow::Result<Report> {
    let mut runs = BTreeMap::new();
    let mut effects = BTreeMap::new();
    for run in all_runs(stage).await? {
        *runs.entry(run.state.name().to_string()).or_default() += 1;
        let Some(execution) = run.state.execution() else { continue };
        for (step, outcome) in execution.plan.steps.iter().zip(&execution.outcomes) {
            if outcome.result.reached() {
                *effects.entry(step.action.kind().to_string()).or_default() += 1;
            }
        }
    }
    let notes = stage.sandbox.state()["freshservice"]["notes"].as_u64().context("the desk does not count its notes")?;
    Ok(Report { runs, notes, effects, ledger_entries: summary.entries })
}

/// The demo is a promise: it fails where it did not come to what it says.
fn check(report: &Report) -> anyhow::Result<()> {
    let expected = [("succeeded", 12), ("denied", 1), ("expired", 3), ("no_action", 1)];
    for (outcome, wanted) in expected {
        let found = report.runs.get(outcome).copied().unwrap_or(0);
        if found != wanted {
            bail!("{found} runs ended as {outcome}, {wanted} should have");
        }
    }
    if report.notes != 16 {
        bail!("{} notes stand on tickets, 16 should: one for each run that had a card", report.notes);
    }
    Ok(())
}
