//! What is printed is right for what is enabled, and what is documented is what is printed.

mod guide;

use countersign_app::ingest::body;
use countersign_domain::runbook::ActionKind;
use std::{collections::BTreeSet, path::PathBuf};

use super::{situation::Situation, *};
use crate::{
    Failure,
    cli::SetupArgs,
    config::{self, SystemConfig},
};

const ORG: &str = r#"[server]
public_url = "https://cs.acme.com/"
[storage]
url = "sqlite://unused.db"
[org.acme]
mode = "live"
[org.acme.policy]
approvers = ["mail:lead@acme.com"]
"#;

/// Connections of other names than usual, whose secrets are not there.
const CONNECTIONS: &str = r#"[org.acme.desk.service]
kind = "freshservice"
domain = "acme.freshservice.com"
api_key = { env = "NOT_THERE" }
plan = "pro"
[org.acme.channel.asks]
kind = "slack"
bot_token = { file = "not-there" }
signing_secret = { env = "NOT_THERE" }
channel = "C0123ADMIN"
[org.acme.system.people]
kind = "okta"
domain = "acme.okta.com"
api_token = { env = "NOT_THERE" }
[org.acme.system.entra]
kind = "graph"
tenant_id = "0b5c0de0-0000-4000-8000-000000000001"
client_id = "0b5c0de0-0000-4000-8000-000000000002"
client_secret = { env = "NOT_THERE" }
"#;

/// A runbook of the administrator's own, in a system that no built-in one names.
const OWN: &str = r#"
id = "ACME-001"
name = "Clear Sessions"
intent = "clear_sessions"
risk = "low"
description = "Ends every session."
examples = ["Please sign me out everywhere.", "Sign out all my devices please.", "End all sessions of Dana Holt."]
not_examples = ["How do I sign out?", "I was signed out.", "Sessions in the training room are full."]
[params.user]
kind = "person"
description = "Whose sessions end"
[[steps]]
system = "people"
action = "clear_sessions"
user = "user"
"#;

fn off(runbooks: &[&str]) -> String {
    runbooks.iter().map(|id| format!("[org.acme.runbook.{id}]\nmode = \"off\"\n")).collect()
}

/// The situation of a configuration, with a folder of own runbooks that holds this.
fn situation(text: &str, own: &str) -> Result<Situation, Failure> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("runbooks")).unwrap();
    std::fs::write(folder.path().join("runbooks/own.toml"), own).unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, text).unwrap();
    Situation::of(&SetupArgs { config: Some(file), org: None })
}

fn anybody() -> Situation {
    Situation::without_configuration(None).ok().unwrap()
}

#[test]
fn manifest_has_exactly_the_scopes_that_the_calls_need() {
    let manifest = slack::manifest(&situation(&format!("{ORG}{CONNECTIONS}"), "").ok().unwrap());
    let listed = manifest["oauth_config"]["scopes"]["bot"].as_array().unwrap();
    let listed: Vec<&str> = listed.iter().map(|scope| scope.as_str().unwrap()).collect();
    assert_eq!(listed, countersign_slack::permissions().iter().map(|scope| scope.name).collect::<Vec<_>>());
    let settings = &manifest["settings"];
    assert_eq!(settings["interactivity"]["request_url"], "https://cs.acme.com/webhooks/acme/asks");
    for off in ["org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled"] {
        assert_eq!(settings[off], false, "{off}");
    }
    assert!(settings.get("event_subscriptions").is_none());
}

#[test]
fn link_carries_the_manifest_whole() {
    let manifest = slack::manifest(&anybody());
    let link = slack::link(&manifest);
    let url = url::Url::parse(&link).unwrap();
    let (_, carried) = url.query_pairs().find(|(name, _)| name == "manifest_json").unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&carried).unwrap(), manifest);
    assert!(
        !link.contains([' ', '+', '"']) && link.starts_with("https://api.slack.com/apps?new_app=1&manifest_json=%7B")
    );
    assert!(slack::text(&anybody()).contains(&link));
}

#[test]
fn script_names_every_permission_and_no_other() {
    let needs = anybody().needs("graph", countersign_graph::adapter::permissions);
    let script = entra::script(&needs);
    let named: BTreeSet<&str> = script
        .split_whitespace()
        .filter(|word| word.contains('.') && word.ends_with("All") || word.ends_with(".Directory"))
        .collect();
    let needed: BTreeSet<&str> = needs.iter().map(|need| need.permission.name).collect();
    assert!(needed.len() > 5);
    assert_eq!(named, needed);
    assert!(script.ends_with("echo \"client_id = \\\"$APP\\\"\"\n"), "{script}");
}

#[test]
fn every_okta_permission_has_a_name_in_the_console() {
    for permission in countersign_okta::permissions(&ActionKind::ALL) {
        assert!(permission.sort != "role permission" || okta::label(permission.name).is_some(), "{}", permission.name);
    }
    let text = okta::text(&anybody());
    for permission in anybody().needs("okta", countersign_okta::permissions) {
        assert!(text.contains(permission.permission.name), "{}", permission.permission.name);
    }
}

#[test]
fn bodies_of_the_rule_are_taken_in() {
    let filled = |body: &str| {
        let parts: Vec<&str> = body.split("{{").collect();
        let rest = parts[1..].iter().map(|part| format!("4211{}", part.split_once("}}").unwrap().1));
        format!("{}{}", parts[0], rest.collect::<String>())
    };
    for body in [freshservice::BODY, freshservice::SHORT_BODY] {
        let read = body::read(filled(body).as_bytes()).ok().unwrap();
        assert_eq!(read.ticket.as_str(), "4211");
        assert!(freshservice::text(&anybody()).contains(body.lines().next().unwrap()));
    }
    assert!(body::read(filled(freshservice::BODY).as_bytes()).ok().unwrap().words.is_some());
}

#[test]
fn only_what_is_enabled_is_asked_for() {
    let okta_alone = format!("{ORG}{}", off(&["RB-003", "RB-006", "RB-007", "RB-011", "RB-013"]));
    let okta_alone = situation(&okta_alone, "").ok().unwrap();
    let text = okta::text(&okta_alone);
    assert!(text.contains("okta.users.credentials.resetFactors") && text.contains("RB-001"));
    for none in ["okta.users.create", "okta.users.lifecycle.suspend", "okta.groups.members.manage", "RB-003"] {
        assert!(!text.contains(none), "{none}");
    }
    assert!(entra::text(&okta_alone).contains("there is nothing to set up"));
    let entra_alone = format!("{ORG}{}", off(&["RB-001", "RB-002", "RB-003", "RB-006", "RB-007", "RB-011"]));
    let entra_alone = situation(&entra_alone, "").ok().unwrap();
    assert!(okta::text(&entra_alone).contains("there is nothing to set up"));
    let text = entra::text(&entra_alone);
    assert!(text.contains("GroupMember.ReadWrite.All") && !text.contains("LicenseAssignment"), "{text}");
    let nothing = ORG.replace("\"live\"", "\"off\"");
    assert!(entra::text(&situation(&nothing, "").ok().unwrap()).contains("enabled runbooks: none."));
}

#[test]
fn steps_of_an_own_runbook_count_by_the_connection_they_name() {
    let all_off = off(&["RB-001", "RB-002", "RB-003", "RB-006", "RB-007", "RB-011", "RB-013"]);
    let text = format!("{ORG}{CONNECTIONS}{all_off}")
        .replace("mode = \"live\"", "mode = \"live\"\nrunbooks_dir = \"runbooks\"");
    let own = situation(&text, OWN).ok().unwrap();
    let text = okta::text(&own);
    assert!(text.contains("okta.users.lifecycle.clearSessions") && text.contains("ACME-001"), "{text}");
    assert!(text.contains("[org.acme.system.people]") && !text.contains("okta.users.lifecycle.suspend"));
    assert!(entra::text(&own).contains("there is nothing to set up"));
}

#[test]
fn names_addresses_and_the_file_are_those_of_the_configuration() {
    let known = situation(&format!("{ORG}{CONNECTIONS}"), "").ok().unwrap();
    let text = entra::text(&known);
    assert!(text.contains(
        "https://login.microsoftonline.com/0b5c0de0-0000-4000-8000-000000000001/adminconsent?client_id=0b5c0de0-0000-4000-8000-000000000002"
    ));
    let text = freshservice::text(&known);
    assert!(
        text.contains("https://cs.acme.com/api/v1/tickets/ingest")
            && text.contains("https://cs.acme.com/webhooks/acme/service")
    );
    assert!(text.contains("--org acme --name service-rule --scope ticket:ingest --desk service"));
    assert!(okta::text(&known).contains("https://acme-admin.okta.com/admin/apps"));
}

#[test]
fn without_a_configuration_every_page_says_so() {
    for text in [slack::text, entra::text, okta::text, freshservice::text].map(|text| text(&anybody())) {
        assert!(text.contains("No configuration was given (--config FILE)"), "{text}");
        assert!(text.contains("RB-001, RB-002, RB-003, RB-006, RB-007, RB-011, RB-013"));
    }
}

#[test]
fn configuration_that_is_no_good_is_refused_for_everything_but_its_secrets() {
    let wrong = format!("{ORG}{CONNECTIONS}").replace("plan = \"pro\"", "plan = \"gold\"");
    let Err(Failure::Configuration(says)) = situation(&wrong, "") else { panic!("taken") };
    assert!(says.contains("plan") && !says.contains("NOT_THERE"), "{says}");
}

/// Lines to be pasted into the configuration: from a table's head to the next empty line that no head follows.
fn lines_to_paste(page: &str) -> String {
    let mut lines = page.lines().map(str::trim_start).skip_while(|line| !line.starts_with("[org.")).peekable();
    let mut pasted = String::new();
    while let Some(line) = lines.next() {
        if line.is_empty() && !lines.peek().is_some_and(|next| next.starts_with("[org.")) {
            break;
        }
        pasted.push_str(line);
        pasted.push('\n');
    }
    pasted
}

#[test]
fn lines_to_paste_make_a_configuration_that_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("countersign.toml");
    let pages =
        [slack::text, entra::text, okta::text, freshservice::text].map(|text| lines_to_paste(&text(&anybody())));
    std::fs::write(&file, format!("[storage]\nurl = \"sqlite://countersign.db\"\n{}", pages.join("\n"))).unwrap();
    let config = config::load_without_secrets(&file, &std::collections::BTreeMap::new());
    let config = config.unwrap_or_else(|error| panic!("{error}\n{}", pages.join("\n")));
    let org = config.orgs.values().next().unwrap();
    assert_eq!((org.desks.len(), org.systems.len(), org.channel.is_some()), (1, 2, true));
    assert!(org.systems.values().any(|system| matches!(system, SystemConfig::Graph(_))));
}
