//! What is sent, and what answers are taken for.

use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Pace, Reply, Target};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Client, Field, Operation, Refusal, Search, UserStatus, next_page, part, until_reset, users::list};

fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Reply {
    let pair =
        |(name, value): &(&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().map(pair) {
        map.append(name, value);
    }
    Reply::new(status, map, body)
}

#[test]
fn values_cannot_change_a_search() {
    let hostile = r#"x" or status eq "ACTIVE\"#;
    assert_eq!(Search::is(Field::Login, hostile).as_str(), r#"profile.login eq "x\" or status eq \"ACTIVE\\""#);
    let place = list("/api/v1/users", &Search::is(Field::Email, "a&limit=200#x"), 5);
    assert_eq!(place, "/api/v1/users?search=profile.email+eq+%22a%26limit%3D200%23x%22&limit=5");
}

#[test]
fn searches_are_joined_with_brackets() {
    let either = Search::is(Field::FirstName, "A").and(&Search::is(Field::LastName, "B"));
    assert_eq!(
        either.or(&Search::contains(Field::DisplayName, "C")).as_str(),
        r#"((profile.firstName eq "A" and profile.lastName eq "B") or profile.displayName co "C")"#
    );
}

#[test]
fn empty_id_is_refused_and_others_are_escaped() {
    assert!(part("").is_err());
    assert_eq!(part("a/b@c").unwrap(), "a%2Fb%40c");
}

#[test]
fn next_page_is_found_among_the_links() {
    let links = [
        ("link", "<https://acme.okta.com/api/v1/users?limit=5>; rel=\"self\""),
        ("link", "<https://acme.okta.com/api/v1/users?after=x>; rel=\"next\""),
    ];
    assert_eq!(next_page(&reply(200, &links, "[]")).unwrap(), "https://acme.okta.com/api/v1/users?after=x");
    let both = [("link", "<https://a/1>; rel=\"self\", <https://a/2>; rel=\"next\"")];
    assert_eq!(next_page(&reply(200, &both, "[]")).unwrap(), "https://a/2");
    assert_eq!(next_page(&reply(200, &links[..1], "[]")), None);
    assert_eq!(next_page(&reply(200, &[("link", "<broken; rel=\"next\"")], "[]")), None);
}

#[test]
fn reset_is_held_against_the_answers_own_clock() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (headers, expected) in [
        (vec![date, ("x-rate-limit-reset", "784111787")], 10_000),
        (vec![date, ("x-rate-limit-reset", "784111000")], 1_000),
        (vec![date, ("x-rate-limit-reset", "99999999999")], 60_000),
        (vec![date, ("x-rate-limit-reset", "soon")], 60_000),
        (vec![("x-rate-limit-reset", "784111787")], 60_000),
        (vec![], 60_000),
    ] {
        assert_eq!(until_reset(&reply(429, &headers, "")), expected, "{headers:?}");
    }
}

#[test]
fn refusal_keeps_code_and_causes_and_loses_ids_and_addresses() {
    let body = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: sarah@acme.com","errorId":"x",
        "errorCauses":[{"errorSummary":"login: sarah@acme.com exists"},{"errorSummary":"user '00u1ero7vZFVEIYLWPBN' too"},{}]}"#;
    let refusal = Refusal::read(Operation::ReadUser, &reply(400, &[], body), 1_000);
    assert!(refusal.is_invalid());
    assert_eq!(refusal.causes, ["login: (...) exists", "user '(...)' too"]);
    let shown = format!("{refusal} {refusal:?}");
    assert!(!shown.contains("sarah") && !shown.contains("00u1ero"), "{shown}");
}

#[test]
fn a_404_that_is_not_oktas_says_nothing_about_a_user() {
    for body in ["<html>not here</html>", "{}", r#"{"errorCode":"nonsense"}"#, ""] {
        let refusal = Refusal::read(Operation::ReadUser, &reply(404, &[], body), 1_000);
        assert!(!refusal.is_not_found(), "{body}");
        assert_eq!(refusal.code, "", "{body}");
    }
    assert!(Refusal::read(Operation::ReadUser, &reply(404, &[], r#"{"errorCode":"E0000007"}"#), 1_000).is_not_found());
}

#[test]
fn too_many_requests_wait_for_the_window() {
    let refusal = Refusal::read(Operation::ReadUser, &reply(429, &[], r#"{"errorCode":"E0000047"}"#), 12_000);
    assert_eq!(refusal.retry_after_ms, Some(12_000));
}

#[test]
fn statuses_outside_the_description_are_kept() {
    for word in ["STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "ACTIVATING"] {
        assert_eq!(UserStatus::from(word.to_owned()).as_str(), word);
    }
    assert!(matches!(UserStatus::from("ACTIVATING".to_owned()), UserStatus::Other(_)));
}

#[tokio::test]
async fn debug_hides_the_token() {
    let target = Target { vendor: "okta", base_url: "https://acme.okta.com".parse().unwrap(), pace: Pace::default() };
    let http = Factory::new(FactoryOptions::default()).unwrap().client(target).unwrap();
    let client = Client::new(http, LiveSecret::from("s3cr3t"));
    assert!(!format!("{client:?}").contains("s3cr3t"));
}
