//! The classifier: synchronous, because the embedded one stands in the path of every ingest.

use async_trait::async_trait;

use crate::{
    classification::{Classification, Said, Slots, TicketWords},
    ids::IntentName,
};

/// Says what a ticket asks for.
#[async_trait]
pub trait Classifier: Send + Sync {
    /// Classifies one ticket. Total: any text gets an answer, and an unsure one says so by its confidence.
    fn classify(&self, words: TicketWords<'_>) -> Classification;

    /// The values that stand in a ticket of which a person says that it asks for this.
    fn extract(&self, words: TicketWords<'_>, intent: &IntentName) -> Slots;

    /// What of a ticket is read: the only part of it that another model is ever shown.
    fn said(&self, words: TicketWords<'_>) -> Said;

    /// Whether an answer takes so little that whoever sends a ticket can wait for it. A ticket for one that is not quick
    /// is taken in unread and classified once it was fetched.
    fn is_quick(&self) -> bool {
        true
    }

    /// Classifies one ticket without keeping the calling task's thread, where that would take long.
    async fn classify_apart(&self, words: TicketWords<'_>) -> Classification {
        self.classify(words)
    }
}
