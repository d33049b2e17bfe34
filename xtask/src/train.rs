//! `cargo xtask train`: makes the classifier's model and its figures from the labelled tickets, or the head for a larger
//! encoder. The same tickets give the same model on every machine; the tests refuse a committed model that they do not give.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::Interrupts;
use crate::provide::step;
use crate::workspace;

/// Where `countersign` looks for the head in an encoder's folder.
const HEAD: &str = "countersign-head.bin";

/// What can be chosen on the command line.
#[derive(Args)]
pub(crate) struct Options {
    /// Make the head for the encoder in this folder instead of the model
    #[arg(long, value_name = "FOLDER")]
    encoder: Option<PathBuf>,
    /// Where the head goes [default: where `countersign` looks for it, in the encoder's folder]
    #[arg(long, value_name = "FILE", requires = "encoder")]
    head: Option<PathBuf>,
    /// What is passed on to the training
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "TRAIN")]
    train: Vec<String>,
}

/// Trains; whether it could be carried out.
pub(crate) fn run(options: &Options, interrupts: &Interrupts) -> Result<bool> {
    let workspace = workspace::read()?;
    step("training, as it is delivered: cargo run --release (this takes minutes)");
    let here = std::env::current_dir().context("the current folder is not known")?;
    Ok(interrupts.run(&mut command(&workspace.root, &here, options))?.success())
}

/// The training, run from the root; `here` is where the task was called.
fn command(root: &Path, here: &Path, options: &Options) -> Command {
    let (package, example) = match &options.encoder {
        None => ("countersign-classify", "train"),
        Some(_) => ("countersign-encoder", "head"),
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["run", "--release", "--package", package, "--example", example, "--"]);
    if let Some(encoder) = options.encoder.as_deref().map(|folder| here.join(folder)) {
        let head = options.head.as_deref().map_or_else(|| encoder.join(HEAD), |file| here.join(file));
        cargo.arg(encoder).arg(head);
    }
    cargo.args(&options.train);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn words(arguments: &[&str]) -> Vec<String> {
        let cli = Cli::try_parse_from([&["train"], arguments].concat()).unwrap();
        let command = command(Path::new("/w"), Path::new("/h"), &cli.options);
        assert_eq!(command.get_current_dir(), Some(Path::new("/w")));
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_model_is_made_from_the_tickets_and_further_arguments_are_passed_on() {
        let run = ["run", "--release", "--package", "countersign-classify", "--example", "train", "--"];
        assert_eq!(words(&[]), run);
        assert_eq!(words(&["--", "--more", "1"]), [&run[..], &["--more", "1"]].concat());
    }

    #[test]
    fn the_head_for_an_encoder_goes_where_it_is_looked_for() {
        let run = ["run", "--release", "--package", "countersign-encoder", "--example", "head", "--"];
        let by_default = [&run[..], &["/h/e", "/h/e/countersign-head.bin"]].concat();
        assert_eq!(words(&["--encoder", "e"]), by_default);
        assert_eq!(words(&["--encoder", "/e", "--head", "x.bin"]), [&run[..], &["/e", "/h/x.bin"]].concat());
    }

    #[test]
    fn a_head_without_an_encoder_is_refused() {
        assert!(Cli::try_parse_from(["train", "--head", "x.bin"]).is_err());
    }
}
