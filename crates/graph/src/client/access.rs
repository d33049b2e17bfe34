//! What our own access token says of us.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The application as its access token describes it. The token came from the sign-in service just now and is used for
/// nothing but to compare and to show, so its signature is not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The tenant's id.
    pub tenant_id: Option<String>,
    /// The application's name.
    pub name: Option<String>,
    /// The application permissions an administrator has consented to.
    pub roles: Vec<String>,
}

#[derive(Deserialize)]
struct Claims {
    tid: Option<String>,
    app_displayname: Option<String>,
    roles: Option<Vec<String>>,
}

impl Access {
    /// Reads a token; `None`: it is no JWT that we can read, which Microsoft does not promise it to be.
    pub(super) fn read(token: &SecretString) -> Option<Self> {
        let mut parts = token.expose_secret().split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let Claims { tid, app_displayname, roles } = serde_json::from_slice(&payload).ok()?;
        // An application that nobody has granted anything has no such claim.
        Some(Self { tenant_id: tid, name: app_displayname, roles: roles.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Option<Access> {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        Access::read(&SecretString::from(format!("e30.{payload}.c2ln")))
    }

    #[test]
    fn roles_are_read() {
        let access = read(r#"{"tid": "t1", "app_displayname": "Countersign", "roles": ["User.Read.All"]}"#).unwrap();
        assert_eq!((access.tenant_id.as_deref(), access.name.as_deref()), (Some("t1"), Some("Countersign")));
        assert_eq!(access.roles, ["User.Read.All"]);
    }

    #[test]
    fn token_without_roles_has_none() {
        assert!(read(r#"{"tid": "t1"}"#).unwrap().roles.is_empty());
    }

    #[test]
    fn token_that_cannot_be_read_is_not_taken_for_one_without_roles() {
        assert_eq!(read("[]"), None);
        assert_eq!(read(r#"{"roles": "User.Read.All"}"#), None);
        for opaque in ["", "EwBIA8l6BAAU", "e30.e30", "e30.!!.x", "a.b.c.d", "..."] {
            assert_eq!(Access::read(&SecretString::from(opaque)), None, "{opaque}");
        }
    }
}
