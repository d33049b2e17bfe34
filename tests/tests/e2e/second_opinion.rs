//! A language model as a second opinion: asked about tickets just below the floor, believed where it agrees, and harmless
//! whatever else it says.

use anyhow::ensure;
use countersign_sandbox::{Template, Vendor};
use countersign_tests::{Bed, Raised, Settings, text_of, ticket};
use serde_json::{Value, json};

const LOST: &str = "I lost my authenticator app. Please reset my MFA. My address is sarah.chen@acme.com.\n\
                    Call me if need be: +49 30 1234567.";

/// A second opinion on MFA resets, whose floor no classifier is above.
fn unsure() -> Settings {
    Settings::default().and(
        "[org.acme.runbook.RB-002]\nmin_confidence = 1.0\n\
         [log]\nlevel = \"debug\"\n\
         [classifier.llm]\nurl = \"LLM_URL\"\nmodel = \"sandbox-model\"\n\
         api_key = { env = \"LLM_API_KEY\" }\ntimeout = \"1s\"\n",
    )
}

/// A stage whose model is in this mode.
async fn prepared(mode: &str) -> anyhow::Result<Option<Bed>> {
    let Some(mut bed) = Bed::prepare(unsure()).await? else { return Ok(None) };
    let text = std::fs::read_to_string(&bed.config)?.replace("LLM_URL", &bed.sandbox.base_urls().llm);
    std::fs::write(&bed.config, text)?;
    bed.environment.insert("LLM_API_KEY".to_owned(), bed.sandbox.credentials().llm_api_key.clone());
    bed.sandbox.apply(Vendor::Llm, json!({"op": "set_mode", "mode": mode}))?;
    Ok(Some(bed))
}

async fn started(mode: &str) -> anyhow::Result<Option<Bed>> {
    let Some(mut bed) = prepared(mode).await? else { return Ok(None) };
    bed.make_keys().await?;
    bed.serve().await?;
    Ok(Some(bed))
}

fn asked(bed: &Bed) -> Vec<Value> {
    bed.sandbox.state()["llm"]["asked"].as_array().cloned().unwrap_or_default()
}

/// Somebody lost their phone; the sender is answered before anybody else is asked.
async fn lost(bed: &Bed) -> anyhow::Result<Raised> {
    bed.rule(Template::Countersign, 1)?;
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    ensure!(raised.answer["disposition"] == "received", "{:#}", raised.answer);
    Ok(raised)
}

/// Nothing of the key or the ticket stands in the log.
fn log_is_silent(bed: &Bed) -> anyhow::Result<()> {
    let log = std::fs::read_to_string(bed.folder.path().join("service.log"))?;
    ensure!(log.contains("/chat/completions"), "the log is talkative: {log}");
    for secret in ["sandbox-llm-key", "authenticator app", "1234567", "Ignore your previous"] {
        ensure!(!log.contains(secret), "{secret:?} stands in the log:\n{log}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn agreement_makes_a_card_and_no_address_leaves_for_it() -> anyhow::Result<()> {
    let Some(bed) = started("honest").await? else { return Ok(()) };
    let raised = lost(&bed).await?;
    let run = bed.until_card(&raised.run, 1).await?;
    assert_eq!((&run["intent"], &run["confidence"]), (&json!("mfa_reset"), &json!(1.0)), "{run:#}");
    let asked = asked(&bed);
    assert_eq!(asked.len(), 1, "{asked:#?}");
    let sent = asked[0].to_string();
    assert!(
        sent.contains("lost my authenticator") && sent.contains("ADDRESS_1") && sent.contains("NUMBER_1"),
        "{sent}"
    );
    for kept in ["sarah.chen", "acme.com", "1234567", "sandbox-llm-key"] {
        assert!(!sent.contains(kept), "{kept} was sent: {sent}");
    }
    let story = bed.on_config(&["runs", "show", &raised.run]).await?.well()?.out;
    assert!(story.contains("sandbox-model agreed (by itself the classifier was 0."), "{story}");
    log_is_silent(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_it_says_the_ticket_is_left_alone() -> anyhow::Result<()> {
    for (mode, said) in [
        ("lies", "said account_unlock"),
        ("denies", "said that nothing is asked"),
        ("injects_fields", "gave no answer that could be used"),
        ("injects_tool_call", "gave no answer that could be used"),
        ("injects_prose", "gave no answer that could be used"),
        ("broken", "gave no answer that could be used"),
        ("slow", "gave no answer that could be used"),
    ] {
        let Some(bed) = started(mode).await? else { return Ok(()) };
        let raised = lost(&bed).await?;
        let run = bed.until_done(&raised.run, "no_action").await?;
        assert_eq!((&run["reason"], &run["intent"]), (&json!("below_floor"), &json!("mfa_reset")), "{mode}: {run:#}");
        let story = bed.on_config(&["runs", "show", &raised.run]).await?.well()?.out;
        assert!(story.contains(said), "{mode}: {story}");
        assert_eq!((asked(&bed).len(), bed.messages().len()), (1, 0), "{mode}");
        log_is_silent(&bed)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_do_not_stand_in_the_ticket_are_dropped() -> anyhow::Result<()> {
    let Some(bed) = started("injects_values").await? else { return Ok(()) };
    let raised = lost(&bed).await?;
    let run = bed.until_card(&raised.run, 1).await?;
    let whole = run.to_string();
    assert!(whole.contains("sarah.chen@acme.com"), "{run:#}");
    assert!(!whole.contains("ceo@acme.com") && !whole.contains("Domain Admins"), "{run:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_named_by_the_model_is_a_disagreement() -> anyhow::Result<()> {
    let Some(bed) = started("honest").await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Llm, json!({"op": "set_values", "target": "authenticator app"}))?;
    let raised = lost(&bed).await?;
    let run = bed.until_done(&raised.run, "no_action").await?;
    assert_eq!(run["reason"], "below_floor", "{run:#}");
    let story = bed.on_config(&["runs", "show", &raised.run]).await?.well()?.out;
    assert!(story.contains("found another target"), "{story}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_asks_for_nothing_is_shown_to_nobody() -> anyhow::Result<()> {
    let Some(bed) = started("honest").await? else { return Ok(()) };
    bed.rule(Template::Countersign, 1)?;
    for (subject, words) in [
        ("Printer", "The printer on the second floor has a paper jam again."),
        ("Forgot my password", "I forgot my password and cannot sign in any more. Please reset it."),
    ] {
        let raised = bed.raise(ticket("priya.nair@acme.com", subject, words)).await?;
        assert_ne!(raised.answer["disposition"], "received", "{:#}", raised.answer);
        bed.until_quiet(&raised.run).await?;
    }
    assert_eq!(asked(&bed), Vec::<Value>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_asks_and_says_so() -> anyhow::Result<()> {
    let Some(bed) = prepared("honest").await? else { return Ok(()) };
    let words = json!({"subject": "New phone", "description": LOST, "requesterEmail": "sarah.chen@acme.com"});
    let file = bed.write("ticket.json", &words.to_string())?.display().to_string();
    let said = bed.on_config(&["plan", "--ticket", &file]).await?.well()?;
    assert!(said.out.contains("asked       sandbox-model agreed"), "{}", said.out);
    let lines = bed.on_config(&["plan", "--ticket", &file, "--json"]).await?.well()?.lines()?;
    assert_eq!(text_of(&lines[0], "/secondOpinion/outcome"), "agreed", "{lines:#?}");
    assert_eq!(asked(&bed).len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_whether_the_model_can_be_asked() -> anyhow::Result<()> {
    let Some(mut bed) = prepared("honest").await? else { return Ok(()) };
    let said = bed.on_config(&["check"]).await?.well()?;
    assert!(said.out.contains("classifier llm model"), "{}", said.out);
    bed.environment.insert("LLM_API_KEY".to_owned(), "a-wrong-and-secret-key".to_owned());
    let said = bed.on_config(&["check"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("classifier.llm.api_key"), "{}", said.out);
    assert!(!format!("{}{}", said.out, said.err).contains("a-wrong-and-secret"), "{said:?}");
    Ok(())
}
