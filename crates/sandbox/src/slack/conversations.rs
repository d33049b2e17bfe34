//! Reading a channel: its messages, a thread, its own description.

use axum::extract::Path;
use axum::response::Redirect;
use serde_json::{Value, json};

use super::State;
use super::args::{Args, Refusal};
use super::room::{Channel, Message, Room};
use crate::seed::SLACK_TEAM;

/// Entries of a page unless told.
const PAGE: usize = 100;
/// Most entries of a page.
const LARGEST_PAGE: usize = 999;

fn readable<'a>(room: &'a Room, args: &Args) -> Result<&'a Channel, Refusal> {
    let id = args.text("channel").ok_or("channel_not_found")?;
    let channel = room.channel(id).ok_or("channel_not_found")?;
    channel.admit_bot()?;
    Ok(channel)
}

/// Whether a message is not older than `oldest`; the end counts where `inclusive` is set.
fn after_oldest(args: &Args, ts: &str) -> bool {
    let ends = args.flag("inclusive");
    args.text("oldest").is_none_or(|oldest| micros(ts) > micros(oldest) || (ends && micros(ts) == micros(oldest)))
}

/// Whether a message is not newer than `latest`; the end counts where `inclusive` is set.
fn before_latest(args: &Args, ts: &str) -> bool {
    let ends = args.flag("inclusive");
    args.text("latest").is_none_or(|latest| micros(ts) < micros(latest) || (ends && micros(ts) == micros(latest)))
}

/// A `ts` as microseconds; it may come without a fraction.
fn micros(ts: &str) -> i64 {
    let (whole, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let fraction = format!("{fraction:0<6}");
    let whole: i64 = whole.parse().unwrap_or_default();
    whole.saturating_mul(1_000_000).saturating_add(fraction[..6].parse().unwrap_or_default())
}

/// One page of `all`; the cursor is the `ts` of the last entry shown.
fn page<'a>(args: &Args, all: impl Iterator<Item = &'a Message>) -> Result<Value, Refusal> {
    let limit = args.number("limit").unwrap_or(PAGE);
    if limit == 0 || limit > LARGEST_PAGE {
        return Err("invalid_limit".into());
    }
    let mut all = all.peekable();
    if let Some(cursor) = args.text("cursor")
        && !all.by_ref().any(|message| message.ts == cursor)
    {
        return Err("invalid_cursor".into());
    }
    let without: &[&str] = if args.flag("include_all_metadata") { &[] } else { &["metadata"] };
    let mut last = String::new();
    let mut messages = Vec::new();
    while messages.len() < limit
        && let Some(message) = all.next()
    {
        last.clone_from(&message.ts);
        messages.push(message.to_json(without));
    }
    let more = all.peek().is_some();
    let cursor = if more { last } else { String::new() };
    Ok(json!({"messages": messages, "has_more": more, "response_metadata": {"next_cursor": cursor}}))
}

pub(super) fn history(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let channel = readable(&room, args)?;
    // Newest first: nothing beyond the first message that is too old needs a look.
    let found = channel.messages.values().rev().take_while(|message| after_oldest(args, &message.ts));
    page(args, found.filter(|message| message.is_in_channel() && before_latest(args, &message.ts)))
}

pub(super) fn replies(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let channel = readable(&room, args)?;
    let parent = channel.messages.get(args.text("ts").ok_or("thread_not_found")?).ok_or("thread_not_found")?;
    let thread = std::iter::once(parent).chain(channel.replies_of(parent));
    page(args, thread.filter(|message| after_oldest(args, &message.ts) && before_latest(args, &message.ts)))
}

pub(super) fn info(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let channel = room.channel(args.text("channel").ok_or("channel_not_found")?).ok_or("channel_not_found")?;
    if channel.private {
        channel.admit_bot()?;
    }
    Ok(json!({"channel": {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": true,
        "is_group": false,
        "is_im": false,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_general": false,
        "is_member": channel.bot_in,
        "is_shared": channel.ext_shared,
        "is_ext_shared": channel.ext_shared,
        "is_org_shared": false,
        "context_team_id": SLACK_TEAM,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }}))
}

/// A permalink leads to the sandbox's page.
pub(super) async fn open_in_page(Path((_, message)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/#message-{}", message.trim_start_matches('p')))
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[test]
    fn times_compare_by_value_whatever_their_fraction() {
        assert_eq!(micros("1781026931.000042"), 1_781_026_931_000_042);
        assert_eq!(micros("1781026931"), 1_781_026_931_000_000);
        assert_eq!(micros("0"), 0);
        assert_eq!(micros("nonsense"), 0);
    }
}
