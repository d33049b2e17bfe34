//! What protects a user from being changed.

use countersign_domain::{
    plan::Subject,
    ports::{PortError, Standing},
};
use countersign_outbound::Sort;

use super::{Okta, words::port_error};

impl Okta {
    /// Administrator roles, those given to a group of theirs included, and the names of all groups; Okta's groups hold
    /// no groups. What cannot be read is an error, never an empty list.
    pub(super) async fn read_standing(&self, subject: &Subject) -> Result<Standing, PortError> {
        let id = subject.id.0.as_str();
        let roles = self.client.roles_of(id).await;
        let roles = roles.map_err(|error| port_error(error, "reading the user's administrator roles", Sort::Read))?;
        let groups = self.read_groups_of(id).await?;
        let mut admin_roles: Vec<_> = roles.iter().map(|role| role.name().to_owned()).collect();
        admin_roles.sort_unstable();
        admin_roles.dedup();
        Ok(Standing { admin_roles, groups: groups.iter().map(|group| group.name().to_owned()).collect() })
    }
}
