use serde_json::{Value, json};

use super::*;

fn us() -> Identity {
    Identity {
        team_id: "T0ACME".to_owned(),
        team: "Acme".to_owned(),
        user_id: "U0BOT".to_owned(),
        user: "countersign".to_owned(),
        bot_id: Some("B0BOT".to_owned()),
        scopes: None,
        answered_at: None,
    }
}

fn user(change: &Value) -> User {
    let mut user = json!({
        "id": "U1", "team_id": "T0ACME", "name": "dana", "real_name": "Dana Lead", "is_bot": false, "deleted": false,
        "is_restricted": false, "is_ultra_restricted": false, "profile": {"email": "Lead@ACME.com"},
    });
    for (name, value) in change.as_object().unwrap() {
        user[name] = value.clone();
    }
    serde_json::from_value(user).unwrap()
}

fn barred_in(team: &str, change: &Value) -> Option<String> {
    assess(&us(), team, &user(change)).barred
}

#[test]
fn a_member_may_decide_and_is_known_by_address() {
    let found = assess(&us(), "T0ACME", &user(&json!({})));
    assert_eq!(found.barred, None);
    assert_eq!(found.name, "Dana Lead");
    assert_eq!(found.mail, MailAddress::new("lead@acme.com").ok());
}

#[test]
fn bots_guests_strangers_and_the_deactivated_are_barred() {
    for (change, word) in [
        (json!({"is_bot": true}), "bot"),
        (json!({"id": "USLACKBOT"}), "bot"),
        (json!({"id": "U0BOT"}), "bot"),
        (json!({"deleted": true}), "deactivated"),
        (json!({"is_restricted": true}), "guest"),
        (json!({"is_ultra_restricted": true}), "guest"),
        (json!({"is_stranger": true}), "another workspace"),
        (json!({"team_id": "T9OTHER"}), "another workspace"),
        (json!({"team_id": null}), "another workspace"),
    ] {
        let why = barred_in("T0ACME", &change).unwrap_or_default();
        assert!(why.contains(word), "{change}: {why}");
    }
}

#[test]
fn a_click_from_another_workspace_is_barred() {
    assert!(barred_in("T9OTHER", &json!({})).unwrap().contains("another workspace"));
}

#[test]
fn a_user_is_assessed_without_a_click_too() {
    assert_eq!(barred_in("", &json!({})), None);
    assert!(barred_in("", &json!({"team_id": "T9OTHER"})).unwrap().contains("another workspace"));
}

#[test]
fn a_member_of_several_workspaces_of_one_organisation_may_decide() {
    let change = json!({"team_id": "T1HOME", "enterprise_user": {"teams": ["T0ACME", "T1HOME"]}});
    assert_eq!(barred_in("T0ACME", &change), None);
    assert_eq!(barred_in("T1HOME", &change), None);
    assert!(barred_in("T9OTHER", &change).is_some());
}

#[test]
fn a_user_without_a_readable_address_has_none() {
    for profile in [json!({}), json!({"email": ""}), json!({"email": "a b@c.de"}), json!({"email": null})] {
        assert_eq!(assess(&us(), "T0ACME", &user(&json!({"profile": profile}))).mail, None);
    }
}

#[test]
fn a_name_is_shown_without_tricks() {
    let found = assess(&us(), "T0ACME", &user(&json!({"real_name": "\u{202e}Dana\nLead <!here>"})));
    assert_eq!(found.name, "\u{fffd}Dana Lead <\u{2060}!here>");
}

#[test]
fn an_unknown_user_is_barred() {
    assert!(unknown("U404").barred.is_some());
}
