//! What the app was granted, and whether its token still holds.

use serde::Deserialize;

use super::args::{Args, Refusal};
use super::room::Room;

/// What the app may do at the start: what it needs in a private channel.
const GRANTED: [&str; 5] = ["chat:write", "groups:read", "groups:history", "users:read", "users:read.email"];

/// What became of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Token {
    /// It is taken.
    Valid,
    /// The app was uninstalled, or its tokens were revoked.
    Revoked,
    /// The bot's account is deactivated.
    Inactive,
}

/// The app as it is installed.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) scopes: Vec<String>,
    pub(super) token: Token,
}

impl Default for App {
    fn default() -> Self {
        Self { scopes: GRANTED.map(str::to_owned).to_vec(), token: Token::Valid }
    }
}

/// What a method needs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// Nothing but a token.
    Token,
    /// This scope.
    Scope(&'static str),
    /// `channels:WHAT` for a public channel, `groups:WHAT` for a private one.
    Channels(&'static str),
}

impl App {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// Refuses a token that no longer holds.
    pub(super) fn check_token(&self) -> Result<(), Refusal> {
        match self.token {
            Token::Valid => Ok(()),
            Token::Revoked => Err("token_revoked".into()),
            Token::Inactive => Err("account_inactive".into()),
        }
    }

    /// Refuses a call for which a scope is missing. A channel that is not known is refused by the method itself.
    pub(super) fn check_scope(&self, needs: Needs, room: &Room, args: &Args) -> Result<(), Refusal> {
        let needed = match needs {
            Needs::Token => return Ok(()),
            Needs::Scope(scope) => scope.to_owned(),
            Needs::Channels(what) => {
                let Some(channel) = args.text("channel").and_then(|id| room.channel(id)) else { return Ok(()) };
                format!("{}:{what}", if channel.private { "groups" } else { "channels" })
            }
        };
        if self.has(&needed) { Ok(()) } else { Err(Refusal::missing_scope(needed, self.scopes.join(","))) }
    }
}
