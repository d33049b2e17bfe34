//! Groups and their members.

use super::{Client, ClientError, Group, Operation, Role, Search, part, users::list};

impl Client {
    /// A group by id, as it is now.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn group(&self, id: &str) -> Result<Option<Group>, ClientError> {
        self.read_if_there(Operation::ReadGroup, &format!("/api/v1/groups/{}", part(id)?)).await
    }

    /// Groups that fit, at most `limit`. The results may lag behind the truth.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn find_groups(&self, search: &Search, limit: u16) -> Result<Vec<Group>, ClientError> {
        self.read(Operation::SearchGroups, &list("/api/v1/groups", search, limit)).await
    }

    /// Any one group, to see whether groups can be read at all.
    ///
    /// # Errors
    /// As for every call: no usable answer, or Okta's refusal.
    pub async fn any_group(&self) -> Result<Option<Group>, ClientError> {
        let found: Vec<Group> = self.read(Operation::SearchGroups, "/api/v1/groups?limit=1").await?;
        Ok(found.into_iter().next())
    }

    /// The administrator roles that are given to a group, and so to whoever is in it
    /// (<https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentBGroup/>).
    ///
    /// # Errors
    /// As for every call; for a group that is not there, `E0000007`.
    pub async fn roles_of_group(&self, group: &str) -> Result<Vec<Role>, ClientError> {
        self.read(Operation::ListGroupRoles, &format!("/api/v1/groups/{}/roles", part(group)?)).await
    }

    /// Puts a user into one of Okta's own groups; one who is in it already stays in it.
    ///
    /// # Errors
    /// As for every call; for a group whose members come from elsewhere, a refusal with 403.
    pub async fn add_member(&self, group: &str, user: &str) -> Result<(), ClientError> {
        self.act(Operation::AddMember, &format!("/api/v1/groups/{}/users/{}", part(group)?, part(user)?)).await
    }

    /// Takes a user out of one of Okta's own groups; one who is not in it stays out of it.
    ///
    /// # Errors
    /// As for every call; for a group whose members come from elsewhere, a refusal with 403.
    pub async fn remove_member(&self, group: &str, user: &str) -> Result<(), ClientError> {
        self.act(Operation::RemoveMember, &format!("/api/v1/groups/{}/users/{}", part(group)?, part(user)?)).await
    }
}
