//! A configuration in a folder of its own, with keys.

use anyhow::{Context, bail};
use countersign_sandbox::{BaseUrls, Credentials, Sandbox};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Output,
};
use tempfile::TempDir;
use tokio::process::Command;

use crate::Stage;

/// Where the store's address stands for the program: it may hold a password.
const STORAGE: &str = "BENCH_STORAGE_URL";

/// What a deployment is made of, where it is not as for the load alone: a SQLite file in its own folder, no vendor that
/// answers, and nobody who would ask one.
#[derive(Default)]
pub(crate) struct Made<'a> {
    /// Another store.
    pub(crate) storage: Option<String>,
    /// The vendors.
    pub(crate) sandbox: Option<&'a Sandbox>,
    /// How many effects are acted on at once; with 0 the program only takes tickets in.
    pub(crate) concurrency: usize,
    /// How many desks there are besides the first; see [`desk`].
    pub(crate) more_desks: usize,
}

/// The name of a desk; number 0 is the first.
pub(crate) fn desk(number: usize) -> String {
    if number == 0 { "helpdesk".to_owned() } else { format!("helpdesk-{number}") }
}

/// Everything the program needs to be started.
pub(crate) struct Deployment {
    folder: TempDir,
    program: PathBuf,
    environment: BTreeMap<String, String>,
    /// Where it will listen.
    pub(crate) addr: SocketAddr,
    /// The store's address.
    pub(crate) storage: String,
}

impl Deployment {
    /// A deployment of these parts.
    pub(crate) fn new(stage: &Stage, made: Made<'_>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&stage.folder)?;
        let beside = || format!("sqlite://{}", folder.path().join("countersign.db").display());
        let storage = made.storage.unwrap_or_else(beside);
        // Free now; nothing else on this machine is likely to take it within the next moments.
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let credentials = made.sandbox.map_or_else(Credentials::default, |sandbox| sandbox.credentials().clone());
        let urls = made.sandbox.map_or_else(nowhere, |sandbox| sandbox.base_urls().clone());
        let mut text = configuration(addr, &urls, &credentials, made.concurrency);
        text.extend((0..=made.more_desks).map(|number| desk_table(number, &urls.freshservice)));
        std::fs::write(folder.path().join("config.toml"), text)?;
        let mut environment = secrets(&credentials);
        environment.insert(STORAGE.to_owned(), storage.clone());
        Ok(Self { folder, program: stage.program.clone(), environment, addr, storage })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A key of these scopes.
    pub(crate) async fn key(&self, scopes: &str, person: Option<&str>) -> anyhow::Result<String> {
        let mut command = self.command(&["key", "create", "--json", "--name", "bench", "--scope", scopes]);
        if let Some(person) = person {
            command.args(["--person", person]);
        }
        let Output { status, stdout, stderr } = command.output().await.context("the program cannot be started")?;
        if !status.success() {
            bail!("no key could be made: {}", String::from_utf8_lossy(&stderr).trim());
        }
        let said: Value = serde_json::from_slice(&stdout).context("`key create --json` did not answer with JSON")?;
        Ok(said["key"].as_str().context("`key create --json` shows no key")?.to_owned())
    }

    /// The program with these arguments and this configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(self.folder.path().join("config.toml"));
        command.env_clear().envs(&self.environment).kill_on_drop(true);
        command
    }
}

/// Addresses at which nobody answers.
fn nowhere() -> BaseUrls {
    let at = |vendor: &str| format!("http://127.0.0.1:9/{vendor}");
    BaseUrls {
        freshservice: at("freshservice"),
        slack: at("slack"),
        okta: at("okta"),
        graph: at("graph"),
        llm: at("llm/v1"),
    }
}

fn secrets(credentials: &Credentials) -> BTreeMap<String, String> {
    [
        ("FRESHSERVICE_API_KEY", &credentials.freshservice_api_key),
        ("SLACK_BOT_TOKEN", &credentials.slack_bot_token),
        ("SLACK_SIGNING_SECRET", &credentials.slack_signing_secret),
        ("OKTA_API_TOKEN", &credentials.okta_api_token),
        ("ENTRA_CLIENT_SECRET", &credentials.entra_client_secret),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .collect()
}

fn configuration(addr: SocketAddr, urls: &BaseUrls, credentials: &Credentials, concurrency: usize) -> String {
    let BaseUrls { slack, okta, graph, .. } = urls;
    let (tenant, client) = (&credentials.entra_tenant_id, &credentials.entra_client_id);
    format!(
        r#"[server]
listen = "{addr}"

[storage]
url = {{ env = "{STORAGE}" }}

[worker]
concurrency = {concurrency}

[org.acme]
mode = "live"
time_zone = "Europe/Berlin"

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
requests_per_minute = 10000000

[org.acme.system.entra]
kind = "graph"
base_url = "{graph}"
login_base_url = "{graph}"
tenant_id = "{tenant}"
client_id = "{client}"
client_secret = {{ env = "ENTRA_CLIENT_SECRET" }}
requests_per_minute = 10000000

[org.acme.policy]
min_confidence = 0.80
approvers = ["mail:lead@acme.com"]
expires_after = "24h"
"#
    )
}

fn desk_table(number: usize, base_url: &str) -> String {
    let name = desk(number);
    format!(
        r#"
[org.acme.desk.{name}]
kind = "freshservice"
domain = "acme.freshservice.com"
base_url = "{base_url}"
api_key = {{ env = "FRESHSERVICE_API_KEY" }}
plan = "enterprise"
requests_per_minute = 10000000
"#
    )
}
