//! Each of the seven runbooks, from the ticket to the note.

use anyhow::ensure;
use countersign_sandbox::{NewTicket, Vendor};
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket};
use serde_json::{Value, json};

/// A ticket's whole way with the approver's consent: card, click, outcome, note. The directory is the caller's to look
/// at.
async fn walk(bed: &Bed, new: NewTicket, intent: &str, name: &str) -> anyhow::Result<(Raised, Value)> {
    let raised = bed.raise(new).await?;
    ensure!(raised.answer["intent"] == intent, "taken for {}", raised.answer);
    ensure!(raised.answer["disposition"] == "awaiting_approval", "{}", raised.answer);
    let before = (bed.changes("okta"), bed.changes("graph"));
    let planned = bed.until_card(&raised.run, 1).await?;
    ensure!(planned["plan"]["approvable"] == true, "not approvable: {:#}", planned["plan"]);
    ensure!(planned["plan"]["runbookName"] == name, "{}", planned["plan"]["runbookName"]);
    card_shows_the_plan(bed, &raised, &planned)?;
    ensure!(before == (bed.changes("okta"), bed.changes("graph")), "something was changed before the approval");
    bed.approve(&raised.run, APPROVER).await?;
    let done = bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    ensure!(bed.buttons(&raised.run)?.is_empty(), "the card still has buttons");
    let card = bed.card(&raised.run)?["blocks"].to_string();
    ensure!(card.contains("Approved by Dana Lead"), "the card does not say who approved: {card}");
    note_says_so(&bed.note(raised.ticket)?, &raised, &done, name)?;
    Ok((raised, done))
}

fn card_shows_the_plan(bed: &Bed, raised: &Raised, planned: &Value) -> anyhow::Result<()> {
    ensure!(bed.buttons(&raised.run)? == ["countersign.approve", "countersign.deny"], "not the buttons of a card");
    let card = bed.card(&raised.run)?;
    let (text, blocks) = (text_of(&card, "/text").to_owned(), card["blocks"].to_string());
    ensure!(text.contains(&format!("#{}", raised.ticket)), "the notification names no ticket: {text}");
    let digest = text_of(planned, "/plan/digest");
    ensure!(blocks.contains(&digest[..8]), "the card does not show the plan's digest: {blocks}");
    for step in planned["plan"]["steps"].as_array().cloned().unwrap_or_default() {
        for part in ["/title", "/before", "/after"] {
            ensure!(blocks.contains(text_of(&step, part)), "the card does not show {:?}", text_of(&step, part));
        }
    }
    let thread = card["replies"].to_string();
    ensure!(thread.contains(&format!("#{}", raised.ticket)), "the thread names no ticket: {thread}");
    Ok(())
}

fn note_says_so(note: &str, raised: &Raised, done: &Value, name: &str) -> anyhow::Result<()> {
    for line in [
        "[Countersign] Runbook decision: APPROVED".to_owned(),
        format!("Runbook: {name}"),
        format!("Decision by: slack:{APPROVER} at {}", text_of(done, "/decision/at")),
        "Action executed by Countersign after explicit human approval.".to_owned(),
        "Outcome: done".to_owned(),
        "This decision is recorded on the org's tamper-evident ledger: entry ".to_owned(),
        format!("Run: {}", raised.run),
    ] {
        ensure!(note.contains(&line), "the note lacks {line:?}:\n{note}");
    }
    Ok(())
}

fn actions(run: &Value) -> Vec<&str> {
    run["plan"]["steps"]
        .as_array()
        .map(|steps| steps.iter().map(|step| text_of(step, "/action")).collect())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn password_reset_mails_a_link_to_the_user() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "tom.okafor@acme.com",
        "Forgot my password",
        "Hi, I forgot my password over the holidays and cannot sign in any more. Please reset it.\n\nThanks, Tom",
    );
    let (raised, run) = walk(&bed, new, "password_reset", "Password Reset").await?;
    assert_eq!(actions(&run), ["reset_password"]);
    assert_eq!(bed.user("okta", "tom.okafor@acme.com")?["status"], "RECOVERY");
    let mails = bed.sandbox.state()["okta"]["mails"].clone();
    assert_eq!(mails.as_array().map(Vec::len), Some(1), "{mails}");
    assert_eq!(mails[0]["to"], "tom.okafor@acme.com");
    let note = bed.note(raised.ticket)?;
    assert!(note.contains("Target user: Tom Okafor (tom.okafor@acme.com)"), "{note}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mfa_reset_removes_every_factor() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "sarah.chen@acme.com",
        "New phone, authenticator gone",
        "I got a new phone and my authenticator did not move over. Please reset my MFA so I can enrol again.",
    );
    let (_, run) = walk(&bed, new, "mfa_reset", "MFA Reset").await?;
    assert_eq!(actions(&run), ["reset_factors"]);
    assert_eq!(bed.user("okta", "sarah.chen@acme.com")?["factors"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn new_hire_gets_account_group_and_licence_in_two_systems() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "omar.reyes@acme.com",
        "New hire starting Monday",
        "Please create an account for our new hire.\nName: Iris Vega\nE-mail: iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3",
    );
    let (_, run) = walk(&bed, new, "new_hire_provisioning", "New Hire Provisioning").await?;
    assert_eq!(actions(&run), ["create_user", "add_to_group", "set_usage_location", "assign_license"]);
    assert_eq!(bed.user("okta", "iris.vega@acme.com")?["groups"], json!(["Engineering-Docs", "Everyone"]));
    let entra = bed.user("graph", "iris.vega@acme.com")?;
    assert_eq!(entra["licences"], json!(["SPE_E3"]));
    assert_eq!(entra["usage_location"], "DE");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn licence_is_assigned_after_the_country_of_use_was_set() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "priya.nair@acme.com",
        "Visio Plan 2 licence",
        "Could you please assign me a Visio Plan 2 licence? I took over the process maps.",
    );
    let (_, run) = walk(&bed, new, "license_assignment", "M365 Licence Assignment").await?;
    assert_eq!(actions(&run), ["set_usage_location", "assign_license"]);
    let user = bed.user("graph", "priya.nair@acme.com")?;
    assert_eq!((&user["licences"], &user["usage_location"]), (&json!(["VISIOCLIENT"]), &json!("DE")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_account_is_enabled() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "lukas.brandt@acme.com",
        "Maria Silva is locked out",
        "Maria Silva is locked out of her account after her leave, please unlock it: maria.silva@acme.com",
    );
    let (_, run) = walk(&bed, new, "account_unlock", "Account Unlock").await?;
    assert_eq!(actions(&run), ["enable_account"]);
    assert_eq!(bed.user("graph", "maria.silva@acme.com")?["enabled"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn risk_of_an_account_is_dismissed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "jo.doe@acme.com",
        "Account locked",
        "My account is locked and I cannot log in since this morning. Please unlock my account.",
    );
    let (_, run) = walk(&bed, new, "account_unlock", "Account Unlock").await?;
    assert_eq!(actions(&run), ["dismiss_risk"]);
    let risk = bed.user("graph", "jo.doe@acme.com")?["risk"].clone();
    assert!(!text_of(&risk, "").starts_with("atRisk"), "{risk}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn leaver_is_suspended_and_signed_out() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Okta, json!({"op": "set_sessions", "user": "nadia.frost@acme.com", "sessions": 3}))?;
    let new = ticket(
        "omar.reyes@acme.com",
        "Leaver: Nadia Frost",
        "Employee: Nadia Frost\nAccount: nadia.frost@acme.com\nLast day: today\nAction: suspend account",
    );
    let (_, run) = walk(&bed, new, "suspend_account", "Suspend Account").await?;
    assert_eq!(actions(&run), ["suspend_user", "clear_sessions"]);
    let user = bed.user("okta", "nadia.frost@acme.com")?;
    assert_eq!((&user["status"], &user["sessions"]), (&json!("SUSPENDED"), &json!(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn group_is_joined() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let new = ticket(
        "lukas.brandt@acme.com",
        "Group access",
        "Please add me to the group Engineering-Docs. I need the design documents.",
    );
    let (_, run) = walk(&bed, new, "group_membership", "Group Membership").await?;
    assert_eq!(actions(&run), ["add_to_group"]);
    let groups = bed.user("graph", "lukas.brandt@acme.com")?["groups"].to_string();
    assert!(groups.contains("Engineering-Docs"), "{groups}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn group_is_left_and_the_user_is_not_deleted() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let member =
        json!({"op": "set_member", "group": "Finance-Readers", "user": "bartosz.wilk@acme.com", "member": true});
    bed.sandbox.apply(Vendor::Graph, member)?;
    let new = ticket(
        "omar.reyes@acme.com",
        "Remove from group",
        "Please remove bartosz.wilk@acme.com from the group Finance-Readers, he moved to another team.",
    );
    let (_, run) = walk(&bed, new, "group_membership", "Group Membership").await?;
    assert_eq!(actions(&run), ["remove_from_group"]);
    let groups = bed.user("graph", "bartosz.wilk@acme.com")?["groups"].to_string();
    assert!(!groups.contains("Finance-Readers"), "{groups}");
    assert_eq!(bed.sandbox.state()["graph"]["deleted_users"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn corridor_is_the_same_on_postgresql() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default().on_postgres()).await? else { return Ok(()) };
    let new = ticket(
        "sarah.chen@acme.com",
        "New phone, authenticator gone",
        "I got a new phone and my authenticator did not move over. Please reset my MFA so I can enrol again.",
    );
    walk(&bed, new, "mfa_reset", "MFA Reset").await?;
    let verified = bed.on_config(&["ledger", "verify", "--json"]).await?.well()?.lines()?;
    assert_eq!(verified[0]["verified"], true, "{verified:?}");
    Ok(())
}
