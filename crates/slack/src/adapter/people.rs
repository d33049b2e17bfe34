//! Who may never decide, whatever any list says.

use countersign_domain::{person::MailAddress, ports::ChannelUser};

use crate::{
    blocks::one_line,
    client::{Identity, User},
};

/// Slack's own bot, which its flags do not tell from a person.
const SLACKBOT: &str = "USLACKBOT";

/// A user as a decision needs it. `clicked_in` is the workspace the click came from. Empty, which no click can be (the
/// door refuses it), asks about the user alone: the check of the configuration does.
pub(super) fn assess(us: &Identity, clicked_in: &str, user: &User) -> ChannelUser {
    ChannelUser { name: shown_name(user), mail: mail(user), barred: barred(us, clicked_in, user).map(str::to_owned) }
}

/// Somebody the workspace knows nothing of.
pub(super) fn unknown(user: &str) -> ChannelUser {
    ChannelUser {
        name: user.to_owned(),
        mail: None,
        barred: Some("this workspace does not know you, and only its own members may decide".to_owned()),
    }
}

fn barred(us: &Identity, clicked_in: &str, user: &User) -> Option<&'static str> {
    let teams = user.enterprise_user.as_ref().map(|place| place.teams.as_slice()).unwrap_or_default();
    let elsewhere = !clicked_in.is_empty() && clicked_in != us.team_id;
    let is_in = |team: &str| user.team_id.as_deref() == Some(team) || teams.iter().any(|known| known == team);
    if user.is_bot || user.id == SLACKBOT || user.id == us.user_id {
        Some("a bot may not decide")
    } else if user.deleted {
        Some("this Slack account is deactivated")
    } else if user.is_stranger || !is_in(&us.team_id) || (elsewhere && !is_in(clicked_in)) {
        Some("this Slack account belongs to another workspace, and only this workspace's own members may decide")
    } else if user.is_restricted || user.is_ultra_restricted {
        Some("a guest may not decide")
    } else {
        None
    }
}

fn shown_name(user: &User) -> String {
    let names = [user.real_name.as_deref(), user.profile.real_name.as_deref(), Some(user.name.as_str())];
    let name = names.into_iter().flatten().map(one_line).find(|name| !name.is_empty());
    name.unwrap_or_else(|| user.id.clone()).chars().take(100).collect()
}

fn mail(user: &User) -> Option<MailAddress> {
    user.profile.email.as_deref().and_then(|mail| MailAddress::new(mail).ok())
}

#[cfg(test)]
mod tests;
