//! Secrets in what vendors answer: in bodies and headers, in refusals and failures, in the vendor's own form and in none.

use anyhow::ensure;
use countersign_tests::{APPROVER, Bed, Raised, text_of, ticket, until};
use serde_json::json;

use super::{
    ASKS, IN_ANSWERS, PEOPLE,
    kinds::Kind,
    nothing_came_out,
    search::Garden,
    surfaces::Surface,
    talkative,
    vendors::{Between, Loud, Traces},
};

/// Whose form an answer has.
#[derive(Clone, Copy)]
enum Vendor {
    Freshservice,
    Slack,
    Okta,
    Graph,
    SignIn,
}

/// What is asked of vendors until a card stands, and from the decision on.
const BEFORE: [(Vendor, &str, &str); 6] = [
    (Vendor::Freshservice, "GET", "/freshservice/api/v2/tickets/"),
    (Vendor::Okta, "GET", "/okta/api/v1/users"),
    (Vendor::SignIn, "POST", "/graph/5a4db0c5"),
    (Vendor::Graph, "GET", "/graph/v1.0/users"),
    (Vendor::Graph, "GET", "/graph/v1.0/groups"),
    (Vendor::Slack, "POST", "/slack/api/chat.postMessage"),
];
const AFTER: [(Vendor, &str, &str); 5] = [
    (Vendor::Freshservice, "POST", "/freshservice/api/v2/tickets/"),
    (Vendor::Freshservice, "PUT", "/freshservice/api/v2/conversations/"),
    (Vendor::Okta, "POST", "/okta/api/v1/users/"),
    (Vendor::Graph, "POST", "/graph/v1.0/groups/"),
    (Vendor::Slack, "POST", "/slack/api/chat.update"),
];

const STATUSES: [u16; 8] = [200, 302, 400, 401, 403, 404, 422, 503];

/// A sentence of a vendor's that repeats what it was sent or what it holds.
fn words(garden: &mut Garden, number: usize) -> String {
    let secret = garden.plant_if("a vendor's words", Kind::is_telling).written();
    let sentences = [
        "Invalid token provided: {}",
        "The value '{}' of the field password is not accepted.",
        "Password {} does not meet the requirements",
        "request failed, Authorization: {} was refused",
        "Resource \"{}\" does not exist or one of its queried reference-property objects are not present.",
        "secret={} is expired",
    ];
    sentences[number % sentences.len()].replace("{}", &secret)
}

fn body(vendor: Vendor, status: u16, garden: &mut Garden, number: usize) -> String {
    let slack_code = ["invalid_blocks", "internal_error", "invalid_auth", "fatal_error"][number % 4];
    let mut say = || words(garden, number);
    let value = match vendor {
        Vendor::Freshservice if number.is_multiple_of(2) => json!({
            "description": say(), "errors": [{"field": "body", "message": say(), "code": "invalid_value"}], "debug": say(),
        }),
        Vendor::Freshservice => json!({"code": "access_denied", "message": say(), "request": say()}),
        Vendor::Slack => json!({
            "ok": false, "error": slack_code, "warning": say(),
            "response_metadata": {"messages": [say(), say()]},
        }),
        Vendor::Okta => {
            let code = ["E0000001", "E0000007", "E0000011", "E0000006", "E0000009"][number % 5];
            json!({"errorCode": code, "errorSummary": say(), "errorId": say(), "errorCauses": [{"errorSummary": say()}]})
        }
        Vendor::Graph => json!({"error": {
            "code": "Request_BadRequest", "message": say(), "innerError": {"request-id": say(), "client": say()},
        }}),
        Vendor::SignIn => json!({
            "error": "invalid_client", "error_description": format!("AADSTS7000215: {}", say()), "error_codes": [7_000_215],
            "trace_id": say(), "access_token": if status == 200 { json!(4) } else { json!(say()) },
        }),
    };
    match number % 7 {
        // What a gateway before the vendor says, and what was cut off.
        5 => format!("<html><title>{status}</title><p>{}</p>{value}", words(garden, number)),
        6 => {
            let text = value.to_string();
            let half = (0..=text.len() * 4 / 5).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default();
            text[..half].to_owned()
        }
        _ => value.to_string(),
    }
}

fn loud((vendor, method, begins): (Vendor, &'static str, &'static str), status: u16, garden: &mut Garden) -> Loud {
    let number = garden.count();
    let body = body(vendor, status, garden, number);
    let mut header = || garden.plant_if("a vendor's header", Kind::is_one_line).written();
    let headers = vec![
        ("www-authenticate", format!("Bearer error=\"{}\"", header())),
        ("location", format!("https://elsewhere.example/?code={}", header())),
        ("set-cookie", header()),
        ("x-oauth-scopes", header()),
        (if number.is_multiple_of(2) { "retry-after" } else { "link" }, header()),
        ("x-okta-request-id", header()),
    ];
    Loud { method, begins, status, headers, body }
}

/// The stage with the stand-in before its vendors.
async fn stage(lasting: bool, traces: &str) -> anyhow::Result<Option<(Bed, Between)>> {
    let Some(mut bed) = Bed::start(talkative("text", traces)).await? else { return Ok(None) };
    let (between, address) = Between::start(bed.sandbox.addr(), lasting).await?;
    let text = std::fs::read_to_string(&bed.config)?;
    std::fs::write(&bed.config, text.replace(&bed.sandbox.addr().to_string(), &address.to_string()))?;
    bed.serve().await?;
    Ok(Some((bed, between)))
}

async fn raise(bed: &Bed, count: usize) -> anyhow::Result<Vec<Raised>> {
    let mut all = Vec::new();
    for number in 0..count {
        let (subject, words) = ASKS[number % 3];
        all.push(bed.raise(ticket(&format!("{}@acme.com", PEOPLE[number % PEOPLE.len()]), subject, words)).await?);
    }
    Ok(all)
}

/// Decides about whatever waits for it, until every answer was given.
async fn all_said(bed: &Bed, between: &Between) -> anyhow::Result<()> {
    let said = until("every answer was given", async || {
        let waiting = bed.get("/api/v1/runs?limit=200&status=awaiting_approval").await?;
        for run in waiting["runs"].as_array().into_iter().flatten() {
            let run = text_of(run, "/runId");
            let decided = bed.decide(run, "approve", None).await?;
            if decided.status != 200 {
                bed.replan(run).await?;
            }
        }
        Ok(between.left().is_empty().then_some(()))
    });
    said.await.map_err(|error| error.context(format!("left are {:?}", between.left())))
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_answers_of_vendors_are_not_repeated() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some((mut bed, between)) = stage(false, &address).await? else { return Ok(()) };
    let mut garden = Garden::seeded(6);
    for place in BEFORE {
        STATUSES.iter().for_each(|status| between.say(loud(place, *status, &mut garden)));
    }
    let mut raised = raise(&bed, 24).await?;
    all_said(&bed, &between).await?;
    for place in AFTER {
        STATUSES.iter().for_each(|status| between.say(loud(place, *status, &mut garden)));
    }
    raised.extend(raise(&bed, 36).await?);
    all_said(&bed, &between).await?;
    let (mut more, rest) = (Vec::new(), between.clone());
    ensure!(garden.count() < IN_ANSWERS, "{} secrets are too many", garden.count());
    let (shouting, address) = Between::start(bed.sandbox.addr(), true).await?;
    more.extend(shouted_at(&bed, &shouting, address, &mut garden).await?);
    ensure!(rest.left().is_empty(), "{:?}", rest.left());
    let pressed = bed.press(&raised[0].run, "countersign.approve", APPROVER).await;
    drop(pressed);
    nothing_came_out(&mut bed, &garden, IN_ANSWERS, &traces, more).await
}

/// What commands print to whom every vendor gives such answers and nothing else.
async fn shouted_at(
    bed: &Bed,
    shouting: &Between,
    address: std::net::SocketAddr,
    garden: &mut Garden,
) -> anyhow::Result<Vec<Surface>> {
    let everything = [
        (Vendor::Freshservice, "GET", "/freshservice/"),
        (Vendor::Freshservice, "POST", "/freshservice/"),
        (Vendor::Slack, "POST", "/slack/"),
        (Vendor::Slack, "GET", "/slack/"),
        (Vendor::Okta, "GET", "/okta/"),
        (Vendor::SignIn, "POST", "/graph/"),
        (Vendor::Graph, "GET", "/graph/"),
    ];
    while garden.count() + 20 <= IN_ANSWERS {
        let number = garden.count();
        shouting.say(loud(everything[number % everything.len()], STATUSES[number / 7 % STATUSES.len()], garden));
    }
    let left = IN_ANSWERS - garden.count();
    let last = (0..left).map(|number| words(garden, number)).collect::<Vec<_>>().join("; ");
    let description = json!({"description": last}).to_string();
    let begins = "/freshservice/";
    shouting.say(Loud { method: "GET", begins, status: 400, headers: Vec::new(), body: description });
    let text = std::fs::read_to_string(&bed.config)?;
    let url = vendors_address(&text);
    let config = bed.write("shouting.toml", &text.replace(&url, &address.to_string()))?.display().to_string();
    let file = bed.write(
        "ticket.json",
        &json!({"subject": ASKS[0].0, "description": ASKS[0].1, "requesterEmail": "sarah.chen@acme.com"}).to_string(),
    )?;
    let file = file.display().to_string();
    let mut more = Vec::new();
    let commands: [&[&str]; 6] = [
        &["check"],
        &["check", "--json"],
        &["check", "--card"],
        &["check", "--ticket", "1"],
        &["plan", "--ticket-id", "1"],
        &["plan", "--ticket", &file],
    ];
    for arguments in commands.iter().cycle().take(3 * commands.len()) {
        let said = bed.cli(&[arguments, &["--config", &config][..]].concat(), "").await?;
        more.push(Surface::said(&arguments.join(" "), &said));
    }
    Ok(more)
}

/// `host:port` of the first vendor in a configuration.
fn vendors_address(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("base_url = \"http://"));
    line.and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned()
}
