//! What is in the Entra tenant, and the few questions asked of it. The records themselves stand in [`super::data`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::data::{Deleted, Event, Group, GroupKind, Hidden, Risk, SignIn, Sku, User};
use super::refusal::Refusal;
use crate::seed::{ENTRA_GROUPS, EntraGroupKind, EntraState, PEOPLE, Person, SKUS, Seed};
use crate::stamp::MINUTE;
use crate::{NewUser, Options, SyncAfter};

/// How many events are kept; a long benchmark must not grow without end.
const KEPT: usize = 20_000;

/// Everything in the tenant.
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) skus: Vec<Sku>,
    pub(super) hidden: Vec<Hidden>,
    pub(super) sync_after: SyncAfter,
    pub(super) deleted: Vec<Deleted>,
    pub(super) sign_ins: Vec<SignIn>,
    pub(super) events: VecDeque<Event>,
    /// Whether the tenant may read its sign-in log.
    pub(super) p1_licence: bool,
    /// Whether the tenant has Identity Protection; this includes what P1 gives.
    pub(super) p2_licence: bool,
    issued: u64,
}

impl Tenant {
    pub(super) fn seeded(options: &Options, now: i64) -> Self {
        let mut tenant = Self {
            id: options.credentials.entra_tenant_id.clone(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            skus: SKUS.iter().map(Sku::from).collect(),
            hidden: Vec::new(),
            sync_after: options.sync_after,
            deleted: Vec::new(),
            sign_ins: Vec::new(),
            events: VecDeque::new(),
            p1_licence: true,
            p2_licence: true,
            issued: 0,
        };
        for (name, kind) in ENTRA_GROUPS {
            let kind = match kind {
                EntraGroupKind::Assigned => GroupKind::Assigned,
                EntraGroupKind::Dynamic => GroupKind::Dynamic,
                EntraGroupKind::RoleAssignable => GroupKind::RoleAssignable,
                EntraGroupKind::OnPremises => GroupKind::OnPremises,
            };
            tenant.add_group((*name).to_owned(), kind, now);
        }
        match options.seed {
            Seed::Demo => PEOPLE.iter().for_each(|person| tenant.seed_person(person, now)),
            Seed::Empty => {}
        }
        tenant
    }

    fn seed_person(&mut self, person: &Person, now: i64) {
        let mut user = self.new_user(person.given, person.family, person.email.to_owned(), now);
        user.usage_location = person.usage_location.map(str::to_owned);
        user.roles = person.directory_roles.iter().map(|role| (*role).to_owned()).collect();
        let id = user.id.clone();
        let refused_with = match person.entra {
            EntraState::Enabled => None,
            EntraState::Disabled => {
                user.enabled = false;
                Some(50_057)
            }
            EntraState::AtRisk => {
                user.risk = Some(Risk::new("atRisk", "medium", now));
                Some(53_003)
            }
        };
        let enabled = user.enabled;
        self.users.insert(id.clone(), user);
        self.add_sign_in(&id, 0, now - 120 * MINUTE);
        if let Some(code) = refused_with {
            self.add_sign_in(&id, code, now - 10 * MINUTE);
        }
        for group in self.groups.values_mut().filter(|group| group.kind == GroupKind::Dynamic && enabled) {
            group.members.insert(id.clone());
        }
    }

    fn next(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// A user with nothing set that Entra does not set by itself. The caller decides when it becomes visible.
    pub(super) fn new_user(&mut self, given: &str, family: &str, login: String, now: i64) -> User {
        let id = format!("5a4db0c5-0001-4000-8000-{:0>12x}", self.next());
        User {
            id,
            mail: login.clone(),
            login,
            given: given.to_owned(),
            family: family.to_owned(),
            display_name: format!("{given} {family}"),
            job_title: None,
            department: None,
            enabled: true,
            usage_location: None,
            on_premises: false,
            licences: Vec::new(),
            roles: Vec::new(),
            risk: None,
            sessions_revoked: 0,
            sessions_valid_from: now,
            created: now,
        }
    }

    pub(super) fn add_group(&mut self, name: String, kind: GroupKind, now: i64) -> String {
        let id = format!("5a4db0c5-0002-4000-8000-{:0>12x}", self.next());
        self.groups.insert(id.clone(), Group::new(id.clone(), name, kind, now));
        id
    }

    pub(super) fn add_sign_in(&mut self, user: &str, error_code: u32, at: i64) {
        let id = format!("5a4db0c5-0003-4000-8000-{:0>12x}", self.next());
        self.sign_ins.push(SignIn { id, user: user.to_owned(), error_code, at });
    }

    /// Takes a user from provisioning.
    pub(super) fn receive(&mut self, user: NewUser, now: i64) {
        let known = |login: &str| login.eq_ignore_ascii_case(&user.email);
        if self.users.values().any(|user| known(&user.login)) || self.hidden.iter().any(|h| known(&h.user.login)) {
            return;
        }
        let user = self.new_user(&user.given_name, &user.family_name, user.email, now);
        match self.sync_after {
            SyncAfter::Immediately => self.admit(user, now),
            SyncAfter::Polls(left) => self.hidden.push(Hidden { user, left: Some(left) }),
            SyncAfter::Never => self.hidden.push(Hidden { user, left: None }),
        }
    }

    fn admit(&mut self, user: User, now: i64) {
        let id = user.id.clone();
        self.users.insert(id.clone(), user);
        self.record("user.synced", &id, String::new(), now);
    }

    /// Somebody looks for users: those waiting whom the look-up would find come one look closer, or appear.
    pub(super) fn looked_for(&mut self, finds: &dyn Fn(&User) -> bool, now: i64) {
        for waiting in std::mem::take(&mut self.hidden) {
            match waiting.left {
                Some(0) if finds(&waiting.user) => self.admit(waiting.user, now),
                Some(left) if finds(&waiting.user) => {
                    self.hidden.push(Hidden { user: waiting.user, left: Some(left - 1) });
                }
                Some(_) | None => self.hidden.push(waiting),
            }
        }
    }

    /// Makes waiting users visible at once; answers how many.
    pub(super) fn reveal(&mut self, login: Option<&str>, now: i64) -> usize {
        let wanted = |user: &User| login.is_none_or(|login| user.login.eq_ignore_ascii_case(login));
        let (found, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hidden).into_iter().partition(|hidden| wanted(&hidden.user));
        self.hidden = waiting;
        let count = found.len();
        found.into_iter().for_each(|hidden| self.admit(hidden.user, now));
        count
    }

    /// The id behind an id or a user principal name.
    pub(super) fn user_id(&self, key: &str) -> Result<String, Refusal> {
        if self.users.contains_key(key) {
            return Ok(key.to_owned());
        }
        let found = self.users.values().find(|user| user.is_named(key));
        found.map(|user| user.id.clone()).ok_or_else(|| Refusal::not_found(key))
    }

    pub(super) fn user(&self, key: &str) -> Result<&User, Refusal> {
        let id = self.user_id(key)?;
        self.users.get(&id).ok_or_else(|| Refusal::not_found(key))
    }

    pub(super) fn user_mut(&mut self, key: &str) -> Result<&mut User, Refusal> {
        let id = self.user_id(key)?;
        self.users.get_mut(&id).ok_or_else(|| Refusal::not_found(key))
    }

    pub(super) fn group(&self, id: &str) -> Result<&Group, Refusal> {
        self.groups.get(id).ok_or_else(|| Refusal::not_found(id))
    }

    pub(super) fn groups_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(move |group| group.members.contains(user))
    }

    /// The groups a user is in, directly or by another group, in the order of their ids.
    pub(super) fn all_groups_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Group> {
        let mut found: BTreeSet<&str> = self.groups_of(user).map(|group| group.id.as_str()).collect();
        loop {
            let within = |group: &&Group| group.subgroups.iter().any(|inner| found.contains(inner.as_str()));
            let around: Vec<&str> = self.groups.values().filter(within).map(|group| group.id.as_str()).collect();
            let before = found.len();
            found.extend(around);
            if found.len() == before {
                return self.groups.values().filter(move |group| found.contains(group.id.as_str()));
            }
        }
    }

    /// The directory roles a user holds, directly or by a group.
    pub(super) fn all_roles_of<'a>(&'a self, user: &'a User) -> BTreeSet<&'a str> {
        let by_groups = self.all_groups_of(&user.id).flat_map(|group| &group.roles);
        user.roles.iter().chain(by_groups).map(String::as_str).collect()
    }

    /// The group of this id or name.
    pub(super) fn group_named(&mut self, key: &str) -> Option<&mut Group> {
        self.groups.values_mut().find(|known| known.id == key || known.name == key)
    }

    pub(super) fn sku(&self, id: &str) -> Option<&Sku> {
        self.skus.iter().find(|sku| sku.id.eq_ignore_ascii_case(id))
    }

    pub(super) fn sku_mut(&mut self, key: &str) -> Option<&mut Sku> {
        self.skus.iter_mut().find(|sku| sku.id.eq_ignore_ascii_case(key) || sku.part_number == key)
    }

    /// Deletes a user: memberships end and licences become free.
    pub(super) fn delete_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        for group in self.groups.values_mut() {
            group.members.remove(id);
        }
        for licence in &user.licences {
            if let Some(sku) = self.sku_mut(licence) {
                sku.consumed = sku.consumed.saturating_sub(1);
            }
        }
        Some(user)
    }

    pub(super) fn record(&mut self, event_type: &'static str, user: &str, detail: String, at: i64) {
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        let target = self.users.get(user).map(|user| user.login.clone()).unwrap_or_default();
        self.events.push_back(Event { at, event_type, target, detail });
    }
}
