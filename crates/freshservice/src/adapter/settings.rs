//! What a Freshservice connection is configured with, and what is wrong with it.

use countersign_outbound::{LiveSecret, OutboundError};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use url::Url;

use super::fields::SLOTS;
use crate::client::Plan;

/// The configuration of one Freshservice connection.
#[derive(Debug, Clone)]
pub struct FreshserviceSettings {
    /// The account's host name: `acme.freshservice.com`.
    pub domain: String,
    /// Where the account is reached instead of `https://{domain}`: another origin and path for the API and for links
    /// alike, such as the sandbox's.
    pub base_url: Option<Url>,
    /// The key of the agent as whom tickets are read and notes written.
    pub api_key: LiveSecret,
    /// What webhooks must send in `X-Countersign-Token`; without it no webhook is accepted.
    pub webhook_token: Option<LiveSecret>,
    /// The account's plan, from which the rates follow.
    pub plan: Plan,
    /// Requests a minute instead of the plan's, for accounts shared with other integrations or with a raised limit.
    pub requests_per_minute: Option<u32>,
    /// Form field name to runbook slot, for the ticket's own fields and those of requested items. The field name
    /// `service_item_name` stands for the catalogue item's name.
    pub fields: BTreeMap<String, String>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not a host name.
    #[error("`domain` is {domain:?}: give the account's host name alone, for example acme.freshservice.com")]
    Domain {
        /// As configured.
        domain: String,
    },
    /// An empty key.
    #[error("`api_key` is empty: give the API key from the agent's profile settings")]
    NoKey,
    /// A slot no runbook has.
    #[error("`fields.{field}` is {slot:?}: use one of {}", SLOTS.join(", "))]
    Slot {
        /// The form field.
        field: String,
        /// As configured.
        slot: String,
    },
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

impl FreshserviceSettings {
    /// Checks what can be checked without asking anybody, and answers with the account's address, without a slash at
    /// its end.
    pub(super) fn check(&self) -> Result<Url, SettingsError> {
        if self.api_key.current().expose_secret().trim().is_empty() {
            return Err(SettingsError::NoKey);
        }
        if let Some((field, slot)) = self.fields.iter().find(|(_, slot)| !SLOTS.contains(&slot.as_str())) {
            return Err(SettingsError::Slot { field: field.clone(), slot: slot.clone() });
        }
        let own = own_url(&self.domain).ok_or_else(|| SettingsError::Domain { domain: self.domain.clone() })?;
        Ok(self.base_url.clone().unwrap_or(own))
    }
}

fn own_url(domain: &str) -> Option<Url> {
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !domain.contains('.') || !domain.split('.').all(label) {
        return None;
    }
    // The parser takes a name of numbers for an address.
    Url::parse(&format!("https://{domain}")).ok().filter(|url| url.domain().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> FreshserviceSettings {
        FreshserviceSettings {
            domain: "acme.freshservice.com".to_owned(),
            base_url: None,
            api_key: LiveSecret::from("the-key"),
            webhook_token: Some(LiveSecret::from("the-token")),
            plan: Plan::Starter,
            requests_per_minute: None,
            fields: BTreeMap::new(),
        }
    }

    #[test]
    fn address_is_the_domains_unless_another_is_given() {
        assert_eq!(settings().check().unwrap().as_str(), "https://acme.freshservice.com/");
        let other = Url::parse("http://127.0.0.1:4100/freshservice").unwrap();
        let elsewhere = FreshserviceSettings { base_url: Some(other.clone()), ..settings() };
        assert_eq!(elsewhere.check().unwrap(), other);
    }

    #[test]
    fn domains_that_are_no_host_names_are_refused() {
        for bad in [
            "",
            "acme",
            "https://acme.freshservice.com",
            "acme.freshservice.com/a",
            "acme.freshservice.com:443",
            "user@acme.freshservice.com",
            "acme .freshservice.com",
            "acme.freshservice.com?x",
            "10.0.0.1",
            "..",
        ] {
            let error = FreshserviceSettings { domain: bad.to_owned(), ..settings() }.check().unwrap_err();
            assert!(matches!(error, SettingsError::Domain { .. }), "{bad}: {error}");
        }
    }

    #[test]
    fn unknown_slot_is_named_with_the_known_ones() {
        let fields = BTreeMap::from([("affected_user".to_owned(), "tarqet".to_owned())]);
        let error = FreshserviceSettings { fields, ..settings() }.check().unwrap_err();
        assert!(error.to_string().starts_with("`fields.affected_user` is \"tarqet\": use one of target, group"));
    }

    #[test]
    fn empty_key_is_refused() {
        let error = FreshserviceSettings { api_key: LiveSecret::from(" "), ..settings() }.check().unwrap_err();
        assert!(matches!(error, SettingsError::NoKey));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", settings());
        assert!(!shown.contains("the-key") && !shown.contains("the-token"), "{shown}");
    }
}
