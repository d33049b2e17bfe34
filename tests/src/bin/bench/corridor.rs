//! The whole corridor: tickets in, planned, approved through the API, executed, their notes written back. The vendors
//! are the sandbox's, within this process, and answer at once.

use anyhow::{Context, bail, ensure};
use countersign_sandbox::{NewTicket, Options, Sandbox, Vendor};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashSet, time::Duration};

use crate::{
    Stage,
    deployment::{Deployment, Made, desk},
    load::Wire,
    machine::{now, number},
    report::{Figure, Floor, Report},
    service::Service,
    tickets::{get, post},
};

/// Runs a second, from the first ticket to the last note.
const FLOOR: f64 = 200.0;

/// Effects that the program acts on at once.
const CONCURRENCY: usize = 64;

/// Connections that send tickets, and that decide.
const CONNECTIONS: usize = 16;

/// People who ask. Each asks for one group after the other, so that every ticket asks for a membership of its own while
/// the fake directory, which looks through everybody for each question, stays small enough to answer at once.
const PEOPLE: usize = 50;

/// Tickets of one desk. Freshservice lets a ticket be viewed 160 times a minute on its largest plan, and the program keeps
/// to that for each desk; every run views its ticket twice. So many tickets stay within what may be asked at once, and
/// the figure is the program's own.
const TICKETS_A_DESK: usize = 16;

/// How the groups' names begin.
const WAVE: &str = "proj-wave";

/// How often it is looked what there is to decide and what is done.
const GLANCE: Duration = Duration::from_millis(10);

/// How long a run of the benchmark may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Measures it several times, each with a sandbox, a store and a service of its own.
pub(crate) async fn measure(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let count = if stage.short { 100 } else { 1_000 };
    let (mut rates, mut resident, mut decided, mut costs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..stage.runs {
        let corridor = Corridor::prepare(stage, count).await?;
        let before = corridor.service.busy()?;
        let times = corridor.walk().await?;
        costs.push((corridor.service.busy()? - before) * 1_000.0 / number(count));
        rates.push(number(count) / times.noted);
        decided.push(number(count) / times.decided);
        resident.push(corridor.service.resident()?);
        corridor.check()?;
    }
    report.add(Figure::new("corridor, ingest to note", "runs/s", rates).with_floor(Floor::AtLeast(FLOOR)));
    report.add(Figure::new("corridor, ingest to approval", "runs/s", decided));
    report.add(Figure::new("corridor, processor time", "ms/run", costs));
    report.add(Figure::new("corridor, memory after", "MiB", resident));
    report.remark(format!("corridor: in each run {count} tickets, {count} memberships, {count} notes that say done"));
    Ok(())
}

/// A service between its vendors and its approver.
struct Corridor {
    service: Service,
    sandbox: Sandbox,
    tickets: Vec<u64>,
    requests: Vec<Vec<u8>>,
    reader: String,
    decider: String,
    _deployment: Deployment,
}

/// Seconds since the first ticket was sent.
struct Times {
    decided: f64,
    noted: f64,
}

impl Corridor {
    async fn prepare(stage: &Stage, count: usize) -> anyhow::Result<Self> {
        let sandbox = Sandbox::start(Options::default()).await?;
        let more_desks = count / TICKETS_A_DESK;
        let made = Made { sandbox: Some(&sandbox), concurrency: CONCURRENCY, more_desks, ..Made::default() };
        let deployment = Deployment::new(stage, made)?;
        let (sender, reader) = (deployment.key("ticket:ingest", None).await?, deployment.key("run:read", None).await?);
        let decider = deployment.key("run:decide", Some("mail:lead@acme.com")).await?;
        populate(&sandbox, count)?;
        let (mut tickets, mut requests) = (Vec::new(), Vec::new());
        for number in 0..count {
            let subject = "Group access";
            let description = format!("Please add {} to the group {}.", login(number), group(number));
            let raised = sandbox.raise_ticket(NewTicket {
                subject: subject.to_owned(),
                description: description.clone(),
                email: "tom.okafor@acme.com".to_owned(),
                source: 2,
                ..NewTicket::default()
            });
            let ticket = raised.await?.id;
            let body = json!({
                "source": desk(number / TICKETS_A_DESK),
                "ticket": {
                    "ticketId": ticket.to_string(), "subject": subject, "description": description,
                    "requesterEmail": "tom.okafor@acme.com",
                },
            });
            tickets.push(ticket);
            requests.push(post("/api/v1/tickets/ingest", &sender, &body.to_string()));
        }
        let service = Service::start(&deployment).await?;
        Ok(Self { service, sandbox, tickets, requests, reader, decider, _deployment: deployment })
    }

    async fn walk(&self) -> anyhow::Result<Times> {
        let begun = now();
        let since = || now().duration_since(begun).as_secs_f64();
        let walked = async {
            tokio::try_join!(self.send(), async { self.decide().await.map(|()| since()) }, async {
                self.await_notes().await.map(|()| since())
            },)
        };
        match tokio::time::timeout(PATIENCE, walked).await {
            Ok(done) => done.map(|((), decided, noted)| Times { decided, noted }),
            Err(_) => bail!("after {} s not every run has its note: {}", PATIENCE.as_secs(), self.standing().await?),
        }
    }

    async fn send(&self) -> anyhow::Result<()> {
        let share = self.requests.len().div_ceil(CONNECTIONS);
        try_join_all(self.requests.chunks(share).map(async |requests| {
            let mut wire = Wire::to(self.service.addr).await?;
            for request in requests {
                let reply = wire.call(request).await?;
                ensure!(reply.status == 200, "a ticket was answered with {}: {}", reply.status, words(reply.body));
            }
            anyhow::Ok(())
        }))
        .await?;
        Ok(())
    }

    /// Approves every run as soon as it awaits approval.
    async fn decide(&self) -> anyhow::Result<()> {
        let mut wires = try_join_all((0..CONNECTIONS).map(|_| Wire::to(self.service.addr))).await?;
        let mut lister = Wire::to(self.service.addr).await?;
        let mut seen = HashSet::new();
        while seen.len() < self.tickets.len() {
            let mut waiting = listed(&mut lister, &self.reader, "awaiting_approval").await?;
            waiting.retain(|run| seen.insert(run.run_id.clone()));
            if waiting.is_empty() {
                tokio::time::sleep(GLANCE).await;
                continue;
            }
            let share = waiting.len().div_ceil(CONNECTIONS);
            let decisions = wires.iter_mut().zip(waiting.chunks(share)).map(|(wire, runs)| self.approve(wire, runs));
            try_join_all(decisions).await?;
        }
        Ok(())
    }

    async fn approve(&self, wire: &mut Wire, runs: &[Listed]) -> anyhow::Result<()> {
        for run in runs {
            let plan = run.plan.as_ref().context("a run awaits approval without a plan")?;
            ensure!(plan.approvable, "a plan cannot be approved: {}", plan.blockers);
            let body = json!({"decision": "approve", "planDigest": plan.digest}).to_string();
            let reply =
                wire.call(&post(&format!("/api/v1/runs/{}/decision", run.run_id), &self.decider, &body)).await?;
            ensure!(reply.status == 200, "an approval was answered with {}: {}", reply.status, words(reply.body));
        }
        Ok(())
    }

    /// Waits until every note was posted and then edited: at the decision and at the outcome.
    async fn await_notes(&self) -> anyhow::Result<()> {
        let count = u64::try_from(self.tickets.len())?;
        while self.edits() < count {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    fn edits(&self) -> u64 {
        let seen = self.sandbox.requests();
        let routes = seen["routes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let edits = routes
            .iter()
            .filter(|route| route["vendor"] == "freshservice" && route["method"] == "PUT" && route["write"] == true);
        edits.filter_map(|route| route["succeeded"].as_u64()).sum()
    }

    /// How many runs stand where, for a benchmark that got stuck.
    async fn standing(&self) -> anyhow::Result<String> {
        let mut wire = Wire::to(self.service.addr).await?;
        let mut parts = vec![format!("{} of {} notes", self.edits(), self.tickets.len())];
        for status in ["received", "planning", "awaiting_approval", "executing", "failed", "no_action"] {
            let some = listed(&mut wire, &self.reader, status).await?;
            if !some.is_empty() {
                parts.push(format!("{} {status}{}", some.len(), if some.len() == LIMIT { " or more" } else { "" }));
            }
        }
        Ok(parts.join(", "))
    }

    /// What the vendors must show at the end: a membership and one note that says done for each ticket.
    fn check(&self) -> anyhow::Result<()> {
        let state = self.sandbox.state();
        let ours: HashSet<u64> = self.tickets.iter().copied().collect();
        let tickets = state["freshservice"]["tickets"].as_array().context("the sandbox shows no tickets")?;
        let mut done = 0;
        for ticket in tickets.iter().filter(|ticket| ticket["id"].as_u64().is_some_and(|id| ours.contains(&id))) {
            let notes = ticket["conversations"].as_array().map(Vec::as_slice).unwrap_or_default();
            let says = notes.first().map(Value::to_string).unwrap_or_default();
            ensure!(
                notes.len() == 1 && says.contains("Outcome: done"),
                "ticket {}: {} notes: {says}",
                ticket["id"],
                notes.len()
            );
            done += 1;
        }
        ensure!(done == self.tickets.len(), "{done} of {} tickets are at the desk", self.tickets.len());
        let groups = state["graph"]["groups"].as_array().context("the sandbox shows no groups")?;
        let ours = groups.iter().filter(|group| group["name"].as_str().is_some_and(|name| name.starts_with(WAVE)));
        let members: usize = ours.filter_map(|group| group["members"].as_array().map(Vec::len)).sum();
        ensure!(members == self.tickets.len(), "{members} memberships for {} tickets", self.tickets.len());
        Ok(())
    }
}

/// Creates the people and groups of so many tickets.
fn populate(sandbox: &Sandbox, count: usize) -> anyhow::Result<()> {
    for person in 0..PEOPLE.min(count) {
        let family_name = format!("N{person:05}");
        sandbox.apply(
            Vendor::Graph,
            json!({
                "op": "create_user", "login": login(person), "given_name": "Person", "family_name": family_name,
                "usage_location": "DE",
            }),
        )?;
    }
    for first in (0..count).step_by(PEOPLE) {
        sandbox.apply(Vendor::Graph, json!({"op": "create_group", "name": group(first)}))?;
    }
    Ok(())
}

/// Whom a ticket is about.
fn login(ticket: usize) -> String {
    format!("person{:02}@acme.com", ticket % PEOPLE)
}

/// Which group a ticket asks for.
fn group(ticket: usize) -> String {
    format!("{WAVE}{:03}", ticket / PEOPLE)
}

/// The most runs that are listed at once.
const LIMIT: usize = 200;

/// A run as the API lists it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    run_id: String,
    plan: Option<ListedPlan>,
}

#[derive(Deserialize)]
struct ListedPlan {
    digest: String,
    approvable: bool,
    blockers: Value,
}

#[derive(Deserialize)]
struct Page {
    runs: Vec<Listed>,
}

async fn listed(wire: &mut Wire, key: &str, status: &str) -> anyhow::Result<Vec<Listed>> {
    let reply = wire.call(&get(&format!("/api/v1/runs?status={status}&limit={LIMIT}"), key)).await?;
    ensure!(reply.status == 200, "listing runs was answered with {}: {}", reply.status, words(reply.body));
    let page: Page = serde_json::from_slice(reply.body).context("the list of runs is not as documented")?;
    Ok(page.runs)
}

fn words(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(400).collect()
}
