//! An identity system in memory, with users, groups and licences.

mod facet;

use async_trait::async_trait;
use countersign_domain::{
    plan::{Action, BlockCode, Blocker, NewUser, ObjectId, Step, Subject, UserRef},
    ports::{
        Finding, Observed, Performed, PersonQuery, PortError, Prepared, PreparedStep, Standing, StepAsk, SubjectOfAsk,
        System,
    },
    runbook::ActionKind,
    time::At,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use crate::{
    builders::subject,
    locked,
    script::{Script, answer, found},
};

/// What a system can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemCall {
    /// [`System::resolve`].
    Resolve,
    /// [`System::prepare`].
    Prepare,
    /// [`System::observe`].
    Observe,
    /// [`System::perform`].
    Perform,
    /// [`System::standing`].
    Standing,
    /// [`System::check`].
    Check,
}

/// Somebody in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeUser {
    /// Id, login, addresses, name and state.
    pub subject: Subject,
    /// Enrolled factors.
    pub factors: u32,
    /// Open sessions.
    pub sessions: u32,
    /// Links mailed for setting a new password.
    pub resets: u32,
    /// The user is locked out.
    pub locked_out: bool,
    /// The user is held to be at risk.
    pub at_risk: bool,
    /// Groups, by id.
    pub groups: BTreeSet<ObjectId>,
    /// Licences, by id.
    pub licenses: BTreeSet<ObjectId>,
    /// The country of use.
    pub country: Option<String>,
    /// What protects them: nothing, unless a test says so. The names of the groups in `groups` come to it.
    pub standing: Standing,
}

impl FakeUser {
    /// An active user with two factors and one session.
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            factors: 2,
            sessions: 1,
            resets: 0,
            locked_out: false,
            at_risk: false,
            groups: BTreeSet::new(),
            licenses: BTreeSet::new(),
            country: None,
            standing: Standing::default(),
        }
    }
}

#[derive(Default)]
struct Directory {
    users: BTreeMap<ObjectId, FakeUser>,
    groups: BTreeMap<String, ObjectId>,
    /// Which groups a group is directly in, by their names.
    within: BTreeMap<String, BTreeSet<String>>,
    licenses: BTreeMap<String, (ObjectId, u32)>,
    changes: Vec<(ActionKind, ObjectId)>,
}

impl Directory {
    fn by_login(&self, login: &str) -> Option<&FakeUser> {
        self.users.values().find(|user| user.subject.login.eq_ignore_ascii_case(login))
    }

    /// The groups that these groups are in, directly or by another.
    fn around<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let (mut found, mut waiting) = (BTreeSet::new(), names.into_iter().collect::<Vec<_>>());
        while let Some(inner) = waiting.pop() {
            let outer = self.within.get(inner).into_iter().flatten();
            waiting.extend(outer.filter(|name| found.insert((*name).clone())).map(String::as_str));
        }
        found
    }

    /// The groups that a step's group is in.
    fn around_group_of(&self, action: &Action) -> BTreeSet<String> {
        match action {
            Action::AddToGroup { group_name, .. } | Action::RemoveFromGroup { group_name, .. } => {
                self.around([group_name.as_str()])
            }
            Action::ResetPassword { .. }
            | Action::ResetFactors { .. }
            | Action::SuspendUser { .. }
            | Action::UnlockUser { .. }
            | Action::ClearSessions { .. }
            | Action::CreateUser { .. }
            | Action::AssignLicense { .. }
            | Action::SetUsageLocation { .. }
            | Action::EnableAccount { .. }
            | Action::DismissRisk { .. } => BTreeSet::new(),
        }
    }

    /// The user a step is about; `None`: not there.
    fn user_of(&self, user: &UserRef, created: Option<&ObjectId>) -> Option<&FakeUser> {
        match user {
            UserRef::Known(id) => self.users.get(id),
            UserRef::CreatedBy { .. } => self.users.get(created?),
            UserRef::Awaited { login } => self.by_login(login),
        }
    }
}

/// An identity system in memory.
pub struct FakeSystem {
    /// Counts calls and makes them fail.
    pub script: Script<SystemCall>,
    kind: &'static str,
    directory: Mutex<Directory>,
    findings: Mutex<Vec<Finding>>,
}

impl FakeSystem {
    /// An empty directory of a system of this kind.
    pub fn new(kind: &'static str) -> Self {
        Self { script: Script::default(), kind, directory: Mutex::default(), findings: Mutex::default() }
    }

    /// Puts somebody there.
    pub fn put(&self, user: FakeUser) {
        locked(&self.directory).users.insert(user.subject.id.clone(), user);
    }

    /// Puts a group there: its name and id.
    pub fn group(&self, name: &str, id: &str) {
        locked(&self.directory).groups.insert(name.to_owned(), ObjectId(id.to_owned()));
    }

    /// Puts a group into another one, by their names.
    pub fn group_within(&self, child: &str, parent: &str) {
        locked(&self.directory).within.entry(child.to_owned()).or_default().insert(parent.to_owned());
    }

    /// Puts a licence there: its name, id and free units.
    pub fn license(&self, name: &str, id: &str, free: u32) {
        locked(&self.directory).licenses.insert(name.to_owned(), (ObjectId(id.to_owned()), free));
    }

    /// Changes somebody behind the run's back.
    pub fn change(&self, id: &ObjectId, change: impl FnOnce(&mut FakeUser)) {
        change(locked(&self.directory).users.get_mut(id).expect("the user is there"));
    }

    /// Makes somebody hold these administrator roles and be in groups of these names.
    pub fn stand(&self, id: &ObjectId, admin_roles: &[&str], groups: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.change(id, |user| user.standing = Standing { admin_roles: owned(admin_roles), groups: owned(groups) });
    }

    /// Makes the next checks find this after who we are there.
    pub fn finds(&self, findings: Vec<Finding>) {
        *locked(&self.findings) = findings;
    }

    /// Removes somebody.
    pub fn remove(&self, id: &ObjectId) {
        locked(&self.directory).users.remove(id);
    }

    /// Somebody as they are now.
    pub fn user(&self, id: &ObjectId) -> Option<FakeUser> {
        locked(&self.directory).users.get(id).cloned()
    }

    /// Somebody as they are now, by login.
    pub fn user_by_login(&self, login: &str) -> Option<FakeUser> {
        locked(&self.directory).by_login(login).cloned()
    }

    /// Every change that took, whatever its caller was told: what, and to whom.
    pub fn changes(&self) -> Vec<(ActionKind, ObjectId)> {
        locked(&self.directory).changes.clone()
    }
}

/// What a step found when it was planned and what it wants: kept in its guard, with what its group is in.
fn guard(now: &str, wanted: &str, within: &BTreeSet<String>) -> String {
    let names: Vec<&str> = within.iter().map(String::as_str).collect();
    let around = if names.is_empty() { String::new() } else { format!(", within {}", names.join(", ")) };
    format!("{now} -> {wanted}{around}")
}

/// The actions that a runbook's step becomes, with what each is called; `Err` says why it cannot.
fn actions(directory: &Directory, ask: &StepAsk, user: UserRef) -> Result<Vec<(Action, String)>, Blocker> {
    let one = |action, title: &str| Ok(vec![(action, title.to_owned())]);
    match ask.action {
        ActionKind::ResetPassword => one(Action::ResetPassword { user }, "Mail a password link"),
        ActionKind::ResetFactors => one(Action::ResetFactors { user }, "Reset all enrolled factors"),
        ActionKind::SuspendUser => one(Action::SuspendUser { user }, "Suspend the user"),
        ActionKind::UnlockUser => one(Action::UnlockUser { user }, "Unlock the user"),
        ActionKind::ClearSessions => one(Action::ClearSessions { user }, "End all sessions"),
        ActionKind::EnableAccount => one(Action::EnableAccount { user }, "Enable the account"),
        ActionKind::DismissRisk | ActionKind::RestoreSignIn => one(Action::DismissRisk { user }, "Dismiss the risk"),
        ActionKind::SetUsageLocation => {
            one(Action::SetUsageLocation { user, country: "DE".to_owned() }, "Set the usage location")
        }
        ActionKind::AddToGroup => groups(directory, ask, |group, name| {
            let title = format!("Add to {name}");
            (Action::AddToGroup { user: user.clone(), group, group_name: name }, title)
        }),
        ActionKind::RemoveFromGroup => groups(directory, ask, |group, name| {
            let title = format!("Remove from {name}");
            (Action::RemoveFromGroup { user: user.clone(), group, group_name: name }, title)
        }),
        ActionKind::AssignLicense => license(directory, ask, user),
        ActionKind::CreateUser => Err(Blocker::new(
            BlockCode::AlreadyExists,
            "The user is there already.",
            "Ask for what is missing instead.",
        )),
    }
}

fn groups(
    directory: &Directory,
    ask: &StepAsk,
    make: impl Fn(ObjectId, String) -> (Action, String),
) -> Result<Vec<(Action, String)>, Blocker> {
    let one = |name: &String| match directory.groups.get(name) {
        Some(id) => Ok(make(id.clone(), name.clone())),
        None => Err(Blocker::new(
            BlockCode::UnknownGroup,
            format!("There is no group {name}."),
            "Correct the name and plan again.",
        )),
    };
    if ask.groups.is_empty() {
        return Err(Blocker::new(BlockCode::MissingParameter, "The ticket names no group.", "Name it and plan again."));
    }
    ask.groups.iter().map(one).collect()
}

fn license(directory: &Directory, ask: &StepAsk, user: UserRef) -> Result<Vec<(Action, String)>, Blocker> {
    let Some(name) = ask.license.clone() else {
        let says = "The ticket names no licence.";
        return Err(Blocker::new(BlockCode::MissingParameter, says, "Name it and plan again."));
    };
    match directory.licenses.get(&name) {
        None => Err(Blocker::new(
            BlockCode::UnknownLicense,
            format!("There is no licence {name}."),
            "Correct the name and plan again.",
        )),
        Some((_, 0)) => Err(Blocker::new(
            BlockCode::NoFreeLicense,
            format!("No unit of {name} is free."),
            "Buy one or free one, then plan again.",
        )),
        Some((sku, _)) => {
            let title = format!("Assign {name}");
            Ok(vec![(Action::AssignLicense { user, sku: sku.clone(), sku_name: name }, title)])
        }
    }
}

fn prepared(directory: &Directory, ask: &StepAsk) -> Prepared {
    let (user, known) = match &ask.subject {
        SubjectOfAsk::New(profile) => return prepared_creation(directory, profile),
        SubjectOfAsk::Known(subject) => match directory.users.get(&subject.id) {
            Some(user) => (UserRef::Known(subject.id.clone()), Some(user)),
            None => return vanished(subject),
        },
        SubjectOfAsk::CreatedBy { step, login } => (UserRef::CreatedBy { step: *step, login: login.to_string() }, None),
        SubjectOfAsk::Awaited { login } => (UserRef::Awaited { login: login.to_string() }, None),
    };
    let actions = match actions(directory, ask, user) {
        Ok(actions) => actions,
        Err(blocker) => return Prepared { blockers: vec![blocker], ..Prepared::default() },
    };
    let mut all = Prepared::default();
    for (action, title) in actions {
        let (before, after) = match known {
            Some(user) => facet::now_and_wanted(user, &action),
            None => ("not there yet".to_owned(), title.clone()),
        };
        if before == after {
            all.remarks.push(format!("{title}: it is so already ({after})."));
        } else {
            let within = directory.around_group_of(&action);
            let guard = guard(&before, &after, &within);
            all.steps.push(PreparedStep { guard, within: within.into_iter().collect(), action, title, before, after });
        }
    }
    all
}

fn vanished(subject: &Subject) -> Prepared {
    let says = format!("{} is not there any more.", subject.name);
    let mend = "Check whether another account is meant, then plan again.";
    let blocker = Blocker::new(BlockCode::UnknownTarget, says, mend);
    Prepared { blockers: vec![blocker], ..Prepared::default() }
}

fn prepared_creation(directory: &Directory, profile: &NewUser) -> Prepared {
    if directory.by_login(profile.login.as_str()).is_some() {
        let says = format!("{} is there already.", profile.login);
        let blocker = Blocker::new(BlockCode::AlreadyExists, says, "Choose another address and plan again.");
        return Prepared { blockers: vec![blocker], ..Prepared::default() };
    }
    let step = PreparedStep {
        action: Action::CreateUser { profile: profile.clone() },
        title: format!("Create {} {}", profile.first_name, profile.last_name),
        before: "not there".to_owned(),
        after: "there".to_owned(),
        guard: guard("not there", "there", &BTreeSet::new()),
        within: Vec::new(),
    };
    Prepared { steps: vec![step], ..Prepared::default() }
}

fn observed(directory: &Directory, step: &Step, created: Option<&ObjectId>, ambiguous: bool) -> Observed {
    let Some(user) = step.action.user() else {
        let Action::CreateUser { profile } = &step.action else {
            return Observed::Unknown("The step names nobody.".to_owned());
        };
        return match (directory.by_login(profile.login.as_str()), ambiguous) {
            (None, _) => Observed::Ready,
            (Some(_), true) => Observed::AlreadyDone(format!("{} is there.", profile.login)),
            (Some(_), false) => Observed::Drifted(format!("{} has appeared meanwhile.", profile.login)),
        };
    };
    let Some(found) = directory.user_of(user, created) else {
        return match user {
            UserRef::Known(_) | UserRef::CreatedBy { .. } => Observed::Drifted("The user is gone.".to_owned()),
            UserRef::Awaited { login } => Observed::NotYet(format!("{login} is not there yet.")),
        };
    };
    let (now, wanted) = facet::now_and_wanted(found, &step.action);
    let within = directory.around_group_of(&step.action);
    match user {
        UserRef::CreatedBy { .. } | UserRef::Awaited { .. } if now == wanted => Observed::AlreadyDone(now),
        UserRef::CreatedBy { .. } | UserRef::Awaited { .. } => Observed::Ready,
        UserRef::Known(_) if step.guard == guard(&now, &wanted, &within) => Observed::Ready,
        UserRef::Known(_) if step.after == now => Observed::AlreadyDone(now),
        UserRef::Known(_) => Observed::Drifted(format!("It was {}, it is {now}.", step.before)),
    }
}

fn perform(directory: &mut Directory, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
    let says = format!("{}: done.", step.title);
    if let Action::CreateUser { profile } = &step.action {
        if directory.by_login(profile.login.as_str()).is_some() {
            return Err(PortError::permanent(format!("{} is there already.", profile.login)));
        }
        let id = ObjectId(format!("new-{}", directory.users.len() + 1));
        let name = format!("{} {}", profile.first_name, profile.last_name);
        let user = FakeUser::new(subject(&id.0, &name, profile.login.as_str()));
        directory.users.insert(id.clone(), user);
        directory.changes.push((ActionKind::CreateUser, id.clone()));
        return Ok(Performed { says, created: Some(id) });
    }
    let found = step.action.user().and_then(|user| directory.user_of(user, created));
    let Some(id) = found.map(|user| user.subject.id.clone()) else {
        return Err(PortError::permanent("The user is not there."));
    };
    if let Some(user) = directory.users.get_mut(&id) {
        facet::apply(user, &step.action);
    }
    directory.changes.push((step.action.kind(), id));
    Ok(Performed { says, created: None })
}

#[async_trait]
impl System for FakeSystem {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn actions(&self) -> &'static [ActionKind] {
        &ActionKind::ALL
    }

    async fn resolve(&self, who: &PersonQuery) -> Result<Vec<Subject>, PortError> {
        let lost = self.script.enter(SystemCall::Resolve)?;
        let fits = |user: &&FakeUser| match (&who.mail, &who.name) {
            (Some(mail), _) => {
                user.subject.mails.contains(mail) || user.subject.login.eq_ignore_ascii_case(mail.as_str())
            }
            (None, Some(name)) => user.subject.name.to_lowercase() == name.trim().to_lowercase(),
            (None, None) => false,
        };
        let found = locked(&self.directory).users.values().filter(fits).map(|user| user.subject.clone()).collect();
        answer(found, lost)
    }

    async fn prepare(&self, ask: &StepAsk) -> Result<Prepared, PortError> {
        let lost = self.script.enter(SystemCall::Prepare)?;
        answer(prepared(&locked(&self.directory), ask), lost)
    }

    async fn observe(&self, step: &Step, created: Option<&ObjectId>, ambiguous: bool) -> Result<Observed, PortError> {
        let lost = self.script.enter(SystemCall::Observe)?;
        answer(observed(&locked(&self.directory), step, created, ambiguous), lost)
    }

    async fn perform(&self, step: &Step, created: Option<&ObjectId>) -> Result<Performed, PortError> {
        let lost = self.script.enter(SystemCall::Perform)?;
        answer(perform(&mut locked(&self.directory), step, created)?, lost)
    }

    async fn standing(&self, subject: &Subject) -> Result<Standing, PortError> {
        let lost = self.script.enter(SystemCall::Standing)?;
        let directory = locked(&self.directory);
        let gone = || PortError::gone(format!("The directory has no user {}.", subject.id.0));
        let user = directory.users.get(&subject.id).ok_or_else(gone)?;
        let mut standing = user.standing.clone();
        let known = directory.groups.iter().filter(|(_, id)| user.groups.contains(*id));
        let direct: BTreeSet<&str> = known.map(|(name, _)| name.as_str()).collect();
        let around = directory.around(direct.iter().copied());
        standing.groups.extend(around.into_iter().filter(|name| !direct.contains(name.as_str())));
        standing.groups.extend(direct.into_iter().map(str::to_owned));
        answer(standing, lost)
    }

    async fn check(&self, _actions: &[ActionKind], _now: At) -> Vec<Finding> {
        found(&self.script, SystemCall::Check, format!("a {} directory in memory", self.kind), &self.findings)
    }
}
