//! The agent to whom the key belongs: what it may do, and what is said of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// The account's roles; the first is the agent's at the start.
const ROLES: [(u64, &str); 3] =
    [(27_000_000_001, "Countersign"), (27_000_000_002, "SD Agent"), (27_000_000_003, "Account Admin")];

/// Something an agent may be kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Right {
    /// Seeing tickets, their conversations and requested items.
    ViewTickets,
    /// Adding notes.
    AddNotes,
    /// Editing notes.
    EditNotes,
    /// Reading the account's roles.
    ReadRoles,
    /// Reading the ticket form.
    ReadFields,
    /// Asking about itself.
    ReadSelf,
}

/// The agent.
#[derive(Clone, Debug)]
pub(super) struct KeyOwner {
    pub(super) active: bool,
    pub(super) occasional: bool,
    pub(super) role: u64,
    /// `entire_helpdesk`, `member_groups`, `specified_groups` or `assigned_items`.
    pub(super) scope: String,
    pub(super) lacks: Vec<Right>,
}

impl Default for KeyOwner {
    fn default() -> Self {
        let scope = "entire_helpdesk".to_owned();
        Self { active: true, occasional: false, role: ROLES[0].0, scope, lacks: Vec::new() }
    }
}

/// The id of the role with this name.
pub(super) fn role_named(name: &str) -> Option<u64> {
    ROLES.iter().find(|(_, known)| *known == name).map(|(id, _)| *id)
}

impl KeyOwner {
    /// Why the request is refused, if it is: 403 for whoever is deactivated and for what the role does not allow.
    pub(super) fn refuse(&self, method: &Method, route: &str) -> Option<Response> {
        let refused = !self.active || right(method, route).is_some_and(|right| self.lacks.contains(&right));
        refused.then(|| {
            let body = json!({"code": "access_denied", "message": "You are not authorized to perform this action."});
            (StatusCode::FORBIDDEN, Json(body)).into_response()
        })
    }

    /// What is said of the agent besides what is said of every agent.
    pub(super) fn describe(&self, agent: &mut Value) {
        agent["active"] = json!(self.active);
        agent["occasional"] = json!(self.occasional);
        agent["role_ids"] = json!([self.role]);
        agent["roles"] = json!([{"role_id": self.role, "assignment_scope": self.scope, "groups": []}]);
    }
}

/// What a request needs; `None`: nothing that an agent may be kept from.
fn right(method: &Method, route: &str) -> Option<Right> {
    let reads = method == Method::GET;
    match route.strip_prefix("/freshservice/api/v2").unwrap_or(route) {
        "/agents/me" => Some(Right::ReadSelf),
        "/roles" => Some(Right::ReadRoles),
        "/ticket_form_fields" => Some(Right::ReadFields),
        "/tickets/{id}/notes" if !reads => Some(Right::AddNotes),
        "/conversations/{id}" if !reads => Some(Right::EditNotes),
        path if reads && path.starts_with("/tickets") => Some(Right::ViewTickets),
        _ => None,
    }
}

/// Every role of the account.
pub(super) async fn roles() -> Json<Value> {
    let role = |(id, name): (u64, &str)| {
        json!({
            "id": id, "name": name, "description": name, "default": name != "Countersign",
            "scopes": {"ticket": null, "problem": null, "change": null, "release": null, "asset": null},
        })
    };
    Json(json!({"roles": ROLES.map(role)}))
}
