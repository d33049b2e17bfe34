//! SIGTERM: what is in flight is finished, nothing new is taken.

use anyhow::ensure;
use countersign_tests::{APPROVER, Bed, Settings, ticket, until};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const WORDS: &str = "I lost my authenticator app. Please reset my MFA.";

#[tokio::test(flavor = "multi_thread")]
async fn request_in_flight_is_answered_and_then_the_process_ends_well() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let addr = bed.base()?.replace("http://", "");
    let body = json!({"ticket_id": 4242}).to_string();
    let head = format!(
        "POST /api/v1/tickets/ingest HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        bed.key,
        body.len()
    );
    let mut stream = TcpStream::connect(&addr).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body.as_bytes()[..5]).await?;
    // The service has the head once it has taken another request after it.
    bed.get("/api/v1/runs").await?;
    bed.service_mut()?.ask_to_stop()?;
    until("the service takes no new connection", async || Ok(TcpStream::connect(&addr).await.is_err().then_some(())))
        .await?;
    stream.write_all(&body.as_bytes()[5..]).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "answered {answer:?}");
    let status = bed.service_mut()?.ended().await?;
    assert_eq!(status.code(), Some(0));
    bed.serve().await?;
    let runs = bed.get("/api/v1/runs").await?;
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(1), "what was answered is there: {runs}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn executing_step_finishes_before_the_end() -> anyhow::Result<()> {
    let settings = Settings::default().with_short_leases();
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    let raised = bed.raise(ticket("sarah.chen@acme.com", "New phone", WORDS)).await?;
    bed.until_card(&raised.run, 1).await?;
    // The read before the step hangs for as long as a request may: the step is under way meanwhile.
    bed.sandbox.inject(json!({"vendor": "freshservice", "match": "GET /api/v2/tickets/*", "do": "hang"}))?;
    bed.approve(&raised.run, APPROVER).await?;
    until("the step is under way", async || {
        let run = bed.run(&raised.run).await?;
        Ok((run["status"] == "executing").then_some(()))
    })
    .await?;
    bed.service_mut()?.ask_to_stop()?;
    let status = bed.service_mut()?.ended().await?;
    assert_eq!(status.code(), Some(0));
    bed.serve().await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.one_of_each(&raised)?;
    assert_eq!(bed.arrived("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_service_ends_at_once_and_well() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    // A peer that connected and says nothing does not hold it up.
    let _silent = TcpStream::connect(bed.base()?.replace("http://", "")).await?;
    bed.service_mut()?.ask_to_stop()?;
    let status = bed.service_mut()?.ended().await?;
    assert_eq!(status.code(), Some(0));
    bed.on_config(&["ledger", "verify"]).await?.well()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_in_the_middle_of_everything_loses_nothing() -> anyhow::Result<()> {
    let Some(mut bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let mut raised = Vec::new();
    for who in ["sarah.chen", "tom.okafor", "lukas.brandt"] {
        raised.push(bed.raise(ticket(&format!("{who}@acme.com"), "New phone", WORDS)).await?);
    }
    for again in 0..2 {
        bed.service_mut()?.ask_to_stop()?;
        assert_eq!(bed.service_mut()?.ended().await?.code(), Some(0));
        bed.serve().await?;
        for one in raised.iter().filter(|_| again == 0) {
            bed.until_card(&one.run, 1).await?;
            bed.approve(&one.run, APPROVER).await?;
        }
    }
    for one in &raised {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
    }
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 3);
    Ok(())
}
