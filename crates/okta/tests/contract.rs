//! Every call of the client against a mock of Okta's published description, which refuses what does not conform to it.
//!
//! The mock's address comes from `COUNTERSIGN_PRISM_OKTA`, which `cargo xtask test` sets; without it these tests say so
//! and pass.

use countersign_okta::client::{Client, Field, NewProfile, Search};
use countersign_outbound::{Call, Factory, FactoryOptions, Http, LiveSecret, Pace, Target};

const VARIABLE: &str = "COUNTERSIGN_PRISM_OKTA";

const USER: &str = "00ub0oNGTSWTBKOLGLNR";
const GROUP: &str = "00g1emaKYZTWRYYRRTSK";

#[expect(clippy::disallowed_methods, reason = "where the mock listens is known to whoever runs the tests alone")]
fn mock() -> Option<Http> {
    let Some(address) = std::env::var(VARIABLE).ok().filter(|address| !address.is_empty()) else {
        println!("left out: the contract tests of Okta, since {VARIABLE} is not set");
        return None;
    };
    let base_url = address.parse().expect("the variable holds the mock's address");
    let factory = Factory::new(FactoryOptions::default()).expect("a factory");
    Some(factory.client(Target { vendor: "okta", base_url, pace: Pace::default() }).expect("a client"))
}

fn client(http: Http) -> Client {
    Client::new(http, LiveSecret::from("token"))
}

#[tokio::test]
async fn reads_conform_to_the_description() {
    let Some(okta) = mock().map(client) else { return };
    assert!(!okta.me().await.unwrap().id.is_empty());
    assert!(okta.user(USER).await.unwrap().is_some());
    let mail = Search::is(Field::Login, "a@acme.com").or(&Search::is(Field::Email, "a@acme.com"));
    let name = Search::is(Field::FirstName, "A").and(&Search::is(Field::LastName, "B"));
    for search in [mail, name, Search::is(Field::DisplayName, "A \"B\"")] {
        okta.find_users(&search, 5).await.unwrap();
    }
    okta.groups_of(USER).await.unwrap();
    okta.factors(USER).await.unwrap();
    okta.blocks(USER).await.unwrap();
    assert!(okta.any_user().await.unwrap().is_some() && okta.any_group().await.unwrap().is_some());
    assert!(okta.group(GROUP).await.unwrap().is_some());
    for search in [Search::is(Field::GroupName, "Finance"), Search::contains(Field::GroupName, "Fin")] {
        okta.find_groups(&search, 5).await.unwrap();
    }
}

#[tokio::test]
async fn writes_conform_to_the_description() {
    let Some(okta) = mock().map(client) else { return };
    okta.mail_password_reset(USER).await.unwrap();
    okta.reset_factors(USER).await.unwrap();
    okta.suspend(USER).await.unwrap();
    okta.unlock(USER).await.unwrap();
    okta.clear_sessions(USER).await.unwrap();
    okta.add_member(GROUP, USER).await.unwrap();
    okta.remove_member(GROUP, USER).await.unwrap();
    let profile = NewProfile {
        first_name: "Nina".into(),
        last_name: "Vogel".into(),
        login: "nina.vogel@acme.com".into(),
        email: "nina.vogel@acme.com".into(),
    };
    assert!(!okta.create_user(&profile).await.unwrap().id.is_empty());
}

#[tokio::test]
async fn mock_refuses_what_does_not_conform() {
    let Some(http) = mock() else { return };
    let place = format!("/api/v1/users/{USER}/lifecycle/reset_password");
    let refused = http.send(Call::post(place.clone()).header("authorization", "SSWS x")).await.unwrap();
    assert!(!refused.is_success(), "{}", refused.status);
    let stranger = http.send(Call::post(format!("{place}?sendEmail=true"))).await.unwrap();
    assert_eq!(stranger.status, 401);
}
