//! `countersign classify --report`: how sure the classifier was of what people decided, and which floors that suggests.
//! It reads, and changes nothing: neither a floor nor the model.

mod decided;
mod floors;
mod written;

use countersign_app::org::Org;
use countersign_domain::{
    classification::Confidence,
    ids::{IntentName, OrgId, RunId, RunbookId},
    person::Actor,
    ports::{Queries, RunFilter, StoreError},
};
use std::{collections::BTreeMap, path::Path};

use super::super::{opened::open_to_read, runs::since_of, say};
use crate::{Outcome, cli::ClassifyArgs, service::Assembled};
use decided::{Sorted, sorted};
use floors::Decisions;

/// How many runs are read at a time.
const PAGE: u32 = 200;

/// Reports on the decided runs of an organisation.
///
/// # Errors
/// A configuration, time or store that cannot be used.
pub(super) async fn run(config: &Path, args: &ClassifyArgs) -> Outcome {
    let (assembled, org) = open_to_read(config, args.org.as_deref()).await?;
    let from = args.since.as_deref().map(|text| since_of(text, &assembled)).transpose()?;
    let counted = count(&assembled, &org, &RunFilter { from, ..RunFilter::default() }).await;
    assembled.store.shutdown().await;
    let report = counted?.report(&served(assembled.app.org(&org)?), args.precision);
    say(&if args.json { written::json(&report, &org).to_string() } else { written::text(&report, &org) });
    Ok(())
}

async fn count(assembled: &Assembled, org: &OrgId, filter: &RunFilter) -> Result<Decisions, StoreError> {
    let (mut decisions, mut after) = (Decisions::default(), None);
    loop {
        let page = assembled.store.runs(org, filter, after.as_ref(), PAGE).await?;
        for run in &page.runs {
            let Some(mut sorted) = sorted(run) else { continue };
            if let (Sorted::Decided(decided), true) = (&mut sorted, run.plan_version > 1 && run.correction.is_none()) {
                decided.planned_again = planned_again(assembled, org, &run.id).await?;
            }
            decisions.count(sorted);
        }
        after = page.next;
        if after.is_none() {
            return Ok(decisions);
        }
    }
}

/// Whether somebody asked for a new plan. One is also made by itself, where the world changed before the first step.
async fn planned_again(assembled: &Assembled, org: &OrgId, run: &RunId) -> Result<bool, StoreError> {
    let history = assembled.store.history(org, run).await?;
    let by_itself = Actor::System.opaque();
    Ok(history.iter().any(|entry| entry.kind == "plan.asked" && entry.actor.as_ref() != Some(&by_itself)))
}

/// The runbook and the floor of each intent.
fn served(org: &Org) -> BTreeMap<IntentName, (RunbookId, Confidence)> {
    let floor = |id: &RunbookId| org.policies.get(id).map(countersign_domain::policy::Policy::min_confidence);
    let served = org
        .runbooks
        .iter()
        .filter_map(|(intent, runbook)| floor(&runbook.id).map(|floor| (intent.clone(), (runbook.id.clone(), floor))));
    served.collect()
}
