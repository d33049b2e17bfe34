//! Environment variables over the file.

use countersign_domain::{classification::Confidence, ids::OrgId};
use secrecy::ExposeSecret;

use super::{GOOD, changed, load_with, problems};

#[test]
fn variables_override_and_add_known_keys() {
    let more = [
        ("COUNTERSIGN__SERVER__LISTEN", "0.0.0.0:80"),
        ("COUNTERSIGN__STORAGE__URL", "postgres://countersign@db/countersign"),
        ("COUNTERSIGN__WORKER__CONCURRENCY", " 8 "),
        ("COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENCE", "0.9"),
        ("COUNTERSIGN__ORG__ACME__POLICY__APPROVERS", "mail:a@acme.com, mail:b@acme.com,"),
        ("COUNTERSIGN__ORG__ACME__CHANNEL__IT_APPROVALS__CHANNEL", "C9"),
        ("COUNTERSIGN__ORG__ACME__RUNBOOK__RB_013__MODE", "live"),
        ("COUNTERSIGN__ORG__ACME__CARD__TICKET_TEXT", "subject"),
        ("COUNTERSIGN__ORG__ACME__DESK__HELPDESK__API_KEY__ENV", "OKTA_TOKEN"),
        ("COUNTERSIGN_OTHER", "not ours"),
    ];
    let config = load_with(GOOD, &more).unwrap();
    assert_eq!((config.listen.to_string().as_str(), config.worker_concurrency), ("0.0.0.0:80", 8));
    assert_eq!(config.storage_url.expose_secret(), "postgres://countersign@db/countersign");
    let org = &config.orgs[&OrgId::new("acme").unwrap()];
    assert_eq!(org.policy.min_confidence, Some(Confidence::from_share(0.9)));
    assert_eq!(
        org.approvers().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["mail:a@acme.com", "mail:b@acme.com"]
    );
    assert_eq!(org.channel.as_ref().unwrap().1.channel, "C9");
    assert!(org.modes().values().all(|mode| *mode == countersign_domain::mode::Mode::Live));
    assert_eq!(org.ticket_words, countersign_domain::card::TicketWordsShown::Subject);
    assert_eq!(org.desks.values().next().unwrap().api_key.current().expose_secret(), "okta-value");
}

#[test]
fn every_bad_variable_has_its_message() {
    for (name, value, message) in [
        ("COUNTERSIGN__SERVER__LISTENN", "x", "there is no key `server.listenn`; did you mean `listen`?"),
        (
            "COUNTERSIGN__ORG__ACME__MODE",
            "on",
            "`org.acme.mode` is \"on\": expected one of \"off\", \"shadow\", \"live\"",
        ),
        ("COUNTERSIGN__SERVER", "x", "`server` is text: expected a table"),
        (
            "COUNTERSIGN__ORG__ACMEE__TIME_ZONE",
            "UTC",
            "the file has no organisation \"acmee\", and a variable alone cannot add one: add the table [org.acmee], or correct the variable's name",
        ),
        (
            "COUNTERSIGN__ORG__ACME__RUNBOOK__RB_002__MODE",
            "false",
            "the file has no runbook \"rb_002\", and a variable alone cannot add one: add the table [org.acme.runbook.rb_002], or correct the variable's name",
        ),
        (
            "COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENCE",
            "high",
            "`org.acme.policy.min_confidence` is text: expected a number from 0 to 1, for example 0.80",
        ),
        (
            "COUNTERSIGN__ORG__ACME__POLICY__APPROVERS",
            "",
            "`org.acme.policy.approvers` is empty, which does not mean anyone: list at least one approver, for example [\"mail:lead@acme.com\"]",
        ),
        (
            "COUNTERSIGN__ORG__ACME__POLICY__APPROVERS",
            "anyone",
            "`org.acme.policy.approvers[0]`: person \"anyone\" is not valid: expected `slack:U...` or `mail:name@example.com`",
        ),
        (
            "COUNTERSIGN__ORG__ACME__RUNBOOK__RB_013__MODE",
            "no",
            "`org.acme.runbook.RB-013.mode` is \"no\": expected one of \"off\", \"shadow\", \"live\"",
        ),
        (
            "COUNTERSIGN__WORKER__CONCURRENCY",
            "1025",
            "`worker.concurrency` is 1025: expected a whole number from 0 to 1024",
        ),
        (
            "COUNTERSIGN__WORKER__LEASE",
            "29s",
            "`worker.lease` is 29 s: expected from 30 s, which is `worker.request_timeout` and 10 s more, to 10 minutes",
        ),
        ("COUNTERSIGN__WORKER__REQUEST_TIMEOUT", "1s", "`worker.request_timeout` is 1 s: expected from 2 s to 60 s"),
        (
            "COUNTERSIGN__",
            "x",
            "names no key: write the key's path with two underscores between its parts, for example COUNTERSIGN__SERVER__LISTEN",
        ),
        (
            "COUNTERSIGN__SERVER____LISTEN",
            "x",
            "names no key: write the key's path with two underscores between its parts, for example COUNTERSIGN__SERVER__LISTEN",
        ),
    ] {
        assert_eq!(problems(GOOD, &[(name, value)]), [format!("{name}: {message}")], "{name}={value}");
    }
}

#[test]
fn variables_that_contradict_each_other_are_refused() {
    let twice = [("COUNTERSIGN__SERVER__LISTEN", "127.0.0.1:1"), ("COUNTERSIGN__SERVER__listen", "127.0.0.1:2")];
    assert_eq!(
        problems(GOOD, &twice),
        [
            "COUNTERSIGN__SERVER__listen: contradicts COUNTERSIGN__SERVER__LISTEN, which sets the same key: unset one of them",
        ]
    );
    let deeper = [("COUNTERSIGN__LOG__LEVEL", "info"), ("COUNTERSIGN__LOG__LEVEL__X", "y")];
    assert_eq!(
        problems(GOOD, &deeper),
        ["COUNTERSIGN__LOG__LEVEL__X: contradicts COUNTERSIGN__LOG__LEVEL, which sets the same key: unset one of them",]
    );
}

#[test]
fn segment_that_may_mean_two_keys_is_refused() {
    let okta =
        "[org.acme.system.ok-ta]\nkind = \"okta\"\ndomain = \"b.okta.com\"\napi_token = { env = \"OKTA_TOKEN\" }\n";
    let text = changed("[org.acme.system.okta]", &format!("{okta}[org.acme.system.ok_ta]"));
    assert_eq!(
        problems(&text, &[("COUNTERSIGN__ORG__ACME__SYSTEM__OK_TA__DOMAIN", "c.okta.com")]),
        [
            "COUNTERSIGN__ORG__ACME__SYSTEM__OK_TA__DOMAIN: `OK_TA` may mean `ok-ta` or `ok_ta`: rename one of them in the \
         file, or set the value there",
        ]
    );
}
