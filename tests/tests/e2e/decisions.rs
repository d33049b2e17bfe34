//! Denials, expiry, second decisions, decisions about an older plan.

use anyhow::ensure;
use countersign_sandbox::{Click, Vendor};
use countersign_tests::{APPROVER, Bed, OTHER_APPROVER, Raised, Settings, text_of, ticket, until};
use serde_json::json;

async fn awaiting(bed: &Bed) -> anyhow::Result<Raised> {
    let words = "I got a new phone and my authenticator did not move over. Please reset my MFA.";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised)
}

fn unchanged(bed: &Bed) -> anyhow::Result<()> {
    ensure!((bed.changes("okta"), bed.changes("graph")) == (0, 0), "something was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn denial_gives_its_reason_on_card_and_note() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let answer = bed.deny(&raised.run, APPROVER, "not_authorised", "Sarah <left> & is gone.").await?;
    assert!(answer.is_ok(), "{answer:?}");
    let run = bed.until_done(&raised.run, "denied").await?;
    assert_eq!(run["decision"]["decision"], "deny");
    assert_eq!(run["decision"]["reason"], "not_authorised");
    bed.one_of_each(&raised)?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    let card = bed.card(&raised.run)?["blocks"].to_string();
    assert!(card.contains("Denied by Dana Lead"), "{card}");
    let note = bed.note(raised.ticket)?;
    for line in [
        "[Countersign] Runbook decision: DENIED",
        "Runbook: MFA Reset",
        "Target user: Sarah Chen (sarah.chen@acme.com)",
        "Decision by: slack:U0123APPROVER at ",
        "Reason: not authorised: Sarah <left> & is gone.",
        "No changes were made.",
    ] {
        assert!(note.contains(line), "the note lacks {line:?}:\n{note}");
    }
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn denial_by_somebody_who_may_not_decide_is_explained_to_them() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    bed.deny(&raised.run, "U0789SARAH", "other", "no").await?;
    let told = bed.until_told("U0789SARAH").await?;
    assert!(told.contains("not on the list"), "{told}");
    assert_eq!(bed.run(&raised.run).await?["status"], "awaiting_approval");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_that_nobody_decides_expires() -> anyhow::Result<()> {
    let settings = Settings::default().edit("expires_after = \"24h\"", "expires_after = \"2s\"");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let words = "I got a new phone and my authenticator did not move over. Please reset my MFA.";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    let run = bed.until_done(&raised.run, "expired").await?;
    bed.one_of_each(&raised)?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    let note = bed.note(raised.ticket)?;
    for line in ["[Countersign] Runbook decision: EXPIRED", "Nobody decided until", "No changes were made."] {
        assert!(note.contains(line), "the note lacks {line:?}:\n{note}");
    }
    let late = bed.decide_on(&raised.run, "approve", text_of(&run, "/plan/digest"), None).await?;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(late.body["type"], "urn:countersign:problem:expired");
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn second_decision_hears_who_was_first() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let card = text_of(&bed.card(&raised.run)?, "/ts").to_owned();
    // Both press while the card still has its buttons.
    let click = |user: &str| {
        let (ts, action_id) = (card.clone(), "countersign.approve".to_owned());
        bed.sandbox.click(Click { ts, action_id, user: user.to_owned(), ..Click::default() })
    };
    let (first, second) = tokio::join!(click(APPROVER), click(OTHER_APPROVER));
    ensure!(first?.is_ok() && second?.is_ok(), "Slack was not answered");
    let run = bed.until_done(&raised.run, "succeeded").await?;
    let by = text_of(&run, "/decision/by").to_owned();
    let late = if by.contains(APPROVER) { OTHER_APPROVER } else { APPROVER };
    let told = bed.until_told(late).await?;
    assert!(told.contains("approved by") && told.contains(&by), "{told}");
    bed.one_of_each(&raised)?;
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 1);
    let again = bed.decide(&raised.run, "deny", Some("other")).await?;
    assert_eq!((again.status, &again.body["type"]), (409, &json!("urn:countersign:problem:already-decided")));
    assert!(text_of(&again.body, "/detail").contains(&by), "{}", again.body);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn decision_by_the_api_closes_the_card() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let card = text_of(&bed.card(&raised.run)?, "/ts").to_owned();
    let decided = bed.decide(&raised.run, "approve", None).await?;
    assert_eq!(decided.status, 200, "{}", decided.body);
    assert_eq!(decided.body["decision"]["by"], "mail:lead@acme.com");
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("Decision by: mail:lead@acme.com at "), "{note}");
    // Somebody's screen still shows the buttons.
    let value = Some(format!("{}:1", raised.run));
    let stamp = countersign_sandbox::system_now()() / 1_000_000;
    let (stamp, signature, body) =
        countersign_tests::forged_interaction("sandbox-signing-secret", stamp, &raised.run, OTHER_APPROVER);
    let headers = [("x-slack-request-timestamp", stamp.as_str()), ("x-slack-signature", signature.as_str())];
    assert_eq!(bed.interact(&headers, &body).await?.status, 200, "{card} {value:?}");
    let told = bed.until_told(OTHER_APPROVER).await?;
    assert!(told.contains("approved by mail:lead@acme.com"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn denial_by_the_api_stands_in_the_note() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let decided = bed.decide(&raised.run, "deny", Some("She called: it was found again.")).await?;
    assert_eq!(decided.status, 200, "{}", decided.body);
    bed.until_done(&raised.run, "denied").await?;
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("Reason: other: She called: it was found again."), "{note}");
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn click_on_an_older_plan_is_refused() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let old = text_of(&bed.run(&raised.run).await?, "/plan/digest").to_owned();
    assert_eq!(bed.replan(&raised.run).await?.status, 200);
    bed.until_card(&raised.run, 2).await?;
    assert_eq!(bed.cards(&raised.run).len(), 1, "the same card shows the new plan");
    let ts = text_of(&bed.card(&raised.run)?, "/ts").to_owned();
    let (action_id, user) = ("countersign.approve".to_owned(), APPROVER.to_owned());
    let value = Some(format!("{}:1", raised.run));
    bed.sandbox.click(Click { ts, action_id, user, value, ..Click::default() }).await?;
    let told = bed.until_told(APPROVER).await?;
    assert!(told.contains("plan version 1"), "{told}");
    let by_api = bed.decide_on(&raised.run, "approve", &old, None).await?;
    assert_eq!((by_api.status, &by_api.body["type"]), (409, &json!("urn:countersign:problem:other-plan")));
    unchanged(&bed)?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn click_on_another_plan_of_the_same_number_is_refused() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let digest = text_of(&bed.run(&raised.run).await?, "/plan/digest").to_owned();
    let card = bed.card(&raised.run)?;
    assert!(card.to_string().contains(&format!("\"{}:1:{digest}\"", raised.run)), "{card:#}");
    let (ts, action_id, user) =
        (text_of(&card, "/ts").to_owned(), "countersign.approve".to_owned(), APPROVER.to_owned());
    // What a card would carry that was posted before the store was restored from an older backup.
    let value = Some(format!("{}:1:{}", raised.run, "0".repeat(64)));
    bed.sandbox.click(Click { ts, action_id, user, value, ..Click::default() }).await?;
    let told = bed.until_told(APPROVER).await?;
    assert!(told.contains("The card shows another plan than the present one"), "{told}");
    unchanged(&bed)?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_that_was_closed_meanwhile_is_not_executed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let closed = json!({"op": "change_ticket", "ticket": raised.ticket, "fields": {"status": 5}});
    bed.sandbox.apply(Vendor::Freshservice, closed)?;
    bed.approve(&raised.run, APPROVER).await?;
    let run = bed.until_done(&raised.run, "failed").await?;
    assert_eq!(run["outcomes"][0]["result"], "not_started", "{run:#}");
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn world_that_changed_since_the_plan_means_a_new_card() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let fewer = json!({"op": "set_factors", "user": "sarah.chen@acme.com", "factors": ["push/OKTA"]});
    bed.sandbox.apply(Vendor::Okta, fewer)?;
    bed.approve(&raised.run, APPROVER).await?;
    let run = bed.until_card(&raised.run, 2).await?;
    assert!(run["decision"].is_null(), "the approval of the old plan does not count: {run:#}");
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 0);
    bed.approve(&raised.run, OTHER_APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_run_says_so_and_cannot_be_approved() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let cancelled = bed.call("POST", &format!("/api/v1/runs/{}/cancel", raised.run), &bed.key, None).await?;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    bed.until_done(&raised.run, "cancelled").await?;
    assert!(bed.buttons(&raised.run)?.is_empty());
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("Runbook decision: CANCELLED") && note.contains("No changes were made."), "{note}");
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn key_decides_only_as_the_person_it_is_bound_to() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = awaiting(&bed).await?;
    let digest = text_of(&bed.run(&raised.run).await?, "/plan/digest").to_owned();
    let person = "mail:tom.okafor@acme.com";
    let lead = bed.decider.clone();
    bed.decider = bed.new_key(&["--name", "tom", "--scope", "run:decide", "--person", person]).await?;
    let refused = bed.decide_on(&raised.run, "approve", &digest, None).await?;
    assert_eq!((refused.status, &refused.body["type"]), (403, &json!("urn:countersign:problem:not-entitled")));
    bed.decider = bed.key.clone();
    assert_eq!(bed.decide_on(&raised.run, "approve", &digest, None).await?.status, 403, "a key without the scope");
    bed.decider = lead;
    for (digest, status) in [("00", 422), (&"0".repeat(64), 409)] {
        assert_eq!(bed.decide_on(&raised.run, "approve", digest, None).await?.status, status);
    }
    let nowhere = bed.decide_on("run_01k00000000000000000000000", "approve", &digest, None).await?;
    assert_eq!((nowhere.status, nowhere.kind.as_str()), (404, "application/problem+json"), "{}", nowhere.body);
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn run_without_a_ticket_stands_before_the_same_gate() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let body = json!({"target": {"email": "tom.okafor@acme.com"}}).to_string();
    let person = "mail:priya.nair@acme.com";
    let starter = bed.new_key(&["--name", "priya", "--scope", "runbook:execute", "--person", person]).await?;
    let started = bed.call("POST", "/api/v1/runbooks/RB-001/runs", &starter, Some(body)).await?;
    assert!(started.status < 300, "{} {}", started.status, started.body);
    let run = text_of(&started.body, "/runId").to_owned();
    bed.until_card(&run, 1).await?;
    unchanged(&bed)?;
    bed.approve(&run, APPROVER).await?;
    bed.until_done(&run, "succeeded").await?;
    let mailed = until("the link is mailed", async || Ok(bed.sandbox.state()["okta"]["mails"].get(0).cloned())).await?;
    assert_eq!(mailed["to"], "tom.okafor@acme.com");
    Ok(())
}
