//! What the workspace remembers: members, channels, messages, modals, trigger ids and response URLs.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::seed::{OktaState, PEOPLE, SLACK_BOT_USER, SLACK_CHANNEL, SLACK_ONLY, SLACK_TEAM, Seed};
use crate::stamp::slack_ts;

/// The app's id.
pub(super) const APP_ID: &str = "A0COUNTERSIGN";
/// The app's bot id, which is not its user id.
pub(super) const BOT_ID: &str = "B0COUNTERSIGN";
/// Microseconds for which a trigger id may be used.
const TRIGGER_LIFE: i64 = 3_000_000;
/// Microseconds for which a response URL may be used.
const RESPONSE_LIFE: i64 = 30 * 60 * 1_000_000;
/// What has expired is dropped once in so many serial numbers, so that a click stays cheap.
const PRUNE_EVERY: u64 = 64;
/// How often a response URL may be used.
const RESPONSE_USES: u32 = 5;

/// Somebody in the workspace.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) team: String,
    pub(super) is_bot: bool,
    pub(super) is_restricted: bool,
    pub(super) is_ultra_restricted: bool,
    pub(super) deleted: bool,
}

/// A channel and its messages by `ts`.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) name: String,
    /// Whether the app's bot is in it.
    pub(super) bot_in: bool,
    pub(super) archived: bool,
    pub(super) private: bool,
    /// Whether it is shared with another organisation.
    pub(super) ext_shared: bool,
    pub(super) messages: BTreeMap<String, Message>,
}

/// A message; in a thread where `thread_ts` names another.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) ts: String,
    pub(super) user: String,
    pub(super) text: String,
    pub(super) blocks: Vec<Value>,
    pub(super) metadata: Option<Value>,
    pub(super) thread_ts: Option<String>,
    /// Whether a message in a thread is shown in the channel as well.
    pub(super) broadcast: bool,
    /// `ts` of the replies, oldest first.
    pub(super) replies: Vec<String>,
    pub(super) edits: u32,
    /// `ts` of the last edit.
    pub(super) edited: Option<String>,
}

/// A message which one member alone can see.
#[derive(Clone, Debug)]
pub(super) struct Ephemeral {
    pub(super) channel: String,
    pub(super) user: String,
    pub(super) message: Message,
}

/// An open modal.
#[derive(Clone, Debug)]
pub(super) struct Modal {
    pub(super) id: String,
    pub(super) user: String,
    /// What the app sent.
    pub(super) view: Value,
    /// Changes with each update.
    pub(super) hash: String,
    /// What the app said is wrong with the values, by block id.
    pub(super) errors: Value,
}

#[derive(Clone, Debug)]
struct Trigger {
    user: String,
    expires: i64,
    used: bool,
}

/// Where an app may answer an interaction.
#[derive(Clone, Debug)]
pub(super) struct ResponseUrl {
    pub(super) channel: String,
    pub(super) ts: String,
    pub(super) user: String,
    pub(super) ephemeral: bool,
    expires: i64,
    uses: u32,
}

/// The workspace.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) members: Vec<Member>,
    pub(super) channels: Vec<Channel>,
    pub(super) ephemerals: Vec<Ephemeral>,
    pub(super) modals: BTreeMap<String, Modal>,
    triggers: HashMap<String, Trigger>,
    responses: HashMap<String, ResponseUrl>,
    last_ts: i64,
    serial: u64,
}

impl Room {
    pub(super) fn seeded(seed: Seed) -> Self {
        // A private channel is one to which the bot was invited.
        let channel = |id: &str, name: &str, private| Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            bot_in: private,
            archived: false,
            private,
            ext_shared: false,
            messages: BTreeMap::new(),
        };
        let mut members: Vec<Member> = SLACK_ONLY
            .iter()
            .map(|only| Member {
                id: only.id.to_owned(),
                name: only.name.to_owned(),
                email: only.email.map(str::to_owned),
                team: only.team.to_owned(),
                is_bot: only.is_bot,
                is_restricted: only.is_restricted,
                is_ultra_restricted: false,
                deleted: false,
            })
            .collect();
        match seed {
            Seed::Empty => members.retain(|member| member.is_bot),
            Seed::Demo => members.extend(PEOPLE.iter().map(|person| Member {
                id: person.slack_id.map_or_else(|| member_id(person.email), str::to_owned),
                name: format!("{} {}", person.given, person.family),
                email: Some(person.email.to_owned()),
                team: SLACK_TEAM.to_owned(),
                is_bot: false,
                is_restricted: false,
                is_ultra_restricted: false,
                deleted: person.okta == OktaState::Deprovisioned,
            })),
        }
        Self {
            members,
            channels: vec![channel(SLACK_CHANNEL, "it-approvals", true), channel("C0456RANDOM", "random", false)],
            ephemerals: Vec::new(),
            modals: BTreeMap::new(),
            triggers: HashMap::new(),
            responses: HashMap::new(),
            last_ts: 0,
            serial: 0,
        }
    }

    pub(super) fn member(&self, id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// A message id that was not given before, at or after `now`.
    pub(super) fn fresh_ts(&mut self, now: i64) -> String {
        self.last_ts = now.max(self.last_ts + 1);
        slack_ts(self.last_ts)
    }

    /// A number that was not given before.
    pub(super) fn fresh(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A trigger id for this user, to be used once within three seconds.
    pub(super) fn new_trigger(&mut self, user: &str, now: i64) -> String {
        let id = format!("{}.{}.{:032x}", self.fresh(), now.unsigned_abs() / 1000, self.serial);
        if self.serial.is_multiple_of(PRUNE_EVERY) {
            self.triggers.retain(|_, trigger| trigger.expires > now - 60 * TRIGGER_LIFE);
        }
        let trigger = Trigger { user: user.to_owned(), expires: now + TRIGGER_LIFE, used: false };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// Uses up a trigger id; says whose it was.
    pub(super) fn use_trigger(&mut self, id: &str, now: i64) -> Result<String, &'static str> {
        let trigger = self.triggers.get_mut(id).ok_or("invalid_trigger_id")?;
        if now > trigger.expires {
            return Err("expired_trigger_id");
        }
        if std::mem::replace(&mut trigger.used, true) {
            return Err("exchanged_trigger_id");
        }
        Ok(trigger.user.clone())
    }

    /// The last part of a response URL about this message.
    pub(super) fn new_response(&mut self, channel: &str, ts: &str, user: &str, ephemeral: bool, now: i64) -> String {
        let token = format!("{:016x}", self.fresh());
        if self.serial.is_multiple_of(PRUNE_EVERY) {
            self.responses.retain(|_, response| response.expires > now);
        }
        let response = ResponseUrl {
            channel: channel.to_owned(),
            ts: ts.to_owned(),
            user: user.to_owned(),
            ephemeral,
            expires: now + RESPONSE_LIFE,
            uses: 0,
        };
        self.responses.insert(token.clone(), response);
        token
    }

    /// Uses a response URL once more.
    pub(super) fn use_response(&mut self, token: &str, now: i64) -> Result<ResponseUrl, &'static str> {
        let response = self.responses.get_mut(token).ok_or("invalid_url")?;
        if now > response.expires {
            return Err("expired_url");
        }
        if response.uses >= RESPONSE_USES {
            return Err("used_url");
        }
        response.uses += 1;
        Ok(response.clone())
    }

    /// Everything to be seen; at most `limit` top messages a channel.
    pub(super) fn snapshot(&self, limit: usize) -> Value {
        let channels: Vec<Value> = self.channels.iter().map(|channel| channel.snapshot(limit)).collect();
        let ephemerals: Vec<Value> = self
            .ephemerals
            .iter()
            .map(|ephemeral| {
                let mut value = ephemeral.message.to_json(&[]);
                value["channel"] = json!(ephemeral.channel);
                value["to"] = json!(ephemeral.user);
                value
            })
            .collect();
        let modals: Vec<Value> = self.modals.values().map(Modal::to_json).collect();
        let members: Vec<Value> = self.members.iter().map(Member::to_json).collect();
        json!({"members": members, "channels": channels, "ephemerals": ephemerals, "modals": modals, "bot": SLACK_BOT_USER})
    }
}

/// A member id made of a mail address.
fn member_id(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let letters: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("U0{}", letters.to_ascii_uppercase())
}

impl Channel {
    /// Refuses a bot that is not in it; of a private channel it is not even told that there is one.
    pub(super) fn admit_bot(&self) -> Result<(), &'static str> {
        match (self.bot_in, self.private) {
            (true, _) => Ok(()),
            (false, true) => Err("channel_not_found"),
            (false, false) => Err("not_in_channel"),
        }
    }

    /// The replies of a message, oldest first.
    pub(super) fn replies_of<'a>(&'a self, message: &'a Message) -> impl Iterator<Item = &'a Message> {
        message.replies.iter().filter_map(|ts| self.messages.get(ts))
    }

    fn snapshot(&self, limit: usize) -> Value {
        let tops = self.messages.values().rev().filter(|message| message.is_top());
        let messages: Vec<Value> = tops
            .take(limit)
            .map(|message| {
                let mut value = message.to_json(&[]);
                value["edits"] = json!(message.edits);
                value["replies"] = self.replies_of(message).map(|reply| reply.to_json(&[])).collect();
                value
            })
            .collect();
        json!({
            "id": self.id, "name": self.name, "bot_in": self.bot_in, "archived": self.archived,
            "private": self.private, "ext_shared": self.ext_shared,
            "messages": messages, "total": self.messages.len(),
        })
    }
}

impl Message {
    /// Whether it stands in the channel itself, not in a thread.
    pub(super) fn is_top(&self) -> bool {
        self.thread_ts.as_ref().is_none_or(|thread| *thread == self.ts)
    }

    /// Whether it is seen in the channel without opening a thread.
    pub(super) fn is_in_channel(&self) -> bool {
        self.broadcast || self.is_top()
    }

    /// As the API shows it; fields named in `without` are left out.
    pub(super) fn to_json(&self, without: &[&str]) -> Value {
        let mut value = json!({
            "type": "message",
            "ts": self.ts,
            "user": self.user,
            "team": SLACK_TEAM,
            "text": self.text,
            "blocks": self.blocks,
        });
        if self.user == SLACK_BOT_USER {
            value["bot_id"] = json!(BOT_ID);
            value["app_id"] = json!(APP_ID);
        }
        if let Some(thread) = &self.thread_ts {
            value["thread_ts"] = json!(thread);
            if *thread != self.ts {
                value["parent_user_id"] = json!(SLACK_BOT_USER);
            }
            if self.broadcast {
                value["subtype"] = json!("thread_broadcast");
            }
        }
        if !self.replies.is_empty() {
            value["thread_ts"] = json!(self.ts);
            value["reply_count"] = json!(self.replies.len());
            value["latest_reply"] = json!(self.replies.last());
        }
        if let Some(ts) = &self.edited {
            value["edited"] = json!({"user": BOT_ID, "ts": ts});
        }
        if let Some(metadata) = &self.metadata {
            value["metadata"] = metadata.clone();
        }
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| !without.contains(&name.as_str()));
        }
        value
    }
}

impl Modal {
    /// As in `views.open`'s answer and in a submission.
    pub(super) fn to_json(&self) -> Value {
        let field = |name: &str| self.view.get(name).cloned().unwrap_or(Value::Null);
        let text = |name: &str| self.view.get(name).cloned().unwrap_or_else(|| json!(""));
        json!({
            "id": self.id,
            "team_id": SLACK_TEAM,
            "type": "modal",
            "title": field("title"),
            "submit": field("submit"),
            "close": field("close"),
            "blocks": field("blocks"),
            "private_metadata": text("private_metadata"),
            "callback_id": text("callback_id"),
            "external_id": text("external_id"),
            "state": {"values": {}},
            "hash": self.hash,
            "clear_on_close": self.view["clear_on_close"] == true,
            "notify_on_close": self.view["notify_on_close"] == true,
            "root_view_id": self.id,
            "previous_view_id": null,
            "app_id": APP_ID,
            "app_installed_team_id": SLACK_TEAM,
            "bot_id": BOT_ID,
            "user": self.user,
            "errors": self.errors,
        })
    }
}
