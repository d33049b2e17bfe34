//! Slack: the channel where approvers are asked, and the door through which their clicks come.
//!
//! Rooms: [`client`] speaks the Web API and knows no word of ours; [`blocks`] holds the part of Block Kit we use, with
//! Slack's limits; `adapter` implements the `Channel` port; `inbound` implements the `Inbound` port.
//!
//! - A card is built by code from the typed plan. What comes from tickets and directories is shown as plain text: it can
//!   neither format, nor link, nor mention anybody.
//! - A button carries the run's id, the plan's version and its digest, nothing else.
//! - A plan that does not fit whole has no Approve button, and says so.
//! - A request is parsed only after its signature held on the raw bytes and its time within 300 seconds either way.
//! - What the bot must be granted follows from the table of the methods called ([`client::Method`], [`permissions`]); a
//!   check of the connection only reads.
//! - A message of ours is found again by its metadata and by our own bot's id, never by its words.
//!
//! Deliberately absent: slash commands, the Events API, OAuth installation, retries (the effect queue repeats), and any
//! decision about who may approve.

pub mod blocks;
pub mod client;

mod adapter;
mod inbound;
mod marks;

pub use adapter::{Slack, card_blocks, permissions, permissions_of_public_channel, reason_form};

use countersign_domain::ids::ConnectionName;
use countersign_outbound::{LiveSecret, OutboundError};
use url::Url;

/// One Slack connection as it is configured.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// The connection's name.
    pub name: ConnectionName,
    /// Where Slack is; `https://slack.com` where left out. Methods are at `{base_url}/api/METHOD`. Requests are paced to
    /// Slack's documented rates only at Slack itself: elsewhere the answers alone say when to wait.
    pub base_url: Option<Url>,
    /// The bot token, `xoxb-...`. What replaces it must be the same bot's: who we are is asked once.
    pub bot_token: LiveSecret,
    /// The app's signing secret. Without it nothing that comes in is believed.
    pub signing_secret: Option<LiveSecret>,
    /// The id of the channel where cards are posted, for example `C0123ADMIN`.
    pub channel: String,
}

/// A Slack connection that could not be set up. All of these are matters of configuration.
#[derive(Debug, thiserror::Error)]
pub enum SlackError {
    /// The channel is not written as an id.
    #[error(
        "the Slack connection {connection} names its channel as {given:?}, which is no channel id: open the channel's details in Slack, copy the id at the very bottom (C or G and capital letters and digits) and write that"
    )]
    Channel {
        /// The connection.
        connection: ConnectionName,
        /// What was given.
        given: String,
    },
    /// The HTTP client could not be made.
    #[error("the Slack connection {connection} could not be set up")]
    Outbound {
        /// The connection.
        connection: ConnectionName,
        /// Why.
        #[source]
        source: OutboundError,
    },
}
