use countersign_domain::{
    digest::Digest,
    ids::ConnectionName,
    ports::{Answer, Click, Decided, Inbound, InboundRefusal, Incoming, RawRequest},
    run::DenyReason,
    time::At,
};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret};
use serde_json::{Value, json};

use super::proof;
use crate::{Slack, SlackError, SlackSettings};

const RUN: &str = "run_01k0000000000000000000000a";
/// A digest as a card carries it.
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const NOW: i64 = 1_781_026_931;

fn slack(secret: Option<&str>) -> Slack {
    slack_of(secret.map(LiveSecret::from))
}

fn slack_of(signing_secret: Option<LiveSecret>) -> Slack {
    let settings = SlackSettings {
        name: ConnectionName::new("it-approvals").unwrap(),
        base_url: None,
        bot_token: "xoxb-test".into(),
        signing_secret,
        channel: "C0123ADMIN".to_owned(),
    };
    Slack::new(settings, &Factory::new(FactoryOptions::default()).unwrap()).unwrap()
}

fn headers(stamp: &str, signature: &str, kind: &str) -> Vec<(String, String)> {
    [("x-slack-request-timestamp", stamp), ("x-slack-signature", signature), ("content-type", kind)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn verify_at(seconds: i64, headers: &[(String, String)], body: &[u8]) -> Result<(Incoming, Answer), InboundRefusal> {
    let request = RawRequest { headers, body, now: At(seconds * 1_000_000 + 999_999) };
    slack(Some(SECRET)).verify(request).map(countersign_domain::ports::Verified::into_inner)
}

fn signed_as(kind: &str, body: &[u8]) -> Result<(Incoming, Answer), InboundRefusal> {
    let stamp = NOW.to_string();
    verify_at(NOW, &headers(&stamp, &proof::sign(SECRET, &stamp, body), kind), body)
}

fn form(body: &str) -> Result<(Incoming, Answer), InboundRefusal> {
    signed_as("application/x-www-form-urlencoded", body.as_bytes())
}

fn payload(payload: &Value) -> Result<(Incoming, Answer), InboundRefusal> {
    form(&serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap())
}

fn press(action: &str) -> Value {
    json!({
        "type": "block_actions",
        "token": "legacy",
        "team": {"id": "T0ACME", "domain": "acme"},
        "user": {"id": "U0123APPROVER", "team_id": "T0ACME", "name": "dana"},
        "channel": {"id": "C0123ADMIN", "name": "it-approvals"},
        "container": {"type": "message", "message_ts": "1781026000.000100", "channel_id": "C0123ADMIN"},
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "actions": [{
            "type": "button", "action_id": action, "block_id": "countersign:x", "value": format!("{RUN}:3:{DIGEST}"), "action_ts": "1781026931.000200",
        }],
    })
}

fn submission(reason: &Value, words: &Value) -> Value {
    let note = json!({"run": RUN, "plan_version": 3, "plan_digest": DIGEST, "room": "C0123ADMIN"});
    json!({
        "type": "view_submission",
        "team": {"id": "T0ACME"},
        "user": {"id": "U0123APPROVER", "team_id": "T0ACME"},
        "trigger_id": "1.2.3",
        "view": {
            "id": "V0123", "type": "modal", "callback_id": "countersign.reason", "private_metadata": note.to_string(),
            "state": {"values": {
                "reason": {"reason": {"type": "static_select", "selected_option": reason}},
                "words": {"words": {"type": "plain_text_input", "value": words}},
            }},
        },
    })
}

fn digest() -> Digest {
    DIGEST.parse().unwrap()
}

fn decision(answered: Result<(Incoming, Answer), InboundRefusal>) -> Click {
    match answered {
        Ok((Incoming::Decision(click), _)) => click,
        other => panic!("no decision: {other:?}"),
    }
}

fn malformed(answered: Result<(Incoming, Answer), InboundRefusal>) -> String {
    match answered {
        Err(InboundRefusal::Malformed(why)) => why,
        other => panic!("not malformed: {other:?}"),
    }
}

fn unproved(answered: Result<(Incoming, Answer), InboundRefusal>) -> &'static str {
    match answered {
        Err(InboundRefusal::Unproved(why)) => why,
        other => panic!("not unproved: {other:?}"),
    }
}

/// The example that Slack publishes with its guide to verifying requests.
#[test]
fn slacks_own_example_holds() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    assert_eq!(proof::sign(SECRET, "1531420618", body), signature);
    let headers = headers("1531420618", signature, "application/x-www-form-urlencoded");
    assert_eq!(malformed(verify_at(1_531_420_618, &headers, body)), "its form has no payload");
}

#[test]
fn a_request_is_good_for_300_seconds_either_way() {
    let body = b"ssl_check=1";
    let stamp = NOW.to_string();
    let headers = headers(&stamp, &proof::sign(SECRET, &stamp, body), "application/x-www-form-urlencoded");
    for near in [-300, -1, 0, 1, 300] {
        assert!(verify_at(NOW + near, &headers, body).is_ok(), "{near}");
    }
    for far in [-86_400, -301, 301, 86_400] {
        assert!(unproved(verify_at(NOW + far, &headers, body)).contains("300 seconds"), "{far}");
    }
}

#[test]
fn forged_missing_and_doubled_proofs_are_refused() {
    let body = serde_urlencoded::to_string([("payload", press("countersign.approve").to_string())]).unwrap();
    let (body, stamp, kind) = (body.as_bytes(), NOW.to_string(), "application/x-www-form-urlencoded");
    let good = proof::sign(SECRET, &stamp, body);
    for forged in [
        "".to_owned(),
        "v0=".to_owned(),
        good.to_uppercase(),
        good.trim_start_matches("v0=").to_owned(),
        format!("v1={}", good.trim_start_matches("v0=")),
        format!("{good}0"),
        format!("{good},{good}"),
        proof::sign("another secret", &stamp, body),
        proof::sign(SECRET, &(NOW + 1).to_string(), body),
        proof::sign(SECRET, &stamp, b"payload=%7B%7D"),
    ] {
        assert!(unproved(verify_at(NOW, &headers(&stamp, &forged, kind), body)).contains("does not fit"), "{forged}");
    }
    for bad in ["", "x", "-1", "+1781026931", " 1781026931", "1781026931.0", "1781026931000000", "९"] {
        assert!(unproved(verify_at(NOW, &headers(bad, &good, kind), body)).contains("timestamp"), "{bad}");
    }
    let all = headers(&stamp, &good, kind);
    for name in ["x-slack-signature", "x-slack-request-timestamp"] {
        let without: Vec<_> = all.iter().filter(|(known, _)| known != name).cloned().collect();
        assert!(unproved(verify_at(NOW, &without, body)).contains("missing"), "{name}");
        let mut doubled = all.clone();
        doubled.extend(all.iter().filter(|(known, _)| known == name).cloned());
        assert!(unproved(verify_at(NOW, &doubled, body)).contains("twice"), "{name}");
    }
}

#[test]
fn a_head_without_a_signature_or_of_another_time_is_refused_before_the_body() {
    let (slack, now) = (slack(Some(SECRET)), At(NOW * 1_000_000));
    let good = headers(&NOW.to_string(), "v0=00", "application/x-www-form-urlencoded");
    assert_eq!(slack.check_head(&good, now), Ok(()), "it proves nothing yet");
    for name in ["x-slack-signature", "x-slack-request-timestamp"] {
        let without: Vec<_> = good.iter().filter(|(known, _)| known != name).cloned().collect();
        assert!(
            matches!(slack.check_head(&without, now), Err(InboundRefusal::Unproved(why)) if why.contains("missing"))
        );
    }
    for stamp in ["", "x", &(NOW - 301).to_string(), &(NOW + 301).to_string()] {
        let stale = headers(stamp, "v0=00", "application/x-www-form-urlencoded");
        assert!(matches!(slack.check_head(&stale, now), Err(InboundRefusal::Unproved(_))), "{stamp}");
    }
    assert_eq!(self::slack(None).check_head(&good, now), Err(InboundRefusal::NoSecret));
}

#[test]
fn nothing_is_parsed_before_the_proof_holds() {
    let all = headers(&NOW.to_string(), "v0=00", "application/x-www-form-urlencoded");
    unproved(verify_at(NOW, &all, b"\xff\xfe not a form at all"));
}

#[test]
fn replaced_signing_secret_takes_effect_with_the_next_request() {
    let secret = LiveSecret::from(SECRET);
    let slack = slack_of(Some(secret.clone()));
    let believed = |signed_with: &str| {
        let (stamp, body) = (NOW.to_string(), b"ssl_check=1");
        let signature = proof::sign(signed_with, &stamp, body);
        let headers = headers(&stamp, &signature, "application/x-www-form-urlencoded");
        slack.verify(RawRequest { headers: &headers, body, now: At(NOW * 1_000_000) }).is_ok()
    };
    assert_eq!((believed(SECRET), believed("another")), (true, false));
    secret.replace("another".into());
    assert_eq!((believed(SECRET), believed("another")), (false, true));
}

#[test]
fn without_a_signing_secret_nothing_is_believed() {
    let body = b"ssl_check=1";
    let stamp = NOW.to_string();
    for secret in [None, Some(""), Some("  ")] {
        let all = headers(&stamp, &proof::sign("", &stamp, body), "application/x-www-form-urlencoded");
        let request = RawRequest { headers: &all, body, now: At(NOW * 1_000_000) };
        assert_eq!(slack(secret).verify(request), Err(InboundRefusal::NoSecret));
    }
}

#[test]
fn an_approval_is_a_decision_and_answered_with_nothing() {
    let (incoming, answer) = payload(&press("countersign.approve")).unwrap();
    assert_eq!(answer, Answer { content_type: "text/plain", body: Vec::new() });
    let Incoming::Decision(click) = incoming else { panic!("{incoming:?}") };
    assert_eq!(
        click,
        Click {
            dedupe: "click:C0123ADMIN:1781026000.000100:U0123APPROVER:1781026931.000200".to_owned(),
            channel: ConnectionName::new("it-approvals").unwrap(),
            workspace: "T0ACME".to_owned(),
            user: "U0123APPROVER".to_owned(),
            room: "C0123ADMIN".to_owned(),
            run: RUN.parse().unwrap(),
            plan_version: 3,
            plan_digest: Some(digest()),
            decided: Decided::Approve,
        }
    );
}

#[test]
fn what_an_earlier_versions_cards_and_forms_send_has_no_digest() {
    let mut approve = press("countersign.approve");
    approve["actions"][0]["value"] = json!(format!("{RUN}:3"));
    let click = decision(payload(&approve));
    assert_eq!((click.plan_version, click.plan_digest), (3, None));
    let mut deny = press("countersign.deny");
    deny["actions"][0]["value"] = json!(format!("{RUN}:3"));
    let wanted = payload(&deny).unwrap().0;
    assert!(matches!(wanted, Incoming::ReasonWanted { plan_version: 3, plan_digest: None, .. }), "{wanted:?}");
    let mut filled = submission(&json!({"value": "other"}), &Value::Null);
    let note = json!({"run": RUN, "plan_version": 3, "room": "C0123ADMIN"});
    filled["view"]["private_metadata"] = json!(note.to_string());
    let click = decision(payload(&filled));
    assert_eq!((click.plan_version, click.plan_digest), (3, None));
}

#[test]
fn a_redelivery_has_the_same_key_and_a_second_press_another() {
    let first = press("countersign.approve");
    let mut again = first.clone();
    again["trigger_id"] = json!("another");
    let mut second = first.clone();
    second["actions"][0]["action_ts"] = json!("1781026932.000300");
    let key = |press: &Value| decision(payload(press)).dedupe;
    assert_eq!(key(&first), key(&again));
    assert_ne!(key(&first), key(&second));
}

#[test]
fn a_denial_asks_for_its_reason_and_keeps_the_room() {
    let (incoming, answer) = payload(&press("countersign.deny")).unwrap();
    assert!(answer.body.is_empty());
    let trigger = "C0123ADMIN:13345224609.738474920.8088930838d88f008e0".to_owned();
    let (run, room, user) = (RUN.parse().unwrap(), "C0123ADMIN".to_owned(), "U0123APPROVER".to_owned());
    let plan_digest = Some(digest());
    assert_eq!(incoming, Incoming::ReasonWanted { trigger, run, plan_version: 3, plan_digest, room, user });
}

#[test]
fn the_button_of_a_probe_comes_back_with_what_it_carries() {
    let mut press = press("countersign.probe");
    press["actions"][0]["value"] = json!("probe_01k0");
    let (incoming, answer) = payload(&press).unwrap();
    assert!(answer.body.is_empty());
    assert_eq!(incoming, Incoming::Probe { probe: "probe_01k0".to_owned(), user: "U0123APPROVER".to_owned() });
    for bad in [json!(""), json!("two words"), json!("x".repeat(201)), json!("a\u{0}b"), Value::Null] {
        press["actions"][0]["value"] = bad.clone();
        assert!(malformed(payload(&press)).contains("does not carry a probe"), "{bad}");
    }
    press["actions"][0]["value"] = json!("probe_01k0");
    press["user"]["id"] = json!("dana");
    assert!(malformed(payload(&press)).contains("no user"));
}

#[test]
fn a_filled_form_is_a_denial_and_closes() {
    let filled = submission(&json!({"value": "wrong_person"}), &json!(" not\u{7} her "));
    let (incoming, answer) = payload(&filled).unwrap();
    assert_eq!(answer.content_type, "application/json");
    assert_eq!(answer.body, br#"{"response_action":"clear"}"#);
    let Incoming::Decision(click) = incoming else { panic!("{incoming:?}") };
    assert_eq!(click.dedupe, "view:V0123");
    assert_eq!((click.room.as_str(), click.plan_version, click.plan_digest), ("C0123ADMIN", 3, Some(digest())));
    assert_eq!(click.run, RUN.parse().unwrap());
    let words = Some("not her".to_owned());
    assert_eq!(click.decided, Decided::Deny { reason: DenyReason::WrongPerson, words });
}

#[test]
fn words_are_optional_and_capped() {
    let words = |words: Value| match decision(payload(&submission(&json!({"value": "other"}), &words))).decided {
        Decided::Deny { words, .. } => words,
        Decided::Approve => panic!("approved"),
    };
    assert_eq!(words(Value::Null), None);
    assert_eq!(words(json!(" \n ")), None);
    assert_eq!(words(json!("ü".repeat(2000))), Some("ü".repeat(500)));
}

#[test]
fn the_users_own_workspace_counts() {
    let mut foreign = press("countersign.approve");
    foreign["user"]["team_id"] = json!("T9OTHER");
    assert_eq!(decision(payload(&foreign)).workspace, "T9OTHER");
    let mut silent = press("countersign.approve");
    silent["user"] = json!({"id": "U0123APPROVER"});
    assert_eq!(decision(payload(&silent)).workspace, "T0ACME");
    silent["team"] = Value::Null;
    assert_eq!(malformed(payload(&silent)), "it names no workspace");
}

#[test]
fn handshakes_and_what_is_not_ours_need_nothing() {
    assert_eq!(form("ssl_check=1&token=x").unwrap().0, Incoming::Nothing);
    let (incoming, answer) =
        signed_as("application/json", br#"{"type":"url_verification","challenge":"abc"}"#).unwrap();
    assert_eq!((incoming, answer.body.as_slice()), (Incoming::Nothing, b"abc".as_slice()));
    assert_eq!(payload(&press("somebody.elses")).unwrap().0, Incoming::Nothing);
    for kind in ["view_closed", "shortcut", "message_action"] {
        assert_eq!(payload(&json!({"type": kind})).unwrap().0, Incoming::Nothing);
    }
}

#[test]
fn forms_that_are_no_interaction_are_refused() {
    assert!(malformed(form("payload=%7B%7D&payload=%7B%7D")).contains("more than one payload"));
    assert!(malformed(form("")).contains("no payload"));
    assert!(malformed(form("a=b")).contains("no payload"));
    for bad in ["payload=", "payload=%7B", "payload=5", "payload=%5B%5D", "payload=%7B%7D", "payload=null"] {
        assert!(malformed(form(bad)).contains("line"), "{bad}");
    }
    let deep = format!("payload=%7B%22x%22:{}", "%5B".repeat(100_000));
    assert!(malformed(form(&deep)).contains("is not JSON"));
    assert!(malformed(signed_as("text/plain", b"x")).contains("x-www-form-urlencoded"));
    assert!(malformed(signed_as("application/json", br#"{"type":"event_callback"}"#)).contains("events"));
    assert!(malformed(signed_as("application/json", b"{")).contains("is not JSON"));
    assert!(malformed(signed_as("application/json", br#"{"type":"url_verification"}"#)).contains("challenge"));
}

#[test]
fn presses_that_do_not_fit_are_refused_and_say_what_is_wrong() {
    let cases: [(&str, Value, &str); 19] = [
        ("/user/team_id", json!(""), "no workspace"),
        ("/actions", json!([]), "0 actions"),
        ("/actions", json!([press("a")["actions"][0], press("a")["actions"][0]]), "2 actions"),
        ("/actions", json!({}), "shape"),
        ("/actions/0/type", json!("static_select"), "no button"),
        ("/actions/0/value", json!("run_x:3"), "does not carry"),
        ("/actions/0/value", json!(format!("{RUN}:3:4")), "does not carry"),
        ("/actions/0/value", json!(format!("{RUN}:3:{}", DIGEST.to_uppercase())), "does not carry"),
        ("/actions/0/value", json!(format!("{RUN}:3:{DIGEST}:4")), "does not carry"),
        ("/actions/0/value", json!(5), "shape"),
        ("/actions/0/value", Value::Null, "does not carry"),
        ("/actions/0/action_ts", json!(""), "no time"),
        ("/actions/0/action_ts", json!(5), "shape"),
        ("/user/id", json!("dana"), "no user"),
        ("/user", Value::Null, "shape"),
        ("/user/team_id", json!("acme"), "no workspace"),
        ("/channel/id", json!("it-approvals"), "no channel"),
        ("/container/message_ts", Value::Null, "no message"),
        ("/container/message_ts", json!("x:y"), "no message"),
    ];
    for (place, value, says) in cases {
        let mut press = press("countersign.approve");
        *press.pointer_mut(place).unwrap() = value.clone();
        let why = malformed(payload(&press));
        assert!(why.contains(says), "{place} = {value}: {why}");
    }
    let mut press = press("countersign.deny");
    press["trigger_id"] = Value::Null;
    assert!(malformed(payload(&press)).contains("trigger_id"));
}

#[test]
fn submissions_that_do_not_fit_are_refused_and_say_what_is_wrong() {
    let note = |note: Value| json!(note.to_string());
    let cases: [(&str, Value, &str); 13] = [
        ("/view/callback_id", json!("somebody.elses"), "not ours"),
        ("/view/private_metadata", json!(""), "does not carry"),
        ("/view/private_metadata", note(json!({"run": RUN, "plan_version": -1, "room": "C1"})), "does not carry"),
        ("/view/private_metadata", note(json!({"run": RUN, "plan_version": 3})), "does not carry"),
        (
            "/view/private_metadata",
            note(json!({"run": RUN, "plan_version": 3, "room": "C1", "approve": true})),
            "does not carry",
        ),
        (
            "/view/private_metadata",
            note(json!({"run": RUN, "plan_version": 3, "plan_digest": "9f86d081", "room": "C1"})),
            "does not carry",
        ),
        ("/view/private_metadata", note(json!({"run": RUN, "plan_version": 3, "room": "general"})), "no channel"),
        ("/view/id", json!(""), "no id"),
        ("/view/state/values/reason", json!({}), "no reason"),
        ("/view/state/values/reason/reason/selected_option", Value::Null, "no reason"),
        ("/view/state/values/reason/reason/selected_option/value", json!("because"), "not on the list"),
        ("/view/state/values/words/words/value", json!(["x"]), "shape"),
        ("/user/id", json!("U1; drop"), "no user"),
    ];
    for (place, value, says) in cases {
        let mut filled = submission(&json!({"value": "other"}), &json!("x"));
        *filled.pointer_mut(place).unwrap() = value.clone();
        let why = malformed(payload(&filled));
        assert!(why.contains(says), "{place} = {value}: {why}");
    }
}

#[test]
fn a_refusal_never_repeats_what_was_sent() {
    let mut press = press("countersign.approve");
    press["actions"][0]["value"] = json!({"secret words": 1});
    assert!(!malformed(payload(&press)).contains("secret words"));
}

#[test]
fn a_channel_that_is_no_id_is_refused_at_the_start() {
    for bad in ["#it-approvals", "it-approvals", "", "U0123", "c0123admin"] {
        let settings = SlackSettings {
            name: ConnectionName::new("it-approvals").unwrap(),
            base_url: None,
            bot_token: "xoxb-test".into(),
            signing_secret: None,
            channel: bad.to_owned(),
        };
        let error = Slack::new(settings, &Factory::new(FactoryOptions::default()).unwrap()).unwrap_err();
        assert!(matches!(error, SlackError::Channel { .. }) && error.to_string().contains("channel id"), "{error}");
    }
}
