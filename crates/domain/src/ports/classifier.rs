//! The embedded classifier: synchronous, because it stands in the path of every ingest.

use crate::{
    classification::{Classification, Slots, TicketWords},
    ids::IntentName,
};

/// Says what a ticket asks for.
pub trait Classifier: Send + Sync {
    /// Classifies one ticket. Total: any text gets an answer, and an unsure one says so by its confidence.
    fn classify(&self, words: TicketWords<'_>) -> Classification;

    /// The values that stand in a ticket of which a person says that it asks for this.
    fn extract(&self, words: TicketWords<'_>, intent: &IntentName) -> Slots;
}
