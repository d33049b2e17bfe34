//! The configuration's behaviour, by what an administrator writes and what they are told.

mod accepted;
mod classifier;
mod okta;
mod outgoing;
mod overrides;
mod refused;
mod secrets;
mod storage;
mod telemetry;
mod watched;

use std::collections::BTreeMap;

use super::{Config, ConfigError, load};

/// A configuration with one of everything, each on a known line.
const GOOD: &str = r#"[server]
listen = "127.0.0.1:8081"
[storage]
url = "sqlite://countersign.db"
[org.acme]
time_zone = "Europe/Berlin"
[org.acme.desk.helpdesk]
kind = "freshservice"
domain = "acme.freshservice.com"
api_key = { env = "DESK_KEY" }
plan = "pro"
[org.acme.channel.it-approvals]
kind = "slack"
bot_token = { env = "BOT_TOKEN" }
signing_secret = { env = "SIGNING" }
channel = "C0123ADMIN"
[org.acme.system.okta]
kind = "okta"
domain = "acme.okta.com"
api_token = { env = "OKTA_TOKEN" }
[org.acme.system.entra]
kind = "graph"
tenant_id = "tenant"
client_id = "client"
client_secret = { env = "ENTRA_SECRET" }
[org.acme.policy]
min_confidence = 0.8
approvers = ["slack:U0123APPROVER", "mail:lead@acme.com"]
expires_after = "24h"
[org.acme.runbook.RB-013]
mode = "off"
"#;

/// The environment that its secrets come from.
const SECRETS: [(&str, &str); 5] = [
    ("DESK_KEY", "desk-key-value"),
    ("BOT_TOKEN", "xoxb-value"),
    ("SIGNING", "signing-value"),
    ("OKTA_TOKEN", "okta-value"),
    ("ENTRA_SECRET", "entra-value"),
];

fn environment(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    SECRETS.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Loads a text as if it were the file `countersign.toml`, with more variables than the secrets'.
fn load_with(text: &str, more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, text).unwrap();
    load(&file, &environment(more))
}

/// The good configuration with one piece of text replaced, which must be there.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// What the administrator reads, a problem a line, without the first line that names the file.
fn problems(text: &str, more: &[(&str, &str)]) -> Vec<String> {
    match load_with(text, more) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.iter().map(ToString::to_string).collect(),
    }
}
