use serde_json::json;

use super::*;

const RUN: &str = "run_01k0000000000000000000000a";

fn us() -> Identity {
    serde_json::from_value(json!({"team_id": "T1", "user_id": "U0BOT", "bot_id": "B0BOT"})).unwrap()
}

fn message(change: serde_json::Value) -> Message {
    serde_json::from_value(change).unwrap()
}

#[test]
fn methods_are_below_the_configured_address() {
    assert_eq!(methods_url(None).as_str(), "https://slack.com/api");
    for base in ["http://127.0.0.1:9/slack", "http://127.0.0.1:9/slack/"] {
        assert_eq!(methods_url(Url::parse(base).ok()).as_str(), "http://127.0.0.1:9/slack/api");
    }
}

#[test]
fn only_our_own_message_with_exactly_this_mark_is_the_card() {
    let run: RunId = RUN.parse().unwrap();
    let mark = marks::card_mark(&run);
    let metadata = json!({"event_type": "countersign_card", "event_payload": {"run": RUN}});
    let other = json!({"event_type": "countersign_card", "event_payload": {"run": "run_01k0000000000000000000000b"}});
    assert!(is_ours(&us(), &message(json!({"user": "U0BOT", "metadata": metadata})), &mark));
    assert!(is_ours(&us(), &message(json!({"bot_id": "B0BOT", "metadata": metadata})), &mark));
    assert!(!is_ours(&us(), &message(json!({"user": "U1", "bot_id": "B1", "metadata": metadata})), &mark));
    assert!(!is_ours(&us(), &message(json!({"metadata": metadata})), &mark));
    assert!(!is_ours(&us(), &message(json!({"user": "U0BOT", "metadata": other})), &mark));
    assert!(!is_ours(&us(), &message(json!({"user": "U0BOT", "text": RUN})), &mark));
}

#[test]
fn the_search_ends_a_day_before_the_run_began_where_its_id_tells_when() {
    // 2026-06-09T17:42:11Z as a version 7 identifier.
    let bytes: u128 = (1_781_026_931_000_u128 << 80) | (7 << 76) | (0b10 << 62);
    let crockford = b"0123456789abcdefghjkmnpqrstvwxyz";
    let text: String =
        (0..26).rev().map(|place| char::from(crockford[((bytes >> (place * 5)) & 31) as usize])).collect();
    let run: RunId = format!("run_{text}").parse().unwrap();
    assert!(is_before(&message(json!({"ts": "1780940530.000100"})), &run));
    assert!(!is_before(&message(json!({"ts": "1780940532.000100"})), &run));
    assert!(!is_before(&message(json!({"ts": "nonsense"})), &run));
    let without_time: RunId = RUN.parse().unwrap();
    assert!(!is_before(&message(json!({"ts": "1.0"})), &without_time));
}

#[test]
fn a_line_in_the_thread_keeps_its_link_and_nothing_else() {
    let lines = [
        "Ticket #4211 at helpdesk: https://acme.freshservice.com/a/tickets/4211".to_owned(),
        "Classified as *mfa_reset* <!channel>, confidence 0.97".to_owned(),
    ];
    let json = serde_json::to_value(utterance(&lines)).unwrap();
    assert_eq!(json[0]["text"]["type"], "plain_text");
    let words = "Ticket #4211 at helpdesk\nClassified as *mfa_reset* <\u{2060}!channel>, confidence 0.97";
    assert_eq!(json[0]["text"]["text"], words);
    let url = "https://acme.freshservice.com/a/tickets/4211";
    assert_eq!(json[1]["text"]["text"], format!("<{url}|{url}>"));
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[test]
fn the_form_keeps_to_slacks_limits_and_offers_every_reason() {
    let digest = Digest::of(b"the plan");
    let carried = |digest| serde_json::to_value(reason_form(&RUN.parse().unwrap(), 3, digest, "C0123ADMIN")).unwrap();
    let form = carried(Some(digest));
    for name in ["title", "submit", "close"] {
        assert!(form[name]["text"].as_str().unwrap().chars().count() <= crate::blocks::VIEW_TITLE);
    }
    let note = |form: &serde_json::Value| -> serde_json::Value {
        serde_json::from_str(form["private_metadata"].as_str().unwrap()).unwrap()
    };
    let without = json!({"run": RUN, "plan_version": 3, "room": "C0123ADMIN"});
    assert_eq!(note(&carried(None)), without);
    let mut with = without;
    with["plan_digest"] = json!(digest);
    assert_eq!(note(&form), with);
    let options = form["blocks"][0]["element"]["options"].as_array().unwrap();
    let values: Vec<&str> = options.iter().map(|option| option["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["wrong_type", "wrong_person", "not_authorised", "already_done", "other"]);
    assert_eq!(options[0]["text"]["text"], "Wrong type of request");
}
