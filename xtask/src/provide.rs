//! Bringing what a task needs onto the machine: Debian packages, cargo's subcommands, npm's packages.
//!
//! Nothing is installed that is already there. Debian packages are only installed as root; otherwise the error says
//! what to install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{Interrupts, on_path};

/// The oldest Node the mock server takes.
const NODE_MAJOR: u32 = 18;

const CONTRACT_TOOLS: &str = include_str!("../contract-tools/package.json");

/// Whether this process may install packages and must start PostgreSQL as somebody else.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Says what is being done, one line a step.
pub(crate) fn step(what: &str) {
    println!("==> {what}");
}

/// Installs Debian packages, or says that it cannot.
pub(crate) fn debian(interrupts: &Interrupts, what: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !is_root() || on_path("apt-get").is_none() {
        bail!("{what} is missing; install it (Debian: `apt-get install {names}` as root), then run this again");
    }
    step(&format!("{what} is missing: apt-get install {names}"));
    let apt = |arguments: &[&str]| {
        interrupts.run_ok(
            Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-y"]).args(arguments),
        )
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat())
}

/// Makes sure that `cargo <subcommand>` works, by installing the given version where it is missing.
/// Returns whether it had to be installed.
pub(crate) fn cargo_subcommand(interrupts: &Interrupts, subcommand: &str, version: &str) -> Result<bool> {
    if interrupts.capture(Command::new("cargo").args([subcommand, "--version"]))?.success {
        return Ok(false);
    }
    let package = format!("cargo-{subcommand}@{version}");
    step(&format!("cargo {subcommand} is missing: cargo install --locked {package} (this takes minutes)"));
    interrupts.run_ok(Command::new("cargo").args(["install", "--locked", &package]))?;
    Ok(true)
}

/// Makes sure of Node and npm.
pub(crate) fn node(interrupts: &Interrupts) -> Result<()> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        debian(interrupts, "Node.js with npm", &["nodejs", "npm"])?;
    }
    let version = interrupts.capture(Command::new("node").arg("--version"))?.text;
    match node_major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => bail!(
            "the contract tests need Node.js {NODE_MAJOR} or later; `node --version` says {:?}: install a later one",
            version.trim()
        ),
    }
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the contract tests' npm packages below the target folder; returns the `node_modules` folder.
pub(crate) fn contract_tools(interrupts: &Interrupts, target: &Path) -> Result<PathBuf> {
    let folder = target.join("contract-tools");
    let modules = folder.join("node_modules");
    // Written last, so that an installation that was cut off is done again.
    let installed = folder.join("installed.json");
    if fs::read_to_string(&installed).is_ok_and(|done| done == CONTRACT_TOOLS) && modules.is_dir() {
        return Ok(modules);
    }
    node(interrupts)?;
    step("the contract tests' npm packages: npm install into target/contract-tools");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(folder.join("package.json"), CONTRACT_TOOLS)?;
    interrupts.run_ok(Command::new("npm").current_dir(&folder).args([
        "install",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    fs::write(&installed, CONTRACT_TOOLS)?;
    Ok(modules)
}

/// Finds Chromium, or installs it.
pub(crate) fn chromium(interrupts: &Interrupts) -> Result<PathBuf> {
    let find = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
    if let Some(path) = find() {
        return Ok(path);
    }
    debian(interrupts, "Chromium", &["chromium"])?;
    find().context("Chromium was installed but is not on the search path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("node: not found"), None);
        assert_eq!(node_major(""), None);
    }
}
