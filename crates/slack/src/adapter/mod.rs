//! Slack as a channel.

mod card;
mod check;
mod form;
mod people;
mod permissions;
mod probe;
mod trouble;

pub use card::card_blocks;
pub use form::reason_form;
pub use permissions::{permissions, permissions_of_public_channel};

use async_trait::async_trait;
use countersign_domain::{
    card::Card,
    digest::Digest,
    ids::{ConnectionName, RunId},
    ports::{Channel, ChannelUser, Explanation, Finding, PortError},
    run::CardRef,
    time::At,
};
use countersign_outbound::{Factory, LiveSecret, Pace, Sort, Target};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    SlackError, SlackSettings,
    blocks::{Block, Cut, Markup, SECTION_TEXT, clean, escape, web_address},
    client::{
        Client, HistoryQuery, Identity, Message, Metadata, PostEphemeral, PostMessage, RepliesQuery, UpdateMessage,
        documented_pace,
    },
    marks,
};
use trouble::port_error;

/// Messages of one page when a card is looked for.
const PAGE: u16 = 200;
/// Most pages when a card is looked for: 10,000 messages since the run began.
const PAGES: usize = 50;
/// How far our clock and Slack's may differ when a card is looked for, in seconds.
const CLOCKS_APART: u64 = 86_400;
/// How the topic of what is said about a new plan begins.
const NEW_PLAN: &str = "plan:";

/// One Slack connection: the channel and its door.
#[derive(Debug)]
pub struct Slack {
    name: ConnectionName,
    room: String,
    client: Client,
    signing_secret: Option<LiveSecret>,
    us: OnceCell<Identity>,
}

impl Slack {
    /// Sets the connection up; nothing is sent.
    ///
    /// # Errors
    /// [`SlackError`]: the channel is no id, or the address is refused.
    pub fn new(settings: SlackSettings, factory: &Factory) -> Result<Self, SlackError> {
        if !marks::is_room(&settings.channel) {
            return Err(SlackError::Channel { connection: settings.name, given: settings.channel });
        }
        let pace = if settings.base_url.is_some() { Pace::default() } else { documented_pace() };
        let target = Target { vendor: "slack", base_url: methods_url(settings.base_url), pace };
        let http = match factory.client(target) {
            Ok(http) => http,
            Err(source) => return Err(SlackError::Outbound { connection: settings.name, source }),
        };
        Ok(Self {
            name: settings.name,
            room: settings.channel,
            client: Client::new(http, settings.bot_token),
            signing_secret: settings.signing_secret,
            us: OnceCell::new(),
        })
    }

    pub(crate) fn name(&self) -> &ConnectionName {
        &self.name
    }

    /// What interactions are signed with now; a blank one is none.
    pub(crate) fn signing_secret(&self) -> Option<SecretString> {
        let secret = self.signing_secret.as_ref()?.current();
        (!secret.expose_secret().trim().is_empty()).then_some(secret)
    }

    /// Who we are; asked once.
    async fn us(&self) -> Result<&Identity, PortError> {
        let ask = || async { self.client.auth_test().await };
        self.us.get_or_try_init(ask).await.map_err(|error| port_error("saying who we are", Sort::Read, error))
    }

    async fn send(&self, what: &str, room: &str, place: Place<'_>, words: Words<'_>) -> Result<CardRef, PortError> {
        let (thread_ts, reply_broadcast) = match place {
            Place::Channel => (None, false),
            Place::Thread { of, aloud } => (Some(of), aloud),
        };
        let message = PostMessage {
            channel: room,
            text: words.text,
            blocks: words.blocks,
            metadata: words.mark,
            thread_ts,
            reply_broadcast,
            mrkdwn: false,
            unfurl_links: false,
            unfurl_media: false,
        };
        let posted = self.client.post_message(&message).await;
        let posted = posted.map_err(|error| port_error(what, Sort::Write, error))?;
        Ok(CardRef { channel: self.name.clone(), room: posted.channel, message: posted.ts })
    }
}

/// Where a message is posted.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// In the channel itself.
    Channel,
    /// In a thread; `aloud`: shown in the channel as well, where it notifies.
    Thread { of: &'a str, aloud: bool },
}

/// What a message says.
#[derive(Clone, Copy)]
struct Words<'a> {
    text: &'a str,
    blocks: &'a [Block],
    mark: &'a Metadata,
}

#[async_trait]
impl Channel for Slack {
    async fn post(&self, card: &Card) -> Result<CardRef, PortError> {
        let (text, blocks, mark) = (card::notification(card), card_blocks(card), marks::card_mark(&card.run));
        let words = Words { text: &text, blocks: &blocks, mark: &mark };
        self.send("posting the card", &self.room, Place::Channel, words).await
    }

    async fn find(&self, run: &RunId) -> Result<Option<CardRef>, PortError> {
        let us = self.us().await?;
        let mark = marks::card_mark(run);
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let query = HistoryQuery { channel: &self.room, oldest: None, cursor: cursor.as_deref(), limit: PAGE };
            let page = self.client.history(&query).await;
            let page = page.map_err(|error| port_error("looking for the card", Sort::Read, error))?;
            if let Some(found) = page.messages.iter().find(|message| is_ours(us, message, &mark)) {
                let message = found.ts.clone();
                return Ok(Some(CardRef { channel: self.name.clone(), room: self.room.clone(), message }));
            }
            if page.next_cursor.is_none() || page.messages.last().is_some_and(|message| is_before(message, run)) {
                return Ok(None);
            }
            cursor = page.next_cursor;
        }
        Err(PortError::permanent(format!(
            "the channel has more than {} messages since the run began, so it cannot be told whether its card was \
             posted: look for it in Slack and decide through the API, or use a channel of its own for cards",
            PAGES * usize::from(PAGE)
        )))
    }

    async fn redraw(&self, at: &CardRef, card: &Card) -> Result<(), PortError> {
        let (text, blocks, mark) = (card::notification(card), card_blocks(card), marks::card_mark(&card.run));
        let message =
            UpdateMessage { channel: &at.room, ts: &at.message, text: &text, blocks: &blocks, metadata: Some(&mark) };
        let redrawn = self.client.update_message(&message).await;
        // Drawing a card again is drawing it once, so an unknown outcome is simply repeated.
        redrawn.map(drop).map_err(|error| port_error("redrawing the card", Sort::Read, error))
    }

    async fn say(&self, at: &CardRef, topic: &str, lines: &[String]) -> Result<(), PortError> {
        let text = escape(&clean(&lines.join("\n")));
        let text = Cut::default().within(&text, SECTION_TEXT);
        let (blocks, mark) = (utterance(lines), marks::thread_mark(topic));
        let words = Words { text: &text, blocks: &blocks, mark: &mark };
        // A new plan awaits a decision by people who need not follow the thread; a redrawn card tells nobody.
        let place = Place::Thread { of: &at.message, aloud: topic.starts_with(NEW_PLAN) };
        self.send("writing into the card's thread", &at.room, place, words).await.map(drop)
    }

    async fn find_in_thread(&self, at: &CardRef, topic: &str) -> Result<bool, PortError> {
        let us = self.us().await?;
        let mark = marks::thread_mark(topic);
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let query = RepliesQuery { channel: &at.room, ts: &at.message, cursor: cursor.as_deref(), limit: PAGE };
            let page = self.client.replies(&query).await;
            let page = page.map_err(|error| port_error("reading the card's thread", Sort::Read, error))?;
            if page.messages.iter().any(|message| is_ours(us, message, &mark)) {
                return Ok(true);
            }
            if page.next_cursor.is_none() {
                return Ok(false);
            }
            cursor = page.next_cursor;
        }
        Err(PortError::permanent("the card's thread is too long to be read whole, so nothing more is written into it"))
    }

    async fn who(&self, workspace: &str, user: &str) -> Result<ChannelUser, PortError> {
        let us = self.us().await?;
        match self.client.user(user).await {
            Ok(found) if found.id == user => Ok(people::assess(us, workspace, &found)),
            Ok(_) => Err(PortError::transient("Slack described another user than the one asked for", None)),
            Err(error) if matches!(error.code(), Some("user_not_found" | "user_not_visible")) => {
                Ok(people::unknown(user))
            }
            Err(error) => Err(port_error("looking up who clicked", Sort::Read, error)),
        }
    }

    async fn explain(&self, explanation: &Explanation) -> Result<(), PortError> {
        let mut cut = Cut::default();
        let blocks = [Block::plain(&explanation.text, &mut cut)];
        let text = cut.within(&escape(&clean(&explanation.text)), SECTION_TEXT);
        let message =
            PostEphemeral { channel: &explanation.room, user: &explanation.user, text: &text, blocks: &blocks };
        let told = self.client.post_ephemeral(&message).await;
        told.map_err(|error| port_error("telling one person something", Sort::Write, error))
    }

    async fn ask_reason(
        &self,
        trigger: &str,
        run: &RunId,
        plan_version: u32,
        plan_digest: Option<Digest>,
    ) -> Result<(), PortError> {
        let (room, trigger) = marks::unpack_trigger(trigger);
        let form = reason_form(run, plan_version, plan_digest, room.unwrap_or(&self.room));
        match self.client.open_view(trigger, &form).await {
            Ok(()) => Ok(()),
            // Slack delivers a press again where its answer got lost; the first delivery has opened the form.
            Err(error) if matches!(error.code(), Some("exchanged_trigger_id" | "trigger_exchanged")) => Ok(()),
            Err(error) => Err(port_error("opening the form for the reason", Sort::Write, error)),
        }
    }

    async fn post_probe(&self, probe: &str) -> Result<CardRef, PortError> {
        if !marks::is_probe(probe) {
            return Err(PortError::permanent("a probe's card carries 1 to 200 printable ASCII characters"));
        }
        let (blocks, mark) = (probe::blocks(probe), marks::probe_mark(probe));
        let words = Words { text: probe::ASKS, blocks: &blocks, mark: &mark };
        self.send("posting the probe's card", &self.room, Place::Channel, words).await
    }

    async fn end_probe(&self, at: &CardRef, says: &str) -> Result<(), PortError> {
        let mut cut = Cut::default();
        let blocks = [Block::plain(says, &mut cut)];
        let text = cut.within(&escape(&clean(says)), SECTION_TEXT);
        let message =
            UpdateMessage { channel: &at.room, ts: &at.message, text: &text, blocks: &blocks, metadata: None };
        let ended = self.client.update_message(&message).await;
        ended.map(drop).map_err(|error| port_error("ending the probe's card", Sort::Read, error))
    }

    async fn check(&self, now: At) -> Vec<Finding> {
        check::look(self, now).await
    }
}

/// The address of the methods: `/api` below where Slack is.
fn methods_url(base: Option<Url>) -> Url {
    let mut url = base.unwrap_or_else(|| Url::parse("https://slack.com").expect("a constant address"));
    let path = format!("{}/api", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// Whether a message is our bot's own and carries this mark: anybody's app may write the same mark.
fn is_ours(us: &Identity, message: &Message, mark: &Metadata) -> bool {
    let by_user = message.user.as_ref() == Some(&us.user_id);
    let by_bot = message.bot_id.is_some() && message.bot_id == us.bot_id;
    (by_user || by_bot) && marks::carries(message, mark)
}

/// Whether a message was certainly written before the run began. Run ids of the version 7 hold their time.
fn is_before(message: &Message, run: &RunId) -> bool {
    let bytes = run.as_bytes();
    if bytes[6] >> 4 != 7 {
        return false;
    }
    let began = bytes[..6].iter().fold(0_u64, |millis, byte| (millis << 8) | u64::from(*byte)) / 1000;
    let written = message.ts.split('.').next().and_then(|seconds| seconds.parse::<u64>().ok());
    written.is_some_and(|seconds| seconds.saturating_add(CLOCKS_APART) < began)
}

/// What is said in a thread: plain words, and the link at a line's end as a link.
fn utterance(lines: &[String]) -> Vec<Block> {
    let mut cut = Cut::default();
    let (mut words, mut links) = (Vec::new(), Vec::new());
    for line in lines {
        match line.rsplit_once(' ').filter(|(_, last)| web_address(last).is_some()) {
            Some((rest, url)) => {
                words.push(rest.trim_end_matches(':').to_owned());
                links.push(url);
            }
            None => words.push(line.clone()),
        }
    }
    let mut blocks = vec![Block::plain(&words.join("\n"), &mut cut)];
    blocks.extend(links.into_iter().take(10).map(|url| Block::marked(Markup::default().link(url, url))));
    blocks
}

#[cfg(test)]
mod tests;
