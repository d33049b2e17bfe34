//! `countersign check`: is the file valid, does every connection answer.

use anyhow::anyhow;
use countersign_domain::ports::{Ids, Queries};
use serde_json::json;
use std::{path::Path, sync::Arc};

use super::{load, say};
use crate::{
    Outcome,
    clock::SystemClock,
    connections::Wired,
    ids::RandomIds,
    service::{open_store, runbooks_of},
};

/// Checks a configuration; one line for each thing.
///
/// # Errors
/// Anything that is not well, after all lines were printed.
pub(crate) async fn run(file: &Path, json: bool) -> Outcome {
    let config = load(file)?;
    let mut lines = vec![("configuration".to_owned(), Ok(format!("{} is valid", file.display())))];
    let clock = Arc::new(SystemClock::default());
    let store = open_store(&config, Arc::new(RandomIds::new(clock)) as Arc<dyn Ids>).await;
    lines.push((
        "storage".to_owned(),
        match &store {
            Ok(store) => store.ping().await.map(|()| "answers".to_owned()).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        },
    ));
    let wired = Wired::connect(&config)?;
    for (org, settings) in &config.orgs {
        let runbooks =
            runbooks_of(settings).map(|all| format!("{} in force", all.len())).map_err(|error| error.to_string());
        lines.push((format!("{org} runbooks"), runbooks));
        for (name, said) in wired.identify(org).await {
            lines.push((format!("{org} {name}"), said));
        }
    }
    if let Ok(store) = store {
        store.shutdown().await;
    }
    report(&lines, json)
}

fn report(lines: &[(String, Result<String, String>)], json: bool) -> Outcome {
    let mut failed = 0;
    for (what, said) in lines {
        let (ok, words) = match said {
            Ok(words) => (true, words),
            Err(words) => (false, words),
        };
        failed += u32::from(!ok);
        if json {
            say(&json!({"what": what, "ok": ok, "says": words}).to_string());
        } else {
            say(&format!("{} {what}: {words}", if ok { "ok    " } else { "FAILED" }));
        }
    }
    if failed > 0 {
        return Err(anyhow!("{failed} of {} checks failed", lines.len()).into());
    }
    Ok(())
}
