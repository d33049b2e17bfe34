//! For which organisation and which runbooks something is set up.

use countersign_domain::{
    ids::{ConnectionName, OrgId},
    runbook::{ActionKind, Runbook},
};
use std::path::PathBuf;

use super::{
    super::the_org,
    enabled,
    table::{Need, needs},
};
use crate::{
    Failure,
    cli::SetupArgs,
    config::{self, Config, SystemConfig},
    connections::kind_meant,
    service::runbooks_of,
};
use countersign_domain::ports::Permission;

/// What stands for the organisation, where no configuration says.
const NOBODY: &str = "example";
/// What stands for the service's address, where no configuration says.
const NOWHERE: &str = "https://countersign.example.com";

/// For which organisation and which runbooks.
pub(super) struct Situation {
    file: Option<PathBuf>,
    config: Option<Config>,
    org: OrgId,
    enabled: Vec<Runbook>,
}

impl Situation {
    /// Of the given configuration, whose secrets need not be there yet; else one that stands for any.
    ///
    /// # Errors
    /// A configuration that is no good, an organisation that is not there.
    pub(super) fn of(args: &SetupArgs) -> Result<Self, Failure> {
        let Some(file) = &args.config else { return Self::without_configuration(args.org.as_deref()) };
        let config = config::load_without_secrets(file, &config::process_environment())
            .map_err(|error| Failure::Configuration(error.to_string()))?;
        let org = the_org(&config, args.org.as_deref())?;
        let settings = &config.orgs[&org];
        let enabled = enabled(settings, &runbooks_of(&org, settings)?);
        Ok(Self { file: Some(file.clone()), config: Some(config), org, enabled })
    }

    /// All built-in runbooks, of an organisation with neutral names.
    pub(super) fn without_configuration(org: Option<&str>) -> Result<Self, Failure> {
        let org = OrgId::new(org.unwrap_or(NOBODY)).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { file: None, config: None, org, enabled: countersign_catalog::builtin() })
    }

    /// The organisation.
    pub(super) fn org(&self) -> &OrgId {
        &self.org
    }

    /// How the outside reaches the service, without a slash at the end.
    pub(super) fn public_url(&self) -> String {
        let known = self.config.as_ref().and_then(|config| config.public_url.as_ref());
        known.map_or_else(|| NOWHERE.to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// The configuration's file, as a command takes it.
    pub(super) fn file(&self) -> String {
        self.file.as_ref().map_or_else(|| "countersign.toml".to_owned(), |file| file.display().to_string())
    }

    /// The desk's connection and its host name.
    pub(super) fn desk(&self) -> (String, String) {
        let known = self.settings().and_then(|settings| settings.desks.iter().next());
        known.map_or_else(
            || ("helpdesk".to_owned(), format!("{}.freshservice.com", self.org)),
            |(name, desk)| (name.to_string(), desk.domain.clone()),
        )
    }

    /// The channel's connection.
    pub(super) fn channel(&self) -> String {
        let known = self.settings().and_then(|settings| settings.channel.as_ref());
        known.map_or_else(|| "it-approvals".to_owned(), |(name, _)| name.to_string())
    }

    /// The Okta connection and its host name.
    pub(super) fn okta(&self) -> (String, String) {
        let mut known = self.settings().into_iter().flat_map(|settings| &settings.systems);
        let found = known.find_map(|(name, system)| match system {
            SystemConfig::Okta(okta) => Some((name.to_string(), okta.domain.clone())),
            SystemConfig::Graph(_) => None,
        });
        found.unwrap_or_else(|| ("okta".to_owned(), format!("{}.okta.com", self.org)))
    }

    /// The Entra connection, with tenant and application where they are known.
    pub(super) fn entra(&self) -> (String, Option<(String, String)>) {
        let mut known = self.settings().into_iter().flat_map(|settings| &settings.systems);
        let found = known.find_map(|(name, system)| match system {
            SystemConfig::Okta(_) => None,
            SystemConfig::Graph(graph) => {
                Some((name.to_string(), Some((graph.tenant_id.clone(), graph.client_id.clone()))))
            }
        });
        found.unwrap_or_else(|| ("entra".to_owned(), None))
    }

    /// The enabled runbooks' ids.
    pub(super) fn runbooks(&self) -> Vec<&str> {
        self.enabled.iter().map(|runbook| runbook.id.as_str()).collect()
    }

    /// What the enabled runbooks need of a system of this kind.
    pub(super) fn needs(&self, kind: &str, permissions: fn(&[ActionKind]) -> Vec<Permission>) -> Vec<Need> {
        needs(&self.enabled, |system| self.kind(system) == kind, permissions)
    }

    /// For whom all this is, as the first lines of what is printed.
    pub(super) fn heading(&self, what: &str) -> String {
        let runbooks = self.runbooks();
        let listed = if runbooks.is_empty() { "none".to_owned() } else { runbooks.join(", ") };
        match &self.file {
            Some(file) => {
                let nowhere = if self.config.as_ref().is_some_and(|config| config.public_url.is_none()) {
                    format!("server.public_url is not set there: put your own address in the place of {NOWHERE}.\n")
                } else {
                    String::new()
                };
                format!(
                    "{what}\nFor the organisation {} of {}, and its enabled runbooks: {listed}.\n{nowhere}",
                    self.org,
                    file.display()
                )
            }
            None => format!(
                "{what}\nNo configuration was given (--config FILE), so this is for all built-in runbooks: {listed}.\nPut your \
                 own names in the place of {}, {} and {NOWHERE}.\n",
                self.org,
                self.desk().1,
            ),
        }
    }

    fn settings(&self) -> Option<&config::OrgConfig> {
        self.config.as_ref().and_then(|config| config.orgs.get(&self.org))
    }

    /// The kind of system that a runbook means by a name: as `Connections::system` finds it.
    fn kind<'a>(&'a self, system: &'a ConnectionName) -> &'a str {
        match self.settings().and_then(|settings| settings.systems.get(system)) {
            Some(SystemConfig::Okta(_)) => "okta",
            Some(SystemConfig::Graph(_)) => "graph",
            None => kind_meant(system),
        }
    }
}
