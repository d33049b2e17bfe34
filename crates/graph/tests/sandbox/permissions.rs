//! The table of permissions against the calls that are made: it can neither ask for too little nor for too much.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::{
    ports::{PortError, StepAsk, SubjectOfAsk, System},
    runbook::ActionKind,
};
use countersign_graph::adapter::{operations, permissions};
use serde_json::json;

use crate::world::{World, by_mail, numbered};

const SARAH: &str = "sarah.chen@acme.com";

/// Somebody for whom the action makes every call that it can make.
fn target(world: &World, action: ActionKind) -> &'static str {
    match action {
        ActionKind::RemoveFromGroup => {
            world.change(json!({"op": "set_member", "group": "proj-atlas", "user": SARAH, "member": true}));
            SARAH
        }
        // Has no country of use.
        ActionKind::AssignLicense | ActionKind::SetUsageLocation => "priya.nair@acme.com",
        // Is disabled.
        ActionKind::EnableAccount => "maria.silva@acme.com",
        ActionKind::RestoreSignIn => {
            world.change(json!({"op": "set_risk", "user": "maria.silva@acme.com", "state": "atRisk"}));
            "maria.silva@acme.com"
        }
        // Is at risk.
        ActionKind::DismissRisk => "jo.doe@acme.com",
        ActionKind::ClearSessions
        | ActionKind::AddToGroup
        | ActionKind::ResetPassword
        | ActionKind::ResetFactors
        | ActionKind::SuspendUser
        | ActionKind::UnlockUser
        | ActionKind::CreateUser => SARAH,
    }
}

/// Takes an action from the look for its user to the look back after its last step.
async fn drive(world: &World, action: ActionKind) -> Result<(), PortError> {
    let system = &world.system;
    let found = system.resolve(&by_mail(target(world, action))).await?;
    let subject = found.into_iter().next().ok_or_else(|| PortError::permanent("nobody was found"))?;
    system.standing(&subject).await?;
    // Whoever holds a directory role has to be recognised as well.
    for administrator in system.resolve(&by_mail("omar.reyes@acme.com")).await? {
        assert!(!system.standing(&administrator).await?.admin_roles.is_empty());
    }
    let ask = StepAsk {
        ordinal: 0,
        action,
        subject: SubjectOfAsk::Known(subject),
        groups: vec!["proj-atlas".to_owned()],
        license: Some("Microsoft 365 E3".to_owned()),
    };
    let prepared = system.prepare(&ask).await?;
    if let Some(blocker) = prepared.blockers.first() {
        return Err(PortError::permanent(&blocker.says));
    }
    assert!(!prepared.steps.is_empty(), "{action}");
    for (step, ordinal) in prepared.steps.into_iter().zip(0..) {
        let step = numbered(step, ordinal);
        system.observe(&step, None, false).await?;
        system.perform(&step, None).await?;
        system.observe(&step, None, true).await?;
    }
    Ok(())
}

/// What Graph saw of the action with these permissions, and whether it came to its end.
async fn driven(action: ActionKind, granted: &[&str]) -> (BTreeMap<String, u64>, Result<(), PortError>) {
    let world = World::new().await;
    world.permit(granted);
    let outcome = drive(&world, action).await;
    world.nobody_was_deleted();
    (world.seen(), outcome)
}

fn names(actions: &[ActionKind]) -> Vec<&'static str> {
    permissions(actions).iter().map(|permission| permission.name).collect()
}

#[tokio::test]
async fn table_names_exactly_the_calls_that_each_action_makes() {
    let world = World::new().await;
    for action in world.system.actions() {
        let (seen, outcome) = driven(*action, &names(&[*action])).await;
        assert_eq!(outcome, Ok(()), "{action}");
        let said: BTreeSet<&str> = operations(*action).iter().map(|operation| operation.call()).collect();
        assert_eq!(seen.keys().map(String::as_str).collect::<BTreeSet<_>>(), said, "{action}");
        assert_eq!(seen.values().sum::<u64>(), 0, "{action}: refused with every permission of the table");
    }
}

#[tokio::test]
async fn no_permission_of_the_table_can_be_left_out() {
    let world = World::new().await;
    for action in world.system.actions() {
        let all = names(&[*action]);
        for left_out in &all {
            let rest: Vec<&str> = all.iter().filter(|name| *name != left_out).copied().collect();
            let (seen, outcome) = driven(*action, &rest).await;
            // What is left out may merely be unseen, as the sign-in log is: then Graph has refused a call.
            assert!(outcome.is_err() || seen.values().sum::<u64>() > 0, "{action} without {left_out}");
        }
    }
}

#[tokio::test]
async fn action_that_cannot_be_performed_has_no_calls() {
    let world = World::new().await;
    for action in ActionKind::ALL {
        assert_eq!(operations(action).is_empty(), !world.system.actions().contains(&action), "{action}");
    }
}

/// The sandbox's application is what an administrator has who followed the table for the runbooks that are shipped.
#[tokio::test]
async fn sandbox_grants_what_the_shipped_runbooks_need() {
    let world = World::new().await;
    let steps: Vec<_> = countersign_catalog::builtin().into_iter().flat_map(|runbook| runbook.steps).collect();
    let of_entra = steps.iter().filter(|step| step.system.as_str() == "entra");
    let actions: Vec<ActionKind> = of_entra.map(|step| step.action).collect();
    assert!(!actions.is_empty());
    let found = world.system.check(&actions, crate::check::now()).await;
    let line = found.iter().find(|found| found.what == "permissions").unwrap();
    assert!(line.says.contains("nothing beyond"), "{found:?}");
}
