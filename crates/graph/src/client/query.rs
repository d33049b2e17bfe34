//! Queries: `$filter` texts that work without Graph's "advanced query capabilities". A space is sent as `%20`, never
//! as `+`.

use countersign_outbound::segment;

/// Which users are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserFilter {
    /// Everybody, to see whether users can be read at all.
    Any,
    /// Those whose `userPrincipalName` or `mail` is this, without regard to case.
    Address(String),
    /// Those whose `displayName` is exactly this, without regard to case.
    DisplayName(String),
}

impl UserFilter {
    pub(crate) fn odata(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Address(address) => {
                let quoted = quote(address);
                Some(format!("userPrincipalName eq {quoted} or mail eq {quoted}"))
            }
            Self::DisplayName(name) => Some(format!("displayName eq {}", quote(name))),
        }
    }
}

/// Which groups are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupFilter {
    /// All, to see whether groups can be read at all.
    Any,
    /// Those whose `displayName` is exactly this, without regard to case.
    DisplayName(String),
    /// Those whose `displayName` begins with this.
    Beginning(String),
}

impl GroupFilter {
    pub(crate) fn odata(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::DisplayName(name) => Some(format!("displayName eq {}", quote(name))),
            Self::Beginning(name) => Some(format!("startswith(displayName,{})", quote(name))),
        }
    }
}

/// A string literal of OData: single quotes, those within doubled.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A collection's path with `$select`, `$filter` and `$top`.
pub(crate) fn list(path: &str, select: &str, filter: Option<&str>, top: u16) -> String {
    let filter = filter.map(|filter| format!("&$filter={}", segment(filter))).unwrap_or_default();
    format!("{path}?$select={select}{filter}&$top={top}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        let filter = UserFilter::Address("o'neil@acme.com".to_owned()).odata().unwrap();
        assert_eq!(filter, "userPrincipalName eq 'o''neil@acme.com' or mail eq 'o''neil@acme.com'");
        let hostile = GroupFilter::DisplayName("x' or displayName ne '".to_owned()).odata().unwrap();
        assert_eq!(hostile, "displayName eq 'x'' or displayName ne '''");
    }

    #[test]
    fn values_cannot_leave_their_place_in_the_query() {
        let path = list("/groups", "id", GroupFilter::DisplayName("a&$top=999#é+".to_owned()).odata().as_deref(), 5);
        assert_eq!(path, "/groups?$select=id&$filter=displayName%20eq%20%27a%26%24top%3D999%23%C3%A9%2B%27&$top=5");
    }
}
