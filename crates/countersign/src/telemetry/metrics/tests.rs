use super::*;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn described() -> BTreeSet<&'static str> {
    ALL.iter().map(|metric| metric.name).collect()
}

/// Every name of ours in a text, as Prometheus knows it, as the metric it is of.
fn named(text: &str) -> BTreeSet<String> {
    let word = |byte: char| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == '_';
    let metric = |name: &str| {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        of_histogram.unwrap_or(name).to_owned()
    };
    text.split(|byte: char| !word(byte)).filter(|part| part.starts_with("countersign_")).map(metric).collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The names that are recorded in the program's sources: the first text after a recording macro.
fn recorded() -> BTreeSet<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for macro_name in ["metrics::counter!(", "metrics::gauge!(", "metrics::histogram!("] {
            let first_texts = text.split(macro_name).skip(1).filter_map(|rest| rest.split('"').nth(1));
            names.extend(first_texts.filter(|name| name.starts_with("countersign_")).map(ToOwned::to_owned));
        }
    }
    names
}

#[test]
fn what_is_recorded_is_described_and_what_is_described_is_recorded() {
    let described: BTreeSet<String> = described().into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(described.len(), ALL.len(), "a name stands twice");
    assert_eq!(recorded(), described);
}

#[test]
fn names_say_their_unit_and_helps_are_sentences() {
    for Metric { name, kind, help, .. } in ALL {
        match kind {
            Kind::Counter => assert!(name.ends_with("_total"), "{name}"),
            Kind::Histogram(bounds) => {
                assert!(name.ends_with("_seconds"), "{name}");
                assert!(bounds.is_sorted(), "{name}");
            }
            Kind::Gauge => assert!(!name.ends_with("_total"), "{name}"),
        }
        assert!(help.ends_with('.'), "{name}: {help}");
    }
}

#[test]
fn board_and_alerts_name_only_metrics_that_there_are() {
    for file in ["deploy/grafana/countersign.json", "deploy/prometheus/alerts.yml"] {
        let named = named(&read(file));
        assert!(named.len() > 10, "{file}: {named:?}");
        let described = described();
        let unknown: Vec<_> = named.iter().filter(|name| !described.contains(name.as_str())).collect();
        assert!(unknown.is_empty(), "{file} names what nobody records: {unknown:?}");
    }
}

#[test]
fn every_metric_has_a_place_on_the_board() {
    let shown = named(&read("deploy/grafana/countersign.json"));
    let missing: Vec<_> = described().into_iter().filter(|name| !shown.contains(*name)).collect();
    assert!(missing.is_empty(), "not on the board: {missing:?}");
}

#[test]
fn every_alert_has_its_section_in_the_guide_and_every_section_its_alert() {
    let alerts = read("deploy/prometheus/alerts.yml");
    let names: BTreeSet<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect();
    let guide = read("docs/guides/on-call.md");
    let sections: BTreeSet<_> = guide.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert!(names.len() > 10, "{names:?}");
    assert_eq!(names, sections);
    let anchors: BTreeSet<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("runbook_url: docs/guides/on-call.md#")).collect();
    let expected: BTreeSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(anchors, expected.iter().map(String::as_str).collect());
}

#[test]
fn every_section_says_how_to_look_and_what_to_do() {
    let guide = read("docs/guides/on-call.md");
    for section in guide.split("\n## ").skip(1) {
        for part in ["**Means**", "**Look**", "**Do**", "**Worry**"] {
            assert!(section.contains(part), "{} lacks {part}", section.lines().next().unwrap_or_default());
        }
    }
}
