//! Okta as a system of the corridor.

mod access;
mod check;
mod groups;
mod guard;
mod observe;
mod perform;
mod prepare;
mod resolve;
mod rights;
mod standing;
mod words;

use async_trait::async_trait;
use countersign_domain::{
    plan::{ObjectId, Step, Subject, UserRef},
    ports::{Finding, Observed, Performed, PersonQuery, PortError, Prepared, Standing, StepAsk, System},
    runbook::ActionKind,
    time::At,
};
use countersign_outbound::Sort;

pub use rights::{operations, permissions, scopes};

use crate::client::{Client, User};
use words::port_error;

/// The actions that Okta performs.
pub const ACTIONS: [ActionKind; 8] = [
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

    /// Reads a user by id or login.
    async fn read_user(&self, id_or_login: &str) -> Result<Option<User>, PortError> {
        self.client.user(id_or_login).await.map_err(|error| port_error(error, "reading the user", Sort::Read))
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

    async fn standing(&self, subject: &Subject) -> Result<Standing, PortError> {
        self.read_standing(subject).await
    }

    async fn check(&self, actions: &[ActionKind], now: At) -> Vec<Finding> {
        self.check_all(actions, now).await
    }
}
