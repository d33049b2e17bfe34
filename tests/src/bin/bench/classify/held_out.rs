//! How right the classifier is: on tickets that were held out, under models that had not seen them, and the shipped model
//! on the sample tickets beside the checkout, from which nothing is learned.

use countersign_classify::{
    Embedded,
    corpus::shipped,
    evaluation::{Figures, VALUES},
    report,
};
use serde_json::Value;
use std::{fs, path::Path};

use crate::{
    machine::number,
    report::{Figure, Floor, Report},
};

/// Measures it.
pub(crate) fn measure(shared: &Path, report: &mut Report) -> anyhow::Result<()> {
    let measured = report::report(&shipped());
    figures("families held out", &measured.families, report);
    figures("authors held out", &measured.authors, report);
    for (name, (right, all)) in VALUES.iter().zip(measured.values.counts) {
        let floor = Floor::AtLeast(if *name == "target" { 97.0 } else { 95.0 });
        let exact = 100.0 * number(right) / number(all.max(1));
        report.add(Figure::new(format!("{name} exact"), "%", vec![exact]).with_floor(floor));
    }
    let misled = Figure::new("injected text acted on", "tickets", vec![number(measured.misled)]);
    report.add(misled.with_floor(Floor::AtMost(0.0)));
    samples(&shared.join("tickets/sample.jsonl"), report)
}

fn figures(how: &str, figures: &Figures, report: &mut Report) {
    let rows = [
        ("accuracy", figures.accuracy(), Floor::AtLeast(90.0)),
        ("fired on nothing", figures.fired_share(), Floor::AtMost(1.0)),
        ("coverage", figures.coverage(), Floor::AtLeast(65.0)),
        ("precision", figures.precision(), Floor::AtLeast(97.0)),
        ("calibration error", figures.calibration_error, Floor::AtMost(5.0)),
    ];
    for (name, value, floor) in rows {
        report.add(Figure::new(format!("{name}, {how}"), "%", vec![100.0 * value]).with_floor(floor));
    }
}

/// The shipped model's answers to the samples: the intent at its floor, and what fires.
fn samples(file: &Path, report: &mut Report) -> anyhow::Result<()> {
    let Ok(text) = fs::read_to_string(file) else {
        report.remark(format!("the sample tickets are LEFT OUT: {} is not there", file.display()));
        return Ok(());
    };
    let embedded = Embedded::new();
    let (mut all, mut right, mut nothing, mut fired) = (0, 0, 0, 0);
    for line in text.lines() {
        let gold: Value = serde_json::from_str(line)?;
        let answer: Value = serde_json::from_str(&embedded.answer_line(line, None)?)?;
        let wanted = &gold["gold"]["intent"];
        all += 1;
        right += usize::from(*wanted == answer["intent"]);
        nothing += usize::from(wanted == "none");
        fired += usize::from(wanted == "none" && answer["intent"] != "none");
    }
    let accuracy = Figure::new("accuracy, samples at the floor", "%", vec![100.0 * number(right) / number(all)]);
    report.add(accuracy.with_floor(Floor::AtLeast(90.0)));
    report.add(Figure::new("fired on nothing, samples", "tickets", vec![number(fired)]).with_floor(Floor::AtMost(0.0)));
    report.remark(format!("samples: {all} tickets, {nothing} of them ask for nothing"));
    Ok(())
}
