//! Every call that is made of Okta's API, and the rights that each takes.
//!
//! Methods, templates and scopes are those of Okta's description (`management`, release 2026.06.3). Role permissions are
//! those of Okta's permissions catalogue (<https://developer.okta.com/docs/api/openapi/okta-management/guides/permissions>),
//! which describes what a permission allows; which call needs it is our reading of that, except where a note says so.

use countersign_outbound::Call;

/// A call of Okta's API. No request can be made without one, so the table of rights cannot fall behind the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Users that match a search.
    SearchUsers,
    /// One user.
    ReadUser,
    /// The owner of the API token; there is none for a service app.
    ReadTokenOwner,
    /// The groups a user is in.
    ListUserGroups,
    /// The administrator roles a user has.
    ListUserRoles,
    /// The factors a user has enrolled.
    ListFactors,
    /// What keeps an active user out.
    ListBlocks,
    /// Groups that match a search.
    SearchGroups,
    /// One group.
    ReadGroup,
    /// The administrator roles that a group's members have by it.
    ListGroupRoles,
    /// Has Okta mail a link with which to set a new password.
    MailPasswordReset,
    /// Removes every enrolled factor.
    ResetFactors,
    /// Suspends a user.
    Suspend,
    /// Lifts a lock-out.
    Unlock,
    /// Ends every session.
    ClearSessions,
    /// Creates and activates a user.
    CreateUser,
    /// Puts a user into a group.
    AddMember,
    /// Takes a user out of a group.
    RemoveMember,
}

/// What is known of a call.
struct Row {
    call: &'static str,
    purpose: &'static str,
    scope: &'static str,
    roles: &'static [&'static str],
}

const fn row(call: &'static str, purpose: &'static str, scope: &'static str, roles: &'static [&'static str]) -> Row {
    Row { call, purpose, scope, roles }
}

const READ_USERS: &str = "okta.users.read";
const MANAGE_USERS: &str = "okta.users.manage";
const READ_GROUPS: &str = "okta.groups.read";
const MANAGE_GROUPS: &str = "okta.groups.manage";
const READ_ROLES: &str = "okta.roles.read";
const TO_JOIN: &str = "to manage group membership";

/// Groups outside the role's resource set may be left out of a user's list, so reading groups is a right of its own.
const BOTH: &[&str] = &[READ_GROUPS, READ_USERS];

/// "Allows the admin to view roles, resources, and admin assignments", for all identity and access management resources.
const IAM: &[&str] = &["okta.iam.read"];

/// Users are created as activated, hence both.
const CREATE: &[&str] = &["okta.users.create", "okta.users.lifecycle.activate"];

/// "Also need `okta.groups.members.manage`", says the catalogue of `okta.users.groupMembership.manage`.
const MEMBERSHIP: &[&str] = &["okta.groups.members.manage", "okta.users.groupMembership.manage"];

impl Operation {
    /// Every call there is.
    pub const ALL: [Self; 18] = [
        Self::SearchUsers,
        Self::ReadUser,
        Self::ReadTokenOwner,
        Self::ListUserGroups,
        Self::ListUserRoles,
        Self::ListFactors,
        Self::ListBlocks,
        Self::SearchGroups,
        Self::ReadGroup,
        Self::ListGroupRoles,
        Self::MailPasswordReset,
        Self::ResetFactors,
        Self::Suspend,
        Self::Unlock,
        Self::ClearSessions,
        Self::CreateUser,
        Self::AddMember,
        Self::RemoveMember,
    ];

    fn row(self) -> Row {
        let users = "to read users";
        match self {
            Self::SearchUsers => row("GET /api/v1/users", users, READ_USERS, &[READ_USERS]),
            Self::ReadUser => row("GET /api/v1/users/{id}", users, READ_USERS, &[READ_USERS]),
            Self::ReadTokenOwner => row("GET /api/v1/users/me", users, READ_USERS, &[]),
            Self::ListUserGroups => row("GET /api/v1/users/{id}/groups", "to read users and groups", READ_USERS, BOTH),
            Self::ListUserRoles => row("GET /api/v1/users/{userId}/roles", "to read admin roles", READ_ROLES, IAM),
            Self::ListFactors => row("GET /api/v1/users/{userId}/factors", users, READ_USERS, &[READ_USERS]),
            Self::ListBlocks => row("GET /api/v1/users/{id}/blocks", users, READ_USERS, &[READ_USERS]),
            Self::SearchGroups => row("GET /api/v1/groups", "to read groups", READ_GROUPS, &[READ_GROUPS]),
            Self::ReadGroup => row("GET /api/v1/groups/{groupId}", "to read groups", READ_GROUPS, &[READ_GROUPS]),
            Self::ListGroupRoles => row("GET /api/v1/groups/{groupId}/roles", "to read admin roles", READ_ROLES, IAM),
            Self::MailPasswordReset => row(
                "POST /api/v1/users/{id}/lifecycle/reset_password",
                "to reset passwords",
                MANAGE_USERS,
                &["okta.users.credentials.resetPassword"],
            ),
            Self::ResetFactors => row(
                "POST /api/v1/users/{id}/lifecycle/reset_factors",
                "to reset authenticators",
                MANAGE_USERS,
                &["okta.users.credentials.resetFactors"],
            ),
            Self::Suspend => row(
                "POST /api/v1/users/{id}/lifecycle/suspend",
                "to suspend users",
                MANAGE_USERS,
                &["okta.users.lifecycle.suspend"],
            ),
            Self::Unlock => row(
                "POST /api/v1/users/{id}/lifecycle/unlock",
                "to unlock users",
                MANAGE_USERS,
                &["okta.users.lifecycle.unlock"],
            ),
            Self::ClearSessions => row(
                "DELETE /api/v1/users/{userId}/sessions",
                "to clear user sessions",
                MANAGE_USERS,
                &["okta.users.lifecycle.clearSessions"],
            ),
            Self::CreateUser => row("POST /api/v1/users", "to create users", MANAGE_USERS, CREATE),
            Self::AddMember => row("PUT /api/v1/groups/{groupId}/users/{userId}", TO_JOIN, MANAGE_GROUPS, MEMBERSHIP),
            Self::RemoveMember => {
                row("DELETE /api/v1/groups/{groupId}/users/{userId}", TO_JOIN, MANAGE_GROUPS, MEMBERSHIP)
            }
        }
    }

    /// Method and template: `GET /api/v1/users/{id}`.
    pub fn call(self) -> &'static str {
        self.row().call
    }

    /// The right in words, after "lacks the right": `to suspend users`.
    pub fn purpose(self) -> &'static str {
        self.row().purpose
    }

    /// The OAuth 2.0 scope that it takes. A `.manage` scope stands for its `.read` as well.
    pub fn scope(self) -> &'static str {
        self.row().scope
    }

    /// The permissions that a custom admin role needs for it, all of them, in order.
    pub fn roles(self) -> &'static [&'static str] {
        self.row().roles
    }

    /// Whether it changes nothing.
    pub fn is_read(self) -> bool {
        self.method() == "GET"
    }

    pub(super) fn method(self) -> &'static str {
        self.call().split_once(' ').map_or("GET", |(method, _)| method)
    }

    fn template(self) -> &'static str {
        self.call().split_once(' ').map_or("", |(_, template)| template)
    }

    /// The call to a place: a path under the org's address, or an absolute address within it.
    pub(super) fn at(self, place: &str) -> Call {
        let call = match self.method() {
            "POST" => Call::post(place),
            "PUT" => Call::put(place),
            "DELETE" => Call::delete(place),
            _ => Call::get(place),
        };
        call.template(self.template())
    }
}
