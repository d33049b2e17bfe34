//! The vendors' published descriptions as mock servers, which refuse every request that breaks the contract.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use rustix::process::Signal;

use super::server::{Server, free_ports, speaks_http};
use crate::process::Interrupts;
use crate::provide::step;

/// One mock: its name, the variable that tells the tests its address, its description below the contracts' folder.
const MOCKS: [(&str, &str, &str); 4] = [
    ("prism-okta", "COUNTERSIGN_PRISM_OKTA", "okta/okta-management-slice.yaml"),
    ("prism-graph", "COUNTERSIGN_PRISM_GRAPH", "graph/microsoft-graph-v1.0-slice.yaml"),
    ("prism-slack", "COUNTERSIGN_PRISM_SLACK", "slack/slack-web-api-slice.openapi3.json"),
    ("prism-freshservice", "COUNTERSIGN_PRISM_FRESHSERVICE", "freshworks/freshservice-v2-slice.openapi.yaml"),
];

/// A variable for the tests, its value, and the server behind it.
pub(super) type Mock = (&'static str, String, Server);

/// Starts every mock and waits until it answers.
pub(super) fn start(contracts: &Path, modules: &Path, logs: &Path, interrupts: &Interrupts) -> Result<Vec<Mock>> {
    if let Some((_, _, file)) = MOCKS.iter().find(|(_, _, file)| !contracts.join(file).is_file()) {
        bail!("the contracts in {} are not complete: {file} is missing", contracts.display());
    }
    let ports = free_ports(MOCKS.len())?;
    let mut mocks = Vec::new();
    for ((name, variable, file), port) in MOCKS.into_iter().zip(&ports) {
        step(&format!("the contract {file} as a mock server on 127.0.0.1:{port} (log: target/test-logs/{name}.log)"));
        let mut command = Command::new(modules.join(".bin/prism"));
        command.args(["mock", "--errors", "-h", "127.0.0.1", "-p"]).arg(port.to_string()).arg(contracts.join(file));
        let server = Server::start(name, &mut command, logs, Signal::TERM)?;
        mocks.push((variable, format!("http://127.0.0.1:{port}"), server));
    }
    for ((_, _, server), port) in mocks.iter_mut().zip(ports) {
        server.wait_until(interrupts, || speaks_http(port))?;
    }
    Ok(mocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_description_is_named() {
        let empty = tempfile::tempdir().unwrap();
        let started = start(empty.path(), empty.path(), empty.path(), &Interrupts::watch().unwrap());
        let error = started.err().unwrap().to_string();
        assert!(error.contains("okta/okta-management-slice.yaml is missing"), "{error}");
    }
}
