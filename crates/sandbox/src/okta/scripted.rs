//! Changes a demo or a test makes behind the API's back, as an administrator in Okta's console would.

use serde_json::{Map, Value, json};

use super::directory::{GroupType, Status};
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
    /// Gives exactly these administrator roles.
    SetRoles { user: String, roles: Vec<String> },
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
}

pub(super) fn apply(state: &State, command: Value) -> Result<Value, String> {
    let command: Command = serde_json::from_value(command).map_err(|error| format!("not an Okta command: {error}"))?;
    let now = state.now();
    let mut directory = state.directory();
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
        Command::SetSessions { user, sessions } => {
            directory.user_mut(&user).map_err(no_user(&user))?.sessions = sessions;
        }
        Command::CreateGroup { name, kind } => {
            let id = directory.add_group(name, kind.unwrap_or(GroupType::OktaGroup), now);
            return Ok(json!({"id": id}));
        }
        Command::SetMember { group, user, member } => {
            let id = directory.user_id(&user).map_err(no_user(&user))?;
            let found = directory.groups.values_mut().find(|known| known.id == group || known.name == group);
            let found = found.ok_or_else(|| format!("Okta has no group {group:?}"))?;
            if member {
                found.members.insert(id)
            } else {
                found.members.remove(&id)
            };
        }
        Command::SetRateLimit { per_minute, enforced } => state.rates.set(per_minute, enforced),
        Command::SetToken { token } => *held(&state.token) = token,
    }
    Ok(json!({}))
}
