//! The second opinion: another model, asked about a ticket that the classifier is not sure enough of.

use async_trait::async_trait;

use crate::{
    classification::{Confidence, GroupAction, Said},
    ids::IntentName,
    ports::{Finding, PortError},
};

/// An intent that may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its name.
    pub intent: &'a IntentName,
    /// What its runbook does, in a sentence.
    pub description: &'a str,
}

/// What a second model says of a ticket. Its word, not more: see [`crate::second_opinion`] for what it can bring about.
/// No `Debug` on purpose: the values are ticket text.
#[derive(Clone, PartialEq, Eq)]
pub struct Opinion {
    /// What is asked, one of the candidates; `None`: nothing.
    pub intent: Option<IntentName>,
    /// What it found in the text.
    pub values: OpinionValues,
}

/// The values that a second model names. They need not stand in the ticket.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OpinionValues {
    /// Whom it is about, by name or address.
    pub target: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// Join or leave.
    pub action: Option<GroupAction>,
    /// The licence.
    pub sku: Option<String>,
}

/// Another model that can be asked what a ticket asks for.
#[async_trait]
pub trait SecondOpinion: Send + Sync {
    /// Its name, as it is configured: for the ledger.
    fn model(&self) -> &str;

    /// How sure the classifier has to be at least for it to be asked.
    fn ask_from(&self) -> Confidence;

    /// Asks once. No address and no telephone number of the text leaves this machine. Ends within seconds.
    ///
    /// # Errors
    /// Every way in which there is no answer of the agreed form; none of them says anything of the text.
    async fn ask(&self, said: &Said, candidates: &[Candidate<'_>]) -> Result<Opinion, PortError>;

    /// Looks at whether it can be asked, with a ticket made up for that. Never fails as a whole.
    async fn check(&self) -> Vec<Finding>;
}
