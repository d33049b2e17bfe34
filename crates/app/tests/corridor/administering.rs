//! Keys, the record of a start, and dry runs.

use countersign_app::{
    AppError,
    administer::{KeyRequest, create_key, revoke_key},
    dry_run::DryTicket,
    scope::Scope,
};
use countersign_domain::{
    card::CardStatus,
    digest::Digest,
    ids::OrgId,
    person::{Actor, PersonRef},
    run::NoActionReason,
    ticket::TicketText,
};
use countersign_testkit::{builders::*, ids::SeededIds};

use crate::world::World;

fn request(scopes: &[Scope], bound: Option<&str>) -> KeyRequest {
    KeyRequest {
        org: org_id(),
        name: "desk".to_owned(),
        scopes: scopes.to_vec(),
        person: bound.map(person),
        desk: None,
        expires_at: None,
    }
}

async fn create(world: &World, request: KeyRequest) -> Result<String, AppError> {
    let ids = SeededIds::new(42);
    let key = create_key(world.store.as_ref(), world.clock.as_ref(), &ids, request, &Actor::Operator).await?;
    Ok(key.text)
}

#[tokio::test]
async fn a_key_that_breaks_a_rule_is_refused_where_it_does() {
    let world = World::new();
    let nameless = |name: &str| KeyRequest { name: name.to_owned(), ..request(&[Scope::RunRead], None) };
    let (decides, starts) = (Scope::RunDecide, Scope::RunbookExecute);
    for (request, pointer) in [
        (request(&[], None), "/scopes"),
        (request(&[decides, starts], Some(LEAD)), "/scopes"),
        (request(&[decides], None), "/person"),
        (request(&[decides], Some("slack:U0APPROVER")), "/person"),
        (request(&[starts], None), "/person"),
        (request(&[starts], Some("slack:U0ROB")), "/person"),
        (nameless("  "), "/name"),
        (nameless(&"x".repeat(101)), "/name"),
    ] {
        match create(&world, request.clone()).await {
            Err(AppError::Invalid { pointer: at, .. }) => assert_eq!(at, pointer, "{request:?}"),
            other => panic!("{request:?}: {other:?}"),
        }
    }
    assert!(world.app.parts().queries.keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_is_stored_by_its_hash_alone_and_both_its_ends_stand_in_the_ledger() {
    let world = World::new();
    let text = create(&world, request(&[Scope::RunDecide], Some(LEAD))).await.unwrap();
    assert!(text.starts_with("csk_"));
    let queries = &world.app.parts().queries;
    let key = queries.keys().await.unwrap().remove(0);
    assert_eq!(key.hash, Digest::of(text.as_bytes()));
    assert_eq!((key.person, key.revoked_at), (Some(PersonRef::Mail(mail("lead@acme.com"))), None));
    let before = queries.key_generation().await.unwrap();
    let by = Actor::Key(key_id(3));
    revoke_key(world.store.as_ref(), world.clock.as_ref(), &org_id(), key.id, &by).await.unwrap();
    assert_eq!(queries.keys().await.unwrap()[0].revoked_at, Some(START));
    assert_ne!(queries.key_generation().await.unwrap(), before);
    let page = queries.entries(&org_id(), 0, 10).await.unwrap();
    let entries: Vec<_> =
        page.entries.iter().map(|entry| (entry.kind.as_str(), entry.actor.as_deref().unwrap_or_default())).collect();
    assert_eq!(entries, [("key.created", "operator"), ("key.revoked", by.opaque().as_str())]);
    for entry in &page.entries {
        let body = entry.body.as_ref().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
        assert!(!body.unwrap_or_default().contains(&text[4..]), "the key's text is written nowhere");
    }
}

#[tokio::test]
async fn a_start_is_recorded_with_the_digests_it_started_with() {
    let world = World::new();
    world.app.record_start("0.1.0", digest(5)).await.unwrap();
    let page = world.app.parts().queries.entries(&org_id(), 0, 10).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    let body = page.entries[0].body.as_ref().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap();
    for part in ["0.1.0", "RB-002", &digest(5).to_string(), &policy_digest(&world)] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

fn policy_digest(world: &World) -> String {
    let org = world.app.org(&org_id()).expect("it is configured");
    org.policies[&runbook_id("RB-002")].digest().to_string()
}

fn words(description: &str) -> TicketText {
    let requester = Some("rob@acme.com".to_owned());
    TicketText { subject: "Please".to_owned(), description: description.to_owned(), requester }
}

#[tokio::test]
async fn a_dry_run_plans_by_reading_and_writes_nothing() {
    let world = World::new();
    let dry = world.app.dry_run(&org_id(), DryTicket::Words(words("Reset MFA"))).await.unwrap();
    assert!(dry.plan.is_some_and(|plan| plan.approvable()));
    assert!(dry.card.is_some_and(|card| matches!(card.status, CardStatus::Open { .. })));
    let dry = world.app.dry_run(&org_id(), DryTicket::Words(words("Reset nobody's MFA"))).await.unwrap();
    assert!(dry.plan.is_some_and(|plan| !plan.approvable()));
    let dry = world.app.dry_run(&org_id(), DryTicket::Words(words("The coffee is cold"))).await.unwrap();
    assert_eq!(dry.left_alone, Some(NoActionReason::NoRunbook));
    assert!(dry.plan.is_none() && dry.card.is_none());
    assert!(world.okta.changes().is_empty() && world.channel.cards().is_empty() && world.desk.notes().is_empty());
    assert!(world.claim().await.is_empty());
    let page = world.app.parts().queries.entries(&org_id(), 0, 10).await.unwrap();
    assert!(page.entries.is_empty());
    let other = OrgId::new("other").unwrap();
    assert!(matches!(
        world.app.dry_run(&other, DryTicket::Words(words("x"))).await.err(),
        Some(AppError::UnknownOrg(_))
    ));
}

#[test]
fn every_scope_is_read_back_by_its_name() {
    assert!(Scope::ALL.iter().all(|scope| Scope::from_name(scope.as_str()) == Some(*scope)));
    assert_eq!(Scope::from_name("run:everything"), None);
}
