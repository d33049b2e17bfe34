//! Licences and the country of use.

use countersign_domain::{
    plan::{Action, BlockCode, UserRef},
    ports::{Observed, PortErrorKind, StepAsk, System},
    runbook::ActionKind,
};
use serde_json::json;

use crate::world::{World, awaited, blocker, one_step, steps};

const SARAH: &str = "sarah.chen@acme.com";
/// Has no country of use.
const PRIYA: &str = "priya.nair@acme.com";
const NEW: &str = "kim.neu@acme.com";

fn drifted(observed: &Observed) -> &str {
    let Observed::Drifted(says) = observed else { panic!("{observed:?}") };
    says
}

#[tokio::test]
async fn licence_named_in_a_ticket_is_assigned() {
    let world = World::new().await;
    let prepared = world.license(SARAH, "Microsoft 365 E3 licence").await;
    let step = one_step(&prepared);
    assert_eq!(step.title, "Assign the licence Microsoft 365 E3 (SPE_E3)");
    assert_eq!((step.before.as_str(), step.after.as_str()), ("not assigned; 38 of 50 units free", "assigned"));
    assert_eq!(step.guard, "assigned=false;location=DE");
    world.carry_out(&prepared).await;
    assert_eq!(world.user(SARAH, "licences"), json!(["SPE_E3"]));
    let again = world.license(SARAH, "E3").await;
    assert!(again.steps.is_empty() && again.blockers.is_empty());
    assert!(again.remarks[0].contains("already"), "{:?}", again.remarks);
}

#[tokio::test]
async fn missing_country_is_set_first() {
    let world = World::new().await;
    let prepared = world.license(PRIYA, "Visio Plan 2").await;
    let planned = steps(&prepared);
    assert_eq!(planned.len(), 2);
    assert!(matches!(&planned[0].action, Action::SetUsageLocation { country, .. } if country == "DE"));
    assert_eq!(planned[1].guard, "assigned=false;location=planned");
    assert!(matches!(world.observe(&planned[1]).await, Observed::NotYet(_)));
    world.carry_out(&prepared).await;
    assert_eq!(world.user(PRIYA, "licences"), json!(["VISIOCLIENT"]));
}

#[tokio::test]
async fn missing_country_without_a_default_says_which_key_to_set() {
    let world = World::with_country(None).await;
    let says = blocker(&world.license(PRIYA, "E3").await, BlockCode::WrongState);
    assert!(says.contains("usage_location = \"DE\""), "{says}");
    one_step(&world.license(SARAH, "E3").await);
}

#[tokio::test]
async fn no_free_unit_blocks_with_the_numbers() {
    let world = World::new().await;
    let says = blocker(&world.license(SARAH, "Power BI Pro").await, BlockCode::NoFreeLicense);
    assert!(says.contains("8 of 8") && says.contains("buy more"), "{says}");
}

#[tokio::test]
async fn unknown_product_lists_what_the_tenant_has() {
    let world = World::new().await;
    let says = blocker(&world.license(SARAH, "Photoshop").await, BlockCode::UnknownLicense);
    assert!(says.contains("\"Photoshop\"") && says.contains("Visio Plan 2 (VISIOCLIENT)"), "{says}");
    let says = blocker(&world.license(SARAH, "Visio Plan 1").await, BlockCode::UnknownLicense);
    assert!(says.contains("has no Visio Plan 1"), "{says}");
}

#[tokio::test]
async fn ticket_without_a_licence_blocks() {
    let world = World::new().await;
    blocker(&world.license(SARAH, "  ").await, BlockCode::MissingParameter);
}

#[tokio::test]
async fn unit_taken_meanwhile_stops_the_step() {
    let world = World::new().await;
    let step = one_step(&world.license(SARAH, "E5").await);
    world.change(json!({"op": "set_free_units", "sku": "SPE_E5", "free": 0}));
    let observed = world.observe(&step).await;
    assert!(drifted(&observed).contains("4 of 4"), "{observed:?}");
    let error = world.perform(&step).await.unwrap_err();
    assert!(error.kind == PortErrorKind::Permanent && error.says.contains("no unit"), "{error}");
}

#[tokio::test]
async fn country_changed_meanwhile_stops_the_step() {
    let world = World::new().await;
    let step = one_step(&world.license(SARAH, "E3").await);
    world.change(json!({"op": "set_user", "user": SARAH, "usage_location": "US"}));
    assert!(drifted(&world.observe(&step).await).contains("US"));
    world.change(json!({"op": "set_user", "user": SARAH, "usage_location": ""}));
    assert!(drifted(&world.observe(&step).await).contains("no country"));
}

#[tokio::test]
async fn user_that_vanished_stops_the_step() {
    let world = World::new().await;
    let step = one_step(&world.license(SARAH, "E3").await);
    world.change(json!({"op": "remove_user", "user": SARAH}));
    assert!(drifted(&world.observe(&step).await).contains("no longer exists"));
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Permanent);
}

#[tokio::test]
async fn user_that_vanished_before_planning_is_unknown() {
    let world = World::new().await;
    let ask = world.ask(ActionKind::AssignLicense, SARAH).await;
    world.change(json!({"op": "remove_user", "user": SARAH}));
    blocker(&world.prepare(&StepAsk { license: Some("E3".to_owned()), ..ask }).await, BlockCode::UnknownTarget);
}

#[tokio::test]
async fn cut_assignment_is_ambiguous_and_seen_as_done() {
    let world = World::new().await;
    let step = one_step(&world.license(SARAH, "E3").await);
    world.fault("POST /v1.0/users/*/assignLicense", "cut");
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    let observed = world.system.observe(&step, None, true).await.unwrap();
    assert!(matches!(observed, Observed::AlreadyDone(_)), "{observed:?}");
}

#[tokio::test]
async fn failed_assignment_that_did_not_take_is_ready_again() {
    let world = World::new().await;
    let step = one_step(&world.license(SARAH, "E3").await);
    world.fault("POST /v1.0/users/*/assignLicense", "status:502");
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    assert_eq!(world.system.observe(&step, None, true).await.unwrap(), Observed::Ready);
}

#[tokio::test]
async fn new_hires_licence_waits_for_provisioning() {
    let world = World::new().await;
    let ask = StepAsk { license: Some("E3".to_owned()), ..awaited(ActionKind::AssignLicense, NEW) };
    let prepared = world.prepare(&ask).await;
    let planned = steps(&prepared);
    assert_eq!(planned.len(), 2);
    for step in &planned {
        assert_eq!(step.action.user(), Some(&UserRef::Awaited { login: NEW.to_owned() }));
        assert_eq!(step.guard, "awaited");
        let observed = world.observe(step).await;
        assert!(matches!(&observed, Observed::NotYet(says) if says.contains("provisioning")), "{observed:?}");
    }
    assert!(matches!(
        world.perform(&planned[0]).await.unwrap_err().kind,
        PortErrorKind::Transient { retry_after_ms: None }
    ));
    world.change(json!({"op": "create_user", "login": NEW, "given_name": "Kim", "family_name": "Neu"}));
    world.carry_out(&prepared).await;
    assert_eq!(world.user(NEW, "licences"), json!(["SPE_E3"]));
    assert_eq!(world.user(NEW, "usage_location"), json!("DE"));
}

#[tokio::test]
async fn somebody_else_with_the_new_hires_address_is_not_taken_for_them() {
    let world = World::new().await;
    let ask = StepAsk { license: Some("E3".to_owned()), ..awaited(ActionKind::AssignLicense, NEW) };
    let planned = steps(&world.prepare(&ask).await);
    let other = json!({"id": "u-other", "userPrincipalName": "kim.other@acme.com", "mail": NEW, "otherMails": [NEW],
        "proxyAddresses": [format!("SMTP:{NEW}")], "accountEnabled": true});
    for step in &planned {
        world.fault("GET /v1.0/users", &format!("body:{}", json!({"value": [other]})));
        let observed = world.observe(step).await;
        assert!(matches!(&observed, Observed::NotYet(says) if says.contains("provisioning")), "{observed:?}");
    }
}

#[tokio::test]
async fn country_that_provisioning_brings_is_kept() {
    let world = World::new().await;
    let ask = StepAsk { license: Some("E3".to_owned()), ..awaited(ActionKind::AssignLicense, NEW) };
    let planned = steps(&world.prepare(&ask).await);
    world.change(json!({"op": "create_user", "login": NEW, "given_name": "Kim", "family_name": "Neu",
        "usage_location": "US"}));
    assert!(matches!(world.observe(&planned[0]).await, Observed::AlreadyDone(says) if says.contains("US")));
    assert_eq!(world.observe(&planned[1]).await, Observed::Ready);
}

#[tokio::test]
async fn new_hire_without_a_default_country_blocks() {
    let world = World::with_country(None).await;
    let ask = StepAsk { license: Some("E3".to_owned()), ..awaited(ActionKind::AssignLicense, NEW) };
    let says = blocker(&world.prepare(&ask).await, BlockCode::WrongState);
    assert!(says.contains("usage_location"), "{says}");
}

#[tokio::test]
async fn new_hire_who_exists_already_blocks() {
    let world = World::new().await;
    let ask = StepAsk { license: Some("E3".to_owned()), ..awaited(ActionKind::AssignLicense, SARAH) };
    blocker(&world.prepare(&ask).await, BlockCode::AlreadyExists);
}
