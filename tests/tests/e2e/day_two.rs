//! Why did it, and what now: runs, corrections, quarantine, a dry run of a live ticket, commands that cannot be obeyed.

use anyhow::{Context, ensure};
use countersign_sandbox::NewTicket;
use countersign_tests::{APPROVER, Bed, OTHER_APPROVER, Raised, Settings, text_of, ticket};
use serde_json::{Value, json};

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";
const FORGOT: &str = "I forgot my password and cannot sign in any more. Please reset it.";
const PRINTER: &str = "The printer on the second floor has a paper jam again.";
const POWER_BI: &str = "Please assign me a Power BI Pro licence for the quarterly report.";
/// An id that is well-formed and nobody's.
const NOWHERE: &str = "run_01k00000000000000000000000";

async fn raise(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    bed.raise(ticket(&format!("{who}@acme.com"), "Please help", words)).await
}

async fn carded(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    let raised = raise(bed, who, words).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised)
}

/// What a command that has to succeed prints.
async fn out(bed: &Bed, arguments: &[&str]) -> anyhow::Result<String> {
    Ok(bed.on_config(arguments).await?.well()?.out)
}

async fn lines(bed: &Bed, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
    bed.on_config(&[arguments, &["--json"]].concat()).await?.well()?.lines()
}

fn has(text: &str, words: &[&str]) -> anyhow::Result<()> {
    for word in words {
        ensure!(text.contains(word), "{word:?} is missing:\n{text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_by_what_is_asked_for() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    assert!(out(&bed, &["runs", "list"]).await?.contains("There are no such runs."));
    assert_eq!(lines(&bed, &["runs", "list"]).await?, Vec::<Value>::new());
    let waiting = carded(&bed, "sarah.chen", LOST).await?;
    let blocked = carded(&bed, "sarah.chen", POWER_BI).await?;
    let left = raise(&bed, "priya.nair", PRINTER).await?;
    bed.until_done(&left.run, "no_action").await?;
    let table = out(&bed, &["runs", "list"]).await?;
    has(&table, &["RUN", "TICKET", "STATUS", "ASKS FOR", "Sarah Chen", "mfa_reset", "no_action: nothing_asked"])?;
    has(&table, &[&waiting.run, &blocked.run, &left.run, &format!("helpdesk #{}", waiting.ticket)])?;
    let places: Vec<_> = [&left.run, &blocked.run, &waiting.run].map(|run| table.find(run.as_str())).to_vec();
    assert!(places.is_sorted(), "the newest comes first:\n{table}");
    for (arguments, found) in [
        (&["--status", "awaiting_approval"][..], vec![&blocked.run, &waiting.run]),
        (&["--intent", "mfa_reset"], vec![&waiting.run]),
        (&["--reason", "nothing_asked"], vec![&left.run]),
        (&["--reason", "below_floor"], vec![]),
        (&["--desk", "helpdesk", "--since", "1h"], vec![&left.run, &blocked.run, &waiting.run]),
        (&["--desk", "another"], vec![]),
        (&["--limit", "1"], vec![&left.run]),
        (&["--shadow"], vec![]),
    ] {
        let listed = lines(&bed, &[&["runs", "list"], arguments].concat()).await?;
        let runs: Vec<_> = listed.iter().map(|line| text_of(line, "/runId")).collect();
        assert_eq!(runs, found, "{arguments:?}");
        let table = out(&bed, &[&["runs", "list"], arguments].concat()).await?;
        assert_eq!(table.matches("run_").count(), found.len(), "{arguments:?}:\n{table}");
    }
    for more in [&["runs", "list", "--limit", "1"][..], &["runs", "list", "--limit", "2", "--json"]] {
        assert!(bed.on_config(more).await?.well()?.err.contains("There are more"), "{more:?}");
    }
    assert!(!bed.on_config(&["runs", "list", "--limit", "3"]).await?.well()?.err.contains("There are more"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn story_of_a_run_tells_what_happened_and_what_each_request_came_to() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let fault = json!({"vendor": "okta", "match": "POST /api/v1/users/*/lifecycle/*", "do": "status:503"});
    bed.sandbox.inject(fault)?;
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    let waiting = out(&bed, &["runs", "show", &lost.run]).await?;
    has(&waiting, &["It waits for a decision until", "Mode: live", "confidence of 0.9", "Okta Verify", "plan.made"])?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    let told = out(&bed, &["runs", "show", &lost.run]).await?;
    has(&told, &["Nothing more happens.", "approved by Dana Lead", "card posted", "stands on the ticket", "ended: "])?;
    has(&told, &["mfa_reset 0.", "model", "asked by Sarah Chen", "Took: ", "decide ", "execute ", "ATTEMPTS"])?;
    let story = lines(&bed, &["runs", "show", &lost.run]).await?.pop().context("nothing")?;
    assert_eq!(story, bed.get(&format!("/api/v1/runs/{}/story", lost.run)).await?, "the route tells the same");
    let step = story["effects"].as_array().and_then(|all| all.iter().find(|effect| effect["name"] == "perform"));
    let step = step.with_context(|| format!("no step: {story:#}"))?;
    assert!(step["attempt"].as_u64() >= Some(2), "the attempt that failed is not told: {step:#}");
    for told in [told, story.to_string()] {
        assert!(!told.contains(LOST), "the ticket's words stand in the story: {told}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn run_that_is_given_up_says_so_everywhere() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    let said = out(&bed, &["runs", "cancel", &lost.run]).await?;
    has(&said, &[&lost.run, "is given up; no changes are made", "cancelled"])?;
    bed.until_done(&lost.run, "cancelled").await?;
    assert!(bed.buttons(&lost.run)?.is_empty());
    has(&bed.note(lost.ticket)?, &["Runbook decision: CANCELLED", "No changes were made."])?;
    let again = bed.on_config(&["runs", "cancel", &lost.run]).await?;
    assert_eq!(again.code, 1, "{again:?}");
    has(&again.err, &["cancelled"])?;
    let forgot = carded(&bed, "tom.okafor", FORGOT).await?;
    let line = lines(&bed, &["runs", "cancel", &forgot.run]).await?.pop().context("nothing")?;
    assert_eq!((&line["runId"], &line["status"]), (&json!(forgot.run), &json!("cancelled")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_that_was_left_alone_says_why_and_what_to_do() -> anyhow::Result<()> {
    let settings = Settings::default().edit("min_confidence = 0.80", "min_confidence = 1.0");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let unsure = raise(&bed, "sarah.chen", LOST).await?;
    assert_eq!(bed.until_done(&unsure.run, "no_action").await?["reason"], "below_floor");
    let told = out(&bed, &["runs", "show", &unsure.run]).await?;
    has(&told, &["It was left alone: the confidence is below the floor.", "runs replan ID --intent NAME --person"])?;
    has(&told, &["confidence of 1.00.", "mfa_reset 0.", "then ", "; model "])?;
    let story = lines(&bed, &["runs", "show", &unsure.run]).await?.pop().context("nothing")?;
    assert_eq!(story["run"]["reason"], "below_floor", "{story:#}");
    let printer = raise(&bed, "priya.nair", PRINTER).await?;
    bed.until_done(&printer.run, "no_action").await?;
    let told = out(&bed, &["runs", "show", &printer.run]).await?;
    has(&told, &["nothing is asked that a runbook serves", "If it does ask for something, say what"])?;
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let closed = NewTicket { status: 5, ..ticket("sarah.chen@acme.com", "New phone", LOST) };
    let closed = bed.raise(closed).await?;
    bed.until_done(&closed.run, "no_action").await?;
    has(&out(&bed, &["runs", "show", &closed.run]).await?, &["resolved or closed", "Open the ticket again"])
}

/// A plan of a corrected intent is decided by somebody else than who corrected it.
async fn decided_by_another(bed: &Bed, raised: &Raised, version: u64) -> anyhow::Result<()> {
    let run = bed.until_card(&raised.run, version).await?;
    ensure!((&run["intent"], &run["runbook"]) == (&json!("mfa_reset"), &json!("RB-002")), "{run:#}");
    ensure!(run["correctedBy"] == "mail:lead@acme.com" || run["correctedBy"] == "lead@acme.com", "{run:#}");
    ensure!(bed.card(&raised.run)?["blocks"].to_string().contains("corrected by"), "the card does not say so");
    let refused = bed.decide(&raised.run, "approve", None).await?;
    ensure!(refused.status == 403, "{} {}", refused.status, refused.body);
    has(&refused.body.to_string(), &["whoever corrected", "cannot approve"])?;
    // The same person, as Slack knows her.
    bed.press(&raised.run, "countersign.approve", APPROVER).await?;
    has(&bed.until_told(APPROVER).await?, &["whoever corrected"])?;
    ensure!(bed.run(&raised.run).await?["status"] == "awaiting_approval", "it was decided");
    bed.approve(&raised.run, OTHER_APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn intent_that_is_corrected_by_command_is_approved_by_somebody_else() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let vague = raise(&bed, "sarah.chen", "Since I have the new phone nothing works any more.").await?;
    bed.until_done(&vague.run, "no_action").await?;
    for (arguments, code, words) in [
        (&["--intent", "mfa_reset"][..], 2, "--person mail:"),
        (&["--intent", "mfa_reset", "--person", "slack:U0123APPROVER"], 2, "by address"),
        (&["--intent", "mfa_reset", "--person", "Dana"], 1, "Dana"),
        (&["--intent", "mfa reset", "--person", "mail:lead@acme.com"], 1, "mfa reset"),
        (&["--intent", "coffee", "--person", "mail:lead@acme.com"], 1, "coffee"),
    ] {
        let said = bed.on_config(&[&["runs", "replan", &vague.run], arguments].concat()).await?;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    }
    assert_eq!(bed.run(&vague.run).await?["status"], "no_action", "what was refused changed something");
    let person = "mail:lead@acme.com";
    let said = out(&bed, &["runs", "replan", &vague.run, "--intent", "mfa_reset", "--person", person]).await?;
    has(&said, &[&vague.run, "is planned again"])?;
    decided_by_another(&bed, &vague, 1).await?;
    has(&out(&bed, &["runs", "show", &vague.run]).await?, &["the intent was corrected to mfa_reset", "lead@acme.com"])?;
    has(&out(&bed, &["runs", "list"]).await?, &["mfa_reset  corrected  "])?;
    bed.on_config(&["ledger", "verify"]).await?.well()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn intent_that_is_corrected_through_the_api_needs_a_key_bound_to_a_person() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let wrong = carded(&bed, "sarah.chen", FORGOT).await?;
    let path = format!("/api/v1/runs/{}/replan", wrong.run);
    let body = || Some(json!({"intent": "mfa_reset"}).to_string());
    let refused = bed.call("POST", &path, &bed.key, body()).await?;
    assert_eq!(refused.status, 403, "{}", refused.body);
    has(&refused.body.to_string(), &["bound to no person", "--person"])?;
    let manager =
        bed.new_key(&["--name", "dana", "--scope", "run:manage,run:decide", "--person", "mail:lead@acme.com"]).await?;
    let corrected = bed.call("POST", &path, &manager, body()).await?;
    assert_eq!(corrected.status, 200, "{}", corrected.body);
    decided_by_another(&bed, &wrong, 2).await?;
    assert_eq!(bed.sandbox.state()["okta"]["mails"], json!([]), "what was understood first was executed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_was_set_aside_is_shown_and_taken_in_again() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    assert!(out(&bed, &["quarantine", "list"]).await?.contains("Nothing is set aside."));
    let new = NewTicket { quiet: true, ..ticket("sarah.chen@acme.com", "New phone", LOST) };
    let number = bed.sandbox.raise_ticket(new).await?.id;
    let broken = "{\"ticket\": \u{1b}[31mnobody knows\u{7}";
    for body in [broken, "not json at all"] {
        assert_eq!(bed.ingest("application/json", body).await?.status, 422);
    }
    let listed = lines(&bed, &["quarantine", "list"]).await?;
    assert_eq!((listed.len(), &listed[0]["bytes"]), (2, &json!(broken.len())), "{listed:?}");
    let (id, other) = (text_of(&listed[0], "/id").to_owned(), text_of(&listed[1], "/id").to_owned());
    has(&out(&bed, &["quarantine", "list"]).await?, &["WHY", "helpdesk", &id, &other])?;
    let shown = out(&bed, &["quarantine", "show", &id]).await?;
    has(&shown, &["nobody knows", &id, "helpdesk"])?;
    assert!(!shown.contains(['\u{1b}', '\u{7}']), "the terminal is told what to do: {shown:?}");
    assert_eq!(lines(&bed, &["quarantine", "show", &id]).await?[0]["body"], broken);
    let refused = bed.on_config(&["quarantine", "replay", &id]).await?;
    assert_eq!(refused.code, 1, "{refused:?}");
    has(&refused.err, &["say which ticket it is about"])?;
    let taken = lines(&bed, &["quarantine", "replay", &id, "--ticket", &format!("INC-{number}")]).await?;
    assert_eq!(taken[0]["duplicate"], false, "{taken:?}");
    let run = text_of(&taken[0], "/runId").to_owned();
    bed.until_card(&run, 1).await?;
    let again = lines(&bed, &["quarantine", "replay", &id, "--ticket", &number.to_string()]).await?;
    assert_eq!((&again[0]["runId"], &again[0]["duplicate"]), (&json!(run), &json!(true)));
    has(&out(&bed, &["quarantine", "show", &id]).await?, &["It was replayed at", &run])?;
    let left = lines(&bed, &["quarantine", "list"]).await?;
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(other)), "{left:?}");
    // The routes do the same.
    let page = bed.get("/api/v1/quarantine").await?;
    assert_eq!((&page["bodies"][0]["id"], &page["bodies"][0]["body"]), (&json!(other), &json!("not json at all")));
    let path = format!("/api/v1/quarantine/{other}/replay");
    let refused = bed.call("POST", &path, &bed.key, None).await?;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let body = json!({"ticketId": number.to_string()}).to_string();
    let taken = bed.call("POST", &path, &bed.key, Some(body)).await?;
    assert_eq!((taken.status, &taken.body["runId"]), (200, &json!(run)), "{}", taken.body);
    assert_eq!(bed.get("/api/v1/quarantine").await?["bodies"], json!([]));
    assert_eq!(bed.messages().len(), 1, "one ticket, one card");
    let kinds: Vec<_> = bed.entries().await?.iter().map(|entry| text_of(entry, "/kind").to_owned()).collect();
    assert_eq!(kinds.iter().filter(|kind| kind.ends_with("replayed")).count(), 3, "{kinds:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn live_ticket_is_planned_dry_and_nothing_is_written() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let words = "Please reset the MFA of Sarah Chen (sarah.chen@acme.com), the old phone is lost.";
    let number = bed.sandbox.raise_ticket(ticket("priya.nair@acme.com", "MFA reset", words)).await?.id.to_string();
    let table = out(&bed, &["plan", "--ticket-id", &number]).await?;
    has(&table, &["intent      mfa_reset (0.", "floor 0.9", "then ", "found       target.email: sarah.chen@acme.com"])?;
    has(&table, &["description ", "policy      ", "mail:lead@acme.com", "mode        live", "card        ", "step  "])?;
    has(&table, &["Sarah Chen", "Okta Verify", "Nothing was executed and nothing was posted."])?;
    let dry = lines(&bed, &["plan", "--ticket-id", &format!("INC-{number}")]).await?.pop().context("nothing")?;
    assert_eq!((&dry["intent"], &dry["target"]["email"]), (&json!("mfa_reset"), &json!("sarah.chen@acme.com")));
    assert!(dry["plan"]["steps"].is_array() && dry["runnersUp"].is_array(), "{dry:#}");
    let spans = dry["spans"].as_array().cloned().unwrap_or_default();
    let mail = spans.iter().find(|span| span["name"] == "target.email").with_context(|| format!("{dry:#}"))?;
    let cut = |at: &str| mail[at].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
    assert_eq!((&mail["in"], &words[cut("start")..cut("end")]), (&json!("description"), "sarah.chen@acme.com"));
    assert_eq!(bed.sandbox.writes(), 0, "{}", bed.sandbox.requests());
    assert!(!bed.database().exists(), "a dry run leaves a database behind");
    let blocked = bed.sandbox.raise_ticket(ticket("sarah.chen@acme.com", "Power BI", POWER_BI)).await?.id.to_string();
    has(&out(&bed, &["plan", "--ticket-id", &blocked]).await?, &["blocked     ", "card        "])?;
    let printer = bed.sandbox.raise_ticket(ticket("sarah.chen@acme.com", "Printer", PRINTER)).await?.id.to_string();
    has(&out(&bed, &["plan", "--ticket-id", &printer]).await?, &["left alone  nothing is asked"])?;
    for (arguments, code, words) in [
        (&["--ticket-id", "999999"][..], 1, "999999"),
        (&["--ticket-id", "soon"], 2, "soon"),
        (&["--ticket-id", "1", "--desk", "another"], 1, "another"),
        (&["--ticket-id", "1", "--ticket", "file.json"], 2, "cannot be used with"),
        (&["--ticket", "/nowhere/file.json"], 1, "/nowhere/file.json"),
        (&[], 2, "--ticket"),
    ] {
        let said = bed.on_config(&[&["plan"], arguments].concat()).await?;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    }
    assert_eq!(bed.sandbox.writes(), 0, "{}", bed.sandbox.requests());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_cannot_be_obeyed_say_what_to_do() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let before = bed.entries().await?.len();
    let body = "qua_01k00000000000000000000000";
    for (arguments, code, words) in [
        (&["runs", "show", NOWHERE][..], 1, &["no run", NOWHERE][..]),
        (&["runs", "show", "4711"], 2, &["4711", "run_"]),
        (&["runs", "show"], 2, &["<RUN>"]),
        (&["runs", "replan", NOWHERE], 1, &["no run", NOWHERE]),
        (&["runs", "cancel", NOWHERE], 1, &["no run", NOWHERE]),
        (&["runs", "cancel", "everything"], 2, &["everything", "run_"]),
        (&["runs", "list", "--status", "sleeping"], 2, &["sleeping", "awaiting_approval"]),
        (&["runs", "list", "--reason", "mood"], 2, &["mood", "below_floor"]),
        (&["runs", "list", "--since", "yesterday"], 2, &["--since"]),
        (&["runs", "list", "--limit", "many"], 2, &["many", "--limit"]),
        (&["runs", "list", "--shadow", "--status", "denied"], 2, &["--shadow", "cannot be used with"]),
        (&["runs", "list", "--org", "umbrella"], 2, &["umbrella", "there are: acme"]),
        (&["quarantine", "list", "--org", "umbrella"], 2, &["umbrella", "there are: acme"]),
        (&["quarantine", "show", body], 1, &["no quarantined body", body]),
        (&["quarantine", "show", "one"], 2, &["one", "qua_"]),
        (&["quarantine", "replay", body], 1, &["no quarantined body", body]),
        (&["quarantine", "replay", body, "--ticket", "soon"], 2, &["soon"]),
        (&["pause", "--org", "umbrella"], 2, &["umbrella", "there are: acme"]),
        (&["pause", "--runbook", "RB-999"], 1, &["RB-999", "there are: ", "RB-001"]),
        (&["resume", "--runbook", "RB-999"], 1, &["RB-999", "RB-001"]),
        (&["pause", "--runbook", "../x"], 1, &["../x"]),
        (&["plan", "--ticket-id", "1", "--org", "umbrella"], 2, &["umbrella", "acme"]),
        (&["runs", "delete", NOWHERE], 2, &["delete"]),
    ] {
        let said = bed.on_config(arguments).await?;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        for word in words {
            assert!(said.err.contains(word), "{arguments:?} lacks {word:?}: {}", said.err);
        }
        assert!(!said.err.contains("panicked") && said.out.is_empty(), "{arguments:?}: {said:?}");
    }
    assert_eq!(bed.entries().await?.len(), before, "something was recorded");
    Ok(())
}
