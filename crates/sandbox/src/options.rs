//! What a sandbox is started with, and why a start can fail.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::seed::Seed;

/// The clock every fake reads: Unix time in microseconds, UTC.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// When a user created in Okta appears in Entra (the fake provisioning between the two).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncAfter {
    /// At once.
    Immediately,
    /// After the user was looked for this many times in vain.
    Polls(u32),
    /// Never: the provisioning is broken.
    Never,
}

/// The key of Okta's service app, P-256. It opens nothing but sandboxes.
const OKTA_KEY: &str = concat!(
    r#"{"kty":"EC","crv":"P-256","kid":"sandbox-key-1","#,
    r#""x":"QzhrcX6lgEcHJLvBQ3Ejea8fWrpq5LGvPaAnPUZUSHs","#,
    r#""y":"7UDzozrPiQDg3SkRDe-J5g6SbDTrFlwbBTtqYaEag9g","#,
    r#""d":"B8Lmv5yHFTAlFNGAY0VliPFJxTIbAjgjqC06aSb0jyk"}"#
);

/// The credentials the fakes accept. All of them are public and worthless.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Freshservice API key, the user name of Basic authentication.
    pub freshservice_api_key: String,
    /// Slack bot token, sent as `Authorization: Bearer`.
    pub slack_bot_token: String,
    /// Slack signing secret, with which interactions are signed.
    pub slack_signing_secret: String,
    /// Okta API token, sent as `Authorization: SSWS`.
    pub okta_api_token: String,
    /// Client id of Okta's API service app.
    pub okta_client_id: String,
    /// Private key of Okta's API service app, a JSON Web Key; the public key in it is registered with the app.
    pub okta_private_key: String,
    /// Entra tenant id, part of the token endpoint's path.
    pub entra_tenant_id: String,
    /// Entra application (client) id.
    pub entra_client_id: String,
    /// Entra client secret.
    pub entra_client_secret: String,
    /// The language model's API key, sent as `Authorization: Bearer`.
    pub llm_api_key: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            freshservice_api_key: "sandbox-freshservice-key".to_owned(),
            slack_bot_token: "xoxb-sandbox-token".to_owned(),
            slack_signing_secret: "sandbox-signing-secret".to_owned(),
            okta_api_token: "sandbox-okta-token".to_owned(),
            okta_client_id: "0oasbxserviceapp00001".to_owned(),
            okta_private_key: OKTA_KEY.to_owned(),
            entra_tenant_id: "5a4db0c5-0000-4000-8000-000000000001".to_owned(),
            entra_client_id: "5a4db0c5-0000-4000-8000-000000000002".to_owned(),
            entra_client_secret: "sandbox-entra-secret".to_owned(),
            llm_api_key: "sandbox-llm-key".to_owned(),
        }
    }
}

/// What a sandbox is started with.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who and what exists at the start.
    pub seed: Seed,
    /// Whether the vendors' documented request rates are enforced (sizes and shapes always are).
    pub enforce_rate_limits: bool,
    /// Freshservice account limit, requests a minute, when rates are enforced (Starter: 100).
    pub freshservice_per_minute: u32,
    /// Freshservice limit on viewing one ticket, requests a minute, when rates are enforced (Starter: 50).
    pub freshservice_view_per_minute: u32,
    /// When a user created in Okta appears in Entra.
    pub sync_after: SyncAfter,
    /// What the fakes accept as credentials.
    pub credentials: Credentials,
    /// Where Slack interactions are sent; may be set later by `POST /_control/slack/interactivity`.
    pub slack_interactivity_url: Option<String>,
    /// Send each Slack interaction twice, as Slack may.
    pub deliver_interactions_twice: bool,
    /// The clock.
    pub now: Now,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::Demo,
            enforce_rate_limits: false,
            freshservice_per_minute: 100,
            freshservice_view_per_minute: 50,
            sync_after: SyncAfter::Polls(2),
            credentials: Credentials::default(),
            slack_interactivity_url: None,
            deliver_interactions_twice: false,
            now: system_now(),
        }
    }
}

/// The machine's clock.
#[must_use]
pub fn system_now() -> Now {
    #[expect(clippy::disallowed_methods, reason = "the sandbox is its own process world; this is its default clock")]
    let read = || jiff::Timestamp::now().as_microsecond();
    Arc::new(read)
}

/// The address of each fake vendor, to be configured as that connection's `base_url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrls {
    /// `http://ADDR/freshservice`
    pub freshservice: String,
    /// `http://ADDR/slack`
    pub slack: String,
    /// `http://ADDR/okta`
    pub okta: String,
    /// `http://ADDR/graph`; the token endpoint is `http://ADDR/graph/{tenant}/oauth2/v2.0/token`.
    pub graph: String,
    /// `http://ADDR/llm/v1`; the model is `sandbox-model`.
    pub llm: String,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address could not be bound.
    #[error("the sandbox cannot listen on {addr}: choose another address or stop what holds it")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// The client with which the fakes send webhooks and interactions could not be made.
    #[error("the sandbox cannot make its HTTP client for webhooks and interactions")]
    Client(#[source] reqwest::Error),
    /// A fault, command or interaction that cannot be played; the text says why.
    #[error("the sandbox cannot play this: {0}")]
    Script(String),
}
