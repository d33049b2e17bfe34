//! The figures, and how they are shown.

use serde_json::{Value, json};
use std::fmt::Write;

/// What the figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Floor {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Floor {
    fn met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(floor) => value >= floor,
            Self::AtMost(ceiling) => value <= ceiling,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::AtLeast(floor) => format!(">= {}", short(floor)),
            Self::AtMost(ceiling) => format!("<= {}", short(ceiling)),
        }
    }
}

/// One figure: the same thing measured several times.
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    runs: Vec<f64>,
    floor: Option<Floor>,
    limits: Vec<&'static str>,
}

impl Figure {
    /// What was measured in each run.
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Self {
        Self { name: name.into(), unit, runs, floor: None, limits: Vec::new() }
    }

    /// With what it should be.
    pub(crate) fn with_floor(mut self, floor: Floor) -> Self {
        self.floor = Some(floor);
        self
    }

    /// Shown as a share of these figures, where they were measured.
    pub(crate) fn beside(mut self, limits: &[&'static str]) -> Self {
        self.limits.extend(limits);
        self
    }

    /// The median, the least and the most.
    fn spread(&self) -> (f64, f64, f64) {
        let mut runs = self.runs.clone();
        runs.sort_by(f64::total_cmp);
        let Some((least, most)) = runs.first().zip(runs.last()) else { return (0.0, 0.0, 0.0) };
        let upper = runs[runs.len() / 2];
        let lower = runs[(runs.len() - 1) / 2];
        (f64::midpoint(lower, upper), *least, *most)
    }
}

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    remarks: Vec<String>,
    failures: Vec<String>,
}

impl Report {
    /// Adds a figure, and says it at once: the whole takes minutes.
    pub(crate) fn add(&mut self, figure: Figure) {
        let (median, least, most) = figure.spread();
        let spread = format!("{} ({} to {})", short(median), short(least), short(most));
        eprintln!("    {}: {spread} {}", figure.name, figure.unit);
        self.figures.push(figure);
    }

    /// Adds something that no figure says.
    pub(crate) fn remark(&mut self, text: String) {
        eprintln!("    {text}");
        self.remarks.push(text);
    }

    /// Something could not be measured, or was not as promised.
    pub(crate) fn fail(&mut self, text: String) {
        eprintln!("    FAILED: {text}");
        self.failures.push(text);
    }

    /// Whether anything failed.
    pub(crate) fn failed(&self) -> bool {
        !self.failures.is_empty()
    }

    fn shares(&self, figure: &Figure) -> Vec<(&'static str, f64)> {
        let median = |name: &str| self.figures.iter().find(|known| known.name == name).map(|known| known.spread().0);
        let own = figure.spread().0;
        figure.limits.iter().filter_map(|name| median(name).map(|limit| (*name, own / limit))).collect()
    }

    /// The table.
    pub(crate) fn table(&self) -> String {
        let mut rows = vec![["", "median", "min", "max", "unit", "floor", ""].map(str::to_owned)];
        let mut beside = vec![String::from("beside the limits")];
        for figure in &self.figures {
            let (median, least, most) = figure.spread();
            let verdict = match figure.floor.map(|floor| floor.met(median)) {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "",
            };
            let floor = figure.floor.map(Floor::shown).unwrap_or_default();
            let name = figure.name.clone();
            let unit = figure.unit.to_owned();
            rows.push([name, short(median), short(least), short(most), unit, floor, verdict.to_owned()]);
            let shares = self.shares(figure);
            beside.push(
                shares.iter().map(|(limit, share)| format!("{share:.2} x {limit}")).collect::<Vec<_>>().join("; "),
            );
        }
        let widths: [usize; 7] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        let mut text = String::new();
        for (row, beside) in rows.iter().zip(beside) {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let number = (1..=3).contains(&column);
                let _ = if number { write!(line, "{cell:>width$}  ") } else { write!(line, "{cell:<width$}  ") };
            }
            let _ = writeln!(text, "{}", format!("{line}{beside}").trim_end());
        }
        for remark in &self.remarks {
            let _ = writeln!(text, "- {remark}");
        }
        for failure in &self.failures {
            let _ = writeln!(text, "FAILED: {failure}");
        }
        text
    }

    /// Everything as one object.
    pub(crate) fn json(&self) -> Value {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|figure| {
                let (median, least, most) = figure.spread();
                let shares: serde_json::Map<String, Value> =
                    self.shares(figure).into_iter().map(|(limit, share)| (limit.to_owned(), json!(share))).collect();
                json!({
                    "name": figure.name, "unit": figure.unit, "median": median, "min": least, "max": most,
                    "runs": figure.runs, "beside": shares, "floor": figure.floor.map(Floor::shown),
                    "met": figure.floor.map(|floor| floor.met(median)),
                })
            })
            .collect();
        json!({"figures": figures, "remarks": self.remarks, "failures": self.failures})
    }
}

/// A number as people read it: whole with thousands apart, or with two places where it is small.
fn short(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digit.is_ascii_digit() && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_for_people() {
        assert_eq!([0.0, 3.25, 100.0, 1_234.6, 1_234_567.0].map(short), ["0.00", "3.25", "100", "1,235", "1,234,567"]);
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert_eq!(Figure::new("a", "s", vec![4.0, 1.0, 2.0, 8.0]).spread(), (3.0, 1.0, 8.0));
        assert_eq!(Figure::new("a", "s", vec![9.0, 1.0, 2.0]).spread(), (2.0, 1.0, 9.0));
        assert_eq!(Figure::new("a", "s", Vec::new()).spread(), (0.0, 0.0, 0.0));
    }

    #[test]
    fn floors_and_shares_stand_in_the_table() {
        let mut report = Report::default();
        report.add(Figure::new("limit", "requests/s", vec![10_000.0]));
        let figure = Figure::new("ours", "tickets/s", vec![5_000.0]);
        report.add(figure.with_floor(Floor::AtLeast(6_000.0)).beside(&["limit", "not measured"]));
        report.add(Figure::new("memory", "MiB", vec![40.0]).with_floor(Floor::AtMost(60.0)));
        let table = report.table();
        let line = table.lines().nth(2).unwrap();
        assert!(line.contains(">= 6,000") && line.contains("MISSED") && line.ends_with("0.50 x limit"), "{table}");
        assert!(table.lines().nth(3).unwrap().ends_with("<= 60.00  met"), "{table}");
        assert_eq!(report.json()["figures"][1]["met"], false);
    }
}
