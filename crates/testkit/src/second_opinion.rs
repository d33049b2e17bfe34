//! A second model in memory.

use async_trait::async_trait;
use countersign_domain::{
    classification::{Confidence, Said},
    ids::IntentName,
    ports::{Candidate, Finding, Opinion, OpinionValues, PortError, SecondOpinion},
};
use std::sync::Mutex;

use crate::{
    locked,
    script::{Script, answer, found},
};

/// What a second model can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecondOpinionCall {
    /// [`SecondOpinion::ask`].
    Ask,
    /// [`SecondOpinion::check`].
    Check,
}

/// What it was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// The text.
    pub said: Said,
    /// The intents it could choose from.
    pub candidates: Vec<IntentName>,
}

/// A second model that always answers the same.
pub struct FakeSecondOpinion {
    /// Counts calls and makes them fail.
    pub script: Script<SecondOpinionCall>,
    ask_from: Confidence,
    opinion: Opinion,
    asked: Mutex<Vec<Question>>,
}

impl FakeSecondOpinion {
    /// That nothing is asked, of tickets that the classifier is at least half sure of.
    pub fn new() -> Self {
        let opinion = Opinion { intent: None, values: OpinionValues::default() };
        Self { script: Script::default(), ask_from: Confidence::from_share(0.5), opinion, asked: Mutex::default() }
    }

    /// That this is asked.
    #[must_use]
    pub fn saying(mut self, intent: IntentName, values: OpinionValues) -> Self {
        self.opinion = Opinion { intent: Some(intent), values };
        self
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Question> {
        locked(&self.asked).clone()
    }
}

impl Default for FakeSecondOpinion {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl SecondOpinion for FakeSecondOpinion {
    fn model(&self) -> &str {
        "fake-model"
    }

    fn ask_from(&self) -> Confidence {
        self.ask_from
    }

    async fn ask(&self, said: &Said, candidates: &[Candidate<'_>]) -> Result<Opinion, PortError> {
        let lost = self.script.enter(SecondOpinionCall::Ask)?;
        let candidates = candidates.iter().map(|candidate| candidate.intent.clone()).collect();
        locked(&self.asked).push(Question { said: said.clone(), candidates });
        answer(self.opinion.clone(), lost)
    }

    async fn check(&self) -> Vec<Finding> {
        found(&self.script, SecondOpinionCall::Check, "fake-model answers".to_owned(), &Mutex::default())
    }
}
