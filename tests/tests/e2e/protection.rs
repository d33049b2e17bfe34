//! What is never approvable: by the configuration, by an administrator role, by a runbook's limits.

use anyhow::ensure;
use countersign_sandbox::{NewTicket, Vendor};
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket, until};
use serde_json::{Value, json};

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";
const FORGOT: &str = "I forgot my password and cannot sign in any more. Please reset it.";

async fn carded(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    let raised = bed.raise(ticket(&format!("{who}@acme.com"), "Please help", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    Ok(raised)
}

fn has(text: &str, words: &[&str]) -> anyhow::Result<()> {
    for word in words {
        ensure!(text.contains(word), "{word:?} is missing:\n{text}");
    }
    Ok(())
}

/// Raises a ticket whose target must not be changed: why stands on the card, nobody can approve it.
async fn refused(bed: &Bed, new: NewTicket, code: &str, why: &[&str]) -> anyhow::Result<()> {
    let raised = bed.raise(new).await?;
    let run = bed.until_card(&raised.run, 1).await?;
    let blockers = run["plan"]["blockers"].as_array().cloned().unwrap_or_default();
    let found = blockers.iter().find(|blocker| blocker["code"] == code);
    let Some(blocker) = found else { anyhow::bail!("not blocked for {code}: {:#}", run["plan"]) };
    has(text_of(blocker, "/says"), why)?;
    ensure!(!text_of(blocker, "/mend").is_empty(), "{blocker:#}");
    ensure!(bed.buttons(&raised.run)? == ["countersign.deny"], "the buttons are {:?}", bed.buttons(&raised.run)?);
    let refused = bed.decide(&raised.run, "approve", None).await?;
    ensure!(refused.status == 409, "{} {}", refused.status, refused.body);
    ensure!(refused.body["type"] == "urn:countersign:problem:plan-blocked", "{}", refused.body);
    let note = until("a note says so", async || Ok(bed.note(raised.ticket).ok())).await?;
    has(&note, &["NOT POSSIBLE AS ASKED", text_of(blocker, "/says"), "No changes were made."])
}

fn unchanged(bed: &Bed) -> anyhow::Result<()> {
    let changes = (bed.changes("okta"), bed.changes("graph"));
    ensure!(changes == (0, 0), "something was changed: {changes:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_people_and_groups_are_planned_and_not_approvable() -> anyhow::Result<()> {
    let protected = "protected = [\"mail:tom.okafor@acme.com\", \"group:finance-readers\"]\n";
    let settings = Settings::default().edit("min_confidence = 0.80\n", &format!("min_confidence = 0.80\n{protected}"));
    let Some(bed) = Bed::start(settings).await? else { return Ok(()) };
    let from = |who: &str, words: &str| ticket(&format!("{who}@acme.com"), "Please help", words);
    refused(&bed, from("tom.okafor", FORGOT), "protected", &["protected (mail:tom.okafor@acme.com)"]).await?;
    let words = "Please add me to the group Finance-Readers. I need its documents.";
    refused(&bed, from("lukas.brandt", words), "protected", &["group Finance-Readers is protected"]).await?;
    let member =
        json!({"op": "set_member", "group": "Finance-Readers", "user": "bartosz.wilk@acme.com", "member": true});
    bed.sandbox.apply(Vendor::Graph, member)?;
    let words = "Please add me to the group Engineering-Docs. I need the design documents.";
    refused(&bed, from("bartosz.wilk", words), "protected", &["Bartosz Wilk", "protected group Finance-Readers"])
        .await?;
    unchanged(&bed)?;
    let free = carded(&bed, "sarah.chen", LOST).await?;
    assert_eq!(bed.buttons(&free.run)?.len(), 2, "somebody else is not protected");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_are_planned_and_not_approvable() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let from = |who: &str, words: &str| ticket(&format!("{who}@acme.com"), "Please help", words);
    refused(&bed, from("omar.reyes", LOST), "protected", &["Omar Reyes", "administrator role User Administrator"])
        .await?;
    let roles =
        |user: &str, roles: Value| json!({"op": "set_roles", "user": format!("{user}@acme.com"), "roles": roles});
    bed.sandbox.apply(Vendor::Okta, roles("sarah.chen", json!(["SUPER_ADMIN"])))?;
    refused(
        &bed,
        from("sarah.chen", LOST),
        "protected",
        &["Sarah Chen", "administrator role Super administrator in okta"],
    )
    .await?;
    let words = "Please add me to the group Engineering-Docs. I need the design documents.";
    refused(
        &bed,
        from("sarah.chen", words),
        "protected",
        &["Sarah Chen", "administrator role Super administrator in okta"],
    )
    .await?;
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn administrator_by_a_group_is_protected_too() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.sandbox.apply(Vendor::Okta, json!({"op": "create_group", "name": "Help desk"}))?;
    bed.sandbox
        .apply(Vendor::Okta, json!({"op": "set_group_roles", "group": "Help desk", "roles": ["HELP_DESK_ADMIN"]}))?;
    let member = json!({"op": "set_member", "group": "Help desk", "user": "sarah.chen@acme.com", "member": true});
    bed.sandbox.apply(Vendor::Okta, member)?;
    let new = ticket("sarah.chen@acme.com", "Please help", LOST);
    refused(&bed, new, "protected", &["Sarah Chen", "administrator role Help desk administrator"]).await?;
    unchanged(&bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn target_that_became_an_administrator_after_the_approval_is_not_changed() -> anyhow::Result<()> {
    let Some(bed) = Bed::start_with(Settings::default(), &["--paused"]).await? else { return Ok(()) };
    let lost = carded(&bed, "sarah.chen", LOST).await?;
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_status(&lost.run, "executing").await?;
    let roles = json!({"op": "set_roles", "user": "sarah.chen@acme.com", "roles": ["APP_ADMIN"]});
    bed.sandbox.apply(Vendor::Okta, roles)?;
    let before = bed.changes("okta");
    bed.on_config(&["resume"]).await?.well()?;
    let run = bed.until_card(&lost.run, 2).await?;
    assert_eq!(run["plan"]["blockers"][0]["code"], "protected", "{run:#}");
    assert_eq!(bed.buttons(&lost.run)?, ["countersign.deny"], "the new plan can be approved");
    has(&bed.on_config(&["runs", "show", &lost.run]).await?.well()?.out, &["drifted", "App administrator"])?;
    assert_eq!(bed.changes("okta"), before, "an administrator was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_outside_a_runbooks_limits_are_not_approvable() -> anyhow::Result<()> {
    let limits = "[org.acme.runbook.RB-013]\nallow = { group = [\"proj-*\"] }\n\
                  [org.acme.runbook.RB-006]\ndeny = { license = [\"*E5*\"] }\n";
    let Some(bed) = Bed::start(Settings::default().and(limits)).await? else { return Ok(()) };
    let group = |name: &str| {
        let words = format!("Please add me to the group {name}. I need its documents.");
        ticket("lukas.brandt@acme.com", "Group access", &words)
    };
    refused(&bed, group("Engineering-Docs"), "not_allowed", &["Engineering-Docs", "allow proj-*"]).await?;
    let licence = ticket("sarah.chen@acme.com", "Licence", "Please assign me a Microsoft 365 E5 licence.");
    refused(&bed, licence, "not_allowed", &["E5", "deny"]).await?;
    unchanged(&bed)?;
    let allowed = bed.raise(group("proj-atlas")).await?;
    bed.until_card(&allowed.run, 1).await?;
    bed.approve(&allowed.run, APPROVER).await?;
    bed.until_done(&allowed.run, "succeeded").await?;
    bed.one_of_each(&allowed)
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_on_a_parameter_that_there_is_not_are_bad_configuration() -> anyhow::Result<()> {
    let settings = Settings::default().and("[org.acme.runbook.RB-013]\nallow = { team = [\"proj-*\"] }\n");
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    for command in ["serve", "check"] {
        let said = bed.on_config(&[command]).await?;
        assert_eq!(said.code, 64, "{command}: {said:?}");
        has(&format!("{}{}", said.out, said.err), &["RB-013", "team", "group"])?;
    }
    Ok(())
}
