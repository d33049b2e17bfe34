//! What a connection of the kind `graph` is configured with.

use countersign_outbound::{LiveSecret, OutboundError};
use secrecy::ExposeSecret;
use url::Url;

/// A connection to one Entra tenant. `Debug` is deliberately absent.
pub struct GraphSettings {
    /// Graph's address without a version, `https://graph.microsoft.com` unless it is a national cloud or a test server.
    pub base_url: Url,
    /// The sign-in service, `https://login.microsoftonline.com` unless it is a national cloud or a test server.
    pub login_base_url: Url,
    /// Directory (tenant) id, or a verified domain of the tenant.
    pub tenant_id: String,
    /// Application (client) id.
    pub client_id: String,
    /// The value of a client secret.
    pub client_secret: LiveSecret,
    /// The country set for users who have none, ISO 3166-1 alpha-2: without one no licence can be assigned.
    pub usage_location: Option<String>,
    /// Requests a minute at most; `None`: as many as Graph lets through.
    pub per_minute: Option<u32>,
}

impl GraphSettings {
    /// Settings with Microsoft's public addresses, no country and no limit of our own.
    ///
    /// # Panics
    /// Never: the addresses are constants.
    pub fn new(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<LiveSecret>,
    ) -> Self {
        let address = |text: &str| Url::parse(text).expect("a constant address");
        Self {
            base_url: address("https://graph.microsoft.com"),
            login_base_url: address("https://login.microsoftonline.com"),
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            usage_location: None,
            per_minute: None,
        }
    }

    /// Graph's versioned root.
    pub(super) fn api_root(&self) -> Url {
        let mut root = self.base_url.clone();
        root.set_path(&format!("{}/v1.0", self.base_url.path().trim_end_matches('/')));
        root
    }

    /// The default country in capitals.
    pub(super) fn check(&self) -> Result<Option<String>, GraphError> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
                && !text.contains("..")
                && text != "."
        };
        if !plain(&self.tenant_id) {
            return Err(GraphError::Tenant);
        }
        if !plain(&self.client_id) {
            return Err(GraphError::Client);
        }
        if self.client_secret.current().expose_secret().trim().is_empty() {
            return Err(GraphError::Secret);
        }
        match self.usage_location.as_deref().map(str::trim) {
            None => Ok(None),
            Some(code) if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Some(code.to_ascii_uppercase()))
            }
            Some(code) => Err(GraphError::Country { code: code.chars().take(20).collect() }),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The tenant is not named as it should be.
    #[error("`tenant_id` is no directory id: copy \"Directory (tenant) ID\" from the app registration's overview")]
    Tenant,
    /// The application is not named as it should be.
    #[error("`client_id` is no application id: copy \"Application (client) ID\" from the app registration's overview")]
    Client,
    /// There is no secret.
    #[error(
        "`client_secret` is empty: create one under the app registration's \"Certificates & secrets\" and use its value"
    )]
    Secret,
    /// The country is no country code.
    #[error("`usage_location` is {code:?}: give a country by its two letters (ISO 3166-1 alpha-2), for example \"DE\"")]
    Country {
        /// What was given.
        code: String,
    },
    /// The HTTP clients cannot be made.
    #[error("the connection to Microsoft Graph cannot be set up")]
    Http(#[from] OutboundError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> GraphSettings {
        GraphSettings::new("5a4db0c5-0000-4000-8000-000000000001", "5a4db0c5", "s")
    }

    #[test]
    fn version_is_put_behind_the_configured_address() {
        let mut settings = settings();
        assert_eq!(settings.api_root().as_str(), "https://graph.microsoft.com/v1.0");
        settings.base_url = Url::parse("http://127.0.0.1:9000/graph/").unwrap();
        assert_eq!(settings.api_root().as_str(), "http://127.0.0.1:9000/graph/v1.0");
    }

    #[test]
    fn settings_that_would_leave_their_place_in_the_path_are_refused() {
        for bad in ["", "a/b", "..", "a b", "a?b", "a#b"] {
            let mut settings = settings();
            settings.tenant_id = bad.to_owned();
            assert!(matches!(settings.check(), Err(GraphError::Tenant)), "{bad}");
        }
    }

    #[test]
    fn country_is_two_letters() {
        let mut settings = settings();
        settings.usage_location = Some("de".to_owned());
        assert_eq!(settings.check().unwrap().as_deref(), Some("DE"));
        for bad in ["", "DEU", "D1", "Germany"] {
            settings.usage_location = Some(bad.to_owned());
            assert!(matches!(settings.check(), Err(GraphError::Country { .. })), "{bad}");
        }
    }

    #[test]
    fn empty_secret_is_refused() {
        let settings = GraphSettings::new("t", "c", " ");
        assert!(matches!(settings.check(), Err(GraphError::Secret)));
    }
}
