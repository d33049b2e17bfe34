use countersign_domain::{digest::Digest, ids::RunId, runbook::Risk};
use serde_json::{Value, json};

use super::*;
use crate::blocks::MESSAGE_BLOCKS;

fn card(status: CardStatus) -> Card {
    Card {
        run: "run_01k0000000000000000000000a".parse::<RunId>().unwrap(),
        plan_version: 3,
        plan_digest: Digest::of(b"test"),
        notification: "MFA reset · Sarah Chen · #4211 · by 17:00 CEST".to_owned(),
        title: "MFA Reset".to_owned(),
        runbook: "RB-002".to_owned(),
        risk: Risk::High,
        target: Some(CardTarget {
            name: "Sarah Chen".to_owned(),
            mail: "sarah.chen@acme.com".to_owned(),
            id: "00u1sarah".to_owned(),
            state: "ACTIVE".to_owned(),
        }),
        steps: vec![CardStep {
            title: "Reset all factors (okta)".to_owned(),
            before: "2 factors enrolled".to_owned(),
            after: "no factor enrolled".to_owned(),
            outcome: None,
        }],
        requester: "Sarah Chen (sarah.chen@acme.com)".to_owned(),
        came_in: Some("by email, sender unverified".to_owned()),
        ticket: Some(("#4211".to_owned(), "https://acme.freshservice.com/a/tickets/4211".to_owned())),
        classification: "mfa_reset, confidence 0.97".to_owned(),
        deciders: vec!["slack:U0123APPROVER".to_owned(), "mail:lead@acme.com".to_owned()],
        until: "2026-06-09 17:00 CEST".to_owned(),
        digest: "9f86d081".to_owned(),
        quoted: Some("New phone\nI lost my phone, please reset my MFA.".to_owned()),
        remarks: vec!["The user has no other factor.".to_owned()],
        status,
    }
}

fn open() -> CardStatus {
    CardStatus::Open { confirm: "MFA Reset for Sarah Chen: Reset all factors".to_owned() }
}

fn blocked() -> CardStatus {
    let reason = ("Okta has the user as DEPROVISIONED.".to_owned(), "Activate the user, then plan again.".to_owned());
    CardStatus::Blocked { reasons: vec![reason] }
}

fn closed() -> CardStatus {
    let by = "Approved by Dana Lead (slack:U0123APPROVER) at 2026-06-09 19:42 CEST";
    CardStatus::Closed { lines: vec![by.to_owned(), "Done.".to_owned()] }
}

fn drawn(card: &Card) -> Value {
    serde_json::to_value(card_blocks(card)).unwrap()
}

fn buttons_of(drawn: &Value) -> Vec<String> {
    let blocks = drawn.as_array().unwrap().iter().filter(|block| block["type"] == "actions");
    let buttons = blocks.flat_map(|block| block["elements"].as_array().unwrap());
    buttons.map(|button| button["action_id"].as_str().unwrap().to_owned()).collect()
}

/// Every text object of a card.
fn texts(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => {
            if let (Some(Value::String(kind)), Some(Value::String(text))) = (fields.get("type"), fields.get("text")) {
                found.push((kind.clone(), text.clone()));
            }
            fields.values().for_each(|value| texts(value, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn all_texts(drawn: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    texts(drawn, &mut found);
    found
}

fn assert_golden(drawn: &Value, golden: &str) {
    let expected: Value = serde_json::from_str(golden).unwrap();
    assert_eq!(drawn, &expected, "the card is now:\n{drawn:#}");
}

#[test]
fn an_open_card_looks_as_recorded() {
    assert_golden(&drawn(&card(open())), include_str!("../../../tests/golden/open.json"));
}

#[test]
fn a_blocked_card_looks_as_recorded() {
    assert_golden(&drawn(&card(blocked())), include_str!("../../../tests/golden/blocked.json"));
}

#[test]
fn a_closed_card_looks_as_recorded() {
    let mut card = card(closed());
    card.steps[0].outcome = Some(("already_done", "no factor was enrolled".to_owned()));
    assert_golden(&drawn(&card), include_str!("../../../tests/golden/closed.json"));
}

#[test]
fn only_an_open_card_can_be_approved() {
    assert_eq!(buttons_of(&drawn(&card(open()))), ["countersign.approve", "countersign.deny"]);
    assert_eq!(buttons_of(&drawn(&card(blocked()))), ["countersign.deny"]);
    assert!(buttons_of(&drawn(&card(closed()))).is_empty());
}

#[test]
fn a_button_carries_run_plan_version_and_digest_alone() {
    let drawn = drawn(&card(open()));
    let blocks = drawn.as_array().unwrap();
    let actions = blocks.last().unwrap();
    assert_eq!(actions["block_id"], "countersign:run_01k0000000000000000000000a");
    for button in actions["elements"].as_array().unwrap() {
        let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(button["value"], format!("run_01k0000000000000000000000a:3:{digest}"));
    }
    assert!(actions["elements"][1].get("confirm").is_none(), "a denial opens a form instead");
}

#[test]
fn target_change_and_requester_come_first_and_in_this_order() {
    let text = drawn(&card(open())).to_string();
    let places: Vec<usize> =
        ["00u1sarah", "2 factors enrolled", "by email, sender unverified", "confidence 0.97", "I lost my phone"]
            .iter()
            .map(|words| text.find(words).unwrap())
            .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn hostile_words_stay_words() {
    let hostile =
        "<!channel> <@U0123APPROVER> *bold* _it_ ~st~ `code` ```x``` <https://evil.example|ok> :x:\n> &lt;!here&gt;";
    let mut card = card(open());
    card.quoted = Some(hostile.to_owned());
    card.target.as_mut().unwrap().name = hostile.to_owned();
    card.requester = hostile.to_owned();
    card.came_in = Some(hostile.to_owned());
    card.title = hostile.to_owned();
    card.steps[0].before = hostile.to_owned();
    card.remarks = vec![hostile.to_owned()];
    card.status = CardStatus::Open { confirm: hostile.to_owned() };
    let drawn = drawn(&card);
    let texts = all_texts(&drawn);
    assert!(texts.iter().any(|(_, text)| text.contains("*bold*")));
    for (kind, text) in texts {
        assert!(!text.contains("<!"), "{text}");
        if kind == "mrkdwn" {
            for trace in ["bold", "channel", "evil", "code"] {
                assert!(!text.contains(trace), "{text}");
            }
        } else {
            assert!(!text.contains("<@"), "{text}");
        }
    }
    assert_eq!(buttons_of(&drawn).len(), 2);
}

#[test]
fn a_name_over_several_lines_cannot_pose_as_other_fields() {
    let mut card = card(open());
    card.target.as_mut().unwrap().name = "Sarah Chen\nid 00uTRUSTED\nstate ACTIVE".to_owned();
    card.target.as_mut().unwrap().mail = "a\u{202e}moc.emca@x".to_owned();
    let drawn = drawn(&card);
    let target = drawn[1]["fields"][1]["text"].as_str().unwrap();
    assert_eq!(target.lines().count(), 4, "{target}");
    assert!(target.contains("a\u{fffd}moc.emca@x"), "{target}");
}

#[test]
fn every_line_of_the_ticket_is_quoted_and_their_number_is_capped() {
    let quoted = quote("one\r\n\r\n\n<b>two</b>\u{2028}three\u{200b}");
    assert_eq!(quoted, "> one\n> <b>two</b>\n> three");
    let many = quote(&"line\n".repeat(500));
    assert_eq!(many.lines().count(), 21);
    assert!(many.ends_with("> …"));
    let long = quote(&"x".repeat(10_000));
    assert!(long.chars().count() < 1300 && long.ends_with('…'));
}

#[test]
fn a_card_without_target_ticket_words_or_deciders_is_still_a_card() {
    let mut card = card(blocked());
    (card.target, card.ticket, card.quoted, card.came_in) = (None, None, None, None);
    card.steps.clear();
    card.remarks.clear();
    card.deciders.clear();
    let text = drawn(&card).to_string();
    assert!(text.contains("nobody found") && text.contains("The plan has no step"), "{text}");
    assert!(text.contains("nobody: the policy names no approver"), "{text}");
}

#[test]
fn a_ticket_without_a_web_address_is_no_link() {
    let mut card = card(open());
    card.ticket = Some(("#4211".to_owned(), "javascript:alert(1)".to_owned()));
    let text = drawn(&card).to_string();
    assert!(text.contains("#4211") && !text.contains("javascript"), "{text}");
}

#[test]
fn the_domains_largest_plan_is_shown_whole() {
    let mut card = card(open());
    card.steps = vec![card.steps[0].clone(); countersign_domain::card::STEP_LIMIT];
    let drawn = drawn(&card);
    assert_eq!(buttons_of(&drawn).len(), 2);
    assert!(drawn.to_string().contains("20. Reset all factors"));
}

#[test]
fn what_does_not_fit_is_counted_and_cannot_be_approved() {
    let long = |card: &mut Card, change: fn(&mut CardStep)| card.steps.iter_mut().for_each(change);
    let mut too_many = card(open());
    too_many.steps = vec![too_many.steps[0].clone(); 60];
    let mut too_long = card(open());
    long(&mut too_long, |step| step.after = "x".repeat(10_000));
    let mut too_much = card(open());
    too_much.steps = vec![too_much.steps[0].clone(); 20];
    long(&mut too_much, |step| step.after = "y".repeat(900));
    let mut target = card(open());
    target.target.as_mut().unwrap().id = "z".repeat(500);
    for card in [&too_many, &too_long, &too_much, &target] {
        let drawn = drawn(card);
        assert_eq!(buttons_of(&drawn), ["countersign.deny"]);
        assert!(drawn.to_string().contains("too large to be shown whole"), "{drawn:#}");
    }
    assert!(drawn(&too_many).to_string().contains("more, which do not fit here"));
    assert!(drawn(&too_much).to_string().contains("more, which do not fit here"));
}

#[test]
fn slacks_limits_hold_however_large_everything_is() {
    let huge = "Wörter & <mehr> 👩 ".repeat(2000);
    for status in [
        CardStatus::Open { confirm: huge.clone() },
        CardStatus::Blocked { reasons: vec![(huge.clone(), huge.clone()); 100] },
        CardStatus::Closed { lines: vec![huge.clone(); 100] },
    ] {
        let mut card = card(status);
        card.steps = vec![card.steps[0].clone(); 200];
        card.steps[0].title.clone_from(&huge);
        card.steps[199].outcome = Some(("failed", huge.clone()));
        card.remarks = vec![huge.clone(); 100];
        card.deciders = (0..1000).map(|number| format!("slack:U{number:010}")).collect();
        (card.quoted, card.came_in) = (Some(huge.clone()), Some(huge.clone()));
        for field in [
            &mut card.title,
            &mut card.notification,
            &mut card.requester,
            &mut card.classification,
            &mut card.until,
            &mut card.digest,
            &mut card.runbook,
        ] {
            field.clone_from(&huge);
        }
        let drawn = drawn(&card);
        assert!(drawn.as_array().unwrap().len() <= MESSAGE_BLOCKS);
        let long = all_texts(&drawn).into_iter().find(|(_, text)| units(text) > 3000);
        assert_eq!(long, None);
        assert!(units(drawn[0]["text"]["text"].as_str().unwrap()) <= 150);
        for block in drawn.as_array().unwrap() {
            for field in block["fields"].as_array().into_iter().flatten() {
                assert!(units(field["text"].as_str().unwrap()) <= 2000);
            }
        }
        let total: usize = all_texts(&drawn).iter().map(|(_, text)| units(text)).sum();
        assert!(total < 20_000, "{total}");
        assert!(notification(&card).chars().count() < 2000);
    }
}

#[test]
fn confirmation_repeats_action_and_target() {
    let drawn = drawn(&card(open()));
    let confirm = &drawn.as_array().unwrap().last().unwrap()["elements"][0]["confirm"];
    assert_eq!(confirm["text"]["text"], "MFA Reset for Sarah Chen: Reset all factors");
    assert_eq!(confirm["title"]["text"], "Approve: MFA Reset · Sarah Chen?");
    assert_eq!(confirm["style"], json!("primary"));
}
