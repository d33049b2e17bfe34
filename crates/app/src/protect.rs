//! Keeping what is protected from being approved: by the configuration, by an administrator role, by a parameter's
//! limits. Asked when a plan is made, and of the world once more right before its first step.

use countersign_domain::{
    ids::ConnectionName,
    plan::{Action, BlockCode, Blocker, ObjectId, Plan, Step, Subject, UserRef},
    ports::{PortError, PortErrorKind, PreparedStep, Standing, System},
    protection::Protection,
    run::Run,
    runbook::StepTemplate,
};
use std::collections::BTreeSet;

use crate::{advance::App, org::Org};

const MEND: &str = "Have an administrator do it by hand, outside Countersign.";

/// Everything that keeps a plan's target from being changed, as one system sees them. Nobody is taken for unprotected:
/// what cannot be read keeps them from it too.
///
/// # Errors
/// A system that may answer later.
pub(crate) async fn of_subject(
    protection: &Protection,
    name: &ConnectionName,
    system: &dyn System,
    subject: &Subject,
) -> Result<Vec<Blocker>, PortError> {
    match system.standing(subject).await {
        Ok(standing) => Ok(of_standing(protection, name, subject, &standing)),
        Err(error) => match error.kind {
            PortErrorKind::Transient { .. } | PortErrorKind::Held { .. } | PortErrorKind::Ambiguous => Err(error),
            PortErrorKind::Unauthorized | PortErrorKind::Permanent | PortErrorKind::Gone => Ok(vec![Blocker::new(
                BlockCode::Protected,
                format!("Whether {} is protected in {name} cannot be told: {error}", subject.name),
                "Grant the permission it names (`countersign check` shows them all) and plan again.",
            )]),
        },
    }
}

fn of_standing(protection: &Protection, name: &ConnectionName, subject: &Subject, standing: &Standing) -> Vec<Blocker> {
    let roles = standing.admin_roles.iter().map(|role| {
        let says = format!("{} holds the administrator role {role} in {name}.", subject.name);
        Blocker::new(BlockCode::Protected, says, MEND)
    });
    let groups = standing.groups.iter().filter(|group| protection.of_group(group).is_some()).map(|group| {
        let says = format!("{} is in the protected group {group} in {name}.", subject.name);
        Blocker::new(BlockCode::Protected, says, MEND)
    });
    roles.chain(groups).collect()
}

/// What the configuration says of the people and groups of these steps.
pub(crate) fn by_list<'a>(
    protection: &Protection,
    mails: impl IntoIterator<Item = &'a countersign_domain::person::MailAddress>,
    steps: &[Step],
) -> Vec<Blocker> {
    let person = protection.of_person(mails).map(|protected| format!("The target is protected ({protected})."));
    let groups = steps.iter().filter_map(|step| {
        let group = group_of(&step.action)?;
        protection.of_group(group).map(|_| format!("The group {group} is protected."))
    });
    let says: BTreeSet<String> = person.into_iter().chain(groups).collect();
    says.into_iter().map(|says| Blocker::new(BlockCode::Protected, says, MEND)).collect()
}

/// What the configuration says of the groups that the steps' groups are in: whoever joins one is in those too.
pub(crate) fn by_nesting(protection: &Protection, steps: &[PreparedStep]) -> Vec<Blocker> {
    let around = steps.iter().filter_map(|step| group_of(&step.action).map(|group| (group, &step.within)));
    let says: BTreeSet<String> = around
        .flat_map(|(group, within)| within.iter().map(move |outer| (group, outer)))
        .filter(|(_, outer)| protection.of_group(outer).is_some())
        .map(|(group, outer)| format!("The group {group} is in the protected group {outer}."))
        .collect();
    says.into_iter().map(|says| Blocker::new(BlockCode::Protected, says, MEND)).collect()
}

/// What the limits of the runbook's parameters say of the steps that a template became.
pub(crate) fn by_limits(
    protection: &Protection,
    template: &StepTemplate,
    (subject, asked_license): (&[String], Option<&str>),
    actions: &[&Action],
) -> Vec<Blocker> {
    let subject: Vec<&str> = subject.iter().map(String::as_str).collect();
    let mut refused: BTreeSet<String> = protection.refuses(&template.user, &subject).into_iter().collect();
    // A membership's `add` or `remove`.
    refused.extend(template.when.as_ref().and_then(|(param, value)| protection.refuses(param, &[value])));
    for action in actions {
        if let (Some(param), Some(group)) = (&template.group, group_of(action)) {
            refused.extend(protection.refuses(param, &[group]));
        }
        if let (Some(param), Action::AssignLicense { sku, sku_name, .. }) = (&template.license, action) {
            let names: Vec<&str> = license_names(sku, sku_name).chain(asked_license).collect();
            refused.extend(protection.refuses(param, &names));
        }
    }
    let mend = "Ask for something that is allowed, or have the limits of this runbook changed.";
    refused.into_iter().map(|says| Blocker::new(BlockCode::NotAllowed, says, mend)).collect()
}

/// Every name of a licence: as it is shown and, where that is `Name (CODE)`, each of the two, and its id.
fn license_names<'a>(sku: &'a ObjectId, shown: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = shown.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")).map(|(name, code)| [name, code]);
    std::iter::once(shown).chain(parts.into_iter().flatten()).chain([sku.0.as_str()])
}

fn group_of(action: &Action) -> Option<&str> {
    match action {
        Action::AddToGroup { group_name, .. } | Action::RemoveFromGroup { group_name, .. } => Some(group_name),
        Action::ResetPassword { .. }
        | Action::ResetFactors { .. }
        | Action::SuspendUser { .. }
        | Action::UnlockUser { .. }
        | Action::ClearSessions { .. }
        | Action::CreateUser { .. }
        | Action::AssignLicense { .. }
        | Action::SetUsageLocation { .. }
        | Action::EnableAccount { .. }
        | Action::DismissRisk { .. } => None,
    }
}

impl App {
    /// Why an approved plan's target must not be changed after all: protected only since the plan was made. `None`: as
    /// it was.
    ///
    /// # Errors
    /// A system that could not be asked.
    pub(crate) async fn protected_since(&self, run: &Run, org: &Org, plan: &Plan) -> Result<Option<String>, PortError> {
        let Some(policy) = org.policies.get(&plan.runbook) else {
            return Ok(Some("the runbook is no longer in force".to_owned()));
        };
        if policy.digest() != plan.policy_digest {
            return Ok(Some("the policy has changed since the plan was made".to_owned()));
        }
        let listed = by_list(policy.protection(), &plan.target_mails, &plan.steps);
        if let Some(blocker) = listed.into_iter().next() {
            return Ok(Some(blocker.says));
        }
        if let Some(says) = self.protected_elsewhere(run, policy.protection(), plan).await? {
            return Ok(Some(says));
        }
        for (system_name, id) in known_users(plan) {
            let Some((name, system)) = self.parts.connections.system(&run.org, &system_name) else { continue };
            let subject = subject_of(plan, id);
            let found = of_subject(policy.protection(), &name, system.as_ref(), &subject).await?;
            if let Some(blocker) = found.into_iter().next() {
                return Ok(Some(blocker.says));
            }
        }
        Ok(None)
    }
}

impl App {
    /// What the target is by now in the systems that the plan does not touch. One that cannot say holds nothing up: what
    /// it said when the plan was made stands.
    async fn protected_elsewhere(
        &self,
        run: &Run,
        protection: &Protection,
        plan: &Plan,
    ) -> Result<Option<String>, PortError> {
        let found = self.everywhere(&run.org, &plan.target_mails).await?;
        for (name, subject) in found.subjects {
            if plan.steps.iter().any(|step| step.system == name) {
                continue;
            }
            let Some((_, system)) = self.parts.connections.system(&run.org, &name) else { continue };
            match of_subject(protection, &name, system.as_ref(), &subject).await {
                Ok(blockers) => {
                    if let Some(blocker) = blockers.into_iter().next() {
                        return Ok(Some(blocker.says));
                    }
                }
                Err(error) if matches!(error.kind, PortErrorKind::Held { .. }) => return Err(error),
                Err(error) => tracing::warn!(system = %name, %error, "the target's standing could not be read again"),
            }
        }
        Ok(None)
    }
}

/// Whom the steps change, in each system.
fn known_users(plan: &Plan) -> BTreeSet<(ConnectionName, ObjectId)> {
    let known = plan.steps.iter().filter_map(|step| match step.action.user() {
        Some(UserRef::Known(id)) => Some((step.system.clone(), id.clone())),
        Some(UserRef::CreatedBy { .. } | UserRef::Awaited { .. }) | None => None,
    });
    known.collect()
}

/// The target as a system has them by this id; what else is known of them is the first system's.
fn subject_of(plan: &Plan, id: ObjectId) -> Subject {
    match &plan.target {
        Some(target) => Subject { id, ..target.clone() },
        None => Subject {
            login: String::new(),
            mails: plan.target_mails.clone(),
            name: countersign_domain::card::target_name(plan),
            state: String::new(),
            id,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::{protection::Glob, runbook::ActionKind};
    use countersign_testkit::builders::connection;
    use std::collections::BTreeMap;

    fn refused(allow: &[&str], deny: &[&str], asked: Option<&str>) -> Vec<String> {
        let globs = |all: &[&str]| -> BTreeMap<String, BTreeSet<Glob>> {
            let all: BTreeSet<_> = all.iter().map(|one| one.parse().unwrap()).collect();
            if all.is_empty() { BTreeMap::new() } else { BTreeMap::from([("product".to_owned(), all)]) }
        };
        let protection = Protection { allow: globs(allow), deny: globs(deny), ..Protection::default() };
        let template = StepTemplate {
            system: connection("entra"),
            action: ActionKind::AssignLicense,
            user: "user".to_owned(),
            group: None,
            license: Some("product".to_owned()),
            when: None,
        };
        let action = Action::AssignLicense {
            user: UserRef::Known(ObjectId("u".to_owned())),
            sku: ObjectId("05e9a617".to_owned()),
            sku_name: "Microsoft 365 E3 (SPE_E3)".to_owned(),
        };
        let found = by_limits(&protection, &template, (&[], asked), &[&action]);
        found.into_iter().map(|blocker| blocker.says).collect()
    }

    #[test]
    fn a_licence_is_meant_by_its_name_its_code_its_id_and_what_was_asked() {
        for name in ["Microsoft 365 E3", "spe_e3", "05e9a617", "Microsoft 365 E3 (SPE_E3)", "E3", "microsoft*", "*_E3"]
        {
            assert_eq!(refused(&[], &[name], Some("E3")).len(), 1, "deny {name}");
            assert!(refused(&[name], &[], Some("E3")).is_empty(), "allow {name}");
        }
        for other in ["Microsoft 365 E5", "SPE_E5", "E3)", "SPE"] {
            assert!(refused(&[], &[other], Some("E3")).is_empty(), "deny {other}");
            assert_eq!(refused(&[other], &[], Some("E3")).len(), 1, "allow {other}");
        }
        assert!(refused(&[], &[], None).is_empty());
    }
}
