//! Runbooks for tests: small ones, with the shapes that the built-in ones have.

use countersign_domain::{
    digest::Digest,
    runbook::{ActionKind, Param, ParamKind, Risk, Runbook, StepTemplate},
};

use crate::builders::{connection, intent, runbook_id};

/// Resets all factors in `okta`: one step.
pub fn mfa_reset() -> Runbook {
    let steps = vec![step("okta", ActionKind::ResetFactors, "user")];
    runbook("RB-002", "MFA Reset", "mfa_reset", vec![param("user", ParamKind::Person)], steps)
}

/// Suspends in `okta` and ends all sessions there: two steps.
pub fn suspend_account() -> Runbook {
    let steps = vec![step("okta", ActionKind::SuspendUser, "user"), step("okta", ActionKind::ClearSessions, "user")];
    runbook("RB-011", "Suspend Account", "suspend_account", vec![param("user", ParamKind::Person)], steps)
}

/// Adds to or removes from a group in `entra`.
pub fn group_membership() -> Runbook {
    let one = |action, when: &str| StepTemplate {
        group: Some("group".to_owned()),
        when: Some(("action".to_owned(), when.to_owned())),
        ..step("entra", action, "user")
    };
    let params = vec![
        param("user", ParamKind::Person),
        param("group", ParamKind::Group),
        param("action", ParamKind::Membership),
    ];
    let steps = vec![one(ActionKind::AddToGroup, "add"), one(ActionKind::RemoveFromGroup, "remove")];
    runbook("RB-013", "Group Membership", "group_membership", params, steps)
}

/// Assigns a licence in `entra`.
pub fn license_assignment() -> Runbook {
    let steps =
        vec![StepTemplate { license: Some("license".to_owned()), ..step("entra", ActionKind::AssignLicense, "user") }];
    let params = vec![param("user", ParamKind::Person), param("license", ParamKind::License)];
    runbook("RB-006", "License Assignment", "license_assignment", params, steps)
}

/// Creates a user in `okta`, adds the named groups there, and assigns the named licence in `entra` once the user has
/// appeared there.
pub fn new_hire() -> Runbook {
    let optional = |param: Param| Param { required: false, ..param };
    let params = vec![
        param("hire", ParamKind::NewPerson),
        optional(param("groups", ParamKind::Groups)),
        optional(param("license", ParamKind::License)),
    ];
    let steps = vec![
        step("okta", ActionKind::CreateUser, "hire"),
        StepTemplate { group: Some("groups".to_owned()), ..step("okta", ActionKind::AddToGroup, "hire") },
        StepTemplate { license: Some("license".to_owned()), ..step("entra", ActionKind::AssignLicense, "hire") },
    ];
    runbook("RB-003", "New Hire Provisioning", "new_hire_provisioning", params, steps)
}

/// All of them.
pub fn all() -> Vec<Runbook> {
    vec![mfa_reset(), suspend_account(), group_membership(), license_assignment(), new_hire()]
}

fn param(name: &str, kind: ParamKind) -> Param {
    Param { name: name.to_owned(), kind, required: true, description: format!("The {name}.") }
}

fn step(system: &str, action: ActionKind, user: &str) -> StepTemplate {
    StepTemplate { system: connection(system), action, user: user.to_owned(), group: None, license: None, when: None }
}

fn runbook(id: &str, name: &str, serves: &str, params: Vec<Param>, steps: Vec<StepTemplate>) -> Runbook {
    Runbook {
        id: runbook_id(id),
        name: name.to_owned(),
        intent: intent(serves),
        risk: Risk::Medium,
        description: format!("{name}."),
        params,
        steps,
        expires_after: None,
        min_confidence: None,
        examples: Vec::new(),
        not_examples: Vec::new(),
        digest: Digest::of(id.as_bytes()),
    }
}
