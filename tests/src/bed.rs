//! The stage: a sandbox, a folder, a configuration, keys, the service.

use anyhow::{Context, bail, ensure};
use countersign_sandbox::{Automator, NewTicket, Sandbox, Template};
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

use crate::{
    cli::{self, Said},
    patience::until,
    program::{postgres, program},
    service::Service,
    settings::{Settings, secrets},
};

/// What the key may do that the tests use for everything but decisions.
const SCOPES: &str = "ticket:ingest,run:read,run:manage,catalog:read,audit:read";

/// A stage with the service on it. What is dropped is ended and deleted.
pub struct Bed {
    /// The service, unless a test took it down. Dropped first: it talks to the rest.
    pub(crate) service: Option<Service>,
    /// The vendors.
    pub sandbox: Sandbox,
    /// The folder that holds the configuration, the database and the log.
    pub folder: TempDir,
    /// The configuration file.
    pub config: PathBuf,
    /// The environment of every process of the program that is started.
    pub environment: BTreeMap<String, String>,
    /// A key for everything but decisions.
    pub key: String,
    /// A key that decides as `mail:lead@acme.com`.
    pub decider: String,
    pub(crate) http: reqwest::Client,
    program: PathBuf,
    twice: bool,
}

/// A ticket that was raised, and what its desk was answered.
#[derive(Debug, Clone)]
pub struct Raised {
    /// Its number.
    pub ticket: u64,
    /// The run it became.
    pub run: String,
    /// What the desk was answered.
    pub answer: Value,
}

impl Bed {
    /// A stage with the service running; `None`, after saying so, where there is no program to be tested.
    ///
    /// # Errors
    /// Whatever could not be set up.
    pub async fn start(settings: Settings) -> anyhow::Result<Option<Self>> {
        Self::start_with(settings, &[]).await
    }

    /// As [`Bed::start`], with these arguments of `serve` besides.
    ///
    /// # Errors
    /// Whatever could not be set up.
    pub async fn start_with(settings: Settings, arguments: &[&str]) -> anyhow::Result<Option<Self>> {
        let Some(mut bed) = Self::prepare(settings).await? else { return Ok(None) };
        bed.make_keys().await?;
        bed.serve_with(arguments).await?;
        Ok(Some(bed))
    }

    /// Makes the stage's two keys.
    ///
    /// # Errors
    /// They were not made.
    pub async fn make_keys(&mut self) -> anyhow::Result<()> {
        self.key = self.new_key(&["--name", "tests", "--scope", SCOPES]).await?;
        self.decider =
            self.new_key(&["--name", "lead", "--scope", "run:decide", "--person", "mail:lead@acme.com"]).await?;
        Ok(())
    }

    /// A stage without keys and without the service.
    ///
    /// # Errors
    /// Whatever could not be set up.
    pub async fn prepare(settings: Settings) -> anyhow::Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        let sandbox = Sandbox::start(settings.sandbox.clone()).await?;
        let folder = tempfile::tempdir()?;
        let mut environment = secrets(&sandbox);
        let mut storage = format!("sqlite://{}", folder.path().join("countersign.db").display());
        let mut text = settings.text(&sandbox, &storage)?;
        if settings.postgres {
            let Some(admin) = postgres() else {
                println!("LEFT OUT: COUNTERSIGN_TEST_POSTGRES is not set. Run `cargo xtask test`.");
                return Ok(None);
            };
            let line = format!("url = \"{storage}\"");
            storage = new_database(&admin, folder.path()).await?;
            environment.insert("STORAGE_URL".to_owned(), storage);
            text = text.replace(&line, "url = { env = \"STORAGE_URL\" }");
        }
        let config = folder.path().join("countersign.toml");
        std::fs::write(&config, text)?;
        #[expect(clippy::disallowed_methods, reason = "the tests' own client stands outside the product")]
        let http = reqwest::Client::builder().no_proxy().build()?;
        let twice = settings.sandbox.deliver_interactions_twice;
        let (service, key, decider) = (None, String::new(), String::new());
        Ok(Some(Self { service, sandbox, folder, config, environment, key, decider, http, program, twice }))
    }

    /// Makes a key; `arguments` as `key create` takes them.
    ///
    /// # Errors
    /// It was not made.
    pub async fn new_key(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let said = self.on_config(&[&["key", "create"], arguments, &["--json"]].concat()).await?.well()?;
        let line: Value = serde_json::from_str(said.out.trim())?;
        Ok(line["key"].as_str().context("`key create` shows no key")?.to_owned())
    }

    /// Starts the service, and points the sandbox's desk and channel at it.
    ///
    /// # Errors
    /// It did not start.
    pub async fn serve(&mut self) -> anyhow::Result<()> {
        self.serve_with(&[]).await
    }

    /// As [`Bed::serve`], with these arguments of `serve` besides.
    ///
    /// # Errors
    /// It did not start.
    pub async fn serve_with(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let log = self.folder.path().join("service.log");
        self.service = None;
        let service = Service::start(&self.program, &self.environment, (&self.config, arguments), &log).await?;
        let (base, admin) = (service.base.clone(), service.admin.clone());
        self.service = Some(service);
        self.sandbox.set_interactivity(format!("{base}/webhooks/acme/it-approvals"), self.twice);
        self.rule(Template::Countersign, 1)?;
        until("the service is ready", async || {
            let ready = self.http.get(format!("{admin}/readyz")).send().await;
            Ok(ready.is_ok_and(|answer| answer.status() == 200).then_some(()))
        })
        .await
    }

    /// Starts one more service on the same configuration, as another node. Requests still go to the first.
    ///
    /// # Errors
    /// It did not start.
    pub async fn another(&self) -> anyhow::Result<Service> {
        let log = self.folder.path().join("another.log");
        Service::start(&self.program, &self.environment, (&self.config, &[]), &log).await
    }

    /// Ends the service as an administrator would, and waits until it has ended well.
    ///
    /// # Errors
    /// It did not.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let service = self.service_mut()?;
        service.ask_to_stop()?;
        let status = service.ended().await?;
        ensure!(status.success(), "the service ended with {status}");
        self.service = None;
        Ok(())
    }

    /// Puts `new` in the place of `old` in the stage's configuration; a service that runs has to be started again.
    ///
    /// # Errors
    /// There is no such text in it.
    pub fn reconfigure(&self, old: &str, new: &str) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.config)?;
        ensure!(text.contains(old), "the configuration has no {old:?}");
        Ok(std::fs::write(&self.config, text.replace(old, new))?)
    }

    /// Takes only the holder of this certificate (PEM) for the service.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn trust(&mut self, certificate: &str) -> anyhow::Result<()> {
        self.http = client_that_trusts(certificate)?;
        Ok(())
    }

    /// Ends the service as a power cut would, and starts it again.
    ///
    /// # Errors
    /// The service did not start again.
    pub async fn cut_and_serve(&mut self) -> anyhow::Result<()> {
        self.service_mut()?.cut()?;
        self.serve().await
    }

    /// Sets the desk's rule: which body it sends, and how often.
    ///
    /// # Errors
    /// There is no service that it could send to.
    pub fn rule(&self, template: Template, deliveries: u32) -> anyhow::Result<()> {
        self.sandbox.set_automator(Some(Automator {
            url: format!("{}/api/v1/tickets/ingest", self.base()?),
            headers: BTreeMap::from([("Authorization".to_owned(), format!("Bearer {}", self.key))]),
            template,
            deliveries,
        }));
        Ok(())
    }

    /// Where the service is reached.
    ///
    /// # Errors
    /// It does not run.
    pub fn base(&self) -> anyhow::Result<String> {
        Ok(self.service.as_ref().context("no service runs")?.base.clone())
    }

    /// The running service.
    ///
    /// # Errors
    /// It does not run.
    pub fn service_mut(&mut self) -> anyhow::Result<&mut Service> {
        self.service.as_mut().context("no service runs")
    }

    /// Somebody raises a ticket, and the desk's rule sends it.
    ///
    /// # Errors
    /// The desk was not answered with a run.
    pub async fn raise(&self, new: NewTicket) -> anyhow::Result<Raised> {
        let raised = self.sandbox.raise_ticket(new).await?;
        let Some(first) = raised.deliveries.first() else { bail!("the desk's rule sent nothing") };
        ensure!(first.status == 200, "the desk was answered {}: {}", first.status, first.answer);
        let run = first.answer["runId"].as_str().context("no run id was answered")?.to_owned();
        Ok(Raised { ticket: raised.id, run, answer: first.answer.clone() })
    }

    /// Runs a command of the program.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn cli(&self, arguments: &[&str], input: &str) -> anyhow::Result<Said> {
        cli::run(&self.program, &self.environment, arguments, input).await
    }

    /// Runs a command with the stage's configuration.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn on_config(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let config = self.config.display().to_string();
        self.cli(&[arguments, &["--config", &config]].concat(), "").await
    }

    /// Writes a file into the stage's folder.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// The database's file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("countersign.db")
    }
}

/// A client that takes only the holder of this certificate (PEM) for the service.
///
/// # Errors
/// It is no certificate.
pub fn client_that_trusts(certificate: &str) -> anyhow::Result<reqwest::Client> {
    #[expect(clippy::disallowed_methods, reason = "the tests' own client stands outside the product")]
    let builder = reqwest::Client::builder();
    let certificate = reqwest::Certificate::from_pem(certificate.as_bytes())?;
    Ok(builder.no_proxy().tls_certs_only([certificate]).build()?)
}

/// A database of its own on the PostgreSQL server for tests, named after the stage's folder. The server is thrown away
/// after the tests, and all its databases with it.
async fn new_database(admin: &str, folder: &Path) -> anyhow::Result<String> {
    let name: String = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let server = Database::connect(admin).await?;
    server.execute_unprepared(&format!("CREATE DATABASE e2e_{name}")).await?;
    server.close().await?;
    let (before, options) = admin.split_once('?').map_or((admin, None), |(before, options)| (before, Some(options)));
    let (scheme, rest) = before.split_once("://").context("COUNTERSIGN_TEST_POSTGRES is no address")?;
    let host = rest.split('/').next().unwrap_or_default();
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}/e2e_{name}{options}"))
}

/// A ticket sent by mail.
#[must_use]
pub fn ticket(from: &str, subject: &str, description: &str) -> NewTicket {
    NewTicket {
        subject: subject.to_owned(),
        description: description.to_owned(),
        email: from.to_owned(),
        source: 1,
        ..NewTicket::default()
    }
}
