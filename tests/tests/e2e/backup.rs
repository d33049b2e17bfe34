//! Backups are taken while the service works and restored without anything being done twice; two processes may bring the
//! same store up to date at once.

use anyhow::{Context, ensure};
use countersign_tests::{APPROVER, Bed, Raised, Settings, text_of, ticket, until};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::Value;
use std::{os::unix::fs::PermissionsExt, path::Path};

const LOST: &str = "I lost my authenticator app. Please reset my MFA.";
const GROUP: &str = "Please add me to the group Engineering-Docs. I need the design documents.";

async fn approved(bed: &Bed, who: &str, words: &str) -> anyhow::Result<Raised> {
    let raised = bed.raise(ticket(&format!("{who}@acme.com"), "Please help", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    Ok(raised)
}

/// Has the stage's configuration name the copy as the store.
fn point_at(bed: &Bed, copy: &Path) -> anyhow::Result<()> {
    bed.reconfigure(&bed.database().display().to_string(), &copy.display().to_string())
}

/// The ledger's end at present, as `ledger verify --head` takes it.
async fn head(bed: &Bed) -> anyhow::Result<String> {
    let entries = bed.entries().await?;
    let last = entries.last().context("no entries")?;
    Ok(format!("{}:{}", last["seq"], text_of(last, "/hash")))
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_backup_executes_nothing_until_it_is_resumed_and_then_looks_first() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    bed.on_config(&["pause"]).await?.well()?;
    let lost = approved(&bed, "sarah.chen", LOST).await?;
    let group = approved(&bed, "lukas.brandt", GROUP).await?;
    for raised in [&lost, &group] {
        bed.until_status(&raised.run, "executing").await?;
        bed.until_card_without_buttons(&raised.run).await?;
    }
    let known = head(&bed).await?;
    let elsewhere = tempfile::tempdir()?;
    let copy = elsewhere.path().join("copy.db");
    let name = copy.display().to_string();
    let said = bed.on_config(&["backup", &name, "--json"]).await?.well()?.lines()?;
    ensure!(said[0]["runs"] == 2 && said[0]["file"] == name.as_str(), "{said:?}");
    // After the backup one of the two is done, the other is not; then the machine is lost.
    bed.on_config(&["pause", "--runbook", "RB-013"]).await?.well()?;
    bed.on_config(&["resume"]).await?.well()?;
    bed.until_done(&lost.run, "succeeded").await?;
    bed.service_mut()?.cut()?;
    let (okta, entra) = (bed.changes("okta"), bed.changes("graph"));
    assert_eq!(entra, 0, "the runbook that is paused was executed");
    point_at(&bed, &copy)?;
    bed.on_config(&["ledger", "verify", "--head", &known]).await?.well()?;
    bed.serve_with(&["--paused"]).await?;
    for raised in [&lost, &group] {
        assert_eq!(bed.run(&raised.run).await?["status"], "executing");
    }
    // Other work goes through meanwhile.
    let words = "Please assign me a Power BI Pro licence for the quarterly report.";
    let other = bed.raise(ticket("sarah.chen@acme.com", "Power BI Pro", words)).await?;
    until("a note is written by the restored service", async || Ok(bed.notes(other.ticket).first().cloned())).await?;
    assert_eq!((bed.changes("okta"), bed.changes("graph")), (okta, entra), "the restored service executed something");
    bed.on_config(&["resume"]).await?.well()?;
    bed.until_done(&group.run, "succeeded").await?;
    let found = bed.until_done(&lost.run, "succeeded").await?;
    assert_eq!(found["outcomes"][0]["result"], "already_done", "{found:#}");
    assert_eq!(bed.changes("okta"), okta, "what was done after the backup is done again");
    let groups = bed.user("graph", "lukas.brandt@acme.com")?["groups"].to_string();
    assert!(groups.contains("Engineering-Docs"), "{groups}");
    for raised in [&lost, &group] {
        bed.one_of_each(raised)?;
    }
    bed.on_config(&["ledger", "verify", "--head", &known]).await?.well()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_while_tickets_come_in_holds_what_was_answered_before() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let before = bed.raise(ticket("tom.okafor@acme.com", "New phone", LOST)).await?;
    let elsewhere = tempfile::tempdir()?;
    let copies: Vec<_> = (0..4).map(|n| elsewhere.path().join(format!("copy{n}.db"))).collect();
    let names: Vec<_> = copies.iter().map(|copy| copy.display().to_string()).collect();
    let people = ["sarah.chen", "priya.nair", "lukas.brandt", "bartosz.wilk", "maria.silva", "nadia.frost"];
    let raised = futures_util::future::try_join_all(
        people.map(|who| bed.raise(ticket(&format!("{who}@acme.com"), "New phone", LOST))),
    );
    let backups = futures_util::future::try_join_all(
        names.iter().map(|name| async { bed.on_config(&["backup", name]).await?.well() }),
    );
    let (raised, backups) = tokio::try_join!(raised, backups)?;
    for (said, copy) in backups.iter().zip(&copies) {
        assert!(said.out.contains("is a sound copy"), "{}", said.out);
        let mode = copy.metadata()?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read the copy: {mode:o}");
    }
    for one in &raised {
        bed.until_card(&one.run, 1).await?;
    }
    bed.stop().await?;
    let original = bed.database();
    for copy in &copies {
        let text = std::fs::read_to_string(&bed.config)?;
        std::fs::write(&bed.config, text.replace(&original.display().to_string(), &copy.display().to_string()))?;
        bed.on_config(&["ledger", "verify"]).await?.well()?;
        let runs = bed.on_config(&["runs", "list", "--json"]).await?.well()?.lines()?;
        assert!(runs.iter().any(|run| run["runId"] == before.run.as_str()), "{runs:#?}");
        std::fs::write(&bed.config, text)?;
    }
    let left: Vec<_> = std::fs::read_dir(elsewhere.path())?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.contains("part"))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "half a backup is left behind");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_that_cannot_be_made_says_what_to_do() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let there = bed.write("there.db", "somebody's work")?;
    let nowhere = bed.folder.path().join("no/such/folder/copy.db");
    let itself = bed.database();
    for (target, words) in [
        (&there, &["is there already", "choose another name"][..]),
        (&nowhere, &["no file can be made in", "make the folder"]),
        (&itself, &["is there already", "choose another name"]),
    ] {
        let name = target.display().to_string();
        let said = bed.on_config(&["backup", &name]).await?;
        assert_eq!(said.code, 1, "{said:?}");
        for word in words {
            assert!(said.err.contains(word), "{word:?} is missing: {}", said.err);
        }
    }
    assert_eq!(std::fs::read_to_string(&there)?, "somebody's work");
    let said = bed.on_config(&["backup"]).await?;
    assert_eq!(said.code, 2, "where to is not said: {said:?}");
    let Some(fresh) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    let target = fresh.folder.path().join("copy.db").display().to_string();
    let said = fresh.on_config(&["backup", &target]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("countersign.db"), "the store that is not there is named: {}", said.err);
    assert!(!fresh.database().exists() && !Path::new(&target).exists(), "a backup makes no store");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_of_postgresql_is_left_to_its_own_program() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default().on_postgres()).await? else { return Ok(()) };
    let target = bed.folder.path().join("copy.db").display().to_string();
    let said = bed.on_config(&["backup", &target]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("pg_dump") && said.err.contains("pg_restore"), "{}", said.err);
    assert!(!Path::new(&target).exists());
    Ok(())
}

/// The stage's database, as another program sees it.
async fn opened(bed: &Bed) -> anyhow::Result<DatabaseConnection> {
    let url = match bed.environment.get("STORAGE_URL") {
        Some(url) => url.clone(),
        None => format!("sqlite://{}?mode=rw", bed.database().display()),
    };
    Ok(Database::connect(url).await?)
}

async fn applied(bed: &Bed) -> anyhow::Result<Vec<String>> {
    let database = opened(bed).await?;
    let rows = database.query_all_raw(sea_orm::Statement::from_string(
        database.get_database_backend(),
        "SELECT version FROM seaql_migrations ORDER BY version",
    ));
    let rows = rows.await?.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?;
    database.close().await?;
    Ok(rows)
}

/// Takes the store back to the schema of the first version; what stands in the first version's tables stays.
async fn as_the_first_version(bed: &Bed) -> anyhow::Result<()> {
    let database = opened(bed).await?;
    for statement in [
        "DROP TABLE pause",
        "DROP INDEX run_reason",
        "DROP INDEX run_words",
        "DROP INDEX quarantine_open",
        "DROP INDEX quarantine_age",
        "DROP INDEX inbox_done",
        "ALTER TABLE run DROP COLUMN reason",
        "ALTER TABLE run DROP COLUMN erased",
        "ALTER TABLE quarantine DROP COLUMN replayed_at",
        "ALTER TABLE quarantine DROP COLUMN replayed_run",
        "DELETE FROM seaql_migrations WHERE version = 'm0002_operation'",
    ] {
        database.execute_unprepared(statement).await.with_context(|| statement.to_owned())?;
    }
    Ok(database.close().await?)
}

/// The commands that make a store where there is none.
const MAKE: [&[&str]; 6] = [&["key", "create", "--name", "many", "--scope", "run:read"]; 6];

/// Commands that need one.
const OPEN: [&[&str]; 6] = [
    &["key", "list"],
    &["runs", "list"],
    &["ledger", "verify"],
    &["key", "list"],
    &["quarantine", "list"],
    &["runs", "list"],
];

/// Several commands open the store at the same time; each of them ends well.
async fn opened_at_once(bed: &Bed, commands: [&[&str]; 6]) -> anyhow::Result<()> {
    let said = futures_util::future::try_join_all(commands.map(|command| bed.on_config(command))).await?;
    for (said, command) in said.into_iter().zip(commands) {
        said.well().with_context(|| format!("{command:?}"))?;
    }
    Ok(())
}

async fn brought_up_to_date(settings: Settings) -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(settings).await? else { return Ok(()) };
    for command in [&["runs", "list"][..], &["quarantine", "list"], &["pause"], &["resume"]] {
        let said = bed.on_config(command).await?;
        assert!(said.code == 1 && said.err.contains("start the service first"), "{command:?}: {said:?}");
    }
    assert!(!bed.database().exists(), "a pause of a store that is not there makes one");
    opened_at_once(&bed, MAKE).await?;
    let steps = applied(&bed).await?;
    assert_eq!(steps.iter().collect::<std::collections::BTreeSet<_>>().len(), steps.len(), "{steps:?}");
    bed.make_keys().await?;
    bed.serve().await?;
    let lost = bed.raise(ticket("sarah.chen@acme.com", "New phone", LOST)).await?;
    bed.until_card(&lost.run, 1).await?;
    let printer = bed.raise(ticket("priya.nair@acme.com", "Printer", "The printer has a paper jam again.")).await?;
    bed.until_done(&printer.run, "no_action").await?;
    let known = head(&bed).await?;
    bed.stop().await?;
    as_the_first_version(&bed).await?;
    let lines = bed.on_config(&["check", "--json"]).await?.well()?.lines()?;
    let storage: Vec<&Value> = lines.iter().filter(|line| line["what"] == "storage").collect();
    assert!(storage.len() == 1 && text_of(storage[0], "/says").contains("the next start"), "{lines:#?}");
    let report = bed.on_config(&["classify", "--report"]).await?;
    assert!(report.code == 1 && report.err.contains("of an earlier version, and was not opened"), "{report:?}");
    assert_eq!(applied(&bed).await?, ["m0001_first"], "neither a check nor a report changes a schema");
    // A service and commands beside it.
    let (service, commands) = tokio::join!(bed.another(), opened_at_once(&bed, OPEN));
    commands?;
    drop(service?);
    assert_eq!(applied(&bed).await?, steps, "each step is applied once");
    bed.on_config(&["ledger", "verify", "--head", &known]).await?.well()?;
    bed.serve().await?;
    assert_eq!(
        bed.run(&printer.run).await?["reason"],
        "nothing_asked",
        "what was there before is listed by its reason"
    );
    let listed = bed.get("/api/v1/runs?reason=nothing_asked").await?;
    assert_eq!(listed["runs"].as_array().map(Vec::len), Some(1), "{listed}");
    bed.approve(&lost.run, APPROVER).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    bed.one_of_each(&lost)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_bring_a_store_up_to_date_at_once() -> anyhow::Result<()> {
    brought_up_to_date(Settings::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_bring_a_store_up_to_date_at_once_on_postgresql() -> anyhow::Result<()> {
    brought_up_to_date(Settings::default().on_postgres()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_start_at_once_on_an_empty_postgresql_database() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::prepare(Settings::default().on_postgres()).await? else { return Ok(()) };
    let (one, other) = tokio::join!(bed.another(), bed.another());
    drop((one?, other?));
    bed.make_keys().await?;
    bed.serve().await?;
    let lost = approved(&bed, "sarah.chen", LOST).await?;
    bed.until_done(&lost.run, "succeeded").await?;
    bed.one_of_each(&lost)
}
