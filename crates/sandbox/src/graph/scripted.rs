//! Changes a demo or a test makes behind the API's back, as an administrator or Microsoft itself would.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::data::{GroupKind, Risk};
use super::refusal::Refusal;
use super::tenant::Tenant;
use super::{State, held};
use crate::SyncAfter;

/// A scripted change. `user` is an id or a user principal name, `group` an id or a name, `sku` an id or a part number.
#[derive(Debug, serde::Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Command {
    /// Changes what is given. An empty `usage_location` clears it.
    SetUser {
        user: String,
        enabled: Option<bool>,
        usage_location: Option<String>,
        on_premises: Option<bool>,
        roles: Option<Vec<String>>,
    },
    /// Adds an enabled user, visible at once; answers its id.
    CreateUser { login: String, given_name: String, family_name: String, usage_location: Option<String> },
    /// Makes a user vanish; this is not counted among `deleted_users`.
    RemoveUser { user: String },
    /// Makes a user that waits for its synchronisation visible at once; everybody who waits, where `user` is left out.
    SyncUser { user: Option<String> },
    /// When users from Okta appear from now on: after so many vain look-ups, never where `null`.
    SetSyncPolls { polls: Option<u32> },
    /// Buys or returns units, so that so many are free.
    SetFreeUnits { sku: String, free: u32 },
    /// Puts a risk on a user, or takes it away where `state` is left out.
    SetRisk { user: String, state: Option<String>, level: Option<String> },
    /// Adds a line to the sign-in log: 50053 is smart lockout.
    AddSignIn { user: String, error_code: u32 },
    /// What the tenant is licensed for.
    SetTenant { p1_licence: Option<bool>, p2_licence: Option<bool> },
    /// Adds a group; answers its id.
    CreateGroup { name: String, kind: Option<GroupKind> },
    /// Puts a user into a group or takes them out, whatever the group's kind.
    SetMember { group: String, user: String, member: bool },
    /// Puts a group into another one or takes it out.
    SetSubgroup { group: String, subgroup: String, member: bool },
    /// The directory roles that a group's members hold by it.
    SetGroupRoles { group: String, roles: Vec<String> },
    /// The application's permissions, for tokens issued from now on.
    SetPermissions { permissions: Vec<String> },
    /// The application's client secret: another one, or that it is past its end. A new one is not, unless it says so.
    SetSecret { secret: Option<String>, expired: Option<bool> },
    /// Forgets every token.
    RevokeTokens,
    /// Another throttle: requests in ten seconds; what was used is forgotten.
    SetRateLimit { per_ten_seconds: Option<u32>, enforced: Option<bool> },
}

pub(super) fn apply(state: &State, command: Value) -> Result<Value, String> {
    let command: Command = serde_json::from_value(command).map_err(|error| format!("not a Graph command: {error}"))?;
    match command {
        Command::SetPermissions { permissions } => held(&state.application).permissions = Arc::from(permissions),
        Command::SetSecret { secret, expired } => {
            let mut application = held(&state.application);
            application.secret_expired = expired.unwrap_or(application.secret_expired && secret.is_none());
            if let Some(secret) = secret {
                application.client_secret = secret;
            }
        }
        Command::RevokeTokens => held(&state.grants).clear(),
        Command::SetRateLimit { per_ten_seconds, enforced } => state.throttle.set(per_ten_seconds, enforced),
        Command::SetUser { .. }
        | Command::CreateUser { .. }
        | Command::RemoveUser { .. }
        | Command::SyncUser { .. }
        | Command::SetSyncPolls { .. }
        | Command::SetFreeUnits { .. }
        | Command::SetRisk { .. }
        | Command::AddSignIn { .. }
        | Command::SetTenant { .. }
        | Command::CreateGroup { .. }
        | Command::SetMember { .. }
        | Command::SetSubgroup { .. }
        | Command::SetGroupRoles { .. } => return change(&mut state.tenant(), command, state.now()),
    }
    Ok(json!({}))
}

fn no_user(key: &str) -> impl FnOnce(Refusal) -> String {
    let message = format!("Entra has no user {key:?}");
    move |_| message
}

fn no_group(key: &str) -> impl FnOnce() -> String {
    let message = format!("Entra has no group {key:?}");
    move || message
}

fn toggle(members: &mut BTreeSet<String>, id: String, member: bool) {
    if member {
        members.insert(id);
    } else {
        members.remove(&id);
    }
}

fn change(tenant: &mut Tenant, command: Command, now: i64) -> Result<Value, String> {
    match command {
        Command::SetUser { user, enabled, usage_location, on_premises, roles } => {
            let user = tenant.user_mut(&user).map_err(no_user(&user))?;
            user.enabled = enabled.unwrap_or(user.enabled);
            user.on_premises = on_premises.unwrap_or(user.on_premises);
            if let Some(location) = usage_location {
                user.usage_location = Some(location).filter(|location| !location.is_empty());
            }
            if let Some(roles) = roles {
                user.roles = roles;
            }
        }
        Command::CreateUser { login, given_name, family_name, usage_location } => {
            if tenant.user_id(&login).is_ok() {
                return Err(format!("Entra already has a user {login:?}"));
            }
            let mut user = tenant.new_user(&given_name, &family_name, login, now);
            user.usage_location = usage_location;
            let id = user.id.clone();
            tenant.users.insert(id.clone(), user);
            return Ok(json!({"id": id}));
        }
        Command::RemoveUser { user } => {
            let id = tenant.user_id(&user).map_err(no_user(&user))?;
            tenant.delete_user(&id);
        }
        Command::SyncUser { user } => return Ok(json!({"synced": tenant.reveal(user.as_deref(), now)})),
        Command::SetSyncPolls { polls } => tenant.sync_after = polls.map_or(SyncAfter::Never, SyncAfter::Polls),
        Command::SetFreeUnits { sku, free } => {
            let sku = tenant.sku_mut(&sku).ok_or_else(|| format!("the tenant has no subscription {sku:?}"))?;
            sku.enabled = sku.consumed.saturating_add(free);
        }
        Command::SetRisk { user, state, level } => {
            let level = level.unwrap_or_else(|| "high".to_owned());
            let risk = state.map(|state| Risk::new(&state, &level, now));
            tenant.user_mut(&user).map_err(no_user(&user))?.risk = risk;
        }
        Command::AddSignIn { user, error_code } => {
            let id = tenant.user_id(&user).map_err(no_user(&user))?;
            tenant.add_sign_in(&id, error_code, now);
        }
        Command::SetTenant { p1_licence, p2_licence } => {
            tenant.p1_licence = p1_licence.unwrap_or(tenant.p1_licence);
            tenant.p2_licence = p2_licence.unwrap_or(tenant.p2_licence);
        }
        Command::CreateGroup { name, kind } => {
            let id = tenant.add_group(name, kind.unwrap_or(GroupKind::Assigned), now);
            return Ok(json!({"id": id}));
        }
        Command::SetMember { group, user, member } => {
            let id = tenant.user_id(&user).map_err(no_user(&user))?;
            let found = tenant.group_named(&group).ok_or_else(no_group(&group))?;
            toggle(&mut found.members, id, member);
        }
        Command::SetSubgroup { group, subgroup, member } => {
            let inner = tenant.group_named(&subgroup).ok_or_else(no_group(&subgroup))?.id.clone();
            let found = tenant.group_named(&group).ok_or_else(no_group(&group))?;
            toggle(&mut found.subgroups, inner, member);
        }
        Command::SetGroupRoles { group, roles } => {
            tenant.group_named(&group).ok_or_else(no_group(&group))?.roles = roles;
        }
        Command::SetPermissions { .. }
        | Command::SetSecret { .. }
        | Command::RevokeTokens
        | Command::SetRateLimit { .. } => {}
    }
    Ok(json!({}))
}
