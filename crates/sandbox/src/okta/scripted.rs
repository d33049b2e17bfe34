//! Changes a demo or a test makes behind the API's back, as an administrator in Okta's console would.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::directory::{Directory, Group, GroupType, Status};
use super::refusal::Refusal;
use super::{State, held};

/// A scripted change. `user` is an id or a login, `group` an id or a name.
#[derive(Debug, serde::Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Command {
    /// Puts a user into any status: `{"op":"set_status","user":"a@b.c","status":"LOCKED_OUT"}`.
    SetStatus { user: String, status: Status },
    /// Makes a user vanish.
    RemoveUser { user: String },
    /// Adds an active user; answers its id. Downstream provisioning is not told.
    CreateUser { login: String, first_name: String, last_name: String },
    /// Enrols exactly these factors, each as `type/PROVIDER`.
    SetFactors { user: String, factors: Vec<String> },
    /// Gives exactly these administrator roles: `SUPER_ADMIN`, or a custom role's name.
    SetRoles { user: String, roles: Vec<String> },
    /// Gives a group exactly these administrator roles, which its members then have.
    SetGroupRoles { group: String, roles: Vec<String> },
    /// Keeps an active user out on devices that are not known, or lets them in.
    SetBlocked { user: String, blocked: bool },
    /// How many sessions the user has open.
    SetSessions { user: String, sessions: u32 },
    /// Adds a group; answers its id.
    CreateGroup { name: String, kind: Option<GroupType> },
    /// Puts a user into a group or takes them out, whatever the group's type.
    SetMember { group: String, user: String, member: bool },
    /// Another rate limit for each group of endpoints; what was used is forgotten.
    SetRateLimit { per_minute: Option<u32>, enforced: Option<bool> },
    /// Revokes the API token in favour of another.
    SetToken { token: String },
    /// Changes what is given of the service app: its client id, its public keys (JWK), the scopes granted to it,
    /// whether its tokens are bound by DPoP, whether it is active, for how many seconds its tokens hold.
    SetApp {
        client_id: Option<String>,
        keys: Option<Vec<Value>>,
        scopes: Option<BTreeSet<String>>,
        dpop: Option<bool>,
        active: Option<bool>,
        lifetime: Option<i64>,
    },
    /// Forgets every access token.
    RevokeTokens,
    /// Takes another nonce for proofs; `resources`: whether calls of the API need one as well; `always`: with every
    /// request, so that none is ever right.
    RenewNonce { resources: Option<bool>, always: Option<bool> },
    /// Takes the role for exactly these calls away, whoever asks: `GET /api/v1/users/{userId}/roles` is then a 403.
    SetDenied { calls: BTreeSet<String> },
    /// Puts this vendor's clock so many seconds ahead of the sandbox's: it judges and dates by it.
    SetAhead { seconds: i64 },
}

pub(super) fn apply(state: &State, command: Value) -> Result<Value, String> {
    let command: Command = serde_json::from_value(command).map_err(|error| format!("not an Okta command: {error}"))?;
    match command {
        Command::SetRateLimit { per_minute, enforced } => state.rates.set(per_minute, enforced),
        Command::SetToken { token } => *held(&state.token) = token,
        Command::SetApp { client_id, keys, scopes, dpop, active, lifetime } => {
            let mut oauth = held(&state.oauth);
            if let Some(keys) = keys {
                oauth.set_keys(&keys)?;
            }
            let app = &mut oauth.app;
            app.client_id = client_id.unwrap_or_else(|| std::mem::take(&mut app.client_id));
            app.granted = scopes.unwrap_or_else(|| std::mem::take(&mut app.granted));
            app.dpop = dpop.unwrap_or(app.dpop);
            app.active = active.unwrap_or(app.active);
            app.lifetime = lifetime.unwrap_or(app.lifetime);
        }
        Command::RevokeTokens => held(&state.oauth).revoke_tokens(),
        Command::RenewNonce { resources, always } => {
            let mut oauth = held(&state.oauth);
            oauth.renew_nonce();
            oauth.resource_nonce = resources.unwrap_or(oauth.resource_nonce);
            oauth.fickle = always.unwrap_or(oauth.fickle);
        }
        Command::SetDenied { calls } => *held(&state.denied) = calls,
        Command::SetAhead { seconds } => state.ahead.store(seconds, Ordering::Relaxed),
        Command::SetStatus { .. }
        | Command::RemoveUser { .. }
        | Command::CreateUser { .. }
        | Command::SetFactors { .. }
        | Command::SetRoles { .. }
        | Command::SetGroupRoles { .. }
        | Command::SetBlocked { .. }
        | Command::SetSessions { .. }
        | Command::CreateGroup { .. }
        | Command::SetMember { .. } => return change(&mut state.directory(), command, state.now()),
    }
    Ok(json!({}))
}

fn change(directory: &mut Directory, command: Command, now: i64) -> Result<Value, String> {
    let no_user = |key: &str| {
        let key = key.to_owned();
        move |_: Refusal| format!("Okta has no user {key:?}")
    };
    match command {
        Command::SetStatus { user, status } => {
            directory.user_mut(&user).map_err(no_user(&user))?.set_status(status, now);
        }
        Command::RemoveUser { user } => {
            let id = directory.user_id(&user).map_err(no_user(&user))?;
            directory.remove_user(&id);
        }
        Command::CreateUser { login, first_name, last_name } => {
            if directory.has_login(&login) {
                return Err(format!("Okta already has a user {login:?}"));
            }
            let display = format!("{first_name} {last_name}");
            let fields = [("login", login.clone()), ("email", login), ("firstName", first_name)];
            let rest = [("lastName", last_name), ("displayName", display)];
            let profile: Map<String, Value> =
                fields.into_iter().chain(rest).map(|(field, value)| (field.to_owned(), Value::String(value))).collect();
            let id = directory.add_user(profile, Status::Active, now);
            if let Some(user) = directory.users.get_mut(&id) {
                user.has_password = true;
                user.provisioned_downstream = true;
                user.activated = Some(now);
            }
            return Ok(json!({"id": id}));
        }
        Command::SetFactors { user, factors } => {
            let pairs = factors.iter().map(|factor| {
                factor.split_once('/').ok_or_else(|| format!("{factor:?} is not a factor: write type/PROVIDER"))
            });
            let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
            let factors = pairs.into_iter().map(|(kind, provider)| directory.new_factor(kind, provider, now)).collect();
            directory.user_mut(&user).map_err(no_user(&user))?.factors = factors;
        }
        Command::SetRoles { user, roles } => directory.user_mut(&user).map_err(no_user(&user))?.roles = roles,
        Command::SetGroupRoles { group, roles } => group_mut(directory, &group)?.roles = roles,
        Command::SetBlocked { user, blocked } => {
            directory.user_mut(&user).map_err(no_user(&user))?.blocked = blocked;
        }
        Command::SetSessions { user, sessions } => {
            directory.user_mut(&user).map_err(no_user(&user))?.sessions = sessions;
        }
        Command::CreateGroup { name, kind } => {
            let id = directory.add_group(name, kind.unwrap_or(GroupType::OktaGroup), now);
            return Ok(json!({"id": id}));
        }
        Command::SetMember { group, user, member } => {
            let id = directory.user_id(&user).map_err(no_user(&user))?;
            let found = group_mut(directory, &group)?;
            if member {
                found.members.insert(id)
            } else {
                found.members.remove(&id)
            };
        }
        Command::SetRateLimit { .. }
        | Command::SetToken { .. }
        | Command::SetApp { .. }
        | Command::RevokeTokens
        | Command::RenewNonce { .. }
        | Command::SetDenied { .. }
        | Command::SetAhead { .. } => {}
    }
    Ok(json!({}))
}

fn group_mut<'a>(directory: &'a mut Directory, group: &str) -> Result<&'a mut Group, String> {
    let found = directory.groups.values_mut().find(|known| known.id == group || known.name == group);
    found.ok_or_else(|| format!("Okta has no group {group:?}"))
}
