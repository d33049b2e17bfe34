//! Configurations that are no good: exit code 64, and words that help.

use countersign_tests::{Bed, Settings};

/// Checks that this configuration is refused with exit code 64 by every command that reads it, with these words.
async fn refused(settings: Settings, words: &[&str]) -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    for command in [&["check"][..], &["serve"], &["key", "list"], &["ledger", "verify"]] {
        let said = bed.on_config(command).await?;
        assert_eq!(said.code, 64, "{command:?}: {said:?}");
        assert!(said.err.contains("countersign.toml"), "the file is named: {}", said.err);
        for word in words {
            assert!(said.err.contains(word), "{word:?} is missing: {}", said.err);
        }
    }
    assert!(!bed.database().exists(), "nothing is opened with a configuration that is no good");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_key_is_named_with_the_nearest_known_one() -> anyhow::Result<()> {
    let settings = Settings::default().edit("min_confidence", "min_confidense");
    refused(settings, &["org.acme.policy.min_confidense", "did you mean `min_confidence`?", "line "]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_secret_is_named() -> anyhow::Result<()> {
    let settings = Settings::default().edit("\"OKTA_API_TOKEN\"", "\"OKTA_API_TOKEN_OF_NOBODY\"");
    refused(settings, &["org.acme.system.okta.api_token", "OKTA_API_TOKEN_OF_NOBODY"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_secret_file_is_named() -> anyhow::Result<()> {
    let settings = Settings::default().edit("{ env = \"OKTA_API_TOKEN\" }", "{ file = \"/nowhere/token\" }");
    refused(settings, &["org.acme.system.okta.api_token", "/nowhere/token"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn inline_secret_is_refused_and_not_repeated() -> anyhow::Result<()> {
    let settings = Settings::default().edit("{ env = \"SLACK_BOT_TOKEN\" }", "\"xoxb-plainly-here\"");
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    let said = bed.on_config(&["check"]).await?;
    assert_eq!(said.code, 64, "{said:?}");
    assert!(said.err.contains("org.acme.channel.it-approvals.bot_token") && said.err.contains("env"), "{}", said.err);
    assert!(!said.err.contains("xoxb-plainly-here") && !said.out.contains("xoxb-plainly-here"), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_approver_list_does_not_mean_anyone() -> anyhow::Result<()> {
    let list = "[\"slack:U0123APPROVER\", \"slack:U0456APPROVER\", \"mail:lead@acme.com\"]";
    refused(Settings::default().edit(list, "[]"), &["org.acme.policy.approvers"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_is_told_at_once() -> anyhow::Result<()> {
    let settings = Settings::default()
        .edit("kind = \"okta\"", "kind = \"octa\"")
        .edit("Europe/Berlin", "Europe/Nowhere")
        .edit("\"24h\"", "\"a while\"")
        .edit("min_confidence = 0.80", "min_confidence = 80");
    let words = ["org.acme.system.okta.kind", "org.acme.time_zone", "org.acme.policy.expires_after", "min_confidence"];
    refused(settings, &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn key_of_another_version_is_refused_rather_than_passed_over() -> anyhow::Result<()> {
    let settings = Settings::default().and("[classifier]\nremote = \"model\"\n");
    refused(settings, &["there is no key `classifier.remote`"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_for_a_runbook_that_is_not_there_are_refused() -> anyhow::Result<()> {
    let settings = Settings::default().and("[org.acme.runbook.RB-01]\nmode = \"off\"\n");
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    for (command, code) in [("serve", 64), ("check", 64)] {
        let said = bed.on_config(&[command]).await?;
        assert_eq!(said.code, code, "{said:?}");
        let text = format!("{}{}", said.out, said.err);
        assert!(text.contains("org.acme") && text.contains("RB-01;") && text.contains("RB-001"), "{text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_cannot_be_read_is_named() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    std::fs::write(&bed.config, "[server\nlisten")?;
    let said = bed.on_config(&["check"]).await?;
    assert_eq!(said.code, 64, "{said:?}");
    assert!(said.err.contains("line 1") && said.err.contains("not TOML"), "{}", said.err);
    bed.config = bed.folder.path().join("missing.toml");
    let said = bed.on_config(&["serve"]).await?;
    assert_eq!(said.code, 64, "{said:?}");
    assert!(said.err.contains("missing.toml"), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn variable_overrides_a_key_and_a_misspelt_one_is_refused() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    bed.environment.insert("COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENCE".to_owned(), "0.9".to_owned());
    bed.on_config(&["check"]).await?.well()?;
    let name = "COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENSE";
    bed.environment.insert(name.to_owned(), "0.9".to_owned());
    let said = bed.on_config(&["check"]).await?;
    assert_eq!(said.code, 64, "{said:?}");
    assert!(said.err.contains(name), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn address_that_is_taken_is_named() -> anyhow::Result<()> {
    let holder = std::net::TcpListener::bind("127.0.0.1:0")?;
    let taken = holder.local_addr()?.to_string();
    let settings = Settings::default().edit("listen = \"127.0.0.1:0\"", &format!("listen = \"{taken}\""));
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    let said = bed.on_config(&["serve"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(&taken) && said.err.contains("server.listen"), "{}", said.err);
    Ok(())
}
