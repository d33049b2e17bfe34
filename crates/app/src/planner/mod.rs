//! From a runbook and the values found to a resolved plan, by reading only.

mod persons;

use countersign_domain::{
    card::STEP_LIMIT,
    classification::{GroupAction, NamedPerson, Slots},
    ids::ConnectionName,
    person::MailAddress,
    plan::{Action, BlockCode, Blocker, NewUser, Plan, Step, Subject},
    policy::Policy,
    ports::{PersonQuery, PortError, StepAsk, SubjectOfAsk, System},
    protection::Protection,
    run::Run,
    runbook::{ActionKind, ParamKind, Runbook, StepTemplate},
};
use std::{collections::BTreeMap, sync::Arc};

use crate::{advance::App, org::Org, protect};
use persons::{requesters, take_mails};

/// A plan in the making.
struct Draft {
    steps: Vec<Step>,
    blockers: Vec<Blocker>,
    remarks: Vec<String>,
    target: Option<Subject>,
    mails: Vec<MailAddress>,
    created: BTreeMap<ConnectionName, (u16, MailAddress)>,
    subjects: BTreeMap<ConnectionName, Subject>,
    /// The target in every connected system, whether the plan touches it or not.
    elsewhere: Vec<(ConnectionName, Subject)>,
    editors: Vec<MailAddress>,
    protection: Protection,
}

impl Draft {
    fn block(&mut self, code: BlockCode, says: impl Into<String>, mend: impl Into<String>) {
        let blocker = Blocker::new(code, says, mend);
        if !self.blockers.contains(&blocker) {
            self.blockers.push(blocker);
        }
    }

    fn knows(&mut self, subject: &Subject) {
        take_mails(&mut self.mails, subject);
        if self.target.is_none() {
            self.target = Some(subject.clone());
        }
    }
}

impl App {
    /// Makes the plan of this version. `patient`: a system that the plan does not touch, and that may answer later, is
    /// waited for; else what it could not say is said on the card.
    ///
    /// # Errors
    /// A system that could not be asked; the caller tries again, or says so in a plan of its own.
    pub(crate) async fn plan(
        &self,
        run: &Run,
        org: &Org,
        runbook: &Runbook,
        version: u32,
        patient: bool,
    ) -> Result<Plan, PortError> {
        let slots = run.classification.as_ref().map(|found| found.slots.clone()).unwrap_or_default();
        let policy = org.policies.get(&runbook.id);
        let protection = policy.map(|policy| policy.protection().clone()).unwrap_or_default();
        let mut draft = Draft { protection, ..empty() };
        let chooses = runbook.params.iter().any(|param| param.kind == ParamKind::Membership && param.required);
        if chooses && slots.action.is_none() {
            draft.block(
                BlockCode::MissingParameter,
                "The ticket does not say whether to add or to remove.",
                "Ask the requester, say it in the ticket and plan again.",
            );
        }
        for template in applicable(runbook, &slots) {
            let Some((name, system)) = self.parts.connections.system(&org.id, &template.system) else {
                draft.block(
                    BlockCode::NoSystem,
                    format!("This runbook needs the system {}, which is not connected.", template.system),
                    "Connect it in the configuration, or switch the runbook off.",
                );
                continue;
            };
            self.plan_step(&mut draft, &slots, runbook, template, (name, system)).await?;
        }
        let requester_mails = self.compare(&mut draft, run, patient).await?;
        self.protect(&mut draft, run, patient).await?;
        Ok(self.finish(draft, run, org, runbook, (version, requester_mails)))
    }

    /// A plan that says that a system could not be asked.
    pub(crate) fn unavailable(&self, run: &Run, org: &Org, runbook: &Runbook, version: u32, why: &str) -> Plan {
        let mut draft = empty();
        draft.block(BlockCode::SystemUnavailable, why, "Mend the connection, then plan this run again.");
        self.finish(draft, run, org, runbook, (version, Vec::new()))
    }

    fn finish(
        &self,
        mut draft: Draft,
        run: &Run,
        org: &Org,
        runbook: &Runbook,
        (version, requester_mails): (u32, Vec<MailAddress>),
    ) -> Plan {
        if draft.steps.is_empty() && draft.blockers.is_empty() {
            let why = draft.remarks.join(" ");
            let says = if why.is_empty() { "The ticket's request leads to no step.".to_owned() } else { why };
            draft.block(
                BlockCode::NothingToDo,
                says,
                "Nothing needs to be done; close the ticket or plan again later.",
            );
        }
        if draft.steps.len() > STEP_LIMIT {
            draft.block(
                BlockCode::TooLarge,
                format!("The plan has {} steps, more than a card can show whole.", draft.steps.len()),
                "Split the request into several tickets.",
            );
        }
        let policy = org.policies.get(&runbook.id);
        Plan {
            version,
            runbook: runbook.id.clone(),
            runbook_name: runbook.name.clone(),
            runbook_digest: runbook.digest,
            intent: runbook.intent.clone(),
            risk: runbook.risk,
            target: draft.target,
            target_mails: draft.mails,
            requesters: requesters(run),
            requester_mails,
            editor_mails: draft.editors,
            steps: draft.steps,
            blockers: draft.blockers,
            remarks: draft.remarks,
            expires_at: self.parts.clock.now().plus_seconds(policy.map_or(0, Policy::expires_after)),
            policy_digest: policy.map_or(countersign_domain::digest::Digest([0; 32]), Policy::digest),
        }
    }

    async fn plan_step(
        &self,
        draft: &mut Draft,
        slots: &Slots,
        runbook: &Runbook,
        template: &StepTemplate,
        (name, system): (ConnectionName, Arc<dyn System>),
    ) -> Result<(), PortError> {
        let Some(subject) = subject_of(draft, slots, runbook, template, &name, system.as_ref()).await? else {
            return Ok(());
        };
        let groups = groups_of(slots, runbook, template);
        let license = license_of(slots, runbook, template);
        if needs_group(template.action) && groups.is_empty() {
            if is_required(runbook, template.group.as_deref()) {
                draft.block(
                    BlockCode::MissingParameter,
                    "The ticket names no group.",
                    "Ask the requester for the group's exact name, add it to the ticket and plan again.",
                );
            }
            return Ok(());
        }
        if template.action == ActionKind::AssignLicense && license.is_none() {
            if is_required(runbook, template.license.as_deref()) {
                draft.block(
                    BlockCode::MissingParameter,
                    "The ticket names no licence.",
                    "Ask the requester which product is needed, add it to the ticket and plan again.",
                );
            }
            return Ok(());
        }
        let ordinal = u16::try_from(draft.steps.len()).unwrap_or(u16::MAX);
        if let SubjectOfAsk::New(user) = &subject {
            draft.created.insert(name.clone(), (ordinal, user.login.clone()));
        }
        let (who, asked_license) = (names_of(&subject, &draft.mails), license.clone());
        let prepared = system.prepare(&StepAsk { ordinal, action: template.action, subject, groups, license }).await?;
        let actions: Vec<&Action> = prepared.steps.iter().map(|step| &step.action).collect();
        let asked = (who.as_slice(), asked_license.as_deref());
        draft.blockers.extend(protect::by_limits(&draft.protection, template, asked, &actions));
        draft.blockers.extend(protect::by_nesting(&draft.protection, &prepared.steps));
        let steps = prepared.steps.into_iter().zip(ordinal..).map(|(step, ordinal)| Step {
            ordinal,
            system: name.clone(),
            action: step.action,
            title: step.title,
            before: step.before,
            after: step.after,
            guard: step.guard,
        });
        draft.steps.extend(steps);
        draft.blockers.extend(prepared.blockers);
        draft.remarks.extend(prepared.remarks);
        Ok(())
    }
}

fn empty() -> Draft {
    Draft {
        steps: Vec::new(),
        blockers: Vec::new(),
        remarks: Vec::new(),
        target: None,
        mails: Vec::new(),
        created: BTreeMap::new(),
        subjects: BTreeMap::new(),
        elsewhere: Vec::new(),
        editors: Vec::new(),
        protection: Protection::default(),
    }
}

/// The steps whose `when` holds.
fn applicable<'a>(runbook: &'a Runbook, slots: &Slots) -> Vec<&'a StepTemplate> {
    let action = slots.action.map(|action| match action {
        GroupAction::Add => "add",
        GroupAction::Remove => "remove",
    });
    let holds =
        |template: &&StepTemplate| template.when.as_ref().is_none_or(|(_, wanted)| action == Some(wanted.as_str()));
    runbook.steps.iter().filter(holds).collect()
}

fn kind_of(runbook: &Runbook, param: &str) -> Option<ParamKind> {
    runbook.params.iter().find(|known| known.name == param).map(|known| known.kind)
}

fn is_required(runbook: &Runbook, param: Option<&str>) -> bool {
    param.is_some_and(|param| runbook.params.iter().any(|known| known.name == param && known.required))
}

fn needs_group(action: ActionKind) -> bool {
    matches!(action, ActionKind::AddToGroup | ActionKind::RemoveFromGroup)
}

fn groups_of(slots: &Slots, runbook: &Runbook, template: &StepTemplate) -> Vec<String> {
    match template.group.as_deref().and_then(|param| kind_of(runbook, param)) {
        Some(ParamKind::Group) => slots.group.iter().cloned().collect(),
        Some(ParamKind::Groups) => slots.new_hire.as_ref().map(|hire| hire.groups.clone()).unwrap_or_default(),
        Some(ParamKind::Person | ParamKind::NewPerson | ParamKind::Membership | ParamKind::License) | None => {
            Vec::new()
        }
    }
}

fn license_of(slots: &Slots, runbook: &Runbook, template: &StepTemplate) -> Option<String> {
    template.license.as_deref().and_then(|param| kind_of(runbook, param))?;
    slots.sku.clone().or_else(|| slots.new_hire.as_ref().and_then(|hire| hire.license.clone()))
}

/// Whom a step is about, as its system sees it; `None`: a blocker says why not.
async fn subject_of(
    draft: &mut Draft,
    slots: &Slots,
    runbook: &Runbook,
    template: &StepTemplate,
    name: &ConnectionName,
    system: &dyn System,
) -> Result<Option<SubjectOfAsk>, PortError> {
    if kind_of(runbook, &template.user) == Some(ParamKind::NewPerson) {
        return Ok(new_person(draft, slots, template, name));
    }
    if let Some(known) = draft.subjects.get(name) {
        return Ok(Some(SubjectOfAsk::Known(known.clone())));
    }
    let Some(query) = query_of(draft, &slots.target) else {
        draft.block(
            BlockCode::NoTarget,
            "The ticket does not say whom it is about.",
            "Add the person's address to the ticket and plan again.",
        );
        return Ok(None);
    };
    if let Some(mail) = &query.mail
        && !draft.mails.contains(mail)
    {
        draft.mails.push(mail.clone());
    }
    let mut found = system.resolve(&query).await?;
    let asked = query.mail.as_ref().map(ToString::to_string).or(query.name).unwrap_or_default();
    match found.len() {
        1 => {
            let subject = found.remove(0);
            draft.knows(&subject);
            draft.subjects.insert(name.clone(), subject.clone());
            Ok(Some(SubjectOfAsk::Known(subject)))
        }
        0 => {
            draft.block(
                BlockCode::UnknownTarget,
                format!("Nobody called {asked} is known in {name}."),
                "Check the spelling, add the person's address to the ticket and plan again.",
            );
            Ok(None)
        }
        _ => {
            let candidates: Vec<_> =
                found.iter().map(|subject| format!("{} ({})", subject.name, subject.login)).collect();
            draft.block(
                BlockCode::AmbiguousTarget,
                format!("Several people fit {asked} in {name}: {}.", candidates.join(", ")),
                "Add the right one's address to the ticket and plan again.",
            );
            Ok(None)
        }
    }
}

/// In a second system somebody is looked for as the first one knows them.
fn query_of(draft: &Draft, target: &NamedPerson) -> Option<PersonQuery> {
    let known = draft
        .target
        .as_ref()
        .and_then(|subject| MailAddress::new(&subject.login).ok().or_else(|| subject.mails.first().cloned()));
    let mail = known.or_else(|| target.email.as_deref().and_then(|mail| MailAddress::new(mail).ok()));
    match (mail, &target.name) {
        (None, None) => None,
        (mail, name) => Some(PersonQuery { mail, name: name.clone() }),
    }
}

fn new_person(
    draft: &mut Draft,
    slots: &Slots,
    template: &StepTemplate,
    name: &ConnectionName,
) -> Option<SubjectOfAsk> {
    if let Some((step, login)) = draft.created.get(name) {
        return Some(SubjectOfAsk::CreatedBy { step: *step, login: login.clone() });
    }
    if let Some((_, login)) = draft.created.values().next() {
        return Some(SubjectOfAsk::Awaited { login: login.clone() });
    }
    let hire = slots.new_hire.clone().unwrap_or_default();
    let full_name = hire.name.or_else(|| slots.target.name.clone());
    let login = hire.email.or_else(|| slots.target.email.clone()).and_then(|mail| MailAddress::new(&mail).ok());
    let parts = full_name.as_deref().and_then(|name| name.trim().rsplit_once(' '));
    match (parts, login) {
        (Some((first, last)), Some(login)) if template.action == ActionKind::CreateUser => {
            draft.mails.push(login.clone());
            let user = NewUser { first_name: first.trim().to_owned(), last_name: last.to_owned(), login };
            Some(SubjectOfAsk::New(user))
        }
        (Some(_), Some(_)) => None,
        (parts, login) => {
            let missing = match (parts, login) {
                (None, None) => "the new hire's full name and address",
                (None, Some(_)) => "the new hire's full name",
                (Some(_), None | Some(_)) => "the new hire's address",
            };
            draft.block(
                BlockCode::MissingParameter,
                format!("The ticket does not say {missing}."),
                "Add it to the ticket and plan again.",
            );
            None
        }
    }
}

/// Every name that the person of a step is known by.
fn names_of(subject: &SubjectOfAsk, mails: &[MailAddress]) -> Vec<String> {
    let mut names = match subject {
        SubjectOfAsk::Known(subject) => vec![subject.login.clone(), subject.name.clone()],
        SubjectOfAsk::CreatedBy { login, .. } | SubjectOfAsk::Awaited { login } => vec![login.to_string()],
        SubjectOfAsk::New(user) => vec![user.login.to_string(), format!("{} {}", user.first_name, user.last_name)],
    };
    names.extend(mails.iter().map(ToString::to_string));
    names
}
