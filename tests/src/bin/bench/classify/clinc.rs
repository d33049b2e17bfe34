//! CLINC150 (Larson et al., "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction", 2019): 150
//! intents and texts out of scope, under the paper's rule of a threshold.

use anyhow::{Context, ensure};
use countersign_classify::short_texts::{Query, ShortTexts};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    machine::{now, number},
    report::{Figure, Floor, Report},
};

const INTENTS: usize = 150;
const ACCURACY: f64 = 92.0;
const RECALL: f64 = 57.0;

/// The paper's results under the same rule, from its tables 2 and 3: classifier, in-scope accuracy, out-of-scope recall.
const PAPER: [(&str, &str, &str); 7] = [
    ("FastText", "88.6", "28.3"),
    ("SVM (bag of words)", "88.2", "18.0"),
    ("CNN (GloVe)", "90.9", "30.9"),
    ("DialogFlow", "90.8", "26.7"),
    ("Rasa (spacy-sklearn)", "90.9", "31.2"),
    ("MLP (USE)", "93.4", "49.1"),
    ("BERT", "96.2", "52.3"),
];

/// Texts with their labels, as the data set's file has them.
#[derive(Deserialize)]
struct Full {
    train: Vec<(String, String)>,
    val: Vec<(String, String)>,
    test: Vec<(String, String)>,
    oos_val: Vec<(String, String)>,
    oos_test: Vec<(String, String)>,
}

/// Measures it once for each seed.
pub(crate) fn measure(shared: &Path, runs: u32, report: &mut Report) -> anyhow::Result<()> {
    let file = shared.join("datasets/clinc150/data_full.json");
    let Ok(text) = fs::read_to_string(&file) else {
        report.remark(format!("CLINC150 LEFT OUT: {} is not there", file.display()));
        return Ok(());
    };
    let full: Full = serde_json::from_str(&text).with_context(|| format!("{} is not understood", file.display()))?;
    let names: BTreeSet<&str> = full.train.iter().map(|(_, label)| label.as_str()).collect();
    ensure!(names.len() == INTENTS, "{} intents instead of {INTENTS}", names.len());
    let names: Vec<&str> = names.into_iter().collect();
    let train = queries(&full.train, &names);
    let validation = [queries(&full.val, &names), queries(&full.oos_val, &names)].concat();
    let test = [queries(&full.test, &names), queries(&full.oos_test, &names)].concat();
    let (mut accuracy, mut recall, mut labelled, mut seconds, mut bytes) = (vec![], vec![], vec![], vec![], vec![]);
    for seed in 1..=u64::from(runs) {
        let begun = now();
        let heads = ShortTexts::<INTENTS>::fit(&train, seed);
        seconds.push(now().duration_since(begun).as_secs_f64());
        let measured = heads.measure(&validation, &test);
        accuracy.push(100.0 * measured.accuracy);
        recall.push(100.0 * measured.recall);
        labelled.push(100.0 * measured.labelled);
        bytes.push(number(heads.bytes()) / 1_048_576.0);
    }
    report.add(Figure::new("CLINC150, in-scope accuracy", "%", accuracy).with_floor(Floor::AtLeast(ACCURACY)));
    report.add(Figure::new("CLINC150, out-of-scope recall", "%", recall).with_floor(Floor::AtLeast(RECALL)));
    report.add(Figure::new("CLINC150, accuracy without a threshold", "%", labelled));
    report.add(Figure::new("CLINC150, to learn", "s", seconds));
    report.add(Figure::new("CLINC150, weights", "MiB", bytes));
    report.remark(format!(
        "CLINC150 Full: {} texts to learn from, {} to set the threshold, {} to test; a seed each run; no text out of scope \
         and no other text is learned from",
        train.len(),
        validation.len(),
        test.len()
    ));
    for (name, accuracy, recall) in PAPER {
        report.remark(format!("the paper, same rule: {name:<22} {accuracy} / {recall}"));
    }
    Ok(())
}

/// The texts with the places of their labels; one that is no intent's name is out of scope.
fn queries<'t>(texts: &'t [(String, String)], names: &[&str]) -> Vec<Query<'t>> {
    let query = |(text, label): &'t (String, String)| Query { text, label: names.binary_search(&label.as_str()).ok() };
    texts.iter().map(query).collect()
}
