//! What is protected is planned, shown, and never approvable.

use countersign_app::{AppError, org::Org};
use countersign_domain::{
    card::CardStatus,
    command::RefusalReason,
    ids::RunId,
    plan::{BlockCode, ObjectId, Plan},
    ports::{Decided, PortError},
    protection::Protection,
    run::StateName,
};
use countersign_testkit::{
    builders::*,
    system::{FakeSystem, FakeUser, SystemCall},
};

use crate::world::{World, approval};

/// Protects this in every runbook.
fn protect(names: &'static [&'static str]) -> impl FnOnce(&mut Org) {
    limit(move |protection| {
        protection.protected = names.iter().map(|name| name.parse().expect("it can be protected")).collect();
    })
}

fn limit(change: impl Fn(&mut Protection)) -> impl FnOnce(&mut Org) {
    move |org| {
        for policy in org.policies.values_mut() {
            let mut protection = policy.protection().clone();
            change(&mut protection);
            *policy = policy.clone().with_protection(protection);
        }
    }
}

fn entras_sarah() -> ObjectId {
    ObjectId("aad-sarah".to_owned())
}

async fn plan_of(world: &World, run: RunId) -> Plan {
    world.run(run).await.state.plan().cloned().expect("there is a plan")
}

/// The plan is shown with its steps, and says these things; nobody can approve it.
async fn check_blocked(world: &World, run: RunId, code: BlockCode, parts: &[&str]) {
    let plan = plan_of(world, run).await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(!plan.steps.is_empty(), "the steps are shown with what keeps them from being taken");
    assert!(plan.blockers.iter().all(|blocker| blocker.code == code), "{:?}", plan.blockers);
    let card = world.card().shown;
    assert_eq!(card.steps.len(), plan.steps.len());
    let CardStatus::Blocked { reasons } = card.status else { panic!("it has buttons: {:?}", card.status) };
    for part in parts {
        assert!(reasons.iter().any(|(says, _)| says.contains(part)), "{part} is not in {reasons:?}");
    }
    let version = plan.version;
    world.click(run, "U0APPROVER", version, Decided::Approve).await;
    assert!(world.channel.explanations().last().expect("they are told").text.contains("cannot work"));
    match world.rule(run, LEAD, approval()).await {
        Err(AppError::Refused(refusal)) => assert!(matches!(refusal.reason, RefusalReason::Blocked(_)), "{refusal}"),
        other => panic!("not refused: {other:?}"),
    }
    world.drive().await;
    assert!(world.okta.changes().is_empty() && world.entra.changes().is_empty());
}

#[tokio::test]
async fn a_listed_person_is_protected_under_every_address_of_theirs() {
    for listed in [&["mail:sarah.chen@acme.com"], &["mail:Breakglass@ACME.com"], &["mail:s.chen@acme.de"]] {
        let world = World::under(protect(listed));
        world.okta.change(&sarah().id, |user| user.subject.mails.push(mail("s.chen@acme.de")));
        world.entra.change(&entras_sarah(), |user| user.subject.mails.push(mail("breakglass@acme.com")));
        let run = world.ask_for("Reset MFA").await;
        check_blocked(&world, run, BlockCode::Protected, &["protected (mail:"]).await;
    }
    let world = World::under(protect(&["mail:kim@acme.com"]));
    let run = world.ask_for("Reset MFA").await;
    assert!(plan_of(&world, run).await.approvable(), "somebody else is not");
}

#[tokio::test]
async fn a_login_that_only_one_system_has_protects_too() {
    let world = World::under(protect(&["mail:breakglass@acme.com"]));
    world.entra.change(&entras_sarah(), |user| user.subject.login = "breakglass@acme.com".to_owned());
    let run = world.ask_for("Reset MFA").await;
    check_blocked(&world, run, BlockCode::Protected, &["mail:breakglass@acme.com"]).await;
}

#[tokio::test]
async fn a_listed_group_is_not_joined_whatever_its_case() {
    let world = World::under(protect(&["group:dOCS"]));
    let run = world.ask_for("Add her to Docs").await;
    check_blocked(&world, run, BlockCode::Protected, &["The group Docs is protected."]).await;
}

#[tokio::test]
async fn a_group_within_a_listed_one_is_not_joined_however_far_within() {
    let world = World::under(protect(&["group:tier0"]));
    world.entra.group_within("Docs", "Ops-Leads");
    let run = world.ask_for("Add her to Docs").await;
    assert!(plan_of(&world, run).await.approvable(), "it is in a group that nobody listed");
    let world = World::under(protect(&["group:tier0"]));
    world.entra.group_within("Docs", "Ops-Leads");
    world.entra.group_within("Ops-Leads", "Tier0");
    let run = world.ask_for("Add her to Docs").await;
    check_blocked(&world, run, BlockCode::Protected, &["The group Docs is in the protected group Tier0."]).await;
    let world = World::under(protect(&["group:tier0"]));
    world.entra.group_within("Tier0", "Docs");
    let run = world.ask_for("Add her to Docs").await;
    assert!(plan_of(&world, run).await.approvable(), "whoever joins Docs is not in Tier0 by that");
}

#[tokio::test]
async fn a_new_hire_is_not_put_into_a_group_within_a_listed_one() {
    let world = World::under(protect(&["group:Tier0"]));
    world.okta.group_within("Staff", "Tier0");
    let run = world.ask_for("A new hire").await;
    check_blocked(&world, run, BlockCode::Protected, &["The group Staff is in the protected group Tier0."]).await;
}

#[tokio::test]
async fn a_new_hire_is_not_put_into_a_listed_group_and_not_made_under_a_listed_address() {
    for listed in [&["group:Staff"], &["mail:noor.haddad@acme.com"]] {
        let world = World::under(protect(listed));
        let run = world.ask_for("A new hire").await;
        check_blocked(&world, run, BlockCode::Protected, &["protected"]).await;
    }
}

fn in_group(system: &FakeSystem, id: &ObjectId) {
    system.group("Domain Admins", "g-admins");
    system.change(id, |user| {
        user.groups.insert(ObjectId("g-admins".to_owned()));
    });
}

#[tokio::test]
async fn a_member_of_a_protected_group_is_protected_in_whichever_system_they_are_in_it() {
    let world = World::under(protect(&["group:domain admins"]));
    in_group(&world.okta, &sarah().id);
    let run = world.ask_for("Reset MFA").await;
    check_blocked(&world, run, BlockCode::Protected, &["is in the protected group Domain Admins in okta"]).await;
    let world = World::under(protect(&["group:domain admins"]));
    in_group(&world.entra, &entras_sarah());
    let run = world.ask_for("Reset MFA").await;
    check_blocked(&world, run, BlockCode::Protected, &["is in the protected group Domain Admins in entra"]).await;
    let world = World::new();
    in_group(&world.okta, &sarah().id);
    let run = world.ask_for("Reset MFA").await;
    assert!(plan_of(&world, run).await.approvable(), "a group that nobody listed protects nobody");
}

#[tokio::test]
async fn whoever_holds_an_administrator_role_is_protected_without_being_listed() {
    let world = World::new();
    world.okta.stand(&sarah().id, &["Super Administrator", "Report Administrator"], &[]);
    let run = world.ask_for("Reset MFA").await;
    let parts = ["the administrator role Super Administrator in okta", "Report Administrator"];
    check_blocked(&world, run, BlockCode::Protected, &parts).await;
    let world = World::new();
    world.entra.stand(&entras_sarah(), &["Global Administrator"], &[]);
    let run = world.ask_for("Reset MFA").await;
    let part = "the administrator role Global Administrator in entra";
    check_blocked(&world, run, BlockCode::Protected, &[part]).await;
}

#[tokio::test]
async fn an_administrator_is_found_by_an_alias_that_only_the_other_system_has() {
    let world = World::new();
    world.entra.remove(&entras_sarah());
    let mut cloud = subject("aad-sc", "S Chen", "sc-cloud@acme.onmicrosoft.com");
    cloud.mails.push(mail("s.chen@acme.de"));
    world.entra.put(FakeUser::new(cloud));
    world.entra.stand(&ObjectId("aad-sc".to_owned()), &["Global Administrator"], &[]);
    world.okta.change(&sarah().id, |user| user.subject.mails.push(mail("s.chen@acme.de")));
    let run = world.ask_for("Reset MFA").await;
    check_blocked(&world, run, BlockCode::Protected, &["Global Administrator in entra"]).await;
}

#[tokio::test]
async fn who_cannot_be_told_to_be_unprotected_is_taken_for_protected() {
    for error in [
        PortError::unauthorized("The token lacks okta.roles.read."),
        PortError::permanent("The request was refused."),
        PortError::gone("There is no such user."),
    ] {
        let world = World::new();
        world.okta.script.fail(SystemCall::Standing, error.clone());
        let run = world.ask_for("Reset MFA").await;
        let parts = ["Whether Sarah Chen is protected in okta cannot be told", error.says.as_str()];
        check_blocked(&world, run, BlockCode::Protected, &parts).await;
    }
}

#[tokio::test]
async fn a_system_that_may_answer_later_is_asked_again() {
    for error in [PortError::transient("Down.", None), PortError::held("Our own rate budget is used up.", 2_000)] {
        let world = World::new();
        world.okta.script.fail(SystemCall::Standing, error);
        let run = world.ask_for("Reset MFA").await;
        assert_eq!(world.state(run).await, StateName::Planning);
        world.clock.advance_seconds(5);
        world.drive().await;
        let plan = plan_of(&world, run).await;
        assert!(plan.approvable() && plan.remarks.is_empty(), "{plan:?}");
    }
    let world = World::new();
    for _ in 0..9 {
        world.okta.script.fail(SystemCall::Standing, PortError::transient("Down.", None));
    }
    let run = world.take_in("Reset MFA").await;
    for _ in 0..6 {
        world.drive().await;
        world.clock.advance_seconds(60);
    }
    assert_eq!(plan_of(&world, run).await.blockers[0].code, BlockCode::SystemUnavailable);
}

#[tokio::test]
async fn the_outage_of_a_system_that_the_plan_does_not_touch_is_waited_for_and_then_remarked() {
    let down = || PortError::transient("Entra is down.", None);
    for call in [SystemCall::Standing, SystemCall::Resolve] {
        let world = World::new();
        for _ in 0..100 {
            world.entra.script.fail(call, down());
        }
        let run = world.ask_for("Reset MFA").await;
        assert_eq!(world.state(run).await, StateName::Planning, "it may answer in a moment");
        for _ in 0..2 {
            world.clock.advance_seconds(600);
            world.drive().await;
        }
        let plan = plan_of(&world, run).await;
        assert!(plan.approvable(), "{call:?}: {:?}", plan.blockers);
        let expected = "Whether the target is an administrator in entra could not be read: Entra is down.";
        assert!(plan.remarks.iter().any(|remark| remark == expected), "{call:?}: {:?}", plan.remarks);
        if call == SystemCall::Resolve {
            let asker = "Whether whoever asked has another address in entra could not be read: Entra is down.";
            assert!(plan.remarks.iter().any(|remark| remark == asker), "{:?}", plan.remarks);
        }
        assert_eq!(world.card().shown.remarks, plan.remarks);
    }
}

#[tokio::test]
async fn our_own_rate_budget_in_another_system_delays_the_plan_and_leaves_nothing_out() {
    let world = World::new();
    world.entra.stand(&entras_sarah(), &["Global Administrator"], &[]);
    world.entra.script.fail(SystemCall::Standing, PortError::held("Our own rate budget is used up.", 2_000));
    let run = world.ask_for("Reset MFA").await;
    assert_eq!(world.state(run).await, StateName::Planning);
    world.clock.advance_seconds(2);
    world.drive().await;
    check_blocked(&world, run, BlockCode::Protected, &["Global Administrator"]).await;
}

async fn approved(world: &World, description: &str) -> RunId {
    let run = world.ask_for(description).await;
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    run
}

#[tokio::test]
async fn somebody_who_became_protected_after_the_approval_is_not_changed_and_a_new_plan_says_why() {
    type Change = fn(World) -> World;
    let changes: [(Change, &str); 3] = [
        (
            |world| {
                world.okta.stand(&sarah().id, &["Super Administrator"], &[]);
                world
            },
            "Super Administrator",
        ),
        (|world| world.under_other_rules(protect(&["mail:sarah.chen@acme.com"])), "mail:sarah.chen@acme.com"),
        (
            |world| {
                in_group(&world.okta, &sarah().id);
                world.under_other_rules(protect(&["group:Domain Admins"]))
            },
            "Domain Admins",
        ),
    ];
    for (change, part) in changes {
        let world = World::new();
        let run = approved(&world, "Suspend her").await;
        let world = change(world);
        world.drive().await;
        assert_eq!(world.okta.script.calls(SystemCall::Perform), 0);
        assert_eq!(plan_of(&world, run).await.version, 2);
        check_blocked(&world, run, BlockCode::Protected, &[part]).await;
        let kinds = world.entries(run).await;
        let asked = kinds.iter().position(|kind| kind == "plan.asked").expect("a new plan was asked for");
        assert_eq!(kinds[asked - 1], "step.ended");
        assert_eq!(world.note().lines[0], "[Countersign] Runbook decision: NOT POSSIBLE AS ASKED");
    }
}

#[tokio::test]
async fn a_group_that_became_protected_after_the_approval_is_not_joined() {
    let world = World::new();
    let run = approved(&world, "Add her to Docs").await;
    let world = world.under_other_rules(protect(&["group:Docs"]));
    world.drive().await;
    check_blocked(&world, run, BlockCode::Protected, &["The group Docs is protected."]).await;
}

#[tokio::test]
async fn a_group_that_came_into_a_protected_one_after_the_approval_is_not_joined() {
    let world = World::under(protect(&["group:Tier0"]));
    let run = approved(&world, "Add her to Docs").await;
    world.entra.group_within("Docs", "Tier0");
    world.drive().await;
    assert_eq!(plan_of(&world, run).await.version, 2);
    check_blocked(&world, run, BlockCode::Protected, &["The group Docs is in the protected group Tier0."]).await;
}

#[tokio::test]
async fn whether_the_target_is_protected_is_read_again_right_before_the_first_step() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    world.okta.script.fail(SystemCall::Standing, PortError::transient("Down.", None));
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Executing);
    assert!(world.okta.changes().is_empty(), "a step waits for the answer");
    world.clock.advance_seconds(5);
    world.drive().await;
    assert_eq!(world.state(run).await, StateName::Succeeded);
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    world.okta.script.fail(SystemCall::Standing, PortError::unauthorized("The token lacks okta.roles.read."));
    world.drive().await;
    let plan = plan_of(&world, run).await;
    assert_eq!((plan.version, world.okta.changes().len()), (2, 0), "nobody is taken for unprotected");
}

#[tokio::test]
async fn what_was_begun_is_ended_although_its_target_became_protected_meanwhile() {
    let world = World::new();
    let run = approved(&world, "Suspend her").await;
    let first = world.drive_until("perform").await;
    let next = world.dispatch(first, true).await.unwrap();
    world.okta.stand(&sarah().id, &["Super Administrator"], &[]);
    for effect in next {
        world.dispatch(effect, true).await.unwrap();
    }
    world.clock.advance_seconds(61);
    world.drive().await;
    assert_eq!((world.state(run).await, world.okta.changes().len()), (StateName::Succeeded, 2));
}

/// Plans this under these patterns for one parameter; what blocks it.
async fn under_limits(words: &str, param: &'static str, allow: &[&str], deny: &[&str]) -> Vec<(BlockCode, String)> {
    let globs = |all: &[&str]| all.iter().map(|one| one.parse().expect("a pattern")).collect();
    let world = World::under(limit(|protection| {
        if !allow.is_empty() {
            protection.allow.insert(param.to_owned(), globs(allow));
        }
        if !deny.is_empty() {
            protection.deny.insert(param.to_owned(), globs(deny));
        }
    }));
    let run = world.ask_for(words).await;
    let plan = plan_of(&world, run).await;
    let found = plan.blockers.iter().map(|blocker| (blocker.code, blocker.says.clone())).collect::<Vec<_>>();
    if found.is_empty() {
        assert!(matches!(world.card().shown.status, CardStatus::Open { .. }));
    } else {
        check_blocked(&world, run, BlockCode::NotAllowed, &[param]).await;
    }
    found
}

#[tokio::test]
async fn a_parameters_value_must_fit_what_is_allowed_and_nothing_that_is_denied() {
    for (words, param, allow, deny, refused) in [
        ("Add her to Docs", "group", &["proj-*", "app-*"][..], &[][..], Some("allow app-*, proj-*")),
        ("Add her to Docs", "group", &["d*"][..], &[][..], None),
        ("Add her to Docs", "group", &["*"][..], &["doc?", "*OCS"][..], Some("deny *OCS")),
        ("Add her to Docs", "group", &[][..], &["proj-*"][..], None),
        ("Add her to Docs", "action", &["remove"][..], &[][..], Some("allow remove")),
        ("Add her to Docs", "action", &[][..], &["add"][..], Some("deny add")),
        ("Add her to Docs", "action", &["add"][..], &["remove"][..], None),
        ("Reset MFA", "user", &[][..], &["Sarah Chen"][..], Some("deny Sarah Chen")),
        ("She needs Visio", "license", &["visio*"][..], &[][..], None),
        ("She needs Visio", "license", &["E*"][..], &[][..], Some("allow E*")),
        ("She needs Visio", "license", &[][..], &["SKU-VISIO"][..], Some("deny SKU-VISIO")),
        ("She needs Visio", "license", &["sku-visio"][..], &[][..], None),
        ("Reset MFA", "user", &["*@acme.de"][..], &[][..], Some("allow *@acme.de")),
        ("Reset MFA", "user", &["*@acme.com"][..], &[][..], None),
        ("Reset MFA", "user", &[][..], &["sarah.*"][..], Some("deny sarah.*")),
        ("Reset MFA", "group", &["none"][..], &[][..], None),
        ("A new hire", "hire", &["*@partner.example"][..], &[][..], Some("allow *@partner.example")),
        ("A new hire", "groups", &[][..], &["staff"][..], Some("deny staff")),
        ("A new hire", "license", &["E5"][..], &[][..], Some("allow E5")),
    ] {
        let found = under_limits(words, param, allow, deny).await;
        match refused {
            None => assert_eq!(found, [], "{words}: {param} {allow:?} {deny:?}"),
            Some(part) => assert!(found.iter().any(|(_, says)| says.contains(part)), "{words} {param}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn limits_change_the_policy_that_a_plan_is_made_under() {
    let free = World::new();
    let run = free.ask_for("Reset MFA").await;
    let before = plan_of(&free, run).await.policy_digest;
    let limited = World::under(protect(&["mail:kim@acme.com"]));
    let run = limited.ask_for("Reset MFA").await;
    assert_ne!(plan_of(&limited, run).await.policy_digest, before);
}

#[tokio::test]
async fn limits_that_were_tightened_reach_a_plan_that_is_out() {
    let world = World::new();
    let run = approved(&world, "Add her to Docs").await;
    let world = world.under_other_rules(limit(|protection| {
        protection.deny.insert("group".to_owned(), ["doc*".parse().expect("a pattern")].into());
    }));
    world.drive().await;
    assert!(world.entra.changes().is_empty(), "it was approved under other limits");
    check_blocked(&world, run, BlockCode::NotAllowed, &["deny doc*"]).await;
}

#[tokio::test]
async fn somebody_who_became_an_administrator_elsewhere_after_the_approval_is_not_changed() {
    let world = World::new();
    let run = approved(&world, "Reset MFA").await;
    world.entra.stand(&entras_sarah(), &["Global Administrator"], &[]);
    world.drive().await;
    assert!(world.okta.changes().is_empty());
    check_blocked(&world, run, BlockCode::Protected, &["Global Administrator in entra"]).await;
}

#[tokio::test]
async fn an_address_that_one_system_knows_leads_to_the_next_in_another() {
    let world = World::new();
    // Okta knows Rob by a second address, by which Entra knows a third of his, which is the approver's.
    let mut rob = subject("00u2rob", "Rob Requester", "rob@acme.com");
    rob.mails.push(mail("r.requester@acme.com"));
    world.okta.put(FakeUser::new(rob));
    let mut other = subject("aad-rob", "Rob Requester", "r.requester@acme.com");
    other.mails.push(mail("ada@acme.com"));
    world.entra.put(FakeUser::new(other));
    let run = world.ask_for("Reset MFA").await;
    assert!(plan_of(&world, run).await.requester_mails.contains(&mail("ada@acme.com")));
    world.click(run, "U0APPROVER", 1, Decided::Approve).await;
    assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    assert!(world.channel.explanations().last().expect("they are told").text.contains("asked for a change"));
}
