//! A plan's digest covers every field: an approval is of exactly what was shown.

use countersign_domain::{
    digest::Digest,
    ids::OrgId,
    plan::{Action, BlockCode, Blocker, ObjectId, Plan, UserRef},
};
use countersign_testkit::builders::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn actions() -> Vec<Action> {
    let user = || UserRef::Known(ObjectId("00u1".to_owned()));
    let created = || UserRef::CreatedBy { step: 0, login: "new@acme.com".to_owned() };
    let awaited = || UserRef::Awaited { login: "new@acme.com".to_owned() };
    let (group, group_name) = (ObjectId("g1".to_owned()), "Docs".to_owned());
    vec![
        Action::ResetPassword { user: user() },
        Action::ResetFactors { user: user() },
        Action::SuspendUser { user: user() },
        Action::UnlockUser { user: user() },
        Action::ClearSessions { user: user() },
        Action::CreateUser { profile: new_user("Noor", "Haddad", "noor@acme.com") },
        Action::AddToGroup { user: created(), group: group.clone(), group_name: group_name.clone() },
        Action::RemoveFromGroup { user: user(), group, group_name },
        Action::AssignLicense { user: awaited(), sku: ObjectId("s1".to_owned()), sku_name: "E3".to_owned() },
        Action::SetUsageLocation { user: user(), country: "DE".to_owned() },
        Action::EnableAccount { user: user() },
        Action::DismissRisk { user: user() },
    ]
}

/// A plan with something in every field and a step of every action.
fn full() -> Plan {
    Plan {
        steps: actions().into_iter().zip(0..).map(|(action, ordinal)| step(ordinal, action)).collect(),
        blockers: vec![Blocker::new(BlockCode::NoTarget, "It says no name.", "Say it.")],
        remarks: vec!["The user has not signed in for 90 days.".to_owned()],
        requester_mails: vec![mail("r@acme.com"), mail("rob@home.example")],
        editor_mails: vec![mail("kim@acme.com"), mail("k@acme.de")],
        ..plan(3, 0, START)
    }
}

fn digest_of(plan: &Plan) -> Digest {
    plan.digest(&org_id(), &run_id(1))
}

/// Every place of a JSON value that holds no object, with what it could hold instead.
fn changes(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    let others: Vec<Value> = match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| changes(inner, &format!("{at}/{name}"), found));
            if at.is_empty() { vec![] } else { vec![Value::Null] }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, inner)| changes(inner, &format!("{at}/{place}"), found));
            let twice = items.iter().chain(items.last()).cloned().collect();
            let shorter = items.iter().skip(1).cloned().collect();
            let turned = items.iter().rev().cloned().collect();
            vec![Value::Array(twice), Value::Array(shorter), Value::Array(turned)]
        }
        Value::String(text) => {
            let rest: String = text.chars().skip(1).collect();
            let flipped = [format!("0{rest}"), format!("1{rest}")];
            let tail = [format!("{text}x"), "other@acme.com".to_owned(), "high".to_owned(), "too_large".to_owned()];
            tail.into_iter().chain(flipped).map(Value::String).chain([Value::Null]).collect()
        }
        Value::Number(number) => vec![json!(number.as_i64().unwrap_or(0) + 1)],
        Value::Null | Value::Bool(_) => vec![],
    };
    found.extend(others.into_iter().map(|other| (at.to_owned(), other)));
}

#[test]
fn changing_any_field_changes_the_digest() {
    let plan = full();
    let whole = serde_json::to_value(&plan).unwrap();
    let mut found = Vec::new();
    changes(&whole, "", &mut found);
    let mut covered = BTreeSet::new();
    for (place, other) in found {
        let mut changed = whole.clone();
        *changed.pointer_mut(&place).unwrap() = other.clone();
        let Ok(read) = serde_json::from_value::<Plan>(changed) else { continue };
        if read != plan {
            assert_ne!(digest_of(&read), digest_of(&plan), "{place} = {other} is not covered");
            covered.insert(place);
        }
    }
    let leaves = leaves(&whole, "");
    let missed: Vec<_> = leaves.iter().filter(|leaf| !covered.contains(*leaf)).collect();
    assert!(missed.is_empty(), "no change was tried at {missed:?}");
}

fn leaves(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, inner)| leaves(inner, &format!("{at}/{name}"))).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(place, inner)| leaves(inner, &format!("{at}/{place}"))).collect()
        }
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) => vec![at.to_owned()],
    }
}

#[test]
fn actions_on_the_same_person_differ_by_their_kind() {
    let digests: BTreeSet<_> = actions()
        .into_iter()
        .map(|action| digest_of(&Plan { steps: vec![step(0, action)], ..plan(1, 0, START) }))
        .collect();
    assert_eq!(digests.len(), actions().len());
}

#[test]
fn references_to_a_user_differ_by_their_kind() {
    let login = "noor@acme.com".to_owned();
    let users = [
        UserRef::Known(ObjectId(login.clone())),
        UserRef::Awaited { login: login.clone() },
        UserRef::CreatedBy { step: 0, login: login.clone() },
        UserRef::CreatedBy { step: 1, login },
    ];
    let digests: BTreeSet<_> = users
        .into_iter()
        .map(|user| digest_of(&Plan { steps: vec![step(0, Action::SuspendUser { user })], ..plan(1, 0, START) }))
        .collect();
    assert_eq!(digests.len(), 4);
}

#[test]
fn the_same_plan_in_another_run_or_organisation_has_another_digest() {
    let plan = full();
    assert_ne!(plan.digest(&org_id(), &run_id(2)), digest_of(&plan));
    assert_ne!(plan.digest(&OrgId::new("other").unwrap(), &run_id(1)), digest_of(&plan));
    assert_eq!(plan.clone().digest(&org_id(), &run_id(1)), digest_of(&plan));
}

#[test]
fn words_cannot_move_from_one_field_to_the_next() {
    let with = |title: &str, before: &str| {
        let mut plan = plan(1, 1, START);
        plan.steps[0].title = title.to_owned();
        plan.steps[0].before = before.to_owned();
        digest_of(&plan)
    };
    assert_ne!(with("ab", "c"), with("a", "bc"));
    assert_ne!(with("abc", ""), with("", "abc"));
}
