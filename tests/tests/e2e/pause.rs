//! The kill switch: once it is acknowledged no step starts, in whatever storm; what is not a step goes on.

use anyhow::{Context, ensure};
use countersign_sandbox::Vendor;
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket, until};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const RUNS: usize = 1_000;
/// So many steps are at the vendor at least when the switch is thrown.
const UNDER_WAY: u64 = 50;
/// How many runs are seen to at once.
const AT_ONCE: usize = 24;
const LOST: &str = "I lost my authenticator app. Please reset my MFA.";
const FORGOT: &str = "I forgot my password and cannot sign in any more. Please reset it.";

/// How many requests have arrived that change somebody in Okta.
fn steps(bed: &Bed) -> u64 {
    let lifecycle = ["reset_password", "reset_factors"].map(|what| format!("/api/v1/users/{{id}}/lifecycle/{what}"));
    lifecycle.iter().map(|route| bed.arrived("okta", "POST", route)).sum()
}

/// A stage on which everything is paused, with so many approved runs on it, and a key that administers.
async fn held_storm(settings: Settings) -> anyhow::Result<Option<(Bed, String)>> {
    let settings = settings.without_channel();
    let Some(bed) = Bed::start_with(settings, &["--paused"]).await? else { return Ok(None) };
    let admin = bed.new_key(&["--name", "admin", "--scope", "admin"]).await?;
    let asks = ["--name", "hr", "--scope", "runbook:execute", "--person", "mail:priya.nair@acme.com"];
    let starter = bed.new_key(&asks).await?;
    for who in 0..RUNS {
        let login = format!("person{who:04}@acme.com");
        let person =
            json!({"op": "create_user", "login": login, "first_name": "Person", "last_name": format!("{who:04}")});
        bed.sandbox.apply(Vendor::Okta, person)?;
    }
    stream::iter(0..RUNS)
        .map(|who| started(&bed, &starter, who))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    approve_all(&bed).await?;
    ensure!(steps(&bed) == 0, "{} steps have started while everything is paused", steps(&bed));
    Ok(Some((bed, admin)))
}

/// Starts a run for one of the people.
async fn started(bed: &Bed, starter: &str, who: usize) -> anyhow::Result<()> {
    let body = json!({"target": {"email": format!("person{who:04}@acme.com")}}).to_string();
    let started = bed.call("POST", "/api/v1/runbooks/RB-001/runs", starter, Some(body)).await?;
    ensure!(started.status < 300, "{} {}", started.status, started.body);
    Ok(())
}

/// Approves every run as it is planned, until none is left.
async fn approve_all(bed: &Bed) -> anyhow::Result<()> {
    let mut left = RUNS;
    while left > 0 {
        let waiting = until("another run is planned", async || {
            let page = bed.get("/api/v1/runs?status=awaiting_approval&limit=200").await?;
            let runs = page["runs"].as_array().cloned().unwrap_or_default();
            Ok((!runs.is_empty()).then_some(runs))
        })
        .await?;
        left -= waiting.len();
        stream::iter(&waiting)
            .map(async |run| {
                let digest = text_of(run, "/plan/digest");
                let decided = bed.decide_on(text_of(run, "/runId"), "approve", digest, None).await?;
                ensure!(decided.body["status"] == "executing", "{} {}", decided.status, decided.body);
                anyhow::Ok(())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
    }
    Ok(())
}

async fn switch(bed: &Bed, admin: &str, how: &str, body: Value) -> anyhow::Result<Value> {
    let reply = bed.call("POST", &format!("/api/v1/{how}"), admin, Some(body.to_string())).await?;
    ensure!(reply.status == 200, "{how}: {} {}", reply.status, reply.body);
    Ok(reply.body)
}

/// What `/readyz` says is paused.
async fn paused(bed: &Bed) -> anyhow::Result<Vec<Value>> {
    bed.get("/readyz").await?["paused"].as_array().cloned().context("/readyz does not say what is paused")
}

/// Other work goes through from end to end: tickets are read, planned, and answered with a note.
async fn other_work(bed: &Bed) -> anyhow::Result<()> {
    for who in ["sarah.chen", "tom.okafor", "lukas.brandt"] {
        let words = "Please assign me a Power BI Pro licence for the quarterly report.";
        let raised = bed.raise(ticket(&format!("{who}@acme.com"), "Power BI Pro", words)).await?;
        until("a note is written while steps are paused", async || {
            Ok((bed.notes(raised.ticket).len() == 1).then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// How many runs are in each state, and one that has not succeeded: for whoever looks into a failure.
async fn standing(bed: &Bed) -> anyhow::Result<String> {
    let runs = bed.on_config(&["runs", "list", "--limit", "100000", "--json"]).await?.well()?.lines()?;
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for run in &runs {
        *states.entry(text_of(run, "/status")).or_default() += 1;
    }
    let odd = runs.iter().find(|run| !["succeeded", "no_action"].contains(&text_of(run, "/status")));
    let told = match odd {
        Some(run) => bed.on_config(&["runs", "show", text_of(run, "/runId")]).await?.out,
        None => String::new(),
    };
    Ok(format!("{states:?}\n{told}"))
}

/// Waits until so many steps have arrived; patient for as long as there is progress.
async fn until_steps(bed: &Bed, wanted: u64) -> anyhow::Result<()> {
    while steps(bed) < wanted {
        let before = steps(bed);
        let what = format!("more than {before} steps start");
        let more = until(&what, async || Ok((steps(bed) > before).then_some(()))).await;
        if let Err(error) = more {
            return Err(error.context(standing(bed).await?));
        }
    }
    Ok(())
}

/// Every run of the storm succeeded, each step once.
async fn all_done_once(bed: &Bed) -> anyhow::Result<()> {
    until_steps(bed, RUNS as u64).await?;
    until("no run is executing any more", async || {
        let page = bed.get("/api/v1/runs?status=executing&limit=1").await?;
        Ok((page["runs"] == json!([])).then_some(()))
    })
    .await?;
    let (mut runs, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = bed.get(&format!("/api/v1/runs?status=succeeded&limit=200{after}")).await?;
        for run in page["runs"].as_array().context("no runs")? {
            ensure!(run["outcomes"].as_array().map(Vec::len) == Some(1), "{run:#}");
            runs.insert(text_of(run, "/runId").to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&cursor={next}");
    }
    ensure!(runs.len() == RUNS, "{} runs have succeeded", runs.len());
    let mails = bed.sandbox.state()["okta"]["mails"].as_array().cloned().unwrap_or_default();
    let to: BTreeSet<_> = mails.iter().map(|mail| text_of(mail, "/to").to_owned()).collect();
    ensure!((steps(bed), mails.len(), to.len()) == (RUNS as u64, RUNS, RUNS), "a step was not done exactly once");
    let verified = bed.on_config(&["ledger", "verify", "--json"]).await?.well()?;
    ensure!(verified.lines()?[0]["verified"] == true, "{}", verified.out);
    Ok(())
}

/// Nothing that starts after this count is taken is allowed; other work shows that the service is not merely idle.
async fn nothing_starts(bed: &Bed, acknowledged: u64) -> anyhow::Result<()> {
    other_work(bed).await?;
    ensure!(steps(bed) == acknowledged, "{} steps started after the acknowledgement", steps(bed) - acknowledged);
    ensure!((UNDER_WAY..RUNS as u64).contains(&acknowledged), "the storm was no storm: {acknowledged} steps");
    let held = paused(bed).await?;
    ensure!(held.len() == 1 && held[0]["org"] == "acme" && held[0]["runbook"].is_null(), "{held:?}");
    Ok(())
}

async fn paused_by_route(settings: Settings, nodes: usize) -> anyhow::Result<()> {
    let Some((bed, admin)) = held_storm(settings).await? else { return Ok(()) };
    let mut others = Vec::new();
    for _ in 1..nodes {
        others.push(bed.another().await?);
    }
    for begun in [UNDER_WAY, 5 * UNDER_WAY] {
        let resumed = switch(&bed, &admin, "resume", json!({})).await?;
        ensure!(resumed["paused"] == false, "{resumed}");
        until_steps(&bed, begun).await?;
        let answer = switch(&bed, &admin, "pause", json!({"reason": "too many of them"})).await?;
        let acknowledged = steps(&bed);
        ensure!((&answer["paused"], &answer["inFlight"]) == (&json!(true), &json!(0)), "{answer}");
        nothing_starts(&bed, acknowledged).await?;
    }
    switch(&bed, &admin, "resume", json!({})).await?;
    all_done_once(&bed).await
}

async fn paused_by_command(settings: Settings) -> anyhow::Result<()> {
    let Some((bed, _)) = held_storm(settings).await? else { return Ok(()) };
    bed.on_config(&["resume"]).await?.well()?;
    until_steps(&bed, UNDER_WAY).await?;
    let said = bed.on_config(&["pause", "--reason", "too many of them", "--json"]).await?.well()?;
    let acknowledged = steps(&bed);
    let line = &said.lines()?[0];
    ensure!((&line["paused"], &line["inFlight"]) == (&json!(true), &json!(0)), "{line}");
    nothing_starts(&bed, acknowledged).await?;
    bed.on_config(&["resume"]).await?.well()?;
    all_done_once(&bed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_by_route_stops_a_storm_of_approved_runs() -> anyhow::Result<()> {
    paused_by_route(Settings::default(), 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_by_route_stops_a_storm_on_two_nodes_on_postgresql() -> anyhow::Result<()> {
    paused_by_route(Settings::default().on_postgres(), 2).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_by_command_stops_a_storm_of_approved_runs() -> anyhow::Result<()> {
    paused_by_command(Settings::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_by_command_stops_a_storm_on_postgresql() -> anyhow::Result<()> {
    paused_by_command(Settings::default().on_postgres()).await
}

async fn carded(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    let raised = bed.raise(ticket(&format!("{who}@acme.com"), "Please help", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised)
}

/// Waits until a run's card says, or no longer says, this.
async fn until_card_says(bed: &Bed, run: &str, words: &str, says: bool) -> anyhow::Result<()> {
    until(&format!("the card of {run} says {words:?}: {says}"), async || {
        let card = bed.card(run)?["blocks"].to_string();
        Ok((card.contains(words) == says).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_of_a_runbook_holds_that_runbook_alone() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let held = carded(&bed, "tom.okafor", FORGOT).await?;
    let free = carded(&bed, "sarah.chen", LOST).await?;
    let said = bed.on_config(&["pause", "--runbook", "RB-001", "--reason", "links go astray"]).await?.well()?;
    assert!(said.out.contains("Paused: RB-001 of acme"), "{}", said.out);
    let standing = paused(&bed).await?;
    assert_eq!((standing.len(), &standing[0]["runbook"]), (1, &json!("RB-001")), "{standing:?}");
    until_card_says(&bed, &held.run, "This runbook is paused since", true).await?;
    until_card_says(&bed, &held.run, "links go astray", true).await?;
    bed.approve(&held.run, APPROVER).await?;
    bed.approve(&free.run, APPROVER).await?;
    bed.until_done(&free.run, "succeeded").await?;
    assert!(!bed.card(&free.run)?["blocks"].to_string().contains("paused"));
    let waiting = bed.until_status(&held.run, "executing").await?;
    assert_eq!(waiting["outcomes"], json!([]), "{waiting:#}");
    let story = bed.on_config(&["runs", "show", &held.run]).await?.well()?.out;
    assert!(story.contains("Its steps are paused") && story.contains("countersign resume"), "{story}");
    assert_eq!(bed.sandbox.state()["okta"]["mails"], json!([]));
    // Whoever resumes everything has not resumed what is paused on its own, and is told so.
    let said = bed.on_config(&["resume"]).await?.well()?;
    assert!(said.out.contains("Still paused on its own: RB-001"), "{}", said.out);
    bed.on_config(&["resume", "--runbook", "RB-001"]).await?.well()?;
    bed.until_done(&held.run, "succeeded").await?;
    until_card_says(&bed, &held.run, "paused", false).await?;
    bed.one_of_each(&held)?;
    assert_eq!(paused(&bed).await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn service_started_paused_does_everything_but_steps_until_it_is_resumed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start_with(Settings::default(), &["--paused"]).await? else { return Ok(()) };
    assert_eq!(paused(&bed).await?.len(), 1);
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    until_card_says(&bed, &lost.run, "Everything is paused since", true).await?;
    until_card_says(&bed, &lost.run, "started with --paused", true).await?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_status(&lost.run, "executing").await?;
    let denied = carded(&bed, "tom.okafor", FORGOT).await?;
    bed.deny(&denied.run, APPROVER, "other", "not today").await?;
    bed.until_done(&denied.run, "denied").await?;
    bed.one_of_each(&denied)?;
    assert_eq!((bed.changes("okta"), bed.run(&lost.run).await?["status"].clone()), (0, json!("executing")));
    let said = bed.on_config(&["resume", "--json"]).await?.well()?.lines()?;
    assert_eq!((&said[0]["paused"], &said[0]["stillPaused"]), (&json!(false), &json!([])), "{said:?}");
    bed.until_done(&lost.run, "succeeded").await?;
    bed.one_of_each(&lost)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_outlives_the_service_and_stands_in_the_ledger_with_who_threw_it() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let admin = bed.new_key(&["--name", "admin", "--scope", "admin"]).await?;
    for key in [bed.key.clone(), bed.decider.clone()] {
        for path in ["/api/v1/pause", "/api/v1/resume"] {
            assert_eq!(bed.call("POST", path, &key, None).await?.status, 403, "{path} needs a key that administers");
        }
    }
    switch(&bed, &admin, "pause", json!({})).await?;
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_status(&lost.run, "executing").await?;
    bed.cut_and_serve().await?;
    assert_eq!(paused(&bed).await?.len(), 1);
    other_work(&bed).await?;
    assert_eq!(bed.changes("okta"), 0);
    switch(&bed, &admin, "resume", json!({})).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    let entries = bed.entries().await?;
    let of = |kind: &str| entries.iter().find(|entry| text_of(entry, "/kind").ends_with(kind)).cloned();
    for kind in ["paused", "resumed"] {
        let entry = of(kind).with_context(|| format!("no entry of {kind}: {entries:#?}"))?;
        assert!(text_of(&entry, "/actor").contains("key"), "{entry:#}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_is_acknowledged_once_the_step_in_flight_has_ended() -> anyhow::Result<()> {
    let settings = Settings::default().with_short_leases();
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let admin = bed.new_key(&["--name", "admin", "--scope", "admin"]).await?;
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    let held = carded(&bed, "lukas.brandt", LOST).await?;
    // It takes, and is answered so late that its time is up.
    let slow = json!({"vendor": "okta", "match": "POST /api/v1/users/*/lifecycle/*", "do": "hang_applied"});
    bed.sandbox.inject(slow)?;
    bed.approve(&lost.run, APPROVER).await?;
    until("the step is under way", async || Ok((steps(&bed) == 1).then_some(()))).await?;
    let (answer, approved) = tokio::join!(switch(&bed, &admin, "pause", json!({})), async {
        until("the switch is thrown", async || Ok((paused(&bed).await?.len() == 1).then_some(()))).await?;
        bed.approve(&held.run, APPROVER).await
    });
    approved?;
    assert_eq!(answer?["inFlight"], 0);
    assert_eq!(steps(&bed), 1);
    other_work(&bed).await?;
    assert_eq!(steps(&bed), 1, "what was in flight is not tried again, and nothing else starts");
    switch(&bed, &admin, "resume", json!({})).await?;
    for raised in [&lost, &held] {
        bed.until_done(&raised.run, "succeeded").await?;
        bed.one_of_each(raised)?;
    }
    assert_eq!(steps(&bed), 2, "what had taken is not done again");
    Ok(())
}
