//! What the adapter makes of an Okta that refuses, fails or goes silent.

use crate::support::{World, http, new_user};
use countersign_domain::{
    ports::{Observed, PersonQuery, PortError, PortErrorKind, System},
    runbook::ActionKind,
};
use countersign_okta::{Okta, client::Client};
use countersign_outbound::LiveSecret;
use serde_json::json;

const SARAH: &str = "sarah.chen@acme.com";
const RESET: &str = "POST /api/v1/users/*/lifecycle/reset_password";

/// One read.
async fn look(okta: &Okta) -> Result<(), PortError> {
    okta.resolve(&PersonQuery { mail: None, name: Some("Nobody Here".to_owned()) }).await.map(drop)
}

fn has_no_address_or_id(error: &PortError) {
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains('@') && !shown.contains("00u") && !shown.contains("sandbox-okta-token"), "{shown}");
}

#[tokio::test]
async fn reset_whose_answer_is_lost_is_read_back_as_done() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetPassword, SARAH).await;
    for (what, mails) in [("cut", 1), ("applied_status:502", 2)] {
        world.set_status(SARAH, "ACTIVE");
        let step = if mails == 1 { step.clone() } else { world.plan(ActionKind::ResetPassword, SARAH).await };
        world.fault(RESET, what);
        let error = world.perform(&step).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Ambiguous, "{what}: {error}");
        has_no_address_or_id(&error);
        assert!(matches!(world.observe(&step, true).await, Observed::AlreadyDone(_)), "{what}");
        assert_eq!(world.mails_to(SARAH), mails, "{what}");
    }
}

#[tokio::test]
async fn reset_that_never_arrived_is_read_back_as_ready() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetPassword, SARAH).await;
    for what in ["cut_before", "status:500", "status:503"] {
        world.fault(RESET, what);
        assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous, "{what}");
        assert_eq!(world.observe(&step, true).await, Observed::Ready, "{what}");
    }
    assert_eq!(world.mails_to(SARAH), 0);
}

#[tokio::test]
async fn creation_whose_answer_is_lost_is_read_back_with_its_id() {
    let world = World::start().await;
    let step = world.plan_new(&new_user("Nina", "Vogel", "nina.vogel@acme.com")).await;
    for (fault, expected) in [("cut_before", false), ("cut", true)] {
        world.fault("POST /api/v1/users", fault);
        assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous);
        let observed = world.observe(&step, true).await;
        assert_eq!(matches!(observed, Observed::AlreadyDone(_)), expected, "{observed:?}");
    }
    assert_eq!(world.find("nina.vogel@acme.com").await.state, "PROVISIONED");
}

#[tokio::test]
async fn creation_answered_with_nonsense_may_have_taken() {
    let world = World::start().await;
    let step = world.plan_new(&new_user("Nina", "Vogel", "nina.vogel@acme.com")).await;
    world.fault("POST /api/v1/users", "body:<html>oops</html>");
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Ambiguous);
    assert!(matches!(world.observe(&step, true).await, Observed::AlreadyDone(_)));
}

#[tokio::test]
async fn failing_reads_are_tried_again_and_never_ambiguous() {
    let world = World::start().await;
    let step = world.plan(ActionKind::ResetFactors, SARAH).await;
    for what in ["status:500", "status:502", "cut", "body:<html>"] {
        world.fault("GET /api/v1/users/*/factors", what);
        let error = world.okta.observe(&step, None, true).await.unwrap_err();
        assert!(matches!(error.kind, PortErrorKind::Transient { .. }), "{what}: {error}");
        has_no_address_or_id(&error);
    }
}

#[tokio::test]
async fn revoked_token_is_named_with_what_to_do() {
    let world = World::start().await;
    let step = world.plan(ActionKind::SuspendUser, SARAH).await;
    world.apply(json!({"op": "set_token", "token": "another"}));
    for error in [look(&world.okta).await.unwrap_err(), world.perform(&step).await.unwrap_err()] {
        assert_eq!(error.kind, PortErrorKind::Unauthorized);
        assert!(error.says.contains("E0000011") && error.says.contains("Security > API > Tokens"), "{error}");
        has_no_address_or_id(&error);
    }
}

#[tokio::test]
async fn token_that_cannot_be_sent_says_so() {
    let world = World::start().await;
    let okta = Okta::new(Client::new(http(&world.sandbox.base_urls().okta), LiveSecret::from("to\nken")));
    let error = look(&okta).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Permanent);
    assert!(!error.says.contains("ken\n") && error.says.contains("cannot be sent"), "{error}");
}

#[tokio::test]
async fn missing_right_is_named() {
    let world = World::start().await;
    let step = world.plan(ActionKind::SuspendUser, SARAH).await;
    world.fault("POST /api/v1/users/*/lifecycle/suspend", "status:403");
    let error = world.perform(&step).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("to suspend users"), "{error}");
    assert!(error.says.contains("okta.users.lifecycle.suspend") && error.says.contains("Roles"), "{error}");
}

#[tokio::test]
async fn api_token_that_was_replaced_is_used_with_the_next_request() {
    let world = World::start().await;
    let token = LiveSecret::from("before");
    let okta = Okta::new(Client::new(http(&world.sandbox.base_urls().okta), token.clone()));
    assert_eq!(look(&okta).await.unwrap_err().kind, PortErrorKind::Unauthorized);
    token.replace(world.sandbox.credentials().okta_api_token.clone().into());
    assert_eq!(look(&okta).await, Ok(()));
}

#[tokio::test]
async fn status_that_changes_between_reading_and_writing_is_refused_for_good() {
    let world = World::start().await;
    let reset = world.plan(ActionKind::ResetPassword, SARAH).await;
    world.set_status(SARAH, "SUSPENDED");
    let error = world.perform(&reset).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Permanent);
    assert!(error.says.contains("E0000038"), "{error}");
    world.apply(json!({"op": "remove_user", "user": SARAH}));
    let error = world.perform(&reset).await.unwrap_err();
    assert!(!error.retryable() && error.says.contains("E0000007"), "{error}");
    has_no_address_or_id(&error);
}

#[tokio::test]
async fn spent_rate_limit_holds_the_connection_until_its_window_ends() {
    let world = World::start().await;
    world.apply(json!({"op": "set_rate_limit", "per_minute": 0, "enforced": true}));
    let first = look(&world.okta).await.unwrap_err();
    world.apply(json!({"op": "set_rate_limit", "per_minute": 600, "enforced": false}));
    let second = look(&world.okta).await.unwrap_err();
    let PortErrorKind::Transient { retry_after_ms: Some(asked) } = first.kind else { panic!("{first:?}") };
    let PortErrorKind::Held { retry_after_ms: held } = second.kind else { panic!("{second:?}") };
    assert!([asked, held].iter().all(|wait| (30_000..=60_000).contains(wait)), "{asked} {held}");
}

#[tokio::test]
async fn last_request_of_a_window_holds_the_next_one() {
    let world = World::start().await;
    world.apply(json!({"op": "set_rate_limit", "per_minute": 1, "enforced": true}));
    assert!(look(&world.okta).await.is_ok());
    let error = look(&world.okta).await.unwrap_err();
    assert!(matches!(error.kind, PortErrorKind::Held { .. }), "{error}");
}
