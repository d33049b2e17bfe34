//! What the application must be granted, from the calls that each action makes.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::{
    ports::{Finding, Permission},
    runbook::ActionKind,
};
use url::Url;

use super::words::quoted;
use crate::client::Operation;

/// What Entra's console calls such a right.
const SORT: &str = "application permission";

/// Which permissions allow everything that another one does: the "higher privileged permissions" in the tables of the
/// pages named at [`Operation::permissions`], and, for `GroupMember.ReadWrite.All`, its description in
/// <https://learn.microsoft.com/graph/permissions-reference>. Left out on purpose: `Directory.Read.All` for
/// `AuditLog.Read.All`, since earlier versions of that page asked for both; anything for `User.RevokeSessions.All`,
/// whose page names nothing higher. The least dangerous come first.
const COVERED: [(&str, &[&str]); 9] = [
    (
        "GroupMember.Read.All",
        &[
            "GroupMember.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    ("GroupMember.ReadWrite.All", &["Group.ReadWrite.All", "Directory.ReadWrite.All"]),
    ("IdentityRiskyUser.Read.All", &["IdentityRiskyUser.ReadWrite.All"]),
    (
        "LicenseAssignment.Read.All",
        &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    ),
    ("LicenseAssignment.ReadWrite.All", &["User.ReadWrite.All", "Directory.ReadWrite.All"]),
    (
        "RoleManagement.Read.Directory",
        &["Directory.Read.All", "RoleManagement.ReadWrite.Directory", "Directory.ReadWrite.All"],
    ),
    ("User.EnableDisableAccount.All", &["User.ReadWrite.All", "Directory.ReadWrite.All"]),
    ("User.Read.All", &["Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All"]),
    ("User.ReadUpdate.All", &["User.ReadWrite.All", "Directory.ReadWrite.All"]),
];

/// Permissions that an approval step must not be worth stealing for, and what they come to.
const DANGEROUS: [(&str, &str); 5] = [
    ("AppRoleAssignment.ReadWrite.All", "whoever has it can grant itself every other permission"),
    ("Application.ReadWrite.All", "whoever has it can add a secret to any application and act as that one"),
    ("Directory.ReadWrite.All", "whoever has it can change nearly everything in the directory"),
    ("RoleManagement.ReadWrite.Directory", "whoever has it can make anybody, itself included, a Global Administrator"),
    ("User.ReadWrite.All", "whoever has it can create, change and delete any user who is no administrator"),
];

/// The calls that an action makes from the look for its user to its end: those of finding, of planning, of reading what
/// protects the user, of comparing right before, of the step itself. None for an action that is no matter of Graph.
pub fn operations(action: ActionKind) -> &'static [Operation] {
    use Operation::{
        AddMember, AssignLicense, DismissRisk, EnableAccount, FindGroups, FindUsers, ReadGroup, ReadMemberships,
        ReadNesting, ReadRisk, ReadSignIns, ReadSkus, ReadStanding, ReadUser, RemoveMember, RevokeSessions,
        SetUsageLocation,
    };
    match action {
        ActionKind::ClearSessions => &[FindUsers, ReadUser, ReadStanding, RevokeSessions],
        ActionKind::AddToGroup => {
            &[FindUsers, ReadUser, ReadStanding, FindGroups, ReadGroup, ReadNesting, ReadMemberships, AddMember]
        }
        ActionKind::RemoveFromGroup => {
            &[FindUsers, ReadUser, ReadStanding, FindGroups, ReadGroup, ReadNesting, ReadMemberships, RemoveMember]
        }
        // A user without a country of use gets one first.
        ActionKind::AssignLicense => &[FindUsers, ReadUser, ReadStanding, ReadSkus, SetUsageLocation, AssignLicense],
        ActionKind::SetUsageLocation => &[FindUsers, ReadUser, ReadStanding, SetUsageLocation],
        ActionKind::EnableAccount => &[FindUsers, ReadUser, ReadStanding, EnableAccount],
        ActionKind::DismissRisk => &[FindUsers, ReadUser, ReadStanding, ReadRisk, DismissRisk],
        // It proposes enabling and dismissing.
        ActionKind::RestoreSignIn => {
            &[FindUsers, ReadUser, ReadStanding, ReadRisk, ReadSignIns, EnableAccount, DismissRisk]
        }
        ActionKind::ResetPassword
        | ActionKind::ResetFactors
        | ActionKind::SuspendUser
        | ActionKind::UnlockUser
        | ActionKind::CreateUser => &[],
    }
}

/// The application permissions that these actions need, by name, each with the calls that need it. One that another of
/// them covers is left out, its calls being counted to that other one.
pub fn permissions(actions: &[ActionKind]) -> Vec<Permission> {
    let mut needs: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for operation in actions.iter().flat_map(|action| operations(*action)) {
        for name in operation.permissions() {
            needs.entry(name).or_default().insert(operation.call());
        }
    }
    let names: Vec<&'static str> = needs.keys().copied().collect();
    for name in &names {
        let greater = covering(name).iter().find_map(|greater| names.iter().find(|known| *known == greater));
        if let Some(greater) = greater
            && let Some(calls) = needs.remove(name)
        {
            needs.entry(greater).or_default().extend(calls);
        }
    }
    needs.into_iter().map(|(name, calls)| Permission { sort: SORT, name, calls: calls.into_iter().collect() }).collect()
}

/// The page at which an administrator consents to the permissions that the application's registration lists. `login` is
/// the sign-in service, `https://login.microsoftonline.com` but for national clouds.
pub fn admin_consent_link(login: &Url, tenant_id: &str, client_id: &str) -> String {
    format!("{}/{tenant_id}/adminconsent?client_id={client_id}", login.as_str().trim_end_matches('/'))
}

fn covering(name: &str) -> &'static [&'static str] {
    COVERED.iter().find(|(lesser, _)| *lesser == name).map_or(&[], |(_, greater)| greater)
}

/// What is missing of `needed` and what is granted beyond it; one good line where neither is.
pub(super) fn compare(needed: &[Permission], granted: &[String], consent: &str) -> Vec<Finding> {
    let has = |name: &str| granted.iter().any(|role| role == name);
    let mut found = Vec::new();
    // Those that do for a lesser one, and which.
    let mut standing_in: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for permission in needed.iter().filter(|permission| !has(permission.name)) {
        match covering(permission.name).iter().find(|greater| has(greater)) {
            Some(greater) => standing_in.entry(greater).or_default().push(permission.name),
            None => found.push(missing(permission, consent)),
        }
    }
    let beyond: BTreeSet<&str> = granted
        .iter()
        .map(String::as_str)
        .filter(|role| !needed.iter().any(|permission| permission.name == *role))
        .collect();
    for role in beyond {
        let instead = standing_in.get(role);
        let allows_no_more = needed.iter().any(|permission| covering(role).contains(&permission.name));
        match DANGEROUS.iter().find(|(name, _)| *name == role) {
            Some((_, why)) => found.push(dangerous(role, why, instead)),
            None if instead.is_some() || allows_no_more => {}
            None => found.push(in_excess(role)),
        }
    }
    if found.is_empty() {
        let names: Vec<String> = needed.iter().map(|permission| permission.name.to_owned()).collect();
        let names = if names.is_empty() { "none needed".to_owned() } else { names.join(", ") };
        found.push(Finding::ok("permissions", format!("{names}, and nothing beyond")));
    }
    found
}

fn missing(permission: &Permission, consent: &str) -> Finding {
    let Permission { name, calls, .. } = permission;
    Finding::failed(
        format!("permission {name}"),
        format!("the application has not been granted {name}, which it needs for {}", calls.join(", ")),
        format!(
            "add {name} (Microsoft Graph, application permission) at the app registration's API permissions, then let an \
             administrator consent: {consent}"
        ),
    )
}

fn in_excess(role: &str) -> Finding {
    let role = shown(role);
    Finding::warning(
        format!("permission {role}"),
        format!("the application has been granted {role}, which nothing here needs"),
        format!("remove {role} at the app registration's API permissions, its admin consent included"),
    )
}

fn dangerous(role: &str, why: &str, instead: Option<&Vec<&str>>) -> Finding {
    let what = format!("permission {role}");
    match instead {
        None => Finding::warning(
            what,
            format!("DANGEROUS and not needed: the application has been granted {role}; {why}"),
            format!("remove {role} at once at the app registration's API permissions, its admin consent included"),
        ),
        Some(lesser) => {
            let lesser = lesser.join(" and ");
            Finding::warning(
                what,
                format!("DANGEROUS: the application has been granted {role}, where {lesser} would do; {why}"),
                format!("grant {lesser} at the app registration's API permissions, then remove {role}"),
            )
        }
    }
}

/// A name out of a token, fit to be shown.
fn shown(role: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    if !role.is_empty() && role.len() <= 80 && role.chars().all(plain) { role.to_owned() } else { quoted(role) }
}

#[cfg(test)]
mod tests;
