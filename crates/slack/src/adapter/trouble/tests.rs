use countersign_domain::ports::PortErrorKind;

use super::*;

fn kind(code: &str, sort: Sort) -> (PortErrorKind, String) {
    let error = ClientError::Refused {
        method: "chat.postMessage",
        code: code.to_owned(),
        needed: Some("chat:write".to_owned()),
        messages: vec!["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]".to_owned()],
    };
    let error = port_error("posting the card", sort, error);
    (error.kind, error.says)
}

#[test]
fn a_refused_credential_is_for_the_administrator() {
    for code in ["invalid_auth", "not_authed", "token_revoked", "account_inactive", "token_expired"] {
        let (kind, says) = kind(code, Sort::Write);
        assert_eq!(kind, PortErrorKind::Unauthorized, "{code}");
        assert!(says.contains("Bot User OAuth Token") && says.contains(code), "{says}");
    }
}

#[test]
fn a_missing_scope_is_named() {
    let (kind, says) = kind("missing_scope", Sort::Read);
    assert_eq!(kind, PortErrorKind::Unauthorized);
    assert!(says.contains("the scope chat:write"), "{says}");
}

#[test]
fn a_channel_the_bot_is_not_in_asks_for_an_invitation() {
    for code in ["channel_not_found", "not_in_channel"] {
        let (kind, says) = kind(code, Sort::Write);
        assert_eq!(kind, PortErrorKind::Unauthorized, "{code}");
        assert!(says.contains("invite the bot"), "{says}");
    }
    assert_eq!(kind("is_archived", Sort::Write).0, PortErrorKind::Unauthorized);
}

#[test]
fn an_inner_failure_leaves_a_write_open_and_a_read_repeatable() {
    for code in ["internal_error", "fatal_error"] {
        assert_eq!(kind(code, Sort::Write).0, PortErrorKind::Ambiguous, "{code}");
        assert_eq!(kind(code, Sort::Read).0, PortErrorKind::Transient { retry_after_ms: None }, "{code}");
    }
}

#[test]
fn refused_blocks_are_refused_for_good_with_slacks_words() {
    let (kind, says) = kind("invalid_blocks", Sort::Write);
    assert_eq!(kind, PortErrorKind::Permanent);
    assert!(says.contains("/blocks/0/text/text"), "{says}");
}

#[test]
fn a_message_that_is_not_there_or_not_ours_is_gone() {
    for code in ["message_not_found", "thread_not_found", "cant_update_message"] {
        let (kind, says) = kind(code, Sort::Write);
        assert_eq!(kind, PortErrorKind::Gone, "{code}");
        assert!(says.contains(code), "{says}");
    }
    assert_eq!(kind("edit_window_closed", Sort::Write).0, PortErrorKind::Permanent);
}

#[test]
fn an_unknown_code_is_refused_for_good_and_named() {
    let (kind, says) = kind("something_new", Sort::Write);
    assert_eq!(kind, PortErrorKind::Permanent);
    assert!(says.contains("something_new"), "{says}");
}

#[test]
fn too_many_calls_waits_as_long_as_asked() {
    let error = ClientError::RateLimited { method: "chat.update", retry_after_ms: Some(30_000) };
    let error = port_error("redrawing the card", Sort::Write, error);
    assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: Some(30_000) });
}
