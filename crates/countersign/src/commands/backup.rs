//! `countersign backup`: a copy of a SQLite store while the service runs.

use countersign_store::backup;
use secrecy::ExposeSecret;
use serde_json::json;
use std::path::Path;

use super::{load, say, tell};
use crate::Outcome;

/// Copies the store.
///
/// # Errors
/// A store that is no SQLite file, a target that is there already, a copy that is not sound.
pub(crate) async fn run(config: &Path, file: &Path, json: bool) -> Outcome {
    let config = load(config)?;
    tell(&format!("Copying the store to {} and checking the copy.", file.display()));
    let report = backup(config.storage_url.expose_secret(), file).await?;
    if json {
        let line = json!({"file": file.display().to_string(), "bytes": report.bytes, "runs": report.runs, "ledgerEntries": report.entries});
        say(&line.to_string());
    } else {
        say(&format!(
            "{} is a sound copy: {} bytes, {} runs, {} ledger entries. Restore it by putting it in the store\'s place \
             and starting with `serve --paused`.",
            file.display(),
            report.bytes,
            report.runs,
            report.entries
        ));
    }
    Ok(())
}
