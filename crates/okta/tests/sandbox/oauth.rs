//! The service app's way to its tokens: what it sends, when it asks again, and what it makes of refusals.

use crate::support::{TOKEN, World, app, mail};
use countersign_domain::ports::{PersonQuery, PortError, PortErrorKind, System};
use countersign_okta::Okta;
use countersign_outbound::LiveSecret;
use secrecy::SecretString;
use serde_json::{Value, json};

const RSA: &str = include_str!("../keys/rsa-pkcs8.pem");
const RSA_JWK: &str = include_str!("../keys/rsa-private.jwk");
const EC: &str = include_str!("../keys/ec-pkcs8.pem");
const READ: &str = "GET /api/v1/users/{id}";

/// A read by the service app.
async fn look(okta: &Okta) -> Result<(), PortError> {
    let query = PersonQuery { mail: Some(mail("sarah.chen@acme.com")), name: None };
    okta.resolve(&query).await.map(drop)
}

/// The public half of the RSA key.
fn rsa_public(kid: &str) -> Value {
    let jwk: Value = serde_json::from_str(RSA_JWK).expect("JSON");
    json!({"kty": "RSA", "kid": kid, "n": jwk["n"], "e": jwk["e"]})
}

/// The error of a refused credential, which shows nothing of it.
fn refused(result: Result<(), PortError>, words: &[&str]) {
    let error = result.expect_err("it is refused");
    assert_eq!(error.kind, PortErrorKind::Unauthorized, "{error}");
    for word in words {
        assert!(error.says.contains(word), "{word}: {error}");
    }
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("MII") && !shown.contains("eyJ") && !shown.contains("access-token"), "{shown}");
}

#[tokio::test]
async fn first_token_takes_a_nonce_and_the_next_ones_do_not() {
    let world = World::start_as_app().await;
    for _ in 0..3 {
        assert_eq!(look(&world.okta).await, Ok(()));
    }
    assert_eq!(world.count(TOKEN), 2, "once refused for its nonce, once granted");
    world.apply(json!({"op": "revoke_tokens"}));
    assert_eq!(look(&world.okta).await, Ok(()));
    assert_eq!(world.count(TOKEN), 3, "the nonce was kept");
    world.apply(json!({"op": "renew_nonce"}));
    world.apply(json!({"op": "revoke_tokens"}));
    assert_eq!(look(&world.okta).await, Ok(()));
    assert_eq!(world.count(TOKEN), 5, "another nonce is taken over");
}

#[tokio::test]
async fn nonce_that_is_never_right_is_not_asked_for_for_ever() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "renew_nonce", "always": true}));
    refused(look(&world.okta).await, &["use_dpop_nonce"]);
    assert_eq!(world.count(TOKEN), 2);
}

#[tokio::test]
async fn concurrent_calls_fetch_one_token() {
    let world = World::start_as_app().await;
    let okta = &world.okta;
    let (a, b, c, d) = tokio::join!(look(okta), look(okta), look(okta), look(okta));
    assert_eq!([a, b, c, d], [Ok(()), Ok(()), Ok(()), Ok(())]);
    assert_eq!(world.count(TOKEN), 2);
}

#[tokio::test]
async fn concurrent_calls_share_one_refusal() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_app", "active": false}));
    let (a, b, c) = tokio::join!(look(&world.okta), look(&world.okta), look(&world.okta));
    assert!([&a, &b, &c].iter().all(|result| result.is_err()), "{a:?} {b:?} {c:?}");
    assert_eq!(world.count(TOKEN), 1);
}

#[tokio::test]
async fn token_is_fetched_anew_before_it_expires() {
    let world = World::start_as_app().await;
    assert_eq!(look(&world.okta).await, Ok(()));
    world.clock.advance_seconds(3_000);
    assert_eq!((look(&world.okta).await, world.count(TOKEN)), (Ok(()), 2));
    world.clock.advance_seconds(400);
    assert_eq!((look(&world.okta).await, world.count(TOKEN)), (Ok(()), 3));
}

#[tokio::test]
async fn token_that_was_revoked_is_replaced_once_and_the_request_repeated() {
    let world = World::start_as_app().await;
    assert_eq!(look(&world.okta).await, Ok(()));
    world.apply(json!({"op": "revoke_tokens"}));
    let before = world.count(READ);
    assert_eq!(look(&world.okta).await, Ok(()));
    assert!(world.count(READ) > before + 1, "the refused request was sent again");
    assert_eq!(world.count(TOKEN), 3);
}

#[tokio::test]
async fn resource_that_asks_for_a_nonce_is_asked_again_with_it() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "renew_nonce", "resources": true}));
    assert_eq!(look(&world.okta).await, Ok(()));
    assert_eq!(world.count(TOKEN), 2, "no other token is asked for");
    let before = world.count(READ);
    assert_eq!(look(&world.okta).await, Ok(()));
    assert_eq!(world.count(READ), before + before / 2, "the nonce was kept");
}

#[tokio::test]
async fn key_that_was_replaced_is_used_for_the_next_token() {
    let world = World::start_as_app().await;
    let key = LiveSecret::new(SecretString::from(world.sandbox.credentials().okta_private_key.clone()));
    let held = key.clone();
    let okta = app(&world.sandbox, &world.clock, |app| app.private_key = held);
    assert_eq!(look(&okta).await, Ok(()));
    world.apply(json!({"op": "set_app", "keys": [rsa_public("rsa-1")]}));
    assert_eq!(look(&okta).await, Ok(()), "the token still holds");
    world.apply(json!({"op": "revoke_tokens"}));
    refused(look(&okta).await, &["key id", "key_id"]);
    key.replace(SecretString::from(RSA_JWK));
    assert_eq!(look(&okta).await, Ok(()));
}

#[tokio::test]
async fn key_in_pem_is_used_with_the_configured_id() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_app", "keys": [rsa_public("first"), rsa_public("second")]}));
    for (key_id, accepted) in [(Some("first"), true), (Some("second"), true), (Some("third"), false), (None, false)] {
        let okta = app(&world.sandbox, &world.clock, |app| {
            app.private_key = LiveSecret::from(RSA);
            app.key_id = key_id.map(ToOwned::to_owned);
        });
        if accepted {
            assert_eq!(look(&okta).await, Ok(()), "{key_id:?}");
        } else {
            refused(look(&okta).await, &["key_id"]);
        }
    }
}

#[tokio::test]
async fn app_without_dpop_is_given_bearer_tokens_and_they_are_used() {
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_app", "dpop": false}));
    assert_eq!(look(&world.okta).await, Ok(()));
    assert_eq!(world.count(TOKEN), 1, "no nonce is asked for");
    world.apply(json!({"op": "set_app", "dpop": true}));
    world.apply(json!({"op": "revoke_tokens"}));
    assert_eq!(look(&world.okta).await, Ok(()), "turned on while we run");
}

#[tokio::test]
async fn refusals_say_what_to_look_at() {
    let world = World::start_as_app().await;
    let change = |change: fn(&mut countersign_okta::client::Application)| app(&world.sandbox, &world.clock, change);
    let wrong_key = change(|app| {
        app.private_key = LiveSecret::from(EC);
        app.key_id = Some("sandbox-key-1".to_owned());
    });
    refused(look(&wrong_key).await, &["invalid_client", "private_key", "public keys"]);
    refused(look(&change(|app| app.private_key = LiveSecret::from("nonsense"))).await, &["private key cannot be used"]);
    refused(look(&change(|app| app.client_id = "0oaother".to_owned())).await, &["invalid_client", "client_id"]);
    refused(look(&change(|app| app.scopes = vec!["profile".to_owned()])).await, &["invalid_scope", "scopes"]);
    refused(
        look(&change(|app| app.scopes = vec!["okta.apps.read".to_owned()])).await,
        &["consent_required", "Okta API Scopes"],
    );
    world.apply(json!({"op": "set_app", "active": false}));
    refused(look(&world.okta).await, &["client_id", "active"]);
}

#[tokio::test]
async fn clock_that_is_off_is_named() {
    for seconds in [-4_000, -600, 600, 4_000] {
        let world = World::start_as_app().await;
        world.apply(json!({"op": "set_ahead", "seconds": seconds}));
        refused(look(&world.okta).await, &["clock", "NTP"]);
    }
    let world = World::start_as_app().await;
    world.apply(json!({"op": "set_ahead", "seconds": 60}));
    assert_eq!(look(&world.okta).await, Ok(()), "a minute is borne");
}

#[tokio::test]
async fn token_endpoint_that_fails_is_tried_again_and_never_leaves_a_write_in_doubt() {
    let world = World::start_as_app().await;
    let step = world.plan(countersign_domain::runbook::ActionKind::SuspendUser, "sarah.chen@acme.com").await;
    for fault in ["status:503", "status:500", "429:retry-after=0", "cut", "cut_before", "body:<html>"] {
        world.apply(json!({"op": "revoke_tokens"}));
        world.fault(TOKEN, fault);
        let error = world.perform(&step).await.unwrap_err();
        assert!(matches!(error.kind, PortErrorKind::Transient { .. }), "{fault}: {error}");
        assert_eq!(world.user("sarah.chen@acme.com")["status"], "ACTIVE", "{fault}");
    }
    assert!(world.perform(&step).await.is_ok());
}

#[tokio::test]
async fn write_is_sent_once_although_its_first_token_was_refused() {
    let world = World::start_as_app().await;
    let step = world.plan(countersign_domain::runbook::ActionKind::ResetPassword, "sarah.chen@acme.com").await;
    world.apply(json!({"op": "revoke_tokens"}));
    world.apply(json!({"op": "renew_nonce", "resources": true}));
    world.perform(&step).await.unwrap();
    assert_eq!(world.mails_to("sarah.chen@acme.com"), 1);
}
