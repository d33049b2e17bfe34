//! The Workflow Automator's "Trigger Webhook" action: what an administrator pasted, filled in and sent.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::State;
use crate::html;
use crate::outgoing::{self, Delivery};

/// How long the desk waits for the receiver.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which body the rule sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// The documented body, its values escaped as JSON.
    #[default]
    Countersign,
    /// The same body with the ticket's words pasted in as they are: a quote or a line break in them breaks the JSON,
    /// and whoever writes the ticket can inject keys.
    Unescaped,
    /// The ticket's number and nothing else.
    IdOnly,
}

/// A workflow rule: on each new ticket, POST the filled-in template.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automator {
    /// Where to send it.
    pub url: String,
    /// Headers set in the rule, such as the receiver's key.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub template: Template,
    /// How often each webhook is sent; 2 plays a rule that fires twice.
    #[serde(default = "once")]
    pub deliveries: u32,
}

fn once() -> u32 {
    1
}

/// The ticket's fields as placeholders see them.
struct Placeholders {
    id: u64,
    subject: String,
    description_text: String,
    url: String,
    from_email: String,
}

impl Template {
    fn fill(self, ticket: &Placeholders) -> String {
        match self {
            Self::Countersign => json!({
                "source": "freshservice",
                "ticket": {
                    "ticketId": ticket.id.to_string(),
                    "subject": ticket.subject,
                    "description": ticket.description_text,
                    "url": ticket.url,
                    "requesterEmail": ticket.from_email,
                }
            })
            .to_string(),
            Self::Unescaped => format!(
                "{{\n  \"source\": \"freshservice\",\n  \"ticket\": {{\n    \"ticketId\": \"{}\",\n    \"subject\": \"{}\",\n    \
                 \"description\": \"{}\",\n    \"url\": \"{}\",\n    \"requesterEmail\": \"{}\"\n  }}\n}}",
                ticket.id, ticket.subject, ticket.description_text, ticket.url, ticket.from_email
            ),
            Self::IdOnly => format!("{{\"ticket_id\": \"{}\"}}", ticket.id),
        }
    }
}

impl State {
    /// Sets or removes the rule.
    pub(crate) fn set_automator(&self, automator: Option<Automator>) {
        *self.automator.lock().unwrap_or_else(PoisonError::into_inner) = automator;
    }

    /// Sends the webhook of a ticket as often as the rule says, and returns the answers.
    pub(crate) async fn deliver(&self, ticket: u64) -> Vec<Delivery> {
        let Some((automator, body)) = self.webhook(ticket) else { return Vec::new() };
        let mut deliveries = Vec::new();
        for _ in 0..automator.deliveries {
            deliveries.push(self.send(&automator, body.clone()).await);
        }
        deliveries
    }

    /// Sends the webhook without waiting for it, as the vendor does when a ticket is created by the API.
    pub(super) fn deliver_later(self: &Arc<Self>, ticket: u64) {
        let Some((automator, body)) = self.webhook(ticket) else { return };
        let state = Arc::clone(self);
        tokio::spawn(async move {
            for _ in 0..automator.deliveries {
                let delivery = state.send(&automator, body.clone()).await;
                tracing::debug!(ticket, status = delivery.status, "webhook delivered");
            }
        });
    }

    fn webhook(&self, ticket: u64) -> Option<(Automator, String)> {
        let automator = self.automator.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let desk = self.desk();
        let record = desk.tickets.get(&ticket)?;
        let placeholders = Placeholders {
            id: record.id,
            subject: record.subject.clone(),
            description_text: html::to_text(&record.description),
            url: format!("{}/a/tickets/{}", self.base_url, record.id),
            from_email: desk.person(record.requester_id).map(|person| person.email.clone()).unwrap_or_default(),
        };
        let body = automator.template.fill(&placeholders);
        Some((automator, body))
    }

    async fn send(&self, automator: &Automator, body: String) -> Delivery {
        let mut request = self.http.post(&automator.url).timeout(PATIENCE).header("content-type", "application/json");
        for (name, value) in &automator.headers {
            request = request.header(name, value);
        }
        outgoing::send(request.body(body)).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Placeholders, Template};

    fn ticket(description: &str) -> Placeholders {
        Placeholders {
            id: 4211,
            subject: "MFA".to_owned(),
            description_text: description.to_owned(),
            url: "http://desk/a/tickets/4211".to_owned(),
            from_email: "sarah.chen@acme.com".to_owned(),
        }
    }

    #[test]
    fn escaped_template_survives_quotes_and_line_breaks() {
        let body = Template::Countersign.fill(&ticket("she said \"no\"\nthen left"));
        let value: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["ticket"]["description"], "she said \"no\"\nthen left");
        assert_eq!(value["ticket"]["ticketId"], "4211");
    }

    #[test]
    fn unescaped_template_breaks_on_a_quote_and_on_a_line_break() {
        for text in ["a \"b\" c", "one\ntwo"] {
            assert!(serde_json::from_str::<Value>(&Template::Unescaped.fill(&ticket(text))).is_err());
        }
        assert!(serde_json::from_str::<Value>(&Template::Unescaped.fill(&ticket("harmless"))).is_ok());
    }

    #[test]
    fn unescaped_template_lets_a_ticket_inject_keys() {
        let body = Template::Unescaped.fill(&ticket("x\",\"requesterEmail\":\"ceo@acme.com\",\"y\":\""));
        assert!(serde_json::from_str::<Value>(&body).is_ok());
        assert!(body.contains("\"requesterEmail\":\"ceo@acme.com\""));
    }
}
