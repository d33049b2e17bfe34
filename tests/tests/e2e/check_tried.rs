//! `check --card` and `check --ticket`: what is tried for real, and `setup`, of which the rest depends.

use countersign_sandbox::{Click, NewTicket};
use countersign_tests::{APPROVER, Bed, Settings, text_of, ticket, until};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn card_whose_click_comes_back_proves_the_channel() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let click = async {
        let card = until("the card to try the channel is posted", async || {
            Ok(bed.messages().into_iter().find(|card| card.to_string().contains("countersign.probe")))
        });
        let ts = text_of(&card.await?, "/ts").to_owned();
        let click =
            Click { ts, action_id: "countersign.probe".to_owned(), user: APPROVER.to_owned(), ..Click::default() };
        anyhow::Ok(bed.sandbox.click(click).await?)
    };
    let (said, answer) = tokio::join!(bed.on_config(&["check", "--card", "--json"]), click);
    assert!(answer?.is_ok());
    let lines = said?.well()?.lines()?;
    let line = lines.last().cloned().unwrap_or_default();
    assert_eq!((text_of(&line, "/what"), line["ok"].as_bool()), ("acme card", Some(true)), "{lines:#?}");
    assert!(text_of(&line, "/says").contains("slack:U0123APPROVER"), "{line}");
    let card = bed.messages().pop().unwrap_or_default();
    assert!(card.to_string().contains("The click came back") && !card.to_string().contains("\"button\""), "{card:#}");
    let recorded = bed.entries().await?;
    assert_eq!(recorded.iter().filter(|entry| entry["kind"] == "probe.returned").count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn test_note_is_written_to_the_ticket_that_is_named() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let quiet = NewTicket { quiet: true, ..ticket("sarah.chen@acme.com", "Question", "About the printer.") };
    let id = bed.sandbox.raise_ticket(quiet).await?.id;
    let said = bed.on_config(&["check", "--ticket", &format!("INC-{id}"), "--json"]).await?.well()?;
    let line = said.lines()?.pop().unwrap_or_default();
    assert_eq!(text_of(&line, "/what"), format!("acme ticket {id}"));
    assert!(text_of(&line, "/says").contains("private test note"), "{line}");
    assert!(!said.out.contains("printer"), "the ticket's words are nobody's business: {}", said.out);
    let note = bed.note(id)?;
    assert!(note.contains("[Countersign] Test note") && note.contains("countersign check"), "{note}");
    let gone = bed.on_config(&["check", "--ticket", "99999", "--json"]).await?;
    assert_eq!(gone.code, 1, "{gone:?}");
    let line: Value = gone.lines()?.pop().unwrap_or_default();
    assert!(line["ok"] == false && text_of(&line, "/says").contains("no such ticket"), "{line}");
    assert_eq!(bed.on_config(&["check", "--ticket", "soon"]).await?.code, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_is_not_guessed_at_among_several_desks() -> anyhow::Result<()> {
    let more = "[org.acme.desk.second]\nkind = \"freshservice\"\ndomain = \"other.freshservice.com\"\nplan = \"pro\"\n\
                api_key = { env = \"FRESHSERVICE_API_KEY\" }\n";
    let Some(bed) = Bed::prepare(Settings::default().and(more)).await? else { return Ok(()) };
    let said = bed.on_config(&["check", "--ticket", "1"]).await?;
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("helpdesk, second") && said.out.is_empty(), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_prints_what_to_paste_before_there_are_any_secrets() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    bed.environment.clear();
    for (vendor, word) in [
        ("slack", "https://api.slack.com/apps?new_app=1&manifest_json=%7B"),
        ("entra", "az ad app permission add"),
        ("okta", "okta.users.lifecycle.suspend"),
        ("freshservice", "{{ticket.description_text}}"),
    ] {
        let said = bed.on_config(&["setup", vendor]).await?.well()?;
        assert!(said.out.contains(word) && said.out.contains("acme"), "{vendor}: {}", said.out);
        assert_eq!(said.err, "");
        bed.cli(&["setup", vendor], "").await?.well()?;
    }
    assert_eq!(bed.sandbox.requests()["total"], 0, "setup asks nobody");
    assert_eq!(bed.on_config(&["setup", "slack", "--org", "other"]).await?.code, 2);
    Ok(())
}
