//! Groups and their members.

use countersign_outbound::Call;

use super::{Client, ClientError, Group, Search, part, users::list};

impl Client {
    /// A group by id, as it is now.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn group(&self, id: &str) -> Result<Option<Group>, ClientError> {
        let place = format!("/api/v1/groups/{}", part(id)?);
        self.read_if_there(Call::get(place).template("/api/v1/groups/{groupId}")).await
    }

    /// Groups that fit, at most `limit`. The results may lag behind the truth.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn find_groups(&self, search: &Search, limit: u16) -> Result<Vec<Group>, ClientError> {
        self.read(Call::get(list("/api/v1/groups", search, limit)).template("/api/v1/groups")).await
    }

    /// Puts a user into one of Okta's own groups; one who is in it already stays in it.
    ///
    /// # Errors
    /// As for every call; for a group whose members come from elsewhere, a refusal with 403.
    pub async fn add_member(&self, group: &str, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/groups/{}/users/{}", part(group)?, part(user)?);
        self.act(Call::put(place).template("/api/v1/groups/{groupId}/users/{userId}")).await
    }

    /// Takes a user out of one of Okta's own groups; one who is not in it stays out of it.
    ///
    /// # Errors
    /// As for every call; for a group whose members come from elsewhere, a refusal with 403.
    pub async fn remove_member(&self, group: &str, user: &str) -> Result<(), ClientError> {
        let place = format!("/api/v1/groups/{}/users/{}", part(group)?, part(user)?);
        self.act(Call::delete(place).template("/api/v1/groups/{groupId}/users/{userId}")).await
    }
}
