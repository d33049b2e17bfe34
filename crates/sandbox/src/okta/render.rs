//! Okta's JSON, and the snapshot people look at.

use serde_json::{Value, json};

use super::directory::{Directory, Factor, Group, LogEntry, User};

/// Okta's timestamps: RFC 3339, UTC, milliseconds.
pub(super) fn time(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}

pub(super) fn user(user: &User, base: &str) -> Value {
    json!({
        "id": user.id,
        "status": user.status.as_str(),
        "created": time(user.created),
        "activated": user.activated.map(time),
        "statusChanged": user.status_changed.map(time),
        "lastLogin": null,
        "lastUpdated": time(user.last_updated),
        "passwordChanged": null,
        "type": {"id": "otysbx00000000000001"},
        "profile": user.profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": format!("{base}/api/v1/users/{}", user.id)}},
    })
}

pub(super) fn group(group: &Group, base: &str) -> Value {
    json!({
        "id": group.id,
        "created": time(group.created),
        "lastUpdated": time(group.created),
        "lastMembershipUpdated": time(group.membership_updated),
        "objectClass": ["okta:user_group"],
        "type": group.kind.as_str(),
        "profile": {"name": group.name, "description": null},
        "_links": {"users": {"href": format!("{base}/api/v1/groups/{}/users", group.id)}},
    })
}

pub(super) fn factor(factor: &Factor) -> Value {
    json!({
        "id": factor.id,
        "factorType": factor.factor_type,
        "provider": factor.provider,
        "vendorName": factor.provider,
        "status": "ACTIVE",
        "created": time(factor.created),
        "lastUpdated": time(factor.created),
    })
}

/// A role as somebody or a group holds it: `assignment` is `USER` or `GROUP`. What is not in capitals is a custom role's
/// name.
pub(super) fn role(holder: &str, created: i64, role: &str, assignment: &str) -> Value {
    let standard = role.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
    json!({
        "id": format!("ra1{}", holder.trim_start_matches("00u").trim_start_matches("00g")),
        "label": if standard { label(role) } else { role.to_owned() },
        "type": if standard { role } else { "CUSTOM" },
        "status": "ACTIVE",
        "assignmentType": assignment,
        "created": time(created),
        "lastUpdated": time(created),
    })
}

/// `SUPER_ADMIN` is shown as `Super administrator`.
fn label(kind: &str) -> String {
    let words = kind.trim_end_matches("_ADMIN").to_lowercase().replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{} administrator", first.map(String::from).unwrap_or_default(), letters.as_str())
}

pub(super) fn log_entry(entry: &LogEntry) -> Value {
    json!({
        "uuid": format!("00000000-0000-4000-8000-{:0>12x}", entry.number),
        "published": time(entry.at),
        "eventType": entry.event_type,
        "severity": "INFO",
        "displayMessage": entry.event_type,
        "outcome": {"result": "SUCCESS", "reason": null},
        "target": [{"id": entry.target_id, "type": "User", "alternateId": entry.target}],
    })
}

pub(super) fn snapshot(directory: &Directory) -> Value {
    let users: Vec<Value> = directory
        .users
        .values()
        .map(|user| {
            let factors: Vec<_> =
                user.factors.iter().map(|factor| format!("{}/{}", factor.factor_type, factor.provider)).collect();
            let groups: Vec<_> = directory.groups_of(&user.id).map(|group| group.name.as_str()).collect();
            json!({
                "id": user.id, "login": user.login(), "name": user.name(), "status": user.status.as_str(),
                "factors": factors, "sessions": user.sessions, "groups": groups, "roles": user.roles,
            })
        })
        .collect();
    let groups: Vec<Value> = directory
        .groups
        .values()
        .map(|group| {
            let members: Vec<_> =
                group.members.iter().filter_map(|id| directory.users.get(id)).map(User::login).collect();
            json!({"id": group.id, "name": group.name, "type": group.kind.as_str(), "members": members})
        })
        .collect();
    let mails: Vec<Value> = directory
        .mails
        .iter()
        .map(|mail| json!({"to": mail.to, "subject": mail.subject, "at": time(mail.at)}))
        .collect();
    let events: Vec<Value> = directory
        .log
        .iter()
        .map(|entry| {
            json!({"at": time(entry.at), "type": entry.event_type, "target": entry.target, "detail": entry.detail})
        })
        .collect();
    json!({"users": users, "groups": groups, "mails": mails, "events": events})
}
