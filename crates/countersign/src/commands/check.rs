//! `countersign check`: is the file valid, does every connection answer.

use anyhow::anyhow;
use countersign_domain::ports::{Ids, Queries};
use serde_json::json;
use std::{path::Path, sync::Arc};

use super::{load, say};
use crate::{
    Failure, Outcome,
    clock::SystemClock,
    connections::Wired,
    ids::RandomIds,
    service::{open_store, runbooks_of},
};

/// What was checked, and one line or what is wrong.
type Line = (String, Result<String, Failure>);

/// Checks a configuration; one line for each thing.
///
/// # Errors
/// Anything that is not well, after all lines were printed; [`Failure::Configuration`] where the configuration itself
/// is no good.
pub(crate) async fn run(file: &Path, json: bool) -> Outcome {
    let config = load(file)?;
    let mut lines: Vec<Line> = vec![("configuration".to_owned(), Ok(format!("{} is valid", file.display())))];
    let clock = Arc::new(SystemClock::default());
    let store = open_store(&config, Arc::new(RandomIds::new(clock)) as Arc<dyn Ids>).await;
    let (store, answers) = match store {
        Ok(store) => {
            let answers = store.ping().await.map(|()| "answers".to_owned()).map_err(Failure::from);
            (Some(store), answers)
        }
        Err(error) => (None, Err(error.into())),
    };
    lines.push(("storage".to_owned(), answers));
    let wired = match Wired::connect(&config) {
        Ok(wired) => Some(wired),
        Err(failure) => {
            lines.push(("connections".to_owned(), Err(failure)));
            None
        }
    };
    for (org, settings) in &config.orgs {
        let runbooks = runbooks_of(org, settings).map(|all| format!("{} in force", all.len()));
        lines.push((format!("{org} runbooks"), runbooks));
        if let Some(wired) = &wired {
            let said = wired.identify(org).await.into_iter();
            lines.extend(said.map(|(name, said)| (format!("{org} {name}"), said.map_err(|why| anyhow!(why).into()))));
        }
    }
    if let Some(store) = store {
        store.shutdown().await;
    }
    report(lines, json)
}

fn report(lines: Vec<Line>, json: bool) -> Outcome {
    let (all, mut failed, mut misconfigured) = (lines.len(), 0_u32, false);
    for (what, said) in lines {
        misconfigured |= matches!(said, Err(Failure::Configuration(_)));
        let (ok, words) = match said {
            Ok(words) => (true, words),
            Err(failure) => (false, failure.text()),
        };
        failed += u32::from(!ok);
        if json {
            say(&json!({"what": what, "ok": ok, "says": words}).to_string());
        } else {
            say(&format!("{} {what}: {words}", if ok { "ok    " } else { "FAILED" }));
        }
    }
    let sum = format!("{failed} of {all} checks failed");
    match (failed, misconfigured) {
        (0, _) => Ok(()),
        (_, true) => Err(Failure::Configuration(sum)),
        (_, false) => Err(anyhow!(sum).into()),
    }
}
