//! Freshservice.

use countersign_sandbox::Vendor;
use countersign_tests::Settings;
use serde_json::json;

use super::{Broken, FAILS, apply, astray, cut_off, each, wrong_secret};

const DESK: [Broken; 10] = [
    Broken {
        how: "wrong domain",
        breaks: |bed| astray(bed, "freshservice"),
        line: "acme desk helpdesk address",
        says: &["no Freshservice account", "404"],
        mend: &["`domain`"],
        ..FAILS
    },
    Broken {
        how: "bad secret",
        breaks: |bed| wrong_secret(bed, "FRESHSERVICE_API_KEY"),
        line: "acme desk helpdesk credential",
        says: &["does not accept the key", "401"],
        mend: &["copy the key again"],
        ..FAILS
    },
    Broken {
        how: "missing permission",
        breaks: |bed| apply(bed, Vendor::Freshservice, json!({"op": "set_agent", "lacks": ["view_tickets"]})),
        line: "acme desk helpdesk permission view tickets",
        says: &["may not see tickets"],
        mend: &["give the agent a role"],
        ..FAILS
    },
    Broken {
        how: "excess permission",
        breaks: |bed| apply(bed, Vendor::Freshservice, json!({"op": "set_agent", "role": "Account Admin"})),
        line: "acme desk helpdesk roles",
        verdict: "warning",
        says: &["administrator's role", "Account Admin"],
        mend: &["a role of its own"],
        ..FAILS
    },
    Broken {
        how: "role that sees only its own tickets",
        breaks: |bed| apply(bed, Vendor::Freshservice, json!({"op": "set_agent", "scope": "assigned_items"})),
        line: "acme desk helpdesk scope of view tickets",
        says: &["only tickets assigned to it"],
        mend: &["entire helpdesk"],
        ..FAILS
    },
    Broken {
        how: "disabled agent",
        breaks: |bed| apply(bed, Vendor::Freshservice, json!({"op": "set_agent", "active": false})),
        line: "acme desk helpdesk credential",
        says: &["403"],
        mend: &["activate the agent"],
        ..FAILS
    },
    Broken {
        how: "occasional agent",
        breaks: |bed| apply(bed, Vendor::Freshservice, json!({"op": "set_agent", "occasional": true})),
        line: "acme desk helpdesk agent",
        verdict: "warning",
        says: &["occasional"],
        mend: &["full-time"],
        ..FAILS
    },
    Broken {
        how: "wrong clock",
        breaks: |bed| Ok(bed.sandbox.set_clock(Vendor::Freshservice, Some(400))?),
        line: "acme desk helpdesk clock",
        says: &["behind Freshservice's"],
        mend: &["NTP"],
        ..FAILS
    },
    Broken {
        how: "clock that is a little wrong",
        breaks: |bed| Ok(bed.sandbox.set_clock(Vendor::Freshservice, Some(-40))?),
        line: "acme desk helpdesk clock",
        verdict: "warning",
        says: &["ahead of Freshservice's"],
        mend: &["NTP"],
        ..FAILS
    },
    Broken {
        how: "no network",
        breaks: |bed| cut_off(bed, "freshservice"),
        line: "acme desk helpdesk address",
        says: &["cannot be reached"],
        mend: &["firewall", "proxy"],
        ..FAILS
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn desk_that_is_broken_in_any_way_is_told_with_what_to_do() -> anyhow::Result<()> {
    each(&DESK, Settings::default).await
}
