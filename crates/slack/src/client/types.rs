//! What is sent and what comes back. Answers hold the fields that are used; all others are passed over.

use serde::{Deserialize, Serialize};

use crate::blocks::{Block, View};

/// Machine-readable data on a message: <https://docs.slack.dev/messaging/message-metadata>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// What kind of data, for example `countersign_card`.
    pub event_type: String,
    /// The data: an object.
    #[serde(default)]
    pub event_payload: serde_json::Value,
}

/// Arguments of `chat.postMessage`.
#[derive(Debug, Serialize)]
pub struct PostMessage<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// What a notification and a screen reader read; `&`, `<` and `>` escaped.
    pub text: &'a str,
    /// What is shown.
    pub blocks: &'a [Block],
    /// Data by which the message is found again.
    pub metadata: &'a Metadata,
    /// The message in whose thread it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<&'a str>,
    /// Whether a message in a thread is shown in the channel as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reply_broadcast: bool,
    /// Whether `text` may format.
    pub mrkdwn: bool,
    /// Whether links are previewed.
    pub unfurl_links: bool,
    /// Whether media are previewed.
    pub unfurl_media: bool,
}

/// Arguments of `chat.update`.
#[derive(Debug, Serialize)]
pub struct UpdateMessage<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// The message.
    pub ts: &'a str,
    /// As in [`PostMessage`].
    pub text: &'a str,
    /// As in [`PostMessage`].
    pub blocks: &'a [Block],
    /// As in [`PostMessage`]; left out, the message keeps what it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a Metadata>,
}

/// Arguments of `chat.postEphemeral`.
#[derive(Debug, Serialize)]
pub struct PostEphemeral<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// Who sees it; a member of the channel.
    pub user: &'a str,
    /// As in [`PostMessage`].
    pub text: &'a str,
    /// As in [`PostMessage`].
    pub blocks: &'a [Block],
}

/// Arguments of `conversations.history`.
#[derive(Debug, Clone, Copy)]
pub struct HistoryQuery<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// Only messages after this time, in seconds since 1970 with a fraction.
    pub oldest: Option<&'a str>,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
    /// Most messages, up to 999.
    pub limit: u16,
}

/// Arguments of `conversations.replies`.
#[derive(Debug, Clone, Copy)]
pub struct RepliesQuery<'a> {
    /// The channel's id.
    pub channel: &'a str,
    /// The thread's parent.
    pub ts: &'a str,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
    /// Most messages, up to 999.
    pub limit: u16,
}

#[derive(Serialize)]
pub(super) struct OpenView<'a> {
    pub(super) trigger_id: &'a str,
    pub(super) view: &'a View,
}

/// A message that was posted or changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Posted {
    /// The channel's id.
    pub channel: String,
    /// The message's id within the channel: its time.
    pub ts: String,
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The workspace's id.
    pub team_id: String,
    /// The workspace's name.
    #[serde(default)]
    pub team: String,
    /// The bot's user id.
    pub user_id: String,
    /// The bot's handle.
    #[serde(default)]
    pub user: String,
    /// The bot's id.
    #[serde(default)]
    pub bot_id: Option<String>,
    /// What the token may do, where Slack says so (`X-OAuth-Scopes`).
    #[serde(skip)]
    pub scopes: Option<Vec<String>>,
    /// When Slack answered by its own clock, in Unix seconds, where it says so (`Date`).
    #[serde(skip)]
    pub answered_at: Option<i64>,
}

/// A message as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its id within the channel: its time, seconds since 1970 with a fraction.
    #[serde(default)]
    pub ts: String,
    /// Who wrote it.
    #[serde(default)]
    pub user: Option<String>,
    /// The bot that wrote it.
    #[serde(default)]
    pub bot_id: Option<String>,
    /// Its metadata.
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

/// One page of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages.
    pub messages: Vec<Message>,
    /// Where the next page begins; none after the last.
    pub next_cursor: Option<String>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// Its name, without `#`.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether the bot is in it.
    #[serde(default)]
    pub is_member: bool,
    /// Whether it is archived.
    #[serde(default)]
    pub is_archived: bool,
    /// Whether it is private.
    #[serde(default)]
    pub is_private: bool,
    /// Whether it is shared with another organisation (Slack Connect).
    #[serde(default)]
    pub is_ext_shared: bool,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Its id.
    pub id: String,
    /// The workspace it belongs to.
    #[serde(default)]
    pub team_id: Option<String>,
    /// The handle.
    #[serde(default)]
    pub name: String,
    /// The full name.
    #[serde(default)]
    pub real_name: Option<String>,
    /// Deactivated.
    #[serde(default)]
    pub deleted: bool,
    /// A bot.
    #[serde(default)]
    pub is_bot: bool,
    /// A guest of several channels.
    #[serde(default)]
    pub is_restricted: bool,
    /// A guest of one channel.
    #[serde(default)]
    pub is_ultra_restricted: bool,
    /// Somebody of another workspace.
    #[serde(default)]
    pub is_stranger: bool,
    /// What they say of themselves.
    #[serde(default)]
    pub profile: Profile,
    /// Their place in an Enterprise organisation.
    #[serde(default)]
    pub enterprise_user: Option<EnterpriseUser>,
}

/// The part of a user's profile that is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Profile {
    /// The address; only with the scope `users:read.email`.
    #[serde(default)]
    pub email: Option<String>,
    /// The full name.
    #[serde(default)]
    pub real_name: Option<String>,
}

/// A user's place in an Enterprise organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EnterpriseUser {
    /// The workspaces the user is a member of.
    #[serde(default)]
    pub teams: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct PageAnswer {
    messages: Vec<Message>,
    #[serde(default)]
    response_metadata: Option<NextCursor>,
}

#[derive(Deserialize)]
struct NextCursor {
    #[serde(default)]
    next_cursor: Option<String>,
}

impl From<PageAnswer> for Page {
    fn from(answer: PageAnswer) -> Self {
        let next = answer.response_metadata.and_then(|metadata| metadata.next_cursor);
        Self { messages: answer.messages, next_cursor: next.filter(|cursor| !cursor.is_empty()) }
    }
}

#[derive(Deserialize)]
pub(super) struct ConversationAnswer {
    pub(super) channel: Conversation,
}

#[derive(Deserialize)]
pub(super) struct UserAnswer {
    pub(super) user: User,
}

#[derive(Deserialize)]
pub(super) struct EphemeralAnswer {}

#[derive(Deserialize)]
pub(super) struct ViewAnswer {}
