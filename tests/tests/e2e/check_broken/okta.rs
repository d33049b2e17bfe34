//! Okta, by API token and by OAuth 2.0.

use countersign_sandbox::Vendor;
use countersign_tests::Settings;
use serde_json::json;

use super::{Broken, FAILS, apply, astray, cut_off, each, edit, wrong_secret};

const OKTA_BY_TOKEN: [Broken; 6] = [
    Broken {
        how: "wrong domain",
        breaks: |bed| astray(bed, "okta"),
        line: "acme system okta domain",
        mend: &["domain (or base_url)"],
        ..FAILS
    },
    Broken {
        how: "bad secret",
        breaks: |bed| wrong_secret(bed, "OKTA_API_TOKEN"),
        line: "acme system okta credential",
        mend: &["API token is wrong, expired or revoked"],
        ..FAILS
    },
    Broken {
        how: "missing permission",
        breaks: |bed| {
            apply(bed, Vendor::Okta, json!({"op": "set_denied", "calls": ["GET /api/v1/users/{userId}/roles"]}))
        },
        line: "acme system okta role permission okta.iam.read",
        says: &["refuses GET /api/v1/users/{userId}/roles"],
        mend: &["custom admin role"],
        ..FAILS
    },
    Broken {
        how: "wrong clock",
        breaks: |bed| apply(bed, Vendor::Okta, json!({"op": "set_ahead", "seconds": 400})),
        line: "acme system okta clock",
        says: &["behind Okta's"],
        mend: &["NTP"],
        ..FAILS
    },
    Broken {
        how: "no network",
        breaks: |bed| cut_off(bed, "okta"),
        line: "acme system okta connection",
        mend: &["firewall", "HTTPS_PROXY"],
        ..FAILS
    },
    Broken {
        how: "vendor that never answers",
        breaks: |bed| {
            Ok(bed.sandbox.inject(json!({"vendor": "okta", "match": "GET /**", "do": "hang", "times": 100}))?)
        },
        line: "acme system okta connection",
        mend: &["firewall"],
        ..FAILS
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn okta_that_is_broken_in_any_way_is_told_with_what_to_do() -> anyhow::Result<()> {
    each(&OKTA_BY_TOKEN, || Settings::default().with_short_leases()).await
}

/// Okta by OAuth 2.0.
fn by_oauth() -> Settings {
    let app = "client_id = \"0oasbxserviceapp00001\"\nprivate_key = { env = \"OKTA_PRIVATE_KEY\" }";
    Settings::default().with_short_leases().edit("api_token = { env = \"OKTA_API_TOKEN\" }", app)
}

const OKTA_BY_OAUTH: [Broken; 10] = [
    Broken {
        how: "wrong domain",
        breaks: |bed| astray(bed, "okta"),
        line: "acme system okta domain",
        mend: &["domain (or base_url)"],
        ..FAILS
    },
    Broken {
        how: "wrong app",
        breaks: |bed| edit(bed, "0oasbxserviceapp00001", "0oaelsewhere0000000001"),
        line: "acme system okta credential",
        mend: &["client_id"],
        ..FAILS
    },
    Broken {
        how: "bad secret",
        breaks: |bed| wrong_secret(bed, "OKTA_PRIVATE_KEY"),
        line: "acme system okta credential",
        mend: &["private key", "PEM"],
        ..FAILS
    },
    Broken {
        how: "key that is not registered",
        breaks: |bed| apply(bed, Vendor::Okta, json!({"op": "set_app", "keys": []})),
        line: "acme system okta credential",
        mend: &["key"],
        ..FAILS
    },
    Broken {
        how: "disabled app",
        breaks: |bed| apply(bed, Vendor::Okta, json!({"op": "set_app", "active": false})),
        line: "acme system okta credential",
        mend: &["active API service app"],
        ..FAILS
    },
    Broken {
        how: "missing scope",
        breaks: |bed| {
            let scopes = ["okta.groups.manage", "okta.groups.read", "okta.users.manage", "okta.users.read"];
            apply(bed, Vendor::Okta, json!({"op": "set_app", "scopes": scopes}))
        },
        line: "acme system okta API scope okta.roles.read",
        says: &["is not granted", "/roles"],
        mend: &["Okta API Scopes"],
        ..FAILS
    },
    Broken {
        how: "missing permission",
        breaks: |bed| apply(bed, Vendor::Okta, json!({"op": "set_denied", "calls": ["GET /api/v1/groups"]})),
        line: "acme system okta role permission okta.groups.read",
        mend: &["custom admin role"],
        ..FAILS
    },
    Broken {
        how: "excess permission",
        breaks: |bed| {
            let needed = ["okta.groups.manage", "okta.groups.read", "okta.roles.read", "okta.users.manage"];
            let scopes = [&needed[..], &["okta.users.read", "okta.apps.manage"]].concat();
            apply(bed, Vendor::Okta, json!({"op": "set_app", "scopes": scopes}))
        },
        line: "acme system okta API scopes in excess",
        verdict: "warning",
        says: &["okta.apps.manage"],
        mend: &["revoke"],
        ..FAILS
    },
    Broken {
        how: "wrong clock",
        breaks: |bed| apply(bed, Vendor::Okta, json!({"op": "set_ahead", "seconds": 400})),
        line: "acme system okta credential",
        mend: &["NTP"],
        also: &["acme system okta clock"],
        ..FAILS
    },
    Broken {
        how: "no network",
        breaks: |bed| cut_off(bed, "okta"),
        line: "acme system okta connection",
        mend: &["firewall", "HTTPS_PROXY"],
        ..FAILS
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn okta_by_oauth_that_is_broken_in_any_way_is_told_with_what_to_do() -> anyhow::Result<()> {
    each(&OKTA_BY_OAUTH, by_oauth).await
}
