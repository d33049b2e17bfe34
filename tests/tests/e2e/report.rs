//! What decisions say of the classifier: `classify --report` over runs that were decided, and over none.

use anyhow::{Context, ensure};
use countersign_tests::{Bed, Raised, Settings, ticket};
use serde_json::{Value, json};

const FORGOT: &str = "I forgot my password and cannot sign in any more. Please reset it.";
const REPORT: [&str; 2] = ["classify", "--report"];

async fn raise(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    bed.raise(ticket(&format!("{who}@acme.com"), "Please help", words)).await
}

async fn forgot(bed: &Bed, who: &str) -> anyhow::Result<String> {
    let raised = raise(bed, who, FORGOT).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised.run)
}

async fn decided(bed: &Bed, run: &str, decision: &str, reason: Option<&str>) -> anyhow::Result<()> {
    let reply = bed.decide(run, decision, reason).await?;
    ensure!(reply.status == 200, "{} {}", reply.status, reply.body);
    let ends = if decision == "approve" { "succeeded" } else { "denied" };
    bed.until_done(run, ends).await.map(drop)
}

async fn report(bed: &Bed, arguments: &[&str]) -> anyhow::Result<Value> {
    let said = bed.on_config(&[&REPORT, arguments, &["--json"]].concat()).await?.well()?;
    said.lines()?.pop().context("it says nothing")
}

fn numbers(counts: &Value) -> [u64; 4] {
    ["approved", "denied", "corrected", "givenUp"].map(|name| counts[name].as_u64().unwrap_or(u64::MAX))
}

/// Two approvals, one of them of a plan that somebody asked for, a denial, a correction, one given up; one in shadow.
async fn decide_all(bed: &Bed) -> anyhow::Result<()> {
    let approved = forgot(bed, "tom.okafor").await?;
    decided(bed, &approved, "approve", None).await?;
    let again = forgot(bed, "priya.nair").await?;
    ensure!(bed.replan(&again).await?.status == 200, "it is not planned again");
    bed.until_card(&again, 2).await?;
    decided(bed, &again, "approve", None).await?;
    let denied = forgot(bed, "sarah.chen").await?;
    decided(bed, &denied, "deny", Some("She knows it again.")).await?;
    let other = forgot(bed, "sarah.chen").await?;
    let correction = ["runs", "replan", &other, "--intent", "mfa_reset", "--person", "mail:dana@acme.com"];
    bed.on_config(&correction).await?.well()?;
    bed.until_card(&other, 2).await?;
    let given_up = forgot(bed, "sarah.chen").await?;
    bed.on_config(&["runs", "cancel", &given_up]).await?.well()?;
    bed.until_done(&given_up, "cancelled").await?;
    let shadow = raise(bed, "sarah.chen", "Please add me to the group Engineering-Docs.").await?;
    bed.until_done(&shadow.run, "no_action").await?;
    forgot(bed, "sarah.chen").await.map(drop)
}

async fn decisions_are_reported(settings: Settings) -> anyhow::Result<()> {
    let settings = settings.and("[org.acme.runbook.RB-013]\nmode = \"shadow\"\n");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let nothing = bed.on_config(&REPORT).await?.well()?.out;
    ensure!(nothing.contains("Of the runs of acme none was decided."), "{nothing}");
    decide_all(&bed).await?;
    let (entries, writes) = (bed.entries().await?.len(), bed.sandbox.writes());

    let told = report(&bed, &[]).await?;
    assert_eq!(told["intents"].as_array().map(Vec::len), Some(1), "{told:#}");
    let found = &told["intents"][0];
    assert_eq!((&found["intent"], &found["runbook"]), (&json!("password_reset"), &json!("RB-001")));
    for counts in [&found["decided"]["total"], &told["all"]["decided"]["total"], &found["today"]["kept"]] {
        assert_eq!(numbers(counts), [2, 1, 1, 1], "{told:#}");
        assert_eq!(counts["shareApproved"], 0.4);
        assert!(counts["atLeast"].as_f64().is_some_and(|bound| bound > 0.05 && bound < 0.1), "{told:#}");
    }
    assert_eq!((&found["denials"], &told["plannedAgain"]), (&json!({"other": 1}), &json!(1)));
    assert_eq!((&told["apart"]["shadow"], &told["apart"]["expired"]), (&json!(1), &json!(0)), "{told:#}");
    assert_eq!((&told["decisionsNeeded"], &found["suggestion"]), (&json!(99), &json!({"verdict": "too_few"})));
    let half = report(&bed, &["--precision", "0.5", "--since", "1h"]).await?;
    assert_eq!(half["intents"][0]["suggestion"], json!({"verdict": "out_of_reach"}), "{half:#}");

    let text = bed.on_config(&REPORT).await?.well()?.out;
    for words in [
        "5 runs of acme were decided: 2 approved, 1 denied, 1 corrected to another intent, 1 given up.",
        "Not counted: 1 planned in shadow",
        "password_reset (RB-001)\n    denied as other 1\n    today's 0.",
        "would have kept 5, approved 0.400",
        "5 decisions are too few to suggest a floor: it takes 99",
        "Nothing was changed",
    ] {
        ensure!(text.contains(words), "{words:?} is missing:\n{text}");
    }
    ensure!(!text.contains(FORGOT) && !text.contains("Sarah"), "it names people:\n{text}");
    assert_eq!((bed.entries().await?.len(), bed.sandbox.writes()), (entries, writes), "it only reads");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_held_against_what_the_classifier_was_sure_of() -> anyhow::Result<()> {
    decisions_are_reported(Settings::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_on_postgres_are_reported_alike() -> anyhow::Result<()> {
    decisions_are_reported(Settings::default().on_postgres()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn report_that_cannot_be_made_says_why() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let config = bed.config.display().to_string();
    for (arguments, code, says) in [
        (vec!["--config", config.as_str()], 1, "start the service first"),
        (vec![], 2, "--config"),
        (vec!["--config", &config, "--precision", "1"], 2, "from 0.5 to 0.999"),
        (vec!["--config", &config, "--precision", "nan"], 2, "from 0.5 to 0.999"),
        (vec!["--config", &config, "--org", "other"], 2, "acme"),
        (vec!["--config", "/nowhere/countersign.toml"], 64, "/nowhere/countersign.toml"),
    ] {
        let said = bed.cli(&[&REPORT, arguments.as_slice()].concat(), "").await?;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert!(said.err.contains(says), "{arguments:?}: {}", said.err);
        assert_eq!(said.out, "", "{arguments:?}");
    }
    let said = bed.cli(&["classify", "--config", &config], "").await?;
    assert_eq!(said.code, 2, "{said:?}");
    Ok(())
}
