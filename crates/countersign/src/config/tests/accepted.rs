//! What is accepted, and what it means.

use countersign_domain::{
    card::TicketWordsShown,
    classification::Confidence,
    ids::{ConnectionName, OrgId, RunbookId},
    mode::Mode,
};
use countersign_freshservice::Plan;
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, path::Path};

use super::{GOOD, SECRETS, changed, environment, load, load_with};
use crate::config::{Config, LogFormat, OrgConfig, SystemConfig, parse_duration};

fn acme(config: &Config) -> &OrgConfig {
    &config.orgs[&OrgId::new("acme").unwrap()]
}

fn named(name: &str) -> ConnectionName {
    ConnectionName::new(name).unwrap()
}

#[test]
fn good_configuration_is_read_as_written() {
    let config = load_with(GOOD, &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8081");
    assert!(config.storage_url.expose_secret().ends_with("/countersign.db"));
    let org = acme(&config);
    assert_eq!(org.time_zone.iana_name(), Some("Europe/Berlin"));
    let desk = &org.desks[&named("helpdesk")];
    assert_eq!((desk.domain.as_str(), desk.plan), ("acme.freshservice.com", Plan::Pro));
    assert_eq!(desk.api_key.current().expose_secret(), "desk-key-value");
    assert!(desk.webhook_token.is_none());
    let (name, channel) = org.channel.as_ref().unwrap();
    assert_eq!((name.as_str(), channel.channel.as_str()), ("it-approvals", "C0123ADMIN"));
    assert_eq!(channel.signing_secret.current().expose_secret(), "signing-value");
    assert!(matches!(&org.systems[&named("okta")], SystemConfig::Okta(okta) if okta.domain == "acme.okta.com"));
    assert!(matches!(&org.systems[&named("entra")], SystemConfig::Graph(graph) if graph.tenant_id == "tenant"));
    assert_eq!(org.approvers().len(), 2);
    assert_eq!(org.mode_of(&RunbookId::new("RB-013").unwrap()), Mode::Off);
    assert_eq!(org.mode_of(&RunbookId::new("RB-002").unwrap()), Mode::Shadow);
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = r#"
        storage.url = "sqlite://countersign.db"
        org.acme.policy.approvers = ["mail:lead@acme.com"]
    "#;
    let config = load_with(text, &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((&config.public_url, config.admin_listen, &config.tls), (&None, None, &None));
    assert!(config.trusted_proxies.is_empty());
    assert_eq!((config.worker_concurrency, config.log_level, config.log_format), (64, "info", LogFormat::Text));
    let org = acme(&config);
    assert_eq!((org.note_prefix.as_str(), org.provisioning_wait), ("Countersign", 1_800));
    assert_eq!(org.ticket_words, TicketWordsShown::Excerpt);
    assert_eq!((org.policy.expires_after, org.policy.min_confidence), (86_400, None));
    assert!(org.channel.is_none() && org.runbooks_dir.is_none());
}

#[test]
fn optional_keys_are_read() {
    let text = changed(
        "plan = \"pro\"",
        "plan = \"starter\"\nrequests_per_minute = 120\nsince = 2026-01-31\n\
                        base_url = \"http://127.0.0.1:9000/freshservice\"\nfields = { affected_user = \"target\" }",
    );
    let text = text.replace("[org.acme.policy]", "[org.acme.card]\nticket_text = \"none\"\n[org.acme.policy]");
    let text = text.replace(
        "[storage]",
        "public_url = \"https://countersign.acme.com\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n[storage]",
    );
    let config = load_with(&text, &[]).unwrap();
    assert_eq!(config.public_url.as_ref().map(|url| url.as_str()), Some("https://countersign.acme.com/"));
    assert_eq!((config.log_level, config.log_format), ("debug", LogFormat::Json));
    let org = acme(&config);
    assert_eq!(org.ticket_words, TicketWordsShown::None);
    let desk = &org.desks[&named("helpdesk")];
    assert_eq!(desk.requests_per_minute, Some(120));
    assert_eq!(desk.since.unwrap().to_string(), "2026-01-30T23:00:00.000Z", "midnight in Berlin");
    assert_eq!(desk.fields, BTreeMap::from([("affected_user".to_owned(), "target".to_owned())]));
    assert_eq!(desk.base_url.as_ref().map(|url| url.as_str()), Some("http://127.0.0.1:9000/freshservice"));
}

#[test]
fn the_network_is_read_and_paths_start_at_the_files_folder() {
    let text = changed(
        "[storage]",
        "admin_listen = \"[::1]:9090\"\ntrusted_proxies = [\"10.1.0.0/16\", \"10.0.0.7/32\", \"::ffff:10.0.0.7\"]\n\
         [server.tls]\ncertificate = \"tls/chain.pem\"\nkey = \"/etc/key.pem\"\n[storage]",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, &text).unwrap();
    let config = load(&file, &environment(&[])).unwrap();
    assert_eq!(config.admin_listen.unwrap().to_string(), "[::1]:9090");
    let proxies: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.7", "10.1.0.0/16"]);
    let tls = config.tls.unwrap();
    assert_eq!(tls.certificate, folder.path().join("tls/chain.pem"));
    assert_eq!(tls.key, Path::new("/etc/key.pem"));
    let more = [
        ("COUNTERSIGN__SERVER__TRUSTED_PROXIES", "10.0.0.8, 10.2.0.0/16"),
        ("COUNTERSIGN__SERVER__ADMIN_LISTEN", "127.0.0.1:9090"),
        ("COUNTERSIGN__SERVER__TLS__KEY", "/run/key.pem"),
    ];
    let config = load(&file, &environment(&more)).unwrap();
    let proxies: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.8", "10.2.0.0/16"]);
    assert_eq!(config.admin_listen.unwrap().to_string(), "127.0.0.1:9090");
    assert_eq!(config.tls.unwrap().key, Path::new("/run/key.pem"));
}

#[test]
fn since_takes_a_moment_too() {
    let text = changed("plan = \"pro\"", "plan = \"pro\"\nsince = \"2026-01-31T08:00:00+01:00\"");
    let config = load_with(&text, &[]).unwrap();
    assert_eq!(acme(&config).desks[&named("helpdesk")].since.unwrap().to_string(), "2026-01-31T07:00:00.000Z");
}

#[test]
fn the_organisation_raises_the_measured_floor_and_only_a_runbooks_own_number_lowers_it() {
    let measured = Confidence::from_share(countersign_classify::floor_of("mfa_reset"));
    let floor = |text: &str| {
        let config = load_with(text, &[]).unwrap();
        let mut mfa = runbook("RB-002");
        mfa.intent = countersign_domain::ids::IntentName::new("mfa_reset").unwrap();
        acme(&config).policy_of(&mfa).unwrap().min_confidence()
    };
    assert_eq!(floor(&changed("min_confidence = 0.8\n", "")), measured);
    assert_eq!(floor(&changed("min_confidence = 0.8\n", "min_confidence = 0.1\n")), measured);
    assert_eq!(floor(&changed("min_confidence = 0.8\n", "min_confidence = 0.999\n")), Confidence::from_share(0.999));
    let own = changed(
        "[org.acme.runbook.RB-013]",
        "[org.acme.runbook.RB-002]\nmin_confidence = 0.1\n[org.acme.runbook.RB-013]",
    );
    assert_eq!(floor(&own), Confidence::from_share(0.1));
}

#[test]
fn runbook_rules_go_before_the_file_and_that_before_the_organisation() {
    let text = changed("mode = \"off\"", "approvers = [\"mail:second@acme.com\"]\nexpires_after = \"2h\"");
    let config = load_with(&text, &[]).unwrap();
    let org = acme(&config);
    let mut runbook = runbook("RB-013");
    runbook.min_confidence = Some(Confidence::from_share(0.95));
    runbook.expires_after = Some(60);
    let policy = org.policy_of(&runbook).unwrap();
    assert_eq!(policy.approvers().iter().map(ToString::to_string).collect::<Vec<_>>(), ["mail:second@acme.com"]);
    assert_eq!((policy.expires_after(), policy.min_confidence()), (7_200, Confidence::from_share(0.95)));
    runbook.id = RunbookId::new("RB-002").unwrap();
    let policy = org.policy_of(&runbook).unwrap();
    assert_eq!((policy.approvers().len(), policy.expires_after()), (2, 60));
    assert_eq!(org.approvers().len(), 3);
}

#[test]
fn modes_start_in_shadow_and_the_more_cautious_counts() {
    let mode = |text: &str| acme(&load_with(text, &[]).unwrap()).mode_of(&RunbookId::new("RB-013").unwrap());
    let runbook = |word: &str| changed("mode = \"off\"", &format!("mode = \"{word}\""));
    let live = |text: String| text.replacen("[org.acme]\n", "[org.acme]\nmode = \"live\"\n", 1);
    assert_eq!(mode(&changed("mode = \"off\"", "")), Mode::Shadow, "a new configuration starts in shadow");
    assert_eq!(mode(&runbook("live")), Mode::Shadow);
    assert_eq!(mode(&live(runbook("shadow"))), Mode::Shadow);
    assert_eq!(mode(&live(runbook("off"))), Mode::Off);
    assert_eq!(mode(&live(runbook("live"))), Mode::Live);
}

#[test]
fn protection_is_part_of_the_policy_of_its_runbook() {
    let text = changed("mode = \"off\"", "allow = { group = [\"proj-*\"] }\ndeny = { group = [\"*-admins\"] }")
        .replacen(
            "min_confidence",
            "protected = [\"mail:breakglass@acme.com\", \"group:Domain Admins\"]\nmin_confidence",
            1,
        );
    let config = load_with(&text, &[]).unwrap();
    let policy = |id: &str| acme(&config).policy_of(&runbook(id)).unwrap();
    let limited = policy("RB-013");
    assert_eq!(limited.protection().protected.len(), 2);
    assert!(limited.protection().refuses("group", &["Sales"]).is_some());
    assert!(limited.protection().refuses("group", &["proj-admins"]).is_some());
    assert!(policy("RB-002").protection().refuses("group", &["Sales"]).is_none());
    assert!(policy("RB-002").protection().of_group("domain admins").is_some());
}

#[test]
fn what_names_people_is_kept_for_half_a_year_unless_said_otherwise() {
    let retention = |line: &str| {
        let text = changed("time_zone", &format!("{line}\ntime_zone"));
        acme(&load_with(&text, &[]).unwrap()).retention
    };
    assert_eq!(retention(""), Some(180 * 86_400));
    assert_eq!(retention("retention = \"30d\""), Some(30 * 86_400));
    assert_eq!(retention("retention = \"forever\""), None);
}

fn runbook(id: &str) -> countersign_domain::runbook::Runbook {
    countersign_domain::runbook::Runbook {
        id: RunbookId::new(id).unwrap(),
        name: "Groups".to_owned(),
        intent: countersign_domain::ids::IntentName::new("group_membership").unwrap(),
        risk: countersign_domain::runbook::Risk::Low,
        description: String::new(),
        params: Vec::new(),
        steps: Vec::new(),
        expires_after: None,
        min_confidence: None,
        examples: Vec::new(),
        not_examples: Vec::new(),
        digest: countersign_domain::digest::Digest([0; 32]),
    }
}

#[test]
fn rules_for_a_runbook_that_there_is_not_are_refused() {
    let config = load_with(&changed("RB-013", "RB-031"), &[]).unwrap();
    let known = ["RB-002", "RB-013"].map(runbook);
    let error = acme(&config).check_runbooks(&known).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`runbook.RB-031` is configured, but there is no runbook RB-031; did you mean `RB-013`?"
    );
    assert!(acme(&load_with(GOOD, &[]).unwrap()).check_runbooks(&known).is_ok());
}

#[test]
fn example_of_the_deployment_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/countersign.example.toml");
    let example = std::fs::read_to_string(path).unwrap();
    let credentials = "/run/credentials/countersign.service";
    assert_eq!(example.matches(credentials).count(), 6, "one for each secret of countersign.service");
    for name in example.split(credentials).skip(1).map(|rest| rest[1..].split('"').next().unwrap()) {
        std::fs::write(folder.path().join(name), format!("the {name}\n")).unwrap();
    }
    let text = example.replace(credentials, &folder.path().display().to_string());
    // Every line that shows a default is valid too.
    let spelt_out: Vec<_> = text.lines().map(|line| if is_setting(line) { &line[2..] } else { line }).collect();
    for text in [text.clone(), spelt_out.join("\n")] {
        let file = folder.path().join("countersign.toml");
        std::fs::write(&file, text).unwrap();
        let config = load(&file, &BTreeMap::new()).unwrap();
        assert_eq!(
            acme(&config).desks[&named("helpdesk")].api_key.current().expose_secret(),
            "the freshservice_api_key"
        );
    }
}

fn is_setting(line: &str) -> bool {
    line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")).is_some_and(|(key, value)| {
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !value.ends_with(['.', ',', ':'])
    })
}

#[test]
fn digest_follows_what_is_meant_and_not_how_it_is_written() {
    let digest = |text: &str, more: &[(&str, &str)]| load_with(text, more).unwrap().digest();
    let good = digest(GOOD, &[]);
    assert_eq!(good, digest(&changed("\"24h\"", "\"1440m\""), &[]));
    assert_eq!(good, digest(&changed("0.8\n", "0.80 # the usual\n"), &[]));
    assert_eq!(good, digest(GOOD, &[("COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENCE", "0.8")]));
    let other = SECRETS.map(|(name, _)| (name, "another value"));
    assert_eq!(good, digest(GOOD, &other), "a secret's value is no part of it");
    assert_ne!(good, digest(&changed("DESK_KEY", "OKTA_TOKEN"), &[]), "where a secret comes from is");
    assert_ne!(good, digest(&changed("0.8\n", "0.9\n"), &[]));
    assert_ne!(good, digest(&changed(", \"mail:lead@acme.com\"", ""), &[]));
    assert_ne!(good, digest(&changed("mode = \"off\"", "mode = \"live\""), &[]));
    assert_ne!(good, digest(&changed("it-approvals", "it_approvals"), &[]));
}

#[test]
fn lengths_of_time_are_seconds() {
    for (text, seconds) in
        [("24h", 86_400), ("90m", 5_400), ("30s", 30), ("7d", 604_800), ("1h 30m", 5_400), (" 2w ", 1_209_600)]
    {
        assert_eq!(parse_duration(text), Ok(seconds), "{text}");
    }
    for (text, message) in [
        ("", "expected a length of time such as"),
        ("24", "expected a length of time such as"),
        ("soon", "expected a length of time such as"),
        ("1mo", "expected a length of time such as"),
        ("1y", "expected a length of time such as"),
        ("0s", "at least one second"),
        ("-5m", "at least one second"),
        ("1500ms", "expected whole seconds"),
        ("367d", "at most a year"),
    ] {
        let error = parse_duration(text).unwrap_err();
        assert!(error.contains(message), "{text}: {error}");
    }
}
