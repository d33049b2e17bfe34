//! The channel: where approvers are asked.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    card::Card,
    digest::Digest,
    ids::RunId,
    person::MailAddress,
    ports::{Finding, PortError},
    run::CardRef,
    time::At,
};

/// A channel's user, looked up for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelUser {
    /// The name to show.
    pub name: String,
    /// The address the workspace vouches for.
    pub mail: Option<MailAddress>,
    /// Why this user can never decide, whatever any list says: a bot, a guest, deactivated, of another workspace.
    pub barred: Option<String>,
}

/// Something told to one person alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The room it is told in.
    pub room: String,
    /// The user, in the vendor's id.
    pub user: String,
    /// What.
    pub text: String,
}

/// A place where cards are posted.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Posts a card. It carries the run's id as metadata, by which [`Channel::find`] finds it again.
    async fn post(&self, card: &Card) -> Result<CardRef, PortError>;

    /// Finds a run's card by its metadata.
    async fn find(&self, run: &RunId) -> Result<Option<CardRef>, PortError>;

    /// Makes a posted card show this.
    async fn redraw(&self, at: &CardRef, card: &Card) -> Result<(), PortError>;

    /// Says something in the card's thread; `topic` marks it so that [`Channel::find_in_thread`] finds it again.
    async fn say(&self, at: &CardRef, topic: &str, lines: &[String]) -> Result<(), PortError>;

    /// Whether the thread has an utterance with this topic.
    async fn find_in_thread(&self, at: &CardRef, topic: &str) -> Result<bool, PortError>;

    /// Looks a user up. `workspace` is the one the click came from; empty: the user alone is asked about. Somebody nobody
    /// knows is barred, not an error.
    async fn who(&self, workspace: &str, user: &str) -> Result<ChannelUser, PortError>;

    /// Tells one person something the others do not see.
    async fn explain(&self, explanation: &Explanation) -> Result<(), PortError>;

    /// Asks for the reason of a denial: opens the form. It changes nothing, so it happens before any look-up and may be
    /// forgotten. `trigger` is the vendor's short-lived permission to open a form; the form carries the rest on, as the
    /// pressed button had it.
    async fn ask_reason(
        &self,
        trigger: &str,
        run: &RunId,
        plan_version: u32,
        plan_digest: Option<Digest>,
    ) -> Result<(), PortError>;

    /// Posts a harmless card whose one button carries `probe`: pressing it comes back as
    /// [`Incoming::Probe`](crate::ports::Incoming::Probe), which proves the whole way there and back.
    async fn post_probe(&self, probe: &str) -> Result<CardRef, PortError>;

    /// Takes the button from a probe's card and says how it went.
    async fn end_probe(&self, at: &CardRef, says: &str) -> Result<(), PortError>;

    /// Looks at everything the corridor needs of the channel, by reading: the first finding says who we are there. Never
    /// fails as a whole; what cannot be asked is a failed finding. `now` is what the channel's clock is compared with.
    async fn check(&self, now: At) -> Vec<Finding>;
}
