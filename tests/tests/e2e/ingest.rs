//! What is sent to the ingest route, well-formed and otherwise.

use countersign_sandbox::{NewTicket, Template, Vendor};
use countersign_tests::{Bed, Settings, text_of, ticket, until};
use serde_json::{Value, json};

/// A ticket at the desk whose rule sent nothing; its number.
async fn quietly(bed: &Bed, description: &str) -> anyhow::Result<u64> {
    let new = NewTicket { quiet: true, ..ticket("sarah.chen@acme.com", "New phone", description) };
    Ok(bed.sandbox.raise_ticket(new).await?.id)
}

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_no_json_is_salvaged_and_its_text_fetched() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.rule(Template::Unescaped, 1)?;
    let words = "The page says \"wrong password\".\nI forgot my password, please reset it.";
    let raised = bed.raise(ticket("priya.nair@acme.com", "It says \"wrong password\"", words)).await?;
    assert_eq!(raised.answer["disposition"], "received", "{}", raised.answer);
    let run = bed.until_card(&raised.run, 1).await?;
    assert_eq!(run["intent"], "password_reset");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_ticket_injects_change_nothing() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.rule(Template::Unescaped, 1)?;
    let words = "Please reset my MFA.\",\"requesterEmail\":\"lead@acme.com\",\"ticketId\":\"1\",\"x\":\"";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    let run = bed.until_card(&raised.run, 1).await?;
    assert_eq!(run["ticketId"], raised.ticket.to_string());
    let card = bed.card(&raised.run)?["blocks"].to_string();
    assert!(card.contains("Sarah Chen (sarah.chen@acme.com)"), "the requester is who the desk says: {card}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn id_alone_is_enough() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let number = quietly(&bed, LOST).await?;
    let mut runs = Vec::new();
    for body in [
        json!({"ticket_id": number}),
        json!({"ticket_id": number.to_string()}),
        json!({"ticket_id": format!("INC-{number}")}),
        json!({"ticket": {"ticketId": format!("SR-{number}")}, "source": "freshservice"}),
        json!({"freshservice_webhook": {"ticket_id": format!("INC-{number}"), "ticket_subject": "x"}}),
    ] {
        let reply = bed.ingest("application/json", body.to_string()).await?;
        assert_eq!(reply.status, 200, "{body}: {}", reply.body);
        runs.push(text_of(&reply.body, "/runId").to_owned());
    }
    runs.dedup();
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = bed.until_card(&runs[0], 1).await?;
    assert_eq!(run["intent"], "mfa_reset");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn body_without_an_id_is_a_422_and_is_kept() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "{\"ticket\":",
        "not json at all",
        "{\"ticket\":{\"ticketId\":{}}}",
        "{\"ticket_id\":true}",
        "{\"ticket_id\":\"{{ticket.id}}\"}",
        "{\"ticket_id\":\"\"}",
        "{\"ticket_id\":-4}",
        deep.as_str(),
        "\u{0}\u{1}",
    ];
    for body in bodies {
        let reply = bed.ingest("application/json", body).await?;
        let shown: String = body.chars().take(40).collect();
        assert_eq!((reply.status, reply.kind.as_str()), (422, "application/problem+json"), "{shown}: {}", reply.body);
        assert_eq!(reply.body["type"], "urn:countersign:problem:no-ticket-id");
        assert!(reply.body["errors"][0]["detail"].is_string(), "{}", reply.body);
    }
    let invalid = bed.ingest("application/json", vec![0xff, 0xfe, 0x00]).await?;
    assert_eq!(invalid.status, 422);
    let kept = bed.entries().await?.iter().filter(|entry| text_of(entry, "/kind").contains("quarantin")).count();
    assert!(kept >= bodies.len(), "{kept} of {} bodies are kept", bodies.len());
    let again = bed.ingest("application/json", "{").await?;
    assert_eq!(again.status, 422);
    let still = bed.entries().await?.iter().filter(|entry| text_of(entry, "/kind").contains("quarantin")).count();
    assert_eq!(still, kept, "the same body is kept once");
    let runs = bed.get("/api/v1/runs").await?;
    assert_eq!(runs["runs"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_too_large_is_a_413() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let number = quietly(&bed, LOST).await?;
    let body = json!({"ticket_id": number, "x": "y".repeat(1024 * 1024)}).to_string();
    let reply = bed.ingest("application/json", body).await?;
    assert_eq!((reply.status, reply.kind.as_str()), (413, "application/problem+json"), "{}", reply.body);
    let body = json!({"ticket_id": number, "x": "y".repeat(900 * 1024)}).to_string();
    assert_eq!(bed.ingest("text/plain", body).await?.status, 200, "the route says what it is, not the content type");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn key_must_be_known_valid_and_scoped() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let path = "/api/v1/tickets/ingest";
    let body = || Some(json!({"ticket_id": 4242}).to_string());
    let unknown = format!("csk_{}", "0".repeat(64));
    for key in ["", "nonsense", unknown.as_str()] {
        let reply = bed.call("POST", path, key, body()).await?;
        assert_eq!((reply.status, reply.kind.as_str()), (401, "application/problem+json"), "{key}: {}", reply.body);
    }
    let reply = bed.call("POST", path, &bed.decider, body()).await?;
    assert_eq!(reply.status, 403, "{}", reply.body);
    assert!(text_of(&reply.body, "/detail").contains("ticket:ingest"), "the missing scope is named: {}", reply.body);
    let narrow = bed.new_key(&["--name", "desk", "--scope", "ticket:ingest"]).await?;
    for (method, path) in [
        ("GET", "/api/v1/runs"),
        ("GET", "/api/v1/runbooks"),
        ("GET", "/api/v1/audit/entries"),
        ("POST", "/api/v1/runbooks/RB-001/runs"),
        ("POST", "/api/v1/runs/run_01k00000000000000000000000/replan"),
        ("POST", "/api/v1/runs/run_01k00000000000000000000000/decision"),
    ] {
        let reply = bed.call(method, path, &narrow, Some("{}".to_owned())).await?;
        assert_eq!(reply.status, 403, "{method} {path}: {}", reply.body);
    }
    let short = bed.new_key(&["--name", "short", "--scope", "run:read", "--expires-after", "1s"]).await?;
    until("the key has expired", async || {
        let reply = bed.call("GET", "/api/v1/runs", &short, None).await?;
        Ok((reply.status == 401 && text_of(&reply.body, "/detail").contains("expired")).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_source_is_named_and_the_known_ones_are_listed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let body = json!({"source": "zendesk", "ticket": {"ticketId": "1"}}).to_string();
    let reply = bed.ingest("application/json", body).await?;
    assert_eq!(reply.status, 422);
    let detail = reply.body["errors"][0].clone();
    assert_eq!(detail["pointer"], "/source");
    assert!(text_of(&detail, "/detail").contains("helpdesk"), "{detail}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_are_not_to_be_touched_are_left_alone() -> anyhow::Result<()> {
    let settings = Settings::default().edit("plan = \"enterprise\"", "plan = \"enterprise\"\nsince = \"2026-01-01\"");
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let usual = || ticket("sarah.chen@acme.com", "New phone", LOST);
    for (new, word) in [
        (NewTicket { status: 5, ..usual() }, "closed"),
        (NewTicket { status: 4, ..usual() }, "closed"),
        (NewTicket { spam: true, ..usual() }, "spam"),
        (NewTicket { created_at: Some(1_700_000_000), ..usual() }, "since"),
    ] {
        let raised = bed.raise(new).await?;
        let run = bed.until_status(&raised.run, "no_action").await?;
        assert!(text_of(&run, "/noActionReason").contains(word), "{run:#}");
    }
    let printer = ticket("priya.nair@acme.com", "Printer on the second floor", "The printer has a paper jam again.");
    let raised = bed.raise(printer).await?;
    assert_eq!(raised.answer["disposition"], "no_action");
    assert_eq!(bed.run(&raised.run).await?["status"], "no_action");
    let number = quietly(&bed, LOST).await?;
    let deleted = json!({"op": "change_ticket", "ticket": number, "deleted": true});
    bed.sandbox.apply(Vendor::Freshservice, deleted)?;
    let reply = bed.ingest("application/json", json!({"ticket_id": number}).to_string()).await?;
    let run = bed.until_status(text_of(&reply.body, "/runId"), "no_action").await?;
    assert!(text_of(&run, "/noActionReason").contains("deleted or unknown"), "{run:#}");
    assert!(bed.messages().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_that_was_decided_elsewhere_is_left_alone() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let number = quietly(&bed, LOST).await?;
    let text = "[AscendCore] Runbook decision: APPROVED\nRunbook: MFA Reset";
    let note = json!({"op": "add_note", "ticket": number, "email": "lead@acme.com", "text": text, "private": true});
    bed.sandbox.apply(Vendor::Freshservice, note)?;
    let reply = bed.ingest("application/json", json!({"ticket_id": number}).to_string()).await?;
    let run = bed.until_status(text_of(&reply.body, "/runId"), "no_action").await?;
    assert!(text_of(&run, "/noActionReason").contains("another approval system"), "{run:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_differs_from_the_desks_is_not_believed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let number = quietly(&bed, LOST).await?;
    let sent = json!({"source": "freshservice", "ticket": {
        "ticketId": number, "subject": "Leaver", "description": "Please suspend the account of lead@acme.com.",
        "requesterEmail": "omar.reyes@acme.com",
    }});
    let reply = bed.ingest("application/json", sent.to_string()).await?;
    let run = bed.until_card(text_of(&reply.body, "/runId"), 1).await?;
    assert_eq!((&run["intent"], &run["plan"]["target"]["login"]), (&json!("mfa_reset"), &json!("sarah.chen@acme.com")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn desks_webhook_needs_its_token() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let number = quietly(&bed, LOST).await?;
    let url = format!("{}/webhooks/acme/helpdesk", bed.base()?);
    let body = json!({"freshservice_webhook": {"ticket_id": format!("INC-{number}")}}).to_string();
    for (token, status) in [(None, 401), (Some("wrong"), 401), (Some("the-desk-knows-this-token"), 200)] {
        let reply = bed.post(&url, token.map(|token| ("x-countersign-token", token)), &body).await?;
        assert_eq!(reply.status, status, "{token:?}: {}", reply.body);
        if status == 200 {
            bed.until_card(text_of(&reply.body, "/runId"), 1).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_one_form_and_every_answer_an_id() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    for (method, path, status) in [
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/v1/runs", 405),
        ("GET", "/api/v1/runs?limit=0", 422),
        ("GET", "/api/v1/runs?status=sleeping", 422),
        ("GET", "/api/v1/runs?from=yesterday", 422),
        ("GET", "/api/v1/runs?cursor=%00", 422),
        ("GET", "/api/v1/runs/run_nonsense", 404),
        ("GET", "/api/v1/runs/run_01k00000000000000000000000", 404),
        ("GET", "/api/v1/audit/entries?limit=x", 422),
    ] {
        let reply = bed.call(method, path, &bed.key, None).await?;
        assert_eq!((reply.status, reply.kind.as_str()), (status, "application/problem+json"), "{path}: {}", reply.body);
        assert_eq!(reply.body["status"], status, "{path}: {}", reply.body);
        for part in ["/type", "/title", "/detail"] {
            assert!(!text_of(&reply.body, part).is_empty(), "{path}: {}", reply.body);
        }
    }
    let page: Value = bed.get("/openapi.json").await?;
    assert!(page["paths"]["/api/v1/tickets/ingest"]["post"].is_object());
    for path in ["/healthz", "/readyz", "/docs", "/metrics"] {
        assert_eq!(bed.call("GET", path, "", None).await?.status, 200, "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_that_the_desk_does_not_know_yet_is_asked_for_again() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let next = quietly(&bed, "The first one.").await? + 1;
    let reply = bed.ingest("application/json", json!({"ticket_id": next}).to_string()).await?;
    let run = text_of(&reply.body, "/runId").to_owned();
    until("the desk was asked in vain", async || {
        let effects = bed.run(&run).await?["effects"].clone();
        Ok(text_of(&effects, "/0/why").contains("does not know the ticket").then_some(()))
    })
    .await?;
    assert_eq!(quietly(&bed, LOST).await?, next);
    bed.until_card(&run, 1).await?;
    Ok(())
}
