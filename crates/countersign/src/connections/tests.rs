use countersign_domain::{
    ids::TicketId,
    ports::{InboundRefusal, PortErrorKind, RawRequest},
    time::At,
};
use countersign_sandbox::{Options, Sandbox};
use std::{fs, path::Path};

use super::*;
use crate::{
    commands::sandbox::{configuration, environment},
    config,
};

/// The sandbox's configuration with each first text replaced by the second.
fn load(folder: &Path, sandbox: &Sandbox, changes: &[(&str, &str)]) -> Config {
    let mut text = configuration(sandbox, "sqlite://unused.db", "127.0.0.1:0");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let file = folder.join("countersign.toml");
    fs::write(&file, text).unwrap();
    config::load(&file, &environment(sandbox)).unwrap()
}

fn acme(name: &str) -> Key {
    (OrgId::new("acme").unwrap(), ConnectionName::new(name).unwrap())
}

#[tokio::test]
async fn next_request_carries_the_secret_of_a_replaced_file() {
    let (folder, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::start(Options::default()).await.unwrap());
    let file = folder.path().join("key");
    fs::write(&file, "revoked\n").unwrap();
    let reference = ("{ env = \"FRESHSERVICE_API_KEY\" }", "{ file = \"key\" }");
    let mut config = load(folder.path(), &sandbox, &[reference]);
    let wired = Wired::connect(&config).ok().unwrap();
    let (desk, ticket) = (wired.desks[&acme("helpdesk")].clone(), TicketId::new("1").unwrap());
    assert_eq!(desk.fetch(&ticket).await.err().unwrap().kind, PortErrorKind::Unauthorized);
    fs::write(&file, &sandbox.credentials().freshservice_api_key).unwrap();
    config.watched.refresh();
    config.watched.refresh();
    desk.fetch(&ticket).await.unwrap();
    fs::remove_file(&file).unwrap();
    config.watched.refresh();
    config.watched.refresh();
    desk.fetch(&ticket).await.unwrap();
}

#[tokio::test]
async fn next_webhook_is_proved_by_the_secret_of_a_replaced_file() {
    let (folder, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::start(Options::default()).await.unwrap());
    let (signing, token) = (folder.path().join("signing"), folder.path().join("token"));
    fs::write(&signing, "first-signing-secret").unwrap();
    fs::write(&token, "first-token").unwrap();
    let references = [
        ("{ env = \"SLACK_SIGNING_SECRET\" }", "{ file = \"signing\" }"),
        ("plan = \"enterprise\"", "plan = \"enterprise\"\nwebhook_token = { file = \"token\" }"),
    ];
    let mut config = load(folder.path(), &sandbox, &references);
    let doors = Wired::connect(&config).ok().unwrap().doors();
    let opens = |door: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = RawRequest { headers: &headers, body: b"ssl_check=1", now: At(1_781_026_931_000_000) };
        match doors[&acme(door)].inbound.verify(request) {
            Ok(_) => true,
            Err(InboundRefusal::Unproved(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    };
    let click = |signature: &str| {
        let headers = [
            ("x-slack-request-timestamp", "1781026931"),
            ("x-slack-signature", signature),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        opens("it-approvals", &headers)
    };
    // HMAC-SHA256 of `v0:1781026931:ssl_check=1` with `first-signing-secret` and `second-signing-secret`.
    let first = "v0=23d0cee00b57faf0ffe076ba3b3b1d4e3963663028b1b5067d7142bbc84ee46b";
    let second = "v0=5513b1e6c2b4242694a80b23bcb03135b891cb027545c9e4e5997331d0aac004";
    let ticket = |token: &str| opens("helpdesk", &[("x-countersign-token", token)]);
    assert_eq!((click(first), click(second)), (true, false));
    assert_eq!((ticket("first-token"), ticket("second-token")), (true, false));
    fs::write(&signing, "second-signing-secret").unwrap();
    fs::write(&token, "second-token").unwrap();
    config.watched.refresh();
    config.watched.refresh();
    assert_eq!((click(first), click(second)), (false, true));
    assert_eq!((ticket("first-token"), ticket("second-token")), (false, true));
}

#[tokio::test]
async fn ca_file_that_cannot_be_used_is_bad_configuration() {
    let (folder, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::start(Options::default()).await.unwrap());
    let config = load(folder.path(), &sandbox, &[("[server]", "[server]\nca_file = \"ca.pem\"")]);
    let says = || match Wired::connect(&config) {
        Err(Failure::Configuration(says)) => says,
        Ok(_) | Err(Failure::Usage(_) | Failure::Failed(_)) => panic!("no bad configuration"),
    };
    assert!(says().starts_with("server.ca_file: the CA file "), "{}", says());
    assert!(says().contains("ca.pem cannot be read"), "{}", says());
    fs::write(folder.path().join("ca.pem"), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
    assert!(says().contains("ca.pem cannot be used: one of its certificates cannot be read"), "{}", says());
}

#[tokio::test]
async fn rate_budgets_are_told_apart_by_organisation_and_connection() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (folder, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::start(Options::default()).await.unwrap());
    let wired = Wired::connect(&load(folder.path(), &sandbox, &[])).ok().unwrap();
    wired.report_budgets();
    let shown = recorder.handle().render();
    for line in [
        "countersign_vendor_budget_left{vendor=\"freshservice\",connection=\"acme/helpdesk\",endpoint=\"all\"} 250000\n",
        "countersign_vendor_held_seconds{vendor=\"slack\",connection=\"acme/it-approvals\"} 0\n",
        "countersign_vendor_held_seconds{vendor=\"okta\",connection=\"acme/okta\"} 0\n",
        "countersign_vendor_held_seconds{vendor=\"graph\",connection=\"acme/entra\"} 0\n",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
}
