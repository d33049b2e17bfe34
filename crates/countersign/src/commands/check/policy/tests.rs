use countersign_domain::{digest::Digest, ids::KeyId, ports::Verdict};
use std::path::PathBuf;

use super::*;
use crate::config;

const TEXT: &str = r#"[storage]
url = "sqlite://unused.db"
[org.acme]
mode = "live"
[org.acme.channel.asks]
kind = "slack"
bot_token = { env = "KEY" }
signing_secret = { env = "KEY" }
channel = "C0123ADMIN"
[org.acme.policy]
approvers = ["slack:U1", "mail:lead@acme.com"]
protected = ["mail:breakglass@acme.com", "group:Domain Admins"]
[org.acme.runbook.RB-011]
approvers = ["mail:ciso@acme.com"]
"#;

const NOW: At = At(1_000_000_000);

fn key(person: &str) -> KeyRow {
    KeyRow {
        id: "key_01k00000000000000000000000".parse::<KeyId>().unwrap(),
        org: OrgId::new("acme").unwrap(),
        name: "key".to_owned(),
        hash: Digest::of(b""),
        scopes: vec!["run:decide".to_owned()],
        person: Some(person.parse().unwrap()),
        desk: None,
        created_at: At(0),
        expires_at: None,
        revoked_at: None,
    }
}

/// What is found with these keys, where Slack said this of `slack:U1`.
fn found(text: &str, slack: Option<Ability>, keys: Option<&[KeyRow]>) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, text).unwrap();
    let config = config::load_without_secrets(&file, &BTreeMap::new()).unwrap();
    let (org, settings) = config.orgs.iter().next().unwrap();
    let resolved = slack.into_iter().map(|ability| ("slack:U1".parse().unwrap(), ability)).collect();
    let config = PathBuf::from("my conf.toml");
    let people = People { org, config: &config, name_org: true, resolved: &resolved, keys, now: NOW };
    people.check(settings, &countersign_catalog::builtin())
}

fn of<'a>(found: &'a [Finding], what: &str) -> &'a Finding {
    found.iter().find(|finding| finding.what == what).unwrap()
}

#[test]
fn approver_without_a_key_is_told_the_command_that_makes_one() {
    let all = found(TEXT, Some(Ability::Able), Some(&[]));
    let lead = of(&all, "acme approver mail:lead@acme.com");
    assert_eq!(lead.verdict, Verdict::Warning);
    assert_eq!(
        lead.mend.as_deref(),
        Some(
            "countersign key create --config 'my conf.toml' --org acme --name lead@acme.com --scope run:decide --person \
             mail:lead@acme.com"
        )
    );
}

#[test]
fn only_a_key_in_force_with_the_scope_bound_to_them_lets_somebody_decide() {
    let lead = "mail:lead@acme.com";
    let revoked = KeyRow { revoked_at: Some(At(1)), ..key(lead) };
    let ended = KeyRow { expires_at: Some(NOW), ..key(lead) };
    let powerless = KeyRow { scopes: vec!["run:read".to_owned()], ..key(lead) };
    let elsewhere = KeyRow { org: OrgId::new("other").unwrap(), ..key(lead) };
    let still = KeyRow { expires_at: Some(At(NOW.0 + 1)), ..key(lead) };
    for (row, verdict) in [
        (revoked, Verdict::Warning),
        (ended, Verdict::Warning),
        (powerless, Verdict::Warning),
        (elsewhere, Verdict::Warning),
        (key("mail:other@acme.com"), Verdict::Warning),
        (still, Verdict::Ok),
        (key(lead), Verdict::Ok),
    ] {
        let all = found(TEXT, None, Some(std::slice::from_ref(&row)));
        assert_eq!(of(&all, "acme approver mail:lead@acme.com").verdict, verdict, "{row:?}");
    }
    assert!(of(&found(TEXT, None, None), "acme approver mail:lead@acme.com").says.contains("could not be read"));
}

#[test]
fn live_runbook_that_nobody_can_approve_fails_and_is_named() {
    let all = found(TEXT, Some(Ability::Able), Some(&[]));
    let policy = of(&all, "acme policy");
    assert_eq!(policy.verdict, Verdict::Failed);
    assert!(policy.says.starts_with("nobody can approve RB-011: of mail:ciso@acme.com"), "{policy:?}");
    let all = found(TEXT, Some(Ability::Unable), Some(&[]));
    assert!(of(&all, "acme policy").says.contains("RB-001, RB-002"), "{all:#?}");
    assert_eq!(
        of(
            &found(TEXT, Some(Ability::Unable), Some(&[key("mail:lead@acme.com"), key("mail:ciso@acme.com")])),
            "acme policy"
        )
        .verdict,
        Verdict::Ok
    );
}

#[test]
fn approvers_who_could_not_be_asked_are_not_said_to_be_unable() {
    for slack in [None, Some(Ability::Unknown)] {
        let all = found(TEXT, slack, Some(&[key("mail:ciso@acme.com")]));
        assert_eq!(of(&all, "acme policy").verdict, Verdict::Ok, "{all:#?}");
    }
}

#[test]
fn what_is_not_live_needs_no_approver() {
    let shadow = TEXT.replace("mode = \"live\"", "mode = \"shadow\"");
    assert!(!found(&shadow, None, Some(&[])).iter().any(|finding| finding.what == "acme policy"));
}

#[test]
fn protected_are_listed() {
    let says = of(&found(TEXT, None, None), "acme protected").says.clone();
    assert_eq!(says, "mail:breakglass@acme.com, group:Domain Admins; and holders of administrator roles");
}

#[test]
fn words_are_quoted_for_a_shell_where_they_must() {
    assert_eq!(quoted("/etc/countersign.toml"), "/etc/countersign.toml");
    assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    assert_eq!(quoted(""), "''");
}
