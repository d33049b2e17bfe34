//! Okta as a system of the corridor.

mod groups;
mod guard;
mod observe;
mod perform;
mod prepare;
mod resolve;
mod words;

use async_trait::async_trait;
use countersign_domain::{
    plan::{ObjectId, Step, Subject, UserRef},
    ports::{Observed, Performed, PersonQuery, PortError, Prepared, StepAsk, System},
    runbook::ActionKind,
};
use countersign_outbound::{Factory, OutboundError, Pace, Sort, Target};
use secrecy::SecretString;
use url::Url;

use crate::client::{Client, User};
use words::port_error;

const ACTIONS: [ActionKind; 8] = [
    ActionKind::ResetPassword,
    ActionKind::ResetFactors,
    ActionKind::SuspendUser,
    ActionKind::UnlockUser,
    ActionKind::ClearSessions,
    ActionKind::CreateUser,
    ActionKind::AddToGroup,
    ActionKind::RemoveFromGroup,
];

/// One Okta org.
#[derive(Debug, Clone)]
pub struct Okta {
    client: Client,
}

impl Okta {
    /// The org behind a client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The org at `base_url` (`https://acme.okta.com`), with an API token. Okta's limits differ by org and endpoint and
    /// are learned from its answers, so no rate is assumed.
    ///
    /// # Errors
    /// A base URL that may not be used.
    pub fn connect(factory: &Factory, base_url: Url, token: &SecretString) -> Result<Self, OutboundError> {
        let http = factory.client(Target { vendor: "okta", base_url, pace: Pace::default() })?;
        Ok(Self::new(Client::new(http, token)))
    }

    /// Reads a user by id or login.
    async fn read_user(&self, id_or_login: &str) -> Result<Option<User>, PortError> {
        self.client
            .user(id_or_login)
            .await
            .map_err(|error| port_error(error, "reading the user", "to read users", Sort::Read))
    }

    /// Reads whom a step is about. `created` is the id that an earlier step of the run created them with.
    async fn find(&self, user: &UserRef, created: Option<&ObjectId>) -> Result<Option<User>, PortError> {
        match (user, created) {
            (UserRef::Known(id), _) | (UserRef::CreatedBy { .. }, Some(id)) => self.read_user(&id.0).await,
            (UserRef::CreatedBy { login, .. } | UserRef::Awaited { login }, _) => self.read_user(login).await,
        }
    }
}

#[async_trait]
impl System for Okta {
    fn kind(&self) -> &'static str {
        "okta"
    }

    fn actions(&self) -> &'static [ActionKind] {
        &ACTIONS
    }

    async fn resolve(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        self.look_for(who).await
    }

    async fn prepare(&self, ask: &StepAsk) -> Result<Prepared, PortError> {
        self.prepare_step(ask).await
    }

    async fn observe(&self, step: &Step, created: Option<&ObjectId>, ambiguous: bool) -> Result<Observed, PortError> {
        self.observe_step(step, created, ambiguous).await
    }

    async fn perform(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
        self.perform_step(step, created).await
    }

    async fn identify(&self) -> Result<String, PortError> {
        let owner = self
            .client
            .me()
            .await
            .map_err(|error| port_error(error, "asking who we are", "to read users", Sort::Read))?;
        Ok(format!("Okta {} as {}", self.client.host(), owner.profile.login.unwrap_or_default()))
    }
}
