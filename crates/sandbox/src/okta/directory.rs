//! Who is in this Okta org: plain data and the few questions asked of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::NewUser;
use crate::seed::{OKTA_GROUPS, OktaState, PEOPLE, Person, Seed};

/// How many log entries and mails are kept; a long benchmark must not grow without end.
const KEPT: usize = 20_000;

/// Okta's user status, complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }
}

/// Okta's group type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum GroupType {
    OktaGroup,
    AppGroup,
    BuiltIn,
}

impl GroupType {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::OktaGroup => "OKTA_GROUP",
            Self::AppGroup => "APP_GROUP",
            Self::BuiltIn => "BUILT_IN",
        }
    }
}

/// An enrolled second factor.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    pub(super) id: String,
    /// `push`, `sms`, `token:software:totp` ...
    pub(super) factor_type: String,
    /// `OKTA`, `GOOGLE`, `FIDO` ...
    pub(super) provider: String,
    pub(super) created: i64,
}

/// A user. Times are Unix microseconds.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) profile: Map<String, Value>,
    pub(super) factors: Vec<Factor>,
    pub(super) sessions: u32,
    /// Administrator roles, as `SUPER_ADMIN`.
    pub(super) roles: Vec<String>,
    /// Whether an active user is kept out on devices that are not known.
    pub(super) blocked: bool,
    pub(super) has_password: bool,
    /// Whether downstream provisioning has been told of this user.
    pub(super) provisioned_downstream: bool,
    pub(super) created: i64,
    pub(super) activated: Option<i64>,
    pub(super) status_changed: Option<i64>,
    pub(super) last_updated: i64,
}

impl User {
    pub(super) fn text(&self, field: &str) -> &str {
        self.profile.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn login(&self) -> &str {
        self.text("login")
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.text("firstName"), self.text("lastName"))
    }

    pub(super) fn set_status(&mut self, status: Status, now: i64) {
        self.status = status;
        self.status_changed = Some(now);
        self.last_updated = now;
    }
}

/// A group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) kind: GroupType,
    pub(super) name: String,
    pub(super) members: BTreeSet<String>,
    /// Administrator roles that every member has.
    pub(super) roles: Vec<String>,
    pub(super) created: i64,
    pub(super) membership_updated: i64,
}

/// A mail Okta has sent.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) to: String,
    pub(super) subject: &'static str,
    pub(super) at: i64,
}

/// One entry of the system log.
#[derive(Clone, Debug)]
pub(super) struct LogEntry {
    pub(super) number: u64,
    pub(super) at: i64,
    pub(super) event_type: &'static str,
    pub(super) target_id: String,
    pub(super) target: String,
    pub(super) detail: String,
}

/// Everything in the org.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) mails: VecDeque<Mail>,
    pub(super) log: VecDeque<LogEntry>,
    /// Lower-case login to id.
    logins: BTreeMap<String, String>,
    issued: u64,
}

impl Directory {
    pub(super) fn seeded(seed: Seed, now: i64) -> Self {
        let mut directory = Self::default();
        for (name, built_in) in OKTA_GROUPS {
            let kind = if *built_in { GroupType::BuiltIn } else { GroupType::OktaGroup };
            directory.add_group((*name).to_owned(), kind, now);
        }
        match seed {
            Seed::Demo => PEOPLE.iter().for_each(|person| directory.seed_person(person, now)),
            Seed::Empty => {}
        }
        directory
    }

    fn seed_person(&mut self, person: &Person, now: i64) {
        let (status, sessions) = match person.okta {
            OktaState::Active => (Status::Active, 2),
            OktaState::Deprovisioned => (Status::Deprovisioned, 0),
        };
        let profile = json!({
            "firstName": person.given, "lastName": person.family, "email": person.email, "login": person.email,
            "displayName": format!("{} {}", person.given, person.family), "mobilePhone": null, "secondEmail": null,
        });
        let Value::Object(profile) = profile else { return };
        let id = self.add_user(profile, status, now);
        let factors = person.factors.iter().map(|(kind, provider)| self.new_factor(kind, provider, now)).collect();
        if let Some(user) = self.users.get_mut(&id) {
            user.factors = factors;
            user.sessions = sessions;
            user.has_password = true;
            user.provisioned_downstream = true;
            user.activated = Some(now);
        }
    }

    /// An id of Okta's form: a prefix of three characters and 17 more.
    fn new_id(&mut self, prefix: &str) -> String {
        self.issued += 1;
        format!("{prefix}sbx{:0>14}", self.issued)
    }

    pub(super) fn new_factor(&mut self, factor_type: &str, provider: &str, now: i64) -> Factor {
        let id = self.new_id("mfa");
        Factor { id, factor_type: factor_type.to_owned(), provider: provider.to_owned(), created: now }
    }

    /// Adds a user, who is a member of every built-in group, and answers its id. The caller has checked the login.
    pub(super) fn add_user(&mut self, profile: Map<String, Value>, status: Status, now: i64) -> String {
        let id = self.new_id("00u");
        let user = User {
            id: id.clone(),
            status,
            profile,
            factors: Vec::new(),
            sessions: 0,
            roles: Vec::new(),
            blocked: false,
            has_password: false,
            provisioned_downstream: false,
            created: now,
            activated: None,
            status_changed: None,
            last_updated: now,
        };
        self.logins.insert(user.login().to_lowercase(), id.clone());
        self.users.insert(id.clone(), user);
        for group in self.groups.values_mut().filter(|group| group.kind == GroupType::BuiltIn) {
            group.members.insert(id.clone());
        }
        id
    }

    pub(super) fn add_group(&mut self, name: String, kind: GroupType, now: i64) -> String {
        let id = self.new_id("00g");
        let (members, roles) = (BTreeSet::new(), Vec::new());
        let group = Group { id: id.clone(), kind, name, members, roles, created: now, membership_updated: now };
        self.groups.insert(id.clone(), group);
        id
    }

    pub(super) fn has_login(&self, login: &str) -> bool {
        self.logins.contains_key(&login.to_lowercase())
    }

    /// Removes a user for good, as deletion in the admin console does.
    pub(super) fn remove_user(&mut self, id: &str) {
        if let Some(user) = self.users.remove(id) {
            self.logins.remove(&user.login().to_lowercase());
        }
        for group in self.groups.values_mut() {
            group.members.remove(id);
        }
    }

    /// The id behind an id, a login, or a login's part before `@` where only one user has it.
    pub(super) fn user_id(&self, key: &str) -> Result<String, Refusal> {
        if self.users.contains_key(key) {
            return Ok(key.to_owned());
        }
        let lower = key.to_lowercase();
        if let Some(id) = self.logins.get(&lower) {
            return Ok(id.clone());
        }
        let short = format!("{lower}@");
        let mut matching = self.logins.range(short.clone()..).take_while(|(login, _)| login.starts_with(&short));
        match (matching.next(), matching.next()) {
            (Some((_, id)), None) => Ok(id.clone()),
            (None | Some(_), _) => Err(Refusal::not_found(key, "User")),
        }
    }

    pub(super) fn user(&self, key: &str) -> Result<&User, Refusal> {
        let id = self.user_id(key)?;
        self.users.get(&id).ok_or_else(|| Refusal::not_found(key, "User"))
    }

    pub(super) fn user_mut(&mut self, key: &str) -> Result<&mut User, Refusal> {
        let id = self.user_id(key)?;
        self.users.get_mut(&id).ok_or_else(|| Refusal::not_found(key, "User"))
    }

    pub(super) fn group(&self, id: &str) -> Result<&Group, Refusal> {
        self.groups.get(id).ok_or_else(|| Refusal::not_found(id, "UserGroup"))
    }

    pub(super) fn groups_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(move |group| group.members.contains(user))
    }

    pub(super) fn mail(&mut self, to: String, subject: &'static str, at: i64) {
        if self.mails.len() == KEPT {
            self.mails.pop_front();
        }
        self.mails.push_back(Mail { to, subject, at });
    }

    pub(super) fn record(&mut self, event_type: &'static str, user: &str, detail: String, at: i64) {
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.issued += 1;
        let target = self.users.get(user).map(|user| user.login().to_owned()).unwrap_or_default();
        let number = self.issued;
        self.log.push_back(LogEntry { number, at, event_type, target_id: user.to_owned(), target, detail });
    }

    /// What provisioning carries over, once for each user.
    pub(super) fn take_unprovisioned(&mut self, id: &str) -> Option<NewUser> {
        let user = self.users.get_mut(id).filter(|user| !user.provisioned_downstream)?;
        user.provisioned_downstream = true;
        Some(NewUser {
            okta_id: user.id.clone(),
            email: user.login().to_owned(),
            given_name: user.text("firstName").to_owned(),
            family_name: user.text("lastName").to_owned(),
        })
    }
}
