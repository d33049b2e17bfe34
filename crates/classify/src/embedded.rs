//! The classifier itself: reading, scoring, extraction.

use countersign_domain::{
    classification::{Classification, Confidence, Said, Slots, TicketWords},
    digest::Digest,
    ids::IntentName,
    ports::Classifier,
    runbook::Runbook,
};

use std::sync::LazyLock;

use crate::{
    concepts,
    corpus::{self, Labelled},
    cues,
    custom::{Custom, Customs, Weak, prevails},
    encoded::{Larger, shares_of},
    extract::{self, Found, Wanted},
    features::{Features, Sparse},
    model::{INTENTS, Model, Scores},
    text::Reading,
};

const MODEL: &[u8] = include_bytes!("../model.bin");
/// Where several people are meant there is no single action: how sure that is taken to be.
const SURE_OF_SEVERAL: f64 = 0.90;
const MOST_RUNNERS_UP: usize = 3;
/// The floor of an intent of one's own, where its runbook sets none.
pub const DEFAULT_FLOOR: f64 = 0.80;

/// The embedded classifier. Answers are the same on every machine and in every run.
pub struct Embedded {
    model: Model,
    hash: String,
    customs: Customs,
    intents: [IntentName; INTENTS.len()],
    larger: Option<Larger>,
}

/// Who is likeliest, before extraction.
struct Likeliest {
    intent: IntentName,
    confidence: f64,
    wanted: Wanted,
}

/// What of the classifier is built into the program, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The model.
    pub model: usize,
    /// The words and phrases of concepts and cues.
    pub lexicon: usize,
    /// The labelled tickets, from which intents of an administrator's own are learned.
    pub tickets: usize,
}

impl Embedded {
    /// What is built into the program.
    pub fn sizes() -> Sizes {
        Sizes { model: MODEL.len(), lexicon: concepts::bytes() + cues::bytes(), tickets: corpus::bytes() }
    }

    /// With the built-in intents.
    pub fn new() -> Self {
        let intents = INTENTS.map(|name| match IntentName::new(name) {
            Ok(intent) => intent,
            Err(error) => unreachable!("a test reads the built-in names: {error}"),
        });
        Self { model: shipped(), hash: Digest::of(MODEL).short(), customs: Customs::default(), intents, larger: None }
    }

    /// With the built-in intents and those of an administrator's runbooks, by the examples in their files. Runbooks that
    /// serve a built-in intent add nothing.
    pub fn with_runbooks(runbooks: &[Runbook]) -> Self {
        let mut embedded = Self::new();
        let own: Vec<&Runbook> =
            runbooks.iter().filter(|runbook| !INTENTS.contains(&runbook.intent.as_str())).collect();
        if !own.is_empty() {
            embedded.customs = Customs::learn(&own);
            let digests = own.iter().flat_map(|runbook| runbook.digest.0).collect::<Vec<u8>>();
            embedded.hash = Digest::of(&[MODEL, &digests].concat()).short();
        }
        embedded
    }

    /// The administrator's intents whose tickets are hard to recognise by the examples in their files.
    pub fn weak(&self) -> Vec<Weak> {
        self.customs.all.iter().filter_map(Custom::weak).collect()
    }

    /// With a larger encoder, whose reading joins the model's answer.
    #[must_use]
    pub fn with_encoder(mut self, larger: Larger) -> Self {
        self.hash = Digest::of(format!("{} {}", self.hash, larger.digest()).as_bytes()).short();
        self.larger = Some(larger);
        self
    }

    /// A short hash of the model and of what was added to it; the ledger has it with every answer.
    pub fn model_hash(&self) -> String {
        self.hash.clone()
    }

    /// The model's scores, joined to what the larger encoder reads where there is one.
    fn scores(&self, reading: &Reading, sparse: &Sparse) -> Scores {
        let own = self.model.score(sparse);
        let joined = self.larger.as_ref().and_then(|larger| larger.join(&said(reading), &shares_of(&own)));
        joined.map_or(own, |shares| Scores::of_shares(&shares, own.manner))
    }

    fn likeliest(&self, reading: &Reading, sparse: &Sparse, scores: &Scores) -> Likeliest {
        let (topic, confidence) = scores.best();
        match self.customs.likeliest(reading, sparse) {
            Some((custom, sure)) if prevails(sure, confidence) => {
                Likeliest { intent: custom.intent.clone(), confidence: sure, wanted: custom.wanted }
            }
            Some(_) | None => {
                Likeliest { intent: self.intents[topic].clone(), confidence, wanted: wanted(INTENTS[topic]) }
            }
        }
    }

    /// The built-in intents with their scores, best first, without the one that is answered.
    fn runners_up(&self, scores: &Scores, answered: Option<&IntentName>) -> Vec<(IntentName, Confidence)> {
        let mut others: Vec<(IntentName, Confidence)> = (self.intents.iter().zip(scores.topics))
            .filter(|(intent, _)| Some(*intent) != answered)
            .map(|(intent, share)| (intent.clone(), Confidence::from_share(scores.request * share)))
            .collect();
        others.sort_by(|(_, a), (_, b)| b.cmp(a));
        others.truncate(MOST_RUNNERS_UP);
        others
    }

    /// The confidence from which an intent is acted on where nobody sets a number for its runbook: that of the shipped
    /// model for a built-in intent, [`DEFAULT_FLOOR`] for one of an administrator's own.
    pub fn floor(&self, intent: &str) -> f64 {
        INTENTS.iter().position(|known| *known == intent).map_or(DEFAULT_FLOOR, |topic| self.model.floor(topic))
    }

    fn nothing(&self, sure: f64, scores: &Scores) -> Classification {
        Classification {
            intent: None,
            confidence: Confidence::from_share(sure),
            runners_up: self.runners_up(scores, None),
            slots: Default::default(),
            model: self.hash.clone(),
            consulted: None,
        }
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self::new()
    }
}

impl Classifier for Embedded {
    fn classify(&self, words: TicketWords<'_>) -> Classification {
        let reading = Reading::new(words.subject, words.description);
        let features = Features::of(&reading);
        if !features.has_words {
            return self.nothing(1.0, &Scores::NOTHING);
        }
        let scores = self.scores(&reading, &features.sparse);
        let likeliest = self.likeliest(&reading, &features.sparse, &scores);
        if likeliest.confidence < 0.5 {
            return self.nothing(1.0 - likeliest.confidence, &scores);
        }
        let found = extract::extract(&reading, &features.sentences, words.requester, likeliest.wanted);
        if found.several {
            return self.nothing(SURE_OF_SEVERAL, &scores);
        }
        Classification {
            confidence: Confidence::from_share(likeliest.confidence),
            runners_up: self.runners_up(&scores, Some(&likeliest.intent)),
            intent: Some(likeliest.intent),
            slots: found.slots,
            model: self.hash.clone(),
            consulted: None,
        }
    }

    fn extract(&self, words: TicketWords<'_>, intent: &IntentName) -> Slots {
        let reading = Reading::new(words.subject, words.description);
        let features = Features::of(&reading);
        let wanted = wanted_by(&self.customs.all, intent);
        let found = extract::extract(&reading, &features.sentences, words.requester, wanted);
        // Of several people none is meant rather than another: the plan then says that nobody is named.
        if found.several { Slots::default() } else { found.slots }
    }

    fn said(&self, words: TicketWords<'_>) -> Said {
        said(&Reading::new(words.subject, words.description))
    }

    fn is_quick(&self) -> bool {
        self.larger.is_none()
    }
}

fn said(reading: &Reading) -> Said {
    let lines: Vec<&str> = reading.body.iter().map(|line| &reading.text[line.clone()]).collect();
    Said { subject: reading.text[reading.subject.clone()].to_owned(), body: lines.join("\n") }
}

/// The digest of the model that is built in.
pub(crate) fn digest() -> Digest {
    Digest::of(MODEL)
}

/// The confidence from which an intent is acted on where nobody sets a number for its runbook: the one measured for a
/// built-in intent, [`DEFAULT_FLOOR`] for one of an administrator's own.
pub fn floor_of(intent: &str) -> f64 {
    static FLOORS: LazyLock<[f64; INTENTS.len()]> = LazyLock::new(|| {
        let model = shipped();
        std::array::from_fn(|topic| model.floor(topic))
    });
    INTENTS.iter().position(|known| *known == intent).map_or(DEFAULT_FLOOR, |topic| FLOORS[topic])
}

pub(crate) fn shipped() -> Model {
    match Model::read(MODEL) {
        Ok(model) => model,
        Err(error) => unreachable!("a test reads the embedded model: {error}"),
    }
}

/// What is found in a ticket that asks for this built-in intent, by its place.
pub(crate) fn found(words: TicketWords<'_>, topic: usize) -> Found {
    let reading = Reading::new(words.subject, words.description);
    let features = Features::of(&reading);
    extract::extract(&reading, &features.sentences, words.requester, wanted(INTENTS[topic]))
}

/// By topic, whether a ticket that asks for it would mean several people.
pub(crate) fn several(ticket: &Labelled) -> [bool; INTENTS.len()] {
    let words = TicketWords {
        subject: &ticket.subject,
        description: &ticket.description,
        requester: ticket.requester.as_deref(),
    };
    std::array::from_fn(|topic| found(words, topic).several)
}

/// Which values an intent wants, built in or of a runbook of one's own; an unknown one wants none.
fn wanted_by(customs: &[Custom], intent: &IntentName) -> Wanted {
    let own = customs.iter().find(|custom| custom.intent == *intent).map(|custom| custom.wanted);
    let built_in = || INTENTS.contains(&intent.as_str()).then(|| wanted(intent.as_str()));
    own.or_else(built_in).unwrap_or_default()
}

/// Which values a built-in intent wants. Nobody asks for their own suspension without saying whom they mean.
fn wanted(intent: &str) -> Wanted {
    let new_person = intent == "new_hire_provisioning";
    Wanted {
        person: !new_person,
        new_person,
        group: intent == "group_membership",
        license: intent == "license_assignment",
        may_be_self: !matches!(intent, "new_hire_provisioning" | "suspend_account"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_sound() {
        let embedded = Embedded::new();
        assert_eq!(embedded.model_hash().len(), 8);
        assert!(Model::read(&MODEL[..MODEL.len() - 1]).is_err());
        assert!(Model::read(b"").is_err());
    }

    #[test]
    fn empty_tickets_ask_for_nothing() {
        for (subject, description) in [("", ""), (" ", "\n\n"), ("", "<p>&nbsp;</p>"), ("??", "!")] {
            let answer = Embedded::new().classify(TicketWords { subject, description, requester: None });
            assert_eq!((answer.intent, answer.confidence.parts()), (None, 10_000));
        }
    }
}
