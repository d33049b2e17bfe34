//! The program at rest: its memory, and how long it takes to start, alone and with many runs waiting.

use crate::{
    Stage,
    deployment::{Deployment, Made},
    machine::now,
    report::{Figure, Floor, Report},
    seeding,
    service::Service,
};

/// Runs that await approval when the start is measured again.
const WAITING: u32 = 100_000;

/// Starts of each kind.
const STARTS: u32 = 3;

/// Usual concurrency: nothing is due, but the loops that would do it run.
const CONCURRENCY: usize = 64;

const READY: &str = "ready after start, empty store";

/// Measures both.
pub(crate) async fn measure(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let deployment = Deployment::new(stage, Made { concurrency: CONCURRENCY, ..Made::default() })?;
    // The first start makes the schema; both kinds are measured.
    let first = Service::start(&deployment).await?;
    report.add(Figure::new("ready after the very first start", "s", vec![first.ready]));
    first.cut().await?;
    let (ready, resident) = starts(&deployment).await?;
    let alone = median(&ready);
    report.add(Figure::new(READY, "s", ready).with_floor(Floor::AtMost(1.0)));
    report.add(Figure::new("memory at rest, empty store", "MiB", resident).with_floor(Floor::AtMost(60.0)));

    let waiting = if stage.short { WAITING / 20 } else { WAITING };
    let deployment = Deployment::new(stage, Made { concurrency: CONCURRENCY, ..Made::default() })?;
    let begun = now();
    seeding::seed(&deployment.storage, waiting).await?;
    let seconds = now().duration_since(begun).as_secs_f64();
    report.remark(format!("{waiting} runs awaiting approval were written to the store in {seconds:.1} s"));
    let (ready, resident) = starts(&deployment).await?;
    let name = format!("{waiting} runs awaiting approval");
    report.add(Figure::new(format!("ready after start, {name}"), "s", ready).with_floor(Floor::AtMost(alone + 1.0)));
    report.add(Figure::new(format!("memory at rest, {name}"), "MiB", resident).with_floor(Floor::AtMost(60.0)));
    Ok(())
}

/// Seconds until ready and memory in MiB a moment later, of several starts.
async fn starts(deployment: &Deployment) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let (mut ready, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let service = Service::start(deployment).await?;
        ready.push(service.ready);
        // Its first sweep belongs to being at rest.
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        resident.push(service.resident()?);
        service.cut().await?;
    }
    Ok((ready, resident))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
