//! The records of the tenant. Times are Unix microseconds.

use std::collections::BTreeSet;

use crate::seed;

/// A user.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    /// `userPrincipalName`
    pub(super) login: String,
    pub(super) mail: String,
    pub(super) given: String,
    pub(super) family: String,
    pub(super) display_name: String,
    pub(super) job_title: Option<String>,
    pub(super) department: Option<String>,
    /// `accountEnabled`
    pub(super) enabled: bool,
    /// Two letters; no licence can be assigned without it.
    pub(super) usage_location: Option<String>,
    /// `onPremisesSyncEnabled`
    pub(super) on_premises: bool,
    /// SKU ids, in the order of assignment.
    pub(super) licences: Vec<String>,
    /// Display names of directory roles; who holds one is out of an application's reach.
    pub(super) roles: Vec<String>,
    pub(super) risk: Option<Risk>,
    pub(super) sessions_revoked: u32,
    /// `signInSessionsValidFromDateTime`
    pub(super) sessions_valid_from: i64,
    pub(super) created: i64,
}

impl User {
    /// Whether a path segment `/users/{key}` means this user.
    pub(super) fn is_named(&self, key: &str) -> bool {
        self.id == key || self.login.eq_ignore_ascii_case(key)
    }
}

/// A user whom provisioning has sent, but whom no look-up shows yet.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub(super) user: User,
    /// Look-ups still to be in vain; `None` where they will be for ever.
    pub(super) left: Option<u32>,
}

/// Identity Protection's view of a user.
#[derive(Clone, Debug)]
pub(super) struct Risk {
    /// `none`, `low`, `medium`, `high`
    pub(super) level: String,
    /// `atRisk`, `dismissed`, `confirmedCompromised`, `remediated`
    pub(super) state: String,
    pub(super) detail: &'static str,
    pub(super) updated: i64,
}

impl Risk {
    pub(super) fn new(state: &str, level: &str, updated: i64) -> Self {
        Self { level: level.to_owned(), state: state.to_owned(), detail: "none", updated }
    }
}

/// What decides whether a group's members can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupKind {
    /// A security group with assigned members.
    Assigned,
    /// A Microsoft 365 group.
    Unified,
    /// A security group whose members a rule decides.
    Dynamic,
    /// A security group that can hold directory roles.
    RoleAssignable,
    /// A security group that is synchronised from on premises.
    OnPremises,
    /// A mail-enabled security group, which Exchange keeps.
    MailSecurity,
    /// A distribution list, which Exchange keeps.
    Distribution,
}

impl GroupKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Unified => "unified",
            Self::Dynamic => "dynamic",
            Self::RoleAssignable => "role_assignable",
            Self::OnPremises => "on_premises",
            Self::MailSecurity => "mail_security",
            Self::Distribution => "distribution",
        }
    }
}

/// A group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: GroupKind,
    pub(super) members: BTreeSet<String>,
    /// Ids of the groups that are members.
    pub(super) subgroups: BTreeSet<String>,
    /// Display names of the directory roles that its members hold by it.
    pub(super) roles: Vec<String>,
    pub(super) created: i64,
}

impl Group {
    pub(super) fn new(id: String, name: String, kind: GroupKind, created: i64) -> Self {
        Self { id, name, kind, members: BTreeSet::new(), subgroups: BTreeSet::new(), roles: Vec::new(), created }
    }
}

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Sku {
    pub(super) id: String,
    pub(super) part_number: String,
    pub(super) enabled: u32,
    pub(super) consumed: u32,
}

impl Sku {
    pub(super) fn free(&self) -> u32 {
        self.enabled.saturating_sub(self.consumed)
    }
}

impl From<&seed::Sku> for Sku {
    fn from(sku: &seed::Sku) -> Self {
        Self {
            id: sku.id.to_owned(),
            part_number: sku.part_number.to_owned(),
            enabled: sku.enabled,
            consumed: sku.consumed,
        }
    }
}

/// One line of the sign-in log.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    pub(super) id: String,
    pub(super) user: String,
    /// 0 where the sign-in succeeded, else the number of an AADSTS code.
    pub(super) error_code: u32,
    pub(super) at: i64,
}

/// A user lost to the API.
#[derive(Clone, Debug)]
pub(super) struct Deleted {
    pub(super) id: String,
    pub(super) login: String,
    /// The request that did it.
    pub(super) via: String,
    pub(super) at: i64,
}

/// A change.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) at: i64,
    pub(super) event_type: &'static str,
    pub(super) target: String,
    pub(super) detail: String,
}
