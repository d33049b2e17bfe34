//! The ledger: it verifies, it can be taken along, and what was done to it is found.

use anyhow::{Context, ensure};
use countersign_tests::{APPROVER, Bed, Settings, text_of, ticket};
use serde_json::Value;

/// A stage on which one run went through, with the service stopped.
async fn after_a_run() -> anyhow::Result<Option<(Bed, Vec<Value>)>> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(None) };
    let words = "I got a new phone and my authenticator did not move over. Please reset my MFA.";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    let entries = bed.entries().await?;
    bed.service_mut()?.ask_to_stop()?;
    ensure!(bed.service_mut()?.ended().await?.success(), "the service did not stop well");
    Ok(Some((bed, entries)))
}

fn bytes_of(hex: &str) -> anyhow::Result<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).map(|pair| u8::from_str_radix(pair, 16)));
    Ok(pairs.collect::<Result<Result<Vec<u8>, _>, _>>()??)
}

fn places(haystack: &[u8], needle: &[u8]) -> Vec<usize> {
    haystack.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).map(|(place, _)| place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_tells_the_whole_story_and_verifies() -> anyhow::Result<()> {
    let Some((bed, entries)) = after_a_run().await? else { return Ok(()) };
    let kinds: Vec<_> = entries.iter().map(|entry| text_of(entry, "/kind")).collect();
    for kind in ["plan.made", "plan.approved", "run.finished"] {
        assert!(kinds.contains(&kind), "no {kind}: {kinds:?}");
    }
    let approved = kinds.iter().position(|kind| *kind == "plan.approved").context("no approval")?;
    let ended = kinds.iter().position(|kind| kind.starts_with("step.")).context("no step")?;
    assert!(approved < ended, "{kinds:?}");
    let made = entries.iter().find(|entry| entry["kind"] == "plan.made").context("no plan")?;
    assert_eq!(made["planDigest"], entries[approved]["planDigest"]);
    let verified = bed.on_config(&["ledger", "verify", "--json"]).await?.well()?.lines()?;
    assert_eq!((&verified[0]["org"], &verified[0]["verified"]), (&"acme".into(), &true.into()));
    assert!(verified[0]["entries"].as_u64().context("no count")? >= entries.len() as u64);
    let last = entries.last().context("no entries")?;
    let head = format!("{}:{}", last["seq"], text_of(last, "/hash"));
    bed.on_config(&["ledger", "verify", "--head", &head]).await?.well()?;
    let other = format!("{}:{}", last["seq"], "0".repeat(64));
    let refused = bed.on_config(&["ledger", "verify", "--head", &other]).await?;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(bed.on_config(&["ledger", "verify", "--head", "nonsense"]).await?.code, 2);
    assert_eq!(bed.cli(&["ledger", "verify"], "").await?.code, 2, "nothing to verify is named");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_byte_of_the_database_is_found() -> anyhow::Result<()> {
    let Some((bed, entries)) = after_a_run().await? else { return Ok(()) };
    let whole = std::fs::read(bed.database())?;
    let middle = &entries[entries.len() / 2];
    let hash = bytes_of(text_of(middle, "/hash"))?;
    let found = places(&whole, &hash);
    assert!(found.len() >= 2, "an entry's hash stands in it and in its successor");
    for place in found {
        let mut changed = whole.clone();
        changed[place + 7] ^= 1;
        std::fs::write(bed.database(), &changed)?;
        let said = bed.on_config(&["ledger", "verify"]).await?;
        assert_eq!(said.code, 1, "a changed hash is not found: {said:?}");
        assert!(said.err.contains("entry"), "the entry is named: {}", said.err);
    }
    let (is, forged) = (b"Reset all 2 enrolled", b"Reset all 1 enrolled");
    let mut changed = whole.clone();
    for place in places(&whole, is) {
        changed[place..place + is.len()].copy_from_slice(forged);
    }
    assert_ne!(changed, whole);
    std::fs::write(bed.database(), &changed)?;
    let said = bed.on_config(&["ledger", "verify"]).await?;
    assert_eq!(said.code, 1, "a changed plan is not found: {said:?}");
    std::fs::write(bed.database(), &whole)?;
    bed.on_config(&["ledger", "verify"]).await?.well()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn export_verifies_elsewhere_and_a_change_in_it_is_found() -> anyhow::Result<()> {
    let Some((bed, entries)) = after_a_run().await? else { return Ok(()) };
    let file = bed.folder.path().join("ledger.jsonl").display().to_string();
    bed.on_config(&["ledger", "export", "--output", &file]).await?.well()?;
    let to_stdout = bed.on_config(&["ledger", "export"]).await?.well()?;
    let text = std::fs::read_to_string(&file)?;
    assert_eq!(to_stdout.out.lines().count(), text.lines().count());
    assert_eq!(text.lines().count(), entries.len() + 1, "a header and the entries");
    let verified = bed.cli(&["ledger", "verify", "--export", &file, "--json"], "").await?.well()?.lines()?;
    assert_eq!(verified[0]["verified"], true);
    let lines: Vec<_> = text.lines().collect();
    let half = lines.len() / 2;
    let without = |gone: usize| {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != gone);
        kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
    };
    let cut: String = text.chars().take(text.len() - 40).collect();
    let broken = [
        ("an entry is missing", without(half)),
        ("the last entry is missing", without(lines.len() - 1)),
        ("the header is missing", without(0)),
        ("another actor", text.replacen("plan.approved", "plan.denied", 1)),
        ("the file is cut", cut),
        ("entries are swapped", {
            let mut swapped = lines.clone();
            swapped.swap(half, half + 1);
            swapped.join("\n")
        }),
        ("an empty file", String::new()),
        ("not an export", "hello\n".to_owned()),
    ];
    for (what, text) in broken {
        let path = bed.write("broken.jsonl", &text)?.display().to_string();
        let said = bed.cli(&["ledger", "verify", "--export", &path], "").await?;
        assert_eq!(said.code, 1, "{what}: {said:?}");
        assert!(!said.err.trim().is_empty(), "{what} is not explained");
    }
    let said = bed.cli(&["ledger", "verify", "--export", "/nowhere/ledger.jsonl"], "").await?;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("/nowhere/ledger.jsonl"), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_of_a_store_in_which_nothing_happened_is_said_to_be_empty() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let refused = bed.on_config(&["ledger", "verify"]).await?;
    assert_eq!(refused.code, 1, "a database that is not there is not verified: {refused:?}");
    assert!(refused.err.contains("there is no database at"), "{}", refused.err);
    bed.on_config(&["key", "list"]).await?.well()?;
    let said = bed.on_config(&["ledger", "verify"]).await?.well()?;
    assert!(said.out.contains("no ledger yet"), "{}", said.out);
    Ok(())
}
