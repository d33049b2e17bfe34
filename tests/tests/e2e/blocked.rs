//! Plans that cannot work: no Approve button, why and what would mend it, a private note, a new plan once it is mended.

use anyhow::ensure;
use countersign_sandbox::{Click, NewTicket, Vendor};
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket};
use serde_json::{Value, json};

/// Raises a ticket whose plan is blocked for this reason, and holds card and note against the promise.
async fn blocked(bed: &Bed, new: NewTicket, code: &str) -> anyhow::Result<(Raised, Value)> {
    let raised = bed.raise(new).await?;
    let run = bed.until_card(&raised.run, 1).await?;
    ensure!(run["plan"]["approvable"] == false, "approvable: {:#}", run["plan"]);
    let blockers = run["plan"]["blockers"].as_array().cloned().unwrap_or_default();
    let found = blockers.iter().find(|blocker| blocker["code"] == code);
    let Some(blocker) = found else { anyhow::bail!("not blocked for {code}: {:#}", run["plan"]) };
    ensure!(bed.buttons(&raised.run)? == ["countersign.deny"], "the buttons are {:?}", bed.buttons(&raised.run)?);
    let card = bed.card(&raised.run)?["blocks"].to_string();
    let note = bed.note(raised.ticket)?;
    for part in ["/says", "/mend"] {
        let words = text_of(blocker, part);
        ensure!(!words.is_empty() && note.contains(words), "the note lacks {words:?}:\n{note}");
        let shown = serde_json::to_string(words)?;
        ensure!(card.contains(shown.trim_matches('"')), "the card lacks {words:?}: {card}");
    }
    ensure!(note.contains("Runbook decision: NOT POSSIBLE AS ASKED"), "{note}");
    ensure!(note.contains("No changes were made."), "{note}");
    let refused = bed.decide(&raised.run, "approve", None).await?;
    ensure!(refused.status == 409, "{} {}", refused.status, refused.body);
    ensure!(refused.body["type"] == "urn:countersign:problem:plan-blocked", "{}", refused.body);
    Ok((raised, run))
}

/// Plans again; then the plan works, and is approved and executed.
async fn mended(bed: &Bed, raised: &Raised) -> anyhow::Result<()> {
    let again = bed.replan(&raised.run).await?;
    ensure!(again.status == 200, "{} {}", again.status, again.body);
    let run = bed.until_card(&raised.run, 2).await?;
    ensure!(run["plan"]["approvable"] == true, "still not approvable: {:#}", run["plan"]);
    ensure!(bed.buttons(&raised.run)?.len() == 2, "the card has no Approve button");
    let thread = bed.card(&raised.run)?["replies"].to_string();
    ensure!(thread.contains("The plan was replaced"), "the thread does not tell of the new plan: {thread}");
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(raised)?;
    ensure!(bed.note(raised.ticket)?.contains("Outcome: done"), "{}", bed.note(raised.ticket)?);
    Ok(())
}

fn no_change(bed: &Bed) -> anyhow::Result<()> {
    let writes = ["okta", "graph"].map(|system| bed.changes(system));
    ensure!(writes == [0, 0], "something was changed: {writes:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn licence_without_a_free_unit_is_not_approvable_until_one_is_bought() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "Please assign me a Power BI Pro licence for the quarterly report.";
    let (raised, _) = blocked(&bed, ticket("sarah.chen@acme.com", "Power BI Pro", words), "no_free_license").await?;
    no_change(&bed)?;
    bed.sandbox.apply(Vendor::Graph, json!({"op": "set_free_units", "sku": "POWER_BI_PRO", "free": 1}))?;
    mended(&bed, &raised).await?;
    assert_eq!(bed.user("graph", "sarah.chen@acme.com")?["licences"], json!(["POWER_BI_PRO"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_whose_members_are_not_set_by_hand_are_not_approvable() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    for (group, word) in [("All-Staff", "dynamic"), ("Tier0-Admins", "role"), ("Legacy-AD-Print", "premises")] {
        let words = format!("Please add me to the group {group}. I need its documents.");
        let new = ticket("lukas.brandt@acme.com", "Group access", &words);
        let (_, run) = blocked(&bed, new, "unmanageable_group").await?;
        let says = run["plan"]["blockers"].to_string().to_lowercase();
        assert!(says.contains(word), "{group}: {says}");
    }
    let unknown = ticket(
        "lukas.brandt@acme.com",
        "Group access",
        "Please add me to the group proj-nowhere. I need its documents.",
    );
    blocked(&bed, unknown, "unknown_group").await?;
    no_change(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn deprovisioned_user_is_not_approvable_until_brought_back() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "Please reset the password of ben.ode@acme.com, he cannot sign in.";
    let (raised, _) = blocked(&bed, ticket("omar.reyes@acme.com", "Password of Ben", words), "wrong_state").await?;
    no_change(&bed)?;
    bed.sandbox.apply(Vendor::Okta, json!({"op": "set_status", "user": "ben.ode@acme.com", "status": "ACTIVE"}))?;
    mended(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_target_is_not_approvable_until_there_is_one() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "Please reset the password of zed.nobody@acme.com, he forgot it.";
    let (raised, _) = blocked(&bed, ticket("omar.reyes@acme.com", "Password reset", words), "unknown_target").await?;
    no_change(&bed)?;
    let create =
        json!({"op": "create_user", "login": "zed.nobody@acme.com", "first_name": "Zed", "last_name": "Nobody"});
    bed.sandbox.apply(Vendor::Okta, create)?;
    mended(&bed, &raised).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_target_is_settled_by_completing_the_ticket() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "Please reset the MFA of Alex Kim, the old phone is lost.";
    let (raised, run) = blocked(&bed, ticket("omar.reyes@acme.com", "MFA reset", words), "ambiguous_target").await?;
    let says = run["plan"]["blockers"].to_string();
    for login in ["alex.kim@acme.com", "alex.kim2@acme.com"] {
        assert!(says.contains(login), "the candidates are named: {says}");
    }
    no_change(&bed)?;
    let words = "Please reset the MFA of Alex Kim (alex.kim2@acme.com), the old phone is lost.";
    let completed = json!({"op": "change_ticket", "ticket": raised.ticket, "description": words});
    bed.sandbox.apply(Vendor::Freshservice, completed)?;
    mended(&bed, &raised).await?;
    assert_eq!(bed.user("okta", "alex.kim2@acme.com")?["factors"], json!([]));
    assert_ne!(bed.user("okta", "alex.kim@acme.com")?["factors"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn smart_lockout_proposes_nothing_to_approve() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.sandbox
        .apply(Vendor::Graph, json!({"op": "add_sign_in", "user": "tom.okafor@acme.com", "error_code": 50053}))?;
    let words = "My account is locked and I cannot log in since this morning. Please unlock my account.";
    let (_, run) = blocked(&bed, ticket("tom.okafor@acme.com", "Account locked", words), "not_possible").await?;
    assert_eq!(run["plan"]["steps"], json!([]));
    no_change(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_plan_refuses_an_approval_that_names_it() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "Please assign me a Power BI Pro licence for the quarterly report.";
    let (raised, _) = blocked(&bed, ticket("sarah.chen@acme.com", "Power BI Pro", words), "no_free_license").await?;
    let stamp = countersign_sandbox::system_now()() / 1_000_000;
    let (stamp, signature, body) =
        countersign_tests::forged_interaction("sandbox-signing-secret", stamp, &raised.run, APPROVER);
    let headers = [("x-slack-request-timestamp", stamp.as_str()), ("x-slack-signature", signature.as_str())];
    assert_eq!(bed.interact(&headers, &body).await?.status, 200);
    let told = bed.until_told(APPROVER).await?;
    assert!(told.contains("cannot work"), "{told}");
    no_change(&bed)?;
    // It can be dismissed, though.
    bed.deny(&raised.run, APPROVER, "other", "later").await?;
    bed.until_done(&raised.run, "denied").await?;
    bed.one_of_each(&raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn other_run_is_not_touched_by_a_click_on_this_one() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "I lost my authenticator app. Please reset my MFA.";
    let one = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    let other = bed.raise(ticket("lukas.brandt@acme.com", "New phone", words)).await?;
    bed.until_card(&one.run, 1).await?;
    bed.until_card(&other.run, 1).await?;
    let ts = text_of(&bed.card(&one.run)?, "/ts").to_owned();
    let (action_id, user) = ("countersign.approve".to_owned(), APPROVER.to_owned());
    bed.sandbox.click(Click { ts, action_id, user, ..Click::default() }).await?;
    bed.until_done(&one.run, "succeeded").await?;
    assert_eq!(bed.run(&other.run).await?["status"], "awaiting_approval");
    assert_eq!(bed.buttons(&other.run)?.len(), 2);
    Ok(())
}
