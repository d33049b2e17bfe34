//! What protects a user: directory roles and groups.
//!
//! Entra shows a role here while it is held, directly or by a group. It does not show a role the user is merely
//! *eligible* for (Privileged Identity Management), a custom role, or a role limited to an administrative unit: whoever
//! must not be touched for one of these is to be protected by name or by group. Administrative units themselves protect
//! nobody from us and are passed over.

use countersign_domain::ports::{PortError, Standing};

use super::{GraphSystem, errors::port, groups::MOST_PAGES, words::quoted};
use crate::client::{Id, Membership, Operation};

pub(super) const GROUP: &str = "#microsoft.graph.group";
pub(super) const ROLE: &str = "#microsoft.graph.directoryRole";
pub(super) const UNIT: &str = "#microsoft.graph.administrativeUnit";

impl GraphSystem {
    /// The roles and groups of a user.
    pub(super) async fn standing_of(&self, user: &Id) -> Result<Standing, PortError> {
        let mut standing = Standing::default();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self.client.transitive_member_of(user, next.as_ref()).await.map_err(port)?;
            page.value.iter().try_for_each(|membership| place(&mut standing, membership))?;
            next = page.next;
            if next.is_none() {
                for names in [&mut standing.admin_roles, &mut standing.groups] {
                    names.sort();
                    names.dedup();
                }
                return Ok(standing);
            }
        }
        Err(PortError::permanent("the user is a member of so many groups that they cannot all be read"))
    }
}

fn place(standing: &mut Standing, membership: &Membership) -> Result<(), PortError> {
    let call = Operation::ReadStanding;
    let name = || membership.display_name.clone().filter(|name| !name.trim().is_empty());
    match membership.kind.as_deref() {
        Some(ROLE) => standing.admin_roles.push(
            name().ok_or_else(|| nameless("a directory role of the user's", "RoleManagement.Read.Directory", call))?,
        ),
        Some(GROUP) => {
            let name = name().ok_or_else(|| nameless("a group of the user's", "GroupMember.Read.All", call))?;
            if membership.is_assignable_to_role == Some(true) {
                standing.admin_roles.push(format!("role-assignable group {name}"));
            }
            standing.groups.push(name);
        }
        Some(UNIT) => {}
        other => return Err(foreign("the user", other)),
    }
    Ok(())
}

/// A membership of a kind that there should not be.
pub(super) fn foreign(member: &str, kind: Option<&str>) -> PortError {
    let kind = kind.map_or_else(|| "of no kind".to_owned(), |kind| format!("of the kind {}", quoted(kind)));
    PortError::permanent(format!(
        "Microsoft Graph says that {member} is a member of something {kind}: what that protects cannot be told, so \
         nothing is planned"
    ))
}

/// Graph answers 200 and leaves the name out where the permission is missing.
pub(super) fn nameless(what: &str, permission: &str, call: Operation) -> PortError {
    PortError::unauthorized(format!(
        "Microsoft Graph shows {what} without its name: grant the application permission {permission} (for {}) and plan \
         again",
        call.call()
    ))
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::PortErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn standing(rows: &[Value]) -> Result<Standing, PortError> {
        let mut standing = Standing::default();
        for row in rows {
            let mut row = row.clone();
            row["id"] = json!("g1");
            place(&mut standing, &serde_json::from_value(row).unwrap())?;
        }
        Ok(standing)
    }

    #[test]
    fn roles_and_groups_are_told_apart_and_units_passed_over() {
        let standing = standing(&[
            json!({"@odata.type": ROLE, "displayName": "Global Administrator"}),
            json!({"@odata.type": GROUP, "displayName": "proj-atlas", "isAssignableToRole": null}),
            json!({"@odata.type": GROUP, "displayName": "Tier0-Admins", "isAssignableToRole": true}),
            json!({"@odata.type": GROUP, "displayName": "All-Staff", "isAssignableToRole": false}),
            json!({"@odata.type": UNIT, "displayName": null}),
        ])
        .unwrap();
        assert_eq!(standing.admin_roles, ["Global Administrator", "role-assignable group Tier0-Admins"]);
        assert_eq!(standing.groups, ["proj-atlas", "Tier0-Admins", "All-Staff"]);
    }

    #[test]
    fn what_has_no_name_is_an_error_that_names_the_permission() {
        for (kind, permission) in [(ROLE, "RoleManagement.Read.Directory"), (GROUP, "GroupMember.Read.All")] {
            for name in [json!(null), json!(""), json!(" ")] {
                let error = standing(&[json!({"@odata.type": kind, "displayName": name})]).unwrap_err();
                assert_eq!(error.kind, PortErrorKind::Unauthorized);
                assert!(error.says.contains(permission), "{error}");
            }
        }
    }

    #[test]
    fn what_is_of_no_known_kind_is_an_error() {
        for row in [
            json!({"displayName": "x"}),
            json!({"@odata.type": null, "displayName": "x"}),
            json!({"@odata.type": "#microsoft.graph.directoryObject", "displayName": "x"}),
            json!({"@odata.type": "group", "displayName": "x"}),
        ] {
            let error = standing(std::slice::from_ref(&row)).unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Permanent, "{row}");
        }
    }
}
