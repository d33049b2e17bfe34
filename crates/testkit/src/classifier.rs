//! A classifier that goes by one keyword.

use countersign_domain::{
    classification::{Classification, NamedPerson, Said, Slots, TicketWords},
    ids::IntentName,
    ports::Classifier,
};

use crate::builders::classification;

/// Answers with what stands beside the first keyword that occurs in the ticket's words; else that nothing is asked.
#[derive(Default)]
pub struct RuleClassifier {
    rules: Vec<(String, Classification)>,
    slow: bool,
}

impl RuleClassifier {
    /// With this answer for tickets that contain `keyword` (lower case). Where the answer names no target, the requester
    /// is the target.
    #[must_use]
    pub fn when(mut self, keyword: &str, answer: Classification) -> Self {
        self.rules.push((keyword.to_owned(), answer));
        self
    }

    /// As one whose answers nobody who sends a ticket waits for.
    #[must_use]
    pub fn slowly(mut self) -> Self {
        self.slow = true;
        self
    }
}

impl Classifier for RuleClassifier {
    fn classify(&self, words: TicketWords<'_>) -> Classification {
        let text = format!("{}\n{}", words.subject, words.description).to_lowercase();
        let Some((_, answer)) = self.rules.iter().find(|(keyword, _)| text.contains(keyword)) else {
            return classification(None, 0.99, Slots::default());
        };
        Classification { slots: about_requester(answer.slots.clone(), words), ..answer.clone() }
    }

    /// The values of the first answer with this intent.
    fn extract(&self, words: TicketWords<'_>, intent: &IntentName) -> Slots {
        let of_intent = self.rules.iter().find(|(_, answer)| answer.intent.as_ref() == Some(intent));
        about_requester(of_intent.map(|(_, answer)| answer.slots.clone()).unwrap_or_default(), words)
    }

    /// All of it.
    fn said(&self, words: TicketWords<'_>) -> Said {
        Said { subject: words.subject.to_owned(), body: words.description.to_owned() }
    }

    fn is_quick(&self) -> bool {
        !self.slow
    }
}

fn about_requester(mut slots: Slots, words: TicketWords<'_>) -> Slots {
    if slots.target == NamedPerson::default() {
        slots.target.email = words.requester.map(ToOwned::to_owned);
    }
    slots
}
