use super::*;
use crate::config;

const GOOD: &str = r#"
[storage]
url = "sqlite://unused.db"
[org.acme]
[org.acme.desk.helpdesk]
kind = "freshservice"
domain = "acme.freshservice.com"
api_key = { env = "KEY" }
plan = "pro"
[org.acme.channel.it-approvals]
kind = "slack"
bot_token = { env = "KEY" }
signing_secret = { env = "KEY" }
channel = "C0123ADMIN"
[org.acme.system.okta]
kind = "okta"
domain = "acme.okta.com"
api_token = { env = "KEY" }
[org.acme.policy]
approvers = ["mail:lead@acme.com"]
"#;

/// The configuration with each first text replaced by the second, prepared in a folder with this runbook file.
fn prepared(changes: &[(&str, &str)], runbook: &str) -> Result<Prepared, Failure> {
    let mut text = GOOD.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("runbooks")).unwrap();
    std::fs::write(folder.path().join("runbooks/own.toml"), runbook).unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, text).unwrap();
    let environment = BTreeMap::from([("KEY".to_owned(), "secret-value".to_owned())]);
    prepare(&config::load(&file, &environment).unwrap())
}

#[tokio::test]
async fn good_configuration_is_prepared_with_every_runbook() {
    let prepared = prepared(&[], "").ok().unwrap();
    assert_eq!(prepared.rules.runbooks.len(), countersign_catalog::builtin().len());
    assert_eq!(prepared.rules.orgs.len(), 1);
}

#[tokio::test]
async fn what_the_file_alone_does_not_show_is_bad_configuration_as_well() {
    let own = ("[org.acme]\n", "[org.acme]\nrunbooks_dir = \"runbooks\"\n");
    let missing = ("[org.acme]\n", "[org.acme]\nrunbooks_dir = \"nowhere\"\n");
    let rules = ("[org.acme.policy]", "[org.acme.runbook.RB-01]\nmode = \"off\"\n[org.acme.policy]");
    let slot = ("plan = \"pro\"", "plan = \"pro\"\nfields = { account = \"tarket\" }");
    let plain = ("\"acme.okta.com\"", "\"acme.okta.com\"\nbase_url = \"http://okta.acme.com\"");
    for (change, words) in [
        (own, ["org.acme: ", "own.toml"]),
        (missing, ["org.acme: ", "nowhere"]),
        (rules, ["org.acme: ", "RB-001"]),
        (slot, ["org.acme.desk.helpdesk: ", "fields.account"]),
        (plain, ["org.acme.system.okta: ", "https"]),
    ] {
        let Err(Failure::Configuration(says)) = prepared(&[change], "id = 7") else { panic!("{change:?}") };
        for word in words {
            assert!(says.contains(word), "{word:?} is missing: {says}");
        }
    }
}
