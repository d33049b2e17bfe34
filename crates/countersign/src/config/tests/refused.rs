//! Bad input, and what the administrator is told of it.

use std::{collections::BTreeMap, path::Path};

use super::{GOOD, changed, load, load_with, problems};

/// Each row: what is replaced in the good configuration, by what, and the one problem that results.
const TABLE: [(&str, &str, &str); 56] = [
    // Keys.
    (
        "plan =",
        "requests_per_min = 5\nplan =",
        "line 11: there is no key `org.acme.desk.helpdesk.requests_per_min`; did you mean `requests_per_minute`?",
    ),
    (
        "[storage]",
        "[storrage]\nurl = \"sqlite://x.db\"\n[storage]",
        "line 3: there is no key `storrage`; did you mean `storage`?",
    ),
    (
        "listen =",
        "zzz = 1\nlisten =",
        "line 2: there is no key `server.zzz`; here are: listen, admin_listen, trusted_proxies, tls, public_url, ca_file",
    ),
    (
        "time_zone",
        "\"time zone\" = 1\ntime_zone",
        "line 6: there is no key `org.acme.\"time zone\"`; did you mean `time_zone`?",
    ),
    (
        "{ env = \"DESK_KEY\" }",
        "{ env = \"DESK_KEY\", trim = true }",
        "line 10: there is no key `org.acme.desk.helpdesk.api_key.trim`; here are: env, file",
    ),
    (
        "time_zone",
        "mode = \"on\"\ntime_zone",
        "line 6: `org.acme.mode` is \"on\": expected one of \"off\", \"shadow\", \"live\"",
    ),
    (
        "time_zone",
        "retention = \"never\"\ntime_zone",
        "line 6: `org.acme.retention` is \"never\": expected a length of time such as \"30s\", \"90m\", \"24h\" or \"7d\"",
    ),
    (
        "mode = \"off\"",
        "allow = { group = [] }",
        "line 31: `org.acme.runbook.RB-013.allow.group` is empty: list at least one pattern, or leave it out",
    ),
    (
        "mode = \"off\"",
        "deny = { group = \"*-admins\" }",
        "line 31: `org.acme.runbook.RB-013.deny.group` is text: expected a list of patterns, for example [\"proj-*\", \"app-*\"]",
    ),
    (
        "mode = \"off\"",
        "allow = { group = [\" \"] }",
        "line 31: `org.acme.runbook.RB-013.allow.group[0]`: pattern \" \" is not valid: expected text such as `proj-*`; `*` alone stands for anything",
    ),
    (
        "mode = \"off\"",
        "enabled = false",
        "line 31: there is no key `org.acme.runbook.RB-013.enabled`; here are: mode, allow, deny, approvers, min_confidence, expires_after",
    ),
    (
        "min_confidence",
        "protected = [\"Domain Admins\"]\nmin_confidence",
        "line 27: `org.acme.policy.protected[0]`: protected target \"Domain Admins\" is not valid: expected `mail:name@example.com` or `group:Name of the group`",
    ),
    (
        "[storage]",
        "[classifier]\nkind = \"remote\"\n[storage]",
        "line 4: there is no key `classifier.kind`; here are: encoder, encoder_sha256, llm",
    ),
    // Types.
    (
        "\"127.0.0.1:8081\"",
        "8081",
        "line 2: `server.listen` is a whole number: expected an address to listen on, for example \"127.0.0.1:8080\"",
    ),
    (
        "min_confidence = 0.8",
        "min_confidence = \"0.8\"",
        "line 27: `org.acme.policy.min_confidence` is text: expected a number from 0 to 1, for example 0.80",
    ),
    (
        "mode = \"off\"",
        "mode = \"no\"",
        "line 31: `org.acme.runbook.RB-013.mode` is \"no\": expected one of \"off\", \"shadow\", \"live\"",
    ),
    (
        "expires_after = \"24h\"",
        "expires_after = 24",
        "line 29: `org.acme.policy.expires_after` is a whole number: expected a length of time, for example \"24h\"",
    ),
    (
        "plan =",
        "requests_per_minute = 1.5\nplan =",
        "line 11: `org.acme.desk.helpdesk.requests_per_minute` is a number: expected a whole number from 1 to 10000000",
    ),
    (
        "[org.acme.runbook.RB-013]\nmode = \"off\"",
        "[org.acme]\nrunbook = 3",
        "line 30: this is not TOML: duplicate key",
    ),
    ("[server]\nlisten = \"127.0.0.1:8081\"", "server = [1]", "line 1: `server` is a list: expected a table"),
    (
        "[\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]",
        "\"mail:lead@acme.com\"",
        "line 28: `org.acme.policy.approvers` is text: expected a list of approvers, for example [\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]",
    ),
    (
        "\"mail:lead@acme.com\"",
        "7",
        "line 28: `org.acme.policy.approvers[1]`: expected a list of approvers, for example [\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]",
    ),
    // Values.
    (
        "127.0.0.1:8081",
        "localhost",
        "line 2: `server.listen` is \"localhost\": expected an IP address and a port, for example \"127.0.0.1:8080\"",
    ),
    (
        "listen =",
        "admin_listen = \":9090\"\nlisten =",
        "line 2: `server.admin_listen` is \":9090\": expected an IP address and a port, for example \"127.0.0.1:8080\"",
    ),
    (
        "listen =",
        "admin_listen = \"127.0.0.1:8081\"\nlisten =",
        "line 2: `server.admin_listen` is the same as `server.listen`: choose another port, or leave it out to serve everything at one",
    ),
    (
        "listen =",
        "trusted_proxies = \"10.0.0.7\"\nlisten =",
        "line 2: `server.trusted_proxies` is text: expected a list of your proxies, for example [\"10.0.0.7\", \"10.1.0.0/16\"]",
    ),
    (
        "listen =",
        "trusted_proxies = [\"10.0.0.7\", \"proxy.acme.com\"]\nlisten =",
        "line 2: `server.trusted_proxies[1]`: expected an address such as \"10.0.0.7\" or a network such as \"10.0.0.0/24\"",
    ),
    (
        "listen =",
        "trusted_proxies = [\"0.0.0.0/0\"]\nlisten =",
        "line 2: `server.trusted_proxies[0]`: this is every address there is, and anybody's word would be taken for it: list your proxies alone",
    ),
    (
        "[storage]",
        "[server.tls]\ncertificate = \"x.pem\"\n[storage]",
        "line 3: `server.tls.key` is missing: name the PEM file with the certificate's private key",
    ),
    (
        "[storage]",
        "[server.tls]\nkey = \"\"\ncertificate = \"x.pem\"\n[storage]",
        "line 4: `server.tls.key` cannot be used: it is empty: expected the path of a PEM file",
    ),
    (
        "[storage]",
        "[server.tls]\nkey = \"k.pem\"\ncertificate = { env = \"X\" }\n[storage]",
        "line 5: `server.tls.certificate` is a table: expected the path of a PEM file",
    ),
    (
        "min_confidence = 0.8",
        "min_confidence = 80",
        "line 27: `org.acme.policy.min_confidence` is 80: expected a number from 0 to 1",
    ),
    (
        "min_confidence = 0.8",
        "min_confidence = nan",
        "line 27: `org.acme.policy.min_confidence` is NaN: expected a number from 0 to 1",
    ),
    (
        "plan =",
        "requests_per_minute = 0\nplan =",
        "line 11: `org.acme.desk.helpdesk.requests_per_minute` is 0: expected a whole number from 1 to 10000000",
    ),
    (
        "\"pro\"",
        "\"platinum\"",
        "line 11: `org.acme.desk.helpdesk.plan` is \"platinum\": expected one of \"starter\", \"growth\", \"pro\", \"enterprise\"",
    ),
    (
        "\"freshservice\"",
        "\"jira\"",
        "line 8: `org.acme.desk.helpdesk.kind` is \"jira\": expected one of \"freshservice\"",
    ),
    (
        "\"24h\"",
        "\"soon\"",
        "line 29: `org.acme.policy.expires_after` is \"soon\": expected a length of time such as \"30s\", \"90m\", \"24h\" or \"7d\"",
    ),
    (
        "\"24h\"",
        "\"0s\"",
        "line 29: `org.acme.policy.expires_after` is \"0s\": expected a length of time of at least one second",
    ),
    (
        "Europe/Berlin",
        "Europe/Bonn",
        "line 6: `org.acme.time_zone` is \"Europe/Bonn\": there is no such time zone: give its IANA name, for example Europe/Berlin",
    ),
    (
        "acme.okta.com",
        "https://acme.okta.com",
        "line 19: `org.acme.system.okta.domain` is \"https://acme.okta.com\": expected the host name alone, for example acme.okta.com",
    ),
    (
        "C0123ADMIN",
        "#it-approvals",
        "line 16: `org.acme.channel.it-approvals.channel` is \"#it-approvals\": expected the channel's id, not its name, for example C0123ADMIN; Slack shows it at the end of the channel's details",
    ),
    (
        "slack:U0123APPROVER",
        "slack:lead",
        "line 28: `org.acme.policy.approvers[0]`: person \"slack:lead\" is not valid: expected `slack:U...` or `mail:name@example.com`",
    ),
    (
        "time_zone",
        "note_prefix = \"[x]\"\ntime_zone",
        "line 6: `org.acme.note_prefix` is \"[x]\": expected 1 to 40 characters in one line, without [ ] < > &",
    ),
    (
        "plan =",
        "since = \"yesterday\"\nplan =",
        "line 11: `org.acme.desk.helpdesk.since` is \"yesterday\": expected a date such as 2026-01-31, or a moment with its offset such as 2026-01-31T08:00:00Z",
    ),
    (
        "client_id = \"client\"",
        "client_id = \"client\"\nusage_location = \"Germany\"",
        "line 25: `org.acme.system.entra.usage_location` is \"Germany\": expected a country by its two letters (ISO 3166-1 alpha-2), for example \"DE\"",
    ),
    (
        "client_id = \"client\"",
        "client_id = \" \"",
        "line 24: `org.acme.system.entra.client_id` cannot be used: it is empty: expected an id as text",
    ),
    (
        "sqlite://",
        "mysql://",
        "line 4: `storage.url` cannot be used: expected sqlite:///folder/file.db or postgres://user@host/database",
    ),
    // Approvers.
    (
        "[\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]",
        "[]",
        "line 28: `org.acme.policy.approvers` is empty, which does not mean anyone: list at least one approver, for example [\"mail:lead@acme.com\"]",
    ),
    (
        "mode = \"off\"",
        "approvers = []",
        "line 31: `org.acme.runbook.RB-013.approvers` is empty, which does not mean anyone: list at least one approver, for example [\"mail:lead@acme.com\"]",
    ),
    (
        "approvers = [\"slack:U0123APPROVER\", \"mail:lead@acme.com\"]\n",
        "",
        "line 26: `org.acme.policy.approvers` is missing: list at least one approver, for example [\"mail:lead@acme.com\"]; a missing list does not mean anyone",
    ),
    // What is missing or too much.
    (
        "plan = \"pro\"\n",
        "",
        "line 7: `org.acme.desk.helpdesk.plan` is missing: give the account's plan, from which the rates follow: starter, growth, pro or enterprise",
    ),
    (
        "kind = \"okta\"\n",
        "",
        "line 17: `org.acme.system.okta.kind` is missing: say what this is: \"okta\" or \"graph\"",
    ),
    (
        "url = \"sqlite://countersign.db\"\n",
        "",
        "line 3: `storage.url` is missing: name the database, for example \"sqlite:///var/lib/countersign/countersign.db\"",
    ),
    (
        "[org.acme.system.okta]",
        "[org.acme.channel.second]\nkind = \"slack\"\nbot_token = { env = \"BOT_TOKEN\" }\nsigning_secret = { env = \"SIGNING\" }\nchannel = \"C2\"\n[org.acme.system.okta]",
        "line 12: `org.acme.channel` has `it-approvals` and `second`: this version asks in one channel; keep one of them",
    ),
    // Names.
    (
        "helpdesk]",
        "Help-Desk]",
        "line 7: `org.acme.desk.Help-Desk`: connection name \"Help-Desk\" is not valid: 1 to 63 of a-z, 0-9, `-` and `_`",
    ),
    (
        "RB-013]",
        "RB_013]",
        "line 30: `org.acme.runbook.RB_013`: runbook id \"RB_013\" is not valid: 1 to 40 letters, digits and `-`, for example RB-002",
    ),
];

#[test]
fn every_bad_input_has_its_message() {
    assert_eq!(problems(GOOD, &[]), Vec::<String>::new());
    for (from, to, message) in TABLE {
        assert_eq!(problems(&changed(from, to), &[]), [message], "{from} -> {to}");
    }
}

#[test]
fn all_problems_are_listed_in_the_files_order_under_its_name() {
    let text = changed("\"24h\"", "\"soon\"").replace("listen", "lisen").replace("C0123ADMIN", "general");
    let shown = load_with(&text, &[]).unwrap_err().to_string();
    let lines: Vec<_> = shown.lines().collect();
    assert!(
        lines[0].starts_with("the configuration ") && lines[0].ends_with("countersign.toml has 3 problems:"),
        "{shown}"
    );
    assert_eq!(lines.len(), 4, "{shown}");
    for (line, start) in lines[1..].iter().zip(["  line 2: ", "  line 16: ", "  line 29: "]) {
        assert!(line.starts_with(start), "{shown}");
    }
}

#[test]
fn missing_file_is_named() {
    let error = load(Path::new("/nowhere/countersign.toml"), &BTreeMap::new()).unwrap_err().to_string();
    assert!(
        error.starts_with("the configuration /nowhere/countersign.toml has 1 problem:\n  cannot be read: "),
        "{error}"
    );
}

#[test]
fn empty_file_says_all_that_is_missing() {
    assert_eq!(
        problems("", &[]),
        [
            "`storage.url` is missing: name the database, for example \"sqlite:///var/lib/countersign/countersign.db\"",
            "no organisation is configured: add a table such as [org.acme]",
        ]
    );
}

#[test]
fn broken_toml_names_its_line_and_repeats_none_of_it() {
    for broken in ["api_key = \"hunter2", "api_key = hunter2", "api_key = \"hunter2\" hunter2", "api_key \"hunter2\""] {
        let text = changed("api_key = { env = \"DESK_KEY\" }", broken);
        let shown = problems(&text, &[]);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].starts_with("line 10: this is not TOML: ") && !shown[0].contains("hunter2"), "{shown:?}");
    }
}

#[test]
fn number_beyond_64_bits_is_refused_with_its_line() {
    let shown = problems(&changed("plan =", "requests_per_minute = 99999999999999999999\nplan ="), &[]);
    assert_eq!(shown, ["line 11: this is not TOML: a number that is too large"]);
}

#[test]
fn slack_approvers_need_a_channel() {
    let text = "storage.url = \"sqlite://x.db\"\norg.acme.policy.approvers = [\"mail:lead@acme.com\", \"slack:U1\"]";
    assert_eq!(
        problems(text, &[]),
        [
            "line 2: the approver `slack:U1` cannot be asked: `org.acme` has no channel; add one, or name approvers by `mail:`",
        ]
    );
}

#[test]
fn a_key_that_stands_in_the_file_is_refused_without_repeating_it() {
    let inline =
        "[server.tls]\ncertificate = \"x.pem\"\nkey = \"\"\"-----BEGIN PRIVATE KEY-----\nhunter2\"\"\"\n[storage]";
    assert_eq!(
        problems(&changed("[storage]", inline), &[]),
        [
            "line 5: `server.tls.key` cannot be used: it has a line break or control character: expected the path of a PEM file"
        ]
    );
}

#[test]
fn addresses_with_a_password_are_refused_without_repeating_it() {
    for bad in [
        "https://me:hunter2@acme.okta.com",
        "https://hunter2@acme.okta.com",
        "https://acme.okta.com?key=hunter2",
        "hunter2",
    ] {
        let shown = problems(
            &changed("domain = \"acme.okta.com\"", &format!("domain = \"acme.okta.com\"\nbase_url = \"{bad}\"")),
            &[],
        );
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].starts_with("line 20: `org.acme.system.okta.base_url` cannot be used: "), "{shown:?}");
        assert!(!shown[0].contains("hunter2"), "{shown:?}");
    }
}
