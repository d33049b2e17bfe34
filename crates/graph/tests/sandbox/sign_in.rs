//! Why somebody cannot sign in.

use countersign_domain::{
    plan::{Action, BlockCode},
    ports::{Observed, PortErrorKind},
    runbook::ActionKind::{ClearSessions, DismissRisk, EnableAccount, RestoreSignIn},
};
use serde_json::json;

use crate::world::{World, awaited, blocker, one_step, steps};

const SARAH: &str = "sarah.chen@acme.com";
/// Disabled.
const MARIA: &str = "maria.silva@acme.com";
/// At risk.
const JO: &str = "jo.doe@acme.com";

async fn diagnose(world: &World, login: &str) -> countersign_domain::ports::Prepared {
    world.prepare(&world.ask(RestoreSignIn, login).await).await
}

#[tokio::test]
async fn disabled_account_is_enabled_with_a_word_of_caution() {
    let world = World::new().await;
    let prepared = diagnose(&world, MARIA).await;
    let step = one_step(&prepared);
    assert!(matches!(step.action, Action::EnableAccount { .. }));
    assert_eq!(step.guard, "accountEnabled=false");
    assert!(prepared.remarks[0].contains("on purpose"), "{:?}", prepared.remarks);
    world.carry_out(&prepared).await;
    assert_eq!(world.user(MARIA, "enabled"), json!(true));
}

#[tokio::test]
async fn risk_is_dismissed() {
    let world = World::new().await;
    let prepared = diagnose(&world, JO).await;
    let step = one_step(&prepared);
    assert_eq!(
        (step.guard.as_str(), step.before.as_str()),
        ("riskState=atRisk;riskLevel=medium", "atRisk, level medium")
    );
    world.carry_out(&prepared).await;
    assert_eq!(world.user(JO, "risk"), json!("dismissed/none"));
}

#[tokio::test]
async fn disabled_and_risky_makes_two_steps() {
    let world = World::new().await;
    world.change(json!({"op": "set_risk", "user": MARIA, "state": "confirmedCompromised", "level": "high"}));
    let prepared = diagnose(&world, MARIA).await;
    assert_eq!(steps(&prepared).len(), 2);
    assert!(prepared.remarks.iter().any(|remark| remark.contains("compromised")), "{:?}", prepared.remarks);
    world.carry_out(&prepared).await;
}

#[tokio::test]
async fn risk_that_rose_meanwhile_stops_the_step() {
    let world = World::new().await;
    let step = one_step(&diagnose(&world, JO).await);
    world.change(json!({"op": "set_risk", "user": JO, "state": "atRisk", "level": "high"}));
    assert!(matches!(world.observe(&step).await, Observed::Drifted(says) if says.contains("level high")));
}

#[tokio::test]
async fn smart_lockout_cannot_be_lifted_and_says_so() {
    let world = World::new().await;
    world.change(json!({"op": "add_sign_in", "user": SARAH, "error_code": 50053}));
    let says = blocker(&diagnose(&world, SARAH).await, BlockCode::NotPossible);
    assert!(says.contains("50053") && says.contains("Wait") && says.contains("reset"), "{says}");
}

#[tokio::test]
async fn nothing_found_says_what_was_looked_at() {
    let world = World::new().await;
    let says = blocker(&diagnose(&world, SARAH).await, BlockCode::NothingToDo);
    assert!(says.contains("risk") && says.contains("sign-ins") && says.contains("succeeded"), "{says}");
    world.change(json!({"op": "add_sign_in", "user": SARAH, "error_code": 50126}));
    let says = blocker(&diagnose(&world, SARAH).await, BlockCode::NothingToDo);
    assert!(says.contains("wrong user name or password") && says.contains("password reset"), "{says}");
}

#[tokio::test]
async fn want_of_a_licence_is_said_and_not_fatal() {
    let world = World::new().await;
    world.change(json!({"op": "set_tenant", "p1_licence": false, "p2_licence": false}));
    let says = blocker(&diagnose(&world, SARAH).await, BlockCode::NothingToDo);
    assert!(says.contains("lacks Entra ID P2") && says.contains("lacks Entra ID P1"), "{says}");
    let prepared = diagnose(&world, MARIA).await;
    one_step(&prepared);
    assert_eq!(prepared.remarks.iter().filter(|remark| remark.starts_with("Not looked at")).count(), 2);
}

#[tokio::test]
async fn want_of_a_permission_is_told_from_want_of_a_licence() {
    let world = World::new().await;
    world.change(json!({"op": "set_permissions", "permissions": ["User.ReadWrite.All"]}));
    let says = blocker(&diagnose(&world, SARAH).await, BlockCode::NothingToDo);
    assert!(says.contains("IdentityRiskyUser.Read.All") && says.contains("AuditLog.Read.All"), "{says}");
}

#[tokio::test]
async fn account_kept_on_premises_is_not_enabled_here() {
    let world = World::new().await;
    world.change(json!({"op": "set_user", "user": MARIA, "on_premises": true}));
    let says = blocker(&diagnose(&world, MARIA).await, BlockCode::NotPossible);
    assert!(says.contains("Active Directory"), "{says}");
}

#[tokio::test]
async fn account_of_an_administrator_is_out_of_reach_and_says_so() {
    let world = World::new().await;
    let step = one_step(&diagnose(&world, MARIA).await);
    world.change(json!({"op": "set_user", "user": MARIA, "roles": ["Global Administrator"]}));
    let error = world.perform(&step).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("administrator role"), "{error}");
}

#[tokio::test]
async fn account_enabled_meanwhile_is_done() {
    let world = World::new().await;
    let step = one_step(&diagnose(&world, MARIA).await);
    world.change(json!({"op": "set_user", "user": MARIA, "enabled": true}));
    assert!(matches!(world.observe(&step).await, Observed::AlreadyDone(_)));
}

#[tokio::test]
async fn enabling_and_dismissing_by_themselves_remark_what_is_so_already() {
    let world = World::new().await;
    for action in [EnableAccount, DismissRisk] {
        let prepared = world.prepare(&world.ask(action, SARAH).await).await;
        assert!(prepared.steps.is_empty() && prepared.blockers.is_empty() && prepared.remarks.len() == 1, "{action}");
    }
    one_step(&world.prepare(&world.ask(EnableAccount, MARIA).await).await);
    one_step(&world.prepare(&world.ask(DismissRisk, JO).await).await);
}

#[tokio::test]
async fn sessions_are_ended() {
    let world = World::new().await;
    world.permit(&["User.Read.All", "User.RevokeSessions.All"]);
    let step = one_step(&world.prepare(&world.ask(ClearSessions, SARAH).await).await);
    assert_eq!(world.observe(&step).await, Observed::Ready);
    world.perform(&step).await.unwrap();
    assert_eq!(world.user(SARAH, "sessions_revoked"), json!(1));
}

#[tokio::test]
async fn nothing_is_restored_for_somebody_who_is_not_there_yet() {
    let world = World::new().await;
    for action in [RestoreSignIn, EnableAccount, DismissRisk, ClearSessions] {
        blocker(&world.prepare(&awaited(action, "kim.neu@acme.com")).await, BlockCode::UnknownTarget);
    }
}
