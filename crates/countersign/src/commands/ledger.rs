//! `countersign ledger`.

use anyhow::{Context, bail};
use countersign_domain::{
    ids::OrgId,
    ports::{Clock, LedgerEntryView, Queries},
    shown::shown,
};
use countersign_ledger::{Body, Entry, Head, Summary, Verifier, verify_export, write_entry, write_header};
use serde_json::json;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use super::{load, opened::Beside, say, the_org};
use crate::{Failure, Outcome, cli::LedgerCommand};

/// How many entries are read at a time.
const PAGE: u32 = 500;

/// Verifies or exports.
///
/// # Errors
/// A ledger that does not verify, or a store that cannot be used.
pub(crate) async fn run(command: LedgerCommand) -> Outcome {
    match command {
        LedgerCommand::Verify { export: Some(file), head, json, .. } => {
            let input = File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let summary = verify_export(BufReader::new(input)).with_context(|| file.display().to_string())?;
            if let Some(head) = head {
                same_head(&summary, parse_head(&head)?)?;
            }
            show(&summary, json);
            Ok(())
        }
        LedgerCommand::Verify { config: Some(config), org, head, json, .. } => {
            verify(&config, org.as_deref(), head.as_deref(), json).await
        }
        LedgerCommand::Verify { config: None, export: None, .. } => {
            Err(Failure::Usage("say what to verify: --config FILE or --export FILE".to_owned()))
        }
        LedgerCommand::Export { config, org, output } => export(&config, org.as_deref(), output.as_deref()).await,
    }
}

fn parse_head(text: &str) -> Result<Head, Failure> {
    let refuse =
        || Failure::Usage(format!("{:?} is no head: expected SEQ:HASH, as `ledger verify` prints it", shown(text, 40)));
    let (seq, hash) = text.split_once(':').ok_or_else(refuse)?;
    let hash: countersign_domain::digest::Digest = hash.parse().map_err(|_| refuse())?;
    Ok(Head { seq: seq.parse().map_err(|_| refuse())?, hash: hash.0 })
}

/// An export that ends at another head than the one known has lost or gained entries.
fn same_head(summary: &Summary, head: Head) -> anyhow::Result<()> {
    if summary.head.seq != head.seq || summary.head.hash != head.hash {
        bail!(
            "the export ends at entry {} with another head than the one given: entries are missing, added or changed",
            summary.head.seq
        );
    }
    Ok(())
}

fn show(summary: &Summary, json: bool) {
    let head = countersign_ledger::to_hex(&summary.head.hash);
    if json {
        let line = json!({
            "org": summary.org,
            "entries": summary.entries,
            "bodies": summary.bodies_present,
            "erased": summary.bodies_erased,
            "head": {"seq": summary.head.seq, "hash": head},
            "verified": true,
        });
        say(&line.to_string());
        return;
    }
    say(&format!(
        "{}: {} entries verify, {} bodies present, {} erased; head {}:{head}",
        summary.org, summary.entries, summary.bodies_present, summary.bodies_erased, summary.head.seq
    ));
}

async fn verify(config: &Path, org: Option<&str>, head: Option<&str>, json: bool) -> Outcome {
    let config = load(config)?;
    let store = Beside::default().store(&config).await?;
    let orgs = match org {
        Some(org) => vec![OrgId::new(org).map_err(|error| Failure::Usage(error.to_string()))?],
        None => store.ledgers().await?,
    };
    let head = head.map(parse_head).transpose()?;
    if head.is_some() && orgs.len() != 1 {
        return Err(Failure::Usage("a head belongs to one organisation: say which with --org".to_owned()));
    }
    for org in &orgs {
        show(&verify_store(store.as_ref(), org, head).await?, json);
    }
    if orgs.is_empty() && !json {
        say("The store has no ledger yet: nothing has happened.");
    }
    store.shutdown().await;
    Ok(())
}

/// Verifies an organisation's chain from the first entry to the head that its store holds; a head known from elsewhere
/// must stand in it.
///
/// # Errors
/// The first fault, or the store's.
pub(crate) async fn verify_store(queries: &dyn Queries, org: &OrgId, known: Option<Head>) -> anyhow::Result<Summary> {
    let first = queries.entries(org, 0, PAGE).await?;
    let head = Head { seq: first.head.0, hash: first.head.1.0 };
    let mut verifier = Verifier::new(org.as_str()).expect_head(head);
    let mut page = first;
    let mut met = known.is_none();
    loop {
        let mut last = 0;
        for view in page.entries.into_iter().take_while(|view| view.seq <= head.seq) {
            last = view.seq;
            met |= known.is_some_and(|known| known.seq == view.seq && known.hash == view.hash.0);
            let (entry, body) = from_view(org, view);
            verifier.entry(&entry, body.as_ref())?;
        }
        if last == 0 || last >= head.seq {
            break;
        }
        page = queries.entries(org, last, PAGE).await?;
    }
    if !met {
        bail!("the head given does not stand in the ledger of {org}: entries before it were changed or removed");
    }
    Ok(verifier.finish()?)
}

fn from_view(org: &OrgId, view: LedgerEntryView) -> (Entry, Option<Body>) {
    let entry = Entry {
        org: org.to_string(),
        seq: view.seq,
        previous: view.previous.0,
        time_micros: view.time.0,
        kind: view.kind,
        run: view.run.map(|run| *run.as_bytes()),
        actor: view.actor,
        plan_digest: view.plan_digest.map(|digest| digest.0),
        policy_digest: view.policy_digest.map(|digest| digest.0),
        decision: view.decision,
        commitment: view.commitment.map(|digest| digest.0),
        hash: view.hash.0,
    };
    (entry, view.body.map(|(salt, bytes)| Body { salt, bytes }))
}

async fn export(config: &Path, org: Option<&str>, output: Option<&Path>) -> Outcome {
    let config = load(config)?;
    let org = the_org(&config, org)?;
    let beside = Beside::default();
    let store = beside.store(&config).await?;
    let mut out: BufWriter<Box<dyn Write + Send>> = match output {
        Some(file) => {
            let file = File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
            BufWriter::new(Box::new(file))
        }
        None => BufWriter::new(Box::new(std::io::stdout())),
    };
    let mut page = store.entries(&org, 0, PAGE).await?;
    let head = Head { seq: page.head.0, hash: page.head.1.0 };
    writeln!(out, "{}", write_header(org.as_str(), &head, beside.clock.now().0))?;
    loop {
        let mut last = 0;
        for view in page.entries.into_iter().take_while(|view| view.seq <= head.seq) {
            last = view.seq;
            let (entry, body) = from_view(&org, view);
            writeln!(out, "{}", write_entry(&entry, body.as_ref()))?;
        }
        if last == 0 || last >= head.seq {
            break;
        }
        page = store.entries(&org, last, PAGE).await?;
    }
    out.flush()?;
    store.shutdown().await;
    Ok(())
}
