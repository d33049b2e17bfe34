//! Makes `model.bin` from the texts in `data/` and prints how held-out texts were answered.

use countersign_classify::training::{Labelled, fit, read};
use std::{error::Error, fs, path::Path};

const LABELS: [&str; 8] = [
    "password_reset",
    "mfa_reset",
    "new_hire_provisioning",
    "license_assignment",
    "account_unlock",
    "suspend_account",
    "group_membership",
    "none",
];

fn main() -> Result<(), Box<dyn Error>> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tickets: Vec<Labelled> = Vec::new();
    let mut lines = Vec::new();
    for label in LABELS {
        let file = format!("data/{label}.jsonl");
        let text = fs::read_to_string(crate_folder.join(&file))?;
        tickets.extend(read(&file, label, &text)?);
        lines.extend(text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{label} {line}")));
    }
    let (model, report) = fit(&tickets);
    fs::write(crate_folder.join("model.bin"), &model)?;
    println!("{} tickets, {} rows, {} bytes", report.tickets, report.rows, model.len());
    for (label, all, right) in &report.right {
        println!("{label:24} {right:4} of {all:4} held-out texts answered rightly at the default floor");
    }
    println!("{} fired on nothing, {} took one intent for another", report.fired_on_nothing, report.mistaken);
    for error in &report.errors {
        println!("  {}", lines[*error]);
    }
    Ok(())
}
