//! The demo plays itself to its end.

use anyhow::Context;
use countersign_tests::{Bed, Settings};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn scripted_demo_ends_with_its_numbers() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let said = bed.cli(&["demo", "--script", "--json"], "").await?.well()?;
    let last: Value = serde_json::from_str(said.out.lines().last().context("the demo says nothing")?)?;
    let runs = last["runs"].as_object().context("no runs")?;
    let total: u64 = runs.values().filter_map(Value::as_u64).sum();
    assert!(total >= 14, "{last}");
    for outcome in ["succeeded", "denied", "expired", "no_action"] {
        assert!(runs.get(outcome).and_then(Value::as_u64).is_some_and(|count| count > 0), "no {outcome}: {last}");
    }
    for action in ["reset_password", "reset_factors", "create_user", "assign_license", "suspend_user", "add_to_group"] {
        assert!(last["effects"][action].as_u64().is_some_and(|count| count > 0), "no {action}: {last}");
    }
    assert_eq!(last["verified"], true);
    assert!(last["ledgerEntries"].as_u64().is_some_and(|count| count > 50), "{last}");
    assert!(last["notes"].as_u64().is_some_and(|count| count > 10), "{last}");
    for words in ["[Countersign] Runbook decision: APPROVED", "Engineering-Docs", "verified"] {
        assert!(said.out.contains(words), "the demo does not show {words:?}:\n{}", said.out);
    }
    Ok(())
}
