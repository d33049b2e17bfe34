use super::*;
use http::HeaderMap;

fn reply(body: &str) -> Reply {
    Reply::new(200, HeaderMap::new(), body.to_owned())
}

#[test]
fn ticket_of_nulls_is_read() {
    let body = r#"{"ticket":{"id":1,"subject":null,"description":null,"description_text":null,"status":null,"type":null,
        "source":null,"email":null,"requester_id":null,"requested_for_id":null,"requester":null,"requested_for":null,
        "custom_fields":null,"spam":null,"deleted":null,"created_at":null,"updated_at":null,"anything_new":{"x":1}}}"#;
    let ticket: Ticket = object(TICKET, &reply(body), "ticket").unwrap();
    assert!(ticket == Ticket { id: Some(1), ..Ticket::default() });
}

#[test]
fn absent_fields_are_nulls() {
    let ticket: Ticket = object(TICKET, &reply(r#"{"ticket":{}}"#), "ticket").unwrap();
    assert!(ticket == Ticket::default());
}

#[test]
fn answers_that_are_not_the_documented_shape_are_unreadable() {
    for body in [
        "",
        "{",
        "[]",
        "null",
        "<html>Sign in</html>",
        r#"{"ticket":null}"#,
        r#"{"ticket":[]}"#,
        r#"{"ticket":"x"}"#,
        r#"{"tickets":{}}"#,
        r#"{"ticket":{"id":"4211"}}"#,
        r#"{"ticket":{"status":2.5}}"#,
        r#"{"ticket":{"custom_fields":[1]}}"#,
    ] {
        let error = object::<Ticket>(TICKET, &reply(body), "ticket").err().expect(body);
        assert!(matches!(error, ClientError::Unreadable { .. }), "{body}");
    }
}

#[test]
fn unreadable_answer_repeats_nothing_of_itself() {
    let error = object::<Ticket>(TICKET, &reply(r#"{"ticket":{"status":"hunter2"}}"#), "ticket").err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn null_list_is_empty_and_a_missing_one_unreadable() {
    assert!(list::<Group>("x", &reply(r#"{"groups":null}"#), "groups").unwrap().is_empty());
    assert!(list::<Group>("x", &reply(r#"{"groups":[]}"#), "groups").unwrap().is_empty());
    for body in ["{}", r#"{"groups":{}}"#, r#"{"groups":[null]}"#, r#"{"groups":[1]}"#] {
        assert!(list::<Group>("x", &reply(body), "groups").is_err(), "{body}");
    }
}

#[test]
fn only_404_means_that_there_is_nothing() {
    let refused = |status| {
        let reply = Reply::new(status, HeaderMap::new(), "");
        Err(ClientError::Refused(Box::new(Refusal::of(TICKET, reply))))
    };
    assert!(found(refused(404)).unwrap().is_none());
    assert!(found(Ok(reply("{}"))).unwrap().is_some());
    for status in [400, 401, 403, 405, 410, 429, 500] {
        assert!(found(refused(status)).is_err(), "{status}");
    }
}

#[test]
fn refusal_names_the_call_and_the_reason() {
    let body = r#"{"code":"access_denied","message":"You are not authorized to perform this action."}"#;
    let reply = Reply::new(403, HeaderMap::new(), body);
    let error = ClientError::Refused(Box::new(Refusal::of(TICKET, reply)));
    assert_eq!(
        error.to_string(),
        "Freshservice answered /api/v2/tickets/{id} with 403: You are not authorized to perform this action (access_denied)"
    );
}
