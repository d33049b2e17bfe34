//! Modes: in shadow everything is read and nothing written; off reads nothing either; live takes up where it is told to.

use anyhow::{Context, ensure};
use countersign_sandbox::{NewTicket, Template};
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket, until};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";
const FORGOT: &str = "I forgot my password and cannot sign in any more. Please reset it.";
const OMAR: &str = "omar.reyes@acme.com";

/// A ticket for each of the seven runbooks, by the runbook's id.
fn one_of_each_runbook() -> [(&'static str, NewTicket); 7] {
    let hire = "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3";
    let leaver = "Employee: Nadia Frost\nAccount: nadia.frost@acme.com\nLast day: today\nAction: suspend account";
    let licence = "Could you please assign me a Visio Plan 2 licence? I took over the process maps.";
    let locked = "Maria Silva is locked out of her account after her leave, please unlock it: maria.silva@acme.com";
    let group = "Please add me to the group Engineering-Docs. I need the design documents.";
    [
        ("RB-001", ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)),
        ("RB-002", ticket("sarah.chen@acme.com", "New phone", LOST)),
        ("RB-003", ticket(OMAR, "New hire starting Monday", hire)),
        ("RB-006", ticket("priya.nair@acme.com", "Visio Plan 2 licence", licence)),
        ("RB-007", ticket("lukas.brandt@acme.com", "Maria Silva is locked out", locked)),
        ("RB-011", ticket(OMAR, "Leaver: Nadia Frost", leaver)),
        ("RB-013", ticket("lukas.brandt@acme.com", "Group access", group)),
    ]
}

fn in_mode(line: &str) -> Settings {
    Settings::default().edit("mode = \"live\"\n", line)
}

/// What arrived at a vendor by any other method than reading, tokens apart; Slack's reads are posted too.
fn writes(bed: &Bed) -> Vec<Value> {
    let routes = bed.sandbox.requests()["routes"].as_array().cloned().unwrap_or_default();
    let reads = |row: &Value| {
        let (method, route) = (text_of(row, "/method"), text_of(row, "/route"));
        let token = route.ends_with("/token");
        let look_up = row["vendor"] == "slack" && row["write"] == false;
        method == "GET" || token || look_up
    };
    routes.into_iter().filter(|row| !reads(row)).collect()
}

fn nothing_written(bed: &Bed) -> anyhow::Result<()> {
    ensure!(writes(bed).is_empty() && bed.sandbox.writes() == 0, "something was written: {:#?}", writes(bed));
    ensure!(bed.messages().is_empty(), "there is a card");
    ensure!((bed.changes("okta"), bed.changes("graph")) == (0, 0), "something was changed");
    Ok(())
}

/// Waits until a ticket's run has ended in shadow, with the plan that a card would have shown.
async fn shadowed(bed: &Bed, raised: &Raised, runbook: &str) -> anyhow::Result<Value> {
    bed.until_done(&raised.run, "no_action").await?;
    let run = bed.run(&raised.run).await?;
    ensure!(run["reason"] == "shadow" && run["runbook"] == runbook, "{runbook}: {run:#}");
    ensure!(!text_of(&run, "/noActionReason").is_empty(), "{run:#}");
    ensure!(text_of(&run, "/plan/digest").len() == 64, "the plan is not kept: {run:#}");
    ensure!(bed.notes(raised.ticket).is_empty(), "there is a note on ticket {}", raised.ticket);
    Ok(run)
}

async fn all_in_shadow(settings: Settings) -> anyhow::Result<()> {
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let mut runs = BTreeMap::new();
    for (runbook, new) in one_of_each_runbook() {
        let raised = bed.raise(new).await?;
        let run = shadowed(&bed, &raised, runbook).await?;
        let steps = run["plan"]["steps"].as_array().map_or(0, Vec::len);
        assert!(run["plan"]["approvable"] == true && steps > 0, "{runbook}: {run:#}");
        runs.insert(raised.run, runbook);
    }
    let words = "Please assign me a Power BI Pro licence for the quarterly report.";
    let sold_out = bed.raise(ticket("sarah.chen@acme.com", "Power BI Pro", words)).await?;
    let run = shadowed(&bed, &sold_out, "RB-006").await?;
    assert_eq!(run["plan"]["blockers"][0]["code"], "no_free_license", "{run:#}");
    runs.insert(sold_out.run, "RB-006");
    let printer = bed.raise(ticket("priya.nair@acme.com", "Printer", "The printer has a paper jam again.")).await?;
    assert_eq!(bed.until_status(&printer.run, "no_action").await?["reason"], "nothing_asked");
    nothing_written(&bed)?;
    judged_by_the_list(&bed, &runs).await?;
    nothing_written(&bed)
}

/// `runs list --shadow` has every one of these and no other, and sums them up by day and runbook.
async fn judged_by_the_list(bed: &Bed, runs: &BTreeMap<String, &str>) -> anyhow::Result<()> {
    let lines = bed.on_config(&["runs", "list", "--shadow", "--json"]).await?.well()?.lines()?;
    ensure!(lines.len() == runs.len(), "{} runs are listed: {lines:#?}", lines.len());
    for line in &lines {
        let runbook = runs.get(text_of(line, "/runId")).copied();
        ensure!(line["reason"] == "shadow" && runbook == line["runbook"].as_str(), "{line:#}");
        ensure!(line["plan"]["steps"].is_array(), "what would have been asked is missing: {line:#}");
    }
    let table = bed.on_config(&["runs", "list", "--shadow"]).await?.well()?.out;
    let (list, summed) = table.split_once("Cards that live mode would have posted").context("no summary")?;
    for run in runs.keys() {
        ensure!(list.lines().any(|line| line.contains(run) && line.contains("shadow")), "{run} is missing:\n{list}");
    }
    for who in ["Tom Okafor", "Iris Vega", "Nadia Frost"] {
        ensure!(list.contains(who), "it does not say that {who} is meant:\n{list}");
    }
    for (runbook, cards, blocked) in [("RB-001", "1", "0"), ("RB-006", "2", "1"), ("RB-013", "1", "0")] {
        let found: Vec<Vec<&str>> = summed
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|cells| cells.get(1) == Some(&runbook))
            .collect();
        // Around midnight the cards of a runbook are those of two days.
        let sum = |cell: usize| -> anyhow::Result<u64> {
            Ok(found.iter().map(|cells| cells[cell].parse::<u64>()).sum::<Result<_, _>>()?)
        };
        ensure!(found.iter().all(|cells| cells.len() == 4 && cells[0].starts_with("20")), "{summed}");
        ensure!((sum(2)?.to_string(), sum(3)?.to_string()) == (cards.to_owned(), blocked.to_owned()), "{summed}");
    }
    let one = bed.on_config(&["runs", "list", "--shadow", "--limit", "1", "--intent", "license_assignment"]).await?;
    let one = one.well()?.out;
    ensure!(one.matches("run_").count() == 1, "one row: {one}");
    ensure!(one.contains("RB-006") && !one.contains("RB-001"), "the summary is of what was asked for: {one}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_reads_and_plans_every_runbook_and_writes_nothing() -> anyhow::Result<()> {
    all_in_shadow(in_mode("mode = \"shadow\"\n")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_that_names_no_mode_is_in_shadow() -> anyhow::Result<()> {
    all_in_shadow(in_mode("")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_is_the_same_on_postgresql() -> anyhow::Result<()> {
    all_in_shadow(in_mode("mode = \"shadow\"\n").on_postgres()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn runbook_in_shadow_beside_others_that_are_live() -> anyhow::Result<()> {
    let settings = Settings::default().and("[org.acme.runbook.RB-001]\nmode = \"shadow\"\n");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let forgot = bed.raise(ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)).await?;
    shadowed(&bed, &forgot, "RB-001").await?;
    nothing_written(&bed)?;
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    bed.until_card(&lost.run, 1).await?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    assert_eq!(bed.messages().len(), 1, "the runbook in shadow has a card");
    assert_eq!(bed.sandbox.state()["okta"]["mails"], json!([]));
    // Neither is the other way round: what the organisation does not allow no runbook does.
    let settings = in_mode("mode = \"shadow\"\n").and("[org.acme.runbook.RB-001]\nmode = \"live\"\n");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let forgot = bed.raise(ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)).await?;
    shadowed(&bed, &forgot, "RB-001").await?;
    nothing_written(&bed)
}

/// What was asked of the vendors about tickets and people.
fn asked(bed: &Bed) -> Vec<Value> {
    let routes = bed.sandbox.requests()["routes"].as_array().cloned().unwrap_or_default();
    routes.into_iter().filter(|row| row["vendor"] != "slack").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nothing_is_read_either() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(in_mode("mode = \"off\"\n")).await? else { return Ok(()) };
    for (_, new) in one_of_each_runbook() {
        let raised = bed.raise(new).await?;
        assert_eq!(raised.answer["disposition"], "no_action", "{}", raised.answer);
        assert_eq!(bed.until_quiet(&raised.run).await?["reason"], "switched_off");
    }
    // A body from which only the number is known would have to be fetched.
    bed.rule(Template::Unescaped, 1)?;
    let raised = bed.raise(ticket("tom.okafor@acme.com", "A \"quoted\" subject", FORGOT)).await?;
    assert_eq!(bed.until_quiet(&raised.run).await?["reason"], "switched_off");
    assert_eq!(asked(&bed), Vec::<Value>::new());
    nothing_written(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn runbook_that_is_switched_off_reads_nothing() -> anyhow::Result<()> {
    let settings = Settings::default().and("[org.acme.runbook.RB-001]\nmode = \"off\"\n");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let forgot = bed.raise(ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)).await?;
    assert_eq!(bed.until_quiet(&forgot.run).await?["reason"], "switched_off");
    assert_eq!(asked(&bed), Vec::<Value>::new());
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    bed.until_card(&lost.run, 1).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn live_leaves_shadow_runs_alone_until_one_is_planned_again() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(in_mode("mode = \"shadow\"\n")).await? else { return Ok(()) };
    let forgot = bed.raise(ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)).await?;
    shadowed(&bed, &forgot, "RB-001").await?;
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    shadowed(&bed, &lost, "RB-002").await?;
    let refused = bed.decide(&lost.run, "approve", None).await?;
    assert_eq!(refused.status, 409, "what was never asked cannot be decided: {}", refused.body);
    bed.stop().await?;
    bed.reconfigure("mode = \"shadow\"", "mode = \"live\"")?;
    bed.serve().await?;
    let other = bed.raise(ticket("lukas.brandt@acme.com", "New phone", LOST)).await?;
    bed.until_card(&other.run, 1).await?;
    for old in [&forgot, &lost] {
        assert_eq!(bed.run(&old.run).await?["reason"], "shadow");
        assert!(bed.cards(&old.run).is_empty() && bed.notes(old.ticket).is_empty());
    }
    let said = bed.on_config(&["runs", "replan", &lost.run]).await?.well()?;
    assert!(said.out.contains(&lost.run) && said.out.contains("planned again"), "{}", said.out);
    let run = bed.until_card(&lost.run, 2).await?;
    assert_eq!((&run["reason"], &run["noActionReason"]), (&Value::Null, &Value::Null), "{run:#}");
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    bed.one_of_each(&lost)?;
    assert_eq!(bed.run(&forgot.run).await?["reason"], "shadow");
    let left = bed.on_config(&["runs", "list", "--shadow", "--json"]).await?.well()?.lines()?;
    assert_eq!(left.len(), 1, "{left:#?}");
    assert_eq!(bed.messages().len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_were_approved_wait_while_the_mode_is_shadow() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    bed.until_card(&lost.run, 1).await?;
    bed.on_config(&["pause"]).await?.well()?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_status(&lost.run, "executing").await?;
    bed.stop().await?;
    bed.reconfigure("mode = \"live\"", "mode = \"shadow\"")?;
    bed.serve().await?;
    bed.on_config(&["resume"]).await?.well()?;
    let waits = until("the story says what the step waits for", async || {
        let told = bed.on_config(&["runs", "show", &lost.run]).await?.well()?;
        Ok(told.out.contains("Its steps wait: the mode is shadow.").then_some(told.out))
    })
    .await?;
    assert!(waits.contains("Mode: shadow"), "{waits}");
    // Other work goes through meanwhile.
    let forgot = bed.raise(ticket("tom.okafor@acme.com", "Forgot my password", FORGOT)).await?;
    shadowed(&bed, &forgot, "RB-001").await?;
    assert_eq!((bed.changes("okta"), bed.run(&lost.run).await?["status"].clone()), (0, json!("executing")));
    Ok(())
}
