//! The configuration as the rest of the program takes it: resolved, checked, with its secrets read.

use countersign_domain::{
    card::TicketWordsShown,
    classification::Confidence,
    digest::Digest,
    ids::{ConnectionName, OrgId, RunbookId},
    mode::Mode,
    person::PersonRef,
    policy::{Policy, PolicyError},
    protection::{Glob, Protected, Protection},
    runbook::Runbook,
    time::At,
};
use countersign_freshservice::Plan;
use countersign_outbound::{HttpsProxy, LiveSecret};
use countersign_server::ProxyNetwork;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};
use url::Url;

use super::{classifier::ClassifierConfig, watched::Watched};

/// Everything that is configured.
#[derive(Debug)]
pub(crate) struct Config {
    /// `server.listen`: where it listens; `127.0.0.1:8080` unless set.
    pub(crate) listen: SocketAddr,
    /// `server.admin_listen`: where everything but tickets, webhooks and `/healthz` is served, and nowhere else then;
    /// `listen` serves everything unless set.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// `server.trusted_proxies`: whose word is taken for whom a request comes from; nobody's unless set.
    pub(crate) trusted_proxies: BTreeSet<ProxyNetwork>,
    /// `server.tls`: what both addresses speak TLS with; plain HTTP unless set.
    pub(crate) tls: Option<TlsFiles>,
    /// `server.public_url`: how the outside reaches it.
    pub(crate) public_url: Option<Url>,
    /// `server.ca_file`: certificate authorities whose vendors and proxies are trusted besides the machine's.
    pub(crate) ca_file: Option<PathBuf>,
    /// `HTTPS_PROXY` less `NO_PROXY`: through which vendors are reached.
    pub(crate) https_proxy: Option<HttpsProxy>,
    /// `storage.url`: the database, `sqlite:` or `postgres:`; a SQLite file that is not named from the root is in the
    /// configuration's folder. A secret, since it may hold a password.
    pub(crate) storage_url: SecretString,
    /// `worker.concurrency`: how many effects of each lane are under way at once; 64 unless set. 0: this node takes
    /// tickets in and leaves the work to others.
    pub(crate) worker_concurrency: usize,
    /// `worker.request_timeout`: how long a vendor has to answer; 20 s unless set.
    pub(crate) worker_request_timeout: Duration,
    /// `worker.lease`: for how long an effect is claimed, at least 10 s longer than a request; 60 s unless set.
    pub(crate) worker_lease: Duration,
    /// `log.level`: the least that is logged, `error`, `warn`, `info`, `debug` or `trace`; `info` unless set.
    pub(crate) log_level: &'static str,
    /// `log.format`: how; text unless set.
    pub(crate) log_format: LogFormat,
    /// `telemetry.otlp_endpoint`: the collector that traces are sent to; nothing is sent unless set.
    pub(crate) otlp_endpoint: Option<Url>,
    /// `classifier`: what stands beside the embedded classifier.
    pub(crate) classifier: ClassifierConfig,
    /// The organisations; at least one.
    pub(crate) orgs: BTreeMap<OrgId, OrgConfig>,
    /// The secrets that came from files, to be read again while the program runs.
    pub(crate) watched: Watched,
    pub(super) digest: Digest,
}

impl Config {
    /// The digest of everything that was set, by file or variable, in its canonical form: `"1h"` and `"60m"` are the
    /// same. Of a secret it takes in where it comes from, never its value.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }
}

/// `[server.tls]`: two PEM files, which may be one and the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The service's certificate, then those that lead to its authority.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// `[org.NAME]`
#[derive(Debug)]
pub(crate) struct OrgConfig {
    /// How far the corridor is walked; shadow unless set.
    pub(crate) mode: Mode,
    /// For how many seconds what may name people is kept after its run ended, 180 days unless set; `None`: for ever.
    pub(crate) retention: Option<u64>,
    /// The zone in which its people read times; UTC unless set.
    pub(crate) time_zone: TimeZone,
    /// What stands in brackets at a note's beginning; `Countersign` unless set.
    pub(crate) note_prefix: String,
    /// How much of a ticket's words a card quotes; an excerpt unless set.
    pub(crate) ticket_words: TicketWordsShown,
    /// The folder of the administrator's own runbook files.
    pub(crate) runbooks_dir: Option<PathBuf>,
    /// For how many seconds a step waits for a user whom another system provisions; 30 minutes unless set.
    pub(crate) provisioning_wait: u64,
    /// Its desks.
    pub(crate) desks: BTreeMap<ConnectionName, DeskConfig>,
    /// Where its approvers are asked, if anywhere but by the API.
    pub(crate) channel: Option<(ConnectionName, ChannelConfig)>,
    /// Its execution targets.
    pub(crate) systems: BTreeMap<ConnectionName, SystemConfig>,
    /// Its approval policy: never without approvers.
    pub(super) policy: PolicyRules,
    /// What is different for single runbooks.
    pub(super) runbooks: BTreeMap<RunbookId, RunbookRules>,
}

impl OrgConfig {
    /// The modes of single runbooks, where they have one of their own.
    pub(crate) fn modes(&self) -> BTreeMap<RunbookId, Mode> {
        self.runbooks.iter().filter_map(|(id, rules)| Some((id.clone(), rules.mode?))).collect()
    }

    /// The mode in force for a runbook: of the organisation's and its own, the more cautious.
    pub(crate) fn mode_of(&self, runbook: &RunbookId) -> Mode {
        self.mode.and(self.runbooks.get(runbook).and_then(|rules| rules.mode))
    }

    /// The policy of a runbook. What is configured for the runbook goes before what the runbook's own file says, and
    /// that before what is configured for the organisation. Only a number of the runbook's own goes below the floor that
    /// was measured for the intent; the organisation's can raise it.
    ///
    /// # Errors
    /// None for a loaded configuration, whose lists are not empty and whose times are not zero.
    pub(crate) fn policy_of(&self, runbook: &Runbook) -> Result<Policy, PolicyError> {
        let rules = self.runbooks.get(&runbook.id);
        let approvers = rules.and_then(|rules| rules.approvers.as_ref()).unwrap_or(&self.policy.approvers);
        let expires_after = rules.and_then(|rules| rules.expires_after).or(runbook.expires_after);
        let own = rules.and_then(|rules| rules.min_confidence).or(runbook.min_confidence);
        let measured = Confidence::from_share(countersign_classify::floor_of(runbook.intent.as_str()));
        let min_confidence = own.unwrap_or(self.policy.min_confidence.map_or(measured, |wanted| wanted.max(measured)));
        let policy =
            Policy::new(approvers.clone(), expires_after.unwrap_or(self.policy.expires_after), min_confidence)?;
        Ok(policy.with_protection(Protection {
            protected: self.policy.protected.clone(),
            allow: rules.map(|rules| rules.allow.clone()).unwrap_or_default(),
            deny: rules.map(|rules| rules.deny.clone()).unwrap_or_default(),
        }))
    }

    /// Everybody who may decide anything here.
    pub(crate) fn approvers(&self) -> BTreeSet<PersonRef> {
        let single = self.runbooks.values().filter_map(|rules| rules.approvers.as_ref());
        single.chain([&self.policy.approvers]).flatten().cloned().collect()
    }

    /// Refuses rules for a runbook that is not among `runbooks`, or for a parameter that it does not have: rules that apply to nothing are a mistake, and one
    /// that was meant to turn a runbook off is dangerous.
    ///
    /// # Errors
    /// Names the first such runbook and the nearest there is.
    pub(crate) fn check_runbooks(&self, runbooks: &[Runbook]) -> Result<(), UnknownRule> {
        let known: BTreeSet<&RunbookId> = runbooks.iter().map(|runbook| &runbook.id).collect();
        runbooks.iter().try_for_each(|runbook| self.check_params(runbook))?;
        let Some(id) = self.runbooks.keys().find(|id| !known.contains(id)) else { return Ok(()) };
        let distance = |other: &&&RunbookId| strsim::damerau_levenshtein(id.as_str(), other.as_str());
        let near = known.iter().min_by_key(distance).filter(|near| distance(near) <= 2);
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| "`countersign runbook list` shows those there are".to_owned());
        Err(UnknownRule::Runbook { id: id.clone(), hint })
    }

    /// Limits on a parameter that a runbook does not have would limit nothing.
    fn check_params(&self, runbook: &Runbook) -> Result<(), UnknownRule> {
        let Some(rules) = self.runbooks.get(&runbook.id) else { return Ok(()) };
        let known = |param: &str| runbook.params.iter().any(|known| known.name == param);
        match rules.allow.keys().chain(rules.deny.keys()).find(|param| !known(param)) {
            None => Ok(()),
            Some(param) => Err(UnknownRule::Param {
                id: runbook.id.clone(),
                param: param.clone(),
                known: runbook.params.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

/// Rules for something that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownRule {
    /// No such runbook.
    #[error("`runbook.{id}` is configured, but there is no runbook {id}; {hint}")]
    Runbook { id: RunbookId, hint: String },
    /// No such parameter of it.
    #[error("`runbook.{id}` limits the parameter `{param}`, which that runbook does not have; it has: {known}")]
    Param { id: RunbookId, param: String, known: String },
}

/// `[org.NAME.desk.CONN]`, of the kind `freshservice`
#[derive(Debug)]
pub(crate) struct DeskConfig {
    /// The account's host name.
    pub(crate) domain: String,
    /// Where it is reached instead of `https://{domain}`.
    pub(crate) base_url: Option<Url>,
    /// The agent's API key.
    pub(crate) api_key: LiveSecret,
    /// What its webhooks must send.
    pub(crate) webhook_token: Option<LiveSecret>,
    /// The account's plan, from which the rates follow.
    pub(crate) plan: Plan,
    /// Requests a minute instead of the plan's.
    pub(crate) requests_per_minute: Option<u32>,
    /// Tickets opened before this are left alone.
    pub(crate) since: Option<At>,
    /// Form field to runbook parameter.
    pub(crate) fields: BTreeMap<String, String>,
}

/// `[org.NAME.channel.CONN]`, of the kind `slack`
#[derive(Debug)]
pub(crate) struct ChannelConfig {
    /// Where Slack is reached instead of its public address.
    pub(crate) base_url: Option<Url>,
    /// The bot's token.
    pub(crate) bot_token: LiveSecret,
    /// What interactions are signed with.
    pub(crate) signing_secret: LiveSecret,
    /// The channel's id.
    pub(crate) channel: String,
}

/// `[org.NAME.system.CONN]`, by `kind`
#[derive(Debug)]
pub(crate) enum SystemConfig {
    /// Okta.
    Okta(OktaConfig),
    /// Entra ID and Microsoft 365.
    Graph(GraphConfig),
}

/// An Okta organisation.
#[derive(Debug)]
pub(crate) struct OktaConfig {
    /// Its host name.
    pub(crate) domain: String,
    /// Where it is reached instead of `https://{domain}`.
    pub(crate) base_url: Option<Url>,
    /// How we sign in.
    pub(crate) credential: OktaCredential,
    /// Requests a minute at most.
    pub(crate) requests_per_minute: Option<u32>,
}

/// How we sign in to an Okta organisation.
#[derive(Debug)]
pub(crate) enum OktaCredential {
    /// `api_token`: by an API token, with every right of its owner.
    ApiToken(LiveSecret),
    /// As an API service app, by OAuth 2.0.
    App {
        /// `client_id`: its client id.
        client_id: String,
        /// `private_key`: its private key, PEM or JSON Web Key.
        private_key: LiveSecret,
        /// `key_id`: the id under which its public key is registered; the JSON Web Key's own unless set.
        key_id: Option<String>,
    },
}

/// An Entra tenant.
#[derive(Debug)]
pub(crate) struct GraphConfig {
    /// Directory (tenant) id, or a verified domain.
    pub(crate) tenant_id: String,
    /// Application (client) id.
    pub(crate) client_id: String,
    /// The value of a client secret.
    pub(crate) client_secret: LiveSecret,
    /// Where Graph is reached instead of its public address.
    pub(crate) base_url: Option<Url>,
    /// Where tokens are asked for instead of the public sign-in service.
    pub(crate) login_base_url: Option<Url>,
    /// The country of users who have none, two capital letters (ISO 3166-1 alpha-2).
    pub(crate) usage_location: Option<String>,
    /// Requests a minute at most.
    pub(crate) requests_per_minute: Option<u32>,
}

/// `[org.NAME.policy]`
#[derive(Debug)]
pub(super) struct PolicyRules {
    /// Confidence below which a ticket is left alone; the floor measured for the intent unless set, and never below it.
    pub(super) min_confidence: Option<Confidence>,
    /// Who may decide; at least one.
    pub(super) approvers: BTreeSet<PersonRef>,
    /// Seconds until an undecided plan expires; 24 hours unless set.
    pub(super) expires_after: u64,
    /// Who and what is never approvable.
    pub(super) protected: BTreeSet<Protected>,
}

/// `[org.NAME.runbook.ID]`: what is absent is the organisation's.
#[derive(Debug)]
pub(super) struct RunbookRules {
    /// How far it may go; the organisation's mode unless set, and never further than that.
    pub(super) mode: Option<Mode>,
    /// The values that its parameters may take, by parameter.
    pub(super) allow: BTreeMap<String, BTreeSet<Glob>>,
    /// The values that they may not take.
    pub(super) deny: BTreeMap<String, BTreeSet<Glob>>,
    /// Who may decide, in place of the organisation's approvers; at least one.
    pub(super) approvers: Option<BTreeSet<PersonRef>>,
    /// Confidence below which its tickets are left alone.
    pub(super) min_confidence: Option<Confidence>,
    /// Seconds until an undecided plan expires.
    pub(super) expires_after: Option<u64>,
}
