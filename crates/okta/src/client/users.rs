//! Users and what is done to them.

use countersign_outbound::Call;
use serde_json::json;
use url::form_urlencoded;

use super::{Block, Client, ClientError, Factor, Group, NewProfile, Search, User, part};

impl Client {
    /// Who owns the API token.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn me(&self) -> Result<User, ClientError> {
        self.read(Call::get("/api/v1/users/me").template("/api/v1/users/me")).await
    }

    /// A user by id or login, as they are now; none where Okta knows nobody by it. `me` would be the token's owner.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn user(&self, id_or_login: &str) -> Result<Option<User>, ClientError> {
        let place = format!("/api/v1/users/{}", part(id_or_login)?);
        self.read_if_there(Call::get(place).template("/api/v1/users/{id}")).await
    }

    /// Users who fit, the deactivated among them, at most `limit`. The results may lag behind the truth.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn find_users(&self, search: &Search, limit: u16) -> Result<Vec<User>, ClientError> {
        self.read(Call::get(list("/api/v1/users", search, limit)).template("/api/v1/users")).await
    }

    /// The groups a user is in, all of them.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn groups_of(&self, user: &str) -> Result<Vec<Group>, ClientError> {
        let first = format!("/api/v1/users/{}/groups", part(user)?);
        self.read_all(first, |place| Call::get(place).template("/api/v1/users/{id}/groups")).await
    }

    /// The factors a user has enrolled, as far as the policy that Okta evaluates for our own address lets them be seen.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn factors(&self, user: &str) -> Result<Vec<Factor>, ClientError> {
        let place = format!("/api/v1/users/{}/factors", part(user)?);
        self.read(Call::get(place).template("/api/v1/users/{userId}/factors")).await
    }

    /// What keeps a user out although the status is active; nothing for a user who is not there.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn blocks(&self, user: &str) -> Result<Vec<Block>, ClientError> {
        let place = format!("/api/v1/users/{}/blocks", part(user)?);
        let call = Call::get(place).template("/api/v1/users/{id}/blocks");
        Ok(self.read_if_there(call).await?.unwrap_or_default())
    }

    /// Has Okta mail the user a link with which to set a new password. The link itself cannot be asked for: it would
    /// open the account to whoever holds it.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn mail_password_reset(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/reset_password?sendEmail=true", part(user)?);
        self.act(Call::post(place).template("/api/v1/users/{id}/lifecycle/reset_password")).await
    }

    /// Removes every enrolled factor.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn reset_factors(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/reset_factors", part(user)?);
        self.act(Call::post(place).template("/api/v1/users/{id}/lifecycle/reset_factors")).await
    }

    /// Suspends an active user.
    ///
    /// # Errors
    /// As for every call; for a user who is not active, `E0000001`.
    pub async fn suspend(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/suspend", part(user)?);
        self.act(Call::post(place).template("/api/v1/users/{id}/lifecycle/suspend")).await
    }

    /// Lifts a lock-out by too many attempts.
    ///
    /// # Errors
    /// As for every call; for a user who is not locked out, `E0000032`.
    pub async fn unlock(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/lifecycle/unlock", part(user)?);
        self.act(Call::post(place).template("/api/v1/users/{id}/lifecycle/unlock")).await
    }

    /// Ends every session with Okta. Sessions that applications keep by themselves go on.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn clear_sessions(&self, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/users/{}/sessions", part(user)?);
        self.act(Call::delete(place).template("/api/v1/users/{userId}/sessions")).await
    }

    /// Creates a user and activates them: Okta mails them how to set a password.
    ///
    /// # Errors
    /// As for every call; for a login that is taken `E0000001` (status 400, not 409).
    pub async fn create_user(&self, profile: &NewProfile) -> Result<User, ClientError> {
        let call = Call::post("/api/v1/users?activate=true").template("/api/v1/users");
        self.read(call.json(&json!({ "profile": profile }))).await
    }

    /// Sends what has no answer worth reading.
    pub(super) async fn act(&self, call: Call) -> Result<(), ClientError> {
        self.send(call).await.map(drop)
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
