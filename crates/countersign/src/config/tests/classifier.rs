//! What stands beside the embedded classifier.

use countersign_domain::{classification::Confidence, digest::Digest};
use secrecy::ExposeSecret;
use std::{path::Path, time::Duration};

use super::{GOOD, load_with, problems};

const LLM: &str = "[classifier.llm]\nurl = \"https://llm.example/v1\"\nmodel = \"small\"\n";

fn with(more: &str) -> String {
    format!("{GOOD}{LLM}{more}")
}

#[test]
fn nothing_stands_beside_the_classifier_unless_it_is_set() {
    let classifier = load_with(GOOD, &[]).unwrap().classifier;
    assert!(classifier.llm.is_none() && classifier.encoder.is_none());
}

#[test]
fn an_encoder_is_a_folder_and_its_weights_digest() {
    let digest = Digest::of(b"weights");
    let upper = digest.to_string().to_ascii_uppercase();
    for (text, expected) in [
        (format!("{GOOD}[classifier]\nencoder = \"/srv/encoder\"\n"), None),
        (format!("{GOOD}[classifier]\nencoder = \"/srv/encoder\"\nencoder_sha256 = \"{digest}\"\n"), Some(digest)),
        (format!("{GOOD}[classifier]\nencoder = \"/srv/encoder\"\nencoder_sha256 = \"{upper}\"\n"), Some(digest)),
    ] {
        let encoder = load_with(&text, &[]).unwrap().classifier.encoder.unwrap();
        assert_eq!((encoder.folder.as_path(), encoder.sha256), (Path::new("/srv/encoder"), expected));
    }
}

#[test]
fn what_an_encoder_cannot_be_is_said() {
    let digest = Digest::of(b"weights");
    for (more, word) in [
        (
            format!("encoder_sha256 = \"{digest}\""),
            "`classifier.encoder_sha256` is set and `classifier.encoder` is not",
        ),
        (
            "encoder = true".to_owned(),
            "`classifier.encoder` is true or false: expected the path of an encoder's folder",
        ),
        ("encoder = \"/srv/e\"\nencoder_sha256 = \"abc\"".to_owned(), "expected 64 hexadecimal digits"),
    ] {
        let problems = problems(&format!("{GOOD}[classifier]\n{more}\n"), &[]);
        assert!(problems.iter().any(|problem| problem.contains(word)), "{word}: {problems:#?}");
    }
}

#[test]
fn a_language_model_has_its_defaults() {
    let llm = load_with(&with(""), &[]).unwrap().classifier.llm.unwrap();
    assert_eq!((llm.url.as_str(), llm.model.as_str()), ("https://llm.example/v1", "small"));
    assert_eq!((llm.ask_from, llm.timeout), (Confidence::from_share(0.5), Duration::from_secs(8)));
    assert!(llm.api_key.is_none());
}

#[test]
fn a_language_model_is_read_as_written_and_by_variable() {
    let text = with("api_key = { env = \"LLM_KEY\" }\nask_from = 0.6\ntimeout = \"3s\"\n");
    let more = [("LLM_KEY", "llm-key-value"), ("COUNTERSIGN__CLASSIFIER__LLM__MODEL", "large")];
    let llm = load_with(&text, &more).unwrap().classifier.llm.unwrap();
    assert_eq!((llm.model.as_str(), llm.timeout), ("large", Duration::from_secs(3)));
    assert_eq!(llm.ask_from, Confidence::from_share(0.6));
    assert_eq!(llm.api_key.unwrap().current().expose_secret(), "llm-key-value");
}

#[test]
fn what_a_language_model_cannot_be_is_said() {
    for (text, word) in [
        (format!("{GOOD}[classifier.llm]\nmodel = \"small\"\n"), "`classifier.llm.url` is missing"),
        (format!("{GOOD}[classifier.llm]\nurl = \"https://llm.example/v1\"\n"), "`classifier.llm.model` is missing"),
        (with("timeout = \"9s\"\n"), "`classifier.llm.timeout` is 9 s: expected from 1 s to 8 s"),
        (with("ask_from = 50\n"), "`classifier.llm.ask_from` is 50: expected a number from 0 to 1"),
        (with("api_key = \"sk-live-1\"\n"), "`classifier.llm.api_key` is a secret, which never stands in the file"),
        (with("temperature = 1\n"), "there is no key `classifier.llm.temperature`"),
        (format!("{GOOD}[classifier]\nllm = true\n"), "`classifier.llm` is true or false: expected a table"),
    ] {
        let problems = problems(&text, &[]);
        assert!(problems.iter().any(|problem| problem.contains(word)), "{word}: {problems:#?}");
        assert!(!problems.join("\n").contains("sk-live-1"), "{problems:#?}");
    }
}
