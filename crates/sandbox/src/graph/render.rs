//! Graph's JSON, and the snapshot people look at.

use serde_json::{Value, json};

use super::data::{Group, GroupKind, SignIn, Sku, User};
use super::tenant::Tenant;
use crate::stamp::utc_seconds;

/// When something happened, in the snapshot: finer than Graph prints, so that events sort among those of Okta.
fn moment(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}

/// Every property of a user; what of it is answered, `$select` decides.
pub(super) fn user(user: &User) -> Value {
    let nickname = user.login.split('@').next().unwrap_or_default();
    let licences: Vec<_> = user.licences.iter().map(|sku| json!({"skuId": sku, "disabledPlans": []})).collect();
    json!({
        "id": user.id,
        "userPrincipalName": user.login,
        "mail": user.mail,
        "displayName": user.display_name,
        "givenName": user.given,
        "surname": user.family,
        "jobTitle": user.job_title,
        "department": user.department,
        "accountEnabled": user.enabled,
        "usageLocation": user.usage_location,
        "userType": "Member",
        "mailNickname": nickname,
        "proxyAddresses": [format!("SMTP:{}", user.mail)],
        "otherMails": [],
        "businessPhones": [],
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "employeeId": null,
        "assignedLicenses": licences,
        "onPremisesSyncEnabled": user.on_premises.then_some(true),
        "onPremisesImmutableId": null,
        "createdDateTime": utc_seconds(user.created),
        "signInSessionsValidFromDateTime": utc_seconds(user.sessions_valid_from),
    })
}

pub(super) fn group(group: &Group) -> Value {
    let unified = group.kind == GroupKind::Unified;
    let dynamic = group.kind == GroupKind::Dynamic;
    let mail = unified || matches!(group.kind, GroupKind::MailSecurity | GroupKind::Distribution);
    let types: &[&str] = match group.kind {
        GroupKind::Unified => &["Unified"],
        GroupKind::Dynamic => &["DynamicMembership"],
        GroupKind::Assigned
        | GroupKind::RoleAssignable
        | GroupKind::OnPremises
        | GroupKind::MailSecurity
        | GroupKind::Distribution => &[],
    };
    json!({
        "id": group.id,
        "displayName": group.name,
        "description": null,
        "mail": mail.then(|| format!("{}@acme.com", group.name.to_lowercase())),
        "mailEnabled": mail,
        "mailNickname": group.name.to_lowercase(),
        "securityEnabled": !unified && group.kind != GroupKind::Distribution,
        "groupTypes": types,
        "isAssignableToRole": (group.kind == GroupKind::RoleAssignable).then_some(true),
        "onPremisesSyncEnabled": (group.kind == GroupKind::OnPremises).then_some(true),
        "membershipRule": dynamic.then_some("(user.accountEnabled -eq true)"),
        "membershipRuleProcessingState": dynamic.then_some("On"),
        "visibility": null,
        "createdDateTime": utc_seconds(group.created),
        "proxyAddresses": [],
    })
}

/// The same, as an element of a collection that can hold several kinds of object.
pub(super) fn typed(kind: &str, mut row: Value) -> Value {
    row["@odata.type"] = Value::from(format!("#microsoft.graph.{kind}"));
    row
}

/// The same, where the caller may not read objects of its kind: type and id, everything else `null`.
pub(super) fn limited(mut row: Value) -> Value {
    if let Value::Object(fields) = &mut row {
        for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "id" && !name.starts_with('@')) {
            *value = Value::Null;
        }
    }
    row
}

pub(super) fn directory_role(role: &str) -> Value {
    // The same role has the same id, whoever holds it.
    let number = role.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 0xffff_ffff_ffff);
    let id = format!("5a4db0c5-0004-4000-8000-{number:0>12x}");
    typed("directoryRole", json!({"id": id, "displayName": role, "description": null, "roleTemplateId": id}))
}

pub(super) fn sku(sku: &Sku, tenant: &str) -> Value {
    json!({
        "id": format!("{tenant}_{}", sku.id),
        "accountId": tenant,
        "accountName": "acme",
        "skuId": sku.id,
        "skuPartNumber": sku.part_number,
        "appliesTo": "User",
        "capabilityStatus": if sku.enabled > 0 { "Enabled" } else { "Suspended" },
        "consumedUnits": sku.consumed,
        "prepaidUnits": {"enabled": sku.enabled, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [],
        "subscriptionIds": [],
    })
}

pub(super) fn licence_detail(sku: &Sku) -> Value {
    json!({"id": format!("sbx_{}", sku.id), "skuId": sku.id, "skuPartNumber": sku.part_number, "servicePlans": []})
}

/// The risky user that a user is, where Identity Protection has ever seen a risk.
pub(super) fn risky_user(user: &User) -> Option<Value> {
    let risk = user.risk.as_ref()?;
    Some(json!({
        "id": user.id,
        "isDeleted": false,
        "isProcessing": false,
        "riskDetail": risk.detail,
        "riskLastUpdatedDateTime": utc_seconds(risk.updated),
        "riskLevel": risk.level,
        "riskState": risk.state,
        "userDisplayName": user.display_name,
        "userPrincipalName": user.login,
    }))
}

fn failure_reason(code: u32) -> &'static str {
    match code {
        0 => "Other.",
        50_053 => {
            "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
        }
        50_057 => "User account is disabled.",
        50_126 => "Error validating credentials due to invalid username or password.",
        53_003 => "Access has been blocked by Conditional Access policies.",
        _ => "The sign-in was refused.",
    }
}

pub(super) fn sign_in(entry: &SignIn, user: &User) -> Value {
    json!({
        "id": entry.id,
        "createdDateTime": utc_seconds(entry.at),
        "userDisplayName": user.display_name,
        "userPrincipalName": user.login,
        "userId": user.id,
        "appDisplayName": "Office 365",
        "clientAppUsed": "Browser",
        "ipAddress": "203.0.113.7",
        "isInteractive": true,
        "conditionalAccessStatus": if entry.error_code == 53_003 { "failure" } else { "notApplied" },
        "status": {
            "errorCode": entry.error_code, "failureReason": failure_reason(entry.error_code), "additionalDetails": null,
        },
        "location": {"city": "Berlin", "countryOrRegion": "DE"},
    })
}

pub(super) fn snapshot(tenant: &Tenant) -> Value {
    let users: Vec<Value> = tenant.users.values().map(|user| user_summary(tenant, user)).collect();
    let groups: Vec<Value> = tenant
        .groups
        .values()
        .map(|group| {
            let members: Vec<_> =
                group.members.iter().filter_map(|id| tenant.users.get(id)).map(|user| user.login.as_str()).collect();
            let subgroups: Vec<_> = group
                .subgroups
                .iter()
                .filter_map(|id| tenant.groups.get(id))
                .map(|inner| inner.name.as_str())
                .collect();
            json!({
                "id": group.id, "name": group.name, "kind": group.kind.as_str(), "members": members,
                "subgroups": subgroups, "roles": group.roles,
            })
        })
        .collect();
    let skus: Vec<Value> = tenant
        .skus
        .iter()
        .map(|sku| {
            json!({
                "id": sku.id, "part_number": sku.part_number, "enabled": sku.enabled, "consumed": sku.consumed,
                "free": sku.free(),
            })
        })
        .collect();
    let deleted: Vec<Value> = tenant
        .deleted
        .iter()
        .map(|user| json!({"id": user.id, "login": user.login, "via": user.via, "at": moment(user.at)}))
        .collect();
    let events: Vec<Value> = tenant
        .events
        .iter()
        .map(|event| {
            json!({
                "at": moment(event.at), "type": event.event_type, "target": event.target, "detail": event.detail,
            })
        })
        .collect();
    let waiting: Vec<&str> = tenant.hidden.iter().map(|hidden| hidden.user.login.as_str()).collect();
    json!({
        "users": users, "groups": groups, "skus": skus, "waiting": waiting, "deleted_users": deleted,
        "p1_licence": tenant.p1_licence, "p2_licence": tenant.p2_licence, "events": events,
    })
}

fn user_summary(tenant: &Tenant, user: &User) -> Value {
    let licences: Vec<_> =
        user.licences.iter().filter_map(|id| tenant.sku(id)).map(|sku| sku.part_number.as_str()).collect();
    let groups: Vec<_> = tenant.groups_of(&user.id).map(|group| group.name.as_str()).collect();
    json!({
        "id": user.id, "login": user.login, "name": user.display_name, "enabled": user.enabled,
        "usage_location": user.usage_location, "licences": licences, "groups": groups,
        "risk": user.risk.as_ref().map(|risk| format!("{}/{}", risk.state, risk.level)),
        "roles": user.roles, "sessions_revoked": user.sessions_revoked,
    })
}
