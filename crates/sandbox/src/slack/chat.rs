//! Posting, editing and linking messages.

use serde_json::{Value, json};

use super::State;
use super::args::{Args, Refusal};
use super::blocks::check_message;
use super::room::{Channel, Ephemeral, Message, Room};
use crate::seed::SLACK_BOT_USER;

/// Longest text of a message, in characters.
const TEXT: usize = 40_000;
/// Largest metadata, in bytes of JSON.
const METADATA: usize = 16_384;

/// What a message says.
pub(super) struct Content {
    pub(super) text: String,
    /// `None` where the caller did not name blocks at all.
    pub(super) blocks: Option<Vec<Value>>,
}

impl Content {
    fn of(args: &Args) -> Result<Self, Refusal> {
        let blocks = args.structure("blocks", "invalid_blocks_format")?;
        Self::checked(args.text("text").unwrap_or_default(), blocks)
    }

    /// Holds text and blocks against Slack's rules.
    pub(super) fn checked(text: &str, blocks: Option<Value>) -> Result<Self, Refusal> {
        let blocks = match blocks {
            None => None,
            Some(Value::Array(blocks)) => Some(blocks),
            Some(_) => return Err("invalid_blocks_format".into()),
        };
        if text.chars().count() > TEXT {
            return Err("msg_too_long".into());
        }
        if text.is_empty() && blocks.as_ref().is_none_or(Vec::is_empty) {
            return Err("no_text".into());
        }
        let problems = check_message(blocks.as_deref().unwrap_or_default());
        if !problems.is_empty() {
            return Err(Refusal::with("invalid_blocks", problems));
        }
        Ok(Self { text: text.to_owned(), blocks })
    }
}

/// What a message has besides its content.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) metadata: Option<Value>,
    /// The message in whose thread it stands.
    pub(super) thread_ts: Option<String>,
    /// Whether a message in a thread is shown in the channel as well.
    pub(super) broadcast: bool,
}

/// Gives an id to each block that has none, as Slack does.
pub(super) fn name_blocks(room: &mut Room, blocks: &mut [Value]) {
    for block in blocks {
        if block.get("block_id").is_none() {
            block["block_id"] = json!(format!("b{:05x}", room.fresh()));
        }
    }
}

fn metadata(args: &Args) -> Result<Option<Value>, Refusal> {
    let Some(metadata) = args.structure("metadata", "invalid_metadata_format")? else { return Ok(None) };
    let fits = metadata["event_type"].as_str().is_some_and(|name| !name.is_empty() && name.len() <= 255)
        && metadata["event_payload"].is_object();
    if !fits {
        return Err("invalid_metadata_schema".into());
    }
    if metadata.to_string().len() > METADATA {
        return Err("metadata_too_large".into());
    }
    Ok(Some(metadata))
}

/// The channel, where the bot may write to it.
fn writable<'a>(room: &'a mut Room, args: &Args) -> Result<&'a mut Channel, Refusal> {
    let id = args.text("channel").ok_or("channel_not_found")?;
    let channel = room.channel_mut(id).ok_or("channel_not_found")?;
    channel.admit_bot()?;
    if channel.archived { Err("is_archived".into()) } else { Ok(channel) }
}

pub(super) fn post_message(state: &State, args: &Args) -> Result<Value, Refusal> {
    let now = (state.now)();
    let mut room = state.room();
    let channel = writable(&mut room, args)?;
    let id = channel.id.clone();
    let thread = args.text("thread_ts").map(str::to_owned);
    if let Some(thread) = &thread
        && channel.messages.get(thread).is_none_or(|parent| !parent.is_top())
    {
        return Err("thread_not_found".into());
    }
    let content = Content::of(args)?;
    let broadcast = thread.is_some() && args.flag("reply_broadcast");
    let extras = Extras { metadata: metadata(args)?, thread_ts: thread, broadcast };
    state.admit_post(&id)?;
    let message = room.post(&id, SLACK_BOT_USER, content, extras, now)?;
    let shown = message.to_json(&["metadata"]);
    Ok(json!({"channel": id, "ts": message.ts, "message": shown}))
}

pub(super) fn update(state: &State, args: &Args) -> Result<Value, Refusal> {
    let now = (state.now)();
    let mut room = state.room();
    let channel = writable(&mut room, args)?;
    let id = channel.id.clone();
    let ts = args.text("ts").ok_or("message_not_found")?;
    match channel.messages.get(ts) {
        None => return Err("message_not_found".into()),
        Some(message) if message.user != SLACK_BOT_USER => return Err("cant_update_message".into()),
        Some(_) => {}
    }
    let content = Content::of(args)?;
    let metadata = metadata(args)?;
    let message = room.edit(&id, ts, content, metadata, now)?;
    let shown = message.to_json(&["metadata"]);
    Ok(json!({"channel": id, "ts": ts, "text": message.text, "message": shown}))
}

pub(super) fn post_ephemeral(state: &State, args: &Args) -> Result<Value, Refusal> {
    let now = (state.now)();
    let mut room = state.room();
    let channel = writable(&mut room, args)?.id.clone();
    let user = args.text("user").ok_or("user_not_in_channel")?;
    if room.member(user).is_none_or(|member| member.deleted) {
        return Err("user_not_in_channel".into());
    }
    let content = Content::of(args)?;
    let thread = args.text("thread_ts").map(str::to_owned);
    let ts = room.whisper(&channel, user, content, thread, now);
    Ok(json!({"message_ts": ts}))
}

pub(super) fn permalink(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let channel = room.channel(args.text("channel").ok_or("channel_not_found")?).ok_or("channel_not_found")?;
    let ts = args.text("message_ts").filter(|ts| channel.messages.contains_key(*ts)).ok_or("message_not_found")?;
    let link = format!("{}/archives/{}/p{}", state.base_url, channel.id, ts.replace('.', ""));
    Ok(json!({"channel": channel.id, "permalink": link}))
}

impl Room {
    /// Posts a message by `user`.
    pub(super) fn post(
        &mut self,
        channel: &str,
        user: &str,
        content: Content,
        extras: Extras,
        now: i64,
    ) -> Result<Message, Refusal> {
        let message = self.compose(user, content, extras, now);
        let channel = self.channel_mut(channel).ok_or("channel_not_found")?;
        if let Some(thread) = &message.thread_ts
            && let Some(parent) = channel.messages.get_mut(thread)
        {
            parent.replies.push(message.ts.clone());
        }
        channel.messages.insert(message.ts.clone(), message.clone());
        Ok(message)
    }

    /// Replaces what a message says. Blocks and metadata that are not named are kept, as at the vendor: an empty list
    /// is what removes blocks.
    pub(super) fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        content: Content,
        metadata: Option<Value>,
        now: i64,
    ) -> Result<Message, Refusal> {
        let mut blocks = content.blocks;
        if let Some(blocks) = &mut blocks {
            name_blocks(self, blocks);
        }
        let edited = self.fresh_ts(now);
        let channel = self.channel_mut(channel).ok_or("channel_not_found")?;
        let message = channel.messages.get_mut(ts).ok_or("message_not_found")?;
        message.text = content.text;
        message.blocks = blocks.unwrap_or_else(|| std::mem::take(&mut message.blocks));
        message.metadata = metadata.or_else(|| message.metadata.take());
        message.edits += 1;
        message.edited = Some(edited);
        Ok(message.clone())
    }

    /// Shows a message to one member alone; returns its `ts`.
    pub(super) fn whisper(
        &mut self,
        channel: &str,
        user: &str,
        content: Content,
        thread_ts: Option<String>,
        now: i64,
    ) -> String {
        let message = self.compose(SLACK_BOT_USER, content, Extras { thread_ts, ..Extras::default() }, now);
        let ts = message.ts.clone();
        self.ephemerals.push(Ephemeral { channel: channel.to_owned(), user: user.to_owned(), message });
        ts
    }

    fn compose(&mut self, user: &str, content: Content, extras: Extras, now: i64) -> Message {
        let mut blocks = content.blocks.unwrap_or_default();
        name_blocks(self, &mut blocks);
        Message {
            ts: self.fresh_ts(now),
            user: user.to_owned(),
            text: content.text,
            blocks,
            metadata: extras.metadata,
            thread_ts: extras.thread_ts,
            broadcast: extras.broadcast,
            replies: Vec::new(),
            edits: 0,
            edited: None,
        }
    }
}
