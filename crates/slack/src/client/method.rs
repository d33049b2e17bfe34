//! The methods that are called, at which pace, and what each needs.

use countersign_outbound::Pace;

/// A right that a bot token is granted, by its name in the app's `OAuth & Permissions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In every channel, or in none at all.
    Always(&'static str),
    /// Slack tells public channels (`channels:`) from private ones (`groups:`).
    InChannel {
        /// For a public channel.
        public: &'static str,
        /// For a private one.
        private: &'static str,
    },
}

impl Scope {
    /// The scope's name where the channel is private or public.
    pub fn name(self, private_channel: bool) -> &'static str {
        match self {
            Self::Always(name) => name,
            Self::InChannel { private, .. } if private_channel => private,
            Self::InChannel { public, .. } => public,
        }
    }
}

const WRITE: Scope = Scope::Always("chat:write");
const DESCRIBE: Scope = Scope::InChannel { public: "channels:read", private: "groups:read" };
const READ: Scope = Scope::InChannel { public: "channels:history", private: "groups:history" };
const PEOPLE: Scope = Scope::Always("users:read");
const ADDRESSES: Scope = Scope::Always("users:read.email");

/// A method of the Web API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `auth.test`
    AuthTest,
    /// `chat.postMessage`
    PostMessage,
    /// `chat.update`
    UpdateMessage,
    /// `chat.postEphemeral`
    PostEphemeral,
    /// `conversations.history`
    History,
    /// `conversations.replies`
    Replies,
    /// `conversations.info`
    Conversation,
    /// `users.info`
    User,
    /// `users.lookupByEmail`
    UserByEmail,
    /// `views.open`
    OpenView,
}

impl Method {
    /// Every method of the client.
    pub const ALL: [Self; 10] = [
        Self::AuthTest,
        Self::PostMessage,
        Self::UpdateMessage,
        Self::PostEphemeral,
        Self::History,
        Self::Replies,
        Self::Conversation,
        Self::User,
        Self::UserByEmail,
        Self::OpenView,
    ];

    /// Slack's name for it, which is its path as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthTest => "auth.test",
            Self::PostMessage => "chat.postMessage",
            Self::UpdateMessage => "chat.update",
            Self::PostEphemeral => "chat.postEphemeral",
            Self::History => "conversations.history",
            Self::Replies => "conversations.replies",
            Self::Conversation => "conversations.info",
            Self::User => "users.info",
            Self::UserByEmail => "users.lookupByEmail",
            Self::OpenView => "views.open",
        }
    }

    /// What a bot token needs for it, as each method's page at <https://docs.slack.dev/reference/methods> has it. A
    /// user's address is in the answer of `users.info` only with `users:read.email`.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::AuthTest | Self::OpenView => &[],
            Self::PostMessage | Self::UpdateMessage | Self::PostEphemeral => &[WRITE],
            Self::History | Self::Replies => &[READ],
            Self::Conversation => &[DESCRIBE],
            Self::User => &[PEOPLE, ADDRESSES],
            Self::UserByEmail => &[ADDRESSES],
        }
    }

    /// Calls a minute that Slack grants at least: <https://docs.slack.dev/apis/web-api/rate-limits>. Posting is limited
    /// to one message a second in a channel. The history methods have these rates for apps made for one's own
    /// workspace; apps distributed outside the Marketplace have one call a minute.
    fn per_minute(self) -> Option<u32> {
        match self {
            Self::AuthTest => None,
            Self::PostMessage => Some(60),
            Self::UpdateMessage | Self::History | Self::Replies | Self::Conversation | Self::UserByEmail => Some(50),
            Self::PostEphemeral | Self::User | Self::OpenView => Some(100),
        }
    }
}

/// The documented rates, to be kept to from our side.
pub fn documented_pace() -> Pace {
    let rate = |method: Method| method.per_minute().map(|rate| (method.name().to_owned(), rate));
    Pace { per_minute: None, endpoints: Method::ALL.into_iter().filter_map(rate).collect() }
}
