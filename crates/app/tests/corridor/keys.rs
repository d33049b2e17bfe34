//! No combination of keys approves by itself: whoever started or corrected a run is not whoever approves it.

use countersign_app::{
    AppError,
    administer::{KeyRequest, create_key},
    decisions::Ruling,
    scope::Scope,
};
use countersign_domain::{
    command::RefusalReason,
    digest::Digest,
    ids::RunId,
    person::{Actor, PersonRef},
    policy::NotEntitled,
    ports::{KeyRow, Queries},
    run::{Run, StateName},
};
use countersign_testkit::{builders::*, ids::SeededIds};

use crate::world::{World, approval};

/// Every set of scopes.
fn subsets() -> Vec<Vec<Scope>> {
    let all = Scope::ALL;
    (0..1_u32 << all.len())
        .map(|bits| {
            all.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, scope)| *scope).collect()
        })
        .collect()
}

async fn create(world: &World, ids: &SeededIds, scopes: &[Scope], bound: Option<&str>) -> Option<KeyRow> {
    let request = KeyRequest {
        org: org_id(),
        name: "some".to_owned(),
        scopes: scopes.to_vec(),
        person: bound.map(person),
        desk: None,
        expires_at: None,
    };
    let made = create_key(world.store.as_ref(), world.clock.as_ref(), ids, request, &Actor::Operator).await;
    match made {
        Ok(made) => {
            let keys = world.store.inner.keys().await.expect("the store answers");
            let key = keys.into_iter().find(|key| key.id == made.id).expect("it is stored");
            assert_eq!(key.hash, Digest::of(made.text.as_bytes()));
            Some(key)
        }
        Err(AppError::Invalid { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Every key that can be made for this person.
async fn every_key(world: &World, ids: &SeededIds, bound: Option<&str>) -> Vec<KeyRow> {
    let mut keys = Vec::new();
    for scopes in subsets() {
        keys.extend(create(world, ids, &scopes, bound).await);
    }
    keys
}

fn may(key: &KeyRow, scope: Scope) -> bool {
    key.scopes.iter().any(|name| name == scope.as_str())
}

#[tokio::test]
async fn a_key_that_can_be_made_decides_only_as_a_person_and_never_starts_what_it_decides() {
    let (world, ids) = (World::new(), SeededIds::new(42));
    for bound in [None, Some(LEAD), Some("slack:U0APPROVER")] {
        for scopes in subsets() {
            let has = |scope| scopes.contains(&scope);
            let (decides, starts) = (has(Scope::RunDecide), has(Scope::RunbookExecute));
            let bound_well = match bound {
                None => !decides && !starts,
                Some(person) => person == LEAD,
            };
            let expected = bound_well && !scopes.is_empty() && !(decides && starts);
            let made = create(&world, &ids, &scopes, bound).await;
            assert_eq!(made.is_some(), expected, "{scopes:?} {bound:?}");
            if let Some(key) = made.filter(|key| may(key, Scope::RunDecide)) {
                assert!(matches!(key.person, Some(PersonRef::Mail(_))) && !may(&key, Scope::RunbookExecute));
            }
        }
    }
}

/// What a surface does with a key: only what its scopes let it, and only as the person it is bound to.
async fn start(world: &World, key: &KeyRow) -> Option<RunId> {
    if !may(key, Scope::RunbookExecute) {
        return None;
    }
    let slots = slots_for("sarah.chen@acme.com");
    let started = world.app.start(&org_id(), &runbook_id("RB-002"), slots, key).await.expect("it starts");
    world.drive().await;
    Some(started.id)
}

async fn correct(world: &World, key: &KeyRow, run: RunId) -> bool {
    let Some(PersonRef::Mail(by)) = key.person.clone().filter(|_| may(key, Scope::RunManage)) else { return false };
    let corrected = Some((intent("suspend_account"), by));
    world.app.replan(world.run(run).await, corrected, Actor::Key(key.id)).await.expect("it is planned again");
    world.drive().await;
    true
}

async fn approve(world: &World, key: &KeyRow, run: RunId) -> Option<Result<Run, AppError>> {
    let by = key.person.clone().filter(|_| may(key, Scope::RunDecide))?;
    let run = world.run(run).await;
    let plan_digest = run.state.plan().map(|plan| plan.digest(&run.org, &run.id));
    Some(world.app.decide_as(run, &by, Ruling { plan_digest, ..approval() }).await)
}

#[track_caller]
fn refused(answer: Result<Run, AppError>, expected: NotEntitled) {
    match answer {
        Err(AppError::Refused(refusal)) => assert_eq!(refusal.reason, RefusalReason::NotEntitled(expected)),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn no_two_keys_of_one_person_start_and_approve_a_run() {
    let (world, ids) = (World::new(), SeededIds::new(42));
    let keys = every_key(&world, &ids, Some(LEAD)).await;
    assert_eq!(keys.len(), 191, "every set of scopes but the empty one and those that start and decide");
    let mut tried = 0;
    for starting in &keys {
        let Some(run) = start(&world, starting).await else { continue };
        for deciding in &keys {
            if let Some(answer) = approve(&world, deciding, run).await {
                refused(answer, NotEntitled::IsRequester);
                tried += 1;
            }
        }
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    }
    assert_eq!(tried, 64 * 64);
    assert!(world.okta.changes().is_empty());
}

#[tokio::test]
async fn no_key_and_no_two_keys_of_one_person_correct_and_approve_a_run() {
    let (world, ids) = (World::new(), SeededIds::new(42));
    let keys = every_key(&world, &ids, Some(LEAD)).await;
    let nobodys = every_key(&world, &ids, None).await;
    assert!(nobodys.iter().all(|key| !may(key, Scope::RunDecide) && !may(key, Scope::RunbookExecute)));
    let run = world.ask_for("Reset MFA").await;
    let mut tried = 0;
    for editing in &keys {
        if !correct(&world, editing, run).await {
            continue;
        }
        // Planning it again under a key of nobody's gives nothing back.
        if tried == 0 {
            let by = nobodys.iter().find(|key| may(key, Scope::RunManage)).expect("there is one");
            world.app.replan(world.run(run).await, None, Actor::Key(by.id)).await.unwrap();
            world.drive().await;
        }
        for deciding in &keys {
            if let Some(answer) = approve(&world, deciding, run).await {
                refused(answer, NotEntitled::IsEditor);
                tried += 1;
            }
        }
        assert_eq!(world.state(run).await, StateName::AwaitingApproval);
    }
    assert_eq!(tried, 96 * 64);
    assert!(world.okta.changes().is_empty());
    world.rule(run, "mail:rob@acme.com", approval()).await.expect_err("nor does the requester");
}

#[tokio::test]
async fn whoever_started_cannot_have_somebody_elses_correction_make_them_an_approver() {
    let (world, ids) = (World::new(), SeededIds::new(42));
    let starting = create(&world, &ids, &[Scope::RunbookExecute], Some(LEAD)).await.unwrap();
    let editing = create(&world, &ids, &[Scope::RunManage], Some("mail:kim@acme.com")).await.unwrap();
    let deciding = create(&world, &ids, &[Scope::RunDecide], Some(LEAD)).await.unwrap();
    let run = start(&world, &starting).await.unwrap();
    assert!(correct(&world, &editing, run).await);
    refused(approve(&world, &deciding, run).await.unwrap(), NotEntitled::IsRequester);
}
