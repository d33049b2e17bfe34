//! Slack, its channel and its people.

use countersign_sandbox::Vendor;
use countersign_tests::Settings;
use serde_json::json;

use super::{Broken, FAILS, apply, astray, cut_off, each, edit, wrong_secret};

const CHANNEL: [Broken; 14] = [
    Broken {
        how: "wrong address",
        breaks: |bed| astray(bed, "slack"),
        line: "acme channel it-approvals address",
        says: &["not Slack"],
        mend: &["base_url"],
        ..FAILS
    },
    Broken {
        how: "bad secret",
        breaks: |bed| wrong_secret(bed, "SLACK_BOT_TOKEN"),
        line: "acme channel it-approvals credential",
        says: &["invalid_auth"],
        mend: &["Bot User OAuth Token"],
        ..FAILS
    },
    Broken {
        how: "uninstalled app",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_app", "token": "revoked"})),
        line: "acme channel it-approvals credential",
        says: &["token_revoked"],
        mend: &["Bot User OAuth Token"],
        ..FAILS
    },
    Broken {
        how: "disabled bot",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_app", "token": "inactive"})),
        line: "acme channel it-approvals credential",
        says: &["account_inactive"],
        ..FAILS
    },
    Broken {
        how: "missing permission to find cards again",
        breaks: |bed| {
            let scopes = ["chat:write", "groups:read", "users:read", "users:read.email"];
            apply(bed, Vendor::Slack, json!({"op": "set_app", "scopes": scopes}))
        },
        line: "acme channel it-approvals permission groups:history",
        says: &["lacks the scope groups:history"],
        mend: &["reinstall"],
        ..FAILS
    },
    Broken {
        how: "missing permission to know people's addresses",
        breaks: |bed| {
            let scopes = ["chat:write", "groups:read", "groups:history", "users:read"];
            apply(bed, Vendor::Slack, json!({"op": "set_app", "scopes": scopes}))
        },
        line: "acme channel it-approvals permission users:read.email",
        says: &["lacks the scope users:read.email"],
        mend: &["reinstall"],
        also: &["acme approver slack:", "acme policy"],
        ..FAILS
    },
    Broken {
        how: "excess permission",
        breaks: |bed| {
            let scopes =
                ["chat:write", "groups:read", "groups:history", "users:read", "users:read.email", "files:read"];
            apply(bed, Vendor::Slack, json!({"op": "set_app", "scopes": scopes}))
        },
        line: "acme channel it-approvals permission files:read",
        verdict: "warning",
        says: &["nothing here needs"],
        mend: &["remove files:read"],
        ..FAILS
    },
    Broken {
        how: "bot not in the channel",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "bot_in": false})),
        line: "acme channel it-approvals channel",
        mend: &["/invite @"],
        ..FAILS
    },
    Broken {
        how: "archived channel",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "archived": true})),
        line: "acme channel it-approvals channel",
        says: &["archived"],
        mend: &["unarchive"],
        ..FAILS
    },
    Broken {
        how: "channel shared with strangers",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_channel", "id": "C0123ADMIN", "ext_shared": true})),
        line: "acme channel it-approvals channel",
        says: &["shared with another organisation"],
        mend: &["private channel"],
        ..FAILS
    },
    Broken {
        how: "no such channel",
        breaks: |bed| edit(bed, "\"C0123ADMIN\"", "\"C0999GONE\""),
        line: "acme channel it-approvals channel",
        says: &["sees no channel C0999GONE"],
        mend: &["/invite", "`channel`"],
        ..FAILS
    },
    Broken {
        how: "approver who has left",
        breaks: |bed| apply(bed, Vendor::Slack, json!({"op": "set_member", "id": "U0456APPROVER", "deleted": true})),
        line: "acme approver slack:U0456APPROVER",
        says: &["deactivated"],
        mend: &["`approvers`"],
        ..FAILS
    },
    Broken {
        how: "wrong clock",
        breaks: |bed| Ok(bed.sandbox.set_clock(Vendor::Slack, Some(-400))?),
        line: "acme channel it-approvals clock",
        says: &["ahead of Slack's"],
        mend: &["NTP"],
        ..FAILS
    },
    Broken {
        how: "no network",
        breaks: |bed| cut_off(bed, "slack"),
        line: "acme channel it-approvals address",
        says: &["cannot be reached"],
        mend: &["firewall", "proxy"],
        ..FAILS
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn channel_that_is_broken_in_any_way_is_told_with_what_to_do() -> anyhow::Result<()> {
    each(&CHANNEL, Settings::default).await
}
