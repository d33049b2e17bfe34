//! Tickets and answers as JSON lines, for `countersign classify`.

use countersign_domain::{
    classification::{Classification, GroupAction, NamedPerson, NewHire, Slots, TicketWords},
    ports::Classifier,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::embedded::{DEFAULT_FLOOR, Embedded};

/// A line that is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// No JSON object, or a field of the wrong type.
    #[error(
        "the line is not a ticket ({says}, column {column}); expected an object with id, subject, description and requesterEmail"
    )]
    NotATicket {
        /// What is wrong, without any of the ticket's text.
        says: &'static str,
        /// Column in bytes, counted from 1.
        column: usize,
    },
    /// Neither subject nor description.
    #[error("the ticket has neither subject nor description; at least one is needed")]
    NoText,
}

#[derive(Deserialize)]
struct Ticket {
    #[serde(default)]
    id: Value,
    subject: Option<String>,
    description: Option<String>,
    #[serde(rename = "requesterEmail")]
    requester: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    intent: &'a str,
    confidence: f64,
    target: Person<'a>,
    group: Option<&'a str>,
    action: Option<GroupAction>,
    sku: Option<&'a str>,
    #[serde(rename = "newHire")]
    new_hire: Option<Hire<'a>>,
}

#[derive(Serialize)]
struct Person<'a> {
    email: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Hire<'a> {
    name: Option<&'a str>,
    email: Option<&'a str>,
    groups: &'a [String],
    license: Option<&'a str>,
}

impl<'a> Person<'a> {
    fn of(person: &'a NamedPerson) -> Self {
        Self { email: person.email.as_deref(), name: person.name.as_deref() }
    }
}

impl<'a> Hire<'a> {
    fn of(hire: &'a NewHire) -> Self {
        Self {
            name: hire.name.as_deref(),
            email: hire.email.as_deref(),
            groups: &hire.groups,
            license: hire.license.as_deref(),
        }
    }
}

impl Embedded {
    /// Answers one JSON line `{"id","subject","description","requesterEmail"}` with another, without a newline. Unknown
    /// fields are ignored. Below `floor`, or the intent's own where none is given, the intent is `none`, the parameters are null, and `confidence` is how sure it
    /// is that nothing is asked.
    ///
    /// # Errors
    /// [`LineError`], which never repeats the ticket's text.
    pub fn answer_line(&self, line: &str, floor: Option<f64>) -> Result<String, LineError> {
        let ticket: Ticket = serde_json::from_str(line).map_err(|error| LineError::NotATicket {
            says: match error.classify() {
                serde_json::error::Category::Syntax => "not JSON",
                serde_json::error::Category::Eof => "cut short",
                serde_json::error::Category::Data | serde_json::error::Category::Io => "a field of the wrong type",
            },
            column: error.column(),
        })?;
        if ticket.subject.is_none() && ticket.description.is_none() {
            return Err(LineError::NoText);
        }
        let classification = self.classify(TicketWords {
            subject: ticket.subject.as_deref().unwrap_or(""),
            description: ticket.description.as_deref().unwrap_or(""),
            requester: ticket.requester.as_deref(),
        });
        let own = classification.intent.as_ref().map_or(DEFAULT_FLOOR, |intent| self.floor(intent.as_str()));
        let answer = answer(&ticket.id, &classification, floor.unwrap_or(own));
        serde_json::to_string(&answer).map_err(|_| LineError::NoText)
    }
}

fn answer<'a>(id: &'a Value, classification: &'a Classification, floor: f64) -> Answer<'a> {
    const NO_SLOTS: &Slots = &Slots {
        target: NamedPerson { email: None, name: None },
        group: None,
        action: None,
        sku: None,
        new_hire: None,
    };
    let share = classification.confidence.share();
    let (intent, confidence, slots) = match &classification.intent {
        Some(intent) if share >= floor => (intent.as_str(), share, &classification.slots),
        Some(_) => ("none", 1.0 - share, NO_SLOTS),
        None => ("none", share, NO_SLOTS),
    };
    Answer {
        id,
        intent,
        confidence: (confidence * 10_000.0).round() / 10_000.0,
        target: Person::of(&slots.target),
        group: slots.group.as_deref(),
        action: slots.action,
        sku: slots.sku.as_deref(),
        new_hire: slots.new_hire.as_ref().map(Hire::of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_answered_with_its_values() {
        let line = r#"{"id":7,"subject":"password reset","description":"I forgot my password, please reset it.","requesterEmail":"a.b@acme.com","more":1}"#;
        let answer: Value = serde_json::from_str(&Embedded::new().answer_line(line, None).unwrap()).unwrap();
        assert_eq!(answer["id"], 7);
        assert_eq!(answer["intent"], "password_reset");
        assert_eq!(answer["target"]["email"], "a.b@acme.com");
        assert_eq!(answer["newHire"], Value::Null);
    }

    #[test]
    fn below_the_floor_nothing_is_answered() {
        let line = r#"{"id":"x","subject":"password reset","description":"I forgot my password, please reset it.","requesterEmail":"a.b@acme.com"}"#;
        let answer: Value = serde_json::from_str(&Embedded::new().answer_line(line, Some(1.01)).unwrap()).unwrap();
        assert_eq!((&answer["intent"], &answer["target"]["email"]), (&Value::from("none"), &Value::Null));
    }

    #[test]
    fn lines_that_are_no_tickets_are_refused_without_repeating_them() {
        let embedded = Embedded::new();
        for (line, says) in [
            ("secret", "not JSON"),
            (r#"{"id":1,"subject":"secret"#, "cut short"),
            (r#"{"id":1,"subject":["secret"]}"#, "a field of the wrong type"),
            ("[]", "a field of the wrong type"),
            (r#"{"id":1}"#, "neither subject nor description"),
        ] {
            let error = embedded.answer_line(line, None).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("secret"), "{line}: {error}");
        }
    }
}
