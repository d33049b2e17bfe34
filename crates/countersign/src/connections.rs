//! The vendors an organisation is connected to, made from the configuration.

mod checkup;

use anyhow::Context;
use countersign_domain::{
    ids::{ConnectionName, OrgId},
    mode::Mode,
    person::PersonRef,
    ports::{Channel, Connections, Desk, SecondOpinion, System},
    runbook::{ActionKind, StepTemplate},
};
use countersign_freshservice::{Freshservice, FreshserviceSettings};
use countersign_graph::adapter::{GraphSettings, GraphSystem};
use countersign_llm::{Llm, LlmSettings};
use countersign_okta::{
    Okta,
    client::{Application, Client, Clocks, monotonic},
    scopes,
};
use countersign_outbound::{Factory, FactoryOptions, Http, OutboundError, Pace, Target};
use countersign_server::{Door, Doors};
use countersign_slack::{Slack, SlackSettings};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use url::Url;

use crate::{
    Failure,
    clock::SystemClock,
    config::{ChannelConfig, Config, DeskConfig, OktaCredential, OrgConfig, SystemConfig},
    service::runbooks_of,
};

pub(crate) use checkup::Ability;

type Key = (OrgId, ConnectionName);

/// Every connection of every organisation.
pub(crate) struct Wired {
    factory: Factory,
    desks: BTreeMap<Key, Arc<dyn Desk>>,
    channels: BTreeMap<OrgId, (ConnectionName, Arc<dyn Channel>)>,
    systems: BTreeMap<Key, Arc<dyn System>>,
    doors: Doors,
    approvers: BTreeMap<OrgId, Vec<PersonRef>>,
    second_opinion: Option<Arc<dyn SecondOpinion>>,
}

impl Wired {
    /// Makes the clients; asks nobody anything yet.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: an address, a mapping, a channel id or a CA file that cannot be used. Else what keeps
    /// this machine from making any client.
    pub(crate) fn connect(config: &Config) -> Result<Self, Failure> {
        let mut wired = Self::wire(config, factory(config)?).map_err(|error| Failure::configuration(&error))?;
        wired.second_opinion = second_opinion(config)?;
        Ok(wired)
    }

    fn wire(config: &Config, factory: Factory) -> anyhow::Result<Self> {
        let mut wired = Self {
            factory,
            desks: BTreeMap::new(),
            channels: BTreeMap::new(),
            systems: BTreeMap::new(),
            doors: Doors::default(),
            approvers: BTreeMap::new(),
            second_opinion: None,
        };
        for (org, settings) in &config.orgs {
            let all = wired.factory.clone();
            let factory_of = |name: &ConnectionName| all.named(&format!("{org}/{name}"));
            for (name, desk) in &settings.desks {
                let factory = &factory_of(name);
                wired.add_desk(factory, (org.clone(), name.clone()), desk).with_context(|| place(org, "desk", name))?;
            }
            if let Some((name, channel)) = &settings.channel {
                let factory = &factory_of(name);
                wired.add_channel(factory, org, name, channel).with_context(|| place(org, "channel", name))?;
            }
            for (name, system) in &settings.systems {
                let used = || actions_at(org, settings, name, system);
                let made = make_system(&factory_of(name), system, used).with_context(|| place(org, "system", name))?;
                wired.systems.insert((org.clone(), name.clone()), made);
            }
            wired.approvers.insert(org.clone(), settings.approvers().into_iter().collect());
        }
        Ok(wired)
    }

    /// Sets the gauges of what is left of the rate budgets.
    pub(crate) fn report_budgets(&self) {
        self.factory.report_budgets();
    }

    /// The doors of `/webhooks/{org}/{connection}`.
    pub(crate) fn doors(&self) -> Doors {
        self.doors.clone()
    }

    fn add_desk(&mut self, factory: &Factory, key: Key, config: &DeskConfig) -> anyhow::Result<()> {
        let desk = Freshservice::new(
            FreshserviceSettings {
                domain: config.domain.clone(),
                base_url: config.base_url.clone(),
                api_key: config.api_key.clone(),
                webhook_token: config.webhook_token.clone(),
                plan: config.plan,
                requests_per_minute: config.requests_per_minute,
                fields: config.fields.clone(),
            },
            factory,
        )?;
        self.doors.insert(key.clone(), Door { inbound: Arc::new(desk.inbound()) });
        self.desks.insert(key, Arc::new(desk));
        Ok(())
    }

    fn add_channel(
        &mut self,
        factory: &Factory,
        org: &OrgId,
        name: &ConnectionName,
        config: &ChannelConfig,
    ) -> anyhow::Result<()> {
        let settings = SlackSettings {
            name: name.clone(),
            base_url: config.base_url.clone(),
            bot_token: config.bot_token.clone(),
            signing_secret: Some(config.signing_secret.clone()),
            channel: config.channel.clone(),
        };
        let slack = Arc::new(Slack::new(settings, factory)?);
        self.doors.insert((org.clone(), name.clone()), Door { inbound: slack.clone() });
        self.channels.insert(org.clone(), (name.clone(), slack));
        Ok(())
    }

    /// The approvers of every organisation who are asked in its channel, with that channel.
    pub(crate) fn asked_in_channels(&self) -> impl Iterator<Item = (&OrgId, &PersonRef, &dyn Channel)> {
        self.approvers.iter().flat_map(|(org, approvers)| {
            let channel = self.channels.get(org).map(|(_, channel)| channel.as_ref());
            let asked = approvers.iter().filter(|approver| matches!(approver, PersonRef::Slack(_)));
            asked.filter_map(move |approver| Some((org, approver, channel?)))
        })
    }
}

/// What makes clients that go out as it is configured: by the proxy, trusting the configured authorities.
///
/// # Errors
/// [`Failure::Configuration`]: a CA file that cannot be used. Else what keeps this machine from making any client.
pub(crate) fn factory(config: &Config) -> Result<Factory, Failure> {
    factory_with(config, config.worker_request_timeout)
}

fn factory_with(config: &Config, request_timeout: Duration) -> Result<Factory, Failure> {
    let options = FactoryOptions::default();
    let factory = Factory::new(FactoryOptions {
        request_timeout,
        connect_timeout: options.connect_timeout.min(request_timeout),
        ca_file: config.ca_file.clone(),
        https_proxy: config.https_proxy.clone(),
        ..options
    });
    factory.map_err(unusable)
}

/// The language model that is asked where the classifier is not sure enough; it has a time limit of its own.
///
/// # Errors
/// [`Failure::Configuration`]: an address that may not be used. Else as [`factory`].
fn second_opinion(config: &Config) -> Result<Option<Arc<dyn SecondOpinion>>, Failure> {
    let Some(llm) = &config.classifier.llm else { return Ok(None) };
    let settings = LlmSettings {
        url: llm.url.clone(),
        model: llm.model.clone(),
        api_key: llm.api_key.clone(),
        ask_from: llm.ask_from,
    };
    let factory = factory_with(config, llm.timeout)?.named("classifier/llm");
    let made = Llm::new(settings, &factory, Arc::new(SystemClock::default())).context("classifier.llm");
    Ok(Some(Arc::new(made.map_err(|error| Failure::configuration(&error))?)))
}

/// Why there can be no clients: a matter of the configuration, or of the machine.
fn unusable(error: OutboundError) -> Failure {
    if matches!(error, OutboundError::CaFile { .. } | OutboundError::CaFormat { .. }) {
        return Failure::configuration(&anyhow::Error::from(error).context("server.ca_file"));
    }
    error.into()
}

fn place(org: &OrgId, sort: &str, name: &ConnectionName) -> String {
    format!("org.{org}.{sort}.{name}")
}

/// `used`: what the runbooks in force do there.
fn make_system(
    factory: &Factory,
    config: &SystemConfig,
    used: impl FnOnce() -> Vec<ActionKind>,
) -> anyhow::Result<Arc<dyn System>> {
    match config {
        SystemConfig::Okta(okta) => {
            let base = match &okta.base_url {
                Some(url) => url.clone(),
                None => Url::parse(&format!("https://{}", okta.domain)).context("the Okta domain is not an address")?,
            };
            let pace = Pace { per_minute: okta.requests_per_minute, ..Pace::default() };
            let http = factory.client(Target { vendor: "okta", base_url: base, pace })?;
            Ok(Arc::new(Okta::new(okta_client(http, &okta.credential, used)?)))
        }
        SystemConfig::Graph(graph) => {
            let mut settings = GraphSettings::new(&graph.tenant_id, &graph.client_id, graph.client_secret.clone());
            if let Some(url) = &graph.base_url {
                settings.base_url = url.clone();
            }
            if let Some(url) = &graph.login_base_url {
                settings.login_base_url = url.clone();
            }
            settings.usage_location.clone_from(&graph.usage_location);
            settings.per_minute = graph.requests_per_minute;
            Ok(Arc::new(GraphSystem::new(factory, settings)?))
        }
    }
}

fn okta_client(
    http: Http,
    credential: &OktaCredential,
    used: impl FnOnce() -> Vec<ActionKind>,
) -> anyhow::Result<Client> {
    match credential {
        OktaCredential::ApiToken(token) => Ok(Client::new(http, token.clone())),
        OktaCredential::App { client_id, private_key, key_id } => {
            let application = Application {
                client_id: client_id.clone(),
                private_key: private_key.clone(),
                key_id: key_id.clone(),
                scopes: scopes(&used()).into_iter().map(ToOwned::to_owned).collect(),
            };
            let clocks = Clocks { wall: Arc::new(SystemClock::default()), monotonic: monotonic() };
            Ok(Client::for_application(http, application, clocks)?)
        }
    }
}

/// What the runbooks in force do in a system, from the configuration alone; everything where they cannot be read, which
/// is told elsewhere.
fn actions_at(org: &OrgId, settings: &OrgConfig, name: &ConnectionName, system: &SystemConfig) -> Vec<ActionKind> {
    let Ok(runbooks) = runbooks_of(org, settings) else { return ActionKind::ALL.to_vec() };
    let kind = match system {
        SystemConfig::Okta(_) => "okta",
        SystemConfig::Graph(_) => "graph",
    };
    let meant = |step: &StepTemplate| {
        step.system == *name || !settings.systems.contains_key(&step.system) && kind_meant(&step.system) == kind
    };
    let in_force = runbooks.iter().filter(|runbook| settings.mode_of(&runbook.id) != Mode::Off);
    let used: BTreeSet<_> =
        in_force.flat_map(|runbook| &runbook.steps).filter(|step| meant(step)).map(|step| step.action).collect();
    used.into_iter().collect()
}

/// The kind of system that a runbook means by a name that no connection has.
pub(crate) fn kind_meant(name: &ConnectionName) -> &str {
    if name.as_str() == "entra" || name.as_str() == "m365" { "graph" } else { name.as_str() }
}

impl Connections for Wired {
    fn desk(&self, org: &OrgId, name: &ConnectionName) -> Option<Arc<dyn Desk>> {
        self.desks.get(&(org.clone(), name.clone())).cloned()
    }

    fn channel(&self, org: &OrgId) -> Option<(ConnectionName, Arc<dyn Channel>)> {
        self.channels.get(org).cloned()
    }

    fn second_opinion(&self, _: &OrgId) -> Option<Arc<dyn SecondOpinion>> {
        self.second_opinion.clone()
    }

    fn systems(&self, org: &OrgId) -> Vec<(ConnectionName, Arc<dyn System>)> {
        let own = self.systems.iter().filter(|((of, _), _)| of == org);
        own.map(|((_, name), system)| (name.clone(), system.clone())).collect()
    }

    fn system(&self, org: &OrgId, name: &ConnectionName) -> Option<(ConnectionName, Arc<dyn System>)> {
        if let Some(system) = self.systems.get(&(org.clone(), name.clone())) {
            return Some((name.clone(), system.clone()));
        }
        let wanted = kind_meant(name);
        let mut of_kind = self.systems.iter().filter(|((of, _), system)| of == org && system.kind() == wanted);
        match (of_kind.next(), of_kind.next()) {
            (Some(((_, name), system)), None) => Some((name.clone(), system.clone())),
            (None | Some(_), _) => None,
        }
    }
}

#[cfg(test)]
mod tests;
