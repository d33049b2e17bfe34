//! Makes `model.bin` from the tickets in `data/`, and the figures in `docs/CLASSIFIER.md` and its picture from tickets
//! that were held out. `cargo xtask train` runs it.

use countersign_classify::{corpus::shipped, report::report};
use std::{error::Error, fs, path::Path};

/// The part of the page that is made here.
const BEGIN: &str = "<!-- figures: made by `cargo xtask train`, not by hand -->\n";
const END: &str = "<!-- end of figures -->\n";

fn main() -> Result<(), Box<dyn Error>> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = crate_folder.join("../../docs");
    let tickets = shipped();
    println!("{} tickets; training and measuring", tickets.len());
    let report = report(&tickets);
    fs::write(crate_folder.join("model.bin"), &report.model)?;
    fs::write(docs.join("classifier-confusion.svg"), &report.picture)?;
    let page = docs.join("CLASSIFIER.md");
    let text = fs::read_to_string(&page)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("docs/CLASSIFIER.md has no mark where the figures begin")?;
    let (_, after) = rest.split_once(END).ok_or("docs/CLASSIFIER.md has no mark where the figures end")?;
    fs::write(&page, format!("{before}{BEGIN}\n{}\n{END}{after}", report.tables))?;
    println!("{}model.bin: {} bytes", report.tables, report.model.len());
    Ok(())
}
