//! Who is in the workspace, and who the app is.

use serde_json::{Value, json};

use super::State;
use super::args::{Args, Refusal};
use super::room::{BOT_ID, Member};
use crate::seed::{SLACK_BOT_USER, SLACK_TEAM};

pub(super) fn auth_test(_: &State, _: &Args) -> Result<Value, Refusal> {
    Ok(json!({
        "url": "https://acme-sandbox.slack.com/",
        "team": "Acme",
        "user": "countersign",
        "team_id": SLACK_TEAM,
        "user_id": SLACK_BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": false,
    }))
}

pub(super) fn info(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let member = room.member(args.text("user").ok_or("user_not_found")?).ok_or("user_not_found")?;
    let mut shown = member.to_json();
    if !state.app().has("users:read.email")
        && let Some(profile) = shown["profile"].as_object_mut()
    {
        profile.remove("email");
    }
    Ok(json!({"user": shown}))
}

pub(super) fn lookup_by_email(state: &State, args: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let email = args.text("email").ok_or("users_not_found")?;
    // Deactivated members and members of other workspaces are not found by their address.
    let found = room.members.iter().filter(|member| !member.deleted && member.team == SLACK_TEAM);
    let matches = |member: &&Member| member.email.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(email));
    let member = found.into_iter().find(matches).ok_or("users_not_found")?;
    Ok(json!({"user": member.to_json()}))
}

pub(super) fn list(state: &State, _: &Args) -> Result<Value, Refusal> {
    let room = state.room();
    let members: Vec<Value> = room.members.iter().map(Member::to_json).collect();
    Ok(json!({"members": members, "response_metadata": {"next_cursor": ""}}))
}

impl Member {
    /// As `users.info` shows it.
    pub(super) fn to_json(&self) -> Value {
        let handle = self.name.to_ascii_lowercase().replace(' ', ".");
        let mut profile = json!({
            "real_name": self.name,
            "real_name_normalized": self.name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "title": "",
            "team": self.team,
        });
        if let Some(email) = &self.email {
            profile["email"] = json!(email);
        }
        let mut value = json!({
            "id": self.id,
            "team_id": self.team,
            "name": handle,
            "real_name": self.name,
            "deleted": self.deleted,
            "tz": "Europe/Berlin",
            "tz_label": "Central European Time",
            "tz_offset": 3600,
            "profile": profile,
            "is_admin": false,
            "is_owner": false,
            "is_primary_owner": false,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "is_app_user": false,
            "updated": 0,
        });
        if self.team != SLACK_TEAM {
            value["is_stranger"] = json!(true);
        }
        value
    }
}
