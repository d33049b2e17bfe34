//! The calls this client makes: what each is, and what it needs.

/// A call. [`Operation::permissions`] is the one place that says what our application has to be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Looking for users.
    FindUsers,
    /// Reading one user.
    ReadUser,
    /// Enabling or disabling an account.
    EnableAccount,
    /// Setting the country of use.
    SetUsageLocation,
    /// Assigning licences.
    AssignLicense,
    /// Ending sign-in sessions.
    RevokeSessions,
    /// Reading the tenant's subscriptions.
    ReadSkus,
    /// Looking for groups.
    FindGroups,
    /// Reading one group.
    ReadGroup,
    /// Reading what a user is a direct member of.
    ReadMemberships,
    /// Reading everything a user is a member of, names included: groups within groups, directory roles.
    ReadStanding,
    /// Reading what a group is a direct member of, names included.
    ReadNesting,
    /// Adding a member.
    AddMember,
    /// Removing a member.
    RemoveMember,
    /// Reading a user's risk.
    ReadRisk,
    /// Dismissing a user's risk.
    DismissRisk,
    /// Reading the sign-in log.
    ReadSignIns,
}

impl Operation {
    /// In words, for a sentence such as "Microsoft Graph refused {what}".
    pub fn what(self) -> &'static str {
        match self {
            Self::FindUsers => "looking for users",
            Self::ReadUser => "reading the user",
            Self::EnableAccount => "enabling the account",
            Self::SetUsageLocation => "setting the country of use",
            Self::AssignLicense => "assigning the licence",
            Self::RevokeSessions => "ending the sign-in sessions",
            Self::ReadSkus => "reading the tenant's subscriptions",
            Self::FindGroups => "looking for groups",
            Self::ReadGroup => "reading the group",
            Self::ReadMemberships => "reading the user's memberships",
            Self::ReadStanding => "reading the user's roles and groups",
            Self::ReadNesting => "reading the groups around the group",
            Self::AddMember => "adding the user to the group",
            Self::RemoveMember => "removing the user from the group",
            Self::ReadRisk => "reading the user's risk",
            Self::DismissRisk => "dismissing the user's risk",
            Self::ReadSignIns => "reading the sign-in log",
        }
    }

    /// The application permissions with the least rights that allow it: all of them are needed.
    ///
    /// Each as the permissions table of the call's page in Microsoft's reference has it
    /// (`https://learn.microsoft.com/graph/api/...`): `user-list`, `user-get`, `user-update` (`accountEnabled`: under
    /// "Permissions for specific scenarios"; `User.ReadUpdate.All` since July 2026, before that `User.ReadWrite.All`),
    /// `user-assignlicense`, `user-revokesigninsessions`, `subscribedsku-list`, `group-list`, `group-get`,
    /// `user-list-memberof`, `user-list-transitivememberof`, `group-list-memberof`, `group-post-members`, `group-delete-members`,
    /// `riskyuser-get`, `riskyuser-dismiss`, `signin-list`. `User.Read.All` alone allows `transitiveMemberOf`, but a
    /// member of a kind that the application may not read comes without its name
    /// (`https://learn.microsoft.com/graph/permissions-overview`, "Limited information returned for inaccessible member
    /// objects"): hence that for groups (`group-get`) and for directory roles (`directoryrole-get`).
    pub fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::FindUsers | Self::ReadUser | Self::ReadMemberships => &["User.Read.All"],
            Self::EnableAccount => &["User.EnableDisableAccount.All", "User.Read.All"],
            Self::SetUsageLocation => &["User.ReadUpdate.All"],
            Self::AssignLicense => &["LicenseAssignment.ReadWrite.All"],
            Self::RevokeSessions => &["User.RevokeSessions.All"],
            Self::ReadSkus => &["LicenseAssignment.Read.All"],
            Self::FindGroups | Self::ReadGroup | Self::ReadNesting => &["GroupMember.Read.All"],
            Self::ReadStanding => &["User.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory"],
            Self::AddMember | Self::RemoveMember => &["GroupMember.ReadWrite.All"],
            Self::ReadRisk => &["IdentityRiskyUser.Read.All"],
            Self::DismissRisk => &["IdentityRiskyUser.ReadWrite.All"],
            Self::ReadSignIns => &["AuditLog.Read.All"],
        }
    }

    /// Method and path, without ids.
    pub fn call(self) -> &'static str {
        match self {
            Self::FindUsers => "GET /users",
            Self::ReadUser => "GET /users/{id}",
            Self::EnableAccount | Self::SetUsageLocation => "PATCH /users/{id}",
            Self::AssignLicense => "POST /users/{id}/assignLicense",
            Self::RevokeSessions => "POST /users/{id}/revokeSignInSessions",
            Self::ReadSkus => "GET /subscribedSkus",
            Self::FindGroups => "GET /groups",
            Self::ReadGroup => "GET /groups/{id}",
            Self::ReadMemberships => "GET /users/{id}/memberOf",
            Self::ReadStanding => "GET /users/{id}/transitiveMemberOf",
            Self::ReadNesting => "GET /groups/{id}/memberOf",
            Self::AddMember => "POST /groups/{id}/members/$ref",
            Self::RemoveMember => "DELETE /groups/{id}/members/{id}/$ref",
            Self::ReadRisk => "GET /identityProtection/riskyUsers/{id}",
            Self::DismissRisk => "POST /identityProtection/riskyUsers/dismiss",
            Self::ReadSignIns => "GET /auditLogs/signIns",
        }
    }

    /// The path without ids, for metrics and logs.
    pub fn template(self) -> &'static str {
        self.call().split_once(' ').map_or("", |(_, path)| path)
    }

    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        !self.call().starts_with("GET ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_and_path_are_told_apart() {
        assert_eq!(Operation::RemoveMember.template(), "/groups/{id}/members/{id}/$ref");
        assert!(Operation::SetUsageLocation.is_write() && Operation::DismissRisk.is_write());
        assert!(!Operation::ReadStanding.is_write() && !Operation::ReadNesting.is_write());
    }

    #[test]
    fn permission_to_write_is_asked_for_by_writes_alone() {
        for read in [Operation::FindUsers, Operation::ReadGroup, Operation::ReadStanding, Operation::ReadRisk] {
            assert!(read.permissions().iter().all(|name| !name.contains("Write")), "{read:?}");
        }
    }
}
