//! What happens at the desk outside its API: somebody raises a ticket in the portal, an agent closes one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::State;
use super::agent::{Right, role_named};
use crate::html;
use crate::outgoing::Delivery;

/// A ticket as somebody types it into the portal or a mail.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewTicket {
    /// Subject line.
    pub subject: String,
    /// Plain text; the desk stores it as HTML.
    pub description: String,
    /// The requester's address.
    pub email: String,
    /// `Incident` (where empty) or `Service Request`.
    #[serde(rename = "type")]
    pub kind: String,
    /// 1 email, 2 portal (where 0).
    pub source: u64,
    /// 2 open (where 0), 3 pending, 4 resolved, 5 closed.
    pub status: u64,
    /// Address of the person a service request is for, where it is somebody else.
    pub requested_for: Option<String>,
    /// Catalogue items of a service request, in the shape of `requested_items`; ids are added.
    pub requested_items: Vec<Value>,
    /// Values of the desk's own fields.
    pub custom_fields: Map<String, Value>,
    /// Whether the desk took it for spam.
    pub spam: bool,
    /// Unix seconds at which it was raised, where not now.
    pub created_at: Option<i64>,
    /// Leave out the webhook, as if the rule had not matched.
    pub quiet: bool,
}

/// A ticket that was raised, and what its webhook was answered.
#[derive(Clone, Debug, Serialize)]
pub struct RaisedTicket {
    /// The ticket's number.
    pub id: u64,
    /// One entry a delivery; empty without an automator.
    pub deliveries: Vec<Delivery>,
}

/// A scripted change at the desk.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    ChangeTicket {
        ticket: u64,
        #[serde(default)]
        fields: Map<String, Value>,
        /// Plain text.
        description: Option<String>,
        spam: Option<bool>,
        deleted: Option<bool>,
        requester: Option<String>,
    },
    /// A note by somebody else than the key's owner; plain text.
    AddNote { ticket: u64, email: String, text: String, private: bool },
    /// The ticket is gone for good: 404 from now on.
    PurgeTicket { ticket: u64 },
    /// The agent whose key it is is deactivated, made an occasional one, given another role (`Countersign`, `SD Agent`,
    /// `Account Admin`) or scope (`entire_helpdesk`, `member_groups`, `specified_groups`, `assigned_items`), or kept from
    /// something; what is absent stays.
    SetAgent {
        active: Option<bool>,
        occasional: Option<bool>,
        role: Option<String>,
        scope: Option<String>,
        lacks: Option<Vec<Right>>,
    },
}

impl State {
    /// Raises a ticket and waits until its webhooks have been answered.
    pub(crate) async fn raise(&self, new: NewTicket) -> Result<RaisedTicket, String> {
        let id = self.raise_quietly(&new)?;
        let deliveries = if new.quiet { Vec::new() } else { self.deliver(id).await };
        Ok(RaisedTicket { id, deliveries })
    }

    fn raise_quietly(&self, new: &NewTicket) -> Result<u64, String> {
        if new.subject.trim().is_empty() || !new.email.contains('@') {
            return Err("a ticket needs a subject and the requester's address".to_owned());
        }
        let mut body = Map::new();
        body.insert("subject".to_owned(), json!(new.subject));
        body.insert("description".to_owned(), json!(html::from_text(&new.description)));
        body.insert("email".to_owned(), json!(new.email));
        body.insert("custom_fields".to_owned(), Value::Object(new.custom_fields.clone()));
        if !new.kind.is_empty() {
            body.insert("type".to_owned(), json!(new.kind));
        }
        for (name, value) in [("source", new.source), ("status", new.status)] {
            if value > 0 {
                body.insert(name.to_owned(), json!(value));
            }
        }
        let id = self.insert(&body);
        let now = (self.now)();
        let mut desk = self.desk();
        let requested_for = new.requested_for.as_ref().map(|email| desk.requester_for(email, now));
        if let Some(ticket) = desk.tickets.get_mut(&id) {
            ticket.spam = new.spam;
            ticket.requested_for_id = requested_for.unwrap_or(ticket.requested_for_id);
            ticket.requested_items =
                (1..).zip(&new.requested_items).map(|(n, item)| requested_item(id, n, item)).collect();
            if let Some(seconds) = new.created_at {
                ticket.created_at = seconds.saturating_mul(crate::stamp::SECOND);
                ticket.updated_at = ticket.created_at;
            }
        }
        Ok(id)
    }

    /// A scripted change; answers with the ticket as it is then.
    pub(crate) fn apply(&self, command: Value) -> Result<Value, String> {
        let command: Command = serde_json::from_value(command).map_err(|error| error.to_string())?;
        let ticket = match command {
            Command::ChangeTicket { ticket, fields, description, spam, deleted, requester } => {
                let now = (self.now)();
                let mut desk = self.desk();
                let requester = requester.map(|email| desk.requester_for(&email, now));
                let record = desk.tickets.get_mut(&ticket).ok_or_else(|| unknown(ticket))?;
                record.amend(&fields);
                if let Some(text) = description {
                    record.description = html::from_text(&text);
                }
                record.requester_id = requester.unwrap_or(record.requester_id);
                record.spam = spam.unwrap_or(record.spam);
                record.deleted = deleted.unwrap_or(record.deleted);
                record.updated_at = now;
                ticket
            }
            Command::AddNote { ticket, email, text, private } => {
                let author = self.desk().requester_for(&email, (self.now)());
                self.add_note(ticket, author, html::from_text(&text), private).ok_or_else(|| unknown(ticket))?;
                ticket
            }
            Command::PurgeTicket { ticket } => {
                let gone = self.desk().tickets.remove(&ticket).ok_or_else(|| unknown(ticket))?;
                return Ok(json!({"purged": gone.id}));
            }
            Command::SetAgent { active, occasional, role, scope, lacks } => {
                let role = role.map(|name| role_named(&name).ok_or_else(|| format!("there is no role {name:?}")));
                let role = role.transpose()?;
                let mut owner = self.key_owner();
                owner.active = active.unwrap_or(owner.active);
                owner.occasional = occasional.unwrap_or(owner.occasional);
                owner.role = role.unwrap_or(owner.role);
                owner.scope = scope.unwrap_or_else(|| std::mem::take(&mut owner.scope));
                owner.lacks = lacks.unwrap_or_else(|| std::mem::take(&mut owner.lacks));
                let mut shown = json!({});
                owner.describe(&mut shown);
                return Ok(json!({ "agent": shown }));
            }
        };
        let desk = self.desk();
        let record = desk.tickets.get(&ticket).ok_or_else(|| unknown(ticket))?;
        Ok(json!({"ticket": record.to_json()}))
    }
}

fn unknown(ticket: u64) -> String {
    format!("there is no ticket {ticket}")
}

fn requested_item(ticket: u64, number: u64, given: &Value) -> Value {
    let mut item = json!({
        "id": ticket * 100 + number,
        "quantity": 1,
        "stage": 1,
        "loaned": false,
        "cost_per_request": 0.0,
        "remarks": null,
        "delivery_time": null,
        "is_parent": true,
        "service_item_id": 40_000_000 + number,
        "service_item_name": null,
        "custom_fields": {},
    });
    if let (Some(item), Some(given)) = (item.as_object_mut(), given.as_object()) {
        item.extend(given.clone());
    }
    item
}
