//! Performing steps: one write each.

use countersign_domain::{
    plan::{Action, NewUser, ObjectId, Step, UserRef},
    ports::{Performed, PortError},
};
use countersign_outbound::Sort;

use super::{
    Okta,
    observe::{fits, not_oktas},
    words::port_error,
};
use crate::client::{ClientError, NewProfile};

impl Okta {
    pub(super) async fn perform_step(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
        if let Action::CreateUser { profile } = &step.action {
            return self.create(profile).await;
        }
        let Some(target) = step.action.user() else { return Err(not_oktas(step)) };
        let id = self.id_of(target, created).await?;
        let id = id.as_str();
        let (result, what, says) = match &step.action {
            Action::ResetPassword { .. } => (
                self.client.mail_password_reset(id).await,
                "resetting the password",
                "Okta mailed the user a link with which to set a new password.".to_owned(),
            ),
            Action::ResetFactors { .. } => (
                self.client.reset_factors(id).await,
                "resetting the factors",
                "Okta removed every enrolled factor.".to_owned(),
            ),
            Action::SuspendUser { .. } => {
                (self.client.suspend(id).await, "suspending the user", "Okta suspended the account.".to_owned())
            }
            Action::UnlockUser { .. } => {
                (self.client.unlock(id).await, "unlocking the user", "Okta unlocked the account.".to_owned())
            }
            Action::ClearSessions { .. } => (
                self.client.clear_sessions(id).await,
                "ending the sessions",
                "Okta ended all of its sessions.".to_owned(),
            ),
            Action::AddToGroup { group, group_name, .. } => (
                self.client.add_member(&group.0, id).await,
                "adding to the group",
                format!("Okta added the user to the group {group_name}."),
            ),
            Action::RemoveFromGroup { group, group_name, .. } => (
                self.client.remove_member(&group.0, id).await,
                "removing from the group",
                format!("Okta removed the user from the group {group_name}."),
            ),
            Action::CreateUser { .. }
            | Action::AssignLicense { .. }
            | Action::SetUsageLocation { .. }
            | Action::EnableAccount { .. }
            | Action::DismissRisk { .. } => return Err(not_oktas(step)),
        };
        result.map_err(|error| port_error(error, what, Sort::Write))?;
        Ok(Performed { says, created: None })
    }

    /// The id of whom a step is about; a login alone has to be looked up.
    async fn id_of(&self, target: &UserRef, created: Option<&ObjectId>) -> Result<String, PortError> {
        match (target, created) {
            (UserRef::Known(id), _) | (UserRef::CreatedBy { .. }, Some(id)) => Ok(id.0.clone()),
            (UserRef::CreatedBy { .. } | UserRef::Awaited { .. }, _) => match self.find(target, created).await? {
                Some(user) => Ok(user.id),
                None => Err(PortError::permanent("The user is not in Okta; nothing was sent. Plan again.")),
            },
        }
    }

    /// A login that is taken is reported as an invalid field, so whose it is gets read back: with the very profile of
    /// the plan it is the user who was wanted.
    async fn create(&self, profile: &NewUser) -> Result<Performed, PortError> {
        let wanted = NewProfile {
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            login: profile.login.to_string(),
            email: profile.login.to_string(),
        };
        let error = match self.client.create_user(&wanted).await {
            Ok(user) => {
                let says = "Okta created and activated the user and mailed how to set a password.";
                return Ok(Performed { says: says.to_owned(), created: Some(ObjectId(user.id)) });
            }
            Err(error) => error,
        };
        if let ClientError::Refused(refusal) = &error
            && refusal.is_invalid()
            && let Some(there) = self.read_user(profile.login.as_str()).await?
        {
            if fits(&there, profile) {
                let says = "The user was in Okta already, with the profile of the plan.";
                return Ok(Performed { says: says.to_owned(), created: Some(ObjectId(there.id)) });
            }
            return Err(PortError::permanent(
                "Okta refused creating the user (E0000001): the login belongs to a user with another profile. Choose \
                 another login and plan again.",
            ));
        }
        Err(port_error(error, "creating the user", Sort::Write))
    }
}
