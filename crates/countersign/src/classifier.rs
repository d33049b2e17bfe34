//! The classifier as it is configured: the embedded one, alone or with a larger encoder.

use anyhow::Context;
use async_trait::async_trait;
use countersign_classify::{
    Embedded, SentenceEncoder as _,
    encoded::{self, Head, Larger},
};
use countersign_domain::{
    classification::{Classification, Said, Slots, TicketWords},
    digest::Digest,
    ids::IntentName,
    ports::Classifier,
    runbook::Runbook,
};
use countersign_encoder::Encoder;
use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
    sync::Arc,
};

use crate::{
    Failure,
    config::{Config, EncoderConfig},
};

/// The head that stands beside an encoder other than the one whose head is built in.
const HEAD: &str = "countersign-head.bin";

/// Bytes of a head's file; one for an encoder of usual width has a quarter of a megabyte.
const LONGEST_HEAD: u64 = 16 << 20;

/// Reads the larger encoder, if one is configured. Takes about a second.
///
/// # Errors
/// [`Failure::Configuration`]: a folder or a head that cannot be used.
pub(crate) fn larger(config: &Config) -> Result<Option<Larger>, Failure> {
    let Some(settings) = &config.classifier.encoder else { return Ok(None) };
    let larger = read(settings).context("classifier.encoder").map_err(|error| Failure::configuration(&error))?;
    Ok(Some(larger))
}

fn read(settings: &EncoderConfig) -> anyhow::Result<Larger> {
    let built_in = Head::read(encoded::BUILT_IN).context("the head that is built in")?.encoder();
    let encoder = Encoder::load(&settings.folder, Some(settings.sha256.unwrap_or(built_in)))?;
    let head = head(&settings.folder, encoder.digest(), built_in)?;
    Ok(Larger::new(Box::new(encoder), &head)?)
}

/// The classifier that is asked about tickets.
pub(crate) fn classifier(runbooks: &[Runbook], larger: Option<Larger>) -> Arc<dyn Classifier> {
    let embedded = Embedded::with_runbooks(runbooks);
    for weak in embedded.weak() {
        tracing::warn!(
            intent = %weak.intent,
            recognised = weak.recognised,
            examples = weak.examples,
            "a runbook's examples are too few or too different to recognise its tickets by; `countersign runbook check` says more"
        );
    }
    match larger {
        None => Arc::new(embedded),
        Some(larger) => Arc::new(Apart(Arc::new(embedded.with_encoder(larger)))),
    }
}

/// A classifier that takes long, kept off the threads that serve tasks.
struct Apart(Arc<Embedded>);

#[async_trait]
impl Classifier for Apart {
    fn classify(&self, words: TicketWords<'_>) -> Classification {
        self.0.classify(words)
    }

    fn extract(&self, words: TicketWords<'_>, intent: &IntentName) -> Slots {
        self.0.extract(words, intent)
    }

    fn said(&self, words: TicketWords<'_>) -> Said {
        self.0.said(words)
    }

    fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    async fn classify_apart(&self, words: TicketWords<'_>) -> Classification {
        let classifier = Arc::clone(&self.0);
        let (subject, description) = (words.subject.to_owned(), words.description.to_owned());
        let requester = words.requester.map(ToOwned::to_owned);
        let classified = tokio::task::spawn_blocking(move || {
            let words = TicketWords { subject: &subject, description: &description, requester: requester.as_deref() };
            classifier.classify(words)
        });
        // Ends without an answer only where the program itself does.
        match classified.await {
            Ok(classification) => classification,
            Err(_) => self.0.classify(words),
        }
    }
}

/// The head in the encoder's folder, else the one that is built in if it is for this encoder.
fn head(folder: &Path, encoder: Digest, built_in: Digest) -> anyhow::Result<Vec<u8>> {
    let file = folder.join(HEAD);
    let mut bytes = Vec::new();
    match File::open(&file).and_then(|file| file.take(LONGEST_HEAD).read_to_end(&mut bytes)) {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound && encoder == built_in => Ok(encoded::BUILT_IN.to_vec()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(anyhow::anyhow!(
            "there is no head for this encoder: {} is missing; make it with `cargo xtask train --encoder {}`",
            file.display(),
            folder.display()
        )),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> EncoderConfig {
        EncoderConfig { folder: folder.to_owned(), sha256: None }
    }

    #[tokio::test]
    async fn a_classifier_kept_apart_answers_as_it_does_otherwise() {
        let apart = Apart(Arc::new(Embedded::new()));
        for description in ["I forgot my password, please reset it.", "", "Lunch is at noon."] {
            let words = TicketWords { subject: "Help", description, requester: Some("jo@example.test") };
            assert_eq!(apart.classify_apart(words).await, apart.classify(words), "{description}");
        }
    }

    #[test]
    fn a_folder_without_an_encoder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(&settings(folder.path())).err().unwrap().to_string();
        assert!(error.contains("config.json cannot be read; an encoder is a folder with"), "{error}");
    }

    #[test]
    fn the_head_in_the_folder_comes_before_the_built_in_one_and_another_encoder_needs_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (known, other) = (Digest::of(b"known"), Digest::of(b"other"));
        assert!(head(folder.path(), known, known).unwrap() == encoded::BUILT_IN);
        let error = head(folder.path(), other, known).unwrap_err().to_string();
        assert!(
            error.contains("there is no head for this encoder") && error.contains("xtask train --encoder"),
            "{error}"
        );
        std::fs::write(folder.path().join(HEAD), b"a head").unwrap();
        assert_eq!(head(folder.path(), known, known).unwrap(), b"a head");
        assert_eq!(head(folder.path(), other, known).unwrap(), b"a head");
    }
}
