//! Secrets on the command line, on standard input and in files, where something else should be.

use countersign_tests::Bed;
use serde_json::json;

use super::{
    IN_COMMANDS, kinds, kinds::Kind, nothing_came_out, search::Garden, surfaces::Surface, talkative, vendors::Traces,
};

/// Arguments in which `{}` stands for a secret, and those that are given the configuration.
const ARGUMENTS: [&[&str]; 34] = [
    &["{}"],
    &["--{}"],
    &["serve", "{}"],
    &["key", "{}"],
    &["key", "create", "--name", "x", "--scope", "{}"],
    &["key", "create", "--name", "x", "--scope", "run:read", "--person", "{}"],
    &["key", "create", "--name", "x", "--scope", "run:decide", "--person", "mail:{}"],
    &["key", "create", "--name", "x", "--scope", "run:read", "--desk", "{}"],
    &["key", "create", "--name", "x", "--scope", "run:read", "--org", "{}"],
    &["key", "create", "--name", "x", "--scope", "run:read", "--expires-after", "{}"],
    &["key", "revoke", "{}"],
    &["runs", "list", "--status", "{}"],
    &["runs", "list", "--intent", "{}"],
    &["runs", "list", "--desk", "{}"],
    &["runs", "list", "--reason", "{}"],
    &["runs", "list", "--since", "{}"],
    &["runs", "list", "--limit", "{}"],
    &["runs", "list", "--org", "{}"],
    &["runs", "show", "{}"],
    &["runs", "replan", "{}"],
    &["runs", "cancel", "{}"],
    &["runs", "replan", "run_01k00000000000000000000000", "--intent", "{}"],
    &["runs", "replan", "run_01k00000000000000000000000", "--intent", "mfa_reset", "--person", "{}"],
    &["quarantine", "show", "{}"],
    &["quarantine", "replay", "qua_01k00000000000000000000000", "--ticket", "{}"],
    &["pause", "--runbook", "{}"],
    &["resume", "--runbook", "{}"],
    &["check", "--ticket", "{}"],
    &["plan", "--ticket-id", "{}"],
    &["plan", "--ticket-id", "1", "--desk", "{}"],
    &["ledger", "verify", "--head", "{}"],
    &["ledger", "export", "--org", "{}"],
    &["setup", "{}"],
    &["setup", "slack", "--org", "{}"],
];

#[tokio::test(flavor = "multi_thread")]
async fn secrets_given_to_commands_are_not_printed() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(talkative("text", &address)).await? else { return Ok(()) };
    let raised =
        bed.raise(countersign_tests::ticket("sarah.chen@acme.com", super::ASKS[0].0, super::ASKS[0].1)).await?;
    bed.until_card(&raised.run, 1).await?;
    let mut garden = Garden::seeded(7);
    let mut more = in_files(&bed, &mut garden).await?;
    let mut number = 0;
    while garden.count() < IN_COMMANDS {
        let arguments = ARGUMENTS[number % ARGUMENTS.len()];
        let secret = garden
            .plant_if("an argument", |kind| kind.is_telling() && !(kind == Kind::Card && takes_a_number(arguments)))
            .written();
        let filled: Vec<_> = arguments.iter().map(|argument| argument.replace("{}", &secret)).collect();
        let filled: Vec<_> = filled.iter().map(String::as_str).collect();
        let said = bed.on_config(&filled).await?;
        // A list of what there is none of is empty.
        assert!(said.code != 0 || arguments.starts_with(&["runs", "list"]), "{arguments:?} succeeded: {said:?}");
        more.push(Surface::said(&arguments.join(" "), &said));
        number += 1;
    }
    nothing_came_out(&mut bed, &garden, IN_COMMANDS, &traces, more).await
}

/// What consists of digits is a ticket's number, and is told as one.
fn takes_a_number(arguments: &[&str]) -> bool {
    arguments.iter().any(|argument| argument.starts_with("--ticket"))
}

async fn in_files(bed: &Bed, garden: &mut Garden) -> anyhow::Result<Vec<Surface>> {
    let mut more = Vec::new();
    let mut lines = String::new();
    for (number, (subject, ask)) in super::ASKS.iter().cycle().take(20).enumerate() {
        let words = format!("{ask}\n{}", garden.sentences("a line for `classify`", 4));
        let line =
            json!({"id": number, "subject": subject, "description": words, "requesterEmail": "sarah.chen@acme.com"});
        lines.push_str(&format!("{line}\n"));
    }
    let broken = garden.plant_if("a broken line for `classify`", Kind::is_one_line).written();
    lines.push_str(&format!(
        "{{\"id\":\"x\",\"subject\":\"{broken}\n{{\"id\":1,\"subject\":[\"{}\"]}}\n",
        kinds::percent(&broken, true)
    ));
    more.push(Surface::said("classify", &bed.cli(&["classify"], &lines).await?));
    let words = format!("{}\n{}", super::ASKS[0].1, garden.sentences("a ticket's file", 20));
    let files = [
        json!({"subject": super::ASKS[0].0, "description": words, "requesterEmail": "sarah.chen@acme.com"}).to_string(),
        json!({"subject": [garden.plant("a ticket's file").written()]}).to_string(),
        json!({"unknown": garden.plant("a ticket's file").written()}).to_string(),
        garden.plant("a ticket's file").written(),
    ];
    for text in files {
        let file = bed.write("ticket.json", &text)?.display().to_string();
        for arguments in [&["plan", "--ticket", &file][..], &["plan", "--ticket", &file, "--json"]] {
            more.push(Surface::said("plan --ticket", &bed.on_config(arguments).await?));
        }
    }
    let runbooks = [
        garden.plant_if("a runbook's file", Kind::is_telling).written(),
        format!("id = \"{}\"", garden.plant_if("a runbook's file", Kind::is_telling).written()),
        format!(
            "[runbook]\nid = \"X-1\"\nrisk = \"{}\"",
            garden.plant_if("a runbook's file", Kind::is_telling).written()
        ),
        format!("id = {}", garden.plant_if("a runbook's file", Kind::is_telling).written()),
    ];
    for text in runbooks {
        let file = bed.write("runbook.toml", &text)?.display().to_string();
        more.push(Surface::said("runbook check", &bed.cli(&["runbook", "check", &file], "").await?));
    }
    for _ in 0..6 {
        let text =
            format!("{}\n{{\"x\":\"{}\"}}\n", garden.plant("an export").written(), garden.plant("an export").written());
        let file = bed.write("export.jsonl", &text)?.display().to_string();
        more.push(Surface::said(
            "ledger verify --export",
            &bed.cli(&["ledger", "verify", "--export", &file], "").await?,
        ));
    }
    Ok(more)
}
