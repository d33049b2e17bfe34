//! Which side of a user an action changes: how it is, and how the action leaves it.

use countersign_domain::plan::Action;

use super::FakeUser;

/// How that side is now, and how the action would leave it.
pub(super) fn now_and_wanted(user: &FakeUser, action: &Action) -> (String, String) {
    let mut after = user.clone();
    apply(&mut after, action);
    (facet(user, action), facet(&after, action))
}

/// Does it.
pub(super) fn apply(user: &mut FakeUser, action: &Action) {
    match action {
        Action::ResetPassword { .. } => user.resets += 1,
        Action::ResetFactors { .. } => user.factors = 0,
        Action::SuspendUser { .. } => user.subject.state = "SUSPENDED".to_owned(),
        Action::UnlockUser { .. } => user.locked_out = false,
        Action::ClearSessions { .. } => user.sessions = 0,
        Action::CreateUser { .. } => {}
        Action::AddToGroup { group, .. } => {
            user.groups.insert(group.clone());
        }
        Action::RemoveFromGroup { group, .. } => {
            user.groups.remove(group);
        }
        Action::AssignLicense { sku, .. } => {
            user.licenses.insert(sku.clone());
        }
        Action::SetUsageLocation { country, .. } => user.country = Some(country.clone()),
        Action::EnableAccount { .. } => user.subject.state = "ACTIVE".to_owned(),
        Action::DismissRisk { .. } => user.at_risk = false,
    }
}

/// A reset is refused for a user who is not active, so its side includes the state.
fn facet(user: &FakeUser, action: &Action) -> String {
    let state = &user.subject.state;
    match action {
        Action::ResetPassword { .. } => format!("{state}, {} links mailed", user.resets),
        Action::ResetFactors { .. } => format!("{state}, {} factors", user.factors),
        Action::SuspendUser { .. } | Action::EnableAccount { .. } | Action::CreateUser { .. } => state.clone(),
        Action::UnlockUser { .. } => format!("locked out: {}", user.locked_out),
        Action::ClearSessions { .. } => format!("{} sessions", user.sessions),
        Action::AddToGroup { group, .. } | Action::RemoveFromGroup { group, .. } => {
            format!("member: {}", user.groups.contains(group))
        }
        Action::AssignLicense { sku, .. } => format!("licensed: {}", user.licenses.contains(sku)),
        Action::SetUsageLocation { .. } => user.country.clone().unwrap_or_else(|| "no country".to_owned()),
        Action::DismissRisk { .. } => format!("at risk: {}", user.at_risk),
    }
}
