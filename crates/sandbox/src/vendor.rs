//! The vendors, by name.

use serde::{Deserialize, Serialize};

/// A vendor which the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// The desk.
    Freshservice,
    /// The channel.
    Slack,
    /// The identity provider.
    Okta,
    /// Microsoft Graph: Entra ID and Microsoft 365.
    Graph,
    /// A language model behind an OpenAI-compatible endpoint.
    Llm,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Freshservice, Self::Slack, Self::Okta, Self::Graph, Self::Llm];

    /// The path prefix under which the vendor is served, with its leading slash.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Freshservice => "/freshservice",
            Self::Slack => "/slack",
            Self::Okta => "/okta",
            Self::Graph => "/graph",
            Self::Llm => "/llm",
        }
    }
}
