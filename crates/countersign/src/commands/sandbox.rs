//! `countersign sandbox`: the fake vendors alone.

use countersign_sandbox::{Options, Sandbox};
use std::{collections::BTreeMap, fmt::Write, net::SocketAddr};

use super::{say, tell};
use crate::Outcome;

/// Runs the fake vendors and prints a configuration that points `serve` at them.
///
/// # Errors
/// An address that cannot be listened on.
pub(crate) async fn run(listen: SocketAddr, service: &str, enforce_rate_limits: bool) -> Outcome {
    let sandbox = Sandbox::start(Options { listen, enforce_rate_limits, ..Options::default() }).await?;
    let service = service.trim_end_matches('/');
    sandbox.set_interactivity(format!("{service}/webhooks/acme/it-approvals"), false);
    let address = service.split("://").nth(1).unwrap_or("127.0.0.1:8080");
    say(&configuration(&sandbox, "sqlite://countersign.db", address));
    let mut exports = String::new();
    for (name, value) in environment(&sandbox) {
        let _ = writeln!(exports, "export {name}={value}");
    }
    tell(&format!(
        "The configuration on standard output points `countersign serve` at this sandbox. Its secrets (public fakes) are:\n{exports}\
         The desk, the channel and the directory: http://{}/   Ctrl-C ends the sandbox; its state is not kept.",
        sandbox.addr()
    ));
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

/// The environment that the configuration's secrets are taken from.
pub(crate) fn environment(sandbox: &Sandbox) -> BTreeMap<String, String> {
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
    .collect()
}

/// A configuration that points at a sandbox.
pub(crate) fn configuration(sandbox: &Sandbox, storage: &str, listen: &str) -> String {
    let urls = sandbox.base_urls();
    let credentials = sandbox.credentials();
    format!(
        r#"[server]
listen = "{listen}"
public_url = "http://{listen}"

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
approvers = ["slack:U0123APPROVER", "mail:lead@acme.com"]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[tokio::test]
    async fn printed_configuration_is_valid_and_says_how_the_service_is_reached() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("countersign.toml");
        std::fs::write(&file, configuration(&sandbox, "sqlite://countersign.db", "127.0.0.1:8080")).unwrap();
        let config = config::load(&file, &environment(&sandbox)).unwrap();
        assert_eq!(config.public_url.map(String::from).as_deref(), Some("http://127.0.0.1:8080/"));
        sandbox.shutdown().await;
    }
}
