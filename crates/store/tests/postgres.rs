//! The store on PostgreSQL: the contract, and what is peculiar to a server. `COUNTERSIGN_TEST_POSTGRES` is the URL of a
//! server on which schemas may be made; without it these tests say that they were left out.

mod support;

use std::sync::Arc;

use countersign_domain::{
    effect::Ask,
    ports::{Change, ClaimRequest, Opened, Queries, Store, StoreError, Verdict},
};
use countersign_store::{SqlStore, StoreOptions, backup, examine};
use countersign_testkit::{
    builders::{START, digest},
    store_contract::{
        Subject, change, due, fresh_run, fresh_run_of, ledger::verified, org, pausing, queue, received, request,
    },
};
use support::{connect, other_program, run, steps};

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
    // Whoever was refused keeps nobody else out: neither by the lock nor by what it had begun.
    run(&program, "DELETE FROM seaql_migrations WHERE version = 'm9999_later'").await;
    assert!(connect(&url, 3, StoreOptions::default()).await.is_ok());
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
    let program = other_program(&url).await;
    assert_eq!(steps(&program).await, ["m0001_first", "m0002_operation"], "each step is applied once");
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

/// Claims on one node until a pause is seen there; how many it got.
async fn claims_until_paused(node: Arc<SqlStore>) -> u64 {
    let mut taken = 0;
    loop {
        match node.claim(ClaimRequest { limit: 2, ..request(START) }).await.expect("claims").len() {
            0 if !node.pauses().await.expect("reads").is_empty() => return taken,
            more => taken += more as u64,
        }
    }
}

/// A pause on one node holds the steps that another node would claim, from the moment it is acknowledged; whatever was
/// claimed before it is seen in flight.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_on_one_node_holds_another() {
    let Some(url) = schema("a_pause_on_one_node_holds_another").await else { return };
    let mut nodes = Vec::new();
    for seed in 1..=3 {
        nodes.push(Arc::new(connect(&url, seed, StoreOptions::default()).await.unwrap()));
    }
    let acme = org("acme");
    for number in 1..=400 {
        let run = fresh_run(number, None);
        let step = Ask::Perform { ordinal: 0, plan_digest: digest(1) };
        nodes[0].open(&run, None, vec![], due(0, &[step])).await.unwrap();
    }
    let workers: Vec<_> = nodes[1..].iter().map(|node| tokio::spawn(claims_until_paused(node.clone()))).collect();
    while nodes[0].steps_in_flight(&acme, None).await.unwrap() < 20 {
        tokio::task::yield_now().await;
    }
    nodes[0].commit(pausing::pause(&acme, None)).await.unwrap();
    let seen = nodes[0].steps_in_flight(&acme, None).await.unwrap();
    let mut taken = 0;
    for worker in workers {
        taken += worker.await.unwrap();
    }
    assert_eq!(taken, seen);
    nodes[0].commit(pausing::resume(&acme, None)).await.unwrap();
    assert_eq!(nodes[2].claim(ClaimRequest { limit: 1_000, ..request(START) }).await.unwrap().len() as u64, 400 - seen);
}

/// A pause waits for a claim that has read already that nothing is paused, and claims that come meanwhile wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_waits_for_the_claims_before_it() {
    let Some(url) = schema("a_pause_waits_for_the_claims_before_it").await else { return };
    let store = Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap());
    let acme = org("acme");
    let run_before = fresh_run(1, None);
    let step = Ask::Perform { ordinal: 0, plan_digest: digest(1) };
    store.open(&run_before, None, vec![], due(0, &[step])).await.unwrap();
    // What a claim on another node holds while it is under way.
    let other = other_program(&url).await;
    run(&other, "BEGIN").await;
    run(&other, "SELECT pg_advisory_xact_lock_shared(4845873307)").await;
    let pause = tokio::spawn({
        let (store, change): (_, Change) = (store.clone(), pausing::pause(&acme, None));
        async move { store.commit(change).await }
    });
    while waiting_for_a_lock(&other).await == 0 {
        tokio::task::yield_now().await;
    }
    run(&other, "UPDATE effect SET state = 1, fence = 1, lease_until = 9000000000000000").await;
    assert_eq!(store.pauses().await, Ok(vec![]), "it is not acknowledged");
    assert!(!pause.is_finished());
    run(&other, "COMMIT").await;
    pause.await.unwrap().unwrap();
    assert_eq!(store.steps_in_flight(&acme, None).await, Ok(1), "the claim that did not see it is seen");
}

/// Claims, and commits that claim, wait for a pause under way and heed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_wait_for_a_pause_under_way() {
    let Some(url) = schema("claims_wait_for_a_pause_under_way").await else { return };
    let store = Arc::new(connect(&url, 1, StoreOptions::default()).await.unwrap());
    let step = Ask::Perform { ordinal: 0, plan_digest: digest(1) };
    let waiting = fresh_run(1, None);
    store.open(&waiting, None, vec![], due(0, std::slice::from_ref(&step))).await.unwrap();
    let changing = fresh_run_of("acme", 2, None);
    store.open(&changing, None, vec![], vec![]).await.unwrap();
    let (_, write) = change(&changing);
    let write = Change { claim_for: Some(("worker-1".to_owned(), 60_000)), effects: due(0, &[step]), ..write };
    let other = other_program(&url).await;
    run(&other, "BEGIN").await;
    run(&other, "SELECT pg_advisory_xact_lock(4845873307)").await;
    run(&other, "INSERT INTO pause (org, runbook, since, by) VALUES ('acme', '', 0, '\"operator\"')").await;
    let claim = tokio::spawn({
        let store = store.clone();
        async move { store.claim(request(START)).await }
    });
    let commit = tokio::spawn({
        let store = store.clone();
        async move { store.commit(write).await }
    });
    while waiting_for_a_lock(&other).await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!claim.is_finished() && !commit.is_finished());
    run(&other, "COMMIT").await;
    assert_eq!(claim.await.unwrap(), Ok(vec![]));
    assert_eq!(commit.await.unwrap().unwrap().claimed, []);
}

/// A step whose lease ran out by the server's clock is in flight no more.
#[tokio::test]
async fn an_abandoned_step_is_in_flight_no_more() {
    let Some(url) = schema("an_abandoned_step_is_in_flight_no_more").await else { return };
    let store = connect(&url, 1, StoreOptions::default()).await.unwrap();
    let abandoned = fresh_run(1, None);
    let step = Ask::Perform { ordinal: 0, plan_digest: digest(1) };
    store.open(&abandoned, None, vec![], due(0, &[step])).await.unwrap();
    let short = ClaimRequest { lease_ms: 0, ..request(START) };
    assert_eq!(store.claim(short).await.unwrap().len(), 1);
    assert_eq!(store.steps_in_flight(&abandoned.org, None).await, Ok(0));
}

async fn waiting_for_a_lock(program: &sea_orm::DatabaseConnection) -> i64 {
    use sea_orm::ConnectionTrait;
    let text =
        "SELECT count(*) AS many FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 550906011";
    let statement = sea_orm::Statement::from_string(program.get_database_backend(), text);
    let row = program.query_one_raw(statement).await.expect("the locks can be read").expect("a count is a row");
    row.try_get("", "many").expect("a count is a number")
}

/// A server that a service can use is found sound; one that refuses is told with what to do, and no password.
#[tokio::test]
async fn a_server_is_examined() {
    let Some(url) = schema("a_server_is_examined").await else { return };
    let findings = examine(&url, &StoreOptions::default()).await.findings;
    let bad: Vec<_> = findings.iter().filter(|found| found.verdict == Verdict::Failed).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let schema = findings.iter().find(|found| found.what == "schema").unwrap();
    assert!(schema.says.contains("will be made"), "{schema:?}");
    connect(&url, 1, StoreOptions::default()).await.unwrap().shutdown().await;
    let findings = examine(&url, &StoreOptions::default()).await.findings;
    assert!(findings.iter().any(|found| found.what == "schema" && found.says == "is this version's"), "{findings:?}");
    let program = other_program(&url).await;
    run(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let findings = examine(&url, &StoreOptions::default()).await.findings;
    assert!(findings.iter().any(|found| found.verdict == Verdict::Failed && found.says.contains("m9999_later")));
    run(&program, "DELETE FROM seaql_migrations WHERE version <> 'm0001_first'").await;
    assert!(examine(&url, &StoreOptions::default()).await.outdated);
}

/// A backup of a server is its own program's business.
#[tokio::test]
async fn a_server_is_not_backed_up_here() {
    let folder = tempfile::tempdir().unwrap();
    let refused = backup("postgres://u:hunter2@127.0.0.1/x", &folder.path().join("copy.db")).await.unwrap_err();
    assert!(
        refused.to_string().contains("pg_dump --format=custom --serializable-deferrable --no-owner")
            && !refused.to_string().contains("hunter2"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
