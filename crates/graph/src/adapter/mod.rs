//! The domain's `System` port, played by Entra ID and Microsoft 365 through Microsoft Graph.
//!
//! Guards are short texts such as `accountEnabled=false`, read again right before a step: see each step's module.

mod check;
mod errors;
mod groups;
mod licences;
mod nesting;
mod people;
mod permissions;
mod products;
mod settings;
mod sign_in;
mod standing;
mod words;

use async_trait::async_trait;
use countersign_domain::{
    plan::{Action, BlockCode, Blocker, ObjectId, Step, Subject, UserRef},
    ports::{Finding, Observed, Performed, PersonQuery, PortError, Prepared, Standing, StepAsk, System},
    runbook::ActionKind,
    time::At,
};
use countersign_outbound::{Factory, Pace, Target};

use url::Url;

use crate::client::{Application, GraphClient, Id, Monotonic, Tokens, monotonic};

pub use permissions::{admin_consent_link, operations, permissions};
pub use settings::{GraphError, GraphSettings};

use people::Located;

/// What Graph can prepare and perform.
const ACTIONS: [ActionKind; 8] = [
    ActionKind::ClearSessions,
    ActionKind::AddToGroup,
    ActionKind::RemoveFromGroup,
    ActionKind::AssignLicense,
    ActionKind::SetUsageLocation,
    ActionKind::EnableAccount,
    ActionKind::DismissRisk,
    ActionKind::RestoreSignIn,
];

/// One Entra tenant.
pub struct GraphSystem {
    client: GraphClient,
    /// Graph's versioned root.
    api: Url,
    /// The sign-in service.
    login: Url,
    tenant_id: String,
    client_id: String,
    /// The country set for users who have none.
    country: Option<String>,
}

impl GraphSystem {
    /// A system for these settings. Sends nothing.
    ///
    /// # Errors
    /// Settings that cannot be used, each saying which and what to write instead.
    pub fn new(factory: &Factory, settings: GraphSettings) -> Result<Self, GraphError> {
        Self::with_clock(factory, settings, monotonic())
    }

    /// The same, with a monotonic clock of the caller's, by which tokens grow old.
    ///
    /// # Errors
    /// As [`GraphSystem::new`].
    pub fn with_clock(factory: &Factory, settings: GraphSettings, clock: Monotonic) -> Result<Self, GraphError> {
        let country = settings.check()?;
        let pace = Pace { per_minute: settings.per_minute, ..Pace::default() };
        let (api, login) = (settings.api_root(), settings.login_base_url);
        let graph = factory.client(Target { vendor: "graph", base_url: api.clone(), pace })?;
        let pace = Pace::default();
        let sign_in = factory.client(Target { vendor: "entra-sign-in", base_url: login.clone(), pace })?;
        let (tenant_id, client_id) = (settings.tenant_id, settings.client_id);
        let application = Application {
            tenant_id: tenant_id.clone(),
            client_id: client_id.clone(),
            client_secret: settings.client_secret,
        };
        let client = GraphClient::new(graph, Tokens::new(sign_in, application, clock));
        Ok(Self { client, api, login, tenant_id, client_id, country })
    }
}

#[async_trait]
impl System for GraphSystem {
    fn kind(&self) -> &'static str {
        "graph"
    }

    fn actions(&self) -> &'static [ActionKind] {
        &ACTIONS
    }

    async fn resolve(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        self.find_people(who).await
    }

    async fn prepare(&self, ask: &StepAsk) -> Result<Prepared, PortError> {
        let person = match self.person(&ask.subject).await? {
            Ok(person) => person,
            Err(blocker) => return Ok(words::blocked(blocker)),
        };
        match ask.action {
            ActionKind::AddToGroup => self.prepare_memberships(ask, &person, true).await,
            ActionKind::RemoveFromGroup => self.prepare_memberships(ask, &person, false).await,
            ActionKind::AssignLicense => self.prepare_license(ask, &person).await,
            ActionKind::SetUsageLocation => Ok(self.prepare_usage_location(&person)),
            ActionKind::EnableAccount => Ok(sign_in::prepare_enable(&person)),
            ActionKind::DismissRisk => self.prepare_dismiss(&person).await,
            ActionKind::ClearSessions => Ok(sign_in::prepare_clear_sessions(&person)),
            ActionKind::RestoreSignIn => self.prepare_restore(&person).await,
            ActionKind::ResetPassword
            | ActionKind::ResetFactors
            | ActionKind::SuspendUser
            | ActionKind::UnlockUser
            | ActionKind::CreateUser => Ok(words::blocked(Blocker::new(
                BlockCode::NotPossible,
                format!("The Microsoft Graph connection cannot do `{}`.", ask.action),
                "Name another system for this step in the runbook.",
            ))),
        }
    }

    async fn observe(&self, step: &Step, created: Option<&ObjectId>, _ambiguous: bool) -> Result<Observed, PortError> {
        // Every action here puts a state that can be read, so an attempt of unknown outcome is seen like any other.
        let Some(user) = step.action.user() else { return Ok(foreign(&step.action)) };
        let user = match self.locate(user, created).await? {
            Located::Here(user) => user,
            Located::NotYet(says) => return Ok(Observed::NotYet(says)),
            Located::Gone(says) => return Ok(Observed::Drifted(says)),
        };
        match &step.action {
            Action::AddToGroup { group, group_name, .. } => {
                self.observe_membership(&user, (group, group_name), true, &step.guard).await
            }
            Action::RemoveFromGroup { group, group_name, .. } => {
                self.observe_membership(&user, (group, group_name), false, &step.guard).await
            }
            Action::AssignLicense { sku, sku_name, .. } => {
                self.observe_license(&user, sku, sku_name, &step.guard).await
            }
            Action::SetUsageLocation { country, .. } => {
                Ok(licences::observe_usage_location(&user, country, &step.guard))
            }
            Action::EnableAccount { .. } => Ok(sign_in::observe_enable(&user)),
            Action::DismissRisk { .. } => self.observe_dismiss(&user, &step.guard).await,
            Action::ClearSessions { .. } => Ok(Observed::Ready),
            Action::ResetPassword { .. }
            | Action::ResetFactors { .. }
            | Action::SuspendUser { .. }
            | Action::UnlockUser { .. }
            | Action::CreateUser { .. } => Ok(foreign(&step.action)),
        }
    }

    async fn perform(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
        let Some(user) = step.action.user() else { return Err(unable(&step.action)) };
        let id = self.id_of(user, created).await?;
        let awaited = matches!(user, UserRef::Awaited { .. });
        let failed = |error| errors::of_step(error, awaited);
        let says = match &step.action {
            Action::AddToGroup { group, group_name, .. } => self.add_member(&id, awaited, group, group_name).await?,
            Action::RemoveFromGroup { group, group_name, .. } => self.remove_member(&id, group, group_name).await?,
            Action::AssignLicense { sku, sku_name, .. } => {
                let sku = Id::new(&sku.0).map_err(errors::bad_id)?;
                self.client.assign_licenses(&id, &[sku], &[]).await.map_err(failed)?;
                format!("Assigned {sku_name}.")
            }
            Action::SetUsageLocation { country, .. } => {
                self.client.set_usage_location(&id, country).await.map_err(failed)?;
                format!("Set the country of use to {country}.")
            }
            Action::EnableAccount { .. } => {
                self.client.set_account_enabled(&id, true).await.map_err(failed)?;
                "Enabled the account.".to_owned()
            }
            Action::DismissRisk { .. } => {
                self.client.dismiss_risk(std::slice::from_ref(&id)).await.map_err(failed)?;
                "Dismissed the user's risk.".to_owned()
            }
            Action::ClearSessions { .. } => {
                self.client.revoke_sign_in_sessions(&id).await.map_err(failed)?;
                "Ended all sign-in sessions; it can take some minutes until every application has noticed.".to_owned()
            }
            Action::ResetPassword { .. }
            | Action::ResetFactors { .. }
            | Action::SuspendUser { .. }
            | Action::UnlockUser { .. }
            | Action::CreateUser { .. } => return Err(unable(&step.action)),
        };
        Ok(Performed { says, created: None })
    }

    async fn standing(&self, subject: &Subject) -> Result<Standing, PortError> {
        self.standing_of(&Id::new(&subject.id.0).map_err(errors::bad_id)?).await
    }

    async fn check(&self, actions: &[ActionKind], now: At) -> Vec<Finding> {
        self.look(actions, now).await
    }
}

fn foreign(action: &Action) -> Observed {
    Observed::Drifted(format!("the Microsoft Graph connection cannot do `{}`", action.kind()))
}

fn unable(action: &Action) -> PortError {
    PortError::permanent(format!("the Microsoft Graph connection cannot do `{}`; nothing was sent", action.kind()))
}
