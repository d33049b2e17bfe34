use super::*;
use countersign_outbound::Reply;
use serde_json::{Value, json};

fn answer(status: u16, body: &Value) -> Reply {
    Reply::new(status, Default::default(), body.to_string())
}

fn refused(body: &Value) -> ClientError {
    read::<Posted>(Method::PostMessage, &answer(200, body)).unwrap_err()
}

#[test]
fn an_answer_that_is_ok_is_read() {
    let body = json!({"ok": true, "channel": "C1", "ts": "1.2", "message": {"text": "x"}, "new_field": 1});
    let posted: Posted = read(Method::PostMessage, &answer(200, &body)).unwrap();
    assert_eq!(posted, Posted { channel: "C1".to_owned(), ts: "1.2".to_owned() });
}

#[test]
fn status_200_with_ok_false_is_an_error() {
    let error = refused(&json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": ""}));
    let ClientError::Refused { code, needed, .. } = error else { panic!("{error:?}") };
    assert_eq!((code.as_str(), needed.as_deref()), ("missing_scope", Some("chat:write")));
}

#[test]
fn refusals_keep_slacks_explanations_within_bounds() {
    let messages = vec!["[ERROR] too long\u{7}".to_owned() + &"x".repeat(1000); 50];
    let body = json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": messages}});
    let error = refused(&body);
    let ClientError::Refused { messages, .. } = error else { panic!("{error:?}") };
    assert_eq!(messages.len(), 5);
    assert!(messages.iter().all(|text| text.chars().count() == 200 && !text.contains('\u{7}')));
}

#[test]
fn an_error_code_that_is_no_code_is_not_repeated() {
    for code in [json!("<script>"), json!(""), json!("x".repeat(100)), Value::Null] {
        let error = refused(&json!({"ok": false, "error": code}));
        assert_eq!(error.code(), Some("no_reason_given"));
    }
}

#[test]
fn too_many_calls_is_told_apart_however_slack_says_it() {
    let late = |error: ClientError| matches!(error, ClientError::RateLimited { .. });
    assert!(late(refused(&json!({"ok": false, "error": "ratelimited"}))));
    assert!(late(read::<Posted>(Method::UpdateMessage, &answer(429, &json!({"ok": false}))).unwrap_err()));
}

#[test]
fn answers_of_other_kinds_are_errors() {
    for (status, body) in [(500, json!({"ok": true})), (302, json!({})), (404, json!("x"))] {
        let error = read::<Posted>(Method::UpdateMessage, &answer(status, &body)).unwrap_err();
        assert!(matches!(error, ClientError::Status { .. }), "{error:?}");
    }
    for body in ["", "<html>", "[]", "{}", r#"{"ok":"true"}"#, r#"{"ok":true}"#, r#"{"ok":true,"channel":5,"ts":"1"}"#]
    {
        let reply = Reply::new(200, Default::default(), body.to_owned());
        let error = read::<Posted>(Method::PostMessage, &reply).unwrap_err();
        assert!(matches!(error, ClientError::Call(_)), "{body}: {error:?}");
    }
}

#[test]
fn an_empty_cursor_is_no_further_page() {
    let body = json!({"ok": true, "messages": [], "response_metadata": {"next_cursor": ""}});
    let page: PageAnswer = read(Method::History, &answer(200, &body)).unwrap();
    assert_eq!(Page::from(page).next_cursor, None);
}

#[test]
fn a_message_of_any_kind_is_readable() {
    let body = json!({"ok": true, "messages": [{"type": "message", "subtype": "tombstone", "ts": "1.0"}, {}]});
    let page: PageAnswer = read(Method::History, &answer(200, &body)).unwrap();
    assert_eq!(Page::from(page).messages.len(), 2);
}
