//! Okta's objects, as far as they are read.

use serde::{Deserialize, Serialize};

/// Where a user stands in Okta's life cycle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum UserStatus {
    /// Created, not activated.
    Staged,
    /// Activated, has not finished activation.
    Provisioned,
    /// Can sign in.
    Active,
    /// Has to set a new password.
    Recovery,
    /// Has to change the password at the next sign-in.
    PasswordExpired,
    /// Too many failed attempts.
    LockedOut,
    /// Cannot sign in; keeps groups and applications.
    Suspended,
    /// Deactivated.
    Deprovisioned,
    /// One that is not in Okta's description.
    Other(String),
}

impl From<String> for UserStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "STAGED" => Self::Staged,
            "PROVISIONED" => Self::Provisioned,
            "ACTIVE" => Self::Active,
            "RECOVERY" => Self::Recovery,
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "LOCKED_OUT" => Self::LockedOut,
            "SUSPENDED" => Self::Suspended,
            "DEPROVISIONED" => Self::Deprovisioned,
            _ => Self::Other(word),
        }
    }
}

impl UserStatus {
    /// Okta's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
            Self::Other(word) => word,
        }
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The immutable id.
    pub id: String,
    /// The status.
    pub status: UserStatus,
    /// When the status last changed, RFC 3339.
    pub status_changed: Option<String>,
    /// Names and addresses.
    pub profile: Profile,
    /// Who keeps the password.
    #[serde(default)]
    pub credentials: Credentials,
}

/// A user's profile; Okta lets every attribute but the login be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The login, most often an address.
    pub login: Option<String>,
    /// The primary address: mails go there.
    pub email: Option<String>,
    /// A further address.
    pub second_email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
}

/// The part of a user's credentials that may be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    /// Who keeps the password.
    pub provider: Option<Provider>,
}

/// Who keeps a user's password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Provider {
    /// `OKTA`, `ACTIVE_DIRECTORY`, `LDAP`, `FEDERATION`, `SOCIAL`, `IMPORT`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A profile for a new user. The address is the login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProfile {
    /// Given name, at most 50 characters.
    pub first_name: String,
    /// Family name, at most 50 characters.
    pub last_name: String,
    /// Login, at most 100 characters.
    pub login: String,
    /// Primary address: the activation mail goes there.
    pub email: String,
}

/// An enrolled second factor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    /// The id of this enrolment.
    #[serde(default)]
    pub id: String,
    /// `push`, `sms`, `token:software:totp` ...
    #[serde(default)]
    pub factor_type: String,
    /// `OKTA`, `GOOGLE`, `FIDO` ...
    #[serde(default)]
    pub provider: String,
    /// `ACTIVE`, `PENDING_ACTIVATION`, `NOT_SETUP` ...
    #[serde(default)]
    pub status: String,
}

/// Something that keeps a user with a good password out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// `ANY_DEVICES` or `UNKNOWN_DEVICES`.
    #[serde(default)]
    pub applies_to: String,
}

/// An administrator role that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// What it is called: `Organization administrator`, or what a custom role was named.
    #[serde(default)]
    pub label: String,
    /// `SUPER_ADMIN`, `HELP_DESK_ADMIN` ... or `CUSTOM`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

impl Role {
    /// What it is called; its type where it has no name.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { &self.kind } else { &self.label }
    }
}

/// Who manages a group's members.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum GroupKind {
    /// Okta's own: members can be set.
    Okta,
    /// An application's or directory's: members come from there.
    App,
    /// `Everyone` and the like: members cannot be set.
    BuiltIn,
    /// One that is not in Okta's description.
    Other(String),
}

impl Default for GroupKind {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for GroupKind {
    fn from(word: String) -> Self {
        match word.as_str() {
            "OKTA_GROUP" => Self::Okta,
            "APP_GROUP" => Self::App,
            "BUILT_IN" => Self::BuiltIn,
            _ => Self::Other(word),
        }
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// The immutable id.
    pub id: String,
    /// Who manages its members; Okta's description does not promise it, and without it nobody is assumed to.
    #[serde(rename = "type", default)]
    pub kind: GroupKind,
    /// Its name.
    #[serde(default)]
    pub profile: GroupProfile,
}

/// A group's profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct GroupProfile {
    /// The name.
    #[serde(default)]
    pub name: String,
}

impl Group {
    /// The name.
    pub fn name(&self) -> &str {
        &self.profile.name
    }
}
