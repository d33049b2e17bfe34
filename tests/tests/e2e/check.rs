//! `check`, `key`, and what all commands have in common.

use countersign_sandbox::Vendor;
use countersign_tests::{Bed, Settings, text_of};
use serde_json::{Value, json};

fn line<'a>(lines: &'a [Value], what: &str) -> &'a Value {
    lines.iter().find(|line| text_of(line, "/what").contains(what)).unwrap_or(&Value::Null)
}

/// Whether every line about this is well or a warning.
fn none_failed(lines: &[Value], what: &str) -> bool {
    let mut about = lines.iter().filter(|line| text_of(line, "/what").contains(what)).peekable();
    about.peek().is_some() && about.all(|line| line["ok"] == true)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_of_a_good_configuration_fails_nowhere() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let lines = bed.on_config(&["check", "--json"]).await?.well()?.lines()?;
    for what in
        ["configuration", "storage", "runbooks", "desk helpdesk", "channel it-approvals", "system okta", "system entra"]
    {
        assert!(none_failed(&lines, what), "{what}: {lines:#?}");
    }
    assert!(text_of(line(&lines, "slack:U0123APPROVER"), "/says").contains("lead@acme.com"), "{lines:#?}");
    let lead = line(&lines, "mail:lead@acme.com");
    assert_eq!(lead["verdict"], "warning", "{lead}");
    let command = text_of(lead, "/mend").strip_prefix("countersign ").unwrap_or_default().to_owned();
    assert!(command.starts_with("key create --config "), "{lead}");
    bed.cli(&command.split(' ').collect::<Vec<_>>(), "").await?.well()?;
    let lines = bed.on_config(&["check", "--json"]).await?.well()?.lines()?;
    assert_eq!(line(&lines, "mail:lead@acme.com")["verdict"], "ok", "{lines:#?}");
    let plain = bed.on_config(&["check"]).await?.well()?;
    let known = |line: &str| ["ok      ", "warning ", "        -> "].iter().any(|start| line.starts_with(start));
    assert!(plain.out.lines().all(known), "{}", plain.out);
    assert_eq!(plain.err, "", "progress is for terminals");
    assert_eq!(bed.sandbox.writes(), 0, "a check changes nothing: {}", bed.sandbox.requests());
    bed.environment.insert("COUNTERSIGN__ORG__ACME__MODE".to_owned(), "shadow".to_owned());
    let lines = bed.on_config(&["check", "--json"]).await?.well()?.lines()?;
    assert!(text_of(line(&lines, "acme mode"), "/says").contains("nothing will be decided"), "{lines:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_every_credential_that_is_wrong() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let secrets =
        ["FRESHSERVICE_API_KEY", "SLACK_BOT_TOKEN", "OKTA_API_TOKEN", "ENTRA_CLIENT_SECRET"].map(ToOwned::to_owned);
    for (secret, what) in secrets.iter().zip(["desk helpdesk", "channel it-approvals", "system okta", "system entra"]) {
        let right = bed.environment.insert(secret.clone(), "xoxb-wrong-and-secret".to_owned()).unwrap_or_default();
        let said = bed.on_config(&["check", "--json"]).await?;
        assert_eq!(said.code, 1, "{secret}: {said:?}");
        let lines = said.lines()?;
        assert_eq!(line(&lines, what)["ok"], false, "{secret}: {lines:#?}");
        let wrong = lines.iter().filter(|line| line["ok"] == false).count();
        assert_eq!(wrong, 1, "{secret}: {lines:#?}");
        assert!(!said.out.contains("xoxb-wrong-and-secret") && !said.err.contains("xoxb-wrong-and-secret"));
        bed.environment.insert(secret.clone(), right);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_finds_a_channel_without_the_bot_and_an_approver_who_is_gone() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Slack, json!({"op": "set_member", "id": "U0456APPROVER", "deleted": true}))?;
    bed.sandbox.apply(Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": false}))?;
    let said = bed.on_config(&["check", "--json"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    let lines = said.lines()?;
    assert!(!none_failed(&lines, "channel it-approvals"), "{lines:#?}");
    bed.sandbox.apply(Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": true}))?;
    let lines = bed.on_config(&["check", "--json"]).await?.lines()?;
    assert!(none_failed(&lines, "channel it-approvals"), "{lines:#?}");
    assert_eq!(line(&lines, "U0456APPROVER")["ok"], false, "{lines:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn service_starts_without_its_vendors_and_check_reports_them() -> anyhow::Result<()> {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let there = format!("http://{}", bed.sandbox.addr());
    let text = std::fs::read_to_string(&bed.config)?.replace(&there, &format!("http://{nobody}"));
    std::fs::write(&bed.config, text)?;
    bed.serve().await?;
    let said = bed.on_config(&["check", "--json"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    let lines = said.lines()?;
    for what in ["desk helpdesk", "channel it-approvals", "system okta", "system entra"] {
        let found = line(&lines, what);
        assert_eq!(found["ok"], false, "{lines:#?}");
        assert!(text_of(found, "/says").len() > 20, "{found}");
    }
    assert_eq!(line(&lines, "storage")["ok"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn key_is_shown_once_listed_without_its_secret_and_revoked_at_once() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let made = bed.on_config(&["key", "create", "--name", "reader", "--scope", "run:read", "--json"]).await?.well()?;
    let made: Value = serde_json::from_str(&made.out)?;
    let (id, key) = (text_of(&made, "/id"), text_of(&made, "/key"));
    assert!(key.starts_with("csk_"));
    assert_eq!(bed.call("GET", "/api/v1/runs", key, None).await?.status, 200);
    let listed = bed.on_config(&["key", "list", "--json"]).await?.well()?;
    assert!(listed.out.contains(id) && !listed.out.contains(key), "{}", listed.out);
    assert_eq!(listed.lines()?.len(), 3);
    let plain = bed.on_config(&["key", "list"]).await?.well()?;
    assert!(plain.out.contains("reader") && !plain.out.contains(key), "{}", plain.out);
    bed.on_config(&["key", "revoke", id]).await?.well()?;
    let refused = bed.call("GET", "/api/v1/runs", key, None).await?;
    assert_eq!(refused.status, 401, "{}", refused.body);
    let kinds: Vec<_> = bed.entries().await?.iter().map(|entry| text_of(entry, "/kind").to_owned()).collect();
    assert!(kinds.iter().filter(|kind| kind.starts_with("key.")).count() >= 4, "{kinds:?}");
    let log = bed.entries().await?;
    assert!(!serde_json::to_string(&log)?.contains(key), "the key stands in the ledger");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_key_takes_no_more_tickets() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let made =
        bed.on_config(&["key", "create", "--name", "desk", "--scope", "ticket:ingest", "--json"]).await?.well()?;
    let made: Value = serde_json::from_str(&made.out)?;
    let body = || Some(json!({"ticket_id": 77}).to_string());
    let path = "/api/v1/tickets/ingest";
    assert_eq!(bed.call("POST", path, text_of(&made, "/key"), body()).await?.status, 200);
    bed.on_config(&["key", "revoke", text_of(&made, "/id")]).await?.well()?;
    assert_eq!(bed.call("POST", path, text_of(&made, "/key"), body()).await?.status, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_would_break_a_rule_are_not_made() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    for (arguments, code, word) in [
        (vec!["--scope", "run:decide"], 1, "--person"),
        (vec!["--scope", "run:decide,runbook:execute", "--person", "mail:lead@acme.com"], 1, "cannot be in one key"),
        (vec!["--scope", "run:decide", "--person", "slack:U0123APPROVER"], 1, "mail"),
        (vec!["--scope", "run:decide", "--person", "lead"], 1, "lead"),
        (vec!["--scope", "run:everything"], 2, "ticket:ingest"),
        (vec!["--scope", "run:read", "--desk", "elsewhere"], 2, "elsewhere"),
        (vec!["--scope", "run:read", "--org", "other"], 2, "acme"),
        (vec!["--scope", "run:read", "--expires-after", "soon"], 2, "length of time"),
        (vec![], 2, "--scope"),
    ] {
        let said = bed.on_config(&[&["key", "create", "--name", "x"], arguments.as_slice()].concat()).await?;
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert!(said.err.contains(word), "{arguments:?}: {}", said.err);
    }
    for id in ["nonsense", "key_01k00000000000000000000000"] {
        let said = bed.on_config(&["key", "revoke", id]).await?;
        assert_ne!(said.code, 0, "{id}: {said:?}");
        assert!(!said.err.trim().is_empty());
    }
    assert_eq!(bed.on_config(&["key", "list", "--json"]).await?.well()?.out, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_errors_are_told_from_failures() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    for arguments in [&["dance"][..], &["serve"], &["key"], &["demo", "--json"], &["plan", "--config", "x"]] {
        let said = bed.cli(arguments, "").await?;
        assert_eq!(said.code, 2, "{arguments:?}: {said:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["key", "create", "--help"]] {
        bed.cli(arguments, "").await?.well()?;
    }
    Ok(())
}
