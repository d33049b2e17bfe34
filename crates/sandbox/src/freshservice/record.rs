//! What the desk keeps, and how each record is written out.

use serde_json::{Map, Value, json};

use crate::html;
use crate::stamp::{MINUTE, utc_seconds};

/// Minutes after which an untouched ticket is overdue, in this desk's one service level.
const DUE_MINUTES: i64 = 8 * 60;

/// A ticket. `status`: 2 open, 3 pending, 4 resolved, 5 closed; `source`: 1 email, 2 portal.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) id: u64,
    pub(super) subject: String,
    /// HTML, as whoever raised the ticket wrote it.
    pub(super) description: String,
    pub(super) status: u64,
    pub(super) priority: u64,
    pub(super) source: u64,
    /// `Incident` or `Service Request`.
    pub(super) kind: String,
    pub(super) requester_id: u64,
    pub(super) requested_for_id: u64,
    pub(super) responder_id: Option<u64>,
    pub(super) group_id: Option<u64>,
    pub(super) category: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) custom_fields: Map<String, Value>,
    pub(super) requested_items: Vec<Value>,
    pub(super) spam: bool,
    pub(super) deleted: bool,
    /// Unix microseconds.
    pub(super) created_at: i64,
    /// Unix microseconds.
    pub(super) updated_at: i64,
    /// Ids of the ticket's conversations, oldest first.
    pub(super) conversations: Vec<u64>,
}

impl Ticket {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "subject": self.subject,
            "description": self.description,
            "description_text": html::to_text(&self.description),
            "status": self.status,
            "priority": self.priority,
            "urgency": self.priority.min(3),
            "impact": 1,
            "source": self.source,
            "type": self.kind,
            "requester_id": self.requester_id,
            "requested_for_id": self.requested_for_id,
            "responder_id": self.responder_id,
            "group_id": self.group_id,
            "department_id": null,
            "workspace_id": 2,
            "category": self.category,
            "sub_category": null,
            "item_category": null,
            "email_config_id": null,
            "to_emails": null,
            "cc_emails": [],
            "fwd_emails": [],
            "reply_cc_emails": [],
            "tags": self.tags,
            "custom_fields": self.custom_fields,
            "attachments": [],
            "spam": self.spam,
            "deleted": self.deleted,
            "is_escalated": false,
            "fr_escalated": false,
            "resolution_notes": null,
            "resolution_notes_html": null,
            "due_by": utc_seconds(self.created_at + DUE_MINUTES * MINUTE),
            "fr_due_by": utc_seconds(self.created_at + DUE_MINUTES / 2 * MINUTE),
            "created_at": utc_seconds(self.created_at),
            "updated_at": utc_seconds(self.updated_at),
        })
    }
}

/// A note (`source` 2 at the vendor) on a ticket.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: u64,
    pub(super) ticket_id: u64,
    pub(super) user_id: u64,
    /// HTML.
    pub(super) body: String,
    pub(super) private: bool,
    pub(super) incoming: bool,
    /// How often the body was changed after it was posted.
    pub(super) edits: u32,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

impl Conversation {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "ticket_id": self.ticket_id,
            "user_id": self.user_id,
            "body": self.body,
            "body_text": html::to_text(&self.body),
            "private": self.private,
            "incoming": self.incoming,
            "source": if self.incoming { 0 } else { 2 },
            "support_email": null,
            "from_email": null,
            "to_emails": [],
            "cc_emails": [],
            "bcc_emails": null,
            "attachments": [],
            "edits": self.edits,
            "created_at": utc_seconds(self.created_at),
            "updated_at": utc_seconds(self.updated_at),
        })
    }

    /// As the vendor's API shows it: without the sandbox's own count of edits.
    pub(super) fn to_api(&self) -> Value {
        let mut value = self.to_json();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("edits");
        }
        value
    }
}

/// An agent or a requester.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) is_agent: bool,
    pub(super) created_at: i64,
}

impl Person {
    pub(super) fn requester(id: u64, first: &str, last: &str, email: &str, now: i64) -> Self {
        Self {
            id,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: email.to_owned(),
            is_agent: false,
            created_at: now,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// As embedded in a ticket by `include=requester` or `include=requested_for`.
    pub(super) fn embedded(&self) -> Value {
        json!({"id": self.id, "name": self.name(), "email": self.email, "mobile": null, "phone": null})
    }

    pub(super) fn to_requester(&self) -> Value {
        let mut value = self.common();
        value["primary_email"] = json!(self.email);
        value["secondary_emails"] = json!([]);
        value["is_agent"] = json!(self.is_agent);
        value["department_names"] = Value::Null;
        value
    }

    pub(super) fn to_agent(&self) -> Value {
        let mut value = self.common();
        value["email"] = json!(self.email);
        value["occasional"] = json!(false);
        value["role_ids"] = json!([27_000_000_001_u64]);
        value["group_ids"] = json!([super::people::GROUP_ID]);
        value["member_of"] = json!([super::people::GROUP_ID]);
        value["signature"] = Value::Null;
        value
    }

    fn common(&self) -> Value {
        json!({
            "id": self.id,
            "first_name": self.first_name,
            "last_name": if self.last_name.is_empty() { Value::Null } else { json!(self.last_name) },
            "job_title": null,
            "work_phone_number": null,
            "mobile_phone_number": null,
            "department_ids": [],
            "reporting_manager_id": null,
            "location_id": null,
            "address": null,
            "background_information": null,
            "time_zone": "Berlin",
            "language": "en",
            "active": true,
            "vip_user": false,
            "custom_fields": {},
            "created_at": utc_seconds(self.created_at),
            "updated_at": utc_seconds(self.created_at),
        })
    }
}
