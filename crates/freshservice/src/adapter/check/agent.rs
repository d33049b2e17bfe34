//! The agent whose key is used: whether it can do the work, and whether it could do more.

use countersign_domain::ports::Finding;

use super::{CREDENTIAL, VIEW_TICKETS};
use crate::client::{Agent, ClientError, Role};

/// Longest text of a vendor's on a line, in characters.
const LONGEST: usize = 80;

/// Who we are.
pub(super) fn identity(address: &str, agent: &Agent) -> Finding {
    let names = [agent.first_name.as_deref(), agent.last_name.as_deref()];
    let name = names.into_iter().flatten().map(str::trim).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { "an agent without a name" } else { &name };
    let who = format!("{address} as {} <{}>", line(name), line(agent.email.as_deref().unwrap_or("no mail address")));
    match agent.active {
        Some(false) => Finding::failed(
            CREDENTIAL,
            format!("{who}: the agent is deactivated"),
            "activate the agent, or give the key of another one",
        ),
        Some(true) | None => Finding::ok(CREDENTIAL, who),
    }
}

/// Full-time or occasional, where that is said.
pub(super) fn sort(agent: &Agent) -> Option<Finding> {
    let what = "agent";
    Some(match agent.occasional? {
        false => Finding::ok(what, "full-time"),
        true => Finding::warning(
            what,
            "an occasional agent, whose key works only on days on which a day pass is used up",
            "make it a full-time agent",
        ),
    })
}

/// How far the roles see, where that is said: a ticket outside looks as if it did not exist.
pub(super) fn scope(agent: &Agent) -> Option<Finding> {
    let roles = agent.roles.as_deref().unwrap_or_default();
    let scopes: Vec<&str> = roles.iter().filter_map(|role| role.assignment_scope.as_deref()).collect();
    if scopes.is_empty() || scopes.contains(&"entire_helpdesk") {
        return None;
    }
    let (what, mend) = (format!("scope of {VIEW_TICKETS}"), "assign the role for the entire helpdesk");
    Some(if scopes.iter().all(|scope| *scope == "assigned_items") {
        Finding::failed(what, "the agent sees only tickets assigned to it, so those to be served are not found", mend)
    } else {
        Finding::warning(
            what,
            "the agent sees only the tickets of some groups: others look as if they did not exist",
            mend,
        )
    })
}

/// Whether a role is an administrator's. Most agents may not read the roles, which is no fault.
pub(super) fn roles(agent: &Agent, all: Result<Vec<Role>, ClientError>) -> Finding {
    let what = "roles";
    let Ok(all) = all else {
        return Finding::ok(
            what,
            "the account's roles could not be read with this key, so whether the agent has more than it needs is not told",
        );
    };
    let listed = agent.roles.iter().flatten().filter_map(|role| role.role_id);
    let own: Vec<u64> = listed.chain(agent.role_ids.iter().flatten().copied()).collect();
    let held = all.iter().filter(|role| role.id.is_some_and(|id| own.contains(&id)));
    let names: Vec<String> = held.filter_map(|role| role.name.as_deref()).map(line).collect();
    let admin: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_admins(name)).collect();
    if admin.is_empty() {
        let says = if names.is_empty() { "none that is known".to_owned() } else { names.join(", ") };
        return Finding::ok(what, format!("{says}; no administrator's"));
    }
    Finding::warning(
        what,
        format!("the agent has an administrator's role ({}): whoever has its key has the desk", admin.join(", ")),
        "give it a role of its own that views tickets and writes notes, and nothing else",
    )
}

/// The ready-made roles are called `Account Admin`, `Admin`, `Workspace Admin`, ... in every account.
fn is_admins(name: &str) -> bool {
    name.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).any(|word| word.starts_with("admin"))
}

fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::AgentRole;
    use countersign_domain::ports::Verdict;

    fn agent(scopes: &[&str]) -> Agent {
        let roles =
            scopes.iter().map(|scope| AgentRole { role_id: Some(1), assignment_scope: Some((*scope).to_owned()) });
        Agent { roles: Some(roles.collect()), ..Agent::default() }
    }

    #[test]
    fn agent_without_names_is_still_one_line() {
        let nobody = identity("x", &Agent { last_name: Some("\n".to_owned()), ..Agent::default() });
        assert_eq!(
            (nobody.verdict, nobody.says.as_str()),
            (Verdict::Ok, "x as an agent without a name <no mail address>")
        );
        assert!(sort(&Agent::default()).is_none());
    }

    #[test]
    fn widest_scope_of_several_roles_counts() {
        let verdict = |scopes: &[&str]| scope(&agent(scopes)).map(|finding| finding.verdict);
        assert_eq!(verdict(&[]), None);
        assert_eq!(verdict(&["assigned_items", "entire_helpdesk"]), None);
        assert_eq!(verdict(&["assigned_items", "member_groups"]), Some(Verdict::Warning));
        assert_eq!(verdict(&["specified_groups"]), Some(Verdict::Warning));
        assert_eq!(verdict(&["assigned_items"]), Some(Verdict::Failed));
    }

    #[test]
    fn administrators_are_known_by_the_word() {
        for name in ["Account Admin", "Admin", "CMDB Admin", "Operational administrator", "workspace-admin"] {
            assert!(is_admins(name), "{name}");
        }
        for name in ["SD Agent", "Countersign", "Badminton", ""] {
            assert!(!is_admins(name), "{name}");
        }
    }

    #[test]
    fn roles_of_others_and_unknown_ids_say_nothing() {
        let role = |id, name: &str| Role { id: Some(id), name: Some(name.to_owned()) };
        let found = roles(&agent(&["entire_helpdesk"]), Ok(vec![role(1, "SD Agent"), role(2, "Account Admin")]));
        assert_eq!((found.verdict, found.says.as_str()), (Verdict::Ok, "SD Agent; no administrator's"));
        let by_id = Agent { role_ids: Some(vec![2]), ..Agent::default() };
        assert_eq!(roles(&by_id, Ok(vec![role(2, "Account Admin")])).verdict, Verdict::Warning);
        assert_eq!(roles(&Agent::default(), Ok(vec![role(2, "Account Admin")])).verdict, Verdict::Ok);
    }
}
