//! Ten thousand secrets are planted where people, vendors and configurations leave them, and none of them comes out: not
//! in the log (as talkative as it gets, in both formats), metrics, traces, answers, errors, the ledger, a run's story,
//! nor in what a command prints.
//!
//! What is exempt, and why, stands with the surfaces. Not asked about at all: what shows a quarantined body to whoever
//! may replay it, and the ticket's own words on the card, which are switched off here but for the one test about them.

mod answers;
mod commands;
mod configuration;
mod kinds;
mod requests;
mod search;
mod surfaces;
mod vendors;

use anyhow::ensure;
use countersign_sandbox::{NewTicket, Template, Vendor};
use countersign_tests::{APPROVER, Bed, OTHER_APPROVER, Raised, Settings, text_of, ticket, until};
use serde_json::{Map, Value, json};

use kinds::Kind;
use search::Garden;
use surfaces::{DENIAL_WORDS, Surface, gathered};
use vendors::Traces;

/// How many secrets each test plants.
const IN_TICKETS_AND_JSON_LOG: usize = 2_000;
const IN_TICKETS_AND_TEXT_LOG: usize = 2_000;
const IN_THE_CHANNEL: usize = 500;
const IN_QUOTED_WORDS: usize = 300;
const IN_REQUESTS: usize = 2_500;
const IN_ANSWERS: usize = 1_900;
const IN_CONFIGURATIONS: usize = 500;
const IN_COMMANDS: usize = 300;
const _: () = assert!(
    IN_TICKETS_AND_JSON_LOG
        + IN_TICKETS_AND_TEXT_LOG
        + IN_THE_CHANNEL
        + IN_QUOTED_WORDS
        + IN_REQUESTS
        + IN_ANSWERS
        + IN_CONFIGURATIONS
        + IN_COMMANDS
        == 10_000
);

/// What a ticket asks for, in words that are understood whatever else stands there.
const ASKS: [(&str, &str); 4] = [
    ("New phone", "I got a new phone and my authenticator did not move over. Please reset my MFA."),
    ("Group access", "Please add me to the group Engineering-Docs. I need the design documents."),
    ("Forgot my password", "I forgot my password. Please send me a reset link."),
    ("Printer", "The printer on the second floor has a paper jam again."),
];

/// Begins what somebody wrote before: it is no part of what is asked, and as much a part of the ticket as the rest.
const EARLIER: &str = "\n\n-----Original Message-----\nFrom: me\nSent: Monday\nTo: me\nSubject: notes\n\n";

const PEOPLE: [&str; 6] = ["sarah.chen", "tom.okafor", "priya.nair", "lukas.brandt", "maria.silva", "alex.kim"];

/// A configuration whose log says as much as it can, and whose traces are sent.
fn talkative(format: &str, traces: &str) -> Settings {
    quoting(format, traces, "none")
}

/// The same, with so much of the ticket's own words on the card.
fn quoting(format: &str, traces: &str, words: &str) -> Settings {
    Settings::default()
        .and(&format!("[log]\nformat = \"{format}\"\nlevel = \"trace\"\n[telemetry]\notlp_endpoint = \"{traces}\"\n"))
        .and(&format!("[org.acme.card]\nticket_text = \"{words}\"\n"))
}

/// Looks through everything that came out of a stage, its traces included.
async fn nothing_came_out(
    bed: &mut Bed,
    garden: &Garden,
    share: usize,
    traces: &Traces,
    mut more: Vec<Surface>,
) -> anyhow::Result<()> {
    ensure!(garden.count() == share, "{} secrets were planted instead of {share}", garden.count());
    more.extend(gathered(bed).await?);
    let traces = traces.bytes();
    ensure!(!traces.is_empty(), "no trace was sent");
    more.push(Surface::new("the traces", traces));
    garden.nothing_in(&more)
}

/// Somebody's ticket that gives secrets away in its words, its form and its items.
fn careless(garden: &mut Garden, number: usize, secrets: usize) -> NewTicket {
    let (subject, ask) = ASKS[number % ASKS.len()];
    let mut custom_fields = Map::new();
    for field in ["comment", "old_password", "device_pin"] {
        custom_fields.insert(field.to_owned(), json!(garden.plant("a field of the ticket's form").written()));
    }
    let items = ["Laptop", "VPN access"].map(|name| {
        let secret = garden.plant("a requested item").written();
        json!({"service_item_name": name, "remarks": secret, "custom_fields": {"token": secret}})
    });
    let words = garden.sentences("a ticket's description", secrets - 6);
    let subject = format!("{subject} {}", garden.plant_if("a ticket's subject", Kind::is_one_line).written());
    NewTicket {
        custom_fields,
        kind: if number.is_multiple_of(3) { "Service Request".to_owned() } else { String::new() },
        requested_items: items.to_vec(),
        ..ticket(&format!("{}@acme.com", PEOPLE[number % PEOPLE.len()]), &subject, &format!("{ask}{EARLIER}{words}"))
    }
}

/// Raises careless tickets with each of the desk's templates until as many secrets are planted as should be.
async fn raise_careless(bed: &Bed, garden: &mut Garden, share: usize) -> anyhow::Result<Vec<Raised>> {
    let mut all = Vec::new();
    while garden.count() < share {
        let number = all.len();
        let template = [Template::Countersign, Template::Unescaped, Template::IdOnly][number / ASKS.len() % 3];
        bed.rule(template, 1)?;
        let (left, most) = (share - garden.count(), if number % 5 == 4 { 150 } else { 50 });
        let new = careless(garden, number, if left < most + 50 { left } else { most });
        all.push(bed.raise(new).await?);
    }
    Ok(all)
}

/// Waits until nothing is left to be done about these, and returns those that wait for a decision.
async fn awaiting(bed: &Bed, all: &[Raised]) -> anyhow::Result<Vec<Raised>> {
    let mut waiting = Vec::new();
    for raised in all {
        let run = bed.until_quiet(&raised.run).await?;
        if text_of(&run, "/status") == "awaiting_approval"
            && run["plan"]["blockers"].as_array().is_none_or(Vec::is_empty)
        {
            waiting.push(raised.clone());
        }
    }
    Ok(waiting)
}

async fn tickets(format: &str, seed: u64, share: usize) -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(talkative(format, &address)).await? else { return Ok(()) };
    let mut garden = Garden::seeded(seed);
    let all = raise_careless(&bed, &mut garden, share).await?;
    let waiting = awaiting(&bed, &all).await?;
    ensure!(waiting.len() * 3 > all.len(), "{} of {} tickets were understood", waiting.len(), all.len());
    for (number, raised) in waiting.iter().enumerate() {
        match number % 4 {
            0 | 1 => bed.approve(&raised.run, APPROVER).await?,
            2 => ensure!(bed.replan(&raised.run).await?.status == 200, "{} is not planned again", raised.run),
            _ => ensure!(bed.decide(&raised.run, "deny", Some("other")).await?.status == 200, "{}", raised.run),
        }
    }
    for raised in &waiting {
        bed.until_quiet(&raised.run).await?;
    }
    let mut more = Vec::new();
    for raised in all.iter().step_by(3) {
        more.push(Surface::new("the answer to a ticket", raised.answer.to_string()));
        let number = raised.ticket.to_string();
        for arguments in [&["plan", "--ticket-id", &number][..], &["plan", "--ticket-id", &number, "--json"]] {
            more.push(Surface::said("plan --ticket-id", &bed.on_config(arguments).await?));
        }
    }
    nothing_came_out(&mut bed, &garden, share, &traces, more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_tickets_stay_there_with_a_log_in_json() -> anyhow::Result<()> {
    tickets("json", 1, IN_TICKETS_AND_JSON_LOG).await
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_tickets_stay_there_with_a_log_as_text() -> anyhow::Result<()> {
    tickets("text", 2, IN_TICKETS_AND_TEXT_LOG).await
}

/// What stands behind a word such as "password" is masked where a card quotes the ticket.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_called_so_are_masked_on_the_card() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(quoting("json", &address, "excerpt")).await? else { return Ok(()) };
    let mut garden = Garden::seeded(3);
    let mut all = Vec::new();
    for number in 0..IN_QUOTED_WORDS / 10 {
        let mut words = format!("Please reset my MFA, I lost my phone.{EARLIER}");
        for place in 0..10 {
            let called = ["My password is {} ok?", "password: {}", "Passwort: {}", "pw={}", "token: {}"][place % 5];
            let secret = garden.plant_if("the quoted words of a ticket", |kind| {
                kind.is_one_line() && !matches!(kind, Kind::Passphrase | Kind::Okta | Kind::BasicHeader)
            });
            words.push_str(&format!("\n{}", called.replace("{}", &secret.written())));
        }
        let who = format!("{}@acme.com", PEOPLE[number % PEOPLE.len()]);
        all.push(bed.raise(ticket(&who, "New phone", &words)).await?);
    }
    ensure!(awaiting(&bed, &all).await?.len() == all.len(), "not every ticket was understood");
    let channel = bed.sandbox.state()["slack"]["channels"].to_string();
    ensure!(channel.contains("My password is ••••"), "no words are quoted: {channel}");
    nothing_came_out(&mut bed, &garden, IN_QUOTED_WORDS, &traces, Vec::new()).await
}

/// Strangers' names and what they send, and the words of approvers, which go where decisions are read and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_the_channel_go_no_further() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(talkative("text", &address)).await? else { return Ok(()) };
    let mut garden = Garden::seeded(4);
    let mut more = Vec::new();
    for number in 0..20 {
        let who = format!("{}@acme.com", PEOPLE[number % PEOPLE.len()]);
        let raised = bed.raise(ticket(&who, ASKS[0].0, ASKS[0].1)).await?;
        bed.until_card(&raised.run, 1).await?;
        let name = garden.plant_if("a stranger's name", Kind::is_one_line).written();
        let stranger = json!({"op": "set_member", "id": "U0789SARAH", "name": name});
        bed.sandbox.apply(Vendor::Slack, stranger)?;
        let told = bed.told("U0789SARAH").len();
        bed.press(&raised.run, "countersign.approve", "U0789SARAH").await?;
        until("the stranger is told", async || Ok((bed.told("U0789SARAH").len() > told).then_some(()))).await?;
        let words = garden.sentences(DENIAL_WORDS, 3);
        if number % 2 == 0 {
            let answer = bed.deny(&raised.run, OTHER_APPROVER, "other", &words).await?;
            ensure!(answer.is_ok(), "{answer:?}");
        } else {
            ensure!(bed.decide(&raised.run, "deny", Some(&words)).await?.status == 200, "{}", raised.run);
        }
        bed.until_done(&raised.run, "denied").await?;
    }
    while garden.count() < IN_THE_CHANNEL {
        let count = (IN_THE_CHANNEL - garden.count()).min(6);
        more.push(forged(&bed, &mut garden, count).await?);
    }
    nothing_came_out(&mut bed, &garden, IN_THE_CHANNEL, &traces, more).await
}

/// An interaction with a secret in each of its parts: unsigned, badly signed, or well signed and none that is known.
async fn forged(bed: &Bed, garden: &mut Garden, count: usize) -> anyhow::Result<Surface> {
    let number = garden.count();
    let kind = ["block_actions", "view_submission", "shortcut"][number % 3];
    let mut payload = json!({
        "type": kind,
        "team": {"id": "T0ACME"}, "user": {"id": "U0STRANGER", "team_id": "T0ACME"},
        "actions": [{"type": "button", "action_id": "countersign.approve", "action_ts": "1"}],
        "view": {"id": "V1", "callback_id": "x", "private_metadata": "y", "state": {"values": {}}},
    });
    let places =
        ["/user/name", "/user/id", "/actions/0/value", "/actions/0/action_id", "/view/private_metadata", "/token"];
    for place in &places[..count] {
        let secret = garden.plant("an interaction");
        put(&mut payload, place, &secret.written());
    }
    let body = format!("payload={}", kinds::percent(&payload.to_string(), true));
    let stamp = (countersign_sandbox::system_now()() / 1_000_000).to_string();
    let signature = countersign_sandbox::slack_signature("sandbox-signing-secret", &stamp, body.as_bytes());
    let good = [("x-slack-request-timestamp", stamp.as_str()), ("x-slack-signature", signature.as_str())];
    let headers = if number.is_multiple_of(4) { &[][..] } else { &good[..] };
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let (_, answer) = bed.exchange("POST", "/webhooks/acme/it-approvals", &headers, body.into_bytes()).await?;
    Ok(Surface::new("the answer to an interaction", answer))
}

/// Puts a text where a pointer of existing objects leads to.
fn put(value: &mut Value, pointer: &str, text: &str) {
    let (holder, key) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(holder) = value.pointer_mut(holder).and_then(Value::as_object_mut) {
        holder.insert(key.to_owned(), json!(text));
    }
}
