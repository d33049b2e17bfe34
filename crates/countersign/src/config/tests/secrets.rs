//! Secrets: referred to, never inline, never shown.

use secrecy::ExposeSecret;

use super::{GOOD, changed, load, load_with, problems};

const REFERENCE: &str = "{ env = \"DESK_KEY\" }";

#[test]
fn inline_secret_is_refused_with_what_to_do_and_without_its_value() {
    for inline in ["\"hunter2\"", "[\"hunter2\"]", "7"] {
        assert_eq!(
            problems(&changed(REFERENCE, inline), &[]),
            ["line 10: `org.acme.desk.helpdesk.api_key` is a secret, which never stands in the file: write \
             `{ env = \"NAME\" }` or `{ file = \"path\" }`, put it there, and replace the one that stood here",]
        );
    }
}

#[test]
fn secret_in_an_overriding_variable_is_refused_without_its_value() {
    assert_eq!(
        problems(GOOD, &[("COUNTERSIGN__ORG__ACME__DESK__HELPDESK__API_KEY", "hunter2")]),
        [
            "COUNTERSIGN__ORG__ACME__DESK__HELPDESK__API_KEY: `org.acme.desk.helpdesk.api_key` is a secret, which is not \
         overridden directly: write `{ env = \"NAME\" }` in the file and set that variable instead",
        ]
    );
}

#[test]
fn references_that_lead_nowhere_are_named() {
    for (reference, message) in [
        ("{ env = \"NOT_SET\" }", "the environment variable \"NOT_SET\" is not set"),
        ("{ env = \"BLANK\" }", "the environment variable \"BLANK\" is empty"),
        ("{ file = \"/nowhere/key\" }", "the file /nowhere/key cannot be read: No such file or directory (os error 2)"),
    ] {
        let shown = problems(&changed(REFERENCE, reference), &[("BLANK", " \n")]);
        assert_eq!(shown, [format!("line 10: `org.acme.desk.helpdesk.api_key`: {message}")]);
    }
}

#[test]
fn reference_names_one_source() {
    assert_eq!(
        problems(&changed(REFERENCE, "{ env = \"DESK_KEY\", file = \"key\" }"), &[]),
        ["line 10: `org.acme.desk.helpdesk.api_key` has both `env` and `file`: keep the one that is meant",]
    );
    assert_eq!(
        problems(&changed(REFERENCE, "{}"), &[]),
        [
            "line 10: `org.acme.desk.helpdesk.api_key` names no source: write `env = \"NAME\"` or `file = \"path\"` in it",
        ]
    );
}

#[test]
fn file_is_found_beside_the_configuration_and_loses_one_newline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, changed(REFERENCE, "{ file = \"key\" }")).unwrap();
    let read = |content: &[u8]| {
        std::fs::write(folder.path().join("key"), content).unwrap();
        let loaded = load(&file, &super::environment(&[])).map_err(|error| error.to_string())?;
        let org = loaded.orgs.values().next().unwrap();
        Ok::<_, String>(org.desks.values().next().unwrap().api_key.current().expose_secret().to_owned())
    };
    assert_eq!(read(b"the-key"), Ok("the-key".to_owned()));
    assert_eq!(read(b"the-key\n"), Ok("the-key".to_owned()));
    assert_eq!(read(b"the-key\r\n"), Ok("the-key".to_owned()));
    assert_eq!(read(b"the-key\n\n"), Ok("the-key\n".to_owned()));
    assert!(read(b"\n").unwrap_err().ends_with("key is empty"));
    assert!(read(b"hunter2\xff").unwrap_err().contains("cannot be read: stream did not contain valid UTF-8"));
    assert!(read(&[b'x'; 70_000]).unwrap_err().ends_with("it is longer than a secret can be (64 KiB)"));
}

#[test]
fn database_url_with_a_password_is_a_secret() {
    for bad in [
        "postgres://me:hunter2@db/countersign",
        "postgresql://me:hunter2@db",
        "postgres://db/countersign?user=me&password=hunter2",
        "postgres://me:hun/ter2@db/x",
        "postgres://me:hun?ter2@db/x",
    ] {
        let shown = problems(&changed("sqlite://countersign.db", bad), &[]);
        assert_eq!(shown.len(), 1, "{bad}: {shown:?}");
        assert!(shown[0].starts_with("line 4: `storage.url` cannot be used: it has a password"), "{shown:?}");
        let shown = problems(GOOD, &[("COUNTERSIGN__STORAGE__URL", bad)]);
        assert!(shown[0].starts_with("COUNTERSIGN__STORAGE__URL: `storage.url` cannot be used: "), "{shown:?}");
        assert!(!shown[0].contains("hun"), "{shown:?}");
    }
    let url = "postgres://me:hunter2@db/countersign";
    let config =
        load_with(&changed("\"sqlite://countersign.db\"", "{ env = \"DATABASE_URL\" }"), &[("DATABASE_URL", url)]);
    assert_eq!(config.unwrap().storage_url.expose_secret(), url);
    assert!(load_with(&changed("sqlite://countersign.db", "postgres://me@db:5432/countersign"), &[]).is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", load_with(GOOD, &[]).unwrap());
    for (_, value) in super::SECRETS {
        assert!(!shown.contains(value), "{shown}");
    }
}
