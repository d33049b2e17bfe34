//! What happens in the workspace outside the app's doing.

use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::app::Token;
use super::chat::{Content, Extras};
use super::room::Member;
use crate::seed::SLACK_TEAM;

/// A scripted change in the workspace.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    /// Adds a member or changes one; what is absent stays.
    SetMember {
        id: String,
        name: Option<String>,
        email: Option<String>,
        team: Option<String>,
        is_bot: Option<bool>,
        is_restricted: Option<bool>,
        is_ultra_restricted: Option<bool>,
        deleted: Option<bool>,
    },
    /// The bot is invited to a channel or removed from it; the channel is archived or brought back, made private or
    /// public, shared with another organisation or not; what is absent stays.
    SetChannel {
        id: String,
        bot_in: Option<bool>,
        archived: Option<bool>,
        private: Option<bool>,
        ext_shared: Option<bool>,
    },
    /// The app is installed again with other scopes, or its token is revoked; what is absent stays.
    SetApp { scopes: Option<Vec<String>>, token: Option<Token> },
    /// Somebody deletes a message.
    DeleteMessage { channel: String, ts: String },
    /// Somebody else posts a message.
    Say { channel: String, user: String, text: String },
}

impl State {
    /// A scripted change.
    pub(crate) fn apply(&self, command: Value) -> Result<Value, String> {
        let command: Command = serde_json::from_value(command).map_err(|error| error.to_string())?;
        let now = (self.now)();
        let mut room = self.room();
        let no_channel = |id: &str| format!("there is no channel {id}");
        match command {
            Command::SetMember { id, name, email, team, is_bot, is_restricted, is_ultra_restricted, deleted } => {
                if room.member(&id).is_none() {
                    room.members.push(nobody(&id));
                }
                let member = room.members.iter_mut().find(|member| member.id == id).ok_or("no such member")?;
                member.name = name.unwrap_or_else(|| member.name.clone());
                member.email = email.or_else(|| member.email.take());
                member.team = team.unwrap_or_else(|| member.team.clone());
                member.is_bot = is_bot.unwrap_or(member.is_bot);
                member.is_restricted = is_restricted.unwrap_or(member.is_restricted);
                member.is_ultra_restricted = is_ultra_restricted.unwrap_or(member.is_ultra_restricted);
                member.deleted = deleted.unwrap_or(member.deleted);
                Ok(json!({"member": member.to_json()}))
            }
            Command::SetApp { scopes, token } => {
                let mut app = self.app();
                app.scopes = scopes.unwrap_or_else(|| std::mem::take(&mut app.scopes));
                app.token = token.unwrap_or(app.token);
                Ok(json!({"scopes": app.scopes}))
            }
            Command::SetChannel { id, bot_in, archived, private, ext_shared } => {
                let channel = room.channel_mut(&id).ok_or_else(|| no_channel(&id))?;
                channel.bot_in = bot_in.unwrap_or(channel.bot_in);
                channel.archived = archived.unwrap_or(channel.archived);
                channel.private = private.unwrap_or(channel.private);
                channel.ext_shared = ext_shared.unwrap_or(channel.ext_shared);
                Ok(json!({"channel": id}))
            }
            Command::DeleteMessage { channel, ts } => {
                let channel = room.channel_mut(&channel).ok_or_else(|| no_channel(&channel))?;
                channel.messages.remove(&ts).ok_or_else(|| format!("there is no message {ts}"))?;
                Ok(json!({"deleted": ts}))
            }
            Command::Say { channel, user, text } => {
                let content = Content { text, blocks: None };
                let said = room.post(&channel, &user, content, Extras::default(), now);
                let message = said.map_err(|_| no_channel(&channel))?;
                Ok(json!({"ts": message.ts}))
            }
        }
    }
}

fn nobody(id: &str) -> Member {
    Member {
        id: id.to_owned(),
        name: id.to_owned(),
        email: None,
        team: SLACK_TEAM.to_owned(),
        is_bot: false,
        is_restricted: false,
        is_ultra_restricted: false,
        deleted: false,
    }
}
