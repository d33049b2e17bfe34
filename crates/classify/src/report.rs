//! The figures of the classifier as a page shows them: tables in Markdown and the confusion matrix as a picture.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    corpus::Labelled,
    evaluation::{self, Answered, CLASSES, Extracted, Figures, VALUES},
    model::INTENTS,
    training::{FOLDS, judged_by_others, train},
};

/// How many of the worst mistakes are shown.
const WORST: usize = 20;
/// Characters of a ticket's text that are shown with a mistake.
const SHOWN: usize = 160;
const HEAD: &str = "| tickets held out | tickets | accuracy | fired on nothing | coverage | precision | calibration error |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// What was measured on held-out tickets.
pub struct Report {
    /// The model made of all tickets.
    pub model: Vec<u8>,
    /// Tables in Markdown.
    pub tables: String,
    /// The confusion matrix, an SVG picture.
    pub picture: String,
    /// The figures of tickets that were held out with their families.
    pub families: Figures,
    /// The figures of tickets that were held out with everything else of their author.
    pub authors: Figures,
    /// The values that were found.
    pub values: Extracted,
    /// Tickets with text aimed at software where anything else than what is really asked passed the floor.
    pub misled: usize,
}

/// Trains on these tickets and measures on held-out ones.
pub fn report(tickets: &[Labelled]) -> Report {
    let trained = train(tickets);
    let answers = evaluation::answers(&trained.judged, &trained.curve, &trained.floors);
    let others = evaluation::answers(&judged_by_others(tickets), &trained.curve, &trained.floors);
    let mut tables = String::new();
    summary(&mut tables, &answers, &others);
    floors(&mut tables, &trained.floors, &answers);
    groups(&mut tables, tickets, &answers, &others);
    let values = evaluation::extraction(tickets.iter());
    value_table(&mut tables, &values);
    mistakes(&mut tables, tickets, &answers);
    let (families, authors) = (Figures::of(answers.iter()), Figures::of(others.iter()));
    let aimed = aimed_at_software(tickets, &answers);
    Report {
        model: trained.bytes,
        picture: picture(&families),
        tables,
        families,
        authors,
        values,
        misled: aimed.fired - aimed.fired_right,
    }
}

fn summary(out: &mut String, answers: &[Answered], others: &[Answered]) {
    let (families, authors) = (Figures::of(answers.iter()), Figures::of(others.iter()));
    let _ = writeln!(
        out,
        "### Intents\n\n{HEAD}{}",
        evaluation::row(&format!("{FOLDS} folds, families together"), &families)
    );
    let _ = writeln!(out, "{}\n", evaluation::row("one author at a time", &authors));
    let _ = writeln!(
        out,
        "Of {} tickets that ask for nothing, {} passed the floor with families held out: at most {:.2} % with a certainty of 95 %. With whole authors held out it was {} ({:.2} %).\n",
        families.nothing,
        families.fired_on_nothing,
        100.0 * families.fired_bound(),
        authors.fired_on_nothing,
        100.0 * authors.fired_bound(),
    );
}

fn floors(out: &mut String, floors: &[f64; INTENTS.len()], answers: &[Answered]) {
    let _ = writeln!(
        out,
        "### Floors and intents\n\n| intent | floor | asked for | likeliest class right | right at the floor | wrong at the floor |\n| --- | --- | --- | --- | --- | --- |"
    );
    for (topic, intent) in INTENTS.iter().enumerate() {
        let asked: Vec<&Answered> = answers.iter().filter(|answer| answer.right == topic).collect();
        let right = asked.iter().filter(|answer| answer.class() == topic).count();
        let passed = answers.iter().filter(|answer| answer.topic == topic && answer.confidence >= answer.floor);
        let (good, wrong): (Vec<&Answered>, Vec<&Answered>) = passed.partition(|answer| answer.right == topic);
        let _ = writeln!(
            out,
            "| `{intent}` | {:.3} | {} | {right} | {} | {} |",
            floors[topic],
            asked.len(),
            good.len(),
            wrong.len()
        );
    }
    out.push('\n');
}

fn groups(out: &mut String, tickets: &[Labelled], answers: &[Answered], others: &[Answered]) {
    let _ = writeln!(
        out,
        "### By language, families held out\n\n{HEAD}{}\n",
        rows(&evaluation::by(tickets, answers, |ticket| ticket.language()))
    );
    let _ = writeln!(
        out,
        "### By author, the author held out\n\n{HEAD}{}\n",
        rows(&evaluation::by(tickets, others, |ticket| &ticket.author))
    );
    let figures = aimed_at_software(tickets, answers);
    let wrong = figures.fired - figures.fired_right;
    let _ = writeln!(
        out,
        "Of {} tickets with text aimed at software, {wrong} passed the floor with anything else than what is really asked ({} really ask for something, {} of them passed).\n",
        figures.tickets, figures.asking, figures.covered
    );
}

/// The figures of the tickets with text aimed at software.
fn aimed_at_software(tickets: &[Labelled], answers: &[Answered]) -> Figures {
    let told = |ticket: &Labelled| ticket.tags.iter().any(|tag| tag == "injection");
    Figures::of(tickets.iter().zip(answers).filter(|(ticket, _)| told(ticket)).map(|(_, answer)| answer))
}

fn rows(groups: &BTreeMap<&str, Figures>) -> String {
    groups.iter().map(|(name, figures)| evaluation::row(name, figures)).collect::<Vec<_>>().join("\n")
}

fn value_table(out: &mut String, found: &Extracted) {
    let _ = writeln!(out, "### Values, with the intent given\n\n| value | labelled | exact |\n| --- | --- | --- |");
    for (name, (right, all)) in VALUES.iter().zip(found.counts) {
        #[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
        let percent = 100.0 * right as f64 / all.max(1) as f64;
        let _ = writeln!(out, "| {name} | {all} | {percent:.1} % |");
    }
    out.push('\n');
}

fn mistakes(out: &mut String, tickets: &[Labelled], answers: &[Answered]) {
    let _ = writeln!(
        out,
        "### The worst {WORST} mistakes\n\n| ticket | right | answered | sure of it | text |\n| --- | --- | --- | --- | --- |"
    );
    for at in evaluation::worst(answers, WORST) {
        let (ticket, answer) = (&tickets[at], &answers[at]);
        let text = format!("{}: {}", ticket.subject, ticket.description);
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
        let text = text.replace('|', "/").replace('<', "&lt;").replace('`', "'");
        let _ = writeln!(
            out,
            "| {} | {} | {} | {:.2} | {text} |",
            ticket.id,
            name(answer.right),
            name(answer.class()),
            if answer.class() == INTENTS.len() { 1.0 - answer.confidence } else { answer.confidence },
        );
    }
}

fn name(class: usize) -> &'static str {
    INTENTS.get(class).copied().unwrap_or("none")
}

/// The confusion matrix: right classes down, answered classes across; a darker field is a greater share of its row.
fn picture(figures: &Figures) -> String {
    const FIELD: usize = 72;
    const LEFT: usize = 190;
    const TOP: usize = 150;
    let (width, height) = (LEFT + CLASSES * FIELD + 10, TOP + CLASSES * FIELD + 10);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n<title>Held-out tickets: right class (down) by likeliest class (across)</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for class in 0..CLASSES {
        let (x, y) = (LEFT + class * FIELD + FIELD / 2, TOP + class * FIELD + FIELD / 2 + 4);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>", LEFT - 8, name(class));
        let _ = writeln!(svg, "<text transform=\"translate({x} {}) rotate(-45)\">{}</text>", TOP - 8, name(class));
    }
    for (right, row) in figures.confusion.iter().enumerate() {
        let all: usize = row.iter().sum();
        for (answered, count) in row.iter().enumerate() {
            let (x, y) = (LEFT + answered * FIELD, TOP + right * FIELD);
            let percent = count * 100 / all.max(1);
            let shade = 255 - percent * 2;
            let ink = if percent > 45 { "#ffffff" } else { "#1a1a1a" };
            let (blue, fill) = (shade.max(120), if *count == 0 { 255 } else { shade });
            let colour = if *count == 0 { "#ffffff".to_owned() } else { format!("rgb({fill},{fill},{blue})") };
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{FIELD}\" height=\"{FIELD}\" fill=\"{colour}\" stroke=\"#cccccc\"/>"
            );
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\">{count}</text>",
                x + FIELD / 2,
                y + FIELD / 2 + 4
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
