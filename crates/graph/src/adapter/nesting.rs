//! What a group is itself in: whoever joins it is in those groups too, and has what they give.
//!
//! Read by `memberOf` from group to group. One call of `transitiveMemberOf` would do, but for an application Microsoft's
//! page of that call names `Directory.Read.All` and, of late, `GroupMember.ReadBasic.All`, and not the
//! `GroupMember.Read.All` that it names for `memberOf` and that group steps need anyhow: nobody is to let us read the
//! whole directory for this.

use std::collections::BTreeSet;

use countersign_domain::{
    digest::Digest,
    plan::{BlockCode, Blocker},
    ports::PortError,
};

use super::{
    GraphSystem,
    errors::port,
    groups::{MOST_PAGES, ROLE_MEND},
    standing::{GROUP, ROLE, UNIT, foreign, nameless},
    words::quoted,
};
use crate::client::{Id, Membership, Operation};

/// How many groups around one are looked at, each by a call of its own.
const MOST_GROUPS: usize = 100;

/// What stands in a step's guard before the digest of the groups around its group.
const MARK: &str = ";within=";

/// Everything that a group is in, directly or by another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// Lower-case ids of the groups.
    ids: BTreeSet<String>,
    /// The groups' names.
    names: BTreeSet<String>,
    /// What makes an administrator of a member, in words: `the directory role "X"`.
    power: Option<String>,
}

impl GraphSystem {
    /// Everything around a group.
    pub(super) async fn around(&self, group: &Id) -> Result<Around, PortError> {
        let mut around = Around::default();
        let start = group.as_str().to_ascii_lowercase();
        let mut waiting = vec![group.clone()];
        while let Some(inner) = waiting.pop() {
            for outer in self.direct_memberships(&inner).await? {
                // A circle of groups leads back to where it began.
                if !outer.id.is(&start) && around.place(&outer)? {
                    waiting.push(outer.id);
                }
            }
            if around.ids.len() > MOST_GROUPS {
                return Err(PortError::permanent(
                    "the group is in so many other groups that they cannot all be read: change its members by hand",
                ));
            }
        }
        Ok(around)
    }

    async fn direct_memberships(&self, group: &Id) -> Result<Vec<Membership>, PortError> {
        let (mut all, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.client.group_member_of(group, next.as_ref()).await.map_err(port)?;
            all.extend(page.value);
            next = page.next;
            if next.is_none() {
                return Ok(all);
            }
        }
        Err(PortError::permanent("the group is in so many other groups that they cannot all be read"))
    }
}

impl Around {
    /// Takes in what a group is directly in; whether it is a group that was not known yet.
    fn place(&mut self, membership: &Membership) -> Result<bool, PortError> {
        let name = membership.display_name.clone().filter(|name| !name.trim().is_empty());
        match membership.kind.as_deref() {
            Some(ROLE) => {
                self.power = Some(name.map_or_else(
                    || "a directory role".to_owned(),
                    |name| format!("the directory role {}", quoted(&name)),
                ));
                Ok(false)
            }
            Some(GROUP) => {
                let call = Operation::ReadNesting;
                let name = name.ok_or_else(|| nameless("a group around the group", "GroupMember.Read.All", call))?;
                if membership.is_assignable_to_role == Some(true) {
                    self.power = Some(format!("{}, which can hold directory roles", quoted(&name)));
                }
                self.names.insert(name);
                Ok(self.ids.insert(membership.id.as_str().to_ascii_lowercase()))
            }
            Some(UNIT) => Ok(false),
            other => Err(foreign("the group", other)),
        }
    }

    /// What in it makes an administrator of whoever joins.
    pub(super) fn power(&self) -> Option<&str> {
        self.power.as_deref()
    }

    /// Why a group within all this cannot be joined.
    pub(super) fn obstacle(&self, name: &str) -> Option<Blocker> {
        let power = self.power()?;
        let says = format!("The group {} is in {power}, so that a membership can make an administrator.", quoted(name));
        Some(Blocker::new(BlockCode::UnmanageableGroup, says, ROLE_MEND))
    }

    /// The groups' names, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.iter().cloned().collect()
    }

    /// A guard that also keeps which groups these are; as it was where there are none.
    pub(super) fn mark(&self, guard: &str) -> String {
        self.digest().map_or_else(|| guard.to_owned(), |digest| format!("{guard}{MARK}{digest}"))
    }

    /// Whether they are the groups that a guard keeps.
    pub(super) fn is_kept_in(&self, guard: &str) -> bool {
        guard.split_once(MARK).map(|(_, digest)| digest.to_owned()) == self.digest()
    }

    fn digest(&self) -> Option<String> {
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        (!ids.is_empty()).then(|| Digest::of(ids.join(",").as_bytes()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::PortErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn around(rows: &[Value]) -> Result<Around, PortError> {
        let mut around = Around::default();
        for (row, number) in rows.iter().zip(1..) {
            let mut row = row.clone();
            row["id"] = json!(format!("G{number}"));
            around.place(&serde_json::from_value(row).unwrap())?;
        }
        Ok(around)
    }

    #[test]
    fn groups_alone_have_names_and_units_are_passed_over() {
        let around = around(&[
            json!({"@odata.type": GROUP, "displayName": "Tier0", "isAssignableToRole": null}),
            json!({"@odata.type": UNIT, "displayName": null}),
            json!({"@odata.type": GROUP, "displayName": "Staff", "isAssignableToRole": false}),
        ])
        .unwrap();
        assert_eq!((around.names(), around.power()), (vec!["Staff".to_owned(), "Tier0".to_owned()], None));
    }

    #[test]
    fn role_and_group_that_can_hold_one_stand_in_the_way_even_without_a_name() {
        for (row, word) in [
            (json!({"@odata.type": ROLE, "displayName": "Global Reader"}), "\"Global Reader\""),
            (json!({"@odata.type": ROLE, "displayName": null}), "a directory role"),
            (json!({"@odata.type": GROUP, "displayName": "Tier0", "isAssignableToRole": true}), "\"Tier0\", which"),
        ] {
            let blocker = around(&[row]).unwrap().obstacle("Ops-Leads").unwrap();
            assert_eq!(blocker.code, BlockCode::UnmanageableGroup);
            assert!(blocker.says.contains("\"Ops-Leads\"") && blocker.says.contains(word), "{blocker:?}");
        }
    }

    #[test]
    fn group_without_a_name_is_an_error_that_names_the_permission() {
        for name in [json!(null), json!(""), json!(" ")] {
            let error = around(&[json!({"@odata.type": GROUP, "displayName": name})]).unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Unauthorized);
            let call = "GET /groups/{id}/memberOf";
            assert!(error.says.contains("GroupMember.Read.All") && error.says.contains(call), "{error}");
        }
    }

    #[test]
    fn what_is_of_no_known_kind_is_an_error() {
        for row in [json!({"displayName": "x"}), json!({"@odata.type": "group", "displayName": "x"})] {
            let error = around(std::slice::from_ref(&row)).unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Permanent, "{row}");
        }
    }

    #[test]
    fn guard_keeps_which_groups_there_were() {
        let group = |name: &str| json!({"@odata.type": GROUP, "displayName": name});
        let (none, one) = (around(&[]).unwrap(), around(&[group("a")]).unwrap());
        let two = around(&[group("a"), group("b")]).unwrap();
        assert_eq!(none.mark("member=false"), "member=false");
        assert!(none.is_kept_in("member=false") && !one.is_kept_in("member=false"));
        let guard = one.mark("member=false");
        assert!(guard.starts_with("member=false;within="), "{guard}");
        assert!(one.is_kept_in(&guard) && !two.is_kept_in(&guard) && !none.is_kept_in(&guard));
    }
}
