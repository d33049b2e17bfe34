//! Secrets in requests to the service: in bodies, headers, paths and queries, with a good key, a bad one and none.

use countersign_sandbox::NewTicket;
use countersign_tests::{Bed, text_of, ticket};
use serde_json::{Value, json};

use super::{
    ASKS, IN_REQUESTS, kinds,
    kinds::Kind,
    nothing_came_out,
    search::Garden,
    surfaces::{REQUEST_ID, Surface},
    talkative,
    vendors::Traces,
};

/// A request, and what it is called where its answer gives something away.
struct Asked {
    name: &'static str,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn new(name: &'static str, method: &'static str, path: impl Into<String>) -> Self {
        Self { name, method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn key(self, key: &str) -> Self {
        let value = format!("Bearer {key}");
        self.with("authorization", value)
    }

    fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    fn bytes(self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { body, ..self.with("content-type", kind) }
    }

    async fn send(self, bed: &Bed) -> anyhow::Result<Surface> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let (status, answer) = bed.exchange(self.method, &self.path, &headers, self.body).await?;
        let name = format!("the answer ({status}) to {}", self.name);
        Ok(Surface::new(name, answer).of_requests())
    }
}

/// Keys with every right but that to decide, and with that to decide.
struct Keys {
    all: String,
    run: String,
    ticket: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_requests_come_back_nowhere() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(talkative("json", &address)).await? else { return Ok(()) };
    let scopes = "ticket:ingest,run:read,run:manage,catalog:read,audit:read,runbook:execute,admin";
    let all = bed.new_key(&["--name", "all", "--scope", scopes, "--person", "mail:tom.okafor@acme.com"]).await?;
    let raised = bed.raise(ticket("sarah.chen@acme.com", ASKS[0].0, ASKS[0].1)).await?;
    bed.until_card(&raised.run, 1).await?;
    let quiet = NewTicket { quiet: true, ..ticket("tom.okafor@acme.com", ASKS[0].0, ASKS[0].1) };
    let keys = Keys { all, run: raised.run, ticket: bed.sandbox.raise_ticket(quiet).await?.id };
    let mut garden = Garden::seeded(5);
    let mut answers = Vec::new();
    while garden.count() + 200 <= IN_REQUESTS {
        let mut round = in_bodies(&mut garden, &keys);
        round.extend(in_headers(&mut garden, &keys));
        round.extend(in_paths(&mut garden, &keys));
        round.extend(in_shapes(&mut garden, &keys, &bed.decider));
        for asked in round {
            answers.push(asked.send(&bed).await?);
        }
    }
    let rest = IN_REQUESTS - garden.count();
    let broken = format!("{{ \"subject\": \"{}\"", garden.sentences("a body without a ticket id", rest));
    answers.push(ingest("a body without a ticket id", &keys).bytes("application/json", broken).send(&bed).await?);
    let known = bed.get("/api/v1/runs").await?;
    assert!(known["runs"].as_array().is_some_and(|runs| runs.len() > 1), "tickets were taken in: {known}");
    let kept = bed.call("GET", "/api/v1/quarantine", &bed.key, None).await?;
    let body = text_of(&kept.body, "/bodies/0/body").to_owned();
    assert!(!body.is_empty(), "nothing was set aside: {}", kept.body);
    nothing_came_out(&mut bed, &garden, IN_REQUESTS, &traces, answers).await
}

fn ingest(name: &'static str, keys: &Keys) -> Asked {
    Asked::new(name, "POST", "/api/v1/tickets/ingest").key(&keys.all)
}

/// Bodies that the desk sends, as they should be and as they come.
fn in_bodies(garden: &mut Garden, keys: &Keys) -> Vec<Asked> {
    let json = "application/json";
    // What consists of digits is a ticket's number, and is told as one.
    let mut secret = |place| garden.plant_if(place, |kind| kind.is_telling() && kind != Kind::Card).written();
    let whole = json!({
        "source": "freshservice", "unknown": secret("an unknown field"), "deep": {"er": [secret("an unknown field")]},
        "ticket": {
            "ticketId": keys.ticket, "subject": secret("a sent subject"), "description": secret("a sent description"),
            "url": format!("https://acme.com/?t={}", secret("a sent link")), "requesterEmail": secret("a sent requester"),
        },
    });
    let source = json!({"source": secret("a sent source"), "ticket_id": keys.ticket});
    let ids = [
        json!({"ticket_id": secret("a ticket's id")}),
        json!({"ticket": {"ticketId": secret("a ticket's id"), "subject": secret("a sent subject")}}),
        json!({"ticket_id": {"x": secret("a ticket's id")}}),
        json!([secret("a body that is a list")]),
        json!(secret("a body that is a text")),
    ];
    let broken = format!("{{\"ticket\":{{\"ticketId\":\"{}\",\"subject\":\"{}\"", keys.ticket, secret("a broken body"));
    let idless = format!("{{\"ticket\":{{\"subject\":\"{}\"", secret("a body without a ticket id"));
    let form = format!("password={}", kinds::percent(&secret("a body that is a form"), false));
    let sentences = garden.sentences("a body above the limit", 10);
    let large = format!("{sentences}{}", " ".repeat(1024 * 1024));
    let webhook = json!({"freshservice_webhook": {"ticket_id": "x", "ticket_subject": garden.plant("a desk's webhook").written()}});
    let mut all = vec![
        ingest("a whole body", keys).json(&whole),
        ingest("an unknown source", keys).json(&source),
        ingest("a broken body", keys).bytes(json, broken),
        ingest("a body without a ticket id", keys).bytes(json, idless),
        ingest("a body that is a form", keys).bytes("application/x-www-form-urlencoded", form),
        ingest("a body above the limit", keys).bytes(json, large.clone()),
        Asked::new("a body above the limit", "POST", "/api/v1/pause").key(&keys.all).bytes(json, large),
        Asked::new("a body without a key", "POST", "/api/v1/tickets/ingest").json(&whole),
        Asked::new("a webhook with a wrong token", "POST", "/webhooks/acme/helpdesk")
            .with("x-countersign-token", "no")
            .json(&webhook),
        Asked::new("a webhook", "POST", "/webhooks/acme/helpdesk")
            .with("x-countersign-token", "the-desk-knows-this-token")
            .json(&webhook),
    ];
    all.extend(ids.iter().map(|body| ingest("a body with an odd id", keys).json(body)));
    all
}

fn in_headers(garden: &mut Garden, keys: &Keys) -> Vec<Asked> {
    let mut all = Vec::new();
    for (method, path) in [
        ("POST", "/api/v1/tickets/ingest"),
        ("GET", "/api/v1/runs"),
        ("GET", "/metrics"),
        ("POST", "/webhooks/acme/helpdesk"),
        ("POST", "/webhooks/acme/it-approvals"),
        ("GET", "/nowhere"),
    ] {
        let mut secret = |place| garden.plant_if(place, Kind::is_one_line).written();
        let (bearer, key) = (secret("the header authorization"), secret("the header x-api-key"));
        let asked = |name| Asked::new(name, method, path);
        all.extend([
            asked("a wrong key").with("authorization", format!("Bearer {bearer}")),
            asked("a wrong scheme").with("authorization", secret("the header authorization")),
            asked("a wrong key as a user's name").with("authorization", basic(&secret("the header authorization"))),
            asked("a wrong key").with("x-api-key", key),
            asked("a wrong token")
                .with("x-countersign-token", secret("the header x-countersign-token"))
                .json(&json!({})),
            asked("odd headers")
                .key(&keys.all)
                .with("user-agent", secret("the header user-agent"))
                .with("referer", secret("the header referer"))
                .with("cookie", format!("session={}", secret("the header cookie")))
                .with("x-forwarded-for", secret("the header x-forwarded-for"))
                .with("traceparent", secret("the header traceparent"))
                .with("content-type", secret("the header content-type"))
                .with("x-request-id", secret(REQUEST_ID)),
            asked("a signature that is none")
                .with("x-slack-signature", secret("the header x-slack-signature"))
                .with("x-slack-request-timestamp", secret("the header x-slack-request-timestamp")),
        ]);
    }
    all
}

fn basic(user: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded = format!("{user}:x");
    let padded = format!("{padded}{}", "x".repeat((3 - padded.len() % 3) % 3));
    let groups = padded.as_bytes().chunks_exact(3).flat_map(|group| {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        [18, 12, 6, 0].map(|place| char::from(LETTERS[usize::try_from(bits >> place & 63).unwrap_or_default()]))
    });
    format!("Basic {}", groups.collect::<String>())
}

/// Paths and queries, as links are pasted into the wrong field.
fn in_paths(garden: &mut Garden, keys: &Keys) -> Vec<Asked> {
    let mut secret = |place| kinds::percent(&garden.plant_if(place, Kind::is_telling).written(), false);
    let mut all = Vec::new();
    for path in ["/", "/api/v1/", "/api/v1/runs/", "/api/v1/quarantine/", "/webhooks/acme/", "/webhooks/", "/docs/"] {
        all.push(Asked::new("a path", "GET", format!("{path}{}", secret("a path"))).key(&keys.all));
        all.push(Asked::new("a path", "DELETE", format!("{path}{}", secret("a path"))));
    }
    for (method, before, after) in [
        ("POST", "/api/v1/runs/", "/replan"),
        ("POST", "/api/v1/runs/", "/cancel"),
        ("POST", "/api/v1/runs/", "/decision"),
        ("GET", "/api/v1/runs/", "/story"),
        ("POST", "/api/v1/quarantine/", "/replay"),
        ("POST", "/api/v1/runbooks/", "/runs"),
        ("POST", "/webhooks/", "/it-approvals"),
    ] {
        let path = format!("{before}{}{after}", secret("a path"));
        all.push(Asked::new("a path", method, path).key(&keys.all).json(&json!({})));
    }
    let list = ["status", "intent", "reason", "desk", "from", "until", "limit", "cursor", "unknown"];
    let pages = [
        ("/api/v1/runs", &list[..]),
        ("/api/v1/quarantine", &["after", "limit"]),
        ("/api/v1/audit/entries", &["after", "limit"]),
    ];
    for (path, names) in pages {
        for name in names {
            let path = format!("{path}?{name}={}", secret("a query"));
            all.push(Asked::new("a query", "GET", path).key(&keys.all));
        }
    }
    for path in ["/metrics", "/readyz", "/healthz", "/openapi.json", "/nowhere", "/webhooks/acme/helpdesk"] {
        all.push(Asked::new("a query", "GET", format!("{path}?token={}", secret("a query"))));
    }
    let token = secret("a query");
    all.push(ingest("a query", keys).json(&json!({"ticket_id": keys.ticket})));
    if let Some(last) = all.last_mut() {
        last.path.push_str(&format!("?key={token}"));
    }
    all
}

/// Bodies of the API with wrong types, wrong values and fields that there are not.
fn in_shapes(garden: &mut Garden, keys: &Keys, decider: &str) -> Vec<Asked> {
    let run = |rest: &str| format!("/api/v1/runs/{}/{rest}", keys.run);
    let mut secret = |place| garden.plant_if(place, Kind::is_telling).written();
    let digest = "0".repeat(64);
    let decisions = [
        json!({"decision": secret("a wrong value"), "planDigest": digest}),
        json!({"decision": "approve", "planDigest": secret("a wrong value")}),
        json!({"decision": "deny", "planDigest": digest, "reason": {"x": secret("a wrong type")}}),
        json!({"decision": "deny", "planDigest": digest, "reason": secret("an answer that is refused")}),
        json!({"decision": "deny", "planDigest": digest, "unknown": secret("an unknown field")}),
        json!(secret("a wrong type")),
        json!([secret("a wrong type")]),
    ];
    let starts = [
        json!({"target": secret("a wrong type")}),
        json!({"action": secret("a wrong value")}),
        json!({"newHire": {"groups": secret("a wrong type")}}),
        json!({"newHire": secret("a wrong type"), "group": 5}),
        json!({"unknown": secret("an unknown field")}),
    ];
    let switches = [
        json!({"runbook": secret("a wrong value")}),
        json!({"reason": [secret("a wrong type")]}),
        json!({"runbook": {"x": secret("a wrong type")}}),
    ];
    let replans = [json!({"intent": secret("a wrong value")}), json!({"intent": [secret("a wrong type")]})];
    let replay = json!({"ticketId": secret("a wrong value")});
    let broken = format!("{{\"decision\": {}", secret("a broken body"));
    let mut all: Vec<Asked> = Vec::new();
    all.extend(decisions.iter().map(|body| Asked::new("a decision", "POST", run("decision")).key(decider).json(body)));
    all.push(Asked::new("a broken decision", "POST", run("decision")).key(decider).bytes("application/json", broken));
    let start = || Asked::new("a start", "POST", "/api/v1/runbooks/RB-002/runs").key(&keys.all);
    all.extend(starts.iter().map(|body| start().json(body)));
    for path in ["/api/v1/pause", "/api/v1/resume"] {
        all.extend(switches.iter().map(|body| Asked::new("a switch", "POST", path).key(&keys.all).json(body)));
    }
    for key in [decider, &keys.all] {
        all.extend(replans.iter().map(|body| Asked::new("a new plan", "POST", run("replan")).key(key).json(body)));
    }
    let there_is_none = "/api/v1/quarantine/qua_01k00000000000000000000000/replay";
    all.push(Asked::new("a replay", "POST", there_is_none).key(&keys.all).json(&replay));
    all
}
