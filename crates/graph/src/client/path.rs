//! What may stand in a path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object id of the directory, safe to stand in a path: 1 to 128 letters, digits, `-` and `_`. Graph's ids are
/// GUIDs; anything that could change the meaning of a path (`/`, `?`, `..`, an empty segment) is no id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// A text that is no object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no id of a directory object: expected letters, digits and hyphens, as in a GUID")]
pub struct BadId;

impl Id {
    /// Reads an id.
    ///
    /// # Errors
    /// Anything but 1 to 128 ASCII letters, digits, `-` and `_`.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if clean && (1..=128).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(BadId) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both mean the same object: GUIDs compare without regard to case.
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::new(&text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// The path of a membership itself, as opposed to the member: `/groups/{group}/members/{member}/$ref`.
///
/// `DELETE` on this path ends the membership. `DELETE` on the same path *without* `/$ref` deletes the user, with the
/// same 204. So the client's `DELETE` takes nothing but this type, and the one way to make it appends `/$ref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRefPath(String);

impl MemberRefPath {
    /// The path of `member`'s membership in `group`.
    pub fn new(group: &Id, member: &Id) -> Self {
        Self(format!("/groups/{group}/members/{member}/$ref"))
    }

    /// The path, relative to the versioned root.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn membership_path_always_ends_in_ref() {
        let (group, member) = (Id::new("5a4db0c5-0002").unwrap(), Id::new("5a4db0c5-0001").unwrap());
        let path = MemberRefPath::new(&group, &member);
        assert_eq!(path.as_str(), "/groups/5a4db0c5-0002/members/5a4db0c5-0001/$ref");
        assert!(path.as_str().ends_with("/$ref"));
    }

    #[test]
    fn text_that_would_change_a_path_is_no_id() {
        let long = "a".repeat(129);
        for bad in ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "a\\b", "ä", "a'b", long.as_str()] {
            assert_eq!(Id::new(bad), Err(BadId), "{bad:?}");
        }
    }

    #[test]
    fn ids_in_answers_are_checked_too() {
        assert!(serde_json::from_str::<Id>("\"05e9a617-0261-4cee-bb44-138d3ef5d965\"").is_ok());
        assert!(serde_json::from_str::<Id>("\"../users/x\"").is_err());
    }
}
