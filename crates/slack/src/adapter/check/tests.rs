use countersign_domain::ports::Verdict;
use serde_json::json;

use super::*;

fn granted(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

fn room(private: bool) -> Conversation {
    serde_json::from_value(json!({"id": "C1", "is_private": private, "is_member": true})).unwrap()
}

fn whats(found: &[Finding]) -> Vec<(&str, Verdict)> {
    found.iter().map(|finding| (finding.what.as_str(), finding.verdict)).collect()
}

#[test]
fn scopes_that_slack_does_not_name_are_neither_missing_nor_granted() {
    assert_eq!(whats(&scopes(None, Some(&room(true)))), [("permissions", Verdict::Warning)]);
}

#[test]
fn missing_scopes_are_named_by_the_kind_of_channel() {
    let some = granted(&["chat:write", "users:read", "channels:read", "channels:history"]);
    assert_eq!(whats(&scopes(Some(&some), Some(&room(false)))), [("permission users:read.email", Verdict::Failed)]);
    assert_eq!(
        whats(&scopes(Some(&some), Some(&room(true)))),
        [
            ("permission groups:history", Verdict::Failed),
            ("permission groups:read", Verdict::Failed),
            ("permission users:read.email", Verdict::Failed),
            ("permission channels:read", Verdict::Warning),
            ("permission channels:history", Verdict::Warning),
        ]
    );
}

#[test]
fn scopes_of_both_kinds_are_no_excess_while_the_channel_is_unknown() {
    let both = granted(&[
        "chat:write",
        "users:read",
        "users:read.email",
        "channels:read",
        "channels:history",
        "groups:read",
        "groups:history",
    ]);
    assert_eq!(whats(&scopes(Some(&both), None)), [("permissions", Verdict::Ok)]);
    assert_eq!(scopes(Some(&both), Some(&room(true))).len(), 2);
    let public = granted(&["chat:write", "users:read", "users:read.email", "channels:read"]);
    assert_eq!(whats(&scopes(Some(&public), None)), [("permission channels:history", Verdict::Failed)]);
}

#[test]
fn a_bot_without_any_scope_lacks_them_all() {
    let found = scopes(Some(&granted(&[""])), None);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|finding| finding.verdict == Verdict::Failed), "{found:?}");
}

#[test]
fn an_odd_scope_stays_on_its_line() {
    let odd = granted(&["admin\nok  credential", &"x".repeat(500)]);
    let found = scopes(Some(&odd), Some(&room(true)));
    assert!(found.iter().all(|finding| !finding.says.contains('\n') && finding.says.len() < 400), "{found:?}");
}

#[test]
fn a_persons_token_is_refused() {
    let us: Identity =
        serde_json::from_value(json!({"team_id": "T1", "team": "Acme", "user_id": "U1", "user": "dana"})).unwrap();
    let found = identity(&us);
    assert_eq!(found.verdict, Verdict::Failed);
    assert!(found.mend.unwrap().contains("xoxb-"));
    assert_eq!(clock(&us, At(0)).verdict, Verdict::Warning);
}
