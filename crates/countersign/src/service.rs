//! The service put together: configuration, store, vendors, use cases, server, worker.

use anyhow::Context;
use countersign_app::{
    App, Parts,
    org::{DeskRules, Org},
};
use countersign_catalog::Catalogue;
use countersign_classify::encoded::Larger;
use countersign_domain::{
    ids::{OrgId, RunbookId},
    person::Actor,
    policy::Policy,
    ports::{Clock, Connections, Ids},
    runbook::Runbook,
};
use countersign_server::{KeyRing, Server, ServerParts};
use countersign_store::{Alone, SqlStore, StoreOptions};
use countersign_worker::{Bells, Options, Worker};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    Failure, approvers, classifier,
    clock::SystemClock,
    config::{Config, OrgConfig},
    connections::Wired,
    ids::RandomIds,
    listeners::{Listeners, Reached},
};

/// Opens the configured store for the service, and makes it where it is not there yet.
///
/// # Errors
/// A store that cannot be opened: which, why, and what to do.
async fn open_store(config: &Config, ids: Arc<dyn Ids>) -> anyhow::Result<Arc<SqlStore>> {
    let url = config.storage_url.expose_secret();
    Ok(Arc::new(SqlStore::connect(url, ids, StoreOptions::default()).await?))
}

/// The runbooks of an organisation: the built-in ones and its own, those that are switched off too.
///
/// # Errors
/// [`Failure::Configuration`]: a runbook file with problems, each with its line and column; a folder that cannot be
/// read; rules for a runbook that there is not.
pub(crate) fn runbooks_of(id: &OrgId, org: &OrgConfig) -> Result<Vec<Runbook>, Failure> {
    read_runbooks(org).with_context(|| format!("org.{id}")).map_err(|error| Failure::configuration(&error))
}

fn read_runbooks(org: &OrgConfig) -> anyhow::Result<Vec<Runbook>> {
    let mut files = Vec::new();
    if let Some(folder) = &org.runbooks_dir {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("the runbook folder {} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text =
                    std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
                files.push((path.display().to_string(), text));
            }
        }
        files.sort();
    }
    let catalogue = Catalogue::with_files(&files).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the runbooks cannot be used:\n{}", lines.join("\n"))
    })?;
    org.check_runbooks(catalogue.runbooks())?;
    Ok(catalogue.runbooks().to_vec())
}

/// The organisations' rules, every runbook of theirs, and the larger encoder that helps to choose among those.
#[derive(Default)]
pub(crate) struct Rules {
    orgs: BTreeMap<OrgId, Org>,
    runbooks: Vec<Runbook>,
    larger: Option<Larger>,
}

impl Rules {
    /// Reads them.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: a runbook, rules for one, or an encoder that cannot be used.
    fn read(config: &Config) -> Result<Self, Failure> {
        let mut all = Self { larger: classifier::larger(config)?, ..Self::default() };
        for (id, settings) in &config.orgs {
            let runbooks = runbooks_of(id, settings)?;
            let org = rules(id, settings, &runbooks).with_context(|| format!("org.{id}"));
            all.add(org.map_err(|error| Failure::configuration(&error))?, runbooks);
        }
        Ok(all)
    }

    /// Reads them for a command that must work whatever is wrong with a runbook: then the organisation has the built-in
    /// ones alone, and `warn` is told why.
    pub(crate) fn read_or_built_in(config: &Config, warn: impl Fn(&str)) -> Self {
        let mut all = Self::default();
        for (id, settings) in &config.orgs {
            let read = runbooks_of(id, settings).and_then(|runbooks| Ok((rules(id, settings, &runbooks)?, runbooks)));
            let (org, runbooks) = read.unwrap_or_else(|failure| {
                warn(&format!("{}\nOf {id} the built-in runbooks alone are known here.", failure.text()));
                let built_in = countersign_catalog::builtin();
                let policies = built_in
                    .iter()
                    .filter_map(|runbook| settings.policy_of(runbook).ok().map(|policy| (runbook.id.clone(), policy)));
                (org_of(id, settings, &built_in, policies.collect()), built_in)
            });
            all.add(org, runbooks);
        }
        all
    }

    fn add(&mut self, org: Org, runbooks: Vec<Runbook>) {
        self.orgs.insert(org.id.clone(), org);
        self.runbooks.extend(runbooks);
    }
}

/// What a configuration comes to before anything is opened or asked.
pub(crate) struct Prepared {
    /// The clients.
    pub(crate) wired: Arc<Wired>,
    /// The rules.
    pub(crate) rules: Rules,
}

/// Makes the clients and reads the runbooks.
///
/// # Errors
/// [`Failure::Configuration`]: a vendor address, a mapping or a runbook that cannot be used.
pub(crate) fn prepare(config: &Config) -> Result<Prepared, Failure> {
    Ok(Prepared { wired: Arc::new(Wired::connect(config)?), rules: Rules::read(config)? })
}

/// The use cases with what stands behind them.
pub(crate) struct Assembled {
    /// The use cases.
    pub(crate) app: Arc<App>,
    /// The store.
    pub(crate) store: Arc<SqlStore>,
    bells: Bells,
}

/// Puts the use cases together.
pub(crate) fn assemble(
    store: Arc<SqlStore>,
    (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    connections: Arc<dyn Connections>,
    rules: Rules,
) -> Assembled {
    let Rules { orgs, runbooks, larger } = rules;
    let bells = Bells::default();
    let app = Arc::new(App::new(Parts {
        store: store.clone(),
        queries: store.clone(),
        clock,
        ids,
        classifier: classifier::classifier(&runbooks, larger),
        connections,
        wakeup: bells.effects.clone(),
        inbox_wakeup: bells.inbox.clone(),
        orgs,
    }));
    Assembled { app, store, bells }
}

fn rules(id: &OrgId, settings: &OrgConfig, runbooks: &[Runbook]) -> anyhow::Result<Org> {
    let policies = runbooks
        .iter()
        .map(|runbook| Ok((runbook.id.clone(), settings.policy_of(runbook)?)))
        .collect::<anyhow::Result<BTreeMap<RunbookId, Policy>>>()?;
    Ok(org_of(id, settings, runbooks, policies))
}

fn org_of(id: &OrgId, settings: &OrgConfig, runbooks: &[Runbook], policies: BTreeMap<RunbookId, Policy>) -> Org {
    let desks = settings
        .desks
        .iter()
        .map(|(name, desk)| (name.clone(), DeskRules { kind: "freshservice".to_owned(), since: desk.since }))
        .collect();
    Org {
        id: id.clone(),
        zone: settings.time_zone.clone(),
        note_prefix: settings.note_prefix.clone(),
        ticket_words: settings.ticket_words,
        runbooks: runbooks.iter().map(|runbook| (runbook.intent.clone(), runbook.clone())).collect(),
        policies,
        desks,
        provisioning_wait: settings.provisioning_wait,
        mode: settings.mode,
        modes: settings.modes(),
        retention: settings.retention,
    }
}

/// How a service starts.
pub(crate) struct Start {
    /// The clock everything goes by.
    pub(crate) clock: Arc<SystemClock>,
    /// Start without starting any step: everything is paused.
    pub(crate) paused: bool,
    /// Take any free port where the configured one is not to be had.
    pub(crate) any_port: bool,
    /// Renders the metrics; left out, they are not collected.
    pub(crate) metrics: Option<PrometheusHandle>,
}

/// A running service.
pub(crate) struct Service {
    /// Where it listens.
    pub(crate) reached: Reached,
    /// The use cases.
    pub(crate) app: Arc<App>,
    server: Server,
    store: Arc<SqlStore>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    _alone: Option<Alone>,
}

impl Service {
    /// Starts everything.
    ///
    /// # Errors
    /// A configuration, store or address that cannot be used.
    pub(crate) async fn start(config: Config, start: Start) -> Result<Self, Failure> {
        let Prepared { wired, rules } = prepare(&config)?;
        let listeners = Listeners::open(&config, start.any_port)?;
        let reached = listeners.reached()?;
        let alone = Alone::on(config.storage_url.expose_secret())?;
        let ids: Arc<dyn Ids> = Arc::new(RandomIds::new(start.clock.clone()));
        let store = open_store(&config, Arc::clone(&ids)).await?;
        let assembled = assemble(store, (start.clock, ids), wired.clone(), rules);
        if let Some(alone) = &alone {
            assembled.store.end_claims(alone).await?;
        }
        assembled.app.record_start(env!("CARGO_PKG_VERSION"), config.digest()).await?;
        if start.paused {
            for org in config.orgs.keys() {
                assembled.app.pause(org, None, Some("started with --paused".to_owned()), &Actor::Operator).await?;
            }
        }
        let handle = start.metrics;
        let budgets = Arc::clone(&wired);
        let render = move || {
            budgets.report_budgets();
            handle.as_ref().map(PrometheusHandle::render).unwrap_or_default()
        };
        let server = Server::new(ServerParts {
            app: assembled.app.clone(),
            keys: KeyRing::load(assembled.store.clone()).await?,
            doors: wired.doors(),
            metrics: Arc::new(render),
            version: env!("CARGO_PKG_VERSION"),
        });
        let stop = CancellationToken::new();
        let mut options = Options::named(format!("{}-{}", std::process::id(), reached.public.port()));
        options.concurrency = config.worker_concurrency;
        options.lease = config.worker_lease;
        options.request = config.worker_request_timeout + countersign_outbound::MAX_WAIT;
        let approvers = approvers::warn_of_unresolved(wired, stop.clone());
        let mut tasks = listeners.serve(&server, &stop);
        tasks.push(tokio::spawn(approvers));
        if start.paused {
            let orgs = config.orgs.keys().cloned().collect();
            tasks.push(tokio::spawn(say_paused(assembled.app.clone(), orgs, stop.clone())));
        }
        tasks.push(tokio::spawn(config.watched.keep_fresh(stop.clone())));
        if config.worker_concurrency > 0 {
            let worker = Worker::new(assembled.app.clone(), assembled.bells, options);
            tasks.push(tokio::spawn(worker.run(stop.clone())));
        }
        Ok(Self { reached, app: assembled.app, server, store: assembled.store, stop, tasks, _alone: alone })
    }

    /// Reads the keys again.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn refresh_keys(&self) -> anyhow::Result<()> {
        Ok(self.server.keys().refresh().await?)
    }

    /// Lets what is in flight finish and closes the store.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the service ended badly");
            }
        }
        self.store.shutdown().await;
    }
}

/// Has the cards that are out say that everything is paused; ends with the service.
async fn say_paused(app: Arc<App>, orgs: Vec<OrgId>, stop: CancellationToken) {
    let said = async {
        for org in orgs {
            if let Err(error) = app.show_pause(&org, None).await {
                tracing::warn!(%org, %error, "cards do not say yet that steps are paused");
            }
        }
    };
    let _ = stop.run_until_cancelled(said).await;
}

#[cfg(test)]
mod tests;
