//! Okta's `search` expressions, built so that no value can change them.

/// What can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A user's login.
    Login,
    /// A user's primary address.
    Email,
    /// A user's given name.
    FirstName,
    /// A user's family name.
    LastName,
    /// A user's name to show.
    DisplayName,
    /// A group's name.
    GroupName,
}

impl Field {
    fn path(self) -> &'static str {
        match self {
            Self::Login => "profile.login",
            Self::Email => "profile.email",
            Self::FirstName => "profile.firstName",
            Self::LastName => "profile.lastName",
            Self::DisplayName => "profile.displayName",
            Self::GroupName => "profile.name",
        }
    }
}

/// A search expression. Values are compared without regard to case; the results may lag behind the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// The field is exactly this.
    pub fn is(field: Field, value: &str) -> Self {
        Self(format!("{} eq {}", field.path(), quoted(value)))
    }

    /// The field has this somewhere.
    pub fn contains(field: Field, value: &str) -> Self {
        Self(format!("{} co {}", field.path(), quoted(value)))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self(format!("({} and {})", self.0, other.0))
    }

    /// Either holds.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self(format!("({} or {})", self.0, other.0))
    }

    /// The expression as Okta reads it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Values are JSON strings in SCIM filters (RFC 7644, 3.4.2.2).
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
