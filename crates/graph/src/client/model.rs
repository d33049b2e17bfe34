//! What Graph answers, as far as it is read. Graph leaves out or sends `null` for whatever is not set or not permitted,
//! so everything but ids is optional.

use serde::{Deserialize, Deserializer};

use super::path::Id;

/// A page of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Page<T> {
    /// The items. An answer without any such list is none: it must not pass for an empty one.
    pub value: Vec<T>,
    /// Where the next page is; `None`: this is the last one.
    #[serde(rename = "@odata.nextLink", default)]
    pub next: Option<NextLink>,
}

/// The address of the next page, as Graph gave it. The transport refuses it where it leads anywhere but to Graph.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct NextLink(String);

impl NextLink {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The immutable id.
    pub id: Id,
    /// The name shown.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The primary SMTP address.
    #[serde(default)]
    pub mail: Option<String>,
    /// The login.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    /// Whether sign-in is allowed at all.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    /// The country of use, ISO 3166-1 alpha-2.
    #[serde(default)]
    pub usage_location: Option<String>,
    /// Licences, direct and inherited from groups alike.
    #[serde(default, deserialize_with = "list")]
    pub assigned_licenses: Vec<AssignedLicense>,
    /// Further addresses.
    #[serde(default, deserialize_with = "list")]
    pub other_mails: Vec<String>,
    /// Exchange's addresses, each with its kind: `SMTP:a@b.c` (primary), `smtp:...`, `sip:...`.
    #[serde(default, deserialize_with = "list")]
    pub proxy_addresses: Vec<String>,
    /// `Some(true)`: kept in an on-premises directory and synchronised from there.
    #[serde(default)]
    pub on_premises_sync_enabled: Option<bool>,
}

/// A licence that a user has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedLicense {
    /// The product.
    #[serde(default)]
    pub sku_id: Option<Id>,
}

/// A subscription of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribedSku {
    /// The product, as licences name it.
    pub sku_id: Id,
    /// The product's string id, for example `SPE_E3`.
    #[serde(default)]
    pub sku_part_number: Option<String>,
    /// `User` or `Company`; only the former can be assigned.
    #[serde(default)]
    pub applies_to: Option<String>,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    #[serde(default)]
    pub capability_status: Option<String>,
    /// Units assigned.
    #[serde(default)]
    pub consumed_units: Option<i64>,
    /// Units bought.
    #[serde(default)]
    pub prepaid_units: Option<PrepaidUnits>,
}

/// Units bought, by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PrepaidUnits {
    /// Units that can be used.
    #[serde(default)]
    pub enabled: Option<i64>,
}

impl SubscribedSku {
    /// Units that can be used, assigned or not.
    pub fn enabled_units(&self) -> i64 {
        self.prepaid_units.and_then(|units| units.enabled).unwrap_or(0)
    }

    /// Units that could be assigned now; negative where more are in use than are paid for.
    pub fn free_units(&self) -> i64 {
        self.enabled_units().saturating_sub(self.consumed_units.unwrap_or(0))
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The immutable id.
    pub id: Id,
    /// The name shown; not unique.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its address.
    #[serde(default)]
    pub mail: Option<String>,
    /// Whether it receives mail.
    #[serde(default)]
    pub mail_enabled: Option<bool>,
    /// Whether it is a security group.
    #[serde(default)]
    pub security_enabled: Option<bool>,
    /// `Unified` (a Microsoft 365 group), `DynamicMembership`.
    #[serde(default, deserialize_with = "list")]
    pub group_types: Vec<String>,
    /// Whether directory roles can be assigned to it.
    #[serde(default)]
    pub is_assignable_to_role: Option<bool>,
    /// `Some(true)`: kept in an on-premises directory.
    #[serde(default)]
    pub on_premises_sync_enabled: Option<bool>,
    /// The rule of a dynamic group.
    #[serde(default)]
    pub membership_rule: Option<String>,
}

impl Group {
    /// Whether `groupTypes` has this type.
    pub fn has_type(&self, name: &str) -> bool {
        self.group_types.iter().any(|kind| kind.eq_ignore_ascii_case(name))
    }
}

/// Something a user is a member of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryObject {
    /// Its id.
    pub id: Id,
}

/// Something a user is a member of, directly or by a group, or a group is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Its id.
    pub id: Id,
    /// What it is: `#microsoft.graph.group`, `#microsoft.graph.directoryRole`, `#microsoft.graph.administrativeUnit`.
    #[serde(rename = "@odata.type", default)]
    pub kind: Option<String>,
    /// The name shown; `None` where the application may not read objects of this kind.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Of a group: whether directory roles can be assigned to it.
    #[serde(default)]
    pub is_assignable_to_role: Option<bool>,
}

/// What Identity Protection knows of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskyUser {
    /// The user's id.
    pub id: Id,
    /// How the risk stands.
    #[serde(default)]
    pub risk_state: RiskState,
    /// `low`, `medium`, `high`, `hidden`, `none`.
    #[serde(default)]
    pub risk_level: Option<String>,
    /// Why it stands so.
    #[serde(default)]
    pub risk_detail: Option<String>,
    /// When it last changed, RFC 3339.
    #[serde(default)]
    pub risk_last_updated_date_time: Option<String>,
}

/// How a user's risk stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RiskState {
    /// No risk.
    None,
    /// An administrator said that it was the user.
    ConfirmedSafe,
    /// The user did what was asked, for example changed the password.
    Remediated,
    /// An administrator dismissed it.
    Dismissed,
    /// The user is taken to be at risk.
    AtRisk,
    /// An administrator said that it was not the user.
    ConfirmedCompromised,
    /// Something this client does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl RiskState {
    /// Graph's own word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ConfirmedSafe => "confirmedSafe",
            Self::Remediated => "remediated",
            Self::Dismissed => "dismissed",
            Self::AtRisk => "atRisk",
            Self::ConfirmedCompromised => "confirmedCompromised",
            Self::Unknown => "unknown",
        }
    }
}

/// A line of the sign-in log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// When, RFC 3339.
    #[serde(default)]
    pub created_date_time: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub status: Option<SignInStatus>,
}

impl SignIn {
    /// 0 where the sign-in succeeded, else the number of an AADSTS code.
    pub fn error_code(&self) -> Option<i64> {
        self.status.as_ref().and_then(|status| status.error_code)
    }
}

/// How a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInStatus {
    /// 0, or the number of an AADSTS code.
    #[serde(default)]
    pub error_code: Option<i64>,
}

/// A list that may be `null`.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_absent_properties_are_read() {
        let text = r#"{"id": "u1", "displayName": null, "assignedLicenses": null, "otherMails": null}"#;
        let user: User = serde_json::from_str(text).unwrap();
        assert_eq!(user.account_enabled, None);
        assert!(user.assigned_licenses.is_empty());
    }

    #[test]
    fn answer_without_a_list_is_no_empty_page() {
        assert!(serde_json::from_str::<Page<DirectoryObject>>(r#"{"value": []}"#).is_ok());
        for text in ["{}", r#"{"value": null}"#, r#"{"values": []}"#] {
            assert!(serde_json::from_str::<Page<DirectoryObject>>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn risk_state_that_is_new_to_us_is_unknown() {
        let text = r#"{"id": "u1", "riskState": "somethingNew", "riskLevel": "high"}"#;
        assert_eq!(serde_json::from_str::<RiskyUser>(text).unwrap().risk_state, RiskState::Unknown);
    }

    #[test]
    fn free_units_count_what_is_enabled_and_not_used() {
        let text = r#"{"skuId": "s1", "consumedUnits": 12, "prepaidUnits": {"enabled": 10, "warning": 40}}"#;
        assert_eq!(serde_json::from_str::<SubscribedSku>(text).unwrap().free_units(), -2);
        assert_eq!(serde_json::from_str::<SubscribedSku>(r#"{"skuId": "s1"}"#).unwrap().free_units(), 0);
    }
}
