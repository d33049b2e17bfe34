//! Which rights which action takes, from the calls that are made for it.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::{ports::Permission, runbook::ActionKind};

use crate::client::Operation;

/// Okta's word for what an app is granted on its tab "Okta API Scopes".
pub(super) const SCOPE: &str = "API scope";

/// Okta's word for what a custom admin role allows.
pub(super) const ROLE: &str = "role permission";

use Operation::{ListUserGroups, ListUserRoles, ReadUser, SearchUsers};

/// The calls that an action leads to: those that find the person, look at what protects them, plan, compare with the
/// plan and perform. None for what is not Okta's.
pub fn operations(action: ActionKind) -> &'static [Operation] {
    match action {
        ActionKind::ResetPassword => {
            &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::MailPasswordReset]
        }
        ActionKind::ResetFactors => {
            &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::ListFactors, Operation::ResetFactors]
        }
        ActionKind::SuspendUser => &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::Suspend],
        ActionKind::UnlockUser => {
            &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::ListBlocks, Operation::Unlock]
        }
        ActionKind::ClearSessions => &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::ClearSessions],
        ActionKind::CreateUser => &[SearchUsers, ReadUser, ListUserGroups, ListUserRoles, Operation::CreateUser],
        ActionKind::AddToGroup => &[
            SearchUsers,
            ReadUser,
            ListUserGroups,
            ListUserRoles,
            Operation::SearchGroups,
            Operation::ReadGroup,
            Operation::ListGroupRoles,
            Operation::AddMember,
        ],
        ActionKind::RemoveFromGroup => &[
            SearchUsers,
            ReadUser,
            ListUserGroups,
            ListUserRoles,
            Operation::SearchGroups,
            Operation::ReadGroup,
            Operation::ListGroupRoles,
            Operation::RemoveMember,
        ],
        ActionKind::AssignLicense
        | ActionKind::SetUsageLocation
        | ActionKind::EnableAccount
        | ActionKind::DismissRisk
        | ActionKind::RestoreSignIn => &[],
    }
}

/// The rights that these actions take together: the scopes of an API service app, and the permissions of its admin role
/// (or of the role of an API token's owner), each with the calls that need it; sorted.
pub fn permissions(actions: &[ActionKind]) -> Vec<Permission> {
    let mut rights: BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>> = BTreeMap::new();
    for operation in needed(actions) {
        rights.entry((SCOPE, operation.scope())).or_default().insert(operation.call());
        for role in operation.roles() {
            rights.entry((ROLE, role)).or_default().insert(operation.call());
        }
    }
    let listed = rights.into_iter();
    listed.map(|((sort, name), calls)| Permission { sort, name, calls: calls.into_iter().collect() }).collect()
}

/// The scopes that these actions take, sorted, each once.
pub fn scopes(actions: &[ActionKind]) -> Vec<&'static str> {
    needed(actions).into_iter().map(Operation::scope).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every call that these actions lead to, each once.
pub(super) fn needed(actions: &[ActionKind]) -> BTreeSet<Operation> {
    actions.iter().flat_map(|action| operations(*action)).copied().collect()
}

/// Whether what is granted is enough for a scope: `okta.users.manage` stands for `okta.users.read` as well
/// (<https://support.okta.com/help/s/article/insufficient-scope-error-when-making-a-request-to-an-oauth-or-management-endpoint>).
pub(super) fn covers(granted: &[String], scope: &str) -> bool {
    let wider = scope.strip_suffix(".read").map(|stem| format!("{stem}.manage"));
    granted.iter().any(|held| held == scope || Some(held) == wider.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_sorted_and_name_the_calls_that_need_them() {
        let rights = permissions(&[ActionKind::SuspendUser, ActionKind::ClearSessions]);
        let names: Vec<_> = rights.iter().map(|right| (right.sort, right.name)).collect();
        assert_eq!(
            names,
            [
                (SCOPE, "okta.roles.read"),
                (SCOPE, "okta.users.manage"),
                (SCOPE, "okta.users.read"),
                (ROLE, "okta.groups.read"),
                (ROLE, "okta.iam.read"),
                (ROLE, "okta.users.lifecycle.clearSessions"),
                (ROLE, "okta.users.lifecycle.suspend"),
                (ROLE, "okta.users.read"),
            ]
        );
        let manage = rights.iter().find(|right| right.name == "okta.users.manage").expect("it is needed");
        assert_eq!(
            manage.calls,
            ["DELETE /api/v1/users/{userId}/sessions", "POST /api/v1/users/{id}/lifecycle/suspend"]
        );
    }

    #[test]
    fn what_is_not_oktas_takes_no_right() {
        assert!(permissions(&[ActionKind::AssignLicense, ActionKind::RestoreSignIn]).is_empty());
        assert!(scopes(&[]).is_empty());
    }

    #[test]
    fn a_wider_scope_stands_for_the_narrower_one_alone() {
        let held = ["okta.users.manage".to_owned(), "okta.groups.read".to_owned()];
        assert!(covers(&held, "okta.users.read") && covers(&held, "okta.users.manage"));
        assert!(covers(&held, "okta.groups.read") && !covers(&held, "okta.groups.manage"));
        assert!(!covers(&held, "okta.roles.read"));
    }

    #[test]
    fn every_call_has_a_method_a_template_and_rights() {
        for operation in Operation::ALL {
            let (method, template) = operation.call().split_once(' ').expect("a method and a template");
            assert!(["GET", "POST", "PUT", "DELETE"].contains(&method), "{operation:?}");
            assert!(template.starts_with("/api/v1/"), "{operation:?}");
            assert!(operation.scope().starts_with("okta.") && operation.purpose().starts_with("to "), "{operation:?}");
            assert!(operation.roles().is_sorted(), "{operation:?}");
        }
    }
}
