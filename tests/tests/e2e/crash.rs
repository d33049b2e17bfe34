//! A power cut at each stage of a run: after the restart there is one card, one execution, one note.

use anyhow::ensure;
use countersign_tests::{APPROVER, Bed, Raised, Settings, ticket, until};
use serde_json::{Value, json};

const POSTS: (&str, &str, &str) = ("slack", "POST", "/api/chat.postMessage");
const RESETS: (&str, &str, &str) = ("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_password");
const NOTES: (&str, &str, &str) = ("freshservice", "POST", "/api/v2/tickets/{id}/notes");

async fn stage() -> anyhow::Result<Option<Bed>> {
    Bed::start(Settings::default().with_short_leases()).await
}

async fn raise(bed: &Bed) -> anyhow::Result<Raised> {
    bed.raise(ticket(
        "tom.okafor@acme.com",
        "Forgot my password",
        "I forgot my password and cannot sign in any more. Please reset it.",
    ))
    .await
}

/// Waits until a request has arrived at a vendor so many times, whether it was answered or not.
async fn until_arrived(bed: &Bed, (vendor, method, route): (&str, &str, &str), times: u64) -> anyhow::Result<()> {
    until(&format!("{method} {route} arrives at {vendor}"), async || {
        Ok((bed.arrived(vendor, method, route) >= times).then_some(()))
    })
    .await
}

/// Approves, waits for the end, and holds what is there against the promise: one of each, done once.
async fn ends_once(bed: &Bed, raised: &Raised) -> anyhow::Result<()> {
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    ended_once(bed, raised).await
}

async fn ended_once(bed: &Bed, raised: &Raised) -> anyhow::Result<()> {
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(raised)?;
    ensure!(bed.buttons(&raised.run)?.is_empty(), "the card still has buttons");
    ensure!(bed.note(raised.ticket)?.contains("Outcome: done"), "{}", bed.note(raised.ticket)?);
    let mails = bed.sandbox.state()["okta"]["mails"].as_array().map_or(0, Vec::len);
    ensure!(mails == 1, "{mails} links were mailed");
    let runs = bed.get("/api/v1/runs").await?;
    ensure!(runs["runs"].as_array().map(Vec::len) == Some(1), "{runs}");
    let verified = bed.on_config(&["ledger", "verify", "--json"]).await?.well()?;
    ensure!(verified.lines()?[0]["verified"] == true, "{}", verified.out);
    Ok(())
}

/// A fault that keeps a request unanswered. With `hang_applied` the vendor has done what it was asked for.
fn unanswered(vendor: &str, request: &str, how: &str) -> Value {
    json!({"vendor": vendor, "match": request, "do": how})
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_survives_a_cut_right_after_its_answer() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    bed.sandbox.inject(unanswered("freshservice", "GET /api/v2/tickets/*", "hang"))?;
    let raised = raise(&bed).await?;
    bed.cut_and_serve().await?;
    ends_once(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_survives_a_cut_while_it_is_made() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    bed.sandbox.inject(unanswered("okta", "GET /api/v1/users/*", "hang"))?;
    bed.sandbox.inject(unanswered("okta", "GET /api/v1/users", "hang"))?;
    let raised = raise(&bed).await?;
    until("Okta is asked for the user", async || {
        let asked = bed.arrived("okta", "GET", "/api/v1/users") + bed.arrived("okta", "GET", "/api/v1/users/{id}");
        Ok((asked > 0).then_some(()))
    })
    .await?;
    bed.sandbox.clear_faults();
    bed.cut_and_serve().await?;
    ends_once(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn card_that_was_posted_unanswered_is_not_posted_again() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    bed.sandbox.inject(unanswered("slack", "POST /api/chat.postMessage", "hang_applied"))?;
    let raised = raise(&bed).await?;
    until("the card is in the channel", async || Ok((bed.cards(&raised.run).len() == 1).then_some(()))).await?;
    bed.cut_and_serve().await?;
    ends_once(&bed, &raised).await?;
    // The card and what stands in its thread.
    assert_eq!(bed.arrived(POSTS.0, POSTS.1, POSTS.2), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn card_that_never_reached_the_channel_is_posted_once() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    bed.sandbox.inject(unanswered("slack", "POST /api/chat.postMessage", "hang"))?;
    let raised = raise(&bed).await?;
    until_arrived(&bed, POSTS, 1).await?;
    bed.cut_and_serve().await?;
    ends_once(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn click_that_was_answered_is_decided_after_a_cut() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let raised = raise(&bed).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("slack", "* /api/users.info", "hang"))?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.cut_and_serve().await?;
    ended_once(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn step_that_was_applied_unanswered_is_not_repeated() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let raised = raise(&bed).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("okta", "POST /api/v1/users/*/lifecycle/*", "hang_applied"))?;
    bed.approve(&raised.run, APPROVER).await?;
    until("the link is mailed", async || {
        Ok(bed.sandbox.state()["okta"]["mails"].as_array().is_some_and(|mails| !mails.is_empty()).then_some(()))
    })
    .await?;
    bed.cut_and_serve().await?;
    ended_once(&bed, &raised).await?;
    assert_eq!(bed.arrived(RESETS.0, RESETS.1, RESETS.2), 1, "the step was sent again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn step_that_never_reached_the_vendor_is_done_once() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let raised = raise(&bed).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("okta", "POST /api/v1/users/*/lifecycle/*", "hang"))?;
    bed.approve(&raised.run, APPROVER).await?;
    until_arrived(&bed, RESETS, 1).await?;
    bed.cut_and_serve().await?;
    ended_once(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn user_that_was_created_unanswered_is_not_created_again() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let words = "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3";
    let raised = bed.raise(ticket("omar.reyes@acme.com", "New hire starting Monday", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("okta", "POST /api/v1/users", "hang_applied"))?;
    bed.approve(&raised.run, APPROVER).await?;
    until("the user is created", async || Ok(bed.user("okta", "iris.vega@acme.com").ok())).await?;
    bed.cut_and_serve().await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert_eq!(bed.arrived("okta", "POST", "/api/v1/users"), 1, "the user was created again");
    assert_eq!(bed.user("okta", "iris.vega@acme.com")?["groups"], json!(["Engineering-Docs", "Everyone"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_for_provisioning_survives_a_cut() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    bed.sandbox.apply(countersign_sandbox::Vendor::Graph, json!({"op": "set_sync_polls", "polls": null}))?;
    let words = "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3";
    let raised = bed.raise(ticket("omar.reyes@acme.com", "New hire starting Monday", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    until("a step waits for the user", async || {
        let outcomes = bed.run(&raised.run).await?["outcomes"].as_array().map_or(0, Vec::len);
        Ok((outcomes == 2).then_some(()))
    })
    .await?;
    bed.cut_and_serve().await?;
    bed.sandbox.apply(countersign_sandbox::Vendor::Graph, json!({"op": "sync_user"}))?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert_eq!(bed.user("graph", "iris.vega@acme.com")?["licences"], json!(["SPE_E3"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn note_that_was_posted_unanswered_is_not_posted_again() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let raised = raise(&bed).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("freshservice", "POST /api/v2/tickets/*/notes", "hang_applied"))?;
    bed.approve(&raised.run, APPROVER).await?;
    until("the note is on the ticket", async || Ok((bed.notes(raised.ticket).len() == 1).then_some(()))).await?;
    bed.cut_and_serve().await?;
    ended_once(&bed, &raised).await?;
    assert_eq!(bed.arrived(NOTES.0, NOTES.1, NOTES.2), 1, "the note was posted again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_at_random_moments_leave_one_of_each() -> anyhow::Result<()> {
    let Some(mut bed) = stage().await? else { return Ok(()) };
    let mut raised = Vec::new();
    for who in ["sarah.chen", "tom.okafor", "lukas.brandt", "bartosz.wilk"] {
        let words = "I have a new phone and lost my authenticator app. Please reset my MFA.";
        raised.push(bed.raise(ticket(&format!("{who}@acme.com"), "New phone", words)).await?);
        // Wherever the runs stand at this moment.
        bed.cut_and_serve().await?;
    }
    for one in &raised {
        bed.until_card(&one.run, 1).await?;
        bed.approve(&one.run, APPROVER).await?;
    }
    bed.cut_and_serve().await?;
    for one in &raised {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
    }
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_on_postgresql_leave_one_of_each() -> anyhow::Result<()> {
    let settings = Settings::default().with_short_leases().on_postgres();
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    bed.sandbox.inject(unanswered("slack", "POST /api/chat.postMessage", "hang_applied"))?;
    let raised = raise(&bed).await?;
    until("the card is in the channel", async || Ok((bed.cards(&raised.run).len() == 1).then_some(()))).await?;
    // Here other nodes may be at work, so what was claimed is left alone until its lease has run out.
    bed.cut_and_serve().await?;
    bed.until_card(&raised.run, 1).await?;
    bed.sandbox.inject(unanswered("okta", "POST /api/v1/users/*/lifecycle/*", "hang_applied"))?;
    bed.sandbox.inject(unanswered("freshservice", "POST /api/v2/tickets/*/notes", "hang_applied"))?;
    bed.approve(&raised.run, APPROVER).await?;
    until_arrived(&bed, RESETS, 1).await?;
    until_arrived(&bed, NOTES, 1).await?;
    bed.cut_and_serve().await?;
    ended_once(&bed, &raised).await?;
    assert_eq!(bed.arrived(RESETS.0, RESETS.1, RESETS.2), 1, "the step was sent again");
    assert_eq!(bed.arrived(NOTES.0, NOTES.1, NOTES.2), 1, "the note was posted again");
    Ok(())
}
