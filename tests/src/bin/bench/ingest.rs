//! Taking tickets in, durably: rate, latency, and whether everything that was answered is still there after a kill.

use anyhow::{Context, ensure};
use std::time::Duration;

use crate::{
    Stage, database,
    deployment::{Deployment, Made},
    limits::{INSERTS, POST_32, POST_256, SYNCS},
    load::{Volley, connect, volley},
    machine::number,
    report::{Figure, Floor, Report},
    service::Service,
    tickets::Tickets,
};

/// Tickets a second that SQLite must reach with 256 connections.
const SQLITE_FLOOR: f64 = 5_000.0;

/// The number of the volley during which the service is killed; the measured ones count up from 1.
const LAST: u16 = 999;

/// On SQLite.
pub(crate) async fn measure_sqlite(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    for connections in [32, 256] {
        let deployment = Deployment::new(stage, Made::default())?;
        let floor = (connections == 256).then_some(Floor::AtLeast(SQLITE_FLOOR));
        measure(stage, &deployment, ("SQLite", connections, floor), report).await?;
    }
    Ok(())
}

/// On PostgreSQL, where there is one.
pub(crate) async fn measure_postgres(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let Some(postgres) = &stage.postgres else {
        report.remark("PostgreSQL was left out: COUNTERSIGN_BENCH_POSTGRES names no server".to_owned());
        return Ok(());
    };
    for connections in [32, 256] {
        let name = format!("countersign_bench_{connections}");
        let deployment =
            Deployment::new(stage, Made { storage: Some(postgres.create(&name).await?), ..Made::default() })?;
        measure(stage, &deployment, ("PostgreSQL", connections, None), report).await?;
        postgres.remove(&name).await?;
    }
    Ok(())
}

async fn measure(
    stage: &Stage,
    deployment: &Deployment,
    (kind, connections, floor): (&str, usize, Option<Floor>),
    report: &mut Report,
) -> anyhow::Result<()> {
    let name = format!("ingest, {kind}, {connections} connections");
    let tickets = Tickets::with_key(&deployment.key("ticket:ingest", None).await?);
    let service = Service::start(deployment).await?;
    let warm_up = volley(connect(service.addr, connections).await?, &tickets, 0, stage.time / 4).await?;
    let (mut volleys, mut costs) = (Vec::new(), Vec::new());
    for run in 1..=stage.runs {
        let wires = connect(service.addr, connections).await?;
        let before = service.busy()?;
        let volley = volley(wires, &tickets, u16::try_from(run)?, stage.time).await?;
        costs.push((service.busy()? - before) * 1_000_000.0 / number(volley.taken.len()).max(1.0));
        volleys.push(volley);
    }
    let each = |value: &dyn Fn(&Volley) -> f64| volleys.iter().map(value).collect::<Vec<f64>>();
    let post = if connections == 256 { POST_256 } else { POST_32 };
    let rate = Figure::new(&name, "tickets/s", each(&Volley::rate)).beside(&[post, INSERTS, SYNCS]);
    report.add(match floor {
        Some(floor) => rate.with_floor(floor),
        None => rate,
    });
    report.add(Figure::new(format!("{name}, p50"), "ms", each(&|volley| volley.within(50))));
    report.add(Figure::new(format!("{name}, p99"), "ms", each(&|volley| volley.within(99))));
    report.add(Figure::new(format!("{name}, processor time"), "us/ticket", costs));
    report.add(Figure::new(format!("{name}, memory after"), "MiB", vec![service.resident()?]));
    volleys.push(warm_up);
    for volley in &volleys {
        ensure!(volley.trouble.is_none(), "{name}: {}", volley.trouble.as_deref().unwrap_or_default());
    }
    service.cut().await?;
    let taken: Vec<u64> = volleys.iter().flat_map(|volley| &volley.taken).copied().collect();
    let held = database::tickets(&deployment.storage).await.context("the store cannot be read after the kill")?;
    let missing = taken.iter().filter(|ticket| !held.contains(ticket)).count();
    ensure!(missing == 0, "{name}: {missing} of {} tickets answered with 200 are gone after the kill", taken.len());
    ensure!(held.len() == taken.len(), "{name}: {} answers of 200, but {} runs", taken.len(), held.len());
    report.remark(format!("{name}: {} answers of 200, as many runs after kill -9", taken.len()));
    killed_under_load(deployment, &tickets, (&name, connections), held.len(), report).await
}

/// Kills the service in the middle of a volley: whatever was answered must be there.
async fn killed_under_load(
    deployment: &Deployment,
    tickets: &Tickets,
    (name, connections): (&str, usize),
    before: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let service = Service::start(deployment).await?;
    let (wires, sent) = (connect(service.addr, connections).await?, tickets.clone());
    let load = tokio::spawn(async move { volley(wires, &sent, LAST, Duration::from_secs(30)).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.cut().await?;
    let cut = load.await??;
    ensure!(cut.refused == 0, "{name}: {}", cut.trouble.unwrap_or_default());
    let held = database::tickets(&deployment.storage).await.context("the store cannot be read after the kill")?;
    let missing = cut.taken.iter().filter(|ticket| !held.contains(ticket)).count();
    ensure!(missing == 0, "{name}: killed under load, {missing} of {} answered tickets are gone", cut.taken.len());
    let unanswered = (held.len() - before).saturating_sub(cut.taken.len());
    ensure!(unanswered <= connections, "{name}: {unanswered} runs more than requests were under way");
    let answered = cut.taken.len();
    report
        .remark(format!("{name}: killed under load, all {answered} answered tickets are there, {unanswered} besides"));
    Ok(())
}
