//! The same ticket from many places at once.

use anyhow::{Context, ensure};
use countersign_tests::{APPROVER, Bed, Settings, ticket};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const CONNECTIONS: usize = 64;
const DELIVERIES: usize = 1_000;

/// Sends the same request again and again over one connection, and returns every answer.
async fn deliver(addr: String, request: Vec<u8>, times: usize) -> anyhow::Result<Vec<Value>> {
    let stream = TcpStream::connect(&addr).await?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut answers = Vec::new();
    for _ in 0..times {
        write.write_all(&request).await?;
        answers.push(answer(&mut read).await?);
    }
    Ok(answers)
}

async fn answer(read: &mut (impl AsyncBufReadExt + Unpin)) -> anyhow::Result<Value> {
    let mut line = String::new();
    read.read_line(&mut line).await?;
    ensure!(line.starts_with("HTTP/1.1 200 "), "answered with {line:?}");
    let mut length = 0;
    loop {
        line.clear();
        read.read_line(&mut line).await?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().context("no length")?;
        }
    }
    let mut body = vec![0; length];
    read.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

async fn storm(bed: &Bed) -> anyhow::Result<()> {
    let mut new = ticket("sarah.chen@acme.com", "New phone", "I lost my authenticator app. Please reset my MFA.");
    new.quiet = true;
    let number = bed.sandbox.raise_ticket(new).await?.id;
    let addr = bed.base()?.replace("http://", "");
    let body = json!({"source": "freshservice", "ticket": {
        "ticketId": number.to_string(), "subject": "New phone",
        "description": "I lost my authenticator app. Please reset my MFA.", "requesterEmail": "sarah.chen@acme.com",
    }})
    .to_string();
    let request = format!(
        "POST /api/v1/tickets/ingest HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        bed.key,
        body.len()
    );
    let mut tasks = Vec::new();
    for place in 0..CONNECTIONS {
        let times = DELIVERIES / CONNECTIONS + usize::from(place < DELIVERIES % CONNECTIONS);
        tasks.push(tokio::spawn(deliver(addr.clone(), request.clone().into_bytes(), times)));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await??);
    }
    assert_eq!(answers.len(), DELIVERIES);
    let runs: BTreeSet<_> = answers.iter().filter_map(|answer| answer["runId"].as_str()).collect();
    assert_eq!(runs.len(), 1, "several runs: {runs:?}");
    let first = answers.iter().filter(|answer| answer["duplicate"] == false).count();
    assert_eq!(first, 1, "{first} deliveries were the first");
    let run = runs.first().context("no run")?;
    bed.until_card(run, 1).await?;
    bed.approve(run, APPROVER).await?;
    bed.until_done(run, "succeeded").await?;
    bed.note(number)?;
    assert_eq!(bed.messages().len(), 1);
    let listed = bed.get("/api/v1/runs").await?;
    assert_eq!(listed["runs"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(bed.succeeded("okta", "POST", "/api/v1/users/{id}/lifecycle/reset_factors"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn thousand_concurrent_deliveries_are_one_run() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    storm(&bed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn thousand_concurrent_deliveries_are_one_run_on_postgresql() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default().on_postgres()).await? else { return Ok(()) };
    storm(&bed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tickets_at_once_each_get_their_own_card_and_note() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let people = ["sarah.chen", "tom.okafor", "priya.nair", "lukas.brandt", "maria.silva", "bartosz.wilk", "alex.kim"];
    let raised = people.map(|who| {
        let words = "I have a new phone and lost my authenticator app. Please reset my MFA.";
        bed.raise(ticket(&format!("{who}@acme.com"), "New phone", words))
    });
    let raised = futures_util::future::try_join_all(raised).await?;
    for one in &raised {
        bed.until_card(&one.run, 1).await?;
    }
    futures_util::future::try_join_all(raised.iter().map(|one| bed.approve(&one.run, APPROVER))).await?;
    for one in &raised {
        bed.until_done(&one.run, "succeeded").await?;
        bed.one_of_each(one)?;
    }
    assert_eq!(bed.messages().len(), people.len());
    Ok(())
}
