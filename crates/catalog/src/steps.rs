//! Steps: what each action needs, which system can perform it, and whether the parameters fit.

use countersign_domain::{
    ids::ConnectionName,
    runbook::{ActionKind, Param, ParamKind, StepTemplate},
};
use toml::de::{DeTable, DeValue};

use crate::{
    fields::{Section, Text},
    problem::{Report, nearest},
};

const KEYS: [&str; 6] = ["system", "action", "user", "group", "license", "when"];

/// What an Okta organisation can do.
const OKTA: [ActionKind; 8] = [
    ActionKind::ResetPassword,
    ActionKind::ResetFactors,
    ActionKind::SuspendUser,
    ActionKind::UnlockUser,
    ActionKind::ClearSessions,
    ActionKind::CreateUser,
    ActionKind::AddToGroup,
    ActionKind::RemoveFromGroup,
];

/// What Microsoft Graph (Entra ID and M365) can do.
const GRAPH: [ActionKind; 8] = [
    ActionKind::AddToGroup,
    ActionKind::RemoveFromGroup,
    ActionKind::AssignLicense,
    ActionKind::SetUsageLocation,
    ActionKind::EnableAccount,
    ActionKind::DismissRisk,
    ActionKind::ClearSessions,
    ActionKind::RestoreSignIn,
];

/// What a system of this name can do, where the name tells. Any other name is a connection of the organisation's own,
/// and is checked when a plan is made.
fn abilities(system: &str) -> Option<&'static [ActionKind]> {
    match system {
        "okta" => Some(&OKTA),
        "entra" | "graph" => Some(&GRAPH),
        _ => None,
    }
}

/// The kinds of parameter that may stand for the step's user.
fn user_kinds(action: ActionKind) -> &'static [ParamKind] {
    match action {
        ActionKind::CreateUser => &[ParamKind::NewPerson],
        ActionKind::AddToGroup | ActionKind::AssignLicense => &[ParamKind::Person, ParamKind::NewPerson],
        ActionKind::ResetPassword
        | ActionKind::ResetFactors
        | ActionKind::SuspendUser
        | ActionKind::UnlockUser
        | ActionKind::ClearSessions
        | ActionKind::RemoveFromGroup
        | ActionKind::SetUsageLocation
        | ActionKind::EnableAccount
        | ActionKind::DismissRisk
        | ActionKind::RestoreSignIn => &[ParamKind::Person],
    }
}

fn takes_group(action: ActionKind) -> bool {
    matches!(action, ActionKind::AddToGroup | ActionKind::RemoveFromGroup)
}

fn takes_license(action: ActionKind) -> bool {
    action == ActionKind::AssignLicense
}

/// The name of a parameter kind in a file.
pub(crate) fn kind_name(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Person => "person",
        ParamKind::NewPerson => "new_person",
        ParamKind::Group => "group",
        ParamKind::Groups => "groups",
        ParamKind::Membership => "membership",
        ParamKind::License => "license",
    }
}

/// Reads the steps, checks each against the parameters, and complains about parameters no step uses.
pub(crate) fn read(
    tables: &[(usize, &DeTable<'_>)],
    params: &[(Param, usize)],
    report: &mut Report<'_>,
) -> Vec<StepTemplate> {
    let mut used = Vec::new();
    let mut steps: Vec<(usize, StepTemplate)> = Vec::new();
    for (number, (at, table)) in tables.iter().enumerate() {
        let what = format!("step {}", number + 1);
        let section = Section::open(table, *at, &what, &KEYS, report);
        let mut step = StepReader { section, params, used: &mut used };
        steps.extend(step.read(report).map(|read| (*at, read)));
    }
    for (param, at) in params {
        if !used.contains(&param.name) {
            report.say(*at, format!("no step uses the parameter `{}`; use it or take it out", param.name));
        }
    }
    creation_comes_first(&steps, params, report);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// A new person can be given groups and licences only after a step that creates them.
fn creation_comes_first(steps: &[(usize, StepTemplate)], params: &[(Param, usize)], report: &mut Report<'_>) {
    let mut created: Vec<&str> = Vec::new();
    for (at, step) in steps {
        let is_new = params.iter().any(|(param, _)| param.name == step.user && param.kind == ParamKind::NewPerson);
        if step.action == ActionKind::CreateUser {
            created.push(&step.user);
        } else if is_new && !created.contains(&step.user.as_str()) {
            let message = format!(
                "`{}` comes before a step that creates `{}`; put a create_user step first",
                step.action, step.user
            );
            report.say(*at, message);
        }
    }
}

struct StepReader<'s, 'r, 'i> {
    section: Section<'r, 'i>,
    params: &'s [(Param, usize)],
    used: &'s mut Vec<String>,
}

impl StepReader<'_, '_, '_> {
    fn read(&mut self, report: &mut Report<'_>) -> Option<StepTemplate> {
        let system = self.system(report);
        let action = self.action(report);
        self.can_do(system.as_ref(), action, report);
        let people = action.map_or(&[ParamKind::Person, ParamKind::NewPerson][..], user_kinds);
        let user = self.param("user", people, true, report);
        let wants_group = action.is_some_and(takes_group);
        let group = self.given("group", &[ParamKind::Group, ParamKind::Groups], action, wants_group, report);
        let wants_license = action.is_some_and(takes_license);
        let license = self.given("license", &[ParamKind::License], action, wants_license, report);
        let when = self.when(report);
        Some(StepTemplate { system: system?, action: action?, user: user?, group, license, when })
    }

    fn system(&self, report: &mut Report<'_>) -> Option<ConnectionName> {
        let written = self.section.text("system", report)?;
        ConnectionName::new(written.text).map_err(|error| report.say(written.at, error.to_string())).ok()
    }

    fn action(&self, report: &mut Report<'_>) -> Option<ActionKind> {
        let written = self.section.text("action", report)?;
        let known = ActionKind::ALL.into_iter().find(|action| action.as_str() == written.text);
        if known.is_none() {
            let hint = nearest(written.text, ActionKind::ALL.iter().map(|action| action.as_str()));
            report.say(written.at, format!("unknown action `{}`{hint}", written.text));
        }
        known
    }

    fn can_do(&self, system: Option<&ConnectionName>, action: Option<ActionKind>, report: &mut Report<'_>) {
        let (Some(system), Some(action)) = (system, action) else { return };
        let Some(able) = abilities(system.as_str()) else { return };
        if !able.contains(&action) {
            let at = self.section.value("action").map_or(self.section.at, |value| value.span().start);
            let names: Vec<_> = able.iter().map(|known| known.as_str()).collect();
            report.say(at, format!("the system `{system}` cannot do `{action}`; it can: {}", names.join(", ")));
        }
    }

    /// A reference that this action takes or does not take.
    fn given(
        &mut self,
        key: &str,
        kinds: &[ParamKind],
        action: Option<ActionKind>,
        wanted: bool,
        report: &mut Report<'_>,
    ) -> Option<String> {
        if let (Some(action), false, Some(value)) = (action, wanted, self.section.value(key)) {
            report.say(value.span().start, format!("`{action}` takes no `{key}`"));
        }
        self.param(key, kinds, wanted, report)
    }

    /// The name of a declared parameter of one of these kinds.
    fn param(&mut self, key: &str, kinds: &[ParamKind], wanted: bool, report: &mut Report<'_>) -> Option<String> {
        let written = if wanted { self.section.text(key, report) } else { self.section.optional_text(key, report) }?;
        self.declared(written, kinds, report)
    }

    fn declared(&mut self, written: Text<'_>, kinds: &[ParamKind], report: &mut Report<'_>) -> Option<String> {
        let Some((param, _)) = self.params.iter().find(|(param, _)| param.name == written.text) else {
            let hint = nearest(written.text, self.params.iter().map(|(param, _)| param.name.as_str()));
            report.say(written.at, format!("no parameter is called `{}`{hint}", written.text));
            return None;
        };
        self.used.push(param.name.clone());
        if !kinds.contains(&param.kind) {
            let wanted: Vec<_> = kinds.iter().map(|kind| kind_name(*kind)).collect();
            let (is, wanted) = (kind_name(param.kind), wanted.join(" or "));
            report.say(written.at, format!("the parameter `{}` is of kind {is}; {wanted} is needed here", param.name));
            return None;
        }
        Some(param.name.clone())
    }

    /// `when = { PARAM = "add" }`: the one condition there is.
    fn when(&mut self, report: &mut Report<'_>) -> Option<(String, String)> {
        let value = self.section.value("when")?;
        let at = value.span().start;
        let table = match value.get_ref() {
            DeValue::Table(table) if table.len() == 1 => table,
            DeValue::Table(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                report.say(at, "`when` must name one parameter and its value, for example { action = \"add\" }");
                return None;
            }
        };
        let (name, wanted) = table.iter().next()?;
        let name = Text { text: name.get_ref(), at: name.span().start };
        let param = self.declared(name, &[ParamKind::Membership], report)?;
        match wanted.get_ref().as_str() {
            Some(text @ ("add" | "remove")) => Some((param, text.to_owned())),
            Some(_) | None => {
                report.say(wanted.span().start, format!("`{param}` can be \"add\" or \"remove\""));
                None
            }
        }
    }
}
