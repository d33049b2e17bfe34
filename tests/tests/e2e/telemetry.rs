//! What the service tells of itself: one trace for each run, lines that name the run, metrics. Nothing of the ticket.

use anyhow::Context;
use axum::{Router, body::Bytes, extract::State, routing::post};
use countersign_tests::{APPROVER, Bed, Settings, ticket, until};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Attribute, trace::v1::Span,
};
use prost::Message;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

/// What the ticket says; none of it may be told to anybody but the desk and the channel.
const WORDS: [&str; 5] = ["Sarah", "sarah.chen", "acme.com", "authenticator", "Quokka-Seventeen"];

/// A collector that keeps every body it was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// Starts it; returns it and its address.
    async fn start() -> anyhow::Result<(Self, String)> {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let take = async |State(collector): State<Self>, body: Bytes| {
            collector.0.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((collector, address))
    }

    fn bodies(&self) -> Vec<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn spans(&self) -> anyhow::Result<Vec<Span>> {
        let mut spans = Vec::new();
        for body in self.bodies() {
            let request = ExportTraceServiceRequest::decode(body)?;
            let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            spans.extend(scopes.flat_map(|scope| scope.spans));
        }
        Ok(spans)
    }
}

fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    if let Some(Attribute::StringValue(text)) = &found.value.as_ref()?.value { Some(text) } else { None }
}

fn new_phone() -> countersign_sandbox::NewTicket {
    ticket(
        "sarah.chen@acme.com",
        "New phone, authenticator gone",
        "I got a new phone and my authenticator did not move over. Please reset my MFA. My password is Quokka-Seventeen.",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticket_is_one_trace_from_its_coming_to_its_note() -> anyhow::Result<()> {
    let (collector, address) = Collector::start().await?;
    let settings = Settings::default().and(&format!("[telemetry]\notlp_endpoint = \"{address}\"\n"));
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    let raised = bed.raise(new_phone()).await?;
    bed.until_card(&raised.run, 1).await?;
    // What is done after a restart belongs to the same trace.
    bed.service_mut()?.ask_to_stop()?;
    assert!(bed.service_mut()?.ended().await?.success());
    bed.serve().await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.service_mut()?.ask_to_stop()?;
    assert!(bed.service_mut()?.ended().await?.success());

    let spans = collector.spans()?;
    let first = spans.iter().find(|span| span.name == "ingest").context("the trace has no beginning")?;
    let of_run: Vec<_> = spans.iter().filter(|span| span.trace_id == first.trace_id).collect();
    let names: BTreeSet<_> = of_run.iter().map(|span| span.name.as_str()).collect();
    for name in ["ingest", "read_ticket", "make_plan", "show_card", "decide", "perform", "show_note"] {
        assert!(names.contains(name), "{name} is missing: {names:?}");
    }
    assert_eq!(attribute(first, "run"), Some(raised.run.as_str()));
    assert_eq!((attribute(first, "outcome"), first.parent_span_id.len()), (Some("new"), 0));
    let ids: BTreeSet<_> = of_run.iter().map(|span| &span.span_id).collect();
    assert_eq!(ids.len(), of_run.len(), "two spans share an id");
    for span in &of_run {
        assert!(span.span_id == first.span_id || ids.contains(&span.parent_span_id), "{} hangs in the air", span.name);
    }
    let perform = of_run.iter().find(|span| span.name == "perform").context("no step")?;
    let calls: Vec<_> = of_run.iter().filter(|span| span.parent_span_id == perform.span_id).collect();
    assert!(calls.iter().any(|call| attribute(call, "vendor") == Some("okta")), "{calls:?}");
    for body in collector.bodies() {
        let text = String::from_utf8_lossy(&body);
        for word in WORDS {
            assert!(!text.contains(word), "{word:?} was sent to the collector");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_json_and_name_run_and_organisation() -> anyhow::Result<()> {
    let settings = Settings::default().and("[log]\nformat = \"json\"\nlevel = \"debug\"\n");
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    let raised = bed.raise(new_phone()).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    let log = bed.service_mut()?.log()?;
    let lines: Vec<Value> =
        log.lines().filter(|line| line.starts_with('{')).map(serde_json::from_str).collect::<Result<_, _>>()?;
    let of_run: Vec<_> = lines.iter().filter(|line| line["run"] == raised.run).collect();
    assert!(of_run.len() > 5, "{} lines of {} are about the run", of_run.len(), lines.len());
    for line in &of_run {
        assert_eq!(line["org"], "acme", "{line}");
    }
    let calls = of_run.iter().filter(|line| line["vendor"] == "okta").count();
    assert!(calls > 0, "calls to vendors name the run they were made for");
    for line in log.lines() {
        for word in ["Quokka-Seventeen", "authenticator", "sarah.chen"] {
            assert!(!line.contains(word), "{line}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_a_ticket_on_its_way_and_name_nobody() -> anyhow::Result<()> {
    let Some(bed) = Bed::start(Settings::default()).await? else { return Ok(()) };
    let raised = bed.raise(new_phone()).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    let metrics = until("the note is counted", async || {
        let text = reqwest::get(format!("{}/metrics", bed.base()?)).await?.text().await?;
        Ok(text.contains("countersign_notes_total").then_some(text))
    })
    .await?;
    for line in [
        "countersign_ingest_total{outcome=\"new\"} 1",
        "countersign_decisions_total{runbook=\"RB-002\",decision=\"approve\",reason=\"\"} 1",
        "countersign_steps_total{action=\"reset_factors\",outcome=\"done\"} 1",
        "countersign_runs_ended_total{runbook=\"RB-002\",state=\"succeeded\"} 1",
        "countersign_stage_seconds_count{stage=\"plan\"} 1",
        "countersign_stage_seconds_count{stage=\"approve\"} 1",
        "countersign_stage_seconds_count{stage=\"execute\"} 1",
        "countersign_stage_seconds_count{stage=\"total\"} 1",
        "countersign_paused{org=\"acme\",runbook=\"\"} 0",
    ] {
        assert!(metrics.contains(line), "{line:?} is missing:\n{metrics}");
    }
    let number = format!("=\"{}\"", raised.ticket);
    for line in metrics.lines() {
        for word in WORDS.into_iter().chain([raised.run.as_str(), number.as_str()]) {
            assert!(!line.contains(word), "{word:?} is in {line}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn collector_that_is_away_changes_nothing_for_a_ticket() -> anyhow::Result<()> {
    let settings = Settings::default().and("[telemetry]\notlp_endpoint = \"http://127.0.0.1:9\"\n");
    let Some(mut bed) = Bed::start(settings).await? else { return Ok(()) };
    let raised = bed.raise(new_phone()).await?;
    bed.until_card(&raised.run, 1).await?;
    bed.approve(&raised.run, APPROVER).await?;
    bed.until_done(&raised.run, "succeeded").await?;
    bed.service_mut()?.ask_to_stop()?;
    assert!(bed.service_mut()?.ended().await?.success());
    let said = bed.service_mut()?.log()?.matches("traces cannot be delivered").count();
    assert_eq!(said, 1, "it is said once");
    Ok(())
}
