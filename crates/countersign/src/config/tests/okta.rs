//! The two ways to sign in to Okta.

use countersign_domain::ids::{ConnectionName, OrgId};
use secrecy::ExposeSecret;

use super::{changed, load_with, problems};
use crate::config::{OktaCredential, SystemConfig};

const TOKEN: &str = "api_token = { env = \"OKTA_TOKEN\" }\n";
const KEY: &str = "private_key = { env = \"OKTA_KEY\" }\n";
const MORE: [(&str, &str); 1] = [("OKTA_KEY", "hunter2")];

fn signed_in_by(lines: &str) -> OktaCredential {
    let mut config = load_with(&changed(TOKEN, lines), &MORE).unwrap();
    let mut org = config.orgs.remove(&OrgId::new("acme").unwrap()).unwrap();
    match org.systems.remove(&ConnectionName::new("okta").unwrap()) {
        Some(SystemConfig::Okta(okta)) => okta.credential,
        other => panic!("{other:?}"),
    }
}

#[test]
fn either_way_to_sign_in_is_taken() {
    let OktaCredential::ApiToken(token) = signed_in_by(TOKEN) else { panic!("a token") };
    assert_eq!(token.current().expose_secret(), "okta-value");
    for (line, id) in [("", None), ("key_id = \"k1\"\n", Some("k1"))] {
        let OktaCredential::App { client_id, private_key, key_id } =
            signed_in_by(&format!("client_id = \"0oa1\"\n{KEY}{line}"))
        else {
            panic!("an app")
        };
        assert_eq!((client_id.as_str(), key_id.as_deref()), ("0oa1", id));
        assert_eq!(private_key.current().expose_secret(), "hunter2");
    }
}

#[test]
fn neither_both_and_half_are_refused_with_what_is_missing() {
    let place = "`org.acme.system.okta";
    for (lines, message) in [
        ("", format!("{place}.api_token` is missing: give the API token as `{{ env = \"NAME\" }}`")),
        ("client_id = \"0oa1\"\n", format!("{place}.private_key` is missing: give the service app's private key")),
        (KEY, format!("{place}.client_id` is missing: copy the client ID of the API service app")),
        ("client_id = \"0oa1\"\nprivate_key = \"hunter2\"\n", format!("{place}.private_key` is a secret")),
        (&format!("{TOKEN}client_id = \"0oa1\"\n{KEY}"), format!("{place}.api_token` stands beside")),
        (&format!("{TOKEN}{KEY}"), format!("{place}.api_token` stands beside")),
        (&format!("{TOKEN}key_id = \"k1\"\n"), format!("{place}.api_token` stands beside")),
    ] {
        let said = problems(&changed(TOKEN, lines), &MORE);
        assert_eq!(said.len(), 1, "{lines}: {said:?}");
        assert!(said[0].contains(&message) && !said[0].contains("hunter2"), "{lines}: {said:?}");
    }
    let said = problems(&changed(TOKEN, "key_id = \"k1\"\n"), &MORE);
    assert_eq!(said.len(), 2, "both halves are missing: {said:?}");
}
