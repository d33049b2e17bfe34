//! What the agent's role must allow, from the calls that the desk makes.

use std::collections::BTreeMap;

use countersign_domain::ports::Permission;

/// What such a right is to Freshservice.
const SORT: &str = "agent privilege";

/// To see tickets with their people, notes and requested items.
pub(super) const VIEW_TICKETS: &str = "view tickets";
pub(super) const ADD_NOTES: &str = "add private notes";
pub(super) const EDIT_NOTES: &str = "edit own notes";

/// Every call that needs a privilege; `tests/sandbox/check.rs` holds it against what an account sees. Freshservice documents
/// that every agent may view the tickets of its scope and add notes
/// (<https://support.freshservice.com/support/solutions/articles/156465>); a custom role says how wide the scope is. What
/// else `check` asks (`GET /api/v2/agents/me`, `GET /api/v2/roles`, `GET /api/v2/ticket_form_fields`) may be refused
/// without harm.
const CALLS: [(&str, &str); 6] = [
    ("GET /api/v2/tickets", VIEW_TICKETS),
    ("GET /api/v2/tickets/{id}", VIEW_TICKETS),
    ("GET /api/v2/tickets/{id}/conversations", VIEW_TICKETS),
    ("GET /api/v2/tickets/{id}/requested_items", VIEW_TICKETS),
    ("POST /api/v2/tickets/{id}/notes", ADD_NOTES),
    ("PUT /api/v2/conversations/{id}", EDIT_NOTES),
];

/// What the agent whose key is used must be allowed, by name, each with the calls that need it. An administrator's role
/// is in excess.
pub fn permissions() -> Vec<Permission> {
    let mut privileges: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (call, privilege) in CALLS {
        privileges.entry(privilege).or_default().push(call);
    }
    privileges.into_iter().map(|(name, calls)| Permission { sort: SORT, name, calls }).collect()
}
