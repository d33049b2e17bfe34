//! The catalogue on the command line, and an administrator's own runbook.

use countersign_tests::{APPROVER, Bed, Settings, text_of, ticket};
use serde_json::json;

const OWN: &str = r#"id = "ACME-001"
name = "Sign out everywhere"
intent = "sign_out_everywhere"
risk = "medium"
description = "Ends every Okta session of a user whose laptop is gone."

examples = [
  "My laptop was stolen on the train, please sign me out everywhere.",
  "Lost my notebook. Please end all my sessions.",
  "Please sign Mara Ilves (mara.ilves@acme.com) out of all devices, her laptop was stolen.",
  "I left my tablet in a taxi and I am still logged in on it. Can you log me out of everything?",
  "Somebody took Ben Carver's work computer from his car last night. Please terminate his active sessions.",
  "I used a public computer in a hotel and forgot to log off, could you please close all sessions of my account?",
  "Our sales rep lost her iPad at the fair. Please revoke the sessions of lin.tao@acme.com on every device.",
  "Device stolen! Please kick all sessions for my user now.",
]
not_examples = [
  "My laptop is slow, please have a look.",
  "How do I sign out of the meeting room display?",
]

[params.user]
kind = "person"
description = "Whose sessions are ended"

[[steps]]
system = "okta"
action = "clear_sessions"
user = "user"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn own_runbook_works_like_a_built_in_one() -> anyhow::Result<()> {
    let settings = Settings::default().edit("time_zone =", "runbooks_dir = \"runbooks\"\ntime_zone =");
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(()) };
    bed.write("runbooks/ACME-001.toml", OWN)?;
    bed.write("runbooks/README.md", "Not a runbook.")?;
    bed.key = bed.new_key(&["--name", "t", "--scope", "ticket:ingest,run:read,catalog:read"]).await?;
    bed.serve().await?;
    let listed = bed.on_config(&["runbook", "list", "--json"]).await?.well()?.lines()?;
    assert_eq!(listed.len(), 8);
    assert!(listed.iter().any(|one| one["id"] == "ACME-001" && one["steps"] == json!(["okta:clear_sessions"])));
    let served = bed.get("/api/v1/runbooks").await?;
    assert_eq!(served["runbooks"].as_array().map(Vec::len), Some(8));
    // In words that none of the examples has.
    let words =
        "Somebody took my notebook from the conference room this morning. Could you please close all my sessions?";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "Theft", words)).await?;
    assert_eq!(raised.answer["intent"], "sign_out_everywhere", "{}", raised.answer);
    assert_eq!(raised.answer["runbook"], "ACME-001");
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert!(bed.note(raised.ticket)?.contains("Runbook: Sign out everywhere"));
    assert_eq!(bed.succeeded("okta", "DELETE", "/api/v1/users/{userId}/sessions"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_lists_the_seven() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let listed = bed.cli(&["runbook", "list", "--json"], "").await?.well()?.lines()?;
    let ids: Vec<_> = listed.iter().map(|one| text_of(one, "/id")).collect();
    assert_eq!(ids, ["RB-001", "RB-002", "RB-003", "RB-006", "RB-007", "RB-011", "RB-013"]);
    let plain = bed.cli(&["runbook", "list"], "").await?.well()?;
    assert_eq!(plain.out.lines().count(), 7, "{}", plain.out);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_of_a_good_file_says_so() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let file = bed.write("own.toml", OWN)?.display().to_string();
    let said = bed.cli(&["runbook", "check", &file], "").await?.well()?;
    assert!(said.out.contains("ACME-001") && said.out.contains("well-formed"), "{}", said.out);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_refuses_examples_that_do_not_do() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let begin = OWN.find("  \"I left my tablet").unwrap_or_default();
    let end = OWN.find("]\nnot_examples").unwrap_or_default();
    let few = format!("{}{}", &OWN[..begin], &OWN[end..]);
    let file = bed.write("few.toml", &few)?.display().to_string();
    let said = bed.cli(&["runbook", "check", &file], "").await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("3 `examples` are too few") && said.out.contains("at least 8"), "{}", said.out);
    let greedy = [
        "I forgot my password, please reset it.",
        "Please reset the password of Tom Okafor, he cannot remember it.",
        "My password has expired, I need a new one.",
        "Forgot my login password again, can you set a new one?",
        "She does not know her password any more, please reset it for her.",
        "Need a password reset please, I forgot mine over the holidays.",
        "The password I had is not accepted and I have forgotten the new one.",
        "Could you give me a new password? The old one has expired.",
    ];
    let listed: String = greedy.iter().map(|text| format!("  {text:?},\n")).collect();
    let begin = OWN.find("  \"My laptop was stolen on").unwrap_or_default();
    let file = bed.write("greedy.toml", &format!("{}{listed}{}", &OWN[..begin], &OWN[end..]))?.display().to_string();
    let said = bed.cli(&["runbook", "check", &file], "").await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("`password_reset`"), "what it collides with is named: {}", said.out);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_of_a_bad_file_names_each_place() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let broken = OWN.replace("clear_sessions", "clear_session").replace("user = \"user\"", "user = \"somebody\"");
    let file = bed.write("bad.toml", &broken)?.display().to_string();
    let said = bed.cli(&["runbook", "check", &file], "").await?;
    assert_eq!(said.code, 1, "{said:?}");
    let action = 1 + broken.lines().position(|line| line.starts_with("action")).unwrap_or_default();
    let user = 1 + broken.lines().position(|line| line.starts_with("user =")).unwrap_or_default();
    for line in [action, user] {
        assert!(said.out.contains(&format!("{file}:{line}:")), "line {line} is not named:\n{}", said.out);
    }
    assert!(said.out.contains("clear_sessions"), "the near one is suggested:\n{}", said.out);
    let file = bed.write("worse.toml", "id = \"X\nname")?.display().to_string();
    let said = bed.cli(&["runbook", "check", &file], "").await?;
    assert_eq!(said.code, 1);
    assert!(said.out.contains(":1:"), "{}", said.out);
    let said = bed.cli(&["runbook", "check", "/nowhere.toml"], "").await?;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("/nowhere.toml"), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn service_does_not_start_with_a_bad_runbook() -> anyhow::Result<()> {
    let settings = Settings::default().edit("time_zone =", "runbooks_dir = \"runbooks\"\ntime_zone =");
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(()) };
    bed.write("runbooks/bad.toml", &OWN.replace("clear_sessions", "format_disk"))?;
    let Err(error) = bed.serve().await else { anyhow::bail!("it started") };
    let said = format!("{error:#}");
    assert!(said.contains("bad.toml") && said.contains("format_disk"), "{said}");
    Ok(())
}
