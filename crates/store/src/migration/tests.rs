use std::sync::Arc;

use countersign_domain::{
    digest::Digest,
    effect::Ask,
    ids::{InboxId, KeyId, PersonId, QuarantineId},
    ports::{Queries, RunFilter, Store},
    run::{NoActionReason, Run, State},
    time::At,
};
use countersign_ledger::{Body, Draft, Entry, genesis, seal};
use countersign_testkit::{
    builders::{START, mail, plan},
    ids::SeededIds,
    store_contract::{fresh_run, ledger::verified, org, words},
};
use sea_orm::{DatabaseConnection, Value};
use uuid::Uuid;

use super::*;
use crate::{SqlStore, StoreOptions, sql::statement, test_support};

/// A run that was left alone, with a name in it that PostgreSQL's JSON functions do not take.
fn shadowed() -> Run {
    let mut plan = plan(1, 1, START);
    plan.remarks.push("a zero \0 and a backslash \\u0000".to_owned());
    let state = State::NoAction { reason: NoActionReason::Shadow, previous: Some(Box::new(plan)) };
    Run { state, ..fresh_run(1, Some("4211")) }
}

fn waiting() -> Run {
    Run { state: State::AwaitingApproval { plan: Box::new(plan(1, 1, START)) }, ..fresh_run(2, None) }
}

async fn insert(connection: &DatabaseConnection, table: &str, columns: &str, values: Vec<Value>) {
    let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let text = format!("INSERT INTO {table} ({columns}) VALUES ({})", places.join(", "));
    connection.execute_raw(statement(connection, text, values)).await.unwrap();
}

async fn insert_run(connection: &DatabaseConnection, run: &Run) {
    let (desk, ticket) = run.ticket_key().map(|(desk, ticket)| (desk.to_string(), ticket.to_string())).unzip();
    let columns = "org, id, desk, ticket, state, intent, runbook, created_at, updated_at, version, data";
    let values = vec![
        run.org.as_str().into(),
        run.id.0.into(),
        desk.into(),
        ticket.into(),
        run.state.name().as_str().into(),
        None::<String>.into(),
        None::<String>.into(),
        run.created_at.0.into(),
        run.updated_at.0.into(),
        0_i64.into(),
        serde_json::to_string(run).unwrap().into(),
    ];
    insert(connection, "run", columns, values).await;
}

/// One entry, sealed.
fn entry() -> (Entry, Body) {
    let body = Body { salt: [7; 32], bytes: b"{}".to_vec() };
    let draft = Draft {
        time_micros: START.0,
        kind: "run.received".to_owned(),
        run: Some(*shadowed().id.as_bytes()),
        actor: Some("system".to_owned()),
        plan_digest: None,
        policy_digest: None,
        decision: None,
        body: Some(body.clone()),
    };
    (seal("acme", &genesis("acme"), &draft), body)
}

async fn insert_entry(connection: &DatabaseConnection) {
    let (entry, body) = entry();
    let columns = "org, seq, time, kind, run, actor, previous, commitment, hash";
    let values = vec![
        "acme".into(),
        1_i64.into(),
        entry.time_micros.into(),
        entry.kind.into(),
        shadowed().id.0.into(),
        entry.actor.into(),
        entry.previous.to_vec().into(),
        entry.commitment.map(|hash| hash.to_vec()).into(),
        entry.hash.to_vec().into(),
    ];
    insert(connection, "entry", columns, values).await;
    let body = vec!["acme".into(), 1_i64.into(), body.salt.to_vec().into(), body.bytes.into()];
    insert(connection, "entry_body", "org, seq, salt, bytes", body).await;
    insert(connection, "head", "org, seq, hash", vec!["acme".into(), 1_i64.into(), entry.hash.to_vec().into()]).await;
}

async fn insert_beside(connection: &DatabaseConnection) {
    let id = |number| Value::from(Uuid::from_u128(number));
    let ask = serde_json::to_string(&Ask::ShowCard).unwrap();
    let columns =
        "org, id, run, lane, ordinal, ask, kind, class, state, attempt, not_before, due_since, fence, ambiguous";
    let (zero, start) = (Value::from(0_i64), Value::from(START.0));
    let values = vec![
        "acme".into(),
        id(5),
        waiting().id.0.into(),
        1_i64.into(),
        zero.clone(),
        ask.into(),
        "show_card".into(),
        "read_back".into(),
        zero.clone(),
        zero.clone(),
        start.clone(),
        start.clone(),
        zero.clone(),
        zero,
    ];
    insert(connection, "effect", columns, values).await;
    let text = serde_json::to_string(&words("mine")).unwrap().replace("\\u0000", "");
    insert(connection, "ticket_text", "org, run, data", vec!["acme".into(), shadowed().id.0.into(), text.into()]).await;
    let click = vec!["acme".into(), id(6), "slack".into(), "one".into(), "{}".into(), start.clone()];
    insert(connection, "inbox", "org, id, surface, dedupe, payload, received_at", click).await;
    let hash = Value::from(vec![3_u8; 32]);
    let key = vec!["acme".into(), id(7), "ci".into(), hash.clone(), "[]".into(), start.clone()];
    insert(connection, "api_key", "org, id, name, hash, scopes, created_at", key).await;
    insert(connection, "key_generation", "org, value", vec!["acme".into(), 4_i64.into()]).await;
    let person = vec!["acme".into(), "mail:ada@acme.com".into(), id(8)];
    insert(connection, "person_ref", "org, reference, person", person).await;
    let body = vec!["acme".into(), id(9), "helpdesk".into(), hash, vec![0_u8, 255].into(), "why".into(), start];
    insert(connection, "quarantine", "org, id, desk, digest, body, why, received_at", body).await;
}

/// A database as the first version of this program left it.
async fn old_database(url: &str) {
    let connection = test_support::other_program(url).await;
    Migrator::up(&connection, Some(1)).await.unwrap();
    insert_run(&connection, &shadowed()).await;
    insert_run(&connection, &waiting()).await;
    insert_entry(&connection).await;
    insert_beside(&connection).await;
    connection.close().await.unwrap();
}

async fn holds_everything(store: &SqlStore) {
    let acme = org("acme");
    for run in [shadowed(), waiting()] {
        assert_eq!(store.run(&acme, &run.id).await, Ok(Some(run)));
    }
    let shadow = RunFilter { reason: Some(NoActionReason::Shadow.as_str()), ..RunFilter::default() };
    let found = store.runs(&acme, &shadow, None, 10).await.unwrap().runs;
    assert_eq!(found, [shadowed()], "the reason of what was there is filled in");
    assert!(store.text(&acme, &shadowed().id).await.unwrap().is_some());
    assert_eq!(store.effects(&acme, &waiting().id).await.unwrap().len(), 1);
    assert_eq!(verified(store, &acme).await.bodies_present, 1);
    assert_eq!(store.history(&acme, &shadowed().id).await.unwrap().len(), 1);
    assert_eq!(store.inbox(10).await.unwrap()[0].id, InboxId(Uuid::from_u128(6)));
    assert_eq!(store.keys().await.unwrap()[0].id, KeyId(Uuid::from_u128(7)));
    assert_eq!(store.key_generation().await, Ok(4));
    let person = PersonId(Uuid::from_u128(8));
    assert_eq!(store.mails_of(&acme, &person).await, Ok(vec![mail("ada@acme.com")]));
    let body = store.quarantined(&acme, &QuarantineId(Uuid::from_u128(9))).await.unwrap().unwrap();
    assert_eq!((body.digest, body.body, body.replayed), (Digest([3; 32]), vec![0, 255], None));
    assert_eq!(store.pauses().await, Ok(vec![]));
    let pruned = store.prune(&acme, At(START.0 + 1), 10).await.unwrap();
    assert_eq!((pruned.texts, pruned.clicks, pruned.bodies), (1, 0, 1), "what came before is erased like the rest");
}

/// Several programs of this version start at once on what the first version left.
async fn upgraded_at_once(url: &str) {
    old_database(url).await;
    let starts: Vec<_> = (1..=4)
        .map(|seed| {
            let url = url.to_owned();
            let ids = Arc::new(SeededIds::new(seed));
            tokio::spawn(async move { SqlStore::connect(&url, ids, StoreOptions::default()).await })
        })
        .collect();
    let mut stores = Vec::new();
    for start in starts {
        stores.push(start.await.unwrap().unwrap());
    }
    let steps = applied_steps(&stores[0].connections.writer).await.unwrap().unwrap();
    assert_eq!(steps, ["m0001_first", "m0002_operation"], "each step is applied once");
    holds_everything(&stores[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_brought_up_to_date_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    upgraded_at_once(&format!("sqlite://{}/store.db?mode=rwc", folder.path().display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_brought_up_to_date_on_postgres() {
    if let Some(url) = test_support::postgres_schema("upgrade").await {
        upgraded_at_once(&url).await;
    }
}
