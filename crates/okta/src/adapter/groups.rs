//! Preparing changes of membership.

use countersign_domain::{
    plan::{Action, BlockCode, Blocker, ObjectId, UserRef},
    ports::{PortError, Prepared, PreparedStep, StepAsk},
    runbook::ActionKind,
};
use countersign_outbound::Sort;

use super::{
    Okta, guard,
    prepare::blocked,
    words::{full_name, port_error, role_names, wrong_state},
};
use crate::client::{ClientError, Field, Group, GroupKind, Role, Search, User, UserStatus};

/// How many groups of one name are looked at.
const MOST: u16 = 5;

/// How many groups of a near name are proposed.
const PROPOSED: u16 = 5;

/// What is attempted where a group's roles are read.
const ROLES: &str = "reading the group's administrator roles";

/// A word of a group's name that is shorter finds too much.
const SHORTEST_WORD: usize = 3;

impl Okta {
    /// One step for each group, in the order asked for. `now` is the user as they are; none for one yet to come.
    pub(super) async fn prepare_groups(
        &self,
        ask: &StepAsk,
        user: &UserRef,
        now: Option<&User>,
    ) -> Result<Prepared, PortError> {
        if let Some(user) = now
            && matches!(user.status, UserStatus::Deprovisioned | UserStatus::Other(_))
        {
            return Ok(blocked(wrong_state(user, "A change of groups")));
        }
        let mut wanted: Vec<&str> = Vec::new();
        for name in ask.groups.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            if wanted.iter().all(|known| known.to_lowercase() != name.to_lowercase()) {
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
        let joined = match now {
            Some(user) => self.read_groups_of(&user.id).await?,
            None => Vec::new(),
        };
        let mut prepared = Prepared::default();
        for name in wanted {
            match self.pick(name).await? {
                Err(blocker) => prepared.blockers.push(blocker),
                Ok(group) => plan_membership(&mut prepared, ask.action, user, now, &group, &joined),
            }
        }
        Ok(prepared)
    }

    pub(super) async fn read_groups_of(&self, user: &str) -> Result<Vec<Group>, PortError> {
        self.client.groups_of(user).await.map_err(|error| port_error(error, "reading the user's groups", Sort::Read))
    }

    /// The one group of exactly this name whose members can be set, or why there is none.
    async fn pick(&self, name: &str) -> Result<Result<Group, Blocker>, PortError> {
        let hits = self.search_groups(&Search::is(Field::GroupName, name), MOST).await?;
        let mut exact: Vec<_> =
            hits.into_iter().filter(|group| group.name().to_lowercase() == name.to_lowercase()).collect();
        if exact.iter().any(|group| group.name() == name) {
            exact.retain(|group| group.name() == name);
        }
        match exact.as_slice() {
            [] => Ok(Err(unknown(name, &self.near(name).await?))),
            [group] => match manageable(group) {
                Ok(()) => Ok(self.carries_nothing(group).await?.map(|()| group.clone())),
                Err(blocker) => Ok(Err(blocker)),
            },
            several => Ok(Err(Blocker::new(
                BlockCode::UnknownGroup,
                format!("Okta has {} groups called {name}.", several.len()),
                "Rename one of them in Okta, or change the membership there by hand.",
            ))),
        }
    }

    /// Whether a membership makes nobody an administrator. Where the credential may not know, neither is it assumed.
    async fn carries_nothing(&self, group: &Group) -> Result<Result<(), Blocker>, PortError> {
        match self.client.roles_of_group(&group.id).await {
            Ok(roles) if roles.is_empty() => Ok(Ok(())),
            Ok(roles) => Ok(Err(Blocker::new(
                BlockCode::UnmanageableGroup,
                format!(
                    "The group {} carries administrator roles ({}): whoever is in it is an administrator.",
                    group.name(),
                    role_names(&roles)
                ),
                "Have a super administrator change the membership by hand, outside Countersign.",
            ))),
            Err(error) => {
                let denied = matches!(&error, ClientError::Refused(refusal) if refusal.status == 403);
                let error = port_error(error, ROLES, Sort::Read);
                if !denied {
                    return Err(error);
                }
                Ok(Err(Blocker::new(
                    BlockCode::UnmanageableGroup,
                    format!("Whether the group {} carries administrator roles cannot be told: {error}", group.name()),
                    "Grant the permission it names (`countersign check` shows them all) and plan again.",
                )))
            }
        }
    }

    pub(super) async fn read_roles_of_group(&self, group: &str) -> Result<Vec<Role>, PortError> {
        self.client.roles_of_group(group).await.map_err(|error| port_error(error, ROLES, Sort::Read))
    }

    /// Names that share the asked name's longest word.
    async fn near(&self, name: &str) -> Result<Vec<String>, PortError> {
        let words = name.split(|letter: char| !letter.is_alphanumeric());
        let Some(word) = words.max_by_key(|word| word.chars().count()) else { return Ok(Vec::new()) };
        if word.chars().count() < SHORTEST_WORD {
            return Ok(Vec::new());
        }
        let hits = self.search_groups(&Search::contains(Field::GroupName, word), PROPOSED).await?;
        Ok(hits.iter().map(|group| group.name().to_owned()).collect())
    }

    async fn search_groups(&self, search: &Search, limit: u16) -> Result<Vec<Group>, PortError> {
        self.client.find_groups(search, limit).await.map_err(|error| port_error(error, "searching groups", Sort::Read))
    }
}

fn plan_membership(
    prepared: &mut Prepared,
    action: ActionKind,
    user: &UserRef,
    now: Option<&User>,
    group: &Group,
    joined: &[Group],
) {
    let member = joined.iter().any(|known| known.id == group.id);
    let who = now.map_or_else(|| "the new user".to_owned(), full_name);
    let (user, id, name) = (user.clone(), ObjectId(group.id.clone()), group.name().to_owned());
    let guard = guard::of_membership(member);
    if action == ActionKind::AddToGroup {
        if member {
            prepared.remarks.push(format!("{who} is in the group {name} already."));
            return;
        }
        prepared.steps.push(PreparedStep {
            title: format!("Add to the group {name}"),
            before: "not a member".to_owned(),
            after: "member".to_owned(),
            guard,
            within: Vec::new(),
            action: Action::AddToGroup { user, group: id, group_name: name },
        });
    } else {
        if !member {
            prepared.remarks.push(format!("{who} is not in the group {name}."));
            return;
        }
        prepared.steps.push(PreparedStep {
            title: format!("Remove from the group {name}"),
            before: "member".to_owned(),
            after: "not a member".to_owned(),
            guard,
            within: Vec::new(),
            action: Action::RemoveFromGroup { user, group: id, group_name: name },
        });
    }
}

fn unknown(name: &str, near: &[String]) -> Blocker {
    let mend = if near.is_empty() {
        "Ask the requester for the group's exact name, add it to the ticket and plan again.".to_owned()
    } else {
        format!("Near it are: {}. Put the exact name into the ticket and plan again.", near.join(", "))
    };
    Blocker::new(BlockCode::UnknownGroup, format!("Okta has no group called {name}."), mend)
}

fn manageable(group: &Group) -> Result<(), Blocker> {
    let (why, mend) = match group.kind {
        GroupKind::Okta => return Ok(()),
        GroupKind::App => (
            "its members come from an application or a directory",
            "Change the membership in that application or directory.",
        ),
        GroupKind::BuiltIn => ("Okta keeps its members by itself", "Name another group."),
        GroupKind::Other(_) => {
            ("it is of a type whose members cannot be set", "Change the membership in Okta by hand.")
        }
    };
    Err(Blocker::new(
        BlockCode::UnmanageableGroup,
        format!("The group {} cannot be changed: {why}.", group.name()),
        mend,
    ))
}
