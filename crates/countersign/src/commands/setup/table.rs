//! Runbook by permission: from the steps of the runbooks and the tables that the vendor crates make their calls by.

use countersign_domain::{
    ids::ConnectionName,
    ports::Permission,
    runbook::{ActionKind, Runbook},
};
use std::collections::BTreeSet;

/// A permission, and the runbooks it is for.
pub(super) struct Need {
    /// The permission.
    pub(super) permission: Permission,
    /// The runbooks' ids.
    pub(super) runbooks: Vec<String>,
}

/// What runbooks need, all together, of the systems that `is_meant`; a permission that another one covers is left out,
/// and its runbooks are counted to that other one.
pub(super) fn needs(
    runbooks: &[Runbook],
    is_meant: impl Fn(&ConnectionName) -> bool,
    permissions: fn(&[ActionKind]) -> Vec<Permission>,
) -> Vec<Need> {
    let of_each: Vec<(String, Vec<ActionKind>)> =
        runbooks.iter().map(|runbook| (runbook.id.to_string(), actions(runbook, &is_meant))).collect();
    let all: Vec<ActionKind> = of_each.iter().flat_map(|(_, actions)| actions.iter().copied()).collect();
    let together = permissions(&all);
    let names: BTreeSet<&str> = together.iter().map(|permission| permission.name).collect();
    let is_for = |permission: &Permission, actions: &[ActionKind]| {
        permissions(actions).iter().any(|own| {
            own.sort == permission.sort
                && (own.name == permission.name
                    || (!names.contains(own.name) && own.calls.iter().all(|call| permission.calls.contains(call))))
        })
    };
    let needs = together.iter().map(|permission| {
        let served = of_each.iter().filter(|(_, actions)| is_for(permission, actions));
        Need { permission: permission.clone(), runbooks: served.map(|(id, _)| id.clone()).collect() }
    });
    needs.collect()
}

/// What a runbook does in the systems that are meant, each action once.
pub(super) fn actions(runbook: &Runbook, is_meant: impl Fn(&ConnectionName) -> bool) -> Vec<ActionKind> {
    let steps = runbook.steps.iter().filter(|step| is_meant(&step.system));
    steps.map(|step| step.action).collect::<BTreeSet<_>>().into_iter().collect()
}
