//! `countersign setup slack`.

use serde_json::{Value, json};
use std::fmt::Write;

use super::{page::indented, situation::Situation};

/// Where an app is made from a manifest.
const CREATE: &str = "https://api.slack.com/apps?new_app=1&manifest_json=";

/// What to paste, step by step.
pub(super) fn text(situation: &Situation) -> String {
    let (org, channel) = (situation.org(), situation.channel());
    let manifest = manifest(situation);
    let pretty = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    let scopes: String = countersign_slack::permissions()
        .iter()
        .map(|scope| format!("   {:<18} {}\n", scope.name, scope.calls.join(", ")))
        .collect();
    format!(
        r#"{heading}
The app is your own workspace's alone. Do not distribute it: Slack lets a distributed app that is not in its marketplace
look into a channel's history once a minute only.

1. The channel
   Make a private channel for cards alone, for example #{channel}. Whoever is in it reads the names, addresses and ticket
   excerpts on the cards. Its id stands at the very end of the channel's details (C0123ADMIN).

2. The app
   Open this link, choose the workspace, and press Create:

{link}

   Or open https://api.slack.com/apps, "Create New App", "From a manifest", and paste this:

{manifest}

   Its bot scopes are those that these calls need, and no other:

{scopes}
3. Install it
   "Install App", "Install to Workspace". Then copy
   - "OAuth & Permissions", "Bot User OAuth Token" (xoxb-...)             as SLACK_BOT_TOKEN
   - "Basic Information", "App Credentials", "Signing Secret"             as SLACK_SIGNING_SECRET
     (not the client secret, not the verification token)

4. Invite it
   In the channel, write:  /invite @countersign

5. The configuration
{config}
   An approver's id: their Slack profile, the three dots, "Copy member ID". Bots, guests and people of other workspaces
   can never decide; being in the channel is not enough.

6. Try it
   countersign check --config {file}
   countersign check --config {file} --card      with the service running: a card whose click must come back
"#,
        heading = situation.heading("Connecting Slack"),
        link = link(&manifest),
        manifest = indented(&pretty),
        config = indented(&configuration(org.as_str(), &channel)),
        file = situation.file(),
    )
}

fn configuration(org: &str, channel: &str) -> String {
    format!(
        r#"[org.{org}.channel.{channel}]
kind = "slack"
bot_token = {{ env = "SLACK_BOT_TOKEN" }}
signing_secret = {{ env = "SLACK_SIGNING_SECRET" }}
channel = "C0123ADMIN"

[org.{org}.policy]
approvers = ["slack:U0123APPROVER"]
"#
    )
}

/// The app's manifest, <https://docs.slack.dev/reference/app-manifest>.
pub(super) fn manifest(situation: &Situation) -> Value {
    let scopes: Vec<&str> = countersign_slack::permissions().iter().map(|scope| scope.name).collect();
    let url = format!("{}/webhooks/{}/{}", situation.public_url(), situation.org(), situation.channel());
    json!({
        "display_information": {
            "name": "Countersign",
            "description": "Asks for approval before IT changes are made"
        },
        "features": {"bot_user": {"display_name": "countersign", "always_online": true}},
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "interactivity": {"is_enabled": true, "request_url": url},
            "org_deploy_enabled": false,
            "socket_mode_enabled": false,
            "token_rotation_enabled": false
        }
    })
}

/// The link that opens Slack's page with the manifest filled in.
pub(super) fn link(manifest: &Value) -> String {
    let mut link = CREATE.to_owned();
    for byte in manifest.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}
