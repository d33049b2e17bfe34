//! The commands, one file each.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod key;
pub(crate) mod ledger;
mod opened;
pub(crate) mod plan;
pub(crate) mod quarantine;
pub(crate) mod runbook;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod switch;

use anyhow::Context;
use countersign_domain::{ids::OrgId, shown::shown};
use std::{io::Write, path::Path};

use crate::{
    Failure,
    config::{self, Config},
};

/// Prints a line; a reader that went away is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line about what is going on, beside the output.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Reads a configuration.
///
/// # Errors
/// [`Failure::Configuration`] with every problem in it.
pub(crate) fn load(file: &Path) -> Result<Config, Failure> {
    config::load(file, &config::process_environment()).map_err(|error| Failure::Configuration(error.to_string()))
}

/// The organisation meant: the one named, or the only one there is.
///
/// # Errors
/// [`Failure::Usage`] where none is named and there are several, or the one named is not there.
pub(crate) fn the_org(config: &Config, named: Option<&str>) -> Result<OrgId, Failure> {
    let known: Vec<&OrgId> = config.orgs.keys().collect();
    let list = || known.iter().map(|org| org.as_str()).collect::<Vec<_>>().join(", ");
    match named {
        Some(named) => known.iter().find(|org| org.as_str() == named).map(|org| (*org).clone()).ok_or_else(|| {
            Failure::Usage(format!("there is no organisation {:?}; there are: {}", shown(named, 40), list()))
        }),
        None => match known.as_slice() {
            [only] => Ok((*only).clone()),
            _ => Err(Failure::Usage(format!("say which organisation with --org; there are: {}", list()))),
        },
    }
}

/// Reads a file as text.
///
/// # Errors
/// A message that names the file.
pub(crate) fn read_text(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Rows under their headings, as people read them.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(headings.iter().map(|heading| heading.to_uppercase()));
    table.add_rows(rows);
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
