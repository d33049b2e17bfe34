//! Group memberships. The guard is `member=false` or `member=true`, or `awaited` where the user did not exist; the
//! group's name and whether its members can be set are read again as well, and so is what the group is itself in: behind
//! `;within=` the guard has a digest of it.

use std::collections::BTreeSet;

use countersign_domain::{
    plan::{Action, BlockCode, Blocker, ObjectId},
    ports::{Observed, PortError, Prepared, PreparedStep, StepAsk},
};

use super::{
    GraphSystem, errors,
    errors::port,
    licences::{AWAITED, reference},
    nesting::Around,
    people::{Person, called},
    words::{blocked, listed, quoted, step},
};
use crate::client::{ClientError, Group, GroupFilter, Id, MemberRefPath, User};

/// Pages of 999 memberships that are read at most; nobody is a member of more than this.
pub(super) const MOST_PAGES: usize = 20;
const HANDFUL: u16 = 5;

/// What to do where a membership can make an administrator.
pub(super) const ROLE_MEND: &str = "Let a Privileged Role Administrator change the membership by hand; Countersign asks \
                                    for no permission to do it.";

impl GraphSystem {
    pub(super) async fn prepare_memberships(
        &self,
        ask: &StepAsk,
        person: &Person,
        add: bool,
    ) -> Result<Prepared, PortError> {
        let mut wanted: Vec<&str> = Vec::new();
        for name in ask.groups.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        if wanted.is_empty() {
            return Ok(blocked(Blocker::new(
                BlockCode::MissingParameter,
                "The ticket names no group.",
                "Ask the requester which group is meant and plan again.",
            )));
        }
        let member_of = match person {
            Person::Known(user) => Some(self.groups_of(&user.id).await?),
            Person::Awaited { .. } => None,
        };
        let mut prepared = Prepared::default();
        for name in wanted {
            match self.group_called(name).await? {
                Err(blocker) => prepared.blockers.push(blocker),
                Ok(group) => {
                    if let Some(remark) = so_already(person, &group, member_of.as_ref(), add) {
                        prepared.remarks.push(remark);
                        continue;
                    }
                    let around = self.around(&group.id).await?;
                    match around.obstacle(&title(&group)) {
                        None => prepared.steps.push(change(person, &group, &around, add)),
                        Some(blocker) => prepared.blockers.push(blocker),
                    }
                }
            }
        }
        if !prepared.blockers.is_empty() {
            prepared.steps.clear();
        }
        Ok(prepared)
    }

    /// The one group of this name whose members can be set, or why there is none.
    async fn group_called(&self, name: &str) -> Result<Result<Group, Blocker>, PortError> {
        let filter = GroupFilter::DisplayName(name.to_owned());
        let mut found = self.client.find_groups(&filter, HANDFUL).await.map_err(port)?.value;
        let Some(group) = found.pop() else { return Ok(Err(self.no_such_group(name).await?)) };
        if !found.is_empty() {
            found.push(group);
            return Ok(Err(several(name, &found)));
        }
        Ok(match obstacle(&group) {
            None => Ok(group),
            Some(Obstacle { says, mend }) => {
                let says = format!("The group {} {says}.", quoted(&title(&group)));
                Err(Blocker::new(BlockCode::UnmanageableGroup, says, mend))
            }
        })
    }

    async fn no_such_group(&self, name: &str) -> Result<Blocker, PortError> {
        let beginning: String = name.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        let similar = if beginning.chars().count() < 3 {
            Vec::new()
        } else {
            self.client.find_groups(&GroupFilter::Beginning(beginning), HANDFUL).await.map_err(port)?.value
        };
        let names: Vec<String> = similar.iter().map(|group| quoted(&title(group))).collect();
        let hint = if names.is_empty() { String::new() } else { format!(" Similar names: {}.", listed(&names)) };
        Ok(Blocker::new(
            BlockCode::UnknownGroup,
            format!("Entra ID has no group called {}.{hint}", quoted(name)),
            "Write the group's name in the ticket exactly as Entra ID shows it, or create the group; then plan again.",
        ))
    }

    /// The ids of everything the user is a direct member of. Read from the user's side: a `$filter` on a group's members
    /// is an advanced query, whose index lags behind.
    async fn groups_of(&self, user: &Id) -> Result<BTreeSet<String>, PortError> {
        let mut ids = BTreeSet::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self.client.member_of(user, next.as_ref()).await.map_err(port)?;
            ids.extend(page.value.iter().map(|object| object.id.as_str().to_ascii_lowercase()));
            next = page.next;
            if next.is_none() {
                return Ok(ids);
            }
        }
        Err(PortError::permanent("the user is a member of so many groups that they cannot all be read"))
    }

    async fn is_member(&self, user: &Id, group: &Id) -> Result<bool, PortError> {
        Ok(self.groups_of(user).await?.contains(&group.as_str().to_ascii_lowercase()))
    }

    pub(super) async fn observe_membership(
        &self,
        user: &User,
        (group, name): (&ObjectId, &str),
        add: bool,
        guard: &str,
    ) -> Result<Observed, PortError> {
        let id = Id::new(&group.0).map_err(errors::bad_id)?;
        let Some(found) = self.client.group(&id).await.map_err(port)? else {
            return Ok(Observed::Drifted(format!("the group {} no longer exists", quoted(name))));
        };
        if self.is_member(&user.id, &id).await? == add {
            let state = if add { "is a member of" } else { "is no member of" };
            return Ok(Observed::AlreadyDone(format!("{} {state} {}", called(user), quoted(name))));
        }
        if title(&found) != name {
            let says = format!("the group {} is called {} now", quoted(name), quoted(&title(&found)));
            return Ok(Observed::Drifted(says));
        }
        if let Some(Obstacle { says, .. }) = obstacle(&found) {
            return Ok(Observed::Drifted(format!("the group {} {says} now", quoted(name))));
        }
        let around = self.around(&id).await?;
        if let Some(power) = around.power() {
            return Ok(Observed::Drifted(format!("the group {} is in {power} now", quoted(name))));
        }
        if !around.is_kept_in(guard) {
            let says = "is in other groups now than when the plan was made";
            return Ok(Observed::Drifted(format!("the group {} {says}", quoted(name))));
        }
        Ok(Observed::Ready)
    }

    /// Adds; somebody who is a member already is done, once it has been read back.
    pub(super) async fn add_member(
        &self,
        user: &Id,
        awaited: bool,
        group: &ObjectId,
        name: &str,
    ) -> Result<String, PortError> {
        let group = Id::new(&group.0).map_err(errors::bad_id)?;
        match self.client.add_member(&group, user).await {
            Ok(()) => Ok(format!("Added to the group {}.", quoted(name))),
            Err(ClientError::Refused(refusal)) if refusal.says_already_member() => {
                if self.is_member(user, &group).await? {
                    return Ok(format!("Was a member of the group {} already.", quoted(name)));
                }
                Err(port(ClientError::Refused(refusal)))
            }
            Err(error) => Err(errors::of_step(error, awaited)),
        }
    }

    /// Removes; somebody who is no member any more is done, once it has been read back.
    pub(super) async fn remove_member(&self, user: &Id, group: &ObjectId, name: &str) -> Result<String, PortError> {
        let group = Id::new(&group.0).map_err(errors::bad_id)?;
        match self.client.remove_member(&MemberRefPath::new(&group, user)).await {
            Ok(()) => Ok(format!("Removed from the group {}.", quoted(name))),
            Err(ClientError::Refused(refusal)) if refusal.status() == 404 => {
                // A 404 does not say which of the three is missing: the group, the user or the membership.
                if self.client.group(&group).await.map_err(port)?.is_some() && !self.is_member(user, &group).await? {
                    return Ok(format!("Was no member of the group {} any more.", quoted(name)));
                }
                Err(port(ClientError::Refused(refusal)))
            }
            Err(error) => Err(port(error)),
        }
    }
}

/// What to say where somebody's membership is so already.
fn so_already(person: &Person, group: &Group, member_of: Option<&BTreeSet<String>>, add: bool) -> Option<String> {
    let member = member_of.is_some_and(|groups| groups.contains(&group.id.as_str().to_ascii_lowercase()));
    match person {
        Person::Known(user) if member == add => {
            let state = if add { "is a member of" } else { "is no member of" };
            Some(format!("{} {state} {} already.", called(user), quoted(&title(group))))
        }
        Person::Known(_) | Person::Awaited { .. } => None,
    }
}

fn change(person: &Person, group: &Group, around: &Around, add: bool) -> PreparedStep {
    let (user, name) = (reference(person), title(group));
    let id = ObjectId(group.id.as_str().to_owned());
    let (before, guard) = match person {
        Person::Awaited { .. } => ("the user does not exist yet", AWAITED),
        Person::Known(_) if add => ("not a member", "member=false"),
        Person::Known(_) => ("member", "member=true"),
    };
    let guard = around.mark(guard);
    let change = if add {
        let title = format!("Add to the group {name}");
        step(Action::AddToGroup { user, group: id, group_name: name }, title, (before, "member"), guard)
    } else {
        let title = format!("Remove from the group {name}");
        step(Action::RemoveFromGroup { user, group: id, group_name: name }, title, (before, "not a member"), guard)
    };
    PreparedStep { within: around.names(), ..change }
}

fn title(group: &Group) -> String {
    group.display_name.clone().unwrap_or_else(|| group.id.as_str().to_owned())
}

fn several(name: &str, found: &[Group]) -> Blocker {
    let mut which: Vec<String> = found
        .iter()
        .map(|group| {
            let more = group.mail.as_deref().or(group.description.as_deref()).filter(|text| !text.is_empty());
            more.map_or_else(|| group.id.to_string(), |more| format!("{} ({})", group.id, quoted(more)))
        })
        .collect();
    which.sort();
    Blocker::new(
        BlockCode::UnknownGroup,
        format!("Entra ID has several groups called {}: {}.", quoted(name), listed(&which)),
        "Rename all but one of them, or change the membership by hand.",
    )
}

/// Why a group's members cannot be set.
struct Obstacle {
    /// Behind "the group X".
    says: &'static str,
    mend: &'static str,
}

fn obstacle(group: &Group) -> Option<Obstacle> {
    if group.has_type("DynamicMembership") {
        return Some(Obstacle {
            says: "is dynamic: a rule decides who is a member",
            mend: "Change the attribute of the user that the group's rule looks at, or the rule itself.",
        });
    }
    if group.is_assignable_to_role == Some(true) {
        return Some(Obstacle {
            says: "can hold directory roles, so that a membership can make an administrator",
            mend: ROLE_MEND,
        });
    }
    if group.on_premises_sync_enabled == Some(true) {
        return Some(Obstacle {
            says: "is synchronised from the on-premises directory",
            mend: "Change the membership in the on-premises Active Directory.",
        });
    }
    if group.mail_enabled == Some(true) && !group.has_type("Unified") {
        return Some(Obstacle {
            says: "is a distribution list or a mail-enabled security group, which Exchange keeps",
            mend: "Change the membership in the Exchange admin center.",
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(extra: &serde_json::Value) -> Group {
        let mut body = serde_json::json!({"id": "g1", "displayName": "proj-atlas"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn ordinary_groups_can_be_managed() {
        for fine in [
            serde_json::json!({}),
            serde_json::json!({"groupTypes": ["Unified"], "mailEnabled": true, "isAssignableToRole": false}),
            serde_json::json!({"groupTypes": [], "securityEnabled": true, "onPremisesSyncEnabled": null}),
        ] {
            assert!(obstacle(&group(&fine)).is_none(), "{fine}");
        }
    }

    #[test]
    fn groups_that_nobody_sets_by_hand_are_told_apart() {
        for (bad, word) in [
            (serde_json::json!({"groupTypes": ["DynamicMembership"]}), "dynamic"),
            (serde_json::json!({"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": true}), "dynamic"),
            (serde_json::json!({"isAssignableToRole": true}), "directory roles"),
            (serde_json::json!({"onPremisesSyncEnabled": true}), "on-premises"),
            (serde_json::json!({"mailEnabled": true, "securityEnabled": true}), "Exchange"),
        ] {
            assert!(obstacle(&group(&bad)).unwrap().says.contains(word));
        }
    }
}
