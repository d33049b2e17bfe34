//! What `check` finds, with the connection broken in every way, and the table of scopes held against what Slack sees.

mod support;

use std::{collections::BTreeSet, sync::Arc};

use countersign_domain::{
    ids::ConnectionName,
    ports::{Channel, Explanation, Finding, Verdict},
    time::At,
};
use countersign_outbound::{Factory, FactoryOptions};
use countersign_sandbox::{Options, Sandbox, Vendor};
use countersign_slack::{Slack, SlackSettings, permissions, permissions_of_public_channel};
use serde_json::{Value, json};

/// 2026-06-09T17:42:11.310Z, for us and for Slack.
const NOW: At = At(1_781_026_931_310_000);
const ROOM: &str = "C0123ADMIN";
const APPROVER: &str = "U0123APPROVER";

async fn start() -> Sandbox {
    let sandbox = Sandbox::start(Options { now: Arc::new(|| NOW.0), ..Options::default() }).await.expect("a sandbox");
    sandbox.set_clock(Vendor::Slack, Some(0)).expect("a clock");
    sandbox
}

fn settings(sandbox: &Sandbox) -> SlackSettings {
    SlackSettings {
        name: ConnectionName::new("it-approvals").expect("a name"),
        base_url: Some(sandbox.base_urls().slack.parse().expect("a URL")),
        bot_token: sandbox.credentials().slack_bot_token.as_str().into(),
        signing_secret: Some(sandbox.credentials().slack_signing_secret.as_str().into()),
        channel: ROOM.to_owned(),
    }
}

fn slack(settings: SlackSettings) -> Slack {
    Slack::new(settings, &Factory::new(FactoryOptions::default()).expect("a factory")).expect("a connection")
}

fn change(sandbox: &Sandbox, command: Value) {
    sandbox.apply(Vendor::Slack, command).expect("a change");
}

/// What is not as it should be.
fn wrong(found: &[Finding]) -> Vec<(&str, Verdict)> {
    let wrong = found.iter().filter(|finding| finding.verdict != Verdict::Ok);
    wrong.map(|finding| (finding.what.as_str(), finding.verdict)).collect()
}

/// The one finding of this sort, as one text.
fn line(found: &[Finding], what: &str) -> String {
    let finding = found.iter().find(|finding| finding.what == what).unwrap_or_else(|| panic!("no {what}: {found:?}"));
    format!("{}; {}", finding.says, finding.mend.as_deref().unwrap_or("nothing to do"))
}

#[tokio::test]
async fn a_good_connection_has_nothing_to_mend_and_says_who_we_are_first() {
    let sandbox = start().await;
    let found = slack(settings(&sandbox)).check(NOW).await;
    assert_eq!(wrong(&found), []);
    assert_eq!(found[0].what, "credential");
    assert_eq!(found[0].says, "workspace Acme (T0ACME) as @countersign (U0BOT)");
    assert!(line(&found, "channel").starts_with("#it-approvals (C0123ADMIN), private"), "{found:?}");
    assert!(line(&found, "signing secret").contains("check --card"), "{found:?}");
    let whats: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(whats, ["credential", "permissions", "channel", "signing secret", "clock"]);
    assert_eq!(sandbox.writes(), 0, "it only reads");
}

/// A change of the workspace, what is wrong then, and what the first of it says.
type Case<'a> = (Value, &'a [(&'a str, Verdict)], &'a str);

async fn judge(cases: &[Case<'_>]) {
    for (fault, expected, says) in cases {
        let sandbox = start().await;
        change(&sandbox, fault.clone());
        let found = slack(settings(&sandbox)).check(NOW).await;
        assert_eq!(wrong(&found), *expected, "{fault}: {found:?}");
        assert!(line(&found, expected[0].0).contains(says), "{fault}: {found:?}");
        assert!(found.iter().all(|finding| (finding.verdict == Verdict::Ok) == finding.mend.is_none()));
    }
}

#[tokio::test]
async fn each_scope_that_is_missing_or_in_excess_has_its_line() {
    let scopes = |scopes: &str| json!({"op": "set_app", "scopes": scopes.split(' ').collect::<Vec<_>>()});
    let all = "chat:write groups:read groups:history users:read users:read.email";
    let (failed, warning) = (Verdict::Failed, Verdict::Warning);
    judge(&[
        (scopes(&all.replace(" users:read.email", "")), &[("permission users:read.email", failed)], "then reinstall"),
        (
            scopes(&all.replace(" groups:history", "")),
            &[("permission groups:history", failed)],
            "conversations.history, conversations.replies",
        ),
        (
            scopes(&all.replace(" groups:read", "")),
            &[("permission groups:read", failed), ("channel", failed)],
            "which conversations.info needs",
        ),
        (
            scopes(&format!("{all} chat:write.public admin files:read")),
            &[
                ("permission chat:write.public", warning),
                ("permission admin", warning),
                ("permission files:read", warning),
            ],
            "remove chat:write.public",
        ),
        (scopes(&format!("{all} channels:history")), &[("permission channels:history", warning)], "nothing here needs"),
        (
            json!({"op": "set_app", "scopes": []}),
            &[
                ("permission chat:write", failed),
                ("permission groups:history", failed),
                ("permission groups:read", failed),
                ("permission users:read", failed),
                ("permission users:read.email", failed),
                ("channel", failed),
            ],
            "chat.postMessage",
        ),
    ])
    .await;
}

#[tokio::test]
async fn each_fault_of_token_and_channel_has_its_line() {
    let channel = |name: &str, value: bool| json!({"op": "set_channel", "id": ROOM, name: value});
    let (the_token, the_channel) = ([("credential", Verdict::Failed)], [("channel", Verdict::Failed)]);
    judge(&[
        (json!({"op": "set_app", "token": "revoked"}), &the_token, "token_revoked"),
        (json!({"op": "set_app", "token": "inactive"}), &the_token, "account_inactive"),
        (channel("bot_in", false), &the_channel, "private and the bot is not in it; write /invite @countersign"),
        (channel("archived", true), &the_channel, "unarchive it"),
        (channel("ext_shared", true), &the_channel, "another organisation"),
        (channel("private", false), &the_channel, "cannot be looked at without the missing scope channels:read"),
    ])
    .await;
}

#[tokio::test]
async fn a_public_channel_works_and_is_warned_of() {
    let sandbox = start().await;
    let scopes = ["chat:write", "channels:read", "channels:history", "users:read", "users:read.email"];
    change(&sandbox, json!({"op": "set_app", "scopes": scopes}));
    change(&sandbox, json!({"op": "set_channel", "id": ROOM, "private": false}));
    let found = slack(settings(&sandbox)).check(NOW).await;
    assert_eq!(wrong(&found), [("channel", Verdict::Warning)]);
    assert!(line(&found, "channel").contains("is public"), "{found:?}");

    change(&sandbox, json!({"op": "set_channel", "id": ROOM, "bot_in": false}));
    let found = slack(settings(&sandbox)).check(NOW).await;
    assert_eq!(wrong(&found), [("channel", Verdict::Failed), ("channel", Verdict::Warning)]);
    assert!(line(&found, "channel").contains("/invite @countersign"), "{found:?}");
}

#[tokio::test]
async fn wrong_secrets_addresses_and_channels_have_their_line() {
    let sandbox = start().await;
    let good = || settings(&sandbox);
    let gone = {
        let other = start().await;
        let url = other.base_urls().slack.clone();
        other.shutdown().await;
        url
    };
    let at = |url: &str| Some(url.parse().expect("a URL"));
    let cases = [
        (
            SlackSettings { bot_token: "xoxb-wrong".into(), ..good() },
            "credential",
            "does not say who we are (invalid_auth); the bot token is wrong",
        ),
        (SlackSettings { base_url: at(&gone), ..good() }, "address", "Slack cannot be reached"),
        (SlackSettings { base_url: at(&sandbox.base_urls().okta), ..good() }, "address", "not Slack: status 401"),
        (SlackSettings { signing_secret: None, ..good() }, "signing secret", "no click is believed"),
        (SlackSettings { signing_secret: Some(" ".into()), ..good() }, "signing secret", "no click is believed"),
        (SlackSettings { channel: "C0NOWHERE".to_owned(), ..good() }, "channel", "sees no channel C0NOWHERE"),
    ];
    for (settings, what, says) in cases {
        let found = slack(settings).check(NOW).await;
        assert_eq!(wrong(&found), [(what, Verdict::Failed)], "{found:?}");
        assert!(line(&found, what).contains(says), "{found:?}");
        assert!(!format!("{found:?}").contains("xoxb-wrong"), "no secret on a line: {found:?}");
    }
}

#[tokio::test]
async fn answers_that_are_none_have_their_line() {
    for (fault, what, says) in [
        ("status:503", "address", "status 503"),
        ("429:retry-after=30", "credential", "too many requests"),
        ("cut", "address", "cannot be reached"),
        ("body:<html>Sign in to the hotel's network</html>", "address", "not Slack"),
        (r#"body:{"ok":false,"error":"something_new"}"#, "credential", "something_new"),
    ] {
        let sandbox = start().await;
        sandbox.inject(json!({"vendor": "slack", "match": "POST /api/auth.test", "do": fault})).expect("a fault");
        let found = slack(settings(&sandbox)).check(NOW).await;
        assert_eq!(wrong(&found), [(what, Verdict::Failed)], "{fault}: {found:?}");
        assert!(line(&found, what).contains(says), "{fault}: {found:?}");
    }
    for (fault, says) in
        [("status:503", "could not be looked at"), (r#"body:{"ok":false,"error":"access_denied"}"#, "administrator")]
    {
        let sandbox = start().await;
        let pattern = "POST /api/conversations.info";
        sandbox.inject(json!({"vendor": "slack", "match": pattern, "do": fault})).expect("a fault");
        let found = slack(settings(&sandbox)).check(NOW).await;
        assert_eq!(wrong(&found), [("channel", Verdict::Failed)], "{fault}: {found:?}");
        assert!(line(&found, "channel").contains(says), "{fault}: {found:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_has_its_line() {
    let sandbox = start().await;
    let slack = slack(settings(&sandbox));
    for (seconds, verdict) in [(400, Verdict::Failed), (-400, Verdict::Failed), (30, Verdict::Warning)] {
        sandbox.set_clock(Vendor::Slack, Some(seconds)).expect("a clock");
        let found = slack.check(NOW).await;
        assert_eq!(wrong(&found), [("clock", verdict)], "{seconds}: {found:?}");
    }
}

#[tokio::test]
async fn a_scope_granted_meanwhile_is_seen_without_a_restart() {
    let sandbox = start().await;
    let slack = slack(settings(&sandbox));
    change(&sandbox, json!({"op": "set_app", "scopes": ["chat:write"]}));
    assert_eq!(wrong(&slack.check(NOW).await).len(), 5);
    let all: Vec<&str> = permissions().into_iter().map(|scope| scope.name).collect();
    change(&sandbox, json!({"op": "set_app", "scopes": all}));
    assert_eq!(wrong(&slack.check(NOW).await), []);
}

/// Everything that the channel can be asked, once.
async fn everything(slack: &Slack) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let (run, card) = (support::run('a'), support::open(support::run('a')));
    let at = slack.post(&card).await.map_err(|error| text(&error))?;
    slack.find(&run).await.map_err(|error| text(&error))?.ok_or("the card is not found")?;
    slack.redraw(&at, &card).await.map_err(|error| text(&error))?;
    slack.say(&at, "origin", &["x".to_owned()]).await.map_err(|error| text(&error))?;
    slack.find_in_thread(&at, "origin").await.map_err(|error| text(&error))?;
    slack.who("T0ACME", APPROVER).await.map_err(|error| text(&error))?.mail.ok_or("the address is not known")?;
    let told = Explanation { room: ROOM.to_owned(), user: APPROVER.to_owned(), text: "x".to_owned() };
    slack.explain(&told).await.map_err(|error| text(&error))?;
    let probe = slack.post_probe("probe").await.map_err(|error| text(&error))?;
    slack.end_probe(&probe, "x").await.map_err(|error| text(&error))?;
    // A trigger that Slack does not know is refused by the method all the same, which is all that is asked here.
    drop(slack.ask_reason("C0123ADMIN:1.2.never", &run, 1, None).await);
    drop(slack.check(NOW).await);
    Ok(())
}

fn called(sandbox: &Sandbox) -> BTreeSet<String> {
    let requests = sandbox.requests();
    let routes = requests["routes"].as_array().expect("routes");
    routes.iter().map(|row| row["route"].as_str().expect("a route").trim_start_matches("/api/").to_owned()).collect()
}

#[tokio::test]
async fn the_table_of_scopes_names_exactly_the_methods_that_are_called() {
    let sandbox = start().await;
    everything(&slack(settings(&sandbox))).await.unwrap();
    let in_table = permissions().into_iter().flat_map(|scope| scope.calls).map(str::to_owned);
    // These two need no scope.
    let all: BTreeSet<String> = in_table.chain(["auth.test", "views.open"].map(str::to_owned)).collect();
    assert_eq!(called(&sandbox), all);
}

#[tokio::test]
async fn each_scope_of_the_table_is_needed_and_all_together_suffice() {
    for (table, private) in [(permissions(), true), (permissions_of_public_channel(), false)] {
        let names: Vec<&str> = table.iter().map(|scope| scope.name).collect();
        for left_out in std::iter::once(None).chain(names.iter().copied().map(Some)) {
            let sandbox = start().await;
            let granted: Vec<&str> = names.iter().copied().filter(|name| Some(*name) != left_out).collect();
            change(&sandbox, json!({"op": "set_app", "scopes": granted}));
            change(&sandbox, json!({"op": "set_channel", "id": ROOM, "private": private}));
            let slack = slack(settings(&sandbox));
            let found = slack.check(NOW).await;
            let works =
                everything(&slack).await.is_ok() && !found.iter().any(|finding| finding.verdict == Verdict::Failed);
            assert_eq!(works, left_out.is_none(), "without {left_out:?}: {found:?}");
        }
    }
}
