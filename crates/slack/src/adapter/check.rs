//! What an administrator should know about the connection: found by reading, a line each.

use countersign_domain::{
    ports::{Finding, Permission},
    time::At,
};
use countersign_outbound::{CallError, Reply};

use super::{Slack, permissions, permissions_of_public_channel, trouble};
use crate::{
    blocks::{Cut, one_line},
    client::{ClientError, Conversation, Identity},
};

const ADDRESS: &str = "address";
const CREDENTIAL: &str = "credential";
const CHANNEL: &str = "channel";
const LATER: &str = "wait a minute and check again";
const NOT_SLACK: &str = "leave `base_url` out, which means https://slack.com, or correct it";

/// Looks at everything; the first finding says who we are.
pub(super) async fn look(slack: &Slack, now: At) -> Vec<Finding> {
    let us = match slack.client.auth_test().await {
        Ok(us) => us,
        Err(error) => return vec![unknown(&error), signing_secret(slack)],
    };
    let room = slack.client.conversation(&slack.room).await;
    let mut found = vec![identity(&us)];
    found.extend(scopes(us.scopes.as_deref(), room.as_ref().ok()));
    match &room {
        Ok(room) => found.extend(channel(room, &us)),
        Err(error) => found.push(no_channel(&slack.room, error)),
    }
    found.push(signing_secret(slack));
    found.push(clock(&us, now));
    found
}

fn identity(us: &Identity) -> Finding {
    let (team, user) = (word(&us.team), word(&us.user));
    let who = format!("workspace {team} ({}) as @{user} ({})", word(&us.team_id), word(&us.user_id));
    if us.bot_id.is_some() {
        return Finding::ok(CREDENTIAL, who);
    }
    Finding::failed(
        CREDENTIAL,
        format!("{who}: the token is a person's, so cards would be posted in that person's name"),
        "configure the Bot User OAuth Token (xoxb-...) from OAuth & Permissions",
    )
}

/// Why nobody says who we are.
fn unknown(error: &ClientError) -> Finding {
    match error {
        ClientError::Call(error) => unreached(error),
        ClientError::Status { reply, .. } => odd_status(reply),
        ClientError::RateLimited { .. } => {
            Finding::failed(CREDENTIAL, "Slack has had too many requests, so it did not say who we are", LATER)
        }
        ClientError::Refused { code, .. } => {
            Finding::failed(CREDENTIAL, format!("Slack does not say who we are ({code})"), trouble::advice(code))
        }
    }
}

fn unreached(error: &CallError) -> Finding {
    match error {
        CallError::NotSent { retry_after_ms: Some(_), .. } => Finding::failed(ADDRESS, error.to_string(), LATER),
        CallError::NotSent { retry_after_ms: None, .. } | CallError::Ambiguous { .. } => Finding::failed(
            ADDRESS,
            format!("Slack cannot be reached: {error}"),
            "check that this machine can reach the internet: name resolution, firewall, proxy; and `base_url`, where it is set",
        ),
        CallError::BadAnswer { .. } | CallError::Refused { .. } => {
            Finding::failed(ADDRESS, format!("what answers is not Slack: {error}"), NOT_SLACK)
        }
    }
}

fn odd_status(reply: &Reply) -> Finding {
    match reply.status {
        500..=599 => Finding::failed(ADDRESS, format!("Slack answered with status {}", reply.status), LATER),
        status => Finding::failed(ADDRESS, format!("what answers is not Slack: status {status}"), NOT_SLACK),
    }
}

/// What is missing, and what is granted that no call needs.
fn scopes(granted: Option<&[String]>, room: Option<&Conversation>) -> Vec<Finding> {
    let Some(granted) = granted else {
        return vec![Finding::warning(
            "permissions",
            "Slack's answer does not say which scopes the bot has",
            "compare the scopes under OAuth & Permissions with those of `countersign setup slack`",
        )];
    };
    let has = |name: &str| granted.iter().any(|scope| scope == name);
    // A channel that cannot be looked at is taken for a private one, unless only public ones were thought of.
    let private = room.map_or_else(|| has("groups:read") || !has("channels:read"), |room| room.is_private);
    let needed = if private { permissions() } else { permissions_of_public_channel() };
    let mut found: Vec<Finding> = needed.iter().filter(|scope| !has(scope.name)).map(missing).collect();
    // Where the channel's kind is not known, the scopes of neither kind are in excess.
    let excess = |scope: &&String| {
        !needed.iter().any(|known| known.name == scope.as_str())
            && (room.is_some() || !permissions_of_public_channel().iter().any(|known| known.name == scope.as_str()))
    };
    found.extend(granted.iter().filter(|scope| !scope.is_empty()).filter(excess).map(|scope| in_excess(scope)));
    if found.is_empty() {
        let names: Vec<&str> = needed.iter().map(|scope| scope.name).collect();
        found.push(Finding::ok("permissions", format!("{}, and nothing else", names.join(", "))));
    }
    found
}

fn missing(scope: &Permission) -> Finding {
    Finding::failed(
        format!("permission {}", scope.name),
        format!("the app lacks the scope {}, which {} needs", scope.name, scope.calls.join(", ")),
        format!(
            "add {} to the Bot Token Scopes under OAuth & Permissions, then reinstall the app: a new scope counts only after that",
            scope.name
        ),
    )
}

fn in_excess(scope: &str) -> Finding {
    let name = word(scope);
    Finding::warning(
        format!("permission {name}"),
        format!("the app has the scope {name}, which nothing here needs"),
        format!("remove {name} under OAuth & Permissions, then reinstall the app"),
    )
}

/// What is wrong with the channel; one good line where nothing is.
fn channel(room: &Conversation, us: &Identity) -> Vec<Finding> {
    let name =
        room.name.as_deref().map_or_else(|| word(&room.id), |name| format!("#{} ({})", word(name), word(&room.id)));
    let mut found = Vec::new();
    if room.is_archived {
        let says = format!("{name} is archived, so nothing can be posted there");
        found.push(Finding::failed(CHANNEL, says, "unarchive it, or configure another channel"));
    }
    if !room.is_member {
        let mend = format!("write in the channel: /invite @{}", word(&us.user));
        found.push(Finding::failed(CHANNEL, format!("the bot is not in {name}"), mend));
    }
    if room.is_ext_shared {
        found.push(Finding::failed(
            CHANNEL,
            format!("{name} is shared with another organisation, whose people would read names, addresses and tickets"),
            "use a private channel of your own workspace alone",
        ));
    }
    if !room.is_private {
        found.push(Finding::warning(
            CHANNEL,
            format!("{name} is public: everybody in the workspace can read names, addresses and tickets there"),
            "use a dedicated private channel with the approvers in it",
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHANNEL, format!("{name}, private, and the bot is in it")));
    }
    found
}

fn no_channel(id: &str, error: &ClientError) -> Finding {
    if let ClientError::Refused { needed: Some(needed), .. } = error {
        return Finding::failed(
            CHANNEL,
            format!("the channel {id} cannot be looked at without the missing scope {needed}"),
            "grant the scope under OAuth & Permissions, reinstall the app, and check again",
        );
    }
    match error.code() {
        Some("channel_not_found") => Finding::failed(
            CHANNEL,
            format!(
                "the bot sees no channel {id}: there is none of this id, or it is private and the bot is not in it"
            ),
            "write /invite @countersign (or what the bot is called) in the channel, or correct `channel`",
        ),
        Some(code) => Finding::failed(
            CHANNEL,
            format!("Slack does not describe the channel {id} ({code})"),
            trouble::advice(code),
        ),
        None => Finding::failed(CHANNEL, format!("the channel {id} could not be looked at: {error}"), LATER),
    }
}

/// A secret that only Slack and we know cannot be tried out by asking.
fn signing_secret(slack: &Slack) -> Finding {
    let what = "signing secret";
    if slack.signing_secret().is_some() {
        return Finding::ok(
            what,
            "is configured; that it is the right one shows when a click comes back: `check --card`",
        );
    }
    Finding::failed(
        what,
        "none is configured, so no click is believed and nobody can decide in Slack",
        "configure `signing_secret` with the Signing Secret from Basic Information, App Credentials",
    )
}

fn clock(us: &Identity, now: At) -> Finding {
    match us.answered_at {
        Some(theirs) => Finding::clock("Slack", now.0, theirs.saturating_mul(1_000_000)),
        None => Finding::warning(
            "clock",
            "Slack's answer has no date, so the clocks cannot be compared",
            "see that this machine's clock is set by NTP (timedatectl): clicks are refused when it is off by 5 minutes",
        ),
    }
}

/// A vendor's word on a line of ours.
fn word(text: &str) -> String {
    Cut::default().within(&one_line(text), 80)
}

#[cfg(test)]
mod tests;
