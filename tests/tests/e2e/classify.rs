//! `classify` and `plan`: no service, nothing posted, nothing executed.

use countersign_tests::{Bed, Settings, text_of};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_answered_in_order() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let tickets = [
        ("Forgot my password", "I forgot my password and cannot sign in any more. Please reset it.", "password_reset"),
        ("New phone", "I lost my authenticator app. Please reset my MFA.", "mfa_reset"),
        ("Printer", "The printer on the second floor has a paper jam again.", "none"),
        ("Group access", "Please add me to the group Engineering-Docs.", "group_membership"),
    ];
    let mut input = String::new();
    for (place, (subject, description, _)) in tickets.iter().enumerate() {
        let from = "sarah.chen@acme.com";
        let line = json!({"id": place, "subject": subject, "description": description, "requesterEmail": from});
        input.push_str(&format!("{line}\n\n"));
    }
    let answers = bed.cli(&["classify"], &input).await?.well()?.lines()?;
    assert_eq!(answers.len(), tickets.len());
    for (place, (answer, (_, _, intent))) in answers.iter().zip(tickets).enumerate() {
        assert_eq!(answer["intent"], intent, "{answer}");
        assert_eq!(answer["id"], place, "{answer}");
        let confidence = answer["confidence"].as_f64().unwrap_or(-1.0);
        assert!((0.0..=1.0).contains(&confidence), "{answer}");
    }
    assert_eq!(answers[1]["target"]["email"], "sarah.chen@acme.com");
    assert_eq!((&answers[3]["group"], &answers[3]["action"]), (&json!("Engineering-Docs"), &json!("add")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_line_is_named_and_what_went_before_it_is_answered() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let good = json!({"id": "1", "subject": "Forgot my password", "description": "Please reset it."});
    for bad in ["{", "[]", "42", "{\"subject\": 7}", "not json"] {
        let said = bed.cli(&["classify"], &format!("{good}\n{bad}\n{good}\n")).await?;
        assert_eq!(said.code, 1, "{bad}: {said:?}");
        assert!(said.err.contains("line 2"), "{bad}: {}", said.err);
        assert_eq!(said.lines()?.len(), 1, "{bad}: {}", said.out);
    }
    assert_eq!(bed.cli(&["classify"], "").await?.well()?.out, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_shows_the_card_and_changes_nothing() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let words = json!({
        "subject": "New phone", "description": "I lost my authenticator app. Please reset my MFA.",
        "requesterEmail": "sarah.chen@acme.com",
    });
    let file = bed.write("ticket.json", &words.to_string())?.display().to_string();
    let said = bed.on_config(&["plan", "--ticket", &file]).await?.well()?;
    for words in ["mfa_reset", "Sarah Chen", "Reset all 2 enrolled factors", "Nothing was executed"] {
        assert!(said.out.contains(words), "{words:?} is missing:\n{}", said.out);
    }
    let lines = bed.on_config(&["plan", "--ticket", &file, "--json"]).await?.well()?.lines()?;
    assert_eq!((lines.len(), &lines[0]["intent"]), (1, &json!("mfa_reset")));
    assert!(text_of(&lines[0], "/card").contains("Reset all 2 enrolled factors"), "{}", lines[0]);
    assert_eq!(bed.sandbox.writes(), 0, "{}", bed.sandbox.requests());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_of_what_no_runbook_serves_says_so() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let words = json!({"subject": "Printer", "description": "The printer on the second floor has a paper jam again."});
    let file = bed.write("ticket.json", &words.to_string())?.display().to_string();
    let said = bed.on_config(&["plan", "--ticket", &file]).await?.well()?;
    assert!(said.out.contains("left alone"), "{}", said.out);
    let bad = bed.write("bad.json", "{\"description\": 1}")?.display().to_string();
    let said = bed.on_config(&["plan", "--ticket", &bad]).await?;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("bad.json"), "{}", said.err);
    let said = bed.on_config(&["plan", "--ticket", &file, "--org", "other"]).await?;
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("acme"), "{}", said.err);
    Ok(())
}
