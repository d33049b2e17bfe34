//! What Freshservice sends, as far as it is read. Shapes: <https://api.freshservice.com/>; any field may be null.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A ticket. No `Debug`: it holds what people wrote.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// The number shown to people.
    pub id: Option<u64>,
    /// Subject line.
    pub subject: Option<String>,
    /// The description as HTML.
    pub description: Option<String>,
    /// The description as plain text, made by the vendor.
    pub description_text: Option<String>,
    /// 2 open, 3 pending, 4 resolved, 5 closed; others are the account's own.
    pub status: Option<i64>,
    /// `Incident` or `Service Request`; others are the account's own.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The channel it came by: 1 email, 2 portal, 3 phone, ...
    pub source: Option<i64>,
    /// The requester's address, where the vendor gives it.
    pub email: Option<String>,
    /// The requester.
    pub requester_id: Option<u64>,
    /// Whom it is for; the requester where nobody else is named.
    pub requested_for_id: Option<u64>,
    /// With `include=requester`.
    pub requester: Option<EmbeddedPerson>,
    /// With `include=requested_for`.
    pub requested_for: Option<EmbeddedPerson>,
    /// Values of the account's own fields, by field name.
    pub custom_fields: Option<Map<String, Value>>,
    /// Marked as spam.
    pub spam: Option<bool>,
    /// In the trash.
    pub deleted: Option<bool>,
    /// RFC 3339, UTC.
    pub created_at: Option<String>,
    /// RFC 3339, UTC.
    pub updated_at: Option<String>,
}

/// A person as embedded in a ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EmbeddedPerson {
    /// The person's id.
    pub id: Option<u64>,
    /// Full name.
    pub name: Option<String>,
    /// Primary address; null for somebody known by telephone alone.
    pub email: Option<String>,
}

/// A reply or a note on a ticket. No `Debug`: it holds what people wrote.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// Its id, by which it is edited.
    pub id: Option<u64>,
    /// HTML.
    pub body: Option<String>,
    /// Plain text, made by the vendor.
    pub body_text: Option<String>,
    /// Seen by agents alone.
    pub private: Option<bool>,
    /// Written by the requester.
    pub incoming: Option<bool>,
    /// Who wrote it.
    pub user_id: Option<u64>,
    /// RFC 3339, UTC.
    pub created_at: Option<String>,
    /// RFC 3339, UTC.
    pub updated_at: Option<String>,
}

/// An agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Agent {
    /// The agent's id.
    pub id: Option<u64>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Not deactivated.
    pub active: Option<bool>,
    /// Works by day passes.
    pub occasional: Option<bool>,
    /// Roles, each with where it holds.
    pub roles: Option<Vec<AgentRole>>,
    /// Ids of the roles, where the account still lists them apart.
    pub role_ids: Option<Vec<u64>>,
    /// When Freshservice answered by its own clock, in Unix seconds, where it says so (`Date`). Not part of the record.
    #[serde(skip)]
    pub answered_at: Option<i64>,
}

/// A role that an agent has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AgentRole {
    /// The role's id.
    pub role_id: Option<u64>,
    /// `entire_helpdesk`, `member_groups`, `specified_groups` or `assigned_items`.
    pub assignment_scope: Option<String>,
}

/// A role as it is defined in the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Role {
    /// The role's id.
    pub id: Option<u64>,
    /// Its name: `Account Admin`.
    pub name: Option<String>,
}

/// A requester.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Requester {
    /// The requester's id.
    pub id: Option<u64>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Primary address.
    pub primary_email: Option<String>,
    /// Further addresses.
    pub secondary_emails: Option<Vec<String>>,
    /// Not deactivated.
    pub active: Option<bool>,
    /// Is an agent as well.
    pub is_agent: Option<bool>,
}

/// An agent group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Group {
    /// The group's id.
    pub id: Option<u64>,
    /// Its name.
    pub name: Option<String>,
}

/// A field of the ticket form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TicketField {
    /// The field's id.
    pub id: Option<u64>,
    /// The name under which `custom_fields` has its value.
    pub name: Option<String>,
    /// What people see.
    pub label: Option<String>,
    /// `custom_text`, `custom_dropdown`, `default_subject`, ...
    pub field_type: Option<String>,
    /// Comes with the product.
    pub default_field: Option<bool>,
}

/// A catalogue item on a service request. No `Debug`: it holds what people wrote.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RequestedItem {
    /// The id of this request for the item.
    pub id: Option<u64>,
    /// The catalogue item.
    pub service_item_id: Option<u64>,
    /// The catalogue item's name.
    pub service_item_name: Option<String>,
    /// What was filled in, by field name.
    pub custom_fields: Option<Map<String, Value>>,
}
