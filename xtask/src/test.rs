//! `cargo xtask test`: the one command that passes the tests.
//!
//! It brings what the tests need onto the machine, starts the servers they talk to on free ports, runs all tests, and
//! stops every server again, also after a failure or Ctrl-C. Each step is said before it is taken. The servers' logs
//! stay in `target/test-logs/`.

mod postgres;
mod prism;
mod requirements;
mod server;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

pub(crate) use self::postgres::{Cluster, Durability};
use self::requirements::{Needs, Requirements};
use self::server::Server;
use crate::process::Interrupts;
use crate::provide::{self, step};
use crate::workspace::{self, Workspace};

const NEXTEST_VERSION: &str = "0.9.143";

/// Where the contracts lie when nothing else is said, seen from the root of the workspace.
const CONTRACTS: &str = "../shared/contracts";

/// What can be chosen on the command line.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the tests of this package, and only what they need; may be repeated
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// The folder with the vendors' contracts [default: ../shared/contracts where it exists]
    #[arg(long, env = "COUNTERSIGN_CONTRACTS", value_name = "DIR")]
    contracts: Option<PathBuf>,
    /// No test may be left out, and nextest's profile `ci` is used
    #[arg(long, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    ci: bool,
    /// What is passed on to `cargo nextest run`: a name to filter by, or its options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NEXTEST")]
    nextest: Vec<String>,
}

/// What stands ready for the tests; dropping it stops the servers.
#[derive(Default)]
struct Stage {
    environment: Vec<(&'static str, OsString)>,
    _mocks: Vec<Server>,
    _cluster: Option<Cluster>,
}

/// Runs the tests; whether all of them passed.
pub(crate) fn run(options: &Options, interrupts: &Interrupts) -> Result<bool> {
    let workspace = workspace::read()?;
    let needs = Requirements::read()?.of(&options.packages);
    if provide::cargo_subcommand(interrupts, "nextest", NEXTEST_VERSION)? {
        step(&format!("cargo-nextest {NEXTEST_VERSION} was installed"));
    }
    let stage = set_up(options, needs, &workspace, interrupts)?;
    let passed = run_tests(options, &stage, &workspace, interrupts)?;
    drop(stage);
    step(if passed { "all of it passed; nothing is left running" } else { "FAILED; nothing is left running" });
    Ok(passed)
}

fn set_up(options: &Options, needs: Needs, workspace: &Workspace, interrupts: &Interrupts) -> Result<Stage> {
    let logs = workspace.target.join("test-logs");
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot create {}", logs.display()))?;
    let mut stage = Stage::default();
    // First, because it is the likeliest to fail and nothing runs yet.
    if needs.binary {
        step("the program itself: cargo build -p countersign");
        interrupts.run_ok(Command::new("cargo").current_dir(&workspace.root).args(["build", "-p", "countersign"]))?;
        stage.environment.push(("COUNTERSIGN_BIN", workspace.target.join("debug/countersign").into()));
    }
    if needs.postgres {
        let cluster = Cluster::start(&logs, Durability::Forgotten, interrupts)?;
        stage.environment.push(("COUNTERSIGN_TEST_POSTGRES", cluster.url().into()));
        stage._cluster = Some(cluster);
    }
    if needs.contracts
        && let Some(contracts) = contracts(options, &workspace.root)?
    {
        let modules = provide::contract_tools(interrupts, &workspace.target)?;
        for (variable, url, mock) in prism::start(&contracts, &modules, &logs, interrupts)? {
            stage.environment.push((variable, url.into()));
            stage._mocks.push(mock);
        }
        stage.environment.push(("COUNTERSIGN_CONTRACTS", contracts.into()));
        stage.environment.push(("COUNTERSIGN_CONTRACT_TOOLS", modules.into()));
    }
    if needs.browser {
        stage.environment.push(("COUNTERSIGN_CHROMIUM", provide::chromium(interrupts)?.into()));
    }
    Ok(stage)
}

/// The folder with the contracts; nothing where there is none and the tests that need it may be left out.
fn contracts(options: &Options, root: &Path) -> Result<Option<PathBuf>> {
    if let Some(given) = &options.contracts {
        let found = given.canonicalize();
        return found.map(Some).with_context(|| format!("the contracts' folder {} cannot be read", given.display()));
    }
    if let Ok(found) = root.join(CONTRACTS).canonicalize() {
        return Ok(Some(found));
    }
    let missing = format!("no vendor contracts: COUNTERSIGN_CONTRACTS is not set and there is no {CONTRACTS}");
    if options.ci {
        bail!("{missing}; in CI the contract tests are mandatory: set COUNTERSIGN_CONTRACTS to their folder");
    }
    step(&format!("CONTRACT TESTS ARE LEFT OUT: {missing}"));
    Ok(None)
}

fn run_tests(options: &Options, stage: &Stage, workspace: &Workspace, interrupts: &Interrupts) -> Result<bool> {
    let cargo = || {
        let mut command = Command::new("cargo");
        command.current_dir(&workspace.root).envs(stage.environment.iter().map(|(name, value)| (name, value)));
        command
    };
    let arguments = nextest_arguments(options);
    step(&format!("the tests: cargo {}", arguments.join(" ")));
    let tests = interrupts.run(cargo().args(&arguments))?;
    if !options.packages.is_empty() || !options.nextest.is_empty() {
        step("only a part was asked for: the examples in the documentation were left out");
        return Ok(tests.success());
    }
    step("the examples in the documentation: cargo test --doc --workspace");
    let examples = interrupts.capture(cargo().args(["test", "--quiet", "--doc", "--workspace"]))?;
    if !examples.success {
        print!("{}", examples.text);
    }
    Ok(tests.success() && examples.success)
}

fn nextest_arguments(options: &Options) -> Vec<String> {
    let mut arguments = vec!["nextest".to_owned(), "run".to_owned()];
    if options.packages.is_empty() {
        arguments.push("--workspace".to_owned());
    }
    for package in &options.packages {
        arguments.extend(["--package".to_owned(), package.clone()]);
    }
    let chooses_profile = |argument: &String| argument.starts_with("--profile") || argument.starts_with("-P");
    if options.ci && !options.nextest.iter().any(chooses_profile) {
        arguments.extend(["--profile".to_owned(), "ci".to_owned()]);
    }
    arguments.extend(options.nextest.iter().cloned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(ci: bool, packages: &[&str], nextest: &[&str]) -> Options {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Options { packages: owned(packages), contracts: None, ci, nextest: owned(nextest) }
    }

    #[test]
    fn everything_runs_unless_packages_are_named() {
        assert_eq!(nextest_arguments(&options(false, &[], &[])).join(" "), "nextest run --workspace");
        let some = nextest_arguments(&options(false, &["a", "b"], &["some_test", "--no-capture"]));
        assert_eq!(some.join(" "), "nextest run --package a --package b some_test --no-capture");
    }

    #[test]
    fn the_ci_profile_is_used_in_ci_unless_another_is_chosen() {
        assert!(nextest_arguments(&options(true, &[], &[])).join(" ").ends_with("--profile ci"));
        let chosen = nextest_arguments(&options(true, &[], &["--profile=default"]));
        assert_eq!(chosen.join(" "), "nextest run --workspace --profile=default");
    }

    #[test]
    fn missing_contracts_are_an_error_in_ci_alone() {
        let root = tempfile::tempdir().unwrap();
        assert!(contracts(&options(false, &[], &[]), root.path()).unwrap().is_none());
        let error = contracts(&options(true, &[], &[]), root.path()).unwrap_err().to_string();
        assert!(error.contains("COUNTERSIGN_CONTRACTS"), "{error}");
    }

    #[test]
    fn a_given_folder_of_contracts_must_exist() {
        let root = tempfile::tempdir().unwrap();
        let mut options = options(false, &[], &[]);
        options.contracts = Some(root.path().join("absent"));
        assert!(contracts(&options, root.path()).is_err());
        options.contracts = Some(root.path().to_owned());
        assert!(contracts(&options, root.path()).unwrap().is_some());
    }
}
