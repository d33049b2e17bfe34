//! What the demo prints.

use countersign_app::App;
use countersign_domain::{
    classification::Confidence,
    ids::OrgId,
    ports::RunFilter,
    run::{Run, State},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

use super::{cast::Scene, script::Report, stage::Stage};

/// Prints a line; a reader that went away is no error.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// A labelled line of a scene.
pub(crate) fn line(label: &str, text: &str) {
    let mut lines = text.lines();
    print(&format!("   {label:<10} {}", lines.next().unwrap_or_default()));
    for more in lines {
        print(&format!("   {:<10} {more}", ""));
    }
}

/// Tells somebody who will approve by hand where to look.
pub(crate) fn welcome(stage: &Stage) {
    print(&bold("Countersign demo"));
    print(&format!("The desk, the Slack channel and the directory: http://{}/", stage.sandbox.addr()));
    print(&format!("The API's reference:                           http://{}/docs", stage.service.reached.public));
    print("Approve and deny in the channel, raise tickets at the desk. Ctrl-C ends the demo; nothing is kept.");
    print("");
}

/// Follows the runs live until `stop`.
pub(crate) async fn follow(app: Arc<App>, org: OrgId, stop: CancellationToken) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    while !stop.is_cancelled() {
        if let Ok(page) = app.parts().queries.runs(&org, &RunFilter::default(), None, 200).await {
            for run in page.runs.iter().rev() {
                let state = run.state.name().to_string();
                if seen.insert(run.id.to_string(), state.clone()).as_deref() != Some(state.as_str()) {
                    print(&format!("{}  {:<18} {}", run.id, state, headline(run)));
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
        }
    }
}

fn headline(run: &Run) -> String {
    let number = run.ticket_key().map(|(_, number)| format!("#{number} ")).unwrap_or_default();
    let what =
        run.state.plan().map(|plan| format!("{} · {}", plan.runbook_name, countersign_domain::card::target_name(plan)));
    format!("{number}{}", what.or_else(|| run.intent().map(ToString::to_string)).unwrap_or_default())
}

/// The script begins.
pub(crate) fn opening(scenes: usize) {
    print(&bold(&format!("Countersign demo: {scenes} tickets through the corridor")));
    print("The vendors are a sandbox on this machine; nothing leaves it.");
}

/// A scene begins.
pub(crate) fn scene(place: usize, of: usize, scene: &Scene) {
    print("");
    print(&bold(&format!("{place:>2}/{of} {}", scene.shows)));
    line("ticket", &format!("{} <{}>\n{}", scene.subject, scene.from, scene.description));
}

/// What the desk was answered.
pub(crate) fn ingested(number: u64, answers: &[&Value]) {
    for answer in answers {
        let text = |key: &str| answer[key].as_str().unwrap_or("-").to_owned();
        let confidence = answer["confidence"].as_f64().map(|share| format!(" ({})", Confidence::from_share(share)));
        let confidence = confidence.unwrap_or_default();
        let duplicate = if answer["duplicate"] == true { ", a duplicate" } else { "" };
        line(
            "ingest",
            &format!(
                "#{number} -> {} {}{confidence} {}{duplicate}",
                text("runId"),
                text("intent"),
                text("disposition")
            ),
        );
    }
}

/// A run was left alone.
pub(crate) fn left_alone(run: &Run) {
    if let State::NoAction { reason, .. } = &run.state {
        line("left alone", reason.words());
    }
}

/// The card.
pub(crate) async fn card(stage: &Stage, run: &Run) -> anyhow::Result<()> {
    let Some(card) = stage.service.app.card(run).await? else { return Ok(()) };
    line("card", &card.notification);
    for step in &card.steps {
        line("", &format!("{}: {} -> {}", step.title, step.before, step.after));
    }
    for remark in &card.remarks {
        line("", remark);
    }
    match &card.status {
        countersign_domain::card::CardStatus::Blocked { reasons } => {
            for (says, mend) in reasons {
                line("", &format!("no Approve button: {says} {mend}"));
            }
        }
        countersign_domain::card::CardStatus::Open { .. } | countersign_domain::card::CardStatus::Closed { .. } => {
            line("", &format!("{} risk, asked by {}, plan {}", card.risk, card.requester, card.digest));
        }
    }
    Ok(())
}

/// Somebody who may not decide was told so.
pub(crate) fn told(_stage: &Stage, user: &str, text: &str) {
    line("refused", &format!("{user} pressed Approve and alone was told: {text}"));
}

/// The directory's own record of changes, by system.
pub(crate) fn directory(stage: &Stage) -> BTreeMap<&'static str, usize> {
    let state = stage.sandbox.state();
    ["okta", "graph"].into_iter().map(|system| (system, events(&state, system).len())).collect()
}

fn events(state: &Value, system: &str) -> Vec<String> {
    let said = |event: &Value| {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        format!("{system}: {} {} {}", text("type"), text("target"), text("detail")).trim_end().to_owned()
    };
    state[system]["events"].as_array().into_iter().flatten().map(said).collect()
}

/// How a run ended: the decision, the directory's change, the note.
pub(crate) async fn ended(stage: &Stage, run: &Run, before: &BTreeMap<&'static str, usize>) -> anyhow::Result<()> {
    let state = stage.sandbox.state();
    line("outcome", &run.state.name().to_string());
    for (system, seen) in before {
        for event in events(&state, system).into_iter().skip(*seen) {
            line("directory", &event);
        }
    }
    note(stage, run).await
}

async fn note(stage: &Stage, run: &Run) -> anyhow::Result<()> {
    if let Some(lines) = stage.service.app.note_lines(run).await? {
        line("note", &lines.join("\n"));
    }
    Ok(())
}

/// A run that nobody decided.
pub(crate) async fn expired(stage: &Stage, run: &Run) -> anyhow::Result<()> {
    print("");
    line("expired", &headline(run));
    note(stage, run).await
}

/// The script ends.
pub(crate) fn closing(report: &Report) {
    let list = |counts: &BTreeMap<String, u64>| {
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    print("");
    print(&bold("The end"));
    line("runs", &list(&report.runs));
    line("effects", &list(&report.effects));
    line("notes", &report.notes.to_string());
    line("ledger", &format!("{} entries, verified from the first to the head", report.ledger_entries));
}

/// The script's last line, for scripts.
pub(crate) fn last_line(report: &Report) {
    let line = json!({
        "runs": report.runs,
        "notes": report.notes,
        "effects": report.effects,
        "ledgerEntries": report.ledger_entries,
        "verified": true,
    });
    print(&line.to_string());
}
