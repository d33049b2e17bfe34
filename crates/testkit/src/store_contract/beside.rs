//! What stands beside the runs: clicks, persons, keys, bodies set aside.

use countersign_domain::{
    digest::Digest,
    event::OrgEvent,
    ids::{InboxId, KeyId, PersonId, QuarantineId},
    person::Actor,
    ports::{Change, InboxRow, KeyChange, KeyRow, QuarantineRow},
};
use uuid::Uuid;

use super::{Shared, change, opened, org};
use crate::builders::{START, connection, person};

fn click(number: u128, dedupe: &str) -> InboxRow {
    InboxRow {
        id: InboxId(Uuid::from_u128(number)),
        org: org("acme"),
        surface: connection("slack"),
        dedupe: dedupe.to_owned(),
        payload: r#"{"click":"approve"}"#.to_owned(),
        received_at: START.plus_seconds(100 - u64::try_from(number).expect("small")),
    }
}

/// A repeated click is not persisted again, however close it follows.
pub async fn a_click_is_persisted_once(store: &Shared) {
    let clicks: Vec<_> = (1..=20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.receive(click(number, "same")).await })
        })
        .collect();
    let mut new = 0;
    for click in clicks {
        new += usize::from(click.await.expect("no click panics").expect("receives"));
    }
    assert_eq!(new, 1);
    let elsewhere = InboxRow { surface: connection("teams"), ..click(21, "same") };
    assert_eq!(store.receive(elsewhere).await, Ok(true));
    let theirs = InboxRow { org: org("globex"), ..click(22, "same") };
    assert_eq!(store.receive(theirs).await, Ok(true));
    assert_eq!(store.inbox(10).await.expect("reads").len(), 3);
}

/// A click comes back until a commit says that it is dealt with; the oldest first.
pub async fn a_click_stays_until_it_is_dealt_with(store: &Shared) {
    let run = opened(store, 1, &[]).await;
    for number in 1..=3 {
        assert_eq!(store.receive(click(number, &number.to_string())).await, Ok(true));
    }
    assert_eq!(store.inbox(2).await, Ok(vec![click(3, "3"), click(2, "2")]));
    let (_, mut write) = change(&run);
    write.inbox_done = Some((org("acme"), click(3, "3").id));
    store.commit(write).await.expect("commits");
    let alone = Change { inbox_done: Some((org("acme"), click(2, "2").id)), ..Change::default() };
    store.commit(alone).await.expect("commits");
    assert_eq!(store.inbox(10).await, Ok(vec![click(1, "1")]));
    assert_eq!(store.receive(click(4, "3")).await, Ok(false), "its key stays taken");
}

fn id(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// A person is the same under each of their references, and gets new ones.
pub async fn a_person_keeps_their_id(store: &Shared) {
    let (slack, mail) = (person("slack:U0ADA"), person("mail:ada@acme.com"));
    let acme = org("acme");
    assert_eq!(store.person(&acme, std::slice::from_ref(&slack), id(1)).await, Ok(id(1)));
    assert_eq!(store.person(&acme, std::slice::from_ref(&slack), id(2)).await, Ok(id(1)));
    assert_eq!(store.person(&acme, &[slack, mail.clone()], id(3)).await, Ok(id(1)));
    assert_eq!(store.person(&acme, &[mail], id(4)).await, Ok(id(1)));
    assert_eq!(store.person(&acme, &[], id(5)).await, Ok(id(5)));
}

/// Two who turn out to be one keep the older id under every reference.
pub async fn persons_with_a_common_reference_are_one(store: &Shared) {
    let refs = [person("slack:U0ADA"), person("mail:ada@acme.com"), person("mail:a.lovelace@acme.com")];
    let acme = org("acme");
    assert_eq!(store.person(&acme, &refs[..1], id(7)).await, Ok(id(7)));
    assert_eq!(store.person(&acme, &refs[1..], id(3)).await, Ok(id(3)));
    assert_eq!(store.person(&acme, &refs[..2], id(9)).await, Ok(id(3)));
    for one in &refs {
        assert_eq!(store.person(&acme, std::slice::from_ref(one), id(9)).await, Ok(id(3)));
    }
}

/// Organisations share no persons.
pub async fn persons_of_two_organisations_stay_apart(store: &Shared) {
    let mail = [person("mail:ada@acme.com")];
    assert_eq!(store.person(&org("acme"), &mail, id(1)).await, Ok(id(1)));
    assert_eq!(store.person(&org("globex"), &mail, id(2)).await, Ok(id(2)));
}

/// A new key and a revoked one are seen by whoever watches the generation.
pub async fn keys_move_the_generation_on(store: &Shared) {
    let key = KeyRow {
        id: KeyId(Uuid::from_u128(1)),
        org: org("acme"),
        name: "freshservice".to_owned(),
        hash: Digest::of(b"secret"),
        scopes: vec!["tickets:write".to_owned(), "runs:read".to_owned()],
        person: Some(person("mail:ada@acme.com")),
        desk: Some(connection("helpdesk")),
        created_at: START,
        expires_at: Some(START.plus_seconds(60)),
        revoked_at: None,
    };
    let before = store.key_generation().await.expect("reads");
    let commit = |change| Change { key: Some(change), ..Change::default() };
    store.commit(commit(KeyChange::Create(key.clone()))).await.expect("commits");
    let created = store.key_generation().await.expect("reads");
    assert_ne!(before, created);
    assert_eq!(store.keys().await, Ok(vec![key.clone()]));
    let revoke = |seconds| KeyChange::Revoke { org: org("acme"), key: key.id, at: START.plus_seconds(seconds) };
    store.commit(commit(revoke(5))).await.expect("commits");
    assert_ne!(store.key_generation().await, Ok(created));
    store.commit(commit(revoke(9))).await.expect("commits");
    let revoked_at = store.keys().await.expect("reads")[0].revoked_at;
    assert_eq!(revoked_at, Some(START.plus_seconds(5)), "it stays revoked since the first time");
}

/// A body that comes again is not set aside again, and nothing is recorded of it.
pub async fn a_body_is_set_aside_once(store: &Shared) {
    let aside = |number, name: &str, body: &[u8]| {
        let digest = Digest::of(body);
        let row = QuarantineRow {
            id: QuarantineId(Uuid::from_u128(number)),
            org: org(name),
            desk: connection("helpdesk"),
            digest,
            body: body.to_vec(),
            why: "no ticket id".to_owned(),
            received_at: START,
            replayed: None,
        };
        let event = OrgEvent::Quarantined { desk: connection("helpdesk"), body: digest };
        let records = vec![event.record(&Actor::System, START)];
        Change { org: Some(row.org.clone()), records, quarantine: Some(row), ..Change::default() }
    };
    let body = b"\x00\xff not JSON";
    assert_eq!(store.commit(aside(1, "acme", body)).await.expect("commits").seq, 1);
    assert_eq!(store.commit(aside(2, "acme", body)).await.expect("commits").seq, 0);
    assert_eq!(store.commit(aside(3, "globex", body)).await.expect("commits").seq, 1);
    assert_eq!(store.commit(aside(4, "acme", b"another")).await.expect("commits").seq, 2);
    let rows = store.quarantine(&org("acme"), None, 10).await.expect("reads");
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].id, rows[0].body.as_slice()), (QuarantineId(Uuid::from_u128(1)), &body[..]));
    assert_eq!(store.quarantine(&org("acme"), None, 1).await.expect("reads").len(), 1);
}
