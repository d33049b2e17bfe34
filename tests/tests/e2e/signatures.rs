//! Slack's interactions: whose they are, and that each counts once.

use anyhow::ensure;
use countersign_sandbox::{Click, Options, Vendor};
use countersign_tests::{APPROVER, Bed, Raised, Settings, forged_interaction, text_of, ticket, until};
use serde_json::json;

const SECRET: &str = "sandbox-signing-secret";

async fn awaiting(bed: &Bed) -> anyhow::Result<Raised> {
    let words = "I got a new phone and my authenticator did not move over. Please reset my MFA.";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised)
}

fn now() -> anyhow::Result<i64> {
    let sandbox = countersign_sandbox::system_now();
    Ok(sandbox() / 1_000_000)
}

async fn send(bed: &Bed, stamp: &str, signature: &str, body: &str) -> anyhow::Result<(u16, String)> {
    let headers = [("x-slack-request-timestamp", stamp), ("x-slack-signature", signature)];
    let reply = bed.interact(&headers, body).await?;
    Ok((reply.status, text_of(&reply.body, "/detail").to_owned()))
}

/// The run still waits, nothing was changed and nobody was told anything.
async fn nothing_happened(bed: &Bed, raised: &Raised) -> anyhow::Result<()> {
    let run = bed.until_quiet(&raised.run).await?;
    ensure!(text_of(&run, "/status") == "awaiting_approval", "{run:#}");
    ensure!(run["decision"].is_null(), "{run:#}");
    ensure!(bed.changes("okta") == 0, "something was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_stale_and_future_signatures_are_refused() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let other = forged_interaction("another secret", now()?, &raised.run, APPROVER);
    let stale = forged_interaction(SECRET, now()? - 302, &raised.run, APPROVER);
    let future = forged_interaction(SECRET, now()? + 310, &raised.run, APPROVER);
    for ((stamp, signature, body), word) in [(other, "signature"), (stale, "300 seconds"), (future, "300 seconds")] {
        let (status, detail) = send(&bed, &stamp, &signature, &body).await?;
        assert_eq!(status, 401, "{detail}");
        assert!(detail.contains(word), "{detail}");
    }
    let (stamp, signature, body) = forged_interaction(SECRET, now()?, &raised.run, APPROVER);
    let (status, _) = send(&bed, &stamp, &signature, &format!("{body}&x=1")).await?;
    assert_eq!(status, 401, "a changed body");
    assert_eq!(bed.interact(&[], &body).await?.status, 401, "no signature at all");
    nothing_happened(&bed, &raised).await?;
    // And the very same request, rightly signed, is taken: what was refused above was refused for its signature.
    let (status, detail) = send(&bed, &stamp, &signature, &body).await?;
    assert_eq!(status, 200, "{detail}");
    bed.until_done(&raised.run, "succeeded").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_interaction_decides_once() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let (stamp, signature, body) = forged_interaction(SECRET, now()?, &raised.run, APPROVER);
    for _ in 0..20 {
        assert_eq!(send(&bed, &stamp, &signature, &body).await?.0, 200);
    }
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 1);
    assert!(bed.told(APPROVER).is_empty(), "a redelivery is no second decision: {:?}", bed.told(APPROVER));
    let approved = bed.entries().await?.iter().filter(|entry| entry["kind"] == "plan.approved").count();
    assert_eq!(approved, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_that_slack_delivers_twice_are_one_decision() -> anyhow::Result<()> {
    let sandbox = Options { deliver_interactions_twice: true, ..Options::default() };
    let Some(bed) = Bed::start(Settings::default().with_sandbox(sandbox)).await? else { return Ok(()) };
    let approved = awaiting(&bed).await?;
    bed.approve(&approved.run, APPROVER).await?;
    bed.until_done(&approved.run, "succeeded").await?;
    let words = "I forgot my password, please reset it.";
    let denied = bed.raise(ticket("tom.okafor@acme.com", "Password", words)).await?;
    bed.until_card(&denied.run, 1).await?;
    bed.deny(&denied.run, APPROVER, "wrong_person", "").await?;
    bed.until_done(&denied.run, "denied").await?;
    for one in [&approved, &denied] {
        bed.one_of_each(one)?;
    }
    assert!(bed.told(APPROVER).is_empty(), "{:?}", bed.told(APPROVER));
    let kinds = bed.entries().await?;
    let count = |kind: &str| kinds.iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!((count("plan.approved"), count("plan.denied")), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_decide_is_told_so_in_private() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let deleted =
        json!({"op": "set_member", "id": "U0GONE", "name": "Gone", "email": "gone@acme.com", "deleted": true});
    bed.sandbox.apply(Vendor::Slack, deleted)?;
    for (user, word) in
        [("U0789SARAH", "not on the list"), ("U0GUEST", "guest"), ("U0STRANGER", "another workspace"), ("U0BOT", "bot")]
    {
        bed.approve(&raised.run, user).await?;
        let told = bed.until_told(user).await?;
        assert!(told.contains(word), "{user} was told: {told}");
        assert!(told.starts_with("Your decision was not taken"), "{told}");
    }
    // Slack tells nothing to somebody who is not in the channel.
    for user in ["U0NOBODY", "U0GONE"] {
        bed.approve(&raised.run, user).await?;
    }
    bed.approve(&raised.run, "U0789SARAH").await?;
    until("a later click is dealt with", async || Ok((bed.told("U0789SARAH").len() == 2).then_some(()))).await?;
    // An approver's id means nothing when it comes from another workspace.
    let ts = text_of(&bed.card(&raised.run)?, "/ts").to_owned();
    let (action_id, user, team) = ("countersign.approve".to_owned(), APPROVER.to_owned(), Some("T0OTHER".to_owned()));
    bed.sandbox.click(Click { ts, action_id, user, team, ..Click::default() }).await?;
    let told = bed.until_told(APPROVER).await?;
    assert!(told.contains("another workspace"), "{told}");
    nothing_happened(&bed, &raised).await?;
    assert_eq!(bed.messages().len(), 1, "nobody else sees it");
    assert_eq!(bed.buttons(&raised.run)?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn approver_cannot_approve_what_they_asked_for_or_what_is_about_them() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let own = bed.raise(ticket("lead@acme.com", "Password", "I forgot my password, please reset it.")).await?;
    bed.until_card(&own.run, 1).await?;
    let words = "Please reset the MFA of lead@acme.com, the old phone is lost.";
    let about = bed.raise(ticket("tom.okafor@acme.com", "MFA for Dana", words)).await?;
    bed.until_card(&about.run, 1).await?;
    for (run, word) in [(&own.run, "whoever asked"), (&about.run, "the person a change is about")] {
        bed.approve(run, APPROVER).await?;
        until(&format!("she is told that {word} ..."), async || {
            Ok(bed.told(APPROVER).pop().filter(|told| told.contains(word)))
        })
        .await?;
        let by_api = bed.decide(run, "approve", None).await?;
        assert_eq!(by_api.status, 403, "{}", by_api.body);
    }
    assert_eq!(bed.changes("okta"), 0);
    bed.approve(&about.run, countersign_tests::OTHER_APPROVER).await?;
    bed.until_done(&about.run, "succeeded").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_of_an_unknown_connection_is_a_404() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    for path in ["/webhooks/acme/teams", "/webhooks/other/it-approvals", "/webhooks/acme/okta"] {
        let reply = bed.call("POST", path, "", Some("{}".to_owned())).await?;
        assert_eq!((reply.status, reply.kind.as_str()), (404, "application/problem+json"), "{path}: {}", reply.body);
    }
    Ok(())
}
