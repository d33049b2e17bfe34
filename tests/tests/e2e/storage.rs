//! A database that is newer, locked, in a place that cannot be written, or in use by another service.

use countersign_tests::{Bed, Settings, text_of, ticket};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn database_of_a_newer_version_is_refused_and_left_as_it_is() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    bed.on_config(&["key", "list"]).await?.well()?;
    let file = Database::connect(format!("sqlite://{}", bed.database().display())).await?;
    file.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_tomorrow', 0)")
        .await?;
    file.close().await?;
    let before = std::fs::read(bed.database())?;
    for command in [&["serve"][..], &["key", "list"], &["ledger", "verify"]] {
        let said = bed.on_config(command).await?;
        assert_eq!(said.code, 1, "{command:?}: {said:?}");
        assert!(said.err.contains("newer version") && said.err.contains("m9999_of_tomorrow"), "{}", said.err);
    }
    assert_eq!(std::fs::read(bed.database())?, before, "it was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_database_is_a_503_and_nothing_is_lost() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "I lost my authenticator app. Please reset my MFA.";
    let first = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    bed.until_card(&first.run, 1).await?;
    let mut quiet = ticket("tom.okafor@acme.com", "New phone", words);
    quiet.quiet = true;
    let number = bed.sandbox.raise_ticket(quiet).await?.id;
    let file = Database::connect(format!("sqlite://{}?mode=rw", bed.database().display())).await?;
    file.execute_unprepared("BEGIN IMMEDIATE").await?;
    let body = json!({"ticket_id": number}).to_string();
    let refused = bed.ingest("application/json", body.clone()).await?;
    assert_eq!((refused.status, refused.kind.as_str()), (503, "application/problem+json"), "{}", refused.body);
    assert_eq!(bed.run(&first.run).await?["status"], "awaiting_approval", "reading goes on");
    file.execute_unprepared("ROLLBACK").await?;
    file.close().await?;
    let taken = bed.ingest("application/json", body).await?;
    assert_eq!(taken.status, 200, "{}", taken.body);
    bed.until_card(text_of(&taken.body, "/runId"), 1).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn place_that_cannot_be_written_is_named() -> anyhow::Result<()> {
    // Not even an administrator can make files there.
    let settings = Settings::default().edit("url = \"sqlite://", "url = \"sqlite:///proc/nowhere/");
    let Some(bed) = Bed::prepare(settings).await? else { return Ok(()) };
    for command in ["serve", "check"] {
        let said = bed.on_config(&[command]).await?;
        assert_eq!(said.code, 1, "{said:?}");
        let text = format!("{}{}", said.out, said.err);
        assert!(text.contains("/proc/nowhere"), "{text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_is_no_database_is_refused() -> anyhow::Result<()> {
    let Some(bed) = Bed::prepare(Settings::default()).await? else { return Ok(()) };
    bed.write("countersign.db", &"This is somebody's diary.\n".repeat(400))?;
    let said = bed.on_config(&["serve"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("not a database"), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn second_service_on_the_same_file_is_refused() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let said = bed.on_config(&["serve"]).await?;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("another countersign service"), "{}", said.err);
    assert_eq!(bed.call("GET", "/readyz", "", None).await?.status, 200, "the first one goes on");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_in_one_file() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let words = "I lost my authenticator app. Please reset my MFA.";
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", words)).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.service_mut()?.ask_to_stop()?;
    bed.service_mut()?.ended().await?;
    let elsewhere = tempfile::tempdir()?;
    let copy = elsewhere.path().join("copy.db");
    std::fs::copy(bed.database(), &copy)?;
    let text = std::fs::read_to_string(&bed.config)?;
    std::fs::write(&bed.config, text.replace(&bed.database().display().to_string(), &copy.display().to_string()))?;
    bed.serve().await?;
    assert_eq!(bed.run(&raised.run).await?["status"], "awaiting_approval");
    bed.approve(&raised.run, countersign_tests::APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)
}
