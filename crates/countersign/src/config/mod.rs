//! The configuration: one TOML file and the environment over it, read once into typed values.
//!
//! Invariants:
//! - nothing is ignored: a key that is not read is an error, and so is a variable that overrides no known key;
//! - every problem is reported, not only the first, each with its key's full path and, where known, its line;
//! - a secret never stands in the file or in an overriding variable, and no message repeats a value that may be one;
//! - an empty approver list is an error;
//! - this is the only place that reads the process's environment;
//! - a secret in a file is read again while the program runs, and one that went wrong there keeps its last good value.
//!
//! Deliberately absent: defaults that would let anybody approve, and a live reload of anything but secrets.

mod classifier;
mod connection;
mod error;
mod field;
mod global;
mod org;
mod outgoing;
mod overrides;
mod reading;
mod secret;
mod section;
mod source;
mod types;
mod values;
mod watched;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

pub(crate) use classifier::EncoderConfig;
pub(crate) use error::ConfigError;
pub(crate) use types::{ChannelConfig, Config, DeskConfig, LogFormat, OktaCredential, OrgConfig, SystemConfig};
pub(crate) use values::{parse_duration, sqlite_url};

use error::Problem;
use reading::{Reading, Secrets};
use section::Section;

/// Reads the configuration: `file`, with the `COUNTERSIGN__…` variables of `environment` over it, the secrets that it
/// refers to, and the proxy of `HTTPS_PROXY` and `NO_PROXY`. Paths that are not absolute start at the file's own folder.
///
/// # Errors
/// [`ConfigError`] lists everything that is wrong.
pub(crate) fn load(file: &Path, environment: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    read(file, environment, Secrets::Read)
}

/// As [`load`], but no secret is looked for where it should be: for what is asked before there are any, and uses none.
///
/// # Errors
/// [`ConfigError`] lists everything else that is wrong.
pub(crate) fn load_without_secrets(file: &Path, environment: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    read(file, environment, Secrets::LeftOut)
}

/// As [`load`], but of all secrets only the database's URL is looked for: for what asks no vendor, and must work also
/// while a vendor's secret is missing.
///
/// # Errors
/// [`ConfigError`] lists everything else that is wrong.
pub(crate) fn load_for_storage(file: &Path, environment: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    read(file, environment, Secrets::StorageAlone)
}

fn read(file: &Path, environment: &BTreeMap<String, String>, secrets: Secrets) -> Result<Config, ConfigError> {
    let refuse = |problems| Err(ConfigError { file: file.to_owned(), problems });
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return refuse(vec![Problem::of_the_file(format!("cannot be read: {error}"))]),
    };
    let file_layer = match source::parse(&text) {
        Ok(layer) => layer,
        Err(problem) => return refuse(vec![problem]),
    };
    let (over, problems) = overrides::collect(environment, &file_layer.table);
    let folder = file.parent().unwrap_or(Path::new("."));
    let lines = file_layer.lines;
    let merged = match source::merge(file_layer.table, over) {
        Ok(merged) => merged,
        Err(message) => return refuse(vec![Problem::of_the_file(message)]),
    };
    let reading = Reading::new(lines, problems, environment, folder).with_secrets(secrets);
    let config = Section::root(&reading, &merged).read(|root| global::config(root));
    let https_proxy = outgoing::proxy(&reading);
    let (problems, digest, watched) = reading.finish();
    match config {
        Some(config) if problems.is_empty() => Ok(Config { https_proxy, watched, digest, ..config }),
        Some(_) | None => refuse(problems),
    }
}

/// The process's environment, to be handed to [`load`]. Variables that are not Unicode are left out: none of ours is.
pub(crate) fn process_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
