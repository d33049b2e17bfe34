//! The store on PostgreSQL: the contract, and what is peculiar to a server. `COUNTERSIGN_TEST_POSTGRES` is the URL of a
//! server on which schemas may be made; without it these tests say that they were left out.

mod support;

use std::sync::Arc;

use countersign_domain::ports::{Opened, Queries, Store, StoreError};
use countersign_store::StoreOptions;
use countersign_testkit::store_contract::{Subject, fresh_run, fresh_run_of, ledger::verified, org, queue, received};
use support::{connect, other_program, run};

/// The URL of an empty schema of this case's own.
async fn schema(case: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else {
        eprintln!("left out: {case} on PostgreSQL, for COUNTERSIGN_TEST_POSTGRES is not set");
        return None;
    };
    // A name holds 63 characters; the process makes it unique among test runs on one server.
    let name = format!("t{}_{}", std::process::id(), &case[..case.len().min(50)]);
    let program = other_program(&server).await;
    run(&program, &format!("DROP SCHEMA IF EXISTS {name} CASCADE")).await;
    run(&program, &format!("CREATE SCHEMA {name}")).await;
    program.close().await.expect("the connection closes");
    let joint = if server.contains('?') { '&' } else { '?' };
    Some(format!("{server}{joint}options[search_path]={name}&application_name={name}"))
}

async fn postgres(case: &str) -> Option<Subject> {
    let url = schema(case).await?;
    Some(Subject::new(connect(&url, 1, StoreOptions::default()).await.expect("connects")))
}

countersign_testkit::store_contract!(postgres);

/// The server's clock gives the leases.
#[tokio::test]
async fn a_clock_that_jumps_ends_no_lease() {
    if let Some(subject) = postgres("a_clock_that_jumps_ends_no_lease").await {
        queue::a_clock_that_jumps_ends_no_lease(&subject.store).await;
    }
}

/// A schema that a later version has written is left alone.
#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(url) = schema("a_newer_schema_is_refused").await else { return };
    connect(&url, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let program = other_program(&url).await;
    run(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let refused = connect(&url, 2, StoreOptions::default()).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(words)) if words.contains("m9999_later")));
}

/// Programs that start at once on a new schema all find it made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_at_once_are_safe() {
    let Some(url) = schema("migrations_at_once_are_safe").await else { return };
    let starts: Vec<_> = (1..=6)
        .map(|seed| {
            let url = url.clone();
            tokio::spawn(async move { connect(&url, seed, StoreOptions::default()).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap();
        assert_eq!(store.ping().await, Ok(()));
    }
}

/// Two nodes that take in the same tickets of several organisations open each once, and keep each chain whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_keep_one_chain() {
    let Some(url) = schema("two_nodes_keep_one_chain").await else { return };
    let stores = [
        Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap()),
        Arc::new(connect(&url, 2, StoreOptions::default()).await.unwrap()),
    ];
    let names = ["acme", "globex", "initech"];
    let mut writers = Vec::new();
    for number in 0..240_u128 {
        let store = stores[(number % 2) as usize].clone();
        let name = names[(number / 2 % 3) as usize];
        let run = fresh_run_of(name, number + 1, Some(&(number / 6).to_string()));
        writers.push(tokio::spawn(async move { store.open(&run, None, vec![received(&run)], vec![]).await.unwrap() }));
    }
    let mut new = 0;
    for writer in writers {
        new += usize::from(matches!(writer.await.unwrap(), Opened::New(_)));
    }
    assert_eq!(new, 120);
    for name in names {
        assert_eq!(verified(stores[0].as_ref(), &org(name)).await.entries, 40);
    }
}

/// A server that is not there, or refuses the user, is named without the password.
#[tokio::test]
async fn an_unreachable_server_says_so() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/x");
    let options = StoreOptions { connect_timeout: std::time::Duration::from_millis(200), ..StoreOptions::default() };
    let Some(StoreError::Unavailable(words)) = connect(&url, 1, options).await.err() else { panic!("it connected") };
    assert!(words.contains("database") && !words.contains("hunter2"), "{words}");
}

/// A write after the server's end of the connection was cut is refused or written, and the next one goes through.
#[tokio::test]
async fn a_cut_connection_is_replaced() {
    let Some(url) = schema("a_cut_connection_is_replaced").await else { return };
    let store = connect(&url, 1, StoreOptions::default()).await.unwrap();
    let first = fresh_run(1, None);
    store.open(&first, None, vec![received(&first)], vec![]).await.unwrap();
    let program = other_program(&url).await;
    let own = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()";
    run(&program, own).await;
    let second = fresh_run(2, None);
    let written = store.open(&second, None, vec![received(&second)], vec![]).await;
    assert!(matches!(written, Ok(_) | Err(StoreError::Unavailable(_))), "{written:?}");
    let third = fresh_run(3, None);
    store.open(&third, None, vec![received(&third)], vec![]).await.unwrap();
    let there = 2 + u64::from(written.is_ok());
    assert_eq!(verified(&store, &org("acme")).await.entries, there);
}
