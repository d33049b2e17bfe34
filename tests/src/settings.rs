//! The configuration that a test runs with.

use anyhow::{Context, ensure};
use countersign_sandbox::{Options, Sandbox};
use std::collections::BTreeMap;

/// How a stage is set, where it is not as usual.
#[derive(Default)]
pub struct Settings {
    /// Texts of the usual configuration and what stands there instead.
    edits: Vec<(String, String)>,
    /// What stands at the configuration's end besides.
    more: String,
    /// How the sandbox is started.
    pub(crate) sandbox: Options,
    /// Use a database of the PostgreSQL server for tests.
    pub(crate) postgres: bool,
    /// Leave the channel out.
    channelless: bool,
}

impl Settings {
    /// A time limit this short lets a test wait for a request that hangs, and a lease this short for one to run out.
    #[must_use]
    pub fn with_short_leases(self) -> Self {
        self.and("[worker]\nrequest_timeout = \"2s\"\nlease = \"12s\"\n")
    }

    /// Starts the sandbox like this.
    #[must_use]
    pub fn with_sandbox(self, sandbox: Options) -> Self {
        Self { sandbox, ..self }
    }

    /// Uses a database of the PostgreSQL server for tests, where there is one; else the test is left out.
    #[must_use]
    pub fn on_postgres(self) -> Self {
        Self { postgres: true, ..self }
    }

    /// Leaves the channel out: no cards are posted, decisions are made through the API.
    #[must_use]
    pub fn without_channel(self) -> Self {
        Self { channelless: true, ..self }
    }

    /// Puts `new` in the place of `old` in the usual configuration.
    #[must_use]
    pub fn edit(mut self, old: &str, new: &str) -> Self {
        self.edits.push((old.to_owned(), new.to_owned()));
        self
    }

    /// Adds text at the end of the usual configuration.
    #[must_use]
    pub fn and(mut self, text: &str) -> Self {
        self.more.push_str(text);
        self
    }

    /// The configuration's text.
    pub(crate) fn text(&self, sandbox: &Sandbox, storage: &str) -> anyhow::Result<String> {
        let mut text = usual(sandbox, storage);
        if self.channelless {
            text = without_channel(&text)?;
        }
        for (old, new) in &self.edits {
            ensure!(text.contains(old), "the usual configuration has no {old:?}");
            text = text.replace(old, new);
        }
        text.push('\n');
        text.push_str(&self.more);
        Ok(text)
    }
}

fn without_channel(usual: &str) -> anyhow::Result<String> {
    let begin = usual.find("[org.acme.channel.").context("no channel")?;
    let end = usual.find("[org.acme.system.okta]").context("no system after it")?;
    let rest = format!("{}{}", &usual[..begin], &usual[end..]);
    Ok(rest.replace("\"slack:U0123APPROVER\", \"slack:U0456APPROVER\", ", ""))
}

/// The secrets that the usual configuration refers to.
pub(crate) fn secrets(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let credentials = sandbox.credentials();
    [
        ("FRESHSERVICE_API_KEY", &credentials.freshservice_api_key),
        ("SLACK_BOT_TOKEN", &credentials.slack_bot_token),
        ("SLACK_SIGNING_SECRET", &credentials.slack_signing_secret),
        ("OKTA_API_TOKEN", &credentials.okta_api_token),
        ("ENTRA_CLIENT_SECRET", &credentials.entra_client_secret),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .chain([("FRESHSERVICE_WEBHOOK_TOKEN".to_owned(), "the-desk-knows-this-token".to_owned())])
    .collect()
}

fn usual(sandbox: &Sandbox, storage: &str) -> String {
    let urls = sandbox.base_urls();
    let credentials = sandbox.credentials();
    format!(
        r#"[server]
listen = "127.0.0.1:0"

[storage]
url = "{storage}"

[org.acme]
mode = "live"
time_zone = "Europe/Berlin"

[org.acme.desk.helpdesk]
kind = "freshservice"
domain = "acme.freshservice.com"
base_url = "{freshservice}"
api_key = {{ env = "FRESHSERVICE_API_KEY" }}
webhook_token = {{ env = "FRESHSERVICE_WEBHOOK_TOKEN" }}
plan = "enterprise"
requests_per_minute = 1000000

[org.acme.channel.it-approvals]
kind = "slack"
base_url = "{slack}"
bot_token = {{ env = "SLACK_BOT_TOKEN" }}
signing_secret = {{ env = "SLACK_SIGNING_SECRET" }}
channel = "C0123ADMIN"

[org.acme.system.okta]
kind = "okta"
domain = "acme.okta.com"
base_url = "{okta}"
api_token = {{ env = "OKTA_API_TOKEN" }}

[org.acme.system.entra]
kind = "graph"
base_url = "{graph}"
login_base_url = "{graph}"
tenant_id = "{tenant}"
client_id = "{client}"
client_secret = {{ env = "ENTRA_CLIENT_SECRET" }}
usage_location = "DE"

[org.acme.policy]
min_confidence = 0.80
approvers = ["slack:U0123APPROVER", "slack:U0456APPROVER", "mail:lead@acme.com"]
expires_after = "24h"
"#,
        freshservice = urls.freshservice,
        slack = urls.slack,
        okta = urls.okta,
        graph = urls.graph,
        tenant = credentials.entra_tenant_id,
        client = credentials.entra_client_id,
    )
}
