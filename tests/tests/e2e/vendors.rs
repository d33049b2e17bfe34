//! Vendors that refuse, falter, hang or vanish: every run comes to an end that is told, and nothing is done twice.

use anyhow::ensure;
use countersign_sandbox::Vendor;
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket, until};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

const PEOPLE: [&str; 9] = [
    "sarah.chen",
    "tom.okafor",
    "priya.nair",
    "lukas.brandt",
    "maria.silva",
    "nadia.frost",
    "bartosz.wilk",
    "alex.kim",
    "jo.doe",
];

/// What a vendor may do to a request once, after which it is well again.
const PASSING: [&str; 9] = [
    "status:500",
    "status:503",
    "429:retry-after=1",
    "cut",
    "cut_before",
    "hang",
    "hang_applied",
    "applied_status:502",
    "body:<html>A gateway's page</html>",
];

/// What a vendor may answer for good.
const LASTING: [&str; 6] = ["status:400", "status:401", "status:403", "status:404", "status:409", "status:422"];

async fn stage() -> anyhow::Result<Option<Bed>> {
    Bed::start(Settings::default().with_short_leases()).await
}

async fn lost_phones(bed: &Bed, people: &[&str]) -> anyhow::Result<Vec<Raised>> {
    let words = "I have a new phone and lost my authenticator app. Please reset my MFA.";
    try_join_all(people.iter().map(|who| bed.raise(ticket(&format!("{who}@acme.com"), "New phone", words)))).await
}

/// Lets one request of each of these kinds fail in each passing way; meanwhile as many runs go from ticket to note.
async fn passes(vendor: &str, before: &[&str], after: &[&str]) -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    let fault = |request: &str, how: &str| json!({"vendor": vendor, "match": request, "do": how});
    for request in before {
        for how in PASSING {
            bed.sandbox.inject(fault(request, how))?;
        }
    }
    let raised = lost_phones(&bed, &PEOPLE).await?;
    try_join_all(raised.iter().map(|one| bed.until_card(&one.run, 1))).await?;
    for request in after {
        for how in PASSING {
            bed.sandbox.inject(fault(request, how))?;
        }
    }
    try_join_all(raised.iter().map(|one| bed.approve(&one.run, APPROVER))).await?;
    for (one, who) in raised.iter().zip(PEOPLE) {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
        ensure!(bed.note(one.ticket)?.contains("Outcome: done"), "{}", bed.note(one.ticket)?);
        ensure!(bed.buttons(&one.run)?.is_empty(), "the card still has buttons");
        let replies = bed.card(&one.run)?["replies"].as_array().map_or(0, Vec::len);
        ensure!(replies == 1, "{replies} messages stand in the thread");
        let login = format!("{who}@acme.com");
        ensure!(bed.user("okta", &login)?["factors"] == json!([]), "{who} still has factors");
    }
    ensure!(bed.messages().len() == PEOPLE.len(), "{} cards", bed.messages().len());
    let scripted = ((before.len() + after.len()) * PASSING.len()) as u64;
    ensure!(bed.struck() == scripted, "{} of {scripted} faults struck", bed.struck());
    bed.on_config(&["ledger", "verify"]).await?.well()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn desk_that_falters_is_asked_again() -> anyhow::Result<()> {
    let requests = ["POST /api/v2/tickets/*/notes", "PUT /api/v2/conversations/*", "GET /api/v2/tickets/*"];
    passes("freshservice", &["GET /api/v2/tickets/*"], &requests).await
}

#[tokio::test(flavor = "multi_thread")]
async fn channel_that_falters_is_asked_again() -> anyhow::Result<()> {
    passes("slack", &["POST /api/chat.postMessage"], &["POST /api/chat.update", "* /api/users.info"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn okta_that_falters_is_asked_again() -> anyhow::Result<()> {
    passes("okta", &["GET /api/v1/**"], &["POST /api/v1/users/*/lifecycle/*", "GET /api/v1/**"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn graph_that_falters_does_each_step_once() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    let fault = |request: &str, how: &str| json!({"vendor": "graph", "match": request, "do": how});
    for how in PASSING {
        bed.sandbox.inject(fault("GET /v1.0/**", how))?;
    }
    bed.sandbox.inject(fault("POST /*/oauth2/v2.0/token", "status:503"))?;
    let raised = try_join_all(PEOPLE.iter().map(|who| {
        let words = "Please add me to the group Engineering-Docs. I need the design documents.";
        bed.raise(ticket(&format!("{who}@acme.com"), "Group access", words))
    }))
    .await?;
    try_join_all(raised.iter().map(|one| bed.until_card(&one.run, 1))).await?;
    for how in PASSING {
        bed.sandbox.inject(fault("POST /v1.0/groups/*/members/**", how))?;
    }
    bed.sandbox.apply(Vendor::Graph, json!({"op": "revoke_tokens"}))?;
    try_join_all(raised.iter().map(|one| bed.approve(&one.run, APPROVER))).await?;
    for one in &raised {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
    }
    let scripted = 2 * PASSING.len() as u64 + 1;
    ensure!(bed.struck() == scripted, "{} of {scripted} faults struck", bed.struck());
    for who in PEOPLE {
        let groups = bed.user("graph", &format!("{who}@acme.com"))?["groups"].to_string();
        ensure!(groups.contains("Engineering-Docs"), "{who}: {groups}");
    }
    ensure!(bed.changes("graph") == PEOPLE.len(), "{} changes", bed.changes("graph"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn step_that_is_refused_for_good_fails_once_and_the_note_says_so() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    for (how, who) in LASTING.iter().zip(PEOPLE) {
        let raised = lost_phones(&bed, &[who]).await?.remove(0);
        bed.until_card(&raised.run, 1).await?;
        bed.sandbox.reset_requests();
        let request = "POST /api/v1/users/*/lifecycle/*";
        bed.sandbox.inject(json!({"vendor": "okta", "match": request, "do": how}))?;
        bed.approve(&raised.run, APPROVER).await?;
        let run = bed.until_done(&raised.run, "failed").await?;
        bed.one_of_each(&raised)?;
        let note = bed.note(raised.ticket)?;
        assert!(note.contains("Outcome: failed") && !note.contains("Action executed"), "{how}: {note}");
        assert!(note.contains(text_of(&run, "/outcomes/0/says")), "{how}: {note}");
        assert_eq!(bed.arrived("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 1, "{how}");
        assert!(bed.buttons(&raised.run)?.is_empty());
    }
    assert_eq!(bed.changes("okta"), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn graph_that_refuses_for_good_is_asked_once() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    for (how, who) in LASTING.iter().zip(PEOPLE) {
        let words = "Please add me to the group Engineering-Docs. I need the design documents.";
        let raised = bed.raise(ticket(&format!("{who}@acme.com"), "Group access", words)).await?;
        bed.until_card(&raised.run, 1).await?;
        bed.sandbox.reset_requests();
        bed.sandbox.inject(json!({"vendor": "graph", "match": "POST /v1.0/groups/*/members/**", "do": how}))?;
        bed.approve(&raised.run, APPROVER).await?;
        // A token that is refused is replaced once.
        let renewed = *how == "status:401";
        bed.until_done(&raised.run, if renewed { "succeeded" } else { "failed" }).await?;
        bed.one_of_each(&raised)?;
        let note = bed.note(raised.ticket)?;
        assert_eq!((note.contains("Outcome: done"), note.contains("Outcome: failed")), (renewed, !renewed), "{note}");
        assert_eq!(note.contains("Action executed"), renewed, "{how}: {note}");
        let arrived = bed.arrived("graph", "POST", "/v1.0/groups/{group}/members/$ref");
        let arrived = arrived + bed.arrived("graph", "POST", "/v1.0/groups/{group}/members/%24ref");
        assert_eq!(arrived, if renewed { 2 } else { 1 }, "{how}");
    }
    assert_eq!(bed.changes("graph"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn desk_that_refuses_its_credential_is_asked_again_later() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    for how in ["status:401", "status:403"] {
        bed.sandbox.inject(json!({"vendor": "freshservice", "match": "GET /api/v2/tickets/*", "do": how}))?;
    }
    let raised = lost_phones(&bed, &["sarah.chen"]).await?.remove(0);
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn run_whose_second_step_fails_is_partly_done_and_says_which() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    let words = "Employee: Nadia Frost\nAccount: nadia.frost@acme.com\nLast day: today\nAction: suspend account";
    let raised = bed.raise(ticket("omar.reyes@acme.com", "Leaver: Nadia Frost", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(json!({"vendor": "okta", "match": "DELETE /api/v1/users/*/sessions", "do": "status:403"}))?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "partly_done").await?;
    bed.one_of_each(&raised)?;
    let note = bed.note(raised.ticket)?;
    for line in ["Outcome: partly", "Step 1: Suspend the account: done:", "Step 2: End all Okta sessions: failed:"] {
        assert!(note.contains(line), "the note lacks {line:?}:\n{note}");
    }
    assert_eq!(bed.user("okta", "nadia.frost@acme.com")?["status"], "SUSPENDED");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn user_who_vanished_since_the_plan_is_not_acted_on() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    let raised = lost_phones(&bed, &["sarah.chen"]).await?.remove(0);
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.apply(Vendor::Okta, json!({"op": "remove_user", "user": "sarah.chen@acme.com"}))?;
    bed.sandbox.reset_requests();
    bed.approve(&raised.run, APPROVER).await?;
    let run = bed.until_card(&raised.run, 2).await?;
    assert_eq!(run["plan"]["blockers"][0]["code"], "unknown_target", "{run:#}");
    assert_eq!(bed.buttons(&raised.run)?, ["countersign.deny"]);
    assert_eq!(bed.arrived("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 0);
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("NOT POSSIBLE AS ASKED"), "{note}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn new_hire_whom_nobody_provisions_is_partly_done() -> anyhow::Result<()> {
    let settings = Settings::default().edit("time_zone =", "provisioning_wait = \"3s\"\ntime_zone =");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Graph, json!({"op": "set_sync_polls", "polls": null}))?;
    let words = "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3";
    let raised = bed.raise(ticket("omar.reyes@acme.com", "New hire starting Monday", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "partly_done").await?;
    bed.one_of_each(&raised)?;
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("Outcome: partly") && note.contains("Gave up after"), "{note}");
    assert!(note.contains("Step 4: ") && note.contains("not run"), "{note}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credential_that_is_refused_blocks_the_plan_until_it_is_mended() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Okta, json!({"op": "set_token", "token": "another"}))?;
    let raised = lost_phones(&bed, &["sarah.chen"]).await?.remove(0);
    let run = bed.until_card(&raised.run, 1).await?;
    assert_eq!(run["plan"]["blockers"][0]["code"], "system_unavailable", "{run:#}");
    assert_eq!(bed.buttons(&raised.run)?, ["countersign.deny"]);
    bed.sandbox.apply(Vendor::Okta, json!({"op": "set_token", "token": "sandbox-okta-token"}))?;
    assert_eq!(bed.replan(&raised.run).await?.status, 200);
    bed.until_card(&raised.run, 2).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn note_that_the_desk_refuses_does_not_undo_the_run() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    for (how, who) in LASTING.iter().zip(PEOPLE) {
        let raised = lost_phones(&bed, &[who]).await?.remove(0);
        bed.until_card(&raised.run, 1).await?;
        let request = "POST /api/v2/tickets/*/notes";
        bed.sandbox.inject(json!({"vendor": "freshservice", "match": request, "do": how}))?;
        bed.approve(&raised.run, APPROVER).await?;
        bed.until_status(&raised.run, "succeeded").await?;
        // The note of the outcome is tried in its own right; whatever became of the first, there is at most one.
        until("what can be written is written", async || {
            let run = bed.run(&raised.run).await?;
            let effects = run["effects"].as_array().cloned().unwrap_or_default();
            let open = |effect: &&Value| effect["state"] == "waiting" || effect["state"] == "claimed";
            Ok(effects.iter().filter(|effect| effect["lane"] != "timer").find(open).is_none().then_some(()))
        })
        .await?;
        assert!(bed.notes(raised.ticket).len() <= 1, "{how}");
        assert!(bed.buttons(&raised.run)?.is_empty());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn channel_that_refuses_the_card_leaves_the_api_to_decide() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": false}))?;
    let raised = lost_phones(&bed, &["sarah.chen"]).await?.remove(0);
    let why = until("it is said why there is no card", async || {
        let run = bed.run(&raised.run).await?;
        let effects = run["effects"].as_array().cloned().unwrap_or_default();
        let card = effects.into_iter().find(|effect| effect["name"] == "show_card");
        Ok(card.map(|card| text_of(&card, "/why").to_owned()).filter(|why| !why.is_empty()))
    })
    .await?;
    assert!(why.contains("invite"), "{why}");
    bed.sandbox.apply(Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": true}))?;
    assert_eq!(bed.decide(&raised.run, "approve", None).await?.status, 200);
    bed.until_status(&raised.run, "succeeded").await?;
    until("the note says so", async || Ok(bed.note(raised.ticket).ok().filter(|note| note.contains("Outcome: done"))))
        .await?;
    // Once somebody has invited the bot, the card is posted as it is then: without buttons.
    bed.until_done(&raised.run, "succeeded").await?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn outage_of_the_channel_does_not_hold_up_execution() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    let raised = lost_phones(&bed, &["sarah.chen"]).await?.remove(0);
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(json!({"vendor": "slack", "match": "* /**", "always": true, "do": "status:503"}))?;
    assert_eq!(bed.decide(&raised.run, "approve", None).await?.status, 200);
    bed.until_status(&raised.run, "succeeded").await?;
    until("the note says so", async || Ok(bed.note(raised.ticket).ok().filter(|note| note.contains("Outcome: done"))))
        .await?;
    assert_eq!(bed.buttons(&raised.run)?.len(), 2, "the card could not be redrawn yet");
    bed.sandbox.clear_faults();
    bed.until_done(&raised.run, "succeeded").await?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_with_status_200_is_a_refusal() -> anyhow::Result<()> {
    let Some(bed) = stage().await? else { return Ok(()) };
    for (error, who) in [("internal_error", "sarah.chen"), ("fatal_error", "tom.okafor"), ("ratelimited", "jo.doe")] {
        let answer = format!("body:{}", json!({"ok": false, "error": error}));
        // The message was posted for all that, as happens.
        bed.sandbox.inject(json!({"vendor": "slack", "match": "POST /api/chat.postMessage", "do": answer}))?;
        let raised = lost_phones(&bed, &[who]).await?.remove(0);
        bed.until_card(&raised.run, 1).await?;
        bed.approve(&raised.run, APPROVER).await?;
        bed.until_done(&raised.run, "succeeded").await?;
        bed.one_of_each(&raised)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_the_desk_are_kept_without_being_told() -> anyhow::Result<()> {
    let sandbox = countersign_sandbox::Options { enforce_rate_limits: true, ..countersign_sandbox::Options::default() };
    let settings = Settings::default()
        .edit("plan = \"enterprise\"\nrequests_per_minute = 1000000", "plan = \"starter\"")
        .with_sandbox(sandbox);
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let raised = lost_phones(&bed, &PEOPLE[..4]).await?;
    for one in &raised {
        bed.until_card(&one.run, 1).await?;
        bed.approve(&one.run, APPROVER).await?;
    }
    for one in &raised {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
    }
    let requests = bed.sandbox.requests();
    let refused = |row: &&Value| row["vendor"] == "freshservice" && row["count"] != row["succeeded"];
    let rows = requests["routes"].as_array().cloned().unwrap_or_default();
    assert_eq!(rows.iter().find(refused), None, "the desk had to refuse");
    Ok(())
}
