//! Finding people, and failing.

use countersign_domain::{
    plan::{Action, BlockCode, ObjectId, UserRef},
    ports::{Observed, PersonQuery, PortErrorKind, PreparedStep, System},
    runbook::ActionKind,
};
use serde_json::json;

use crate::world::{World, blocker, by_mail, numbered, system};

const SARAH: &str = "sarah.chen@acme.com";

fn by_name(name: &str) -> PersonQuery {
    PersonQuery { mail: None, name: Some(name.to_owned()) }
}

#[tokio::test]
async fn people_are_found_by_address_and_by_name() {
    let world = World::new().await;
    let sarah = world.find(SARAH).await;
    assert_eq!((sarah.name.as_str(), sarah.state.as_str()), ("Sarah Chen", "enabled"));
    assert!(sarah.mails.iter().any(|mail| mail.as_str() == SARAH));
    assert_eq!(world.system.resolve(&by_name("Sarah Chen")).await.unwrap(), [sarah]);
    assert_eq!(world.system.resolve(&by_name("Alex Kim")).await.unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_is_found_for_nothing_or_for_tricks() {
    let world = World::new().await;
    for nobody in [by_mail("o'neil@acme.com"), by_name("x' or displayName ne '"), by_name(" "), by_name("Sarah")] {
        assert_eq!(world.system.resolve(&nobody).await.unwrap(), [], "{nobody:?}");
    }
    assert_eq!(world.system.resolve(&PersonQuery { mail: None, name: None }).await.unwrap(), []);
}

#[tokio::test]
async fn wrong_secret_says_what_to_mend() {
    let world = World::new().await;
    let wrong = system(&world.sandbox, "wr0ng-s3cret", None);
    let error = wrong.resolve(&by_mail(SARAH)).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unauthorized);
    assert!(error.says.contains("AADSTS7000215") && !error.says.contains("wr0ng"), "{error}");
}

#[tokio::test]
async fn forgotten_token_is_replaced_without_anybody_noticing() {
    let world = World::new().await;
    world.find(SARAH).await;
    world.change(json!({"op": "revoke_tokens"}));
    world.find(SARAH).await;
}

#[tokio::test]
async fn throttling_says_when_to_come_back() {
    let world = World::new().await;
    world.find(SARAH).await;
    world.fault("GET /v1.0/users", "429:retry-after=7");
    let error = world.system.resolve(&by_mail(SARAH)).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: Some(7_000) });
}

#[tokio::test]
async fn reads_that_fail_are_transient() {
    for fault in ["status:500", "cut", "cut_before", "body:<html>"] {
        let world = World::new().await;
        world.find(SARAH).await;
        world.fault("GET /v1.0/users", fault);
        let error = world.system.resolve(&by_mail(SARAH)).await.unwrap_err();
        assert!(matches!(error.kind, PortErrorKind::Transient { .. }), "{fault}: {error}");
    }
}

#[tokio::test]
async fn action_of_another_system_is_refused_at_every_stage() {
    let world = World::new().await;
    assert!(!world.system.actions().contains(&ActionKind::SuspendUser));
    let says = blocker(&world.prepare(&world.ask(ActionKind::SuspendUser, SARAH).await).await, BlockCode::NotPossible);
    assert!(says.contains("suspend_user"), "{says}");
    let user = UserRef::Known(world.find(SARAH).await.id);
    let text = String::new;
    let step = PreparedStep {
        action: Action::SuspendUser { user },
        title: text(),
        before: text(),
        after: text(),
        guard: text(),
        within: Vec::new(),
    };
    let step = numbered(step, 0);
    assert!(matches!(world.observe(&step).await, Observed::Drifted(_)));
    assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Permanent);
}

#[tokio::test]
async fn id_that_would_change_a_path_reaches_nobody() {
    let world = World::new().await;
    for bad in ["", "..", "x/../../groups", "x?$select=id", "x%2f"] {
        let action = Action::EnableAccount { user: UserRef::Known(ObjectId(bad.to_owned())) };
        let text = String::new;
        let (title, before, after, guard) = (text(), text(), text(), text());
        let step = numbered(PreparedStep { action, title, before, after, guard, within: Vec::new() }, 0);
        assert_eq!(world.perform(&step).await.unwrap_err().kind, PortErrorKind::Permanent, "{bad}");
    }
    assert_eq!(world.sandbox.writes(), 0);
}
