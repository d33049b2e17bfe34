//! Users and what is done to them.

use serde_json::json;
use url::form_urlencoded;

use super::{Block, Client, ClientError, Factor, Group, NewProfile, Operation, Role, Search, User, part};

impl Client {
    /// Who owns the API token; a service app is nobody.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn me(&self) -> Result<User, ClientError> {
        self.read(Operation::ReadTokenOwner, "/api/v1/users/me").await
    }

    /// A user by id or login, as they are now; none where Okta knows nobody by it. `me` would be the token's owner.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn user(&self, id_or_login: &str) -> Result<Option<User>, ClientError> {
        let place = format!("/api/v1/users/{}", part(id_or_login)?);
        self.read_if_there(Operation::ReadUser, &place).await
    }

    /// Users who fit, the deactivated among them, at most `limit`. The results may lag behind the truth.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn find_users(&self, search: &Search, limit: u16) -> Result<Vec<User>, ClientError> {
        self.read(Operation::SearchUsers, &list("/api/v1/users", search, limit)).await
    }

    /// Any one user, to see whether users can be read at all.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn any_user(&self) -> Result<Option<User>, ClientError> {
        let found: Vec<User> = self.read(Operation::SearchUsers, "/api/v1/users?limit=1").await?;
        Ok(found.into_iter().next())
    }

    /// The groups a user is in, all of them.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn groups_of(&self, user: &str) -> Result<Vec<Group>, ClientError> {
        let first = format!("/api/v1/users/{}/groups", part(user)?);
        self.read_all(Operation::ListUserGroups, first).await
    }

    /// The administrator roles a user has, given to them or to a group of theirs: Okta's own example of the answer has a
    /// role with `assignmentType` `GROUP` among those of type `USER`
    /// (<https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/>).
    ///
    /// # Errors
    /// As for every call; for a user who is not there, `E0000007`.
    pub async fn roles_of(&self, user: &str) -> Result<Vec<Role>, ClientError> {
        self.read(Operation::ListUserRoles, &format!("/api/v1/users/{}/roles", part(user)?)).await
    }

    /// The factors a user has enrolled, as far as the policy that Okta evaluates for our own address lets them be seen.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn factors(&self, user: &str) -> Result<Vec<Factor>, ClientError> {
        let place = format!("/api/v1/users/{}/factors", part(user)?);
        self.read(Operation::ListFactors, &place).await
    }

    /// What keeps a user out although the status is active; nothing for a user who is not there.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn blocks(&self, user: &str) -> Result<Vec<Block>, ClientError> {
        let place = format!("/api/v1/users/{}/blocks", part(user)?);
        Ok(self.read_if_there(Operation::ListBlocks, &place).await?.unwrap_or_default())
    }

    /// Has Okta mail the user a link with which to set a new password. The link itself cannot be asked for: it would
    /// open the account to whoever holds it.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn mail_password_reset(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/reset_password?sendEmail=true", part(user)?);
        self.act(Operation::MailPasswordReset, &place).await
    }

    /// Removes every enrolled factor.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn reset_factors(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/reset_factors", part(user)?);
        self.act(Operation::ResetFactors, &place).await
    }

    /// Suspends an active user.
    ///
    /// # Errors
    /// As for every call; for a user who is not active, `E0000001`.
    pub async fn suspend(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/suspend", part(user)?);
        self.act(Operation::Suspend, &place).await
    }

    /// Lifts a lock-out by too many attempts.
    ///
    /// # Errors
    /// As for every call; for a user who is not locked out, `E0000032`.
    pub async fn unlock(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/unlock", part(user)?);
        self.act(Operation::Unlock, &place).await
    }

    /// Ends every session with Okta. Sessions that applications keep by themselves go on.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn clear_sessions(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/sessions", part(user)?);
        self.act(Operation::ClearSessions, &place).await
    }

    /// Creates a user and activates them: Okta mails them how to set a password.
    ///
    /// # Errors
    /// As for every call; for a login that is taken `E0000001` (status 400, not 409).
    pub async fn create_user(&self, profile: &NewProfile) -> Result<User, ClientError> {
        let body = json!({ "profile": profile });
        Ok(self.send(Operation::CreateUser, "/api/v1/users?activate=true", Some(&body)).await?.json()?)
    }
}

/// A list's address with its search.
pub(super) fn list(path: &str, search: &Search, limit: u16) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("search", search.as_str())
        .append_pair("limit", &limit.to_string())
        .finish();
    format!("{path}?{query}")
}
